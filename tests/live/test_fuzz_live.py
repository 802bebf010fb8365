"""Whatever a page sends: a figure never fails, says what was wrong, and goes on."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page import Page

from adamviz import Control, Explorer, Training, optimizers

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 130)
    | st.integers()
    | st.floats()  # NaN and infinities, which JSON has not, but a page of one's own may send
    | st.floats(-10, 1000)
    | st.text(max_size=4)
)
ANY = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


def explorer():
    methods = [optimizers.Momentum(lr=0.01), optimizers.Adam(lr=0.1)]
    even = Control("beta1", "β₁", (0.0, 0.95, 0.05), 0.9)
    controls = ["Adam.lr", even, Control("bias_correction", "bias correction", [True, False])]
    return Explorer(methods, ["canyon", "beale"], controls=controls, steps=5)


def training():
    return Training([optimizers.Adam(0.01)], depth=1, width=4, epochs=2, seeds=[0])


@st.composite
def messages(draw, keys):
    """What a page sends, and the same with something missing or something else in its place."""
    key = st.sampled_from([*keys, *keys, "@reset", "present", "nothing"])
    small = st.integers(0, 2)
    number = st.one_of(small, small, small, st.integers(-2, 130), SCALARS, st.lists(SCALARS))
    one = st.tuples(st.sampled_from(keys), small).map(lambda pair: dict([pair]))
    kinds = {
        "move": {"changes": one | st.dictionaries(key, number, min_size=1, max_size=2)},
        "grab": {
            "tile": st.integers(0, 2),
            "x": st.floats(-1e3, 1e3),
            "y": st.floats(-1e3, 1e3),
            "at": st.floats(0, 1e4),
            "ends": st.booleans(),
        },
        "press": {"key": key},
        "ahead": {
            "key": key,
            "base": st.text(max_size=4),
            "begins": st.booleans(),
            "seconds": st.sampled_from([0.01, 0.1]),
        },
        "opened": {"client": st.just("a page")},
        "closed": {"client": st.just("a page")},
    }
    kind = draw(st.sampled_from([*kinds, "move", "move", "grab"]))
    fields = {"kind": st.just(kind), "heard": st.just(["a page", 1]), **kinds[kind]}
    message = {name: draw(value) for name, value in fields.items()}
    if draw(st.booleans()):
        spoilt = draw(st.sampled_from([*fields]))
        message[spoilt] = draw(ANY)
        if draw(st.booleans()):
            del message[spoilt]
    return message


def looks(figure):
    experiment = figure.experiment
    return figure._state(experiment), experiment.start, str(figure)


@pytest.mark.parametrize(("make", "examples"), [(explorer, 1500), (training, 600)])
def test_a_figure_hears_anything_and_goes_on(make, examples):
    page, answers = Page(make()), {"moved": 0, "refused": 0, "ignored": 0}
    figure, keys = page.figure, [*page.figure.knobs]

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(st.one_of(*[messages(keys)] * 4, ANY))
    def hears(message):
        before, page.painted = looks(figure), 0
        figure._hear(figure.widget, message, [])
        json.dumps(page.widget.now, allow_nan=False)
        if not page.painted:
            answers["ignored"] += 1
            assert looks(figure) == before
        elif page.error:
            answers["refused"] += 1
            assert page.error.startswith("ValueError: ") and " must be " in page.error
            assert looks(figure) == before
        else:
            answers["moved"] += 1

    hears()
    assert sum(answers.values()) >= examples
    assert min(answers.values()) > 20, answers  # how many drags are late differs
    page.press("@reset")
    assert not page.error and page.answered
    for step in (1, 0):
        page.stand("step", step)
        assert not page.error and page.state["step"] == step and page.words == str(figure)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (None, "a message must be a dict, not None"),
        (
            {"kind": "jump"},
            "a message's kind must be among move, grab, press, ahead, opened, closed, not 'jump'",
        ),
        (
            {"kind": "press", "key": "@reset", "heard": None},
            "heard must be a client and a whole number, not None",
        ),
        (
            {"kind": "move", "changes": {"Adam.lr": -1}},
            "Adam.lr must be a whole number from 0 to 86, not -1",
        ),
        ({"kind": "move", "changes": {"Adam.lr": 1.0}}, "Adam.lr must be .* from 0 to 86, not 1.0"),
        ({"kind": "move", "changes": {"Adam.lr": True}}, "Adam.lr must be .*, not True"),
        (
            {"kind": "move", "changes": {"step": 6}},
            "step must be a whole number from 0 to 5, not 6",
        ),
        ({"kind": "move", "changes": {"present": 2}}, "present must be .* from 0 to 1, not 2"),
        ({"kind": "move", "changes": {"show:Adam": "1"}}, "show:Adam must be .*, not '1'"),
        ({"kind": "move", "changes": {"start": 3}}, "start must be two numbers, or null .*, not 3"),
        ({"kind": "move", "changes": {"start": ["a", None]}}, "start must be two finite numbers"),
        ({"kind": "move", "changes": {"beta2": 0}}, "a control must be among .*, not 'beta2'"),
        ({"kind": "move", "changes": {}}, "changes must be numbers by key, one at least, not {}"),
        ({"kind": "press", "key": "lr"}, "a button must be among @reset, not 'lr'"),
        ({"kind": "grab", "tile": 0, "x": 1}, "y must be a finite number, not None"),
    ],
)
def test_what_is_refused_is_named(message, said):
    page = Page(figure := explorer())
    before = looks(figure)
    if message:
        message = {"heard": ["a page", 1], **message}
    figure._hear(figure.widget, message, [])
    assert re.match(f"ValueError: {said}", page.error), page.error
    assert looks(figure) == before


def test_several_controls_may_move_at_once():
    page = Page(figure := explorer())
    page.send("move", changes={"show:Adam": 0, "show:momentum": 0, "Adam.lr": 3})
    assert not page.error and figure.paths == {} and page.state["Adam.lr"] == 3
    page.send("move", changes={"show:Adam": 1, "Adam.lr": 999})  # all of it, or nothing
    assert "Adam.lr must be" in page.error and page.state["show:Adam"] == 0 and figure.paths == {}
