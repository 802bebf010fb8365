"""Whatever stands where an argument of an experiment or of a figure should.

A ValueError that names it, or a right result; never another exception, a warning, or no end. To try
many thousands:

    python -m pytest --hypothesis-profile=search tests/experiment/test_fuzz_experiment.py
"""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mathematics.test_fuzz import CANYON, NUMBERS, OTHERS, anything, no_function, outcome

from adamviz import Control, Experiment, Explorer, Playground, Training, optimizers, rates
from adamviz.controls import CONTROLS
from adamviz.drawing.panels import PANELS, arranged
from adamviz.live.repertoire import SETTINGS, Repertoire
from adamviz.network import Lessons

few = settings(max_examples=max(20, settings.default.max_examples // 5))  # widgets are slow to make

METHODS = {"Adam": optimizers.Adam(lr=0.1), "f": lambda lr=0.2: optimizers.Momentum(lr)}
WORDS = ["", " ", "a\nb", "\ud800", "\x00", "a.b", ".", "Adam.", ".lr", "Adam.lr", "lr", "kappa"]
WORDS += ["steps", "target", "step", "start", "loss", "landscape", "map", "canyon", "动量法", "$x$"]
WORDS += ["Adam", "f", "_", "x" * 3000, "True", "on", "screen", "relu", "ReLU", "digits"]
words = st.sampled_from(WORDS)
values = st.lists(st.floats(-2, 2) | st.integers(-3, 9), max_size=4)
values |= st.lists(st.booleans(), max_size=3) | st.lists(words, max_size=3)
values |= st.tuples(*[st.floats() | st.integers(-9, 9)] * 3) | values.map(tuple)
plain = anything.filter(no_function)  # what a reader's function raises is its own
every = plain | words | values | values.map(iter) | st.lists(plain, max_size=3)
every |= st.dictionaries(words, plain, max_size=2) | st.lists(words, max_size=3).map(set)
every |= st.lists(st.floats() | st.booleans(), max_size=4).map(np.array)


@st.composite
def things(draw):
    """Under a short name: hypothesis writes a strategy out when something fails."""
    return draw(every)


thing = things()


def hashed(value):
    try:
        hash(value)
    except TypeError:
        return False
    return True


def short(steps):
    """Whole numbers that are allowed take their time, and are no error."""
    try:
        return not steps > 50
    except Exception:
        return True


def walked(experiment, *names):
    """An experiment that was made has a scene, and words for it; or a function in it refuses."""
    if experiment is None:
        return None
    scene = outcome(experiment.scene, *names)
    if scene is not None:
        assert list(scene.paths) == list(experiment.shown)
        assert experiment.heading(scene) in scene.readout
        assert experiment.caption(scene).strip()
        assert 0 <= experiment.step <= experiment.steps
        assert experiment.target > 0
        for name, control in experiment.controls.items():
            assert control.stop(experiment.values[name]) == experiment.values[name]
    return scene


# --- controls -----------------------------------------------------------------------------------


@given(
    name=st.sampled_from(["lr", "mood"]) | thing,
    label=st.just("") | thing,
    values=st.just([0.1, 0.2]) | values | thing,
    start=st.none() | thing,
    show=st.none() | thing,
    moved=thing,
)
def test_controls(name, label, values, start, show, moved):
    control = outcome(lambda: Control(name, label, values, start, show), "name", "control", name)
    if control is None or not len(control.values):
        return
    assert control.kind in ("toggle", "menu", "even", "slider")
    stops = control.stops
    assert 0 < len(stops) <= 10_001
    assert all(control.stop(stop) == stop for stop in stops[:50])
    assert all(isinstance(control.written(stop), str) for stop in stops[:50])
    assert {type(stop) for stop in stops} <= {bool, str, int, float}
    if control.kind in ("even", "slider"):
        assert stops == sorted(stops) and np.isfinite(stops).all()
    if control.start is not None:
        assert control.stop(control.start) == control.start
    there = outcome(lambda: control.stop(moved), control.name)
    assert there is None or control.kind == "even" or there in stops


@given(low=thing, high=st.just(1.0) | thing, per_decade=st.just(20) | thing)
def test_rates(low, high, per_decade):
    found = outcome(lambda: rates(low, high, per_decade), "low", "high", "per_decade")
    if found is not None:
        assert found == sorted({*found})
        assert all(0 < rate < np.inf for rate in found)


@given(low=st.floats(-9, 9), width=st.floats(1e-3, 99), parts=st.integers(1, 300) | st.floats(1, 9))
def test_an_even_slider_ends_where_it_should(low, width, parts):
    high = low + width
    step = (high - low) / parts
    stops = Control("x", "", (low, high, step)).stops
    assert stops[0] == low and stops[-1] <= high
    assert high - stops[-1] < step
    assert not isinstance(parts, int) or len(stops) == parts + 1
    # Far above rounding, of numbers up to 108 in up to 300 steps of 3e-6 or more.
    assert np.diff(stops) == pytest.approx(step, rel=1e-6)


# --- experiments --------------------------------------------------------------------------------

ARGUMENTS = ["methods", "surface", "controls", "steps", "target", "start", "step", "show", "focus"]
ARGUMENTS += ["schedule", "project"]


@given(name=st.sampled_from(ARGUMENTS), value=thing.filter(short))
def test_arguments_of_an_experiment(name, value):
    arguments = {"methods": METHODS, "steps": 3, "controls": ["lr"]} | {name: value}
    names = (name, "control", "x must", "value must")
    walked(outcome(lambda: Experiment(**arguments), *names), *names)


labels = words | thing.filter(hashed)
method = st.sampled_from([*METHODS.values()]) | thing


@given(methods=st.dictionaries(labels, method, max_size=3) | st.lists(method, max_size=3))
def test_methods_by_label(methods):
    walked(outcome(lambda: Experiment(methods, steps=2), "methods"), "methods")


@given(named=st.dictionaries(labels, st.just(CANYON) | thing, max_size=2))
def test_surfaces_by_name(named):
    walked(outcome(lambda: Experiment(METHODS, named, steps=2), "surface"), "surface")


@given(made=thing, needed=st.booleans(), which=st.sampled_from(["methods", "surface", "schedule"]))
def test_what_functions_of_controls_need_and_return(made, needed, which):
    function = (lambda nobody: made) if needed else (lambda lr=0.1: made)
    arguments = {"methods": METHODS, "steps": 2}
    arguments[which] = {"own": function} if which == "methods" else function
    scene = walked(outcome(lambda: Experiment(**arguments), which), which)
    assert scene is None or not needed


@st.composite
def sets_of_controls(draw):
    """Controls that are allowed, each by itself."""
    names = st.sampled_from([*CONTROLS, "Adam.lr", "mood", "steps", "target"])
    pairs = st.tuples(names, values)
    made = draw(st.lists(pairs, max_size=3, unique_by=lambda pair: pair[0].rpartition(".")[2]))
    made = [outcome(lambda n=n, v=v: Control(n, "", v), "control") for n, v in made]
    return [control for control in made if control is not None]


@given(which=sets_of_controls(), value=values | thing, other=thing)
def test_controls_of_an_experiment(which, value, other):
    for control in which:
        assume(control.name != "steps" or all(short(stop) for stop in control.values))
    # What a control sets may refuse its value: a method, a surface.
    names = ("control", "methods", "Adam: ", "Momentum: ", *CONTROLS, "mood", "steps", "target")
    made = outcome(lambda: Experiment(METHODS, controls=which, steps=3), *names)
    if walked(made, *names) is None:
        return
    for name, control in made.controls.items():
        for moved in (value, other):
            walked(outcome(lambda n=name, m=moved: made.with_(**{n: m}), name, *names), *names)
        for scene in made.scenes(name).values() if len(control.stops) < 9 else ():
            assert not isinstance(scene, Exception) or isinstance(scene, ValueError), scene


MOVABLE = Experiment(
    METHODS,
    ["canyon", "beale"],
    controls=[
        Control("lr", "", [0.1, 0.2]),
        Control("kappa", "", (1, 9, 2), 3),
        Control("lock", "", [False, True]),
        Control("mood", "", ["a", "b"]),
    ],
    steps=3,
)
MOVED = [*MOVABLE.values, "steps", "target", "start", "step", "show", "focus", "surface"]
MOVED += ["", "Adam.lr", "nobody"]


@given(moved=st.dictionaries(st.sampled_from(MOVED), thing.filter(short), max_size=3))
def test_moves(moved):
    other = outcome(lambda: MOVABLE.with_(**moved), "controls", *moved)
    if walked(other, *moved) is not None:
        for name in moved.keys() & MOVABLE.values:
            assert other.values[name] == moved[name]
    assert MOVABLE.values == {"lr": 0.1, "kappa": 3, "lock": False, "mood": "a"}


@given(name=thing | st.sampled_from(MOVED))
def test_stops_and_scenes_by_name(name):
    stops = outcome(lambda: MOVABLE.stops(name), "controls")
    scenes = outcome(lambda: MOVABLE.scenes(name), "controls")
    assert (stops is None) == (scenes is None)
    assert stops is None or list(stops) == list(scenes)


@given(name=st.sampled_from([*MOVABLE.values, "step", "surface", "focus"]), some=values | thing)
def test_scenes_at_some_stops(name, some):
    asked = some if isinstance(some, list) else None  # an iterator is empty afterwards
    scenes = outcome(lambda: MOVABLE.scenes(name, some), "stops")
    if scenes is not None and asked is not None:
        assert list(scenes) == list(dict.fromkeys(asked))
    assert scenes is None or {*scenes} <= {*MOVABLE.stops(name)}


TAUGHT = ["methods", "depth", "activation", "width", "batch", "epochs", "seeds", "target"]
TAUGHT += ["step", "show", "focus"]


@given(name=st.sampled_from([*TAUGHT, "size", "steps", "controls", "surface", ""]), value=thing)
def test_arguments_of_lessons(name, value):
    assume(name not in ("width", "depth", "batch", "epochs") or short(value))
    arguments = {"methods": [METHODS["Adam"]], "width": 2, "epochs": 1, "seeds": (0,), "step": 0}
    made = outcome(lambda: Lessons(**(arguments | {name: value})), "arguments of", name)
    if made is not None:
        assert name in TAUGHT
        assert made.scene().readout


@given(name=st.sampled_from([*SETTINGS, "start", "step", "show", "focus", "nobody"]), value=thing)
def test_arguments_of_a_repertoire(name, value):
    assume(name != "steps" or short(value))
    names = (name, "settings")
    made = outcome(lambda: Repertoire(**({"steps": 5} | {name: value})), *names)
    if walked(made, *names) is not None:
        assert made.code().startswith("Playground(")


@given(methods=thing | st.dictionaries(labels, method, max_size=2), surface=thing)
def test_what_a_repertoire_is_of(methods, surface):
    walked(outcome(lambda: Repertoire(methods, steps=5), "methods"), "methods")
    walked(outcome(lambda: Repertoire((), surface, steps=5), "surface"), "surface")


# --- figures ------------------------------------------------------------------------------------

KINDS = [*PANELS, "nobody", PANELS["loss"], int, object]
options = st.dictionaries(st.sampled_from(["overlay", "name", "every", "x", "y", ""]), thing)
panel = st.sampled_from(KINDS) | thing | st.tuples(st.sampled_from(KINDS), options)
panels = st.lists(panel, max_size=3) | st.lists(st.lists(panel, max_size=2), max_size=2) | thing
panels |= st.lists(panel, max_size=2).map(tuple) | st.lists(panel, max_size=2).map(iter)


@given(panels=panels)
def test_panels(panels):
    rows = outcome(lambda: arranged(panels), "panel")
    if rows is not None:
        assert rows and all(rows)
        assert str(arranged(rows)) == str(rows)


@few
@given(panels=panels)
def test_panels_of_a_figure(panels):
    names = ("panel", "map", "overlay", "name", "every")
    arguments = {"panels": panels, "controls": ["lr", "Adam.beta1"], "steps": 3}
    figure = outcome(lambda: Explorer(METHODS, **arguments), *names)
    assert figure is None or str(figure).startswith("canyon")


@few
@given(label=words, size=st.just("screen") | thing, start=st.just((1, 2)) | thing)
def test_a_figure(label, size, start):
    methods, arguments = {label: METHODS["Adam"]}, {"start": start, "size": size, "steps": 3}
    figure = outcome(lambda: Explorer(methods, **arguments), "methods", "size", "start", "x must")
    if figure is not None:
        assert label in str(figure)
        assert figure._repr_mimebundle_()[0]["image/png"].startswith(b"\x89PNG")


ADAM = [METHODS["Adam"]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Playground(colour=3), "settings must be among kappa, .*, not 'colour'"),
        (lambda: Playground(goal="7 all"), "goal must be among none, .*, not '7 all'"),
        (lambda: Playground(lock=1), "lock must be True or False, not 1"),
        (lambda: Training(ADAM, epoch=3), "training must be among .*epochs.*, not 'epoch'"),
        (lambda: Training(ADAM, panels=[3]), "panels must be .*training loss.*, not 3"),
        (lambda: Training(ADAM, seeds="12"), "seeds must be a list, not '12'"),
    ],
)
def test_a_playground_and_a_training_name_what_they_refuse(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("number", range(len(NUMBERS) + len(OTHERS)))
def test_each_of_the_strange_ones(number):
    """Whatever hypothesis draws: each of the list stands once where one value should."""
    value = [*NUMBERS, *OTHERS][number]
    for name in ("lr", "kappa", "lock", "mood", "target", "start", "focus", "show", "surface"):
        outcome(lambda name=name: MOVABLE.with_(**{name: value}), name)
    outcome(lambda: Control(value), "name")
    outcome(lambda: Control("lr", values=value), "values")
    outcome(lambda: Control("lr", values=[value, value]), "values")
    outcome(lambda: Control("lr", values=[1, 2], start=value), "start")
