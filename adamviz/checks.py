"""What is allowed of an argument, and the errors that name it.

Every check names the parameter, what is allowed and the value that was given. Numbers are finite
and real; text, complex numbers and masked elements are none, and neither is True or False alone,
which is a switch in the wrong place; in an array they are 1 and 0.
"""

import inspect
import math
import unicodedata
from dataclasses import fields, replace
from numbers import Integral, Real
from weakref import WeakKeyDictionary

import numpy as np

__all__ = [
    "LONGEST",
    "MEMORY",
    "all_along_axes",
    "along_axes",
    "array",
    "broadcast",
    "check",
    "fits_memory",
    "hyperparameter",
    "known_minimum",
    "least",
    "listed",
    "lists",
    "one_line",
    "per_run",
    "point",
    "points",
    "recorded",
    "refusal",
    "returned",
    "switch",
    "takes_step",
    "unknown_minimum",
    "whole",
]

# More than this is refused before it is allocated: systems promise memory that they do not have,
# and then kill the kernel without a word.
MEMORY = 2e9  # bytes; Binder gives a notebook about this much

# A longer walk takes the better part of an hour, and looks as if it would never end.
LONGEST = 10**8  # steps

LINE = 200  # characters; more stand on no button and in no legend

_FLOAT = np.dtype(float)


def shown(value):
    """A value as it stands in an error: its first thousand characters."""
    try:
        text = repr(value)
    except Exception:  # Python has none for whole numbers of more than 4300 digits
        return f"a {type(value).__name__} that cannot be printed"
    return text if len(text) <= 1000 else f"{text[:1000]}…"


def refusal(name, allowed, value):
    """The ValueError for a `value` that is not what is allowed."""
    return ValueError(f"{name} must be {allowed}, not {shown(value)}")


def floats(value):
    """The numbers in `value` as a new array of floats; TypeError or ValueError if there are none.

    Numbers too large for a float are infinite.
    """
    if isinstance(value, np.ma.MaskedArray) and value.mask.any():
        raise ValueError("what is masked is no number")
    found = np.array(value)
    if found.dtype is _FLOAT:
        return found
    if found.dtype.kind == "O" and all(
        isinstance(v, Real) and not isinstance(v, bool) for v in found.flat
    ):  # fractions, and whole numbers that no numpy integer holds
        numbers = [float(v) if abs(v) <= np.finfo(float).max else np.inf for v in found.flat]
        return np.array(numbers, dtype=float).reshape(found.shape)
    if found.dtype.kind not in "iuf" and not (found.dtype.kind == "b" and found.ndim):
        raise TypeError("no numbers")
    with np.errstate(over="ignore"):
        return found.astype(float)


def check(name, value, test, allowed):
    """`value` as a float, if it is one finite number that passes `test`."""
    if type(value) is float and math.isfinite(value) and test(value):  # nearly always
        return value
    return array(name, value, lambda v: v.ndim == 0 and test(v.item()), allowed).item()


def array(name, value, test, allowed):
    """`value` as a new array of floats, if all are finite numbers and it passes `test`."""
    try:
        found = floats(value)
        valid = np.isfinite(found).all() and test(found)
    except Exception:  # whatever stands in the way of reading it as numbers
        valid = False
    if not valid:
        raise refusal(name, allowed, value)
    return found


def point(name, value):
    """`value` as a pair of floats."""
    return tuple(array(name, value, lambda p: p.shape == (2,), "two finite numbers").tolist())


def per_run(name, value, runs):
    """`value` as an array, if it is a number ≥ 0 or one for each of the `runs`, a shape."""
    return array(
        name,
        value,
        lambda v: (v >= 0).all() and np.broadcast_shapes(v.shape, runs) == runs,
        "a finite number ≥ 0, or one for each run",
    )


def whole(name, value, low, high=np.inf):
    """`value` as an int, if it is a whole number from `low` to `high`."""
    # numpy counts a span of time among the whole numbers.
    number = isinstance(value, Integral) and not isinstance(value, (bool, np.timedelta64))
    if not number or not low <= value <= high:
        allowed = f"≥ {low}" if high == np.inf else f"from {low} to {high}"
        raise refusal(name, f"a whole number {allowed}", value)
    return int(value)


def hyperparameter(name, value, test, allowed):
    """`value`, one number or an array, if all pass `test`; numpy's single numbers as floats."""
    if type(value) is float and test(value):  # nearly always
        return value
    try:
        found = floats(value)
    except Exception:
        found = np.nan  # passes no test
    if not np.all(test(found)):
        raise refusal(name, allowed, value)
    return value if np.ndim(found) or type(value) in (int, float) else found.item()


def one_line(name, value):
    """`value`, if it is text that can stand on a line: not blank, and nothing in it breaks one."""
    # Half of a pair (Cs) is no character, and no message to a browser can hold it.
    breaks = {"Cc", "Cs", "Zl", "Zp"}
    valid = isinstance(value, str) and len(value) <= LINE and value.strip()
    if not valid or breaks & {unicodedata.category(character) for character in value}:
        raise refusal(name, f"a line of text with at most {LINE} characters", value)
    return value


def listed(name, given, allowed):
    """What is given as a list; a text alone is none."""
    try:
        if not isinstance(given, (str, bytes, bytearray)):
            return list(given)
    except TypeError:
        pass
    raise refusal(name, allowed, given)


def switch(name, value):
    """`value` as a bool, if it is one."""
    if not isinstance(value, (bool, np.bool_)):
        raise refusal(name, "True or False", value)
    return bool(value)


def points(x):
    """`x` as an array of floats of the shape `(..., 2)`; not finite ones pass."""
    if type(x) is not np.ndarray or x.dtype is not _FLOAT:
        try:
            x = floats(x)
        except Exception:
            raise refusal("x", "numbers of the shape (..., 2)", x) from None
    if x.ndim == 0 or x.shape[-1] != 2:
        raise ValueError(f"x must have the shape (..., 2), not {x.shape}")
    return x


def takes_step(function):
    """Whether a gradient has a second parameter for the step: one without a default, or `step`."""
    try:
        parameters = [*inspect.signature(function).parameters.values()]
    except ValueError:  # Python cannot tell
        return False
    return any(
        p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        and (p.default is p.empty or p.name == "step")
        for p in parameters[1:2]
    )


def returned(name, value, shape):
    """What a function gave, as an array of floats of the shape that it must have."""
    if type(value) is np.ndarray and value.dtype is _FLOAT and value.shape == shape:
        return value  # at every step: no time to lose
    try:
        found = np.asarray(value)
        numbers = found.dtype.kind in "iuf"
    except ValueError:  # rows of different lengths
        numbers = False
    if not numbers or found.shape != shape:
        what = f"of the shape {found.shape}" if numbers else shown(value)
        raise ValueError(f"{name} must return numbers of the shape {shape}, not {what}")
    return found.astype(float)


# What has been found to work along leading axes: a surface, a method's class, a function.
_SEEN = WeakKeyDictionary()


def along_axes(name, owner, function, start, axes, last=()):
    """Refuse a function that is written for one point where it is given a batch.

    Looked at once for each `owner`, name and number of axes, near `start`: the shape of what
    three points (or four) give, and whether what one point gives changes with the points beside
    it. One by one and together need not agree to the last digit, nor at all where noise is drawn
    for each run. A function that cannot be given one point alone, because it belongs to a batch
    of one shape, is not judged, and neither is one whose noise differs from call to call.

    Parameters
    ----------
    name : str
        What is being looked at.
    owner : object
        For which this is remembered, if Python can.
    function : callable, `(..., d) -> (..., *last)`
    start : `(d,)`
    axes : int, ≥ 1
        How many leading axes there will be.
    last : tuple
        The shape that one point gives.

    Raises
    ------
    ValueError
        With the line that mends it.
    """
    seen = set()
    try:
        seen = _SEEN.setdefault(owner, seen)
    except Exception:  # it cannot be remembered
        pass
    if (name, axes) in seen:
        return
    d = len(start)
    # No length is that of the last axis, so that no shape is right by accident.
    sizes = (4 if d == 3 else 3, *[2 if d == 1 else 1] * (axes - 1))
    near = 1e-3 * np.maximum(1.0, np.abs(start))
    together = start + near * np.sin(1.0 + np.arange(np.prod(sizes) * d)).reshape(*sizes, d)
    with np.errstate(all="ignore"):
        alone, _ = _result(function, start)
        if alone.shape != last:
            return
        found, error = _result(function, together)
        if found.shape != sizes + last:
            gave = error or f"gave the shape {found.shape}, not {sizes + last}"
            raise _mend(name, f"{sizes[0]} points at once {gave}")
        for moved in range(sizes[0]):
            beside = together.copy()
            beside[moved] += near / np.sqrt(2.0 + np.arange(d))
            again, _ = _result(function, beside)
            if again.shape != found.shape:  # it has stopped at a number
                return
            again[moved] = found[moved]
            if not _same(again, found) and _same(_result(function, together)[0], found):
                raise _mend(name, "what it gave at one point changed with the points beside it")
    seen.add((name, axes))


def _result(function, x):
    """What a function gives as an array, and in words what it raised, if it did."""
    try:
        found = floats(function(x.copy()))
    except Exception as error:
        return np.empty((0, 0)), f"raised {type(error).__name__}: {error}"
    return found, ""


def _same(one, other):
    if one.shape != other.shape:
        return False
    if (one == other).all():
        return True
    sizes = np.abs(other[np.isfinite(other)])
    tolerance = 1e-9 * sizes.max(initial=0.0)  # far above rounding, far below a real difference
    return np.allclose(one, other, rtol=0, atol=tolerance, equal_nan=True)


def _mend(name, why):
    return ValueError(
        f"{name} must work along leading axes: x[..., 0] in place of x[0], axis=-1 in sums and "
        f"norms, np.stack([a, b], axis=-1) in place of np.array([a, b]); {why}"
    )


# --- what `descend` and `tune` look at before they walk -----------------------------------------


def least(surface, minimum):
    """The least value of a `Surface`: the one given, or that at its minima, or None."""
    if minimum is not None:
        minimum = check("minimum", minimum, np.isfinite, "a finite number or None")
    if not len(surface.minima):
        return minimum
    along_axes("value", surface, surface.value, surface.minima[0], 1)
    with np.errstate(all="ignore"):
        values = returned("value", surface.value(surface.minima), surface.minima.shape[:1])
    if not np.isfinite(values).all():
        raise refusal("minima", "where value is finite", surface.minima.tolist())
    there = float(values.min())
    # A difference that no rounding makes: one of the two is wrong.
    if minimum is not None and abs(minimum - there) > 1e-9 * max(1.0, abs(minimum)):
        raise refusal("minimum", f"the value at minima, {there}", minimum)
    return there if minimum is None else minimum


def known_minimum(surface):
    """The least value that a problem says, or None; what is no problem is refused."""
    for name in ("value", "gradient"):
        if not callable(getattr(surface, name, None)):
            raise refusal("surface", "something with value(x) and gradient(x, step)", surface)
    minimum = getattr(surface, "minimum", None)
    if minimum is None or (type(minimum) is float and math.isfinite(minimum)):
        return minimum
    return check("the surface's minimum", minimum, np.isfinite, "a finite number or None")


def unknown_minimum(name):
    return ValueError(
        f"{name} needs the least value: give the surface minima, its lowest points, or minimum"
    )


def fits_memory(arrays, rows, batch, d):
    runs = math.prod(batch)
    size = 8 * arrays * rows * runs * d
    if size > MEMORY:
        raise ValueError(
            f"steps and runs must fit into {MEMORY / 1e9:g} GB, but the record of {rows:,} "
            f"{'step' if rows == 1 else 'steps'} of {runs:,} runs in {d} dimensions needs "
            f'{size / 1e9:.3g} GB; record="last" keeps only the end of each'
        )


def broadcast(start, arrays):
    """The shape of all runs, from the starts' array and the hyperparameters' by name."""
    shapes = {"start": start.shape[:-1]} | {name: a.shape for name, a in arrays.items()}
    try:
        return np.broadcast_shapes(*shapes.values())
    except ValueError:
        raise ValueError(
            "the shapes of hyperparameters and starts must broadcast, not "
            + ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        ) from None


def lists(optimizer, grids):
    """The grids that `tune` walks, as arrays by name."""
    if not grids:
        raise ValueError("tune needs at least one grid such as lr=[0.01, 0.1], not none")
    names = [field.name for field in fields(optimizer)]
    unknown = [name for name in grids if name not in names]
    if unknown:
        raise refusal("grids", f"among {', '.join(names)}", unknown[0])
    allowed = "a list of finite numbers"
    return {
        name: array(name, grid, lambda g: g.ndim <= 1 and g.size, allowed).ravel()
        for name, grid in grids.items()
    }


def all_along_axes(optimizer, surface, project, x):
    """Refuse functions that work on one point alone, as far as they will be given more."""
    batch, d = x.ndim - 1, x.shape[-1]
    start = np.array(x[(0,) * batch])
    along_axes("value", surface, surface.value, start, 1 + batch)
    if not batch:
        return
    along_axes("gradient", surface, lambda p: surface.gradient(p, 0), start, batch, (d,))
    if project is not None:
        along_axes("project", project, project, start, batch, (d,))

    def moves(p):
        values = {name: a.flat[0] for name, a in optimizer.arrays.items()} | {"lr": 1.0}
        for name in optimizer.arrays if p.ndim > 1 else ():
            values[name] = np.full((*p.shape[:-1], 1), values[name])
        method, x = replace(optimizer, **values), p
        state = method.init(x)
        for _ in range(2):  # the second has a state to go by
            state, x = method.step(state, 2.0 * x + 1.0, x)
        return x - p

    along_axes(f"{type(optimizer).__name__}.step", type(optimizer), moves, start, batch, (d,))


def recorded(optimizer, taken, x):
    """The names of the arrays to record, from the first step that was taken."""
    name = f"{type(optimizer).__name__}.step"
    kinds = [type(part) for part in taken] if isinstance(taken, tuple) else []
    if kinds != [dict, np.ndarray]:
        raise ValueError(f"{name} must return a dict and an array, not {shown(taken)}")
    returned(name, taken[1], x.shape)
    names = [key for key in taken[0] if not str(key).startswith("_")]
    for key in names:
        value = taken[0][key]
        if type(value) is np.ndarray and value.dtype is _FLOAT and value.shape == x.shape:
            continue  # as nearly always
        try:
            numbers = np.asarray(value).dtype.kind in "biuf"
            numbers = numbers and np.broadcast_shapes(np.shape(value), x.shape) == x.shape
        except ValueError:  # rows of different lengths, or another shape
            numbers = False
        if not numbers:
            allowed = f"numbers that broadcast to {x.shape}"
            raise refusal(f"{name}: the state's {key}", allowed, value)
    return names
