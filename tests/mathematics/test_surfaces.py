"""Surfaces: the gradients belong to the values, the minima are the literature's."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adamviz import sampling, surfaces
from adamviz.surfaces import NoisySurface, Surface

# The minima as printed in the sources, with the value there.
LITERATURE = {
    "canyon": ([(0, 0)], 0),
    "sloping_canyon": ([(0, 0)], 0),
    "rosenbrock": ([(1, 1)], 0),
    "beale": ([(3, 0.5)], 0),
    "himmelblau": (
        [(3, 2), (-2.805118, 3.131312), (-3.779310, -3.283186), (3.584428, -1.848126)],
        0,
    ),
    "saddle": ([(-1, 0), (1, 0)], 0),
    "plateau": ([(0, 0)], 0),
    "styblinski_tang": ([(-2.903534, -2.903534)], -39.16617 * 2),
    "rastrigin": ([(0, 0)], 0),
}
VALUES = {  # worked out by hand, at a point where no term is zero
    "canyon": ((2, 3), 452),
    "sloping_canyon": ((2, 3), 0.5 * (5**0.5 - 1) + 180),
    "rosenbrock": ((-1, 2), 104),
    "beale": ((1, 2), 2.5**2 + 5.25**2 + 9.625**2),
    "himmelblau": ((1, 2), 68),
    "saddle": ((2, 3), 6.75),
    "plateau": ((1, 2), 1 - np.exp(-1.25)),
    "styblinski_tang": ((1, 2), -24),
    "rastrigin": ((0.25, 0.5), 30.3125),
}
coordinate = st.floats(-6, 6)
every_surface = pytest.mark.parametrize("name", surfaces.SURFACES)


def smooth(surface, x, h=1e-3):
    """Whether the differences to either side come together as the step shrinks.

    Half the step leaves half the jump between them where the function is smooth, and all of it at a
    kink. The rest is h³f⁗/16, here at most 1e-6 · (1 + |f|), in the troughs of Rastrigin's cosines.
    """

    def jump(h):
        shifts = h * np.eye(2)
        sides = [surface.value(x + s) + surface.value(x - s) for s in shifts]
        return (np.array(sides) - 2 * surface.value(x)) / h

    rest = np.abs(jump(h) - 2 * jump(h / 2))
    return bool((rest <= 2e-6 * (1 + abs(surface.value(x)))).all())


def differences(surface, x, h=1e-3):
    """The gradient by central differences at h and h/2, extrapolated: the error is O(h⁴)."""

    def central(h):
        shifts = h * np.eye(2)
        return np.array([(surface.value(x + s) - surface.value(x - s)) / (2 * h) for s in shifts])

    return (4 * central(h / 2) - central(h)) / 3


def assert_gradient(surface, x):
    scale = 1 + abs(surface.value(x))
    assert surface.gradient(x) == pytest.approx(differences(surface, x), rel=1e-8, abs=1e-9 * scale)


@every_surface
@given(x=coordinate, y=coordinate)
def test_gradient_is_the_value_s(name, x, y):
    surface, x = surfaces.SURFACES[name](), np.array([x, y])
    assume(smooth(surface, x))
    assert_gradient(surface, x)


@every_surface
def test_nearly_every_point_is_smooth(name):
    """Or the gradients would be compared at a few points alone."""
    points = np.random.default_rng(0).uniform(-6, 6, (2000, 2))
    surface = surfaces.SURFACES[name]()
    assert np.mean([smooth(surface, x) for x in points]) > 0.99


def test_a_kink_is_no_smooth_point():
    cone = Surface(lambda x: np.hypot(x[..., 0], x[..., 1]))
    wall = Surface(lambda x: np.abs(x[..., 0]) + x[..., 1] ** 2)
    for x in ([0.0, 0.0], [1e-3, 0.0], [0.0, -2e-4], [3e-4, 7e-4]):
        assert not smooth(cone, np.array(x))
        assert smooth(cone, np.add(x, 1.0))
    for x in ([0.0, 0.0], [0.0, 5.0], [-4e-4, 1.0]):
        assert not smooth(wall, np.array(x))
        assert smooth(wall, np.add(x, [0.1, 0.0]))


@given(
    x=coordinate, y=coordinate, log_kappa=st.floats(-1, 4), angle=st.floats(-2 * np.pi, 2 * np.pi)
)
def test_canyon_s_floor_and_walls_turn_with_the_angle(x, y, log_kappa, angle):
    kappa = 10**log_kappa
    surface = surfaces.canyon(kappa, angle)
    u = x * np.cos(angle) + y * np.sin(angle)
    v = y * np.cos(angle) - x * np.sin(angle)
    scale = (1 + kappa) * (x * x + y * y)
    tolerance = 1e-14 * scale + np.finfo(float).tiny  # below it numbers have fewer digits
    assert surface.value([x, y]) == pytest.approx(0.5 * (u * u + kappa * v * v), abs=tolerance)
    assert_gradient(surface, np.array([x, y]))


def test_every_surface_has_a_name_of_its_own():
    names = [factory().name for factory in surfaces.SURFACES.values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", LITERATURE)
def test_minima_are_the_literature_s(name):
    surface = surfaces.SURFACES[name]()
    where, value = LITERATURE[name]
    np.testing.assert_allclose(surface.minima, where, rtol=0, atol=1e-6)
    assert surface.minimum == pytest.approx(value, abs=1e-5)
    np.testing.assert_allclose(surface.value(surface.minima), surface.minimum, rtol=0, atol=1e-12)
    np.testing.assert_allclose(surface.gradient(surface.minima), 0, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", VALUES)
def test_value_is_the_one_worked_out_by_hand(name):
    point, there = VALUES[name]
    assert surfaces.SURFACES[name]().value(point) == pytest.approx(there, rel=1e-14)


@every_surface
def test_nothing_in_the_view_is_lower(name):
    surface = surfaces.SURFACES[name]()
    left, right, bottom, top = surface.view
    grid = np.stack(np.meshgrid(np.linspace(left, right, 401), np.linspace(bottom, top, 401)), -1)
    value = surface.value(grid)
    assert np.isfinite(value).all()
    assert value.min() >= surface.minimum - 1e-12
    for x, y in [surface.start, *surface.minima]:
        assert left <= x <= right
        assert bottom <= y <= top


@every_surface
def test_arrays_of_points_are_points(name):
    surface = surfaces.SURFACES[name]()
    points = np.random.default_rng(0).uniform(-3, 3, (4, 3, 2))
    value, gradient = surface.value(points), surface.gradient(points)
    assert value.shape == (4, 3)
    assert gradient.shape == (4, 3, 2)
    # Not bit for bit: numpy's cos, exp and powers may round a vector and a scalar differently.
    for i in np.ndindex(4, 3):
        assert surface.value(points[i]) == pytest.approx(value[i], rel=1e-14, abs=1e-14)
        assert surface.gradient(points[i]) == pytest.approx(gradient[i], rel=1e-13, abs=1e-13)
    assert (surface.gradient(points, step=7) == gradient).all()


@every_surface
@given(x=coordinate, y=coordinate)
def test_without_a_gradient_differences_stand_in(name, x, y):
    exact = surfaces.SURFACES[name]()
    assume(smooth(exact, np.array([x, y])))
    bare = Surface(exact.value)
    around = np.add([x, y], [[0, 0], [0.5, 0], [0, 0.5], [-0.5, 0], [0, -0.5]])
    error = np.abs(bare.gradient([x, y]) - exact.gradient([x, y])).max()
    assert error <= 1e-8 * (1 + np.abs(exact.value(around)).max())


def test_difference_step_grows_with_the_point():
    """A step of fixed size would vanish beside 1e9, and the difference with it."""
    bowl = Surface(lambda x: (x * x).sum(axis=-1))
    assert bowl.gradient([1e9, -1e9]) == pytest.approx([2e9, -2e9], rel=1e-8)


def test_a_surface_in_one_line():
    mine = Surface(lambda x: (x**4).sum(axis=-1), lambda x: 4 * x**3)
    assert mine.value([1, 2]) == 17
    assert (mine.gradient([1, 2]) == [4, 32]).all()
    assert mine.minimum is None
    assert mine.minima.shape == (0, 2)


def test_the_minimum_may_be_given_without_the_place():
    def waves(x):
        return np.sin(x[..., 0]) * np.cos(x[..., 1])

    assert Surface(waves).minimum is None
    assert Surface(waves, minimum=-1).minimum == -1.0
    trough = [(-np.pi / 2, 0.0)]
    assert Surface(waves, minima=trough).minimum == pytest.approx(-1.0, abs=1e-15)
    both = Surface(waves, minima=trough, minimum=-1.0 + 1e-12)
    assert both.minimum == -1.0 + 1e-12
    with pytest.raises(ValueError, match=r"minimum must be the value at minima, -1\.0, not -0\.99"):
        Surface(waves, minima=trough, minimum=-0.99)


def test_noise_leaves_the_minimum_as_it_is():
    for surface in (
        Surface(lambda x: x[..., 0]),
        Surface(lambda x: x[..., 0], minimum=-5.0),
        surfaces.styblinski_tang(),
        sampling.linear_regression(),
    ):
        assert NoisySurface(surface, 0.1).minimum == surface.minimum


def test_the_minimum_is_worked_out_once():
    calls = []

    def value(x):
        calls.append(x.shape)
        return (x * x).sum(axis=-1)

    surface = Surface(value, minima=[(0, 0), (0, 0)])
    before = len(calls)
    assert [surface.minimum for _ in range(9)] == [0.0] * 9
    assert len(calls) == before


@pytest.mark.parametrize(
    "gradient",
    [
        lambda x, step: x * step,
        lambda x, step=0: x * step,
        lambda x, k, /: x * k,
        Surface(lambda x: x[..., 0], lambda x, step: x * step).gradient,
    ],
)
def test_a_gradient_may_ask_for_the_step(gradient):
    mine = Surface(lambda x: x[..., 0], gradient)
    assert mine.gradient([1, 2], step=3).tolist() == [3, 6]
    assert mine.gradient([1, 2]).tolist() == [0, 0]


@pytest.mark.parametrize(
    "gradient", [lambda x, scale=2.0: x * scale, lambda x, *, step=2: x * step, lambda *x: 2 * x[0]]
)
def test_a_gradient_s_own_parameters_are_left_alone(gradient):
    assert Surface(lambda x: x[..., 0], gradient).gradient([1, 2], step=3).tolist() == [2, 4]


def test_noise_depends_on_seed_and_step_alone():
    bowl = surfaces.canyon(1.0)
    noisy, again = NoisySurface(bowl, 0.5, seed=3), NoisySurface(bowl, 0.5, seed=3)
    far = again.gradient([0, 0], step=5000)  # makes its table of noise grow first
    here = [noisy.gradient([0, 0], step=k) for k in range(2000)]
    assert (again.gradient([0, 0], step=7) == here[7]).all()
    assert (noisy.gradient([0, 0], step=5000) == far).all()
    assert noisy.gradient([1, 2], step=7) == pytest.approx(here[7] + [1, 2], abs=1e-15)
    assert (NoisySurface(bowl, 0.5, seed=4).gradient([0, 0], step=7) != here[7]).all()
    assert np.std(here) == pytest.approx(0.5, rel=0.05)
    assert np.mean(here) == pytest.approx(0.0, abs=0.05)
    assert noisy.value([1, 2]) == bowl.value([1, 2])


def test_noise_is_added_to_the_gradient_that_is_there():
    """That of a minibatch, not of the whole; and to noise that is there already."""
    fit = sampling.linear_regression(batch=8)
    inner = NoisySurface(surfaces.canyon(1.0), 0.5, seed=3)
    for surface in (fit, inner):
        noisy = NoisySurface(surface, 1e-9)
        for step in (0, 7):
            assert noisy.gradient([1, 2], step) == pytest.approx(surface.gradient([1, 2], step))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: surfaces.canyon(kappa=-1.0), ("kappa", "-1.0", "> 0")),
        (lambda: surfaces.canyon(kappa=0), ("kappa", "0", "> 0")),
        (lambda: surfaces.canyon(kappa=np.nan), ("kappa", "nan", "> 0")),
        (lambda: surfaces.canyon(kappa="steep"), ("kappa", "'steep'", "> 0")),
        (lambda: surfaces.canyon(angle=np.inf), ("angle", "inf", "finite")),
        (lambda: surfaces.canyon(angle="45°"), ("angle", "'45°'", "finite")),
        (lambda: Surface(3.0), ("value", "3.0", "function")),
        (lambda: Surface(abs, gradient=3.0), ("gradient", "3.0", "function")),
        (lambda: Surface(abs, view=(1, 0, 0, 1)), ("view", "(1, 0, 0, 1)", "left, right")),
        (lambda: Surface(abs, view=(0, 1)), ("view", "(0, 1)", "left, right")),
        (lambda: Surface(abs, minima=(1, 2, 3)), ("minima", "(1, 2, 3)", "(k, 2)")),
        (lambda: Surface(abs, view=(0, 1, 0, np.inf)), ("view", "inf", "left, right")),
        (lambda: Surface(abs, minima=3), ("minima", "3", "(k, 2)")),
        (lambda: Surface(abs, minima=[(np.nan, 0)]), ("minima", "nan", "finite")),
        (lambda: Surface(abs, start=[(1, 2), (3, 4)]), ("start", "(3, 4)", "two finite numbers")),
        (lambda: Surface(abs, start=("1", "2")), ("start", "'1'", "two finite numbers")),
        (lambda: Surface(abs, start=np.array([1j, 2])), ("start", "1.j", "two finite numbers")),
        (lambda: Surface(abs, start=(10**400, 0)), ("start", "000", "two finite numbers")),
        (lambda: Surface(abs, minimum="low"), ("minimum", "'low'", "a finite number or None")),
        (lambda: Surface(abs, minimum=-np.inf), ("minimum", "-inf", "a finite number or None")),
        (lambda: Surface(abs, minimum=False), ("minimum", "False", "a finite number or None")),
        (lambda: Surface(abs, minimum=[0.0]), ("minimum", "[0.0]", "a finite number or None")),
        (lambda: Surface(lambda x: np.log(x[..., 0]), minima=[(0, 0)]), ("minima", "finite")),
        (lambda: Surface(lambda x: x, minima=[(0, 0)]), ("value", "(1,)", "(1, 2)")),
        (lambda: Surface(abs, name=None), ("name", "None", "text")),
        (lambda: Surface(abs, source=3), ("source", "3", "text")),
        (lambda: surfaces.canyon(kappa=np.array([1.0])), ("kappa", "array([1.])", "> 0")),
        (lambda: surfaces.canyon(kappa=True), ("kappa", "True", "> 0")),
        (lambda: surfaces.canyon(angle=1j), ("angle", "1j", "finite")),
        (lambda: surfaces.beale().value(["1", "2"]), ("x", "'1'", "numbers")),
        (lambda: surfaces.beale().value([1, [2, 3]]), ("x", "[2, 3]", "numbers")),
        (lambda: surfaces.beale().gradient(np.array([1j, 2])), ("x", "1.j", "numbers")),
        (lambda: NoisySurface(abs, 0.1), ("surface", "abs", "a Surface")),
        (lambda: NoisySurface(surfaces.beale(), 0.1, seed=-1), ("seed", "-1", "≥ 0")),
        (lambda: NoisySurface(surfaces.beale(), 0.1, seed=None), ("seed", "None", "≥ 0")),
        (lambda: NoisySurface(surfaces.beale(), -0.1), ("sigma", "-0.1", "≥ 0")),
        (lambda: NoisySurface(surfaces.beale(), "a"), ("sigma", "'a'", "≥ 0")),
        (lambda: surfaces.beale().value([1, 2, 3]), ("x", "(3,)", "(..., 2)")),
        (lambda: surfaces.beale().gradient(1.0), ("x", "()", "(..., 2)")),
    ],
)
def test_wrong_input_is_named(make, words):
    with pytest.raises(ValueError) as caught:
        make()
    for word in words:
        assert word in str(caught.value)
