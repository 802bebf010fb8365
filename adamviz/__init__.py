"""adamviz: the Adam optimizer, made understandable with sliders."""

from . import optimizers, surfaces
from .descent import Trajectory, descend

__all__ = ["Trajectory", "descend", "optimizers", "surfaces"]
__version__ = "0.1.0"
