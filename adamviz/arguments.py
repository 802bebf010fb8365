"""What may be given for the methods and the surfaces of an experiment."""

import inspect
from dataclasses import fields
from functools import lru_cache

import numpy as np

from . import surfaces
from .checks import listed, one_line, refusal, shown
from .optimizers import Optimizer
from .surfaces import Surface

__all__ = [
    "among",
    "called",
    "labelled",
    "named_surfaces",
    "parameters",
    "reads",
    "some_of",
    "taken",
]


def labelled(methods):
    """A dict from label to method."""
    if isinstance(methods, dict):
        pairs = list(methods.items())
    else:
        given = listed("methods", methods, "a list or a dict")
        pairs = [(getattr(m, "label", None) or shown(m)[:60], m) for m in given]
    for label, method in pairs:
        one_line("methods: a label", label)
        if not isinstance(method, Optimizer) and not callable(method):
            raise refusal(f"methods: {label!r}", "an Optimizer or a function", method)
        if not isinstance(method, Optimizer):
            reads(f"methods: {label!r}", method)
        elif method.arrays:
            raise ValueError(f"methods: {label!r} must have single numbers, not {shown(method)}")
    if not pairs:
        raise ValueError("methods must name at least one optimizer, not none")
    if len(dict(pairs)) < len(pairs):
        raise ValueError(f"methods must have a label each: use a dict, not {shown(methods)}")
    return dict(pairs)


def named_surfaces(given):
    """A dict from name to a function that returns the surface."""
    if isinstance(given, dict):
        pairs = [(name, _named(surface)[1]) for name, surface in given.items()]
    else:
        pairs = [_named(s) for s in (given if isinstance(given, (list, tuple)) else [given])]
    if not pairs:
        raise refusal("surface", "at least one", given)
    named = {}
    for name, factory in pairs:
        if one_line("surface: a name", name) in named:
            raise ValueError(f"surface must be a dict of names where two are called {name!r}")
        named[name] = factory
    return named


def _named(surface):
    """The name of one surface, and a function that returns it."""
    if isinstance(surface, str):
        key = surface.replace(" ", "_")
        if key not in surfaces.SURFACES:
            raise refusal("surface", f"among {', '.join(surfaces.SURFACES)}", surface)
        return key.replace("_", " "), surfaces.SURFACES[key]
    if isinstance(surface, Surface):
        return surface.name, lambda: surface
    if callable(surface):
        reads("surface", surface)
        return str(getattr(surface, "__name__", "surface")).replace("_", " "), surface
    raise refusal("surface", "a name, a Surface or a function", surface)


def among(name, given, allowed):
    """Refuse what is not one of the allowed texts."""
    for value in given:
        if not isinstance(value, str) or value not in allowed:
            raise refusal(name, f"among {', '.join(allowed)}", value)


def some_of(stops, name, given):
    """Those of the stops of a control that are given, in the order in which they are given."""
    known = {(stop, isinstance(stop, bool)): stop for stop in stops}  # True is no 1
    found = []
    for value in listed("stops", given, f"a list of stops of {name!r}"):
        try:
            found.append(known[value, isinstance(value, (bool, np.bool_))])
        except (KeyError, TypeError):  # what has no hash is no stop
            raise refusal("stops", f"among those of {name!r}, {shown(stops)}", value) from None
    return found


# --- functions of controls ----------------------------------------------------------------------


def reads(name, function):
    """Refuse what is no function of controls: Python must know the names of its parameters."""
    try:
        parameters(function)
    except Exception:
        raise refusal(name, "a function of controls by name", function) from None


def parameters(function):
    """The names of what a control can set: parameters of a function, or of an Optimizer."""
    return _parameters(function)[0]


def taken(function, values):
    """Those of `values` that a function, or an Optimizer, takes."""
    return {name: values[name] for name in parameters(function) if name in values}


def called(name, function, values):
    """What a function of controls returns, given those of `values` that it takes."""
    given = taken(function, values)
    missing = [needed for needed in _parameters(function)[1] if needed not in given]
    if missing:
        raise ValueError(
            f"{name} must need no more than controls: there is none for {', '.join(missing)}, "
            f"there are {', '.join(values) or 'none'}"
        )
    return function(**given)


def _parameters(function):
    """Names of parameters: of those that can be given by name, and of those without a default."""
    if isinstance(function, Optimizer):
        return _hyperparameters(type(function))
    try:
        return _known(function)
    except TypeError:  # what has no hash
        return _known.__wrapped__(function)


@lru_cache(maxsize=256)
def _known(function):  # asked for every stop of a slider
    every = [p for p in inspect.signature(function).parameters.values() if p.kind not in _MANY]
    return (
        tuple(p.name for p in every if p.kind != inspect.Parameter.POSITIONAL_ONLY),
        tuple(p.name for p in every if p.default is inspect.Parameter.empty),
    )


@lru_cache(maxsize=256)
def _hyperparameters(kind):
    return tuple(field.name for field in fields(kind)), ()


_MANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
