"""`descend` walks an optimizer down a problem and records the path."""

from dataclasses import dataclass, replace

import numpy as np

from .checks import (
    LONGEST,
    all_along_axes,
    array,
    broadcast,
    check,
    fits_memory,
    known_minimum,
    lists,
    per_run,
    recorded,
    refusal,
    returned,
    unknown_minimum,
    whole,
)
from .optimizers import Optimizer

__all__ = ["Trajectory", "Tuned", "descend", "tune"]

# An iterate outside this range has left every problem of the collection for good.
BOUND = 1e8


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
        What walked, how far, and the least value of the problem; None where it is not known.
    """

    x: np.ndarray
    loss: np.ndarray
    gradient: np.ndarray
    state: dict
    diverged: object
    optimizer: Optimizer
    steps: int
    minimum: float | None = None

    @property
    def gap(self):
        """The loss above the problem's minimum, `(steps + 1, ...)`; ValueError if it is unknown."""
        if self.minimum is None:
            raise unknown_minimum("gap")
        with np.errstate(over="ignore"):  # far out, where it is divergence
            return self.loss - self.minimum

    @property
    def below(self):
        """The first step whose loss is lower than the minimum that was given; None if none is.

        Lower by more than 1e-10 times the minimum or the loss at the start, whichever is larger in
        size: far more than rounding does in a sum of a few terms, or in minima that are printed to
        six decimals. In a batch an int array with −1 where there is none. ValueError if the minimum
        is unknown or the path is its end alone.
        """
        self._all_steps("below")
        scale = np.fmax(np.abs(self.loss[0]), abs(self.minimum or 0.0))
        lower = self.gap < -1e-10 * scale
        return _per_run(np.where(lower.any(axis=0), np.argmax(lower, axis=0), -1))

    def steps_to(self, target, until=None):
        """The first step from which the gap stays below `target`, to the end of the path.

        Or to the step `until`, as if the path ended there. `target` is one number or one for each
        run. A first crossing would flatter a path that overshoots. None where the path does not end
        below the target; in a batch an int array with −1 there. ValueError if the minimum is
        unknown or the path is its end alone.
        """
        target = per_run("target", target, self.loss.shape[1:])
        self._all_steps("steps_to")
        last = self.steps if until is None else whole("until", until, 0, self.steps)
        above = ~(self.gap[: last + 1] < target)
        # Counting from the end: how many iterates in a row are below.
        tail = np.where(above.any(axis=0), np.argmax(above[::-1], axis=0), len(above))
        return _per_run(np.where(tail == 0, -1, len(above) - tail))

    def _all_steps(self, name):
        if len(self.loss) != self.steps + 1:
            raise ValueError(f'{name} needs the whole path: record must be "all", not "last"')

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
        leading axes, `(..., d) -> (...)`; so must all other functions for more than one run. Its
        attribute `minimum` is the least value, or None; without it, that is unknown.
    start : `(..., d)`
        One start or an array of them. The shapes of all hyperparameters and of the starts (their
        last axis aside) broadcast; one run is walked for each element.
    steps : int from 0 to 100,000,000
    record : "all" or "last"
        Keep the whole path or its end alone.
    project : callable `x -> x`, optional
        Applied to each iterate, to keep it in a set.
    schedule : callable `step -> factor`, optional
        Multiplies the learning rate by a number ≥ 0, `step` from 0: 1/√t decay is
        `lambda step: (step + 1) ** -0.5`.

    Returns
    -------
    Trajectory

    Raises
    ------
    ValueError
        For a start that is not finite, steps < 0, an unknown `record`, shapes that do not
        broadcast, functions that return something else or are written for one point where there
        are more, and a walk whose record would need more than 2 GB. Divergence
        raises nothing and warns of nothing: it is reported in `diverged`.

    Examples
    --------
    >>> from adamviz import optimizers, surfaces
    >>> path = descend(optimizers.Adam(lr=0.1), surfaces.canyon(), start=(-4.0, 1.5), steps=60)
    >>> path.x.shape, path.state["m"].shape
    ((61, 2), (60, 2))
    """
    if not isinstance(optimizer, Optimizer) or type(optimizer).step is Optimizer.step:
        raise refusal("optimizer", "an Optimizer such as Adam(lr=0.1)", optimizer)
    steps = whole("steps", steps, 0, LONGEST)
    if not isinstance(record, str) or record not in ("all", "last"):
        raise refusal("record", '"all" or "last"', record)
    minimum = known_minimum(surface)
    for name, function in (("project", project), ("schedule", schedule)):
        if function is not None and not callable(function):
            raise refusal(name, "a function or None", function)
    x, optimizer_, batch = _broadcast(optimizer, start)
    everything = record == "all"
    rows = steps if everything else min(steps, 1)
    fits_memory(2, rows, batch, x.shape[-1])
    xs = _rows(rows + 1 if everything else 1, x)
    gradients = _rows(rows, x)
    states = {}
    diverged = np.where(_outside(x), 0, -1)
    xs[0], shape = x, x.shape
    if x.size:
        all_along_axes(optimizer, surface, project, x)

    with np.errstate(all="ignore"):  # overflow on the way out is divergence, reported as such
        state, now = optimizer_.init(x), optimizer_
        for k in range(steps):
            gradient = returned("gradient", surface.gradient(x, k), shape)
            if schedule is not None:
                allowed = "a function that returns finite numbers ≥ 0"
                factor = check("schedule", schedule(k), lambda f: f >= 0, allowed)
                now = replace(optimizer_, lr=optimizer_.lr * factor)
            taken = now.step(state, gradient, x)
            if k == 0:
                names = recorded(optimizer, taken, x)
                fits_memory(2 + len(names), rows, batch, x.shape[-1])
                states = {name: _rows(rows, x) for name in names}
            state, x = taken
            if project is not None:
                x = returned("project", project(x), shape)
            if everything:
                row, xs[k + 1] = k, x
            elif k == steps - 1:
                row, xs[0] = 0, x
            else:
                row = None
            if row is not None:
                gradients[row] = gradient
                for name, values in states.items():
                    values[row] = state[name]
            if not everything and not np.abs(x).max(initial=0.0) <= BOUND:
                diverged[_outside(x) & (diverged < 0)] = k + 1
        if everything:
            outside = _outside(xs)
            if outside.any():
                diverged = np.where(outside.any(axis=0), np.argmax(outside, axis=0), -1)
        if (diverged >= 0).any():
            _blank(diverged, steps, [xs, gradients, *states.values()])
        loss = returned("value", surface.value(xs), xs.shape[:-1])
    diverged = _per_run(diverged)
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

    Raises
    ------
    ValueError
        For arguments of another kind, an unknown minimum, and whatever `descend` refuses.
    """
    if not isinstance(optimizer, Optimizer) or optimizer.arrays:
        raise refusal("optimizer", "an Optimizer with single numbers", optimizer)
    start = array("start", start, lambda x: x.ndim == 1 and x.size, "one point of finite numbers")
    target = check("target", target, lambda t: t > 0, "a finite number > 0")
    if known_minimum(surface) is None:
        raise unknown_minimum("tune")
    grids = lists(optimizer, grids)
    # Open grids: they broadcast, and `descend` refuses a product that is too large.
    points = np.meshgrid(*grids.values(), indexing="ij", sparse=True)
    every = replace(optimizer, **dict(zip(grids, points, strict=True)))
    first = descend(every, surface, start, steps).steps_to(target)
    needed = np.where(first < 0, np.inf, first)
    best = np.unravel_index(np.argmin(needed), needed.shape)
    chosen = {n: grid[i].item() for (n, grid), i in zip(grids.items(), best, strict=True)}
    fewest = None if np.isinf(needed[best]) else int(needed[best])
    return Tuned(replace(optimizer, **chosen), fewest, needed, needed.size)


def _broadcast(optimizer, start):
    """The starts of all runs, the optimizer with arrays that broadcast against them, the shape."""
    allowed = "finite numbers of the shape (..., d)"
    x = array("start", start, lambda x: x.ndim > 0 and x.shape[-1] > 0, allowed)
    arrays = optimizer.arrays
    batch = broadcast(x, arrays)
    fits_memory(2, 1, batch, x.shape[-1])
    all_starts = _rows(1, np.empty((*batch, x.shape[-1])))[0]
    all_starts[...] = x
    if arrays:
        optimizer = replace(optimizer, **{name: a[..., None] for name, a in arrays.items()})
    return all_starts, optimizer, batch


def _per_run(steps):
    """Whole numbers per run, −1 for none; of a single run an int or None."""
    return steps if steps.ndim else (int(steps) if steps >= 0 else None)


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
