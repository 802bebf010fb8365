"""A real network: the perceptron and the digits, training runs, and slices of its loss."""

from .perceptron import ACTIVATIONS, Network, digits, softmax
from .lessons import Lessons
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
