"""`descend` walks an optimizer down a problem and records the path."""

import math
from dataclasses import dataclass, fields, replace
from numbers import Real

import numpy as np

from .checks import whole
from .optimizers import Optimizer

__all__ = ["Trajectory", "Tuned", "descend", "tune"]

# An iterate outside this range has left every problem of the collection for good.
BOUND = 1e8

# More than this is refused before it is allocated: systems promise memory that they do not have,
# and then kill the kernel without a word.
MEMORY = 2e9  # bytes; Binder gives a notebook about this much


@dataclass(frozen=True)
class Trajectory:
    """A recorded path, or a batch of paths of the shape `...`.

    Under `record="last"` the leading length is 1 everywhere: the end alone. From the step after
    `diverged` on, everything is NaN.

    Attributes
    ----------
    x : `(steps + 1, ..., d)`
        The iterates, the start included.
    loss : `(steps + 1, ...)`
        The problem's value at each.
    gradient : `(steps, ..., d)`
        The gradient that each step used.
    state : dict of `(steps, ..., d)`
        The optimizer's own arrays after each step, by name.
    diverged : int or None, for a batch an int array of the shape `...`
        The first step whose iterate is not finite or has left all bounds (|xᵢ| > 1e8); None, in
        a batch −1, where there is none.
    optimizer, steps, minimum
        What walked, how far, and the least value known for the problem (0.0 if unknown).
    """

    x: np.ndarray
    loss: np.ndarray
    gradient: np.ndarray
    state: dict
    diverged: object
    optimizer: Optimizer
    steps: int
    minimum: float = 0.0

    @property
    def gap(self):
        """The loss above the problem's minimum, `(steps + 1, ...)`."""
        return self.loss - self.minimum

    def steps_to(self, target):
        """The first step from which the gap stays below `target`, to the end of the path.

        A first crossing would flatter a path that overshoots. None where the path does not end
        below the target; in a batch an int array with −1 there.
        """
        if len(self.loss) != self.steps + 1:
            raise ValueError('steps_to needs the whole path: record must be "all", not "last"')
        above = ~(self.gap < target)
        # Counting from the end: how many iterates in a row are below.
        tail = np.where(above.any(axis=0), np.argmax(above[::-1], axis=0), len(above))
        first = np.where(tail == 0, -1, len(above) - tail)
        return first if first.ndim else (int(first) if first >= 0 else None)

    @property
    def turning(self):
        """The angle in degrees between each step and the one before, `(steps - 1, ...)`.

        0 is straight on, 180 is straight back; NaN where a step has no length.
        """
        step = np.diff(self.x, axis=0)
        with np.errstate(all="ignore"):
            unit = step / np.linalg.norm(step, axis=-1, keepdims=True)
            # From sine and cosine of the half angle: arccos loses the digits of small angles.
            apart = np.linalg.norm(unit[1:] - unit[:-1], axis=-1)
            along = np.linalg.norm(unit[1:] + unit[:-1], axis=-1)
        return np.degrees(2 * np.arctan2(apart, along))


def descend(optimizer, surface, start, steps, *, record="all", project=None, schedule=None):
    """Walk `steps` steps of `optimizer` down `surface` from `start`.

    Parameters
    ----------
    optimizer : Optimizer
        Its hyperparameters may be arrays.
    surface : anything with `value(x)` and `gradient(x, step=0)`
        `step` counts from 0: a fixed surface ignores it, a sum over examples draws that step's
        minibatch from it, an online problem presents that step's loss. `value` works along
        leading axes, `(..., d) -> (...)`.
    start : `(..., d)`
        One start or an array of them. The shapes of all hyperparameters and of the starts (their
        last axis aside) broadcast; one run is walked for each element.
    steps : int, ≥ 0
    record : "all" or "last"
        Keep the whole path or its end alone.
    project : callable `x -> x`, optional
        Applied to each iterate, to keep it in a set.
    schedule : callable `step -> factor`, optional
        Multiplies the learning rate, `step` from 0: 1/√t decay is
        `lambda step: (step + 1) ** -0.5`.

    Returns
    -------
    Trajectory

    Raises
    ------
    ValueError
        For a start that is not finite, steps < 0, an unknown `record`, shapes that do not
        broadcast, a gradient or value of the wrong shape, and a walk whose record would need
        more than 2 GB. Divergence raises nothing and warns of nothing: it is reported in
        `diverged`.

    Examples
    --------
    >>> from adamviz import optimizers, surfaces
    >>> path = descend(optimizers.Adam(lr=0.1), surfaces.canyon(), start=(-4.0, 1.5), steps=60)
    >>> path.x.shape, path.state["m"].shape
    ((61, 2), (60, 2))
    """
    if not isinstance(optimizer, Optimizer):
        raise ValueError(f"optimizer must be an Optimizer such as Adam(lr=0.1), not {optimizer!r}")
    steps = whole("steps", steps, 0)
    if record not in ("all", "last"):
        raise ValueError(f'record must be "all" or "last", not {record!r}')
    for name in ("value", "gradient"):
        if not callable(getattr(surface, name, None)):
            raise ValueError(f"surface must have value(x) and gradient(x, step), not {surface!r}")
    for name, function in (("project", project), ("schedule", schedule)):
        if function is not None and not callable(function):
            raise ValueError(f"{name} must be a function or None, not {function!r}")
    x, optimizer_, batch = _broadcast(optimizer, start)
    rows = steps if record == "all" else min(steps, 1)
    _check_memory(2, rows, batch, x.shape[-1])
    xs = _rows(rows + 1 if record == "all" else 1, x)
    gradients = _rows(rows, x)
    states = {}
    diverged = np.where(_outside(x), 0, -1)
    xs[0] = x

    with np.errstate(all="ignore"):  # overflow on the way out is divergence, reported as such
        state = optimizer_.init(x)
        for k in range(steps):
            gradient = np.asarray(surface.gradient(x, k), dtype=float)
            if k == 0 and gradient.shape != x.shape:
                raise ValueError(
                    f"gradient must have the shape of x, {x.shape}, not {gradient.shape}"
                )
            if schedule is None:
                now = optimizer_
            else:
                now = replace(optimizer_, lr=optimizer_.lr * schedule(k))
            state, x = now.step(state, gradient, x)
            if project is not None:
                x = _projected(project, x)
            if k == 0:
                names = [name for name in state if name[0] != "_"]
                _check_memory(2 + len(names), rows, batch, x.shape[-1])
                states = {name: _rows(rows, x) for name in names}
            if record == "all":
                row, xs[k + 1] = k, x
            elif k == steps - 1:
                row, xs[0] = 0, x
            else:
                row = None
            if row is not None:
                gradients[row] = gradient
                for name, values in states.items():
                    values[row] = state[name]
            if record == "last" and not np.abs(x).max(initial=0.0) <= BOUND:
                diverged[_outside(x) & (diverged < 0)] = k + 1
        if record == "all":
            outside = _outside(xs)
            if outside.any():
                diverged = np.where(outside.any(axis=0), np.argmax(outside, axis=0), -1)
        if (diverged >= 0).any():
            _blank(diverged, steps, [xs, gradients, *states.values()])
        loss = surface.value(xs)
    if np.shape(loss) != xs.shape[:-1]:
        raise ValueError(
            f"value must map x of the shape {xs.shape} to {xs.shape[:-1]}, not {np.shape(loss)}"
        )
    if not batch:
        diverged = int(diverged) if diverged >= 0 else None
    minimum = getattr(surface, "minimum", 0.0)
    return Trajectory(xs, loss, gradients, states, diverged, optimizer, steps, minimum)


@dataclass(frozen=True)
class Tuned:
    """What `tune` found.

    Attributes
    ----------
    optimizer : Optimizer
        The best of the grid; the first in grid order among equals.
    steps : int or None
        The steps that it needs; None where no point of the grid arrives.
    needed : array of the grid's shape
        The steps that each point needs, `inf` where it does not arrive.
    runs : int
        The budget: how many runs were walked.
    """

    optimizer: Optimizer
    steps: int | None
    needed: np.ndarray
    runs: int


def tune(optimizer, surface, start, steps, target=1e-3, **grids):
    """The best hyperparameters of a grid: the fewest steps until the gap stays below `target`.

    `tune(Momentum(lr=1), canyon(), (-4, 1.5), 500, lr=rates(1e-4, 1), momentum=[0.5, 0.9])` walks
    every combination once, `steps` steps each. A fair race gives each method its own best under
    the same budget, and says how wide "good" is: see `Tuned.needed`.
    """
    if not isinstance(optimizer, Optimizer) or optimizer.arrays:
        raise ValueError(f"optimizer must be an Optimizer with single numbers, not {optimizer!r}")
    if np.ndim(start) != 1:
        raise ValueError(f"start must be one point, not {start!r}")
    if not (isinstance(target, Real) and 0 < target < np.inf):
        raise ValueError(f"target must be a finite number > 0, not {target!r}")
    if not grids:
        raise ValueError("tune needs at least one grid such as lr=[0.01, 0.1], not none")
    names = [field.name for field in fields(optimizer)]
    for name, grid in grids.items():
        if name not in names:
            raise ValueError(f"grids must be among {', '.join(names)}, not {name!r}")
        if np.ndim(grid) > 1 or not np.size(grid):
            raise ValueError(f"{name} must be a list of values, not {grid!r}")
    points = dict(zip(grids, np.meshgrid(*grids.values(), indexing="ij"), strict=True))
    first = descend(replace(optimizer, **points), surface, start, steps).steps_to(target)
    needed = np.where(first < 0, np.inf, first)
    best = np.unravel_index(np.argmin(needed), needed.shape)
    chosen = {name: values[best].item() for name, values in points.items()}
    fewest = None if np.isinf(needed[best]) else int(needed[best])
    return Tuned(replace(optimizer, **chosen), fewest, needed, needed.size)


def _broadcast(optimizer, start):
    """The starts of all runs, the optimizer with arrays that broadcast against them, the shape."""
    try:
        x = np.asarray(start)
        valid = x.dtype.kind in "iuf" and x.ndim > 0 and x.shape[-1] > 0 and np.isfinite(x).all()
    except ValueError:  # nested lists of unequal lengths
        valid = False
    if not valid:
        raise ValueError(f"start must be finite numbers of the shape (..., d), not {start!r}")
    arrays = optimizer.arrays
    shapes = {"start": x.shape[:-1]} | {name: a.shape for name, a in arrays.items()}
    try:
        batch = np.broadcast_shapes(*shapes.values())
    except ValueError:
        raise ValueError(
            "the shapes of hyperparameters and starts must broadcast, not "
            + ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        ) from None
    _check_memory(2, 1, batch, x.shape[-1])
    all_starts = _rows(1, np.empty((*batch, x.shape[-1])))[0]
    all_starts[...] = x
    if arrays:
        optimizer = replace(optimizer, **{name: a[..., None] for name, a in arrays.items()})
    return all_starts, optimizer, batch


def _check_memory(arrays, rows, batch, d):
    runs = math.prod(batch)
    size = 8 * arrays * rows * runs * d
    if size > MEMORY:
        raise ValueError(
            f"steps and runs must fit into {MEMORY / 1e9:g} GB, but the record of {rows:,} "
            f"{'step' if rows == 1 else 'steps'} of {runs:,} runs in {d} dimensions needs "
            f'{size / 1e9:.3g} GB; record="last" keeps only the end of each'
        )


def _projected(project, x):
    inside = np.asarray(project(x))
    if inside.shape != x.shape or inside.dtype.kind not in "iuf":
        raise ValueError(f"project must return numbers of the shape {x.shape}, not {inside!r}")
    return inside


def _outside(x):
    """Which iterates are not finite or beyond the bound."""
    return ~(np.abs(x).max(axis=-1) <= BOUND)


def _rows(n, x):
    """An array for `n` copies of `x`, `(n, ..., d)`, laid out with the coordinates apart.

    A surface works on one coordinate at a time, and contiguous memory makes that fast; numpy's
    results keep the layout of their operands.
    """
    return np.moveaxis(np.empty((n, x.shape[-1], *x.shape[:-1])), 1, -1)


def _blank(diverged, steps, recorded):
    """NaN in everything that comes after the step of divergence."""
    for values in recorded:
        rows = len(values)
        # The first row's number: iterates have one row more than steps, and row k of a gradient
        # or a state belongs to step k + 1. A path's end alone is the last step.
        numbers = np.arange(rows) + (0 if rows == steps + 1 else 1)
        if rows < steps:
            numbers = np.array([steps] * rows)
        after = (diverged >= 0) & (numbers.reshape(-1, *[1] * diverged.ndim) > diverged)
        values[after] = np.nan
