"""Optimizers: what each update does to a gradient, and what hyperparameters are allowed."""

from dataclasses import FrozenInstanceError, fields, replace
from inspect import getsourcelines

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adamviz import descend, optimizers, surfaces
from adamviz.optimizers import (
    Adadelta,
    Adagrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    GradientDescent,
    Momentum,
    Nadam,
    Nesterov,
    Optimizer,
    RMSprop,
)
from adamviz.surfaces import Surface

ADAM_FAMILY = (Adam, Nadam, AMSGrad, AdamW)
STATES = {
    GradientDescent: {"rate"},
    Momentum: {"rate", "b"},
    Nesterov: {"rate", "b"},
    Adagrad: {"rate", "S"},
    RMSprop: {"rate", "v"},
    Adadelta: {"rate", "v", "D"},
    Adam: {"rate", "m", "v", "m_hat", "v_hat"},
    AdaMax: {"rate", "m", "m_hat", "u"},
    Nadam: {"rate", "m", "v", "m_hat", "v_hat"},
    AMSGrad: {"rate", "m", "v", "v_max", "m_hat", "v_hat"},
    AdamW: {"rate", "m", "v", "m_hat", "v_hat"},
}
DEFAULTS = {
    Momentum: {"momentum": 0.9, "average": False},
    Nesterov: {"momentum": 0.9},
    Adagrad: {"lr": 0.01, "eps": 1e-10, "initial_accumulator": 0.0},
    RMSprop: {"lr": 0.01, "rho": 0.99, "eps": 1e-8, "momentum": 0.0, "centered": False},
    Adadelta: {"lr": 1.0, "rho": 0.9, "eps": 1e-6},
    Adam: {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "bias_correction": True},
    AdaMax: {"lr": 2e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
    Nadam: {"lr": 2e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "momentum_decay": 4e-3},
    AMSGrad: {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "bias_correction": True},
    AdamW: {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.01},
}
WITH_RATE = [method for method, names in STATES.items() if "rate" in names]
every_method = pytest.mark.parametrize("method", optimizers.OPTIMIZERS, ids=lambda m: m.__name__)


def feed(optimizer, gradients, x=(0.0, 0.0)):
    """The iterates and the last state when the gradients come from outside."""
    x = np.array(x)
    path, state = [x], optimizer.init(x)
    for gradient in gradients:
        state, x = optimizer.step(state, np.asarray(gradient, float), x)
        path.append(x)
    return np.array(path), state


# --- the interface -----------------------------------------------------------------------------


def test_the_collection_is_what_the_file_defines():
    """And nothing that a reader derives elsewhere."""

    class Own(Adam):
        label = "my own"

    def below(kind):
        return [c for child in kind.__subclasses__() for c in (child, *below(child))]

    assert Own in below(Optimizer) and Own not in optimizers.OPTIMIZERS
    here = [kind for kind in below(Optimizer) if kind.__module__ == Optimizer.__module__]
    assert set(here) == set(optimizers.OPTIMIZERS)
    lines = [getsourcelines(kind)[1] for kind in optimizers.OPTIMIZERS]
    assert lines == sorted(lines)
    assert {m.__name__ for m in optimizers.OPTIMIZERS} <= set(optimizers.__all__)
    labels = [method.label for method in optimizers.OPTIMIZERS]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("method", DEFAULTS, ids=lambda m: m.__name__)
def test_defaults(method):
    defaults = DEFAULTS[method]
    optimizer = method(lr=defaults.get("lr", 0.1))
    assert {name: getattr(optimizer, name) for name in defaults} == defaults
    if "lr" in defaults:
        assert method() == optimizer


@every_method
def test_step_changes_none_of_its_arguments(method):
    optimizer = method(lr=0.1)
    with pytest.raises(FrozenInstanceError):
        optimizer.lr = 0.2
    x = np.array([1.0, -2.0])
    state = optimizer.init(x)
    for gradient in np.array([[3.0, 0.5], [-1.0, 2.0]]):
        before = {name: np.copy(value) for name, value in state.items()}, x.copy(), gradient.copy()
        new, x_new = optimizer.step(state, gradient, x)
        _, x_again = optimizer.step(state, gradient, x)
        assert {name: np.copy(value).tolist() for name, value in state.items()} == {
            name: value.tolist() for name, value in before[0].items()
        }
        assert (x == before[1]).all()
        assert (gradient == before[2]).all()
        assert (x_new == x_again).all()
        state, x = new, x_new


@pytest.mark.parametrize("method", STATES, ids=lambda m: m.__name__)
def test_the_state_has_the_names_of_the_docstring(method):
    _, state = feed(method(lr=0.1), [[3.0, 0.5], [-1.0, 2.0]])
    assert {name for name in state if name[0] != "_"} == STATES[method]


def test_rmsprop_keeps_what_its_switches_need():
    _, state = feed(RMSprop(momentum=0.5, centered=True), [[1.0, 2.0]])
    assert set(state) == {"rate", "v", "g_mean", "b"}


@pytest.mark.parametrize("method", WITH_RATE, ids=lambda m: m.__name__)
@pytest.mark.parametrize("x", [(0.3, -0.7), (0.1, 0.2, 0.3, 0.4, 0.5)])
def test_rate_is_what_multiplies_the_gradient(method, x):
    """In every dimension, and where momentum starts from nothing: Nesterov's is 1 + μ ahead."""
    path, state = feed(method(lr=0.1), [np.arange(1.0, len(x) + 1)], x)
    gradient = np.arange(1.0, len(x) + 1)
    moved = path[0] - path[1]
    factor = {Nesterov: 1.9}.get(method, 1.0)
    if method is AdamW:
        moved = moved - 0.1 * 0.01 * path[0]
    np.testing.assert_allclose(
        state["rate"] * state.get("m_hat", gradient) * factor, moved, rtol=1e-12
    )


IN_RULES = {  # how each hyperparameter is written there
    "lr": r"\alpha",
    "momentum": r"\mu",
    "rho": r"\rho",
    "beta1": r"\beta_1",
    "beta2": r"\beta_2",
    "eps": r"\varepsilon",
    "weight_decay": r"\lambda",
    "momentum_decay": r"\psi",
    "initial_accumulator": "S",
}


@every_method
def test_update_rule_says_the_step_and_every_hyperparameter(method):
    rule = optimizers.update_rule(method)
    assert rule
    for formula in rule:
        assert "$" not in formula and "\n" not in formula
        assert formula.count("{") == formula.count("}")
    said = " ".join(rule)
    if "x_t =" not in said:  # it goes on as its parent does
        parent = " ".join(optimizers.update_rule(method.__base__))
        assert "x_t =" in parent
        said += parent
    if issubclass(method, Adam):  # whose moments all of these share
        said += " ".join(optimizers.update_rule(Adam))
    names = {field.name for field in fields(method)} & set(IN_RULES)
    if method is RMSprop:
        names -= {"momentum"}  # an extra, off by default
    assert [name for name in names if IN_RULES[name] not in said] == []


# --- what the formulas say -----------------------------------------------------------------------


@given(
    gradient=st.floats(1e-100, 1e100),
    sign=st.sampled_from([-1.0, 1.0]),
    lr=st.floats(1e-6, 1e3),
    beta1=st.floats(0, 0.9999),
    beta2=st.floats(0, 0.9999),
)
@pytest.mark.parametrize("method", [Adam, AdaMax, AMSGrad])
def test_first_step_is_exactly_lr(method, gradient, sign, lr, beta1, beta2):
    path, _ = feed(method(lr=lr, beta1=beta1, beta2=beta2, eps=0.0), [[sign * gradient, 1.0]])
    np.testing.assert_allclose(path[1], [-sign * lr, -lr], rtol=1e-14)


def test_without_correction_steps_start_long_and_peak_at_twelve():
    steps = -np.diff(
        feed(Adam(lr=1.0, eps=0, bias_correction=False), [[5.0, -0.1]] * 40)[0], axis=0
    )
    assert steps[0] == pytest.approx([3.1623, -3.1623], abs=5e-5)
    assert np.argmax(steps[:, 0]) + 1 == 12
    assert steps[11, 0] == pytest.approx(6.57, abs=0.005)


def test_longest_step_of_adam():
    """(1 − β1)/√((1 − β2)(1 − β1²/β2)) = 7.27, by gradients growing like (β2/β1)ᵗ."""
    quiet = np.zeros((9000, 1))
    growing = (0.999 / 0.9) ** np.arange(200.0)[:, None]
    path, _ = feed(Adam(lr=1.0, eps=1e-300), np.concatenate([quiet, growing]), [0.0])
    bound = 0.1 / np.sqrt(0.001 * (1 - 0.81 / 0.999))
    assert bound == pytest.approx(7.27, abs=0.005)
    assert np.abs(np.diff(path, axis=0)).max() == pytest.approx(bound, rel=1e-3)
    one, _ = feed(Adam(lr=1.0, eps=1e-300), np.concatenate([quiet, [[1.0]]]), [0.0])
    assert one[-2] - one[-1] == pytest.approx(3.1623, rel=1e-3)


@pytest.mark.parametrize("scale", [2.0**-20, 1000.0, 2.0**30])
@pytest.mark.parametrize("method", [Adam, AdaMax, Nadam, AMSGrad, AdamW, RMSprop, Adagrad])
def test_scaling_the_loss_changes_nothing(method, scale):
    """At ε = 0. Powers of two leave every digit as it is; a thousand leaves rounding."""
    plain = surfaces.canyon(20.0, 0.3)
    scaled = Surface(lambda x: scale * plain.value(x), lambda x: scale * plain.gradient(x))
    optimizer = method(lr=0.05, eps=0.0)
    a = descend(optimizer, plain, (-4.0, 1.5), 60).x
    b = descend(optimizer, scaled, (-4.0, 1.5), 60).x
    tolerance = 1e-10 if scale == 1000.0 else 0.0
    np.testing.assert_allclose(b, a, rtol=0, atol=tolerance)
    assert np.abs(a[-1] - a[0]).max() > 0.1


# Squares of smaller numbers, or of the gradients far out on the plateau, might vanish: then
# there is no step.
coordinate = st.floats(1e-9, 5) | st.floats(-5, -1e-9)
STEEP = sorted(surfaces.SURFACES.keys() - {"plateau"})


@given(
    power=st.integers(-100, 100),
    x=coordinate,
    y=coordinate,
    lr=st.floats(1e-4, 10),
    beta1=st.just(0.0) | st.floats(0.01, 0.9999),
    beta2=st.floats(0.01, 0.9999),
    name=st.sampled_from(STEEP),
)
@pytest.mark.parametrize("method", [Adam, AdaMax, Nadam, AMSGrad, AdamW])
def test_no_power_of_two_on_any_loss_changes_a_digit(method, power, x, y, lr, beta1, beta2, name):
    plain = surfaces.SURFACES[name]()
    scaled = Surface(plain.value, lambda x: 2.0**power * plain.gradient(x))
    optimizer = method(lr=lr, beta1=beta1, beta2=beta2, eps=0.0)
    a, b = (descend(optimizer, surface, (x, y), 25) for surface in (plain, scaled))
    np.testing.assert_array_equal(a.x, b.x)
    assert a.diverged == b.diverged


@given(
    gradients=st.lists(coordinate | st.just(0.0), min_size=1, max_size=30),
    scale=st.floats(1e-6, 1e6),
    beta1=st.floats(0, 0.99),
    beta2=st.floats(0.5, 0.9999),
)
def test_any_factor_on_the_gradients_leaves_adam_s_steps(gradients, scale, beta1, beta2):
    """At given gradients, where rounding cannot grow along the path."""
    gradients = np.array(gradients)[:, None]
    optimizer = Adam(lr=1.0, beta1=beta1, beta2=beta2, eps=0.0)
    a, _ = feed(optimizer, gradients, [0.0])
    b, _ = feed(optimizer, scale * gradients, [0.0])
    np.testing.assert_allclose(a, b, rtol=0, atol=1e-12 * np.abs(a).max())


@every_method
@given(data=st.data())
def test_coordinates_know_nothing_of_each_other(method, data):
    """Any order of any number of coordinates, and each alone: the same steps to the last digit."""
    steps, d = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 9))
    numbers = st.lists(st.floats(-1e3, 1e3), min_size=(steps + 1) * d, max_size=(steps + 1) * d)
    start, *gradients = np.array(data.draw(numbers)).reshape(steps + 1, d)
    order = data.draw(st.permutations(range(d)))
    optimizer = method(lr=0.1)
    with np.errstate(all="ignore"):
        path, _ = feed(optimizer, gradients, start)
        moved, _ = feed(optimizer, [g[order] for g in gradients], start[order])
        alone, _ = feed(optimizer, [g[:1] for g in gradients], start[:1])
    np.testing.assert_array_equal(moved, path[:, order])
    np.testing.assert_array_equal(alone[:, 0], path[:, 0])


@every_method
def test_coordinates_may_change_places(method):
    plain = surfaces.rosenbrock()
    swapped = Surface(
        lambda x: plain.value(x[..., ::-1]), lambda x: plain.gradient(x[..., ::-1])[..., ::-1]
    )
    optimizer = method(lr=1e-3)
    a = descend(optimizer, plain, (-1.2, 1.0), 60).x
    b = descend(optimizer, swapped, (1.0, -1.2), 60).x
    assert (a == b[:, ::-1]).all()


@pytest.mark.parametrize(
    ("special", "general"),
    [
        (GradientDescent(lr=0.01), Momentum(lr=0.01, momentum=0.0)),
        (GradientDescent(lr=0.01), Nesterov(lr=0.01, momentum=0.0)),
        (Momentum(lr=0.01 * (1 - 0.8), momentum=0.8), Momentum(0.01, 0.8, average=True)),
        (Adam(lr=0.1), AdamW(lr=0.1, weight_decay=0.0)),
        (RMSprop(lr=0.1, rho=0.9), Adam(0.1, beta1=0.0, beta2=0.9, bias_correction=False)),
        (AdaMax(lr=0.1, beta2=0.0, eps=0.0), Adam(lr=0.1, beta2=0.0, eps=0.0)),
        (RMSprop(lr=0.1), RMSprop(lr=0.1, momentum=1e-300)),
    ],
    ids=lambda optimizer: type(optimizer).__name__,
)
def test_special_cases_agree(special, general):
    a, b = (descend(o, surfaces.canyon(angle=0.2), (-4.0, 1.5), 60).x for o in (special, general))
    np.testing.assert_allclose(a, b, rtol=0, atol=1e-11)


@pytest.mark.parametrize(
    ("optimizer", "constant", "alternating"),
    [
        (GradientDescent(lr=1.0), 1, 1),
        (Momentum(lr=1.0, momentum=0.9), 10, 1 / 1.9),
        (Momentum(lr=1.0, momentum=0.9, average=True), 1, 0.1 / 1.9),
        (Nesterov(lr=1.0, momentum=0.9), 10, 1 + 0.9 / 1.9),
        (RMSprop(lr=1.0, momentum=0.9), 10, 1 / 1.9),
        (RMSprop(lr=1.0), 1, 1),
        (Adam(lr=1.0), 1, 0.1 / 1.9),
        (AdaMax(lr=1.0), 1, 0.1 / 1.9),
        (AMSGrad(lr=1.0), 1, 0.1 / 1.9),
    ],
    ids=repr,
)
def test_terminal_speed(optimizer, constant, alternating):
    """Under a gradient of 1 that keeps its sign, and one that changes it at every step."""
    signs = (-1.0) ** np.arange(3000)
    path, _ = feed(optimizer, np.stack([np.ones(3000), signs], axis=1))
    last = np.abs(path[-1] - path[-2])
    assert last == pytest.approx([constant, alternating], rel=0.03)


def test_rmsprop_s_first_step_is_long():
    path, _ = feed(RMSprop(lr=1.0, eps=0.0), [[3.0, -0.2]])
    assert path[1] == pytest.approx([-10.0, 10.0])


def test_centering_takes_the_mean_away():
    """Under a constant gradient the variance goes to zero, and rounding must not make it NaN."""
    gradient = np.linspace(0.1, 3.0, 59)
    optimizer = RMSprop(lr=1e-3, rho=0.9, eps=1e-3, centered=True)
    path, state = feed(optimizer, [gradient] * 500, np.zeros(59))
    assert (state["v"] < state["g_mean"] ** 2).any()  # rounding does push some below zero
    np.testing.assert_allclose(path[-2] - path[-1], gradient, rtol=1e-3)
    np.testing.assert_allclose(state["g_mean"], gradient)


def test_adagrad_slows_like_one_over_root_t():
    path, state = feed(Adagrad(lr=1.0), [[2.0, 0.1]] * 400)
    assert -np.diff(path[:, 0])[[0, 99, 399]] == pytest.approx([1, 1 / 10, 1 / 20])
    assert state["S"] == pytest.approx([1600, 4])


def test_adadelta_s_memory_knows_no_rate():
    gradients = np.random.default_rng(0).normal(size=(30, 2))
    slow, fast = (feed(Adadelta(lr=lr), gradients) for lr in (0.1, 5.0))
    assert (slow[1]["D"] == fast[1]["D"]).all()
    np.testing.assert_allclose(fast[0], 50 * slow[0], rtol=1e-12)


def test_amsgrad_never_forgets():
    gradients = np.r_[np.full(30, 10.0), np.full(3000, 0.01)][:, None] * [1.0, -1.0]
    _, adam = feed(Adam(), gradients)
    _, amsgrad = feed(AMSGrad(), gradients)
    assert (amsgrad["v"] == adam["v"]).all()
    assert amsgrad["v_max"] == pytest.approx(100 * (1 - 0.999**30))
    assert (amsgrad["rate"] < adam["rate"] / 4).all()


@pytest.mark.parametrize("method", [Nadam, AdamW])
def test_correction_can_be_left_out_of_all(method):
    """At step 1, m is (1 − β1) g and v is (1 − β2) g²: nothing else may stand in for them."""
    _, with_it = feed(method(), [[2.0, -4.0]])
    _, without = feed(method(bias_correction=False), [[2.0, -4.0]])
    assert with_it["v_hat"] == pytest.approx([4, 16])
    assert without["v_hat"] == pytest.approx([0.004, 0.016])


def test_decay_is_decoupled():
    """AdamW's decay knows nothing of the gradient: with none, x shrinks by 1 − lr·λ each step."""
    path, _ = feed(AdamW(lr=0.1, weight_decay=0.5), np.zeros((5, 2)), (1.0, -2.0))
    np.testing.assert_allclose(path[:, 0], 0.95 ** np.arange(6), rtol=1e-14)
    a, _ = feed(AdamW(lr=0.1, weight_decay=0.5), [[1e-3, 1e3]], (1.0, 1.0))
    assert a[1] == pytest.approx([0.85, 0.85], rel=1e-4)


# --- 0/0 ---------------------------------------------------------------------------------------

NO_VARIANCE = RMSprop(lr=0.1, eps=0.0, rho=0.0, centered=True, momentum=0.5)
DIVIDING = [
    *[kind(lr=0.1, eps=0.0) for kind in (Adagrad, RMSprop, Adam, AdaMax, Nadam, AMSGrad)],
    AdamW(lr=0.1, eps=0.0, weight_decay=0.0),
    Adadelta(lr=0.1, eps=0.0),
    RMSprop(lr=0.1, eps=0.0, momentum=0.5),
    RMSprop(lr=0.1, eps=0.0, centered=True),
    NO_VARIANCE,
    *[kind(lr=0.1, eps=0.0, bias_correction=False) for kind in (Adam, Nadam, AMSGrad)],
    Adam(lr=0.1, eps=0.0, beta2=0.0),
    Adam(lr=0.1, eps=0.0, beta1=0.0, beta2=0.0),
]
dividing = pytest.mark.parametrize("optimizer", DIVIDING, ids=repr)


@dividing
def test_a_coordinate_without_gradients_stays_where_it_is(optimizer):
    """And knows nothing of the other, nor of the zeros before its first gradient."""
    gradients = np.array([[0.0, 3.0], [0.0, -1.0], [0.0, 2.0], [1.0, 0.5], [-2.0, 0.0], [0.5, 1.0]])
    path, _ = feed(optimizer, gradients, (5.0, 7.0))
    assert np.isfinite(path).all()
    assert (path[:4, 0] == 5.0).all()
    alone, _ = feed(optimizer, gradients[:, 1:], (7.0,))
    np.testing.assert_array_equal(path[:, 1], alone[:, 0])
    surface = Surface(lambda x: x[..., 0], lambda x, step: gradients[step] + 0 * x)
    run = descend(optimizer, surface, (5.0, 7.0), 6)
    assert run.diverged is None
    assert (run.state["rate"][:3, 0] == 0.0).all()
    np.testing.assert_array_equal(run.x, path)
    several = replace(optimizer, eps=np.array([0.0, 1e-8, 1.0]))
    batch = descend(several, surface, (5.0, 7.0), 6)
    np.testing.assert_array_equal(batch.x[:, 0], path)
    for i, eps in ((1, 1e-8), (2, 1.0)):
        single = descend(replace(optimizer, eps=eps), surface, (5.0, 7.0), 6)
        np.testing.assert_array_equal(batch.x[:, i], single.x)


@dividing
@pytest.mark.parametrize("size", [5e-324, 1e-310, 1e-170, 1e-162, 1e-155, 1e-20])
def test_a_gradient_too_small_to_square_counts_as_none(optimizer, size):
    """Whatever of it underflows, nothing diverges, and no rate is infinite."""
    gradients = np.array([[size, 3.0], [-size, 1.0], [0.0, 2.0], [size, 1.0]])
    path, state = feed(optimizer, gradients, (5.0, 7.0))
    assert np.isfinite(path).all()
    assert np.isfinite(state["rate"]).all()
    if size <= 1e-170 and not isinstance(optimizer, AdaMax):
        assert (path[:, 0] == 5.0).all()
    if size >= 1e-20 and not isinstance(optimizer, Adadelta) and optimizer != NO_VARIANCE:
        assert path[1, 0] < 5.0


def test_adamax_squares_nothing():
    path, _ = feed(AdaMax(lr=0.1, eps=0.0), [[1e-300, 1.0]] * 3)
    np.testing.assert_allclose(path[:, 0], path[:, 1], rtol=1e-12)


def test_equal_gradients_stop_a_centred_coordinate():
    """Without memory the variance of one gradient is 0."""
    path, state = feed(RMSprop(lr=0.1, rho=0.0, eps=0.0, centered=True), [[1.0, 2.0]] * 3)
    assert (path == 0.0).all()
    assert (state["rate"] == 0.0).all()


def test_adadelta_needs_its_eps_to_begin():
    path, _ = feed(Adadelta(eps=0.0), [[1.0, 2.0]] * 50)
    assert (path == 0.0).all()


@every_method
def test_what_is_no_number_is_not_taken_for_zero(method):
    """Only 0/0 is mended: a gradient that is not a number leaves, and is seen to."""
    optimizer = method(lr=0.1)
    if "eps" in {f.name for f in fields(method)}:
        optimizer = replace(optimizer, eps=0.0)
    surface = Surface(lambda x: x[..., 0], lambda x: x * np.nan)
    assert descend(optimizer, surface, (1.0, 1.0), 3).diverged == 1


def test_a_root_that_is_no_number_is_not_taken_for_zero():
    """The square of 1e200 overflows, and its variance is ∞ − ∞."""
    optimizer = RMSprop(lr=0.1, eps=0.0, centered=True)
    surface = Surface(lambda x: x[..., 0], lambda x: 0 * x + [1e200, 1.0])
    path = descend(optimizer, surface, (1.0, 1.0), 3)
    assert path.diverged == 1
    assert np.isnan(path.state["rate"][0, 0]) and path.state["rate"][0, 1] > 0


@dividing
@pytest.mark.parametrize("eps", [0, 0.0, np.float64(0), 1e-320, np.array([0.0, 1e-320])])
def test_no_division_warns_outside_descend(optimizer, eps):
    """The inverse of 1e-320 would be infinite, and times 0 no number. (Adadelta takes its root.)"""
    optimizer = replace(optimizer, eps=eps)
    with np.errstate(all="raise", under="ignore"):
        state, x = optimizer.step(optimizer.init(np.ones(2)), np.zeros(2), np.ones(2))
    assert (x == 1.0).all()
    assert (state["rate"] == 0.0).all() or isinstance(optimizer, Adadelta)


# --- what is allowed ---------------------------------------------------------------------------

FRACTIONS = {"momentum", "rho", "beta1", "beta2"}
NUMBERS = [-0.1, np.nan, np.inf, -np.inf, None, "0.1", "fast", 1j, [0.1, -0.1], [[0.1], [np.nan]]]
NUMBERS += [True, object, {}, [0.1, [0.2]], 10**400]
PARAMETERS = [
    (method, field.name, isinstance(field.default, bool))
    for method in optimizers.OPTIMIZERS
    for field in fields(method)
]


@pytest.mark.parametrize(
    ("method", "name", "switch"), PARAMETERS, ids=[f"{m.__name__}-{n}" for m, n, _ in PARAMETERS]
)
def test_a_wrong_hyperparameter_is_named(method, name, switch):
    bad = [0, 1, None, "yes", [True]] if switch else NUMBERS
    allowed = "True or False" if switch else "≥ 0"
    if name in FRACTIONS:
        bad, allowed = [*bad, 1.0, 1, 1.5, [0.5, 1.0]], "[0, 1)"
    for value in bad:
        with pytest.raises(ValueError) as caught:
            method(**({"lr": 0.1} | {name: value}))
        for word in (method.__name__, name, repr(value), allowed):
            assert word in str(caught.value)
    good = [True, False, np.True_] if switch else [0, 0.0, 0.5, np.float32(0.5), np.array([0.1, 0])]
    for value in good:
        method(**({"lr": 0.1} | {name: value}))


def test_numpy_s_single_numbers_become_python_s():
    """A whole number of eight bits would overflow in the schedule of Nadam, at step 256."""
    for zero in (np.uint8(0), np.float32(0), np.array(0), np.longdouble(0)):
        optimizer = Nadam(lr=0.01, momentum_decay=zero)
        assert optimizer == Nadam(lr=0.01, momentum_decay=0.0)
        assert isinstance(optimizer.momentum_decay, float)
        path = descend(optimizer, surfaces.canyon(), (-4.0, 1.5), 300)
        assert (
            path.x
            == descend(Nadam(lr=0.01, momentum_decay=0.0), surfaces.canyon(), (-4.0, 1.5), 300).x
        ).all()
    assert Adam(bias_correction=np.False_).bias_correction is False
    masked = np.ma.masked_array([0.1, 0.2], [False, True])
    with pytest.raises(ValueError, match="Adam: lr must be a finite number ≥ 0, not masked_array"):
        Adam(lr=masked)
