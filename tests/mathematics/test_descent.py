"""descend: what it records, how runs broadcast, and what it does when a path leaves."""

import doctest
import math
import warnings
from dataclasses import dataclass, fields, replace
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adamviz import descend, descent, optimizers, surfaces, tune
from adamviz.optimizers import Adam, GradientDescent, Momentum, Nadam, Optimizer
from adamviz.surfaces import Surface

ROSENBROCK, CANYON = surfaces.rosenbrock(), surfaces.canyon()
START = (-1.2, 1.0)
every_method = pytest.mark.parametrize("method", optimizers.OPTIMIZERS, ids=lambda m: m.__name__)


@pytest.mark.parametrize("module", [surfaces, optimizers, descent], ids=lambda m: m.__name__)
def test_examples_in_docstrings_are_true(module):
    assert doctest.testmod(module).failed == 0


# --- what is recorded --------------------------------------------------------------------------


@every_method
@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
def test_everything_is_recorded_where_it_belongs(method, batch):
    start = np.broadcast_to(START, (*batch, 2)) + 0.01 * np.arange(np.prod(batch, dtype=int) or 1)[
        0 if not batch else slice(None)
    ].reshape(*batch, 1)
    optimizer = method(lr=1e-3)
    path = descend(optimizer, ROSENBROCK, start, 7)
    assert path.x.shape == (8, *batch, 2)
    assert path.loss.shape == (8, *batch)
    assert path.gradient.shape == (7, *batch, 2)
    assert (path.x[0] == start).all()
    assert (path.loss == ROSENBROCK.value(path.x)).all()
    assert (path.gradient == ROSENBROCK.gradient(path.x[:-1])).all()
    assert (path.optimizer, path.steps, path.minimum) == (optimizer, 7, 0.0)
    state, x = optimizer.init(path.x[0]), path.x[0]
    for k in range(7):
        state, x = optimizer.step(state, path.gradient[k], x)
        assert (path.x[k + 1] == x).all()
        for name, values in path.state.items():
            assert values.shape == (7, *batch, 2)
            assert (values[k] == state[name]).all()
    assert not any(name.startswith("_") for name in path.state)
    if batch:
        assert (path.diverged == np.full(batch, -1)).all()
    else:
        assert path.diverged is None

    last = descend(optimizer, ROSENBROCK, start, 7, record="last")
    assert set(last.state) == set(path.state)
    for short, whole in [
        (last.x, path.x),
        (last.loss, path.loss),
        (last.gradient, path.gradient),
        *((last.state[name], path.state[name]) for name in path.state),
    ]:
        assert (short == whole[-1:]).all()
        assert short.shape == (1, *whole.shape[1:])
    assert np.array_equal(last.diverged, path.diverged)


@pytest.mark.parametrize("record", ["all", "last"])
def test_no_step_is_a_path_too(record):
    path = descend(Adam(), CANYON, (-4.0, 1.5), 0, record=record)
    assert path.x.tolist() == [[-4.0, 1.5]]
    assert path.loss.shape == (1,)
    assert path.gradient.shape == (0, 2)
    assert path.diverged is None
    assert path.steps_to(1e9) == 0


def test_the_start_is_left_alone():
    start = np.array([-4.0, 1.5])
    path = descend(Adam(lr=1.0), Surface(lambda x: (x * x).sum(-1) / 2, lambda x: x), start, 5)
    assert start.tolist() == [-4.0, 1.5]
    assert (path.gradient == path.x[:-1]).all()


def test_any_problem_in_any_dimension():
    """Value and gradient are all it takes, and the gradient hears the step, from 0."""

    class Online:
        heard = ()

        def value(self, x):
            return (x**2).sum(axis=-1)

        def gradient(self, x, step=0):
            self.heard += (step,)
            return 2 * x * (step % 2)

    problem = Online()
    path = descend(GradientDescent(lr=0.25), problem, np.arange(5.0), 4)
    assert problem.heard == (0, 1, 2, 3)
    assert (path.x == np.array([1, 1, 0.5, 0.5, 0.25])[:, None] * np.arange(5.0)).all()
    assert path.minimum is None


def test_a_gradient_may_be_a_list():
    pair = Surface(lambda x: (x**2).sum(-1) / 2, lambda x: [x[..., 0], x[..., 1]])
    assert descend(GradientDescent(lr=0.5), pair, (4, 2), 1).x[1].tolist() == [2, 1]


def test_project_keeps_every_iterate_in_a_set():
    def box(x):
        return np.clip(x, -1.0, 0.5)

    path = descend(Momentum(lr=0.004), CANYON, (-4.0, 1.5), 40, project=box)
    assert path.x[0].tolist() == [-4.0, 1.5]
    assert (path.x[1:] == box(path.x[1:])).all()
    assert (path.x[1:] == -1.0).any()
    assert path.gradient[3] == pytest.approx(CANYON.gradient(path.x[3]))
    free = descend(Momentum(lr=0.004), CANYON, (-4.0, 1.5), 1).x[1]
    assert (path.x[1] == box(free)).all()
    away = descend(GradientDescent(lr=1.0), CANYON, (-4.0, 1.5), 40, project=box)
    assert away.diverged is None
    runs = descend(GradientDescent(lr=[1.0, 0.01]), CANYON, (-4.0, 1.5), 40, project=box)
    assert (runs.x[:, 0] == away.x).all()


@every_method
def test_schedule_is_a_factor_on_the_rate(method):
    heard = []

    def schedule(step):
        heard.append(step)
        return 1 / (step + 1) ** 0.5

    optimizer = method(lr=1e-3)
    path = descend(optimizer, ROSENBROCK, START, 20, schedule=schedule)
    assert heard == list(range(20))
    state, x = optimizer.init(np.array(START)), np.array(START)
    for k in range(20):
        now = replace(optimizer, lr=1e-3 * (1 / (k + 1) ** 0.5))
        state, x = now.step(state, ROSENBROCK.gradient(x), x)
    assert (path.x[-1] == x).all()
    runs = descend(method(lr=[1e-3, 2e-3]), ROSENBROCK, START, 20, schedule=schedule)
    assert (runs.x[:, 0] == path.x).all()


# --- many runs at once -------------------------------------------------------------------------


def values(name):
    """Four legal values of a hyperparameter."""
    if name == "lr":
        return np.array([1e-4, 1e-3, 0.01, 0.05])
    if name in ("momentum", "rho", "beta1", "beta2"):
        return np.array([0.0, 0.5, 0.9, 0.99])
    return np.array([1e-8, 1e-4, 1e-2, 0.5])


@every_method
@pytest.mark.parametrize("switch", [None, "average", "centered", "bias_correction"])
def test_a_batch_is_its_single_runs_bit_for_bit(method, switch):
    """Those that diverge too. (Nadam's momentum_decay has a test of its own.)"""
    defaults = {f.name: f.default for f in fields(method) if f.name != "momentum_decay"}
    switches = {} if switch is None else {switch: not defaults.get(switch)}
    if switch is not None and switch not in defaults:
        return
    names = [name for name, default in defaults.items() if not isinstance(default, bool)]
    starts = np.array([[-1.2, 1.0], [0.5, -0.5], [1.0, 1.0]])
    arrays = {name: np.roll(values(name), i)[:, None] for i, name in enumerate(names)}
    batch = descend(method(**arrays, **switches), ROSENBROCK, starts, 40)
    assert batch.x.shape == (41, 4, 3, 2)
    for i, j in np.ndindex(4, 3):
        one = {name: float(array[i, 0]) for name, array in arrays.items()}
        single = descend(method(**one, **switches), ROSENBROCK, starts[j], 40)
        np.testing.assert_array_equal(batch.x[:, i, j], single.x)
        np.testing.assert_array_equal(batch.loss[:, i, j], single.loss)
        assert batch.diverged[i, j] == (-1 if single.diverged is None else single.diverged)
        for name in single.state:
            np.testing.assert_array_equal(batch.state[name][:, i, j], single.state[name])


def test_nadam_s_schedule_in_a_batch():
    """To 1e-13 only: numpy's power and Python's may differ in the last digit."""
    decays = np.array([0.0, 4e-3, 0.1, 10.0])
    batch = descend(Nadam(lr=0.05, momentum_decay=decays), CANYON, (-4.0, 1.5), 40)
    for i, decay in enumerate(decays):
        single = descend(Nadam(lr=0.05, momentum_decay=float(decay)), CANYON, (-4.0, 1.5), 40)
        np.testing.assert_allclose(batch.x[:, i], single.x, rtol=0, atol=1e-13)


@pytest.mark.parametrize("record", ["all", "last"])
def test_shapes_broadcast(record):
    optimizer = Adam(lr=np.full((4, 1), 0.1), beta1=np.full(3, 0.9), beta2=0.99)
    path = descend(optimizer, CANYON, np.ones((2, 1, 1, 2)), 5, record=record)
    assert path.x.shape == ((6 if record == "all" else 1), 2, 4, 3, 2)
    assert path.state["rate"].shape[1:] == (2, 4, 3, 2)
    assert path.diverged.shape == (2, 4, 3)
    single = descend(Adam(lr=0.1, beta2=0.99), CANYON, (1.0, 1.0), 5, record=record)
    assert (path.x == single.x[:, None, None, None]).all()


# --- divergence --------------------------------------------------------------------------------


@pytest.mark.parametrize(("lr", "factor"), [(0.04, 3.0), (0.025, 1.5), (0.02, 1.0), (0.019, 0.9)])
def test_divergence_is_reported_only_where_it_is(lr, factor):
    """y is multiplied by 1 − 100·lr at every step: at 2/λ exactly it bounces for ever."""
    path = descend(GradientDescent(lr=lr), CANYON, (-4.0, 1.5), 200)
    k = next((k for k in range(201) if 1.5 * factor**k > 1e8), None)
    assert path.diverged == k
    if k is None:
        assert np.isfinite(path.x).all()
    else:
        np.testing.assert_allclose(np.abs(path.x[: k + 1, 1]), 1.5 * factor ** np.arange(k + 1.0))
        for recorded in (path.x[k + 1 :], path.loss[k + 1 :], path.gradient[k:]):
            assert np.isnan(recorded).all()
        assert np.isnan(path.state["rate"][k:]).all()
        assert np.isfinite(path.gradient[:k]).all()
        assert path.steps_to(1.0) is None


@pytest.mark.parametrize("steps", [0, 1, 30, 200])
def test_divergence_is_the_same_at_the_end_as_on_the_way(steps):
    optimizer = GradientDescent(lr=np.array([0.01, 0.025, 0.04, 1e300]))
    starts = np.array([[[-4.0, 1.5]], [[2e8, 0.0]], [[0.0, 0.0]]])
    whole = descend(optimizer, CANYON, starts, steps)
    last = descend(optimizer, CANYON, starts, steps, record="last")
    assert (whole.diverged == last.diverged).all()
    assert (whole.diverged[1] == 0).all()
    assert (whole.diverged[2] == -1).all()
    np.testing.assert_array_equal(whole.x[-1:], last.x)
    np.testing.assert_array_equal(whole.gradient[-1:], last.gradient)
    np.testing.assert_array_equal(whole.loss[-1:], last.loss)
    for j in range(4):
        one = descend(GradientDescent(lr=optimizer.lr[j]), CANYON, starts[0, 0], steps)
        assert whole.diverged[0, j] == (-1 if one.diverged is None else one.diverged)
        np.testing.assert_array_equal(whole.x[:, 0, j], one.x)


def test_a_path_that_comes_back_has_left_all_the_same():
    path = descend(Momentum(lr=1e-9), Surface(lambda x: x[..., 0], lambda x: 0 * x), (9e7, 0), 3)
    assert path.diverged is None
    there_and_back = iter([3e8, 0.0, 0.0])

    def far(x):
        return x * 0 + next(there_and_back)

    for record in ("all", "last"):
        there_and_back = iter([3e8, 0.0, 0.0])
        path = descend(GradientDescent(lr=0.1), CANYON, (1, 1), 3, project=far, record=record)
        assert path.diverged == 1
        assert np.isnan(path.x[-1]).all()


def test_a_loss_that_is_not_a_number_is_divergence():
    """The logarithm walks below zero; nothing is warned of, the place is reported."""
    root = Surface(lambda x: np.sqrt(x).sum(-1), lambda x: 0.5 / np.sqrt(x))
    path = descend(GradientDescent(lr=1.0), root, (1.0, 4.0), 10)
    assert path.diverged is not None
    assert np.isfinite(path.x[: path.diverged]).all()


FRACTIONS = {"momentum", "rho", "beta1", "beta2"}
fraction = st.one_of(st.sampled_from([0.0, 0.5, 1 - 2**-53, 1e-300]), st.floats(0, 1 - 2**-53))
size = st.one_of(st.sampled_from([0.0, 1e-320, 1e-8, 1.0, 1e300]), st.floats(0, 1e300))
place = st.one_of(st.floats(-5, 5), st.sampled_from([0.0, 1.0, 1e-320, 1e8, -1e200]))


@every_method
@given(data=st.data(), x=place, y=place, name=st.sampled_from(list(surfaces.SURFACES)))
def test_whatever_is_legal_ends_finite_or_is_reported(method, data, x, y, name):
    chosen = {}
    for field in fields(method):
        if isinstance(field.default, bool):
            strategy = st.booleans()
        elif field.name in FRACTIONS:
            strategy = fraction
        else:
            strategy = size
        chosen[field.name] = data.draw(strategy, label=field.name)
    surface = surfaces.SURFACES[name]()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = descend(method(**chosen), surface, (x, y), 12)
        last = descend(method(**chosen), surface, (x, y), 12, record="last")
        lr = np.array([chosen["lr"], 0.0])
        batch = descend(method(**(chosen | {"lr": lr})), surface, (x, y), 12)
        path.steps_to(1e-3)
    k = path.diverged
    bounded = np.isfinite(path.x).all(axis=-1) & (np.abs(path.x).max(axis=-1) <= 1e8)
    if k is None:
        assert bounded.all()
    else:
        assert bounded[:k].all()
        assert not bounded[k]
        assert np.isnan(path.x[k + 1 :]).all()
        assert np.isnan(path.loss[k + 1 :]).all()
    assert last.diverged == k
    np.testing.assert_array_equal(last.x[-1], path.x[-1])
    assert batch.diverged[0] == (-1 if k is None else k)


POLYNOMIALS = ["canyon", "rosenbrock", "beale", "himmelblau", "saddle", "styblinski_tang"]


@every_method
@given(data=st.data(), name=st.sampled_from(POLYNOMIALS))
def test_any_batch_is_its_single_runs_bit_for_bit(method, data, name):
    """Whatever the numbers. (numpy may round the cosine of a vector and of a number differently,
    and Nadam's powers; both have tests of their own.)"""
    runs = 3
    arrays, switches = {}, {}
    for field in fields(method):
        if isinstance(field.default, bool):
            switches[field.name] = data.draw(st.booleans(), label=field.name)
        elif field.name != "momentum_decay":
            strategy = fraction if field.name in FRACTIONS else size
            drawn = st.lists(strategy, min_size=runs, max_size=runs)
            arrays[field.name] = data.draw(drawn, label=field.name)
    starts = [(data.draw(place), data.draw(place)) for _ in range(runs)]
    surface = surfaces.SURFACES[name]()
    batch = descend(method(**arrays, **switches), surface, starts, 10)
    for i, start in enumerate(starts):
        one = {field: values[i] for field, values in arrays.items()}
        single = descend(method(**one, **switches), surface, start, 10)
        assert batch.diverged[i] == (-1 if single.diverged is None else single.diverged)
        np.testing.assert_array_equal(batch.x[:, i], single.x)
        np.testing.assert_array_equal(batch.loss[:, i], single.loss)
        for state in single.state:
            np.testing.assert_array_equal(batch.state[state][:, i], single.state[state])


# --- steps_to ----------------------------------------------------------------------------------


def brute_force(gap, target):
    for k in range(len(gap)):
        if all(value < target for value in gap[k:]):
            return k
    return None


def test_steps_to_counts_from_where_it_stays():
    lrs = np.array([0.001, 0.005, 0.01, 0.019, 0.025])
    batch = descend(Momentum(lr=lrs, momentum=0.9), CANYON, (-4.0, 1.5), 150)
    flattered = 0
    for target in (1e3, 100.0, 1.0, 1e-2, 1e-4, 1e-9, 0.0):
        counted = batch.steps_to(target)
        for i, lr in enumerate(lrs):
            single = descend(Momentum(lr=float(lr), momentum=0.9), CANYON, (-4.0, 1.5), 150)
            expected = brute_force(single.loss, target)
            assert single.steps_to(target) == expected
            assert counted[i] == (-1 if expected is None else expected)
            first = next((k for k, value in enumerate(single.loss) if value < target), None)
            flattered += first is not None and first != expected
    assert flattered >= 10  # the paths do overshoot, so that the first crossing would be wrong


def test_steps_to_takes_a_target_for_each_run():
    lrs, targets = np.array([0.001, 0.005, 0.01]), np.array([100.0, 1e-2, 1e-9])
    batch = descend(Momentum(lr=lrs, momentum=0.9), CANYON, (-4.0, 1.5), 150)
    each = [batch.steps_to(target)[i] for i, target in enumerate(targets)]
    assert batch.steps_to(targets).tolist() == each


@pytest.mark.parametrize("target", ["a", None, True, np.nan, np.inf, -1.0, 1j, [1.0], [[1.0, 2.0]]])
def test_a_wrong_target_is_named(target):
    with pytest.raises(ValueError, match="target must be a finite number ≥ 0, or one for each run"):
        call().steps_to(target)


def test_steps_to_measures_from_the_minimum():
    surface = surfaces.styblinski_tang()
    path = descend(GradientDescent(lr=0.02), surface, (-4.0, -4.0), 100)
    assert path.minimum == pytest.approx(-78.33233, abs=1e-5)
    assert path.gap == pytest.approx(path.loss + 78.33233140754, abs=1e-9)
    assert path.steps_to(1e-6) == brute_force(path.loss - surface.minimum, 1e-6)
    assert path.steps_to(1e-6) > 3


def test_turning():
    """45° to the axes: straight on, straight back, and once around in four right angles."""
    square = iter([(1, 1), (2, 2), (1, 1), (0, 2), (1, 3), (1, 3)])
    path = descend(
        GradientDescent(lr=0.1), CANYON, (0, 0), 6, project=lambda x: np.array(next(square), float)
    )
    assert path.turning[:4] == pytest.approx([0, 180, 90, 90], abs=1e-6)
    assert np.isnan(path.turning[4])


# --- a minimum that nobody told ----------------------------------------------------------------


def waves(x):
    return np.sin(x[..., 0]) * np.cos(x[..., 1])


class Bowl:
    """Something to descend that is no Surface."""

    def value(self, x):
        return (x * x).sum(axis=-1)

    def gradient(self, x, step=0):
        return 2 * x


@pytest.mark.parametrize(
    "problem", [Surface(waves), surfaces.NoisySurface(Surface(waves), 0.1), Bowl()]
)
def test_an_unknown_minimum_is_unknown(problem):
    path = descend(GradientDescent(lr=0.1), problem, (-4.0, 3.0), 5)
    assert path.minimum is None
    for ask in (lambda: path.gap, lambda: path.steps_to(1e-3), lambda: path.below):
        with pytest.raises(ValueError, match=r"needs the least value: .* minima, .* or minimum"):
            ask()


def test_tune_asks_for_the_minimum_before_it_walks():
    def gradient(x):
        raise AssertionError("it walks")

    with pytest.raises(ValueError, match=r"tune needs the least value: .* minima, .* or minimum"):
        tune(GradientDescent(lr=1.0), Surface(waves, gradient), (-4.0, 3.0), 5, lr=[0.1, 0.2])
    tuned = tune(GradientDescent(1.0), Surface(waves, minimum=-1), (-4, 3), 99, lr=[0.1, 1.0])
    assert tuned.needed[1] < tuned.needed[0]


@pytest.mark.parametrize("minimum", ["low", np.nan, 1j, [1.0, 2.0], True])
def test_a_problem_s_minimum_must_be_a_number(minimum):
    problem = Bowl()
    problem.minimum = minimum
    with pytest.raises(ValueError, match=r"the surface's minimum must be a finite number or None"):
        descend(GradientDescent(lr=0.1), problem, (-4.0, 3.0), 5)


def test_a_loss_below_the_minimum_that_was_given_is_seen():
    losses = 4.0 * 0.5625 ** np.arange(31)  # x shrinks to 3/4 at every step
    for minimum, first in ((0.0, None), (1.0, 3), (4.0, 1), (-1.0, None)):
        surface = Surface(lambda x: (x * x).sum(-1), lambda x: 2 * x, minimum=minimum)
        path = descend(GradientDescent(lr=0.125), surface, (2.0, 0.0), 30)
        assert path.loss == pytest.approx(losses)
        assert path.below == first
        batch = descend(GradientDescent(lr=[0.125, 0.0]), surface, (2.0, 0.0), 30)
        assert batch.below.tolist() == [-1 if first is None else first, -1]
        last = descend(GradientDescent(lr=0.125), surface, (2.0, 0.0), 30, record="last")
        with pytest.raises(ValueError, match='below needs the whole path: record must be "all"'):
            last.below  # noqa: B018


def test_a_gap_that_overflows_does_not_warn():
    surface = Surface(lambda x: 1e308 + 0 * x[..., 0], lambda x: x, minimum=-1e308)
    path = descend(GradientDescent(lr=0.1), surface, (1.0, 1.0), 2)
    assert np.isinf(path.gap).all()
    assert path.steps_to(1.0) is None
    assert path.below is None


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_rounding_is_not_below(scale):
    """Neither that of a sum, nor that of minima printed to six decimals."""
    exact = surfaces.himmelblau()
    printed = [(-2.805118, 3.131313)]
    for minima, first in ((printed, None), ([(-2.8, 3.13)], True)):
        surface = Surface(
            lambda x: scale * exact.value(x), lambda x: scale * exact.gradient(x), minima=minima
        )
        path = descend(GradientDescent(lr=0.01 / scale), surface, (-3.0, 3.0), 300)
        assert path.loss[-1] < surface.minimum
        assert (path.below is None) == (first is None)


# --- what is written for one point -------------------------------------------------------------


def good(x):
    return x[..., 0] ** 2 + 10 * x[..., 1] ** 2


def slopes(x):
    return 2 * x * [1, 10]


def by_hand(x):
    return np.array([2 * x[0], 20 * x[1]])


ONE_POINT_VALUES = {
    "first coordinate": lambda x: x[0] ** 2 + 10 * x[1] ** 2,
    "sum of all": lambda x: float((x * x).sum()),
    "largest of all": lambda x: x[..., 0] ** 2 * np.abs(x).max(),
    "math": lambda x: math.sin(x[0]) + x[1] ** 2,
    "if": lambda x: x[..., 0] if x[0] > 0 else -x[..., 0],
    "first axis": lambda x: (x * x).sum(axis=0),
    "norm": lambda x: np.linalg.norm(x),
}
ONE_POINT_GRADIENTS = {
    "first coordinate": by_hand,
    "with the step": lambda x, step: by_hand(x),
    "matrix from the left": lambda x: np.array([[2.0, 1.0], [0.0, 20.0]]) @ x,
    "norm": lambda x: x / np.linalg.norm(x),
    "swapped": lambda x: x[::-1],
    "last coordinate": lambda x: x * x[-1],
    "middle": lambda x: x * x[1],
    "math": lambda x: np.array([math.sin(x[0]), 20 * x[1]]),
    "list": lambda x: [2 * x[..., 0], 20 * x[..., 1]],
    "not a number": lambda x: np.stack([np.nan * x[..., 0], x[..., 1] * np.abs(x).max()], axis=-1),
}
MEND = r"must work along leading axes: x\[\.\.\., 0\] in place of x\[0\]"


@pytest.mark.parametrize("name", ONE_POINT_VALUES)
@pytest.mark.parametrize("steps", [0, 1, 2, 5])
def test_a_value_for_one_point_is_refused(name, steps):
    """A path of one step is two points in two dimensions, whose shape is right by accident."""
    surface = Surface(ONE_POINT_VALUES[name], slopes)
    with pytest.raises(ValueError, match=f"^value {MEND}"):
        descend(GradientDescent(lr=0.01), surface, (-4.0, 3.0), steps)
    with pytest.raises(ValueError, match=f"^value {MEND}"):
        Surface(ONE_POINT_VALUES[name], slopes, minima=[(0.5, 0.5), (1.0, 0.5)])
    with pytest.raises(ValueError, match=f"^value {MEND}"):
        descend(GradientDescent(lr=[0.01, 0.02]), Surface(ONE_POINT_VALUES[name]), (1, 2), steps)


@pytest.mark.parametrize("name", ONE_POINT_GRADIENTS)
def test_a_gradient_for_one_point_walks_one_run_and_no_more(name):
    gradient = ONE_POINT_GRADIENTS[name]
    start, lr = (-4.0, 3.0), GradientDescent(lr=0.01)
    assert descend(lr, Surface(good, gradient), start, 5).x.shape == (6, 2)
    for runs in (1, 2, 3):
        for several in (GradientDescent(lr=np.full(runs, 0.01)), lr):
            starts = start if several is not lr else np.tile(start, (runs, 1))
            with pytest.raises(ValueError, match=f"^gradient {MEND}"):
                descend(several, Surface(good, gradient), starts, 5)
    with pytest.raises(ValueError, match=f"^gradient {MEND}"):
        descend(GradientDescent(lr=np.full((2, 3), 0.01)), Surface(good, gradient), start, 5)


def test_it_is_refused_in_any_dimension():
    class OnePoint(Bowl):
        def gradient(self, x, step=0):
            return np.array([2 * x[i] for i in range(len(x))]) * x[0]

    for d in (1, 2, 3, 4):
        assert descend(GradientDescent(lr=0.01), OnePoint(), np.ones(d), 3).x.shape == (4, d)
        with pytest.raises(ValueError, match=f"^gradient {MEND}"):
            descend(GradientDescent(lr=np.full(d, 0.01)), OnePoint(), np.ones(d), 3)


@pytest.mark.parametrize(
    "project", [lambda x: np.array([x[0], 0.0]), lambda x: x / np.linalg.norm(x), lambda x: x[::-1]]
)
def test_a_projection_for_one_point_is_refused(project):
    surface = Surface(good, slopes)
    descend(GradientDescent(lr=0.01), surface, (-4, 3), 5, project=project)
    with pytest.raises(ValueError, match=f"^project {MEND}"):
        descend(GradientDescent(lr=[0.01, 0.02]), surface, (-4, 3), 5, project=project)


@dataclass(frozen=True)
class Sign(Optimizer):
    """By coordinate, as a first attempt is."""

    def step(self, state, gradient, x):
        return {}, x - self.lr * np.array([np.sign(gradient[0]), 0.0])


@dataclass(frozen=True)
class Unit(Optimizer):
    def step(self, state, gradient, x):
        return {}, x - self.lr * gradient / np.linalg.norm(gradient)


@dataclass(frozen=True)
class Remembering(Optimizer):
    """Its first step is right: only the second reads what is written for one point."""

    def init(self, x):
        return {"size": 1.0}

    def step(self, state, gradient, x):
        return {"size": np.linalg.norm(gradient)}, x - self.lr * gradient / state["size"]


@pytest.mark.parametrize("method", [Sign, Unit, Remembering])
def test_a_method_for_one_point_is_refused(method):
    surface = Surface(good, slopes)
    assert descend(method(lr=0.01), surface, (-4, 3), 5).diverged is None
    for several, starts in ((method(lr=[0.01, 0.02]), (-4, 3)), (method(0.01), np.ones((2, 2)))):
        with pytest.raises(ValueError, match=rf"^{method.__name__}\.step {MEND}"):
            descend(several, surface, starts, 5)


@dataclass(frozen=True)
class Wrong(Optimizer):
    returns: ClassVar = None

    def step(self, state, gradient, x):
        return self.returns


@pytest.mark.parametrize(
    ("returns", "words"),
    [
        (np.zeros(2), "a dict and an array, not array"),
        (({}, [1.0, 2.0]), "a dict and an array, not"),
        (({}, np.zeros(3)), r"numbers of the shape \(2,\), not of the shape \(3,\)"),
        (({}, np.array(["1", "2"])), r"numbers of the shape \(2,\), not array"),
        (({"m": "a"}, np.zeros(2)), r"the state's m must be numbers that broadcast .*, not 'a'"),
        (({"m": np.zeros(3)}, np.zeros(2)), r"the state's m must be numbers that broadcast"),
    ],
)
def test_what_a_step_must_return_is_named(returns, words, monkeypatch):
    monkeypatch.setattr(Wrong, "returns", returns)
    with pytest.raises(ValueError, match=rf"^Wrong\.step.*{words}"):
        descend(Wrong(lr=0.1), CANYON, (1.0, 2.0), 3)


def cold(x, step):
    return x + np.random.default_rng(step).normal(size=x.shape)


DRAWN = np.random.default_rng(0)


@pytest.mark.parametrize(
    "gradient",
    [
        cold,  # noise of its own for every run, the same in every call
        lambda x: x + DRAWN.normal(size=x.shape),  # another in every call
        lambda x, step: x * np.linspace(1, 2, 5)[:, None],  # belongs to five runs
        lambda x: x * np.where(x > 0, np.nan, 1.0),
        lambda x: np.einsum("ij,...j->...i", np.array([[2.0, 1.0], [0.0, 20.0]]), x),
        lambda x: (np.array([[2.0, 1.0], [0.0, 20.0]]) @ x.T).T,  # for one axis of runs
        lambda x: x.astype(np.float32),
    ],
)
def test_what_works_along_leading_axes_is_walked(gradient):
    surface = Surface(lambda x: (x * x).sum(axis=-1), gradient)
    path = descend(GradientDescent(lr=np.full(5, 0.01)), surface, (1.0, -2.0), 3)
    assert path.x.shape == (4, 5, 2)
    assert (path.x[1, :, 1] != -2.0).all()


def test_it_is_looked_at_once_for_each_surface():
    calls = []

    def gradient(x):
        calls.append(x.shape)
        return 2 * x

    surface = Surface(lambda x: (x * x).sum(axis=-1), gradient)
    single, several = GradientDescent(lr=0.1), GradientDescent(lr=[0.1, 0.2])
    descend(single, surface, (1, 2), 3)
    assert calls == [(2,)] * 3
    descend(several, surface, (1, 2), 3)
    looked = len(calls)
    assert looked <= 3 + 3 + 5
    descend(several, surface, (1, 2), 3)
    assert len(calls) == looked + 3


def test_it_is_looked_at_near_the_start():
    """Elsewhere the function may not be defined."""

    def value(x):
        if np.abs(x - [100.0, -50.0]).max() > 1.0:
            raise RuntimeError("too far")
        return ((x - [100.0, -50.0]) ** 2).sum(axis=-1)

    surface = Surface(value, lambda x: value(x)[..., None] + 2 * (x - [100, -50]))
    path = descend(GradientDescent(lr=[0.01, 0.02]), surface, (100.1, -50.1), 5)
    assert path.x.shape == (6, 2, 2)


# --- tune --------------------------------------------------------------------------------------


def test_tune_is_the_best_of_its_grid():
    lrs, momenta = [0.001, 0.003, 0.01, 0.03], [0.0, 0.5, 0.9]
    tuned = tune(Momentum(lr=1.0), CANYON, (-4.0, 1.5), 300, target=1e-2, lr=lrs, momentum=momenta)
    assert tuned.runs == 12
    assert tuned.needed.shape == (4, 3)
    for i, j in np.ndindex(4, 3):
        single = descend(Momentum(lrs[i], momenta[j]), CANYON, (-4.0, 1.5), 300)
        steps = single.steps_to(1e-2)
        assert tuned.needed[i, j] == (np.inf if steps is None else steps)
    assert tuned.steps == tuned.needed.min()
    chosen = tuned.optimizer
    assert tuned.needed[lrs.index(chosen.lr), momenta.index(chosen.momentum)] == tuned.steps
    assert isinstance(chosen.lr, float)


def test_tune_says_when_nothing_arrives():
    tuned = tune(GradientDescent(lr=1.0), CANYON, (-4.0, 1.5), 10, lr=[1e-5, 1.0])
    assert tuned.steps is None
    assert np.isinf(tuned.needed).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"lr": None}, "at least one grid"),
        ({"lr": []}, r"lr must be a list of finite numbers, not \[\]"),
        ({"momentum": [0.9]}, "grids must be among lr, not 'momentum'"),
        ({"optimizer": Adam(lr=[0.1, 0.2])}, "optimizer must be an Optimizer with single numbers"),
        ({"start": np.ones((2, 2))}, "start must be one point of finite numbers, not"),
        ({"target": np.nan}, "target must be a finite number > 0, not nan"),
        ({"target": "a"}, "target must be a finite number > 0, not 'a'"),
    ],
)
def test_what_tune_cannot_do_is_named(changed, message):
    wanted = {"optimizer": GradientDescent(lr=1.0), "surface": CANYON, "start": (-4.0, 1.5)}
    wanted |= {"steps": 10, "lr": [0.01, 0.02]} | changed
    with pytest.raises(ValueError, match=message):
        tune(**{name: value for name, value in wanted.items() if value is not None})


# --- what is allowed ---------------------------------------------------------------------------


def call(**changed):
    wanted = {"optimizer": Adam(), "surface": CANYON, "start": (-4.0, 1.5), "steps": 3}
    return descend(**(wanted | changed))


def flat(x):
    return np.zeros(x.shape[:-1])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"start": (np.nan, 1.0)}, ("start", "nan", "finite")),
        ({"start": (1.0, -np.inf)}, ("start", "inf", "finite")),
        ({"start": 1.0}, ("start", "1.0", "(..., d)")),
        ({"start": "here"}, ("start", "'here'", "numbers")),
        ({"start": ("1", "2")}, ("start", "('1', '2')", "numbers")),
        ({"start": None}, ("start", "None", "numbers")),
        ({"start": (1.0, 2j)}, ("start", "2j", "numbers")),
        ({"start": [[1.0, 2.0], [3.0]]}, ("start", "[3.0]", "numbers")),
        ({"start": (10**400, 0)}, ("start", "000", "numbers")),
        ({"start": ()}, ("start", "()", "(..., d)")),
        ({"start": (1.0, 2.0, 3.0)}, ("x", "(3,)", "(..., 2)")),
        ({"steps": -1}, ("steps", "-1", "from 0")),
        ({"steps": 2.5}, ("steps", "2.5", "from 0")),
        ({"steps": "3"}, ("steps", "'3'", "from 0")),
        ({"steps": True}, ("steps", "True", "from 0")),
        ({"steps": None}, ("steps", "None", "from 0")),
        ({"record": "first"}, ("record", "'first'", '"all" or "last"')),
        ({"record": None}, ("record", "None", '"all" or "last"')),
        ({"optimizer": "adam"}, ("optimizer", "'adam'", "Adam(lr=0.1)")),
        ({"optimizer": Adam}, ("optimizer", "Adam", "Adam(lr=0.1)")),
        (
            {"optimizer": Adam(lr=[0.1, 0.2]), "start": np.ones((3, 2))},
            ("broadcast", "start (3,)", "lr (2,)"),
        ),
        (
            {"optimizer": Adam(lr=[0.1, 0.2], beta1=[0.1, 0.2, 0.3])},
            ("broadcast", "lr (2,)", "beta1 (3,)"),
        ),
        ({"surface": surfaces.canyon}, ("surface", "canyon", "gradient(x, step)")),
        ({"project": lambda x: None}, ("project", "(2,)", "None")),
        ({"project": 3}, ("project", "3", "a function or None")),
        ({"schedule": 0.5}, ("schedule", "0.5", "a function or None")),
        ({"surface": Surface(flat, lambda x: x[..., :1])}, ("gradient", "(2,)", "(1,)")),
        ({"surface": Surface(flat, lambda x: 0.0)}, ("gradient", "(2,)", "()")),
        (
            {"surface": Surface(flat, lambda x: x[0]), "start": np.ones((3, 2))},
            ("gradient", "(3, 2)", "(2,)"),
        ),
        ({"surface": Surface(lambda x: x, lambda x: x)}, ("value", "(4,)", "(4, 2)")),
        ({"surface": Surface(lambda x: 0.0, lambda x: x)}, ("value", "(3,)", "()")),
        ({"steps": 10**8 + 1}, ("steps", "100000001", "to 100000000")),
        ({"steps": 10**5000}, ("steps", "a int that cannot be printed", "from 0")),
        ({"start": np.ma.masked_array([1.0, 2.0], [False, True])}, ("start", "masked", "numbers")),
        ({"record": np.array(["all", "last"])}, ("record", "array", '"all" or "last"')),
        ({"optimizer": Optimizer(lr=0.1)}, ("optimizer", "Optimizer(lr=0.1)", "Adam(lr=0.1)")),
        ({"surface": Surface(flat, lambda x: x + 1j)}, ("gradient", "(2,)", "j")),
        ({"surface": Surface(flat, lambda x: None)}, ("gradient", "(2,)", "None")),
        ({"surface": Surface(flat, lambda x: [x, [1]])}, ("gradient", "(2,)", "[1]")),
        ({"surface": Surface(lambda x: x[..., 0] + 1j, lambda x: x)}, ("value", "(4,)", "j")),
        ({"project": lambda x: x + 1j}, ("project", "(2,)", "j")),
        ({"project": lambda x: [[1], [1, 2]]}, ("project", "(2,)", "[[1], [1, 2]]")),
        ({"schedule": lambda k: -1.0}, ("schedule", "-1.0", "≥ 0")),
        ({"schedule": lambda k: np.nan}, ("schedule", "nan", "≥ 0")),
        ({"schedule": lambda k: [1.0, 0.5]}, ("schedule", "[1.0, 0.5]", "≥ 0")),
        ({"schedule": lambda k: None}, ("schedule", "None", "≥ 0")),
    ],
)
def test_wrong_input_is_named(changed, words):
    with pytest.raises(ValueError) as caught:
        call(**changed)
    for word in words:
        assert word in str(caught.value)


def test_the_end_alone_cannot_count_steps():
    with pytest.raises(ValueError, match='record must be "all"'):
        call(record="last").steps_to(1.0)


@pytest.mark.parametrize("steps", [np.int64(3), np.uint8(3)])
def test_whole_numbers_of_any_make_are_steps(steps):
    assert len(call(steps=steps).x) == 4


@pytest.mark.parametrize("record", ["all", "last"])
def test_no_runs_are_walked_in_no_time(record):
    adam = optimizers.Adam(lr=np.array([]))
    path = descend(adam, surfaces.canyon(), (1.0, 1.0), 3, record=record)
    assert path.x.shape[1:] == (0, 2) and path.diverged.shape == (0,)


def test_a_walk_too_large_for_memory_is_refused_before_it_is_allocated():
    surface, adam = surfaces.canyon(), optimizers.Adam(lr=np.full((1000, 1000), 0.1))
    with pytest.raises(ValueError, match=r"300 steps of 1,000,000 runs .* needs 9\.6 GB"):
        descend(adam, surface, surface.start, 300)
    assert descend(adam, surface, surface.start, 2, record="last").x.shape == (1, 1000, 1000, 2)
    # With the state of the method it is too much, without it would not be.
    with pytest.raises(ValueError, match=r"50 steps of 1,000,000 runs .* needs 5\.6 GB"):
        descend(adam, surface, surface.start, 50)
    # Small arrays that broadcast to a large one.
    grid = optimizers.Momentum(lr=np.full((10**4, 1), 0.1), momentum=np.full(10**4, 0.9))
    with pytest.raises(ValueError, match=r"1 step of 100,000,000 runs .* needs 3\.2 GB"):
        descend(grid, surface, surface.start, 1, record="last")


def test_a_span_of_time_is_no_number_of_steps():
    """numpy counts it among the whole numbers."""
    span = np.timedelta64(3, "s")
    with pytest.raises(ValueError, match="steps must be a whole number from 0 to 100000000, not"):
        descend(Adam(lr=0.1), surfaces.canyon(), (-4.0, 1.5), span)
