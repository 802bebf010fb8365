"""`train` a network, and cut a plane through its loss to walk on: `section`."""

import numpy as np

from .checks import array, whole
from .descent import BOUND
from .network import Network, digits
from .optimizers import Optimizer
from .surfaces import Surface

__all__ = ["Run", "section", "sharpest", "train"]


class Run:
    """One method's training of a network, for all its seeds at once, epoch by epoch.

    Row e of each array is the state after e epochs; rows beyond `trained` are NaN.

    Attributes
    ----------
    loss, accuracy : `(epochs + 1, seeds)`
        The loss over all training images, and the share of the test images read right.
    gradient_norms, update_norms : `(epochs + 1, seeds, depth)`
        The root mean square per weight of each layer, over the minibatches of the epoch; row 0 is
        the very first step.
    trained : int
    diverged : int or None
        The first epoch after which a weight is not finite or beyond 1e8; training stops there.
    """

    def __init__(self, optimizer, network, epochs):
        images, labels = digits()[1]  # the test
        pixels, *_, classes = network.sizes
        if pixels != images.shape[1] or classes <= labels.max():
            raise ValueError(f"network must be made for the digits that test it, not {network!r}")
        if optimizer.arrays:
            raise ValueError(f"optimizer must have single numbers, not {optimizer!r}")
        self.optimizer, self.network, self.epochs = optimizer, network, epochs
        self.trained, self.diverged = 0, None
        self.x = np.atleast_2d(network.start).copy()
        self._state = optimizer.init(self.x)
        seeds = len(self.x)
        self.loss, self.accuracy = np.full((2, epochs + 1, seeds), np.nan)
        norms = np.full((2, epochs + 1, seeds, network.depth), np.nan)
        self.gradient_norms, self.update_norms = norms
        gradient = self._gradient(0)
        with np.errstate(all="ignore"):  # as in `epoch`
            _, x = optimizer.step(self._state, gradient, self.x)
            self._record(gradient**2, (x - self.x) ** 2)

    def _gradient(self, step):
        return self.network.gradient(self.x.reshape(self.network.start.shape), step).reshape(
            self.x.shape
        )

    def _record(self, gradient2, update2):
        row, norms = self.trained, self.network.norms
        self.gradient_norms[row] = norms(np.sqrt(gradient2))
        self.update_norms[row] = norms(np.sqrt(update2))
        self.loss[row] = self.network.value(self.x)
        self.accuracy[row] = self.network.accuracy(self.x, *digits()[1])

    def epoch(self):
        """Train one epoch more."""
        count = self.network.steps_per_epoch
        gradient2, update2 = np.zeros_like(self.x), np.zeros_like(self.x)
        with np.errstate(all="ignore"):  # overflow is divergence, and reported as such
            if self.diverged is None:
                for step in range(self.trained * count, (self.trained + 1) * count):
                    gradient, before = self._gradient(step), self.x
                    self._state, self.x = self.optimizer.step(self._state, gradient, before)
                    gradient2 += gradient**2
                    update2 += (self.x - before) ** 2
            self.trained += 1
            if self.diverged is None and not np.abs(self.x).max() <= BOUND:
                self.diverged = self.trained
            if self.diverged is None:
                self._record(gradient2 / count, update2 / count)


def train(optimizer, network, epochs):
    """Train `network` for `epochs` epochs: a finished `Run`.

    Examples
    --------
    >>> from adamviz import optimizers
    >>> from adamviz.network import Network
    >>> run = train(optimizers.Adam(lr=0.01), Network(depth=2, seed=(0, 1)), 5)
    >>> (run.accuracy[-1] > 0.9).tolist()
    [True, True]
    """
    if not isinstance(network, Network):
        raise ValueError(f"network must be a Network, not {network!r}")
    if not isinstance(optimizer, Optimizer):
        raise ValueError(f"optimizer must be an Optimizer such as Adam(lr=0.1), not {optimizer!r}")
    run = Run(optimizer, network, whole("epochs", epochs, 0))
    while run.trained < run.epochs:
        run.epoch()
    return run


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
