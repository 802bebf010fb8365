"""All panels of a walk, by the names that `Explorer(panels=…)` knows."""

from .landscape import Landscape
from .panel import Panel
from .special import ExampleGradients, Online, SensitivityMap
from .walks import Components, EffectiveStep, Loss, Moments, Rate, StepSize, Turning

__all__ = [
    "PANELS",
    "Components",
    "EffectiveStep",
    "ExampleGradients",
    "Landscape",
    "Loss",
    "Moments",
    "Online",
    "Panel",
    "Rate",
    "SensitivityMap",
    "StepSize",
    "Turning",
]

PANELS = {
    "landscape": Landscape,
    "examples": ExampleGradients,
    "loss": Loss,
    "components": Components,
    "moments": Moments,
    "effective step": EffectiveStep,
    "rate": Rate,
    "step size": StepSize,
    "turning": Turning,
    "map": SensitivityMap,
    "online": Online,
}
