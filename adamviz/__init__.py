"""adamviz: the Adam optimizer, made understandable with sliders."""

from importlib import import_module

_HOMES = {
    "Control": "controls",
    "Experiment": "experiment",
    "Explorer": "live.explorer",
    "Playground": "live.playground",
    "Training": "live.training",
    "Trajectory": "descent",
    "Tuned": "descent",
    "descend": "descent",
    "folded": "live.folded",
    "optimizers": "optimizers",
    "panels": "drawing.panels",
    "rates": "controls",
    "sampling": "sampling",
    "surfaces": "surfaces",
    "tune": "descent",
}
__all__ = list(_HOMES)
__version__ = "0.1.0"


def __getattr__(name):
    """Each name comes from its home when it is first asked for.

    So the mathematics needs numpy alone, and `adamviz.check`, which says what is missing, can be
    imported whatever is.
    """
    if name not in _HOMES:
        raise AttributeError(f"module 'adamviz' has no attribute {name!r}")
    try:
        home = import_module(f"adamviz.{_HOMES[name]}")
    except Exception as error:
        raise ImportError(
            f"adamviz cannot start: {error}. What is missing, and how to mend it, says\n"
            "    python -m adamviz.check"
        ) from error
    found = globals()[name] = getattr(home, name, home)
    return found


def __dir__():
    return [*globals(), *__all__]
