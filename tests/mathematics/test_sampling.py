"""Sums over examples: the gradients belong to the value, the batches are dealt as promised."""

import numpy as np
import pytest

from adamviz import Explorer, descend, optimizers, sampling
from adamviz.sampling import Regression, linear_regression, logistic_regression

FACTORIES = [linear_regression, logistic_regression]
every_problem = pytest.mark.parametrize("make", FACTORIES)
POINTS = np.random.default_rng(3).normal(size=(4, 3, 2))


def by_hand(problem, i, x):
    """The loss of one example."""
    z, y = problem.features[i] @ x, problem.targets[i]
    return 0.5 * (z - y) ** 2 if problem.kind == "linear" else np.log1p(np.exp((1 - 2 * y) * z))


@every_problem
def test_value_is_the_mean_over_the_examples(make):
    problem = make(n=50)
    for x in POINTS.reshape(-1, 2):
        mean = np.mean([by_hand(problem, i, x) for i in range(50)])
        assert problem.value(x) == pytest.approx(mean, rel=1e-13)
    assert problem.value(POINTS).shape == (4, 3)


@every_problem
def test_every_example_s_gradient_is_its_loss_s(make):
    problem, h = make(n=20), 1e-5
    gradients = problem.example_gradients(POINTS)
    assert gradients.shape == (20, 4, 3, 2)
    for i in (0, 7, 19):
        for at, x in zip(np.ndindex(4, 3), POINTS.reshape(-1, 2), strict=True):
            for j, e in enumerate(h * np.eye(2)):
                slope = (by_hand(problem, i, x + e) - by_hand(problem, i, x - e)) / (2 * h)
                assert gradients[(i, *at, j)] == pytest.approx(slope, abs=1e-8)
    assert gradients.mean(axis=0) == pytest.approx(problem.full_gradient(POINTS), abs=1e-14)


@every_problem
def test_minimum_is_found_to_rounding(make):
    problem = make()
    assert np.abs(problem.full_gradient(problem.minima[0])).max() < 1e-15
    assert problem.minimum == problem.value(problem.minima[0])
    around = problem.minima[0] + 1e-3 * POINTS
    assert (problem.value(around) > problem.minimum).all()


def test_linear_minimum_is_least_squares():
    problem = linear_regression()
    solution = np.linalg.lstsq(problem.features, problem.targets, rcond=None)[0]
    assert problem.minima[0] == pytest.approx(solution, rel=1e-13)


@every_problem
@pytest.mark.parametrize("batch", [1, 5, 16, 64])
def test_an_epoch_deals_every_example_at_most_once(make, batch):
    problem = make(batch=batch, n=64)
    steps = 64 // batch
    for epoch in range(3):
        rows = np.concatenate([problem.indices(epoch * steps + k) for k in range(steps)])
        assert len(rows) == steps * batch == len(set(rows.tolist()))


@every_problem
def test_a_step_uses_the_mean_of_its_batch(make):
    problem = make(batch=8)
    for step in (0, 3, 100):
        mean = problem.example_gradients(POINTS)[problem.indices(step)].mean(axis=0)
        assert problem.gradient(POINTS, step) == pytest.approx(mean, abs=1e-14)


@every_problem
def test_an_epoch_s_batches_average_to_the_full_gradient(make):
    problem = make(batch=8, n=64)
    mean = np.mean([problem.gradient(POINTS, k) for k in range(8)], axis=0)
    assert mean == pytest.approx(problem.full_gradient(POINTS), abs=1e-14)


@every_problem
def test_all_examples_are_exactly_the_full_gradient(make):
    for problem in (make(batch=128), make(batch=None)):
        for step in range(5):
            assert np.array_equal(problem.gradient(POINTS, step), problem.full_gradient(POINTS))


def test_batches_depend_on_seed_and_step_alone():
    first, again, other = (linear_regression(seed=s) for s in (1, 1, 2))
    backwards = [again.indices(k) for k in reversed(range(40))][::-1]
    assert all(np.array_equal(first.indices(k), backwards[k]) for k in range(40))
    assert any(not np.array_equal(first.indices(k), other.indices(k)) for k in range(40))
    epochs = [np.concatenate([first.indices(16 * e + k) for k in range(16)]) for e in range(2)]
    assert not np.array_equal(*epochs)


def test_many_runs_meet_the_batches_that_one_run_meets():
    problem, rates = linear_regression(), np.array([0.05, 0.1])
    together = descend(optimizers.GradientDescent(rates), problem, problem.start, 40)
    for i, lr in enumerate(rates):
        alone = descend(optimizers.GradientDescent(lr), problem, problem.start, 40)
        assert together.x[:, i] == pytest.approx(alone.x, abs=1e-13)


@pytest.mark.parametrize("replace", [False, True])
def test_spread_of_the_minibatch_gradient(replace):
    """σ²/B for independent draws, times (n − B)/(n − 1) when each example comes at most once."""
    n, batch = 32, 8
    problem = linear_regression(batch, n=n, replace=replace)
    each, full = problem.example_gradients(problem.start), problem.full_gradient(problem.start)
    drawn = np.array([problem.gradient(problem.start, k) for k in range(20_000)])
    expected = ((each - full) ** 2).sum(axis=-1).mean() / batch
    expected *= 1 if replace else (n - batch) / (n - 1)
    assert ((drawn - full) ** 2).sum(axis=-1).mean() == pytest.approx(expected, rel=0.03)


def test_logistic_loss_does_not_overflow():
    problem = logistic_regression()
    far = np.array([[1e6, -1e6], [-1e6, 1e6]])
    assert np.isfinite(problem.value(far)).all() and np.isfinite(problem.gradient(far)).all()


def test_without_noise_every_example_agrees_at_the_minimum():
    problem = linear_regression(noise=0.0)
    assert problem.minimum == pytest.approx(0, abs=1e-28)
    assert np.abs(problem.example_gradients(problem.minima[0])).max() < 1e-13


def test_the_minimum_is_computed_not_given():
    """The linear loss is measured from it."""
    there, told = (Regression(ROWS, TARGETS, **known) for known in ({}, {"minima": [(5, 5)]}))
    assert told.minima == pytest.approx(there.minima)
    assert told.value([0, 0]) == there.value([0, 0]) == pytest.approx(1 / 6)


def test_explorer_walks_it_and_shows_the_examples():
    explorer = Explorer(
        [optimizers.GradientDescent(lr=0.1)],
        dict(zip(("linear", "logistic"), FACTORIES, strict=True)),
        panels=("landscape", "examples", "loss"),
        controls=("lr", "seed"),
        steps=40,
    )
    before = str(explorer)
    explorer.set(seed=5)
    assert str(explorer) != before and "8 of 128 examples a step" in before
    explorer.set(surface="logistic", step=3)
    assert str(explorer).startswith("logistic regression")


ROWS, TARGETS = [[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], [0.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Regression([[1.0, 2.0, 3.0]], [1.0]), r"features must be .*\(n, 2\), not \[\[1"),
        (lambda: Regression([[1.0], [1.0, 2.0]], TARGETS), r"features must be"),
        (lambda: Regression([], []), r"features must be"),
        (lambda: Regression([[1.0, np.nan], *ROWS], [1.0, *TARGETS]), r"features must be finite"),
        (lambda: Regression(ROWS, [1.0, 2.0]), r"targets must be .*\(n,\), not \[1"),
        (lambda: Regression(ROWS, [1.0, 2.0, 0.0], "logistic"), r"targets must be 0 or 1"),
        (lambda: Regression(ROWS, TARGETS, "cubic"), r"kind must be .*not 'cubic'"),
        (lambda: linear_regression(batch=0), r"batch must be a whole number from 1 to 128, not 0"),
        (lambda: linear_regression(batch=129), r"batch must be .*not 129"),
        (lambda: linear_regression(batch=2.5), r"batch must be .*not 2.5"),
        (lambda: linear_regression(batch=True), r"batch must be .*not True"),
        (lambda: linear_regression(seed=-1), r"seed must be a whole number ≥ 0, not -1"),
        (lambda: linear_regression(noise=-1.0), r"noise must be a number from 0 to 1e100, not -1"),
        (lambda: linear_regression(n=2), r"n must be a whole number from 3 to 100000, not 2"),
        (lambda: logistic_regression(data_seed="a"), r"data_seed must be .*not 'a'"),
        (lambda: Regression([[1, 2], [2, 4], [3, 6]], TARGETS), r"leave J one minimum"),
        (lambda: Regression(ROWS, [1, 1, 1], "logistic"), r"leave J one minimum"),
        (
            lambda: Regression([[1e200, 0], [0, 1e200]], [0, 1]),
            r"nor numbers whose squares overflow",
        ),
        (lambda: Regression([[1, 0], [1, 1], [0, 1]], [0, 0, 1e200]), r"whose squares overflow"),
        (lambda: Regression(ROWS, TARGETS, minimum=0.0), r"minimum must be the value at minima"),
        (lambda: Regression(ROWS, TARGETS, np.array(["linear"])), r"kind must be .*array"),
        (lambda: Regression(ROWS, TARGETS, replace=1), r"replace must be True or False, not 1"),
        (lambda: Regression(ROWS, ["0", "1", "0"]), r"targets must be finite numbers"),
        (lambda: linear_regression(n=10**12), r"n must be .* to 100000, not 1000000000000"),
        (lambda: linear_regression(noise=1e300), r"noise must be a number from 0 to 1e100"),
    ],
)
def test_wrong_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_point_must_have_two_coordinates():
    for call in ("value", "gradient", "full_gradient", "example_gradients"):
        with pytest.raises(ValueError, match=r"x must have the shape \(..., 2\)"):
            getattr(linear_regression(), call)([1.0, 2.0, 3.0])


def test_public_names_are_exported():
    assert sampling.__all__ == ["Regression", "linear_regression", "logistic_regression"]
