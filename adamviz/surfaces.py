"""Loss surfaces: functions of two parameters that an optimizer walks down.

A surface is a value, a gradient, and what is known about both. Points have the shape
`(..., 2)`: every surface works on one point or on any array of them.
"""

from inspect import isfunction

import numpy as np

from .checks import array, check, least, point, points, refusal, takes_step, whole


class Surface:
    """A function of two parameters to be minimised.

    Parameters
    ----------
    value : callable, `(..., 2) -> (...)`
        The loss.
    gradient : callable, `(..., 2) -> (..., 2)`, optional
        Its gradient. With a second parameter it is given the step too, from 0, and may be that
        step's minibatch gradient. Without a gradient, central differences stand in: two
        evaluations per coordinate with the step h = ∛(machine epsilon) · max(1, |x|), which
        balances the truncation error h² against the rounding error ε/h, so that about ten digits
        are right (Nocedal & Wright, *Numerical Optimization*, 2nd ed., section 8.1).
    name, formula : str
        A short name, and LaTeX without the dollar signs.
    minima : `(k, 2)`
        The known global minima; empty where none are known.
    minimum : float, optional
        The least value. Without it the least at `minima`; None where these are not known either.
    view : `(left, right, bottom, top)`
        The part of the plane worth looking at.
    start : `(2,)`
        A start that shows what the surface is about.
    source : str
        Where the surface comes from.

    Raises
    ------
    ValueError
        For arguments of another kind, a `minimum` that is not the value at `minima`, and a `value`
        that works on single points alone. Of a gradient that does, `descend` says so.

    Examples
    --------
    >>> bowl = Surface(lambda x: (x**2).sum(axis=-1), lambda x: 2 * x)
    >>> float(bowl.value([3.0, 4.0]))
    25.0
    """

    def __init__(
        self,
        value,
        gradient=None,
        *,
        name="my surface",
        formula="f(x)",
        minima=(),
        minimum=None,
        view=(-5.0, 5.0, -5.0, 5.0),
        start=(-4.0, 3.0),
        source="",
    ):
        for key, function in (("value", value), ("gradient", gradient)):
            if not callable(function) and not (key == "gradient" and function is None):
                raise refusal(key, "a function of x", function)
        for key, text in (("name", name), ("formula", formula), ("source", source)):
            if not isinstance(text, str):
                raise refusal(key, "text", text)
        edges = array(
            "view",
            view,
            lambda v: v.shape == (4,) and v[0] < v[1] and v[2] < v[3],
            "(left, right, bottom, top) in order",
        )
        lowest = array(
            "minima",
            minima,
            lambda m: not len(m) or m.shape[1:] == (2,),
            "finite numbers of the shape (k, 2)",
        )
        self.start = np.array(point("start", start))
        self._value, self._gradient = value, gradient
        self._per_step = gradient is not None and takes_step(gradient)
        self.name, self.formula, self.source = name, formula, source
        self.minima, self.view = lowest.reshape(-1, 2), tuple(edges.tolist())
        self.minimum = least(self, minimum)

    def __repr__(self):
        return f"<Surface {self.name}>"

    def value(self, x):
        """The loss at `x`: `(..., 2) -> (...)`."""
        return self._value(points(x))

    def gradient(self, x, step=0):
        """The gradient at `x`: `(..., 2) -> (..., 2)`. A fixed surface ignores `step`."""
        x = points(x)
        if self._gradient is None:
            return _central_differences(self._value, x)
        return self._gradient(x, step) if self._per_step else self._gradient(x)


class NoisySurface(Surface):
    """A surface whose gradient carries seeded Gaussian noise, as a minibatch's does.

    The noise depends on `seed` and the step alone, so that every method that is compared meets
    the same noise. `sigma` is its standard deviation per coordinate, in units of the gradient.
    """

    def __init__(self, surface, sigma, seed=0):
        if not isinstance(surface, Surface):
            raise refusal("surface", "a Surface", surface)
        self.sigma = check("sigma", sigma, lambda s: s >= 0, "a finite number ≥ 0")
        self.seed = whole("seed", seed, 0)
        super().__init__(
            surface.value,
            surface.gradient,
            name=f"{surface.name}, gradient noise {self.sigma:g}",
            formula=surface.formula,
            minima=surface.minima,
            minimum=surface.minimum,
            view=surface.view,
            start=surface.start,
            source=surface.source,
        )
        if hasattr(surface, "grid"):
            self.grid = surface.grid
        self._noise = np.empty((0, 2))

    def gradient(self, x, step=0):
        """The surface's gradient plus this step's noise."""
        if step >= len(self._noise):
            # A longer draw from the same seed begins with the shorter one, so the table can grow.
            rows = max(1024, 2 * (step + 1))
            self._noise = np.random.default_rng(self.seed).normal(size=(rows, 2))
        return super().gradient(x, step) + self.sigma * self._noise[step]


def _central_differences(value, x):
    h = np.cbrt(np.finfo(float).eps) * np.maximum(1.0, np.abs(x))
    gradient = np.empty_like(x)
    for i in range(x.shape[-1]):
        right, left = x.copy(), x.copy()
        right[..., i] += h[..., i]
        left[..., i] -= h[..., i]
        # The step that was really taken, rounding included.
        gradient[..., i] = (value(right) - value(left)) / (right[..., i] - left[..., i])
    return gradient


def _coordinates(x):
    """Both coordinates; of a single point as scalars, which numpy adds up several times as fast."""
    return (x[0], x[1]) if x.ndim == 1 else (x[..., 0], x[..., 1])


def _pair(x, first, second):
    """Two partial derivatives as one gradient, in the memory layout of `x`."""
    gradient = np.empty_like(x)
    if x.ndim == 1:
        gradient[0], gradient[1] = first, second
    else:
        gradient[..., 0], gradient[..., 1] = first, second
    return gradient


def canyon(kappa=100.0, angle=0.0):
    """A narrow canyon: the quadratic ½(u² + κv²), whose axes u, v are turned by `angle`.

    Parameters
    ----------
    kappa : float, > 0
        The condition number: how much steeper the walls are than the floor.
    angle : float
        Rotation in radians, counter-clockwise. At 0 the floor runs along the first coordinate.
    """
    kappa = check("kappa", kappa, lambda k: k > 0, "a finite number > 0")
    angle = check("angle", angle, np.isfinite, "a finite number of radians")
    c, s = np.cos(angle), np.sin(angle)
    # The Hessian [[a, b], [b, d]] = R diag(1, κ) Rᵀ.
    a, b, d = c * c + kappa * s * s, (1 - kappa) * c * s, s * s + kappa * c * c

    def value(x):
        x, y = _coordinates(x)
        return 0.5 * (a * x * x + d * y * y) + b * x * y

    def gradient(p):
        x, y = _coordinates(p)
        return _pair(p, a * x + b * y, b * x + d * y)

    turned = f", turned by {np.degrees(np.fmod(angle, 2 * np.pi)):.3g}°" if angle else ""
    return Surface(
        value,
        gradient,
        name=f"canyon, κ = {kappa:.4g}{turned}",
        formula=r"f(x) = \frac{1}{2}\left(u^2 + \kappa v^2\right)",
        minima=[(0.0, 0.0)],
        view=(-5.0, 5.0, -3.0, 3.0),
        start=(-4.0, 1.5),
        source="Nocedal & Wright, Numerical Optimization, 2nd ed., section 3.3",
    )


def sloping_canyon():
    """A long narrow canyon whose floor slopes gently, and almost evenly, to its minimum.

    On the floor the slope is nearly constant far out, so a method that remembers gathers speed;
    across it the walls are those of a steep parabola.
    """
    slope, wall = 0.5, 40.0

    def value(p):
        x, y = _coordinates(p)
        return slope * (np.sqrt(1 + x * x) - 1) + 0.5 * wall * y * y

    def gradient(p):
        x, y = _coordinates(p)
        return _pair(p, slope * x / np.sqrt(1 + x * x), wall * y)

    return Surface(
        value,
        gradient,
        name="sloping canyon",
        formula=r"f(x) = \frac{1}{2}\left(\sqrt{1 + x_1^2} - 1\right) + 20\,x_2^2",
        minima=[(0.0, 0.0)],
        view=(-10.0, 3.0, -1.5, 1.5),
        start=(-9.0, 1.0),
        source="after the ravines of Sutton (1986), Two problems with backpropagation",
    )


def rosenbrock():
    """Rosenbrock's banana: a curved valley, easy to enter and slow to follow."""

    def value(p):
        x, y = _coordinates(p)
        return (1 - x) ** 2 + 100 * (y - x * x) ** 2

    def gradient(p):
        x, y = _coordinates(p)
        r = 200 * (y - x * x)
        return _pair(p, 2 * (x - 1) - 2 * x * r, r)

    return Surface(
        value,
        gradient,
        name="Rosenbrock",
        formula=r"f(x) = (1 - x_1)^2 + 100\,(x_2 - x_1^2)^2",
        minima=[(1.0, 1.0)],
        view=(-2.0, 2.0, -1.0, 3.0),
        start=(-1.2, 1.0),
        source="Rosenbrock (1960), The Computer Journal 3(3)",
    )


def beale():
    """Beale's function: a flat floor between steep corners."""
    constants = (1.5, 2.25, 2.625)

    def value(p):
        x, y = _coordinates(p)
        return sum((c - x + x * y ** (i + 1)) ** 2 for i, c in enumerate(constants))

    def gradient(p):
        x, y = _coordinates(p)
        y2 = y * y
        y3 = y2 * y
        r1, r2, r3 = 1.5 - x + x * y, 2.25 - x + x * y2, 2.625 - x + x * y3
        return _pair(
            p,
            2 * (r1 * (y - 1) + r2 * (y2 - 1) + r3 * (y3 - 1)),
            2 * x * (r1 + 2 * r2 * y + 3 * r3 * y2),
        )

    return Surface(
        value,
        gradient,
        name="Beale",
        formula=r"f(x) = \sum_{i=1}^{3} \left(c_i - x_1 + x_1 x_2^i\right)^2,"
        r"\; c = (1.5,\, 2.25,\, 2.625)",
        minima=[(3.0, 0.5)],
        view=(-0.5, 4.5, -2.0, 2.0),
        start=(1.0, 1.5),
        source="Beale (1958), On an iterative method for finding a local minimum",
    )


def himmelblau():
    """Himmelblau's function: four minima of the same depth."""

    def value(p):
        x, y = _coordinates(p)
        return (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2

    def gradient(p):
        x, y = _coordinates(p)
        a, b = x * x + y - 11, x + y * y - 7
        return _pair(p, 4 * x * a + 2 * b, 2 * a + 4 * y * b)

    return Surface(
        value,
        gradient,
        name="Himmelblau",
        formula=r"f(x) = (x_1^2 + x_2 - 11)^2 + (x_1 + x_2^2 - 7)^2",
        minima=[
            (3.0, 2.0),
            (-2.805118086952745, 3.131312518250573),
            (-3.779310253377747, -3.283185991286170),
            (3.584428340330492, -1.848126526964404),
        ],
        view=(-5.0, 5.0, -5.0, 5.0),
        start=(0.0, -1.0),
        source="Himmelblau (1972), Applied Nonlinear Programming",
    )


def saddle():
    """A saddle point at the origin between two minima; bounded below, so every path can end."""

    def value(p):
        x, y = _coordinates(p)
        return 0.25 * (x * x - 1) ** 2 + 0.5 * y * y

    def gradient(p):
        x, y = _coordinates(p)
        return _pair(p, x * (x * x - 1), y)

    return Surface(
        value,
        gradient,
        name="saddle",
        formula=r"f(x) = \frac{1}{4}(x_1^2 - 1)^2 + \frac{1}{2}x_2^2",
        minima=[(-1.0, 0.0), (1.0, 0.0)],
        view=(-2.0, 2.0, -2.0, 2.0),
        start=(0.01, 1.7),
        source="the double well; saddle at (0, 0) with eigenvalues −1 and 1",
    )


def plateau():
    """A hole in a plateau: far from the minimum there is almost no gradient."""

    def value(p):
        # expm1 keeps the digits near the minimum, where 1 − exp(−q) would lose them.
        return -np.expm1(-0.25 * (p * p).sum(axis=-1))

    def gradient(p):
        return 0.5 * p * np.exp(-0.25 * (p * p).sum(axis=-1))[..., None]

    return Surface(
        value,
        gradient,
        name="plateau",
        formula=r"f(x) = 1 - e^{-(x_1^2 + x_2^2)/4}",
        minima=[(0.0, 0.0)],
        view=(-5.0, 5.0, -4.0, 4.0),
        start=(-4.0, 2.0),
        source="an inverted Gaussian",
    )


def styblinski_tang():
    """The Styblinski-Tang function: four basins of different depth, one the deepest."""

    def value(p):
        return 0.5 * (p**4 - 16 * p**2 + 5 * p).sum(axis=-1)

    def gradient(p):
        return 2 * p**3 - 16 * p + 2.5

    return Surface(
        value,
        gradient,
        name="Styblinski-Tang",
        formula=r"f(x) = \frac{1}{2}\sum_{i=1}^{2}\left(x_i^4 - 16x_i^2 + 5x_i\right)",
        minima=[(-2.903534027771177, -2.903534027771177)],
        view=(-5.0, 5.0, -5.0, 5.0),
        start=(0.5, -4.5),
        source="Styblinski & Tang (1990), Neural Networks 3(4)",
    )


def rastrigin():
    """Rastrigin's function: a bowl with a regular grid of local minima."""

    def value(p):
        return (p * p + 10 - 10 * np.cos(2 * np.pi * p)).sum(axis=-1)

    def gradient(p):
        return 2 * p + 20 * np.pi * np.sin(2 * np.pi * p)

    return Surface(
        value,
        gradient,
        name="Rastrigin",
        formula=r"f(x) = \sum_{i=1}^{2}\left(x_i^2 + 10 - 10\cos 2\pi x_i\right)",
        minima=[(0.0, 0.0)],
        view=(-5.12, 5.12, -5.12, 5.12),
        start=(-3.3, 2.7),
        source="Rastrigin (1974), Systems of Extremal Control",
    )


# Every function of this file that makes a surface: whatever has a name without an underscore.
SURFACES = {
    name: factory
    for name, factory in globals().items()
    if isfunction(factory) and factory.__module__ == __name__ and not name.startswith("_")
}
__all__ = ["SURFACES", "NoisySurface", "Surface", *SURFACES]
