"""Arguments that cannot work say so: the parameter, its value, and what is allowed."""

from numbers import Integral

import numpy as np

__all__ = ["array", "check", "point", "whole"]


def check(name, value, test, allowed):
    """Refuse what is not one finite number that passes the test."""
    try:
        valid = np.isfinite(value) and test(value)
    except (TypeError, ValueError):  # not a number, or more than one
        valid = False
    if not valid:
        raise ValueError(f"{name} must be {allowed}, not {value!r}")


def array(name, value, test, allowed):
    """An array of finite numbers that passes the test."""
    try:
        found = np.array(value, dtype=float)
        valid = np.isfinite(found).all() and test(found)
    except (TypeError, ValueError):  # no numbers, or rows of different lengths
        valid = False
    if not valid:
        raise ValueError(f"{name} must be {allowed}, not {value!r}")
    return found


def point(name, value):
    """A point of the plane as a tuple of two floats."""
    return tuple(array(name, value, lambda p: p.shape == (2,), "two finite numbers").tolist())


def whole(name, value, low, high=np.inf):
    """A whole number from `low` to `high`, as an int."""
    if isinstance(value, bool) or not isinstance(value, Integral) or not low <= value <= high:
        allowed = f"≥ {low}" if high == np.inf else f"from {low} to {high}"
        raise ValueError(f"{name} must be a whole number {allowed}, not {value!r}")
    return int(value)
