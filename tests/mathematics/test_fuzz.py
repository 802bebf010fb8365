"""Whatever stands where an argument should: a ValueError that names it, or a right result.

Never another exception, a warning, or a walk without end. To try more than ten thousand of each:

    python -m pytest --hypothesis-profile=search tests/test_fuzz.py
"""

import warnings
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from adamviz import descend, optimizers, sampling, surfaces, tune
from adamviz.optimizers import Adam, GradientDescent, Optimizer
from adamviz.sampling import Regression
from adamviz.surfaces import NoisySurface, Surface

many = settings(max_examples=2 * settings.default.max_examples)
CANYON = surfaces.canyon()

# --- what may stand there ----------------------------------------------------------------------

NUMBERS = [0, 1, -1, 2, 3, 0.1, 0.5, 0.9, 1.0, -0.0, 1e-320, 1e-200, 1e200, 1e308, -1e308]
NUMBERS += [np.nan, np.inf, -np.inf, 10**20, 10**400, -(10**400), 2**63, 2**64]
NUMBERS += [1j, 1 + 0j, complex("nan"), Fraction(1, 3), Fraction(10**400), Decimal("0.5")]
NUMBERS += [np.float16(0.1), np.float32(0.1), np.longdouble("0.1"), np.longdouble("1e4000")]
NUMBERS += [np.int8(3), np.uint8(0), np.uint64(2**64 - 1), np.bool_(True), np.complex64(1j)]
NUMBERS += [np.datetime64("2026-01-01"), np.timedelta64(3, "s"), np.str_("1"), np.float64("nan")]
NUMBERS += [np.array(0.5), np.array(3), np.array(True), np.array(None), np.array("1")]
OTHERS = [
    None,
    True,
    False,
    "",
    "0.1",
    "all",
    "last",
    "Adam",
    b"1",
    bytearray(b"12"),
    ...,
    object(),
]
OTHERS += [
    object,
    abs,
    {},
    {0.1: 1},
    {1, 2},
    frozenset(),
    range(2),
    slice(1),
    iter([1]),
    Exception(),
]
OTHERS += [CANYON, Adam(), Adam, surfaces.canyon, np, np.ma.masked, NotImplemented, (), [], [[]]]
OTHERS += [[0.1, [0.2]], [[1, 2], [3]], (1, "2"), (None, None), [np.nan, 1], [1, 10**400], [[[]]]]
OTHERS += [np.zeros((0, 2)), np.zeros((2, 0)), np.array([{}, 1])]
OTHERS += [np.array([1, Fraction(1, 2)], dtype=object), np.array(["a", "b"]), np.array([1j, 2])]
OTHERS += [np.ma.masked_array([1.0, 2.0], [False, True]), np.ma.masked_array([1.0, 2.0])]
OTHERS += [np.ma.masked_array([[1.0, 2.0]], True), np.zeros(2, dtype="f4,f4"), np.zeros((1,) * 9)]
elements = st.floats(-5, 5) | st.floats(0, 1) | st.floats() | st.integers(-3, 9)
shapes = st.lists(st.integers(0, 3), max_size=3).map(tuple)
dtypes = st.sampled_from(["f8", "f4", "f2", "i8", "u1", "?", "c16", "U2", "M8[s]"])
arrays = st.one_of(
    hnp.arrays(dtypes, shapes), hnp.arrays("f8", shapes, elements=st.floats(0, 0.99))
)
lists = st.lists(elements | st.lists(elements, max_size=3), max_size=3)
anything = st.one_of(
    st.sampled_from(NUMBERS), st.sampled_from(OTHERS), elements, arrays, lists, lists.map(tuple)
)


def outcome(call, *names):
    """What a call gives, or None where it refuses one of `names`."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return call()
        except ValueError as error:
            said = str(error)
            assert any(name in said for name in names), said
            assert "must" in said or "needs" in said, said
            assert len(said) < 2000, said
            return None


def assert_path(path, steps):
    """The shapes belong together, and every number is finite until the path leaves."""
    if path is None:
        return
    batch, d = path.x.shape[1:-1], path.x.shape[-1]
    assert len(path.x) == len(path.loss) == steps + 1
    assert path.loss.shape == path.x.shape[:-1]
    assert path.x.dtype == path.loss.dtype == path.gradient.dtype == float
    assert all(values.shape == path.gradient.shape for values in path.state.values())
    if batch or not d:
        assert path.diverged.shape == batch
    stays = np.broadcast_to(-1 if path.diverged is None else path.diverged, batch) < 0
    assert np.isfinite(path.x[:, stays]).all()
    assert np.isfinite(path.x[0]).all()


# --- the optimizers ----------------------------------------------------------------------------

FIELDS = [(method, field.name) for method in optimizers.OPTIMIZERS for field in fields(method)]


@many
@given(which=st.sampled_from(FIELDS), value=anything)
def test_hyperparameters(which, value):
    method, name = which
    optimizer = outcome(
        lambda: method(**({"lr": 0.01} | {name: value})), f"{method.__name__}: {name}"
    )
    if optimizer is None:
        return
    path = outcome(lambda: descend(optimizer, CANYON, (-4.0, 1.5), 3), "broadcast")
    assert_path(path, 3)
    number = np.asarray(getattr(optimizer, name), dtype=float)
    assert np.isfinite(number).all() and (number >= 0).all()


@many
@given(lr=anything, beta1=anything, start=anything)
def test_shapes_of_all_kinds(lr, beta1, start):
    optimizer = outcome(lambda: Adam(lr=lr, beta1=beta1), "Adam: lr", "Adam: beta1")
    if optimizer is not None:
        path = outcome(lambda: descend(optimizer, CANYON, start, 3), "start", "broadcast", "x must")
        assert_path(path, 3)


# --- surfaces ----------------------------------------------------------------------------------

KEYS = ["value", "gradient", "minima", "minimum", "view", "start", "name", "formula", "source"]


@many
@given(key=st.sampled_from(KEYS), thing=anything)
def test_surfaces(key, thing):
    def value(x):
        return (x * x).sum(axis=-1)

    surface = outcome(lambda: Surface(**({"value": value} | {key: thing})), key)
    if surface is None or key in ("value", "gradient"):
        return
    assert surface.start.shape == (2,) and np.isfinite(surface.start).all()
    assert surface.minima.shape[1:] == (2,) and np.isfinite(surface.minima).all()
    assert surface.minimum is None or np.isfinite(surface.minimum)
    told = len(surface.minima) > 0 or (key == "minimum" and thing is not None)
    assert (surface.minimum is not None) == told
    left, right, bottom, top = surface.view
    assert left < right and bottom < top
    assert_path(outcome(lambda: descend(Adam(), surface, (1.0, 2.0), 2), "value"), 2)


@many
@given(x=anything)
def test_points(x):
    for call in (CANYON.value, CANYON.gradient, surfaces.plateau().gradient):
        with np.errstate(all="ignore"):
            result = outcome(lambda call=call: call(x), "x must")
        if result is not None:
            assert np.asarray(result).dtype == float


@many
@given(surface=st.just(CANYON) | anything, sigma=anything, seed=anything)
def test_noise(surface, sigma, seed):
    noisy = outcome(lambda: NoisySurface(surface, sigma, seed), "surface", "sigma", "seed")
    if noisy is not None:
        assert_path(descend(GradientDescent(lr=0.01), noisy, (1.0, 2.0), 2), 2)
        assert noisy.minimum == 0.0


@many
@given(kappa=anything, angle=anything)
def test_canyons(kappa, angle):
    surface = outcome(lambda: surfaces.canyon(kappa, angle), "kappa", "angle")
    if surface is not None:
        assert surface.minimum == 0.0
        assert_path(descend(GradientDescent(lr=0.01), surface, (1.0, 2.0), 2), 2)


small = st.floats(-3, 3)
ROWS = st.one_of(anything, st.lists(st.tuples(small, small), min_size=2, max_size=4))
TARGETS = st.one_of(anything, st.lists(small, min_size=2, max_size=4))
TARGETS |= st.lists(st.sampled_from([0, 1, True]), min_size=2, max_size=4)


@many
@given(
    features=ROWS,
    targets=TARGETS,
    kind=st.sampled_from(["linear", "logistic"]) | anything,
    other=st.sampled_from(["batch", "seed", "replace", "minimum", "view"]),
    thing=anything,
)
def test_regressions(features, targets, kind, other, thing):
    names = ("features", "targets", "kind", other)
    problem = outcome(lambda: Regression(features, targets, kind, **{other: thing}), *names)
    if problem is not None:
        assert np.isfinite(problem.minimum)
        path = outcome(lambda: descend(GradientDescent(lr=0.01), problem, (1.0, 2.0), 3), "value")
        assert_path(path, 3)


@given(
    make=st.sampled_from([sampling.linear_regression, sampling.logistic_regression]),
    name=st.sampled_from(["batch", "seed", "n", "replace", "data_seed", "noise"]),
    thing=anything,
)
def test_made_problems(make, name, thing):
    if not (name == "noise" and make is sampling.logistic_regression):
        named = (name, "batch") if name == "n" else (name,)
        problem = outcome(lambda: make(**{name: thing}), *named, "features and targets")
        assert problem is None or np.isfinite(problem.minimum)


# --- descend -----------------------------------------------------------------------------------


def not_long(steps):
    """Whole numbers that are allowed take their time, and are no error."""
    try:
        return not 50 < steps <= 10**8
    except Exception:
        return True


def no_function(thing):
    """What a function raises is its own; what one returns is tried below."""
    return not callable(thing)


ARGUMENTS = ["optimizer", "surface", "start", "steps", "record", "project", "schedule"]


@many
@given(name=st.sampled_from(ARGUMENTS), thing=anything.filter(not_long).filter(no_function))
def test_arguments_of_descend(name, thing):
    given_ = {"optimizer": Adam(), "surface": CANYON, "start": (-4.0, 1.5), "steps": 3}
    path = outcome(lambda: descend(**(given_ | {name: thing})), name, "x must")
    if path is not None:
        assert_path(path, 0 if (name, thing) == ("record", "last") else path.steps)


class Given:
    """A problem that is no Surface, of what it is given."""

    def __init__(self, value, gradient, minimum=None):
        self.value, self.gradient, self.minimum = value, gradient, minimum


@many
@given(
    name=st.sampled_from(["value", "gradient", "project", "schedule"]),
    thing=anything,
    late=st.booleans(),
    lr=st.sampled_from([0.1, [0.1, 0.2], [[0.1], [0.2]]]),
    d=st.integers(1, 3),
)
def test_what_functions_return(name, thing, late, lr, d):
    """At once, or only where the first coordinate has become smaller, or at the second step."""
    right = {"value": lambda x: (x * x).sum(axis=-1), "gradient": lambda x, step=0: 2 * x}
    right |= {"project": lambda x: x + 0, "schedule": lambda step: 1.0}

    def wrong(x, *step):
        here = x > 0 if name == "schedule" else np.all(x[..., 0] < 0.9)
        return right[name](x, *step) if late and not here else thing

    functions = right | {name: wrong}
    problem = Given(functions["value"], functions["gradient"])
    extra = {key: functions[key] for key in ("project", "schedule")}
    path = outcome(
        lambda: descend(GradientDescent(lr=lr), problem, np.ones(d), 4, **extra), f"{name} must"
    )
    assert_path(path, 4)


@dataclass(frozen=True)
class Own(Optimizer):
    """A method that returns what it is told to."""

    told: ClassVar = None

    def step(self, state, gradient, x):
        kind, thing = self.told
        right = x - self.lr * gradient
        if kind == "names":
            return {thing: 0.5}, right
        return {
            "all": thing,
            "x": ({}, thing),
            "state": (thing, right),
            "array": ({"m": thing}, right),
        }[kind]


@many
@given(
    kind=st.sampled_from(["all", "x", "state", "array", "names"]),
    thing=anything,
    lr=st.sampled_from([0.1, [0.1, 0.2]]),
)
def test_what_a_step_returns(kind, thing, lr):
    try:
        hash(thing)
    except TypeError:
        kind = "array" if kind == "names" else kind
    Own.told = kind, thing
    assert_path(
        outcome(lambda: descend(Own(lr), CANYON, (1, 2), 1), "Own.step must", "Own.step:"), 1
    )


@many
@given(minimum=anything, target=anything)
def test_minimum_and_target(minimum, target):
    problem = Given(CANYON.value, CANYON.gradient, minimum)
    path = outcome(lambda: descend(Adam(), problem, (1.0, 2.0), 3), "the surface's minimum")
    if path is None:
        return
    first = outcome(lambda: path.steps_to(target), "target", "minima")
    assert first is None or 0 <= first <= 3
    below = outcome(lambda: path.below, "minima")
    assert below is None or 0 <= below <= 3


GRIDS = st.dictionaries(st.sampled_from(["lr", "beta1", "eps", "bias_correction", "mu"]), anything)


@many
@given(
    name=st.sampled_from(["optimizer", "surface", "start", "steps", "target", "grids"]),
    thing=anything.filter(not_long),
    grids=GRIDS,
)
def test_arguments_of_tune(name, thing, grids):
    given_ = {"optimizer": Adam(), "surface": CANYON, "start": (-4.0, 1.5), "steps": 5}
    if name == "grids":
        given_ |= grids
        names = ("grid", "Adam: ", "x must", *grids)
    else:
        given_ |= {"lr": [0.1, 0.2], name: thing}
        names = (name, "tune needs", "x must")
    tuned = outcome(lambda: tune(**given_), *names)
    if tuned is not None:
        assert tuned.runs == tuned.needed.size > 0
        assert isinstance(tuned.optimizer, Optimizer) and not tuned.optimizer.arrays


STRANGE = [*NUMBERS, *OTHERS, 10**5000, -(10**5000), [10**5000], {1: 10**5000}]  # cannot be printed


@pytest.mark.parametrize("number", range(len(STRANGE)))
def test_each_of_the_strange_ones(number):
    """Whatever hypothesis draws: each of the list stands once where one number should."""
    value = STRANGE[number]
    for call, name in (
        (lambda: surfaces.canyon(kappa=value), "kappa"),
        (lambda: GradientDescent(lr=value), "lr"),
        (lambda: Surface(abs, minimum=value), "minimum"),
        (lambda: Surface(abs, start=value), "start"),
    ):
        outcome(call, name)
