"""What may be given for the methods and the surfaces of an experiment."""

import inspect
from functools import lru_cache

from . import surfaces
from .optimizers import Optimizer
from .surfaces import Surface

__all__ = ["among", "labelled", "named_surfaces", "parameters", "taken"]


def labelled(methods):
    """A dict from label to method."""
    if not isinstance(methods, dict):
        try:
            given = list(methods)
        except TypeError:
            raise ValueError(f"methods must be a list or a dict, not {methods!r}") from None
        methods = {getattr(m, "label", repr(m)): m for m in given}
        if len(methods) < len(given):
            raise ValueError(f"methods must have a label each: use a dict, not {given!r}")
    for label, method in methods.items():
        if not isinstance(method, Optimizer) and not callable(method):
            raise ValueError(
                f"methods: {label!r} must be an Optimizer or a function, not {method!r}"
            )
        if isinstance(method, Optimizer) and method.arrays:
            raise ValueError(f"methods: {label!r} must have single numbers, not {method!r}")
    if not methods:
        raise ValueError("methods must name at least one optimizer, not none")
    return methods


def named_surfaces(given):
    """A dict from name to a function that returns the surface."""
    named = {}
    if isinstance(given, dict):
        for name, surface in given.items():
            (named[name],) = named_surfaces(surface).values()
    else:
        for surface in given if isinstance(given, (list, tuple)) else [given]:
            name, factory = _named(surface)
            if name in named:
                raise ValueError(f"surface: two are called {name!r}; name them in a dict")
            named[name] = factory
    if not named:
        raise ValueError(f"surface must be at least one, not {given!r}")
    return named


def _named(surface):
    """The name of one surface, and a function that returns it."""
    if isinstance(surface, str):
        key = surface.replace(" ", "_")
        if key not in surfaces.SURFACES:
            known = ", ".join(surfaces.SURFACES)
            raise ValueError(f"surface must be among {known}, not {surface!r}")
        return key.replace("_", " "), surfaces.SURFACES[key]
    if isinstance(surface, Surface):
        return surface.name, lambda: surface
    if callable(surface):
        return getattr(surface, "__name__", "surface").replace("_", " "), surface
    raise ValueError(f"surface must be a name, a Surface or a function, not {surface!r}")


def among(name, given, allowed):
    for value in given:
        if value not in allowed:
            raise ValueError(f"{name} must be among {', '.join(allowed)}, not {value!r}")


@lru_cache(maxsize=256)
def parameters(function):
    """The names of a function's parameters; asked for every stop of a slider."""
    return tuple(inspect.signature(function).parameters)


def taken(function, values):
    """Those of `values` that `function` takes."""
    return {name: values[name] for name in parameters(function) if name in values}
