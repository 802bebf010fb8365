"""A real network: the perceptron and the digits, training runs, and slices of its loss."""

from .lessons import Lessons
from .perceptron import ACTIVATIONS, Network, digits, softmax
from .slices import section, sharpest
from .training import Run, train

__all__ = [
    "ACTIVATIONS",
    "Lessons",
    "Network",
    "Run",
    "digits",
    "section",
    "sharpest",
    "softmax",
    "train",
]
