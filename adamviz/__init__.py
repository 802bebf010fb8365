"""adamviz: the Adam optimizer, made understandable with sliders."""

try:
    from .machine import import_matplotlib

    import_matplotlib()  # before the modules that need it
    from . import optimizers, sampling, surfaces
    from .controls import Control, rates
    from .descent import Trajectory, Tuned, descend, tune
    from .explorer import Explorer
    from .playground import Playground
except Exception as error:
    # Raised again when one of the names is used, but not here: `adamviz.check`, which says what
    # is missing, must be importable.
    _broken = error

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module 'adamviz' has no attribute {name!r}")
        raise ImportError(
            f"adamviz cannot start: {_broken}. What is missing, and how to mend it, says\n"
            "    python -m adamviz.check"
        ) from _broken


__all__ = [
    "Control",
    "Explorer",
    "Playground",
    "Trajectory",
    "Tuned",
    "descend",
    "optimizers",
    "rates",
    "sampling",
    "surfaces",
    "tune",
]
__version__ = "0.1.0"
