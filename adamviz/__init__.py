"""adamviz: the Adam optimizer, made understandable with sliders."""

from . import optimizers, sampling, surfaces
from .controls import Control, rates
from .descent import Trajectory, Tuned, descend, tune
from .explorer import Explorer
from .playground import Playground

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
