"""Two views of a network's loss: a plane through weight space, and the steepest curvature."""

import numpy as np

from ..checks import array
from ..surfaces import Surface

__all__ = ["section", "sharpest"]


def sharpest(network, x, rounds=30):
    """The direction in which the loss at `x` curves most, `(d,)` of length 1, and its curvature.

    Power iteration: the Hessian times a direction is a difference of two gradients, and after
    enough rounds only the largest eigenvalue is left.
    """
    direction = network.gradient(x)
    for _ in range(rounds):
        direction = direction / np.linalg.norm(direction)
        change = network.gradient(x + 1e-4 * direction) - network.gradient(x - 1e-4 * direction)
        direction, last = change / 2e-4, direction
    return last, float(last @ direction)


def section(network, centre, directions, *, view, start, name="slice of a network's loss"):
    """The network's loss on a plane through weight space, as a surface to walk on.

    The point (x₁, x₂) stands for the weights `centre + x₁ directions[0] + x₂ directions[1]`. Value
    and gradient are the network's own, the gradient projected on the directions; with a `batch` it
    is that step's minibatch gradient.

    Parameters
    ----------
    network : Network, of one seed
    centre : `(d,)`
        The weights at (0, 0).
    directions : `(2, d)`
        They need not be orthogonal or of length one.
    view, start, name
        As for a `Surface`. The lowest point of the view is searched for, and is its minimum.
    """
    size = network.start.shape[-1]
    centre = array(
        "centre", centre, lambda c: c.shape == (size,), f"finite numbers of the shape ({size},)"
    )
    directions = array(
        "directions",
        directions,
        lambda d: d.shape == (2, size),
        f"finite numbers of the shape (2, {size})",
    )
    if network.start.ndim != 1:
        raise ValueError(f"network must have one seed, not {network.seeds.tolist()!r}")

    def value(p):
        return network.value(centre + p @ directions)

    def gradient(p, step):
        return network.gradient(centre + p @ directions, step) @ directions.T

    left, right, bottom, top = view
    low, half = np.array([left + right, bottom + top]) / 2, np.array([right - left, top - bottom])
    for _ in range(18):  # ever smaller grids around the lowest point so far
        half = 0.5 * half
        points = low + half * np.stack(np.meshgrid(*[np.linspace(-1, 1, 7)] * 2), axis=-1)
        low = points.reshape(-1, 2)[value(points).argmin()]
    formula = r"J(x_0 + x_1 d_1 + x_2 d_2)"
    surface = Surface(
        value, gradient, name=name, formula=formula, minima=[low], view=view, start=start
    )
    surface.grid = (44, 36)
    return surface
