"""All panels of a walk, by the names that `Explorer(panels=…)` knows, and how they are laid out."""

import inspect

from ..arguments import parameters
from ..checks import listed, refusal
from .landscape import Landscape
from .panel import Panel, Role
from .special import Correction, ExampleGradients, Online, SensitivityMap
from .walks import Components, EffectiveStep, Loss, Moments, Rate, StepSize, Turning

__all__ = [
    "PANELS",
    "Components",
    "Correction",
    "EffectiveStep",
    "ExampleGradients",
    "Landscape",
    "Loss",
    "Moments",
    "Online",
    "Panel",
    "Rate",
    "Role",
    "SensitivityMap",
    "StepSize",
    "Turning",
    "arranged",
]

PANELS = {
    "landscape": Landscape,
    "examples": ExampleGradients,
    "loss": Loss,
    "components": Components,
    "moments": Moments,
    "correction": Correction,
    "effective step": EffectiveStep,
    "rate": Rate,
    "step size": StepSize,
    "turning": Turning,
    "map": SensitivityMap,
    "online": Online,
}


def arranged(panels, known=PANELS):
    """Rows of panels, each its class and further arguments, from one row or from several.

    Parameters
    ----------
    panels : sequence of panels, or of rows of panels
        A panel is a name in `known`, a subclass of `Panel`, or a pair (one of these, dict of
        further arguments).

    Raises
    ------
    ValueError
        If a panel is none, or does not take the arguments.
    """
    allowed = "a list of names, or of rows of names, or of Panel classes"
    rows = [] if isinstance(panels, (dict, set)) else listed("panels", panels, allowed)
    if rows and all(isinstance(row, (list, tuple)) and not _is_pair(row) for row in rows):
        rows = [list(row) for row in rows]
    else:
        rows = [rows]
    if not all(rows):
        raise refusal("panels", allowed, panels)
    return [[_panel(panel, known) for panel in row] for row in rows]


def _is_pair(panel):
    return isinstance(panel, tuple) and len(panel) == 2 and isinstance(panel[1], dict)


def _panel(panel, known):
    """The class of a panel and its further arguments."""
    kind, options = panel if _is_pair(panel) else (panel, {})
    kind = known.get(kind, kind) if isinstance(kind, str) else kind
    if not (isinstance(kind, type) and issubclass(kind, Panel)):
        raise refusal("panels", f"Panel classes or among {', '.join(known)}", kind)
    try:
        inspect.signature(kind).bind(None, None, **options)
    except TypeError:
        names = ", ".join(parameters(kind)[2:]) or "none"
        raise refusal(f"arguments of the panel {kind.__name__}", names, options) from None
    return kind, options
