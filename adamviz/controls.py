"""Controls: which sliders there are, on which values they stand, and how values are written."""

from dataclasses import dataclass, fields
from numbers import Real

import ipywidgets as widgets
import numpy as np

__all__ = [
    "CONTROLS",
    "Control",
    "check_stop",
    "hyperparameters",
    "look",
    "make_widget",
    "number",
    "plain",
    "rates",
    "short",
    "written",
]


def rates(low, high, per_decade=20):
    """Round numbers from `low` to `high`, evenly spaced on a logarithmic scale.

    The preferred numbers of ISO 3, by default twenty to the decade: 1, 1.12, 1.25, 1.4, … A slider
    on them stands on values that can be read aloud, and a value survives the way through the
    browser to the last digit.
    """
    if not 0 < low < high < np.inf:
        raise ValueError(f"low and high must be 0 < low < high, not {low!r}, {high!r}")
    if per_decade not in (5, 10, 20):
        raise ValueError(f"per_decade must be 5, 10 or 20, not {per_decade!r}")
    digits = (1, 1.12, 1.25, 1.4, 1.6, 1.8, 2, 2.24, 2.5, 2.8)
    digits += (3.15, 3.55, 4, 4.5, 5, 5.6, 6.3, 7.1, 8, 9)
    decades = range(int(np.floor(np.log10(low))) - 1, int(np.ceil(np.log10(high))) + 1)
    # Through text, so that the number is the one a reader would type.
    values = [float(f"{d}e{k}") for k in decades for d in digits[:: 20 // per_decade]]
    return [v for v in values if low * (1 - 1e-9) <= v <= high * (1 + 1e-9)]


_DECAYS = [0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999]
_TENTHS = [round(0.1 * i, 1) for i in range(10)]


@dataclass(frozen=True)
class Control:
    """A slider, a toggle or a menu.

    Parameters
    ----------
    name : str
        The hyperparameter, surface parameter or argument it sets; `"Adam.lr"` sets the `lr` of the
        method labelled Adam alone.
    label : str
        What stands beside it, in Unicode.
    values : sequence, or `(low, high, step)` as a tuple
        Two booleans make a toggle, strings a menu, a list of numbers a slider over these numbers,
        and a tuple of three numbers an even slider.
    start : optional
        The value at first; by default that of the method or surface, else the first of the values.
    show : callable, optional
        How a value is written on the slider.
    """

    name: str
    label: str = ""
    values: object = ()
    start: object = None
    show: object = None


CONTROLS = {
    control.name: control
    for control in (
        Control("lr", "learning rate α", rates(1e-4, 2)),
        Control("momentum", "momentum μ", [*_TENTHS, 0.95, 0.98, 0.99, 0.995]),
        Control("beta1", "β₁", [*_TENTHS, 0.95, 0.98, 0.99]),
        Control("beta2", "β₂", [*_DECAYS, 0.9999]),
        Control("rho", "ρ", _DECAYS),
        Control("eps", "ε", rates(1e-10, 1, 5)),
        Control("weight_decay", "weight decay λ", [0.0, *rates(1e-4, 1, 10)]),
        Control("momentum_decay", "momentum decay ψ", [0.0, *rates(1e-3, 1, 10)]),
        Control("bias_correction", "bias correction", [False, True]),
        Control("kappa", "condition number κ", rates(1, 1000, 10)),
        Control(
            "angle",
            "rotation",
            [float(np.radians(d)) for d in range(0, 91, 5)],
            show=lambda a: f"{np.degrees(a):.0f}°",
        ),
        Control("sigma", "gradient noise σ", [0.0, *rates(0.01, 10, 10)]),
        Control("seed", "seed", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    )
}

_SYMBOLS = {
    "lr": "α",
    "momentum": "μ",
    "rho": "ρ",
    "beta1": "β₁",
    "beta2": "β₂",
    "eps": "ε",
    "weight_decay": "λ",
    "momentum_decay": "ψ",
    "initial_accumulator": "S₀",
}


def row(*children):
    """Widgets side by side, in as many lines as they need."""
    # The padding keeps the first letter of a label from being cut off.
    layout = {"flex_flow": "row wrap", "align_items": "center", "padding": "0 0 0 4px"}
    return widgets.Box(children, layout=layout | {"grid_gap": "0 6px"})


def look(width):
    return {"layout": {"width": f"{width}px"}, "style": {"description_width": "initial"}}


def make_widget(control):
    values, start = control.values, control.start
    shared = look(405) | {"description": control.label}
    if len(values) == 2 and all(isinstance(v, bool) for v in values):
        return widgets.Checkbox(bool(start), indent=False, **shared)
    if isinstance(values[0], str):
        return widgets.Dropdown(options=list(values), value=start, **shared)
    if isinstance(values, tuple) and len(values) == 3:
        low, high, step = values
        return widgets.FloatSlider(start, min=low, max=high, step=step, **shared)
    # The first value is a stop of its own slider, so that it is on the grid to the last digit.
    stops = sorted({*values, start})
    show = control.show or (lambda v: f"{v:.4g}")
    return widgets.SelectionSlider(options=[(show(v), v) for v in stops], value=start, **shared)


def plain(widget):
    """A twin of a control whose name and state a screen reader can read, or the control itself.

    ipywidgets gives the handle of a slider and the icons of `Play` no name, and does not say
    whether a toggle button is pressed. A menu, a box and a tick are the browser's own, and have
    all of that.
    """
    shared = {"description": getattr(widget, "description", ""), "layout": widget.layout}
    shared["style"] = {"description_width": "initial"}
    if isinstance(widget, widgets.SelectionSlider):
        twin = widgets.Dropdown(options=widget.options, index=widget.index, **shared)
        linked = {"index": "index", "disabled": "disabled"}
    elif isinstance(widget, (widgets.IntSlider, widgets.FloatSlider)):
        whole = isinstance(widget, widgets.IntSlider)
        box = widgets.BoundedIntText if whole else widgets.BoundedFloatText
        twin = box(widget.value, min=widget.min, max=widget.max, step=widget.step, **shared)
        linked = {"max": "max", "value": "value", "disabled": "disabled"}
    elif isinstance(widget, widgets.ToggleButton):
        twin = widgets.Checkbox(widget.value, indent=False, **shared)
        linked = {"value": "value", "disabled": "disabled"}
    elif isinstance(widget, widgets.Play):
        twin = widgets.Checkbox(widget.playing, description="play", indent=False)
        linked = {"playing": "value"}
    else:
        return widget
    for own, its in linked.items():
        widgets.link((widget, own), (twin, its))
    if isinstance(widget, widgets.Play):  # it keeps the time only while it is in the page
        twin = widgets.Box([twin, widgets.Box([widget], layout={"display": "none"})])
    return twin


def check_stop(name, widget, value):
    """Whether a control can stand on a value: nothing is moved before all can."""
    valid, allowed = True, ""
    if isinstance(widget, widgets.SelectionSlider):
        stops = [stop for _, stop in widget.options]
        valid, allowed = value in stops, f"a number from {stops[0]} to {stops[-1]}"
        if isinstance(value, Real):
            near = sorted(stops, key=lambda stop: abs(stop - value))[:2]
            allowed = f"a stop of its slider, near by {near}"
    elif isinstance(widget, widgets.Dropdown):
        valid, allowed = value in widget.options, f"among {', '.join(widget.options)}"
    elif isinstance(widget, widgets.Checkbox):
        valid, allowed = isinstance(value, (bool, np.bool_)), "True or False"
    elif isinstance(widget, widgets.FloatSlider):
        valid = isinstance(value, Real) and widget.min <= value <= widget.max
        allowed = f"a number from {widget.min:g} to {widget.max:g}"
    if not valid:
        raise ValueError(f"{name} must be {allowed}, not {value!r}")


def written(widget):
    """A control's value as it stands on the control."""
    if isinstance(widget, widgets.SelectionSlider):
        return widget.options[widget.index][0]  # its label is empty until it has moved once
    if isinstance(widget.value, bool):
        return "on" if widget.value else "off"
    return str(widget.value) if isinstance(widget.value, str) else f"{widget.value:.4g}"


def short(name, label):
    """A control's label for a caption: of a well-known label the symbol alone."""
    base = name.rpartition(".")[2]
    known = CONTROLS.get(base)
    return label.replace(known.label, _SYMBOLS[base]) if known and base in _SYMBOLS else label


def number(value, digits=3):
    """A number in a readout: few digits, so that every numpy agrees on them."""
    if abs(value) < 1e-12:
        return "0" if value == 0 else "< 1e-12"
    return f"{value:.{digits}g}"


def hyperparameters(optimizer):
    parts = []
    for field in fields(optimizer):
        value = getattr(optimizer, field.name)
        if field.name == "lr" or value != field.default:
            name = _SYMBOLS.get(field.name, field.name.replace("_", " "))
            if isinstance(value, bool):
                parts.append(name if value else f"no {name}")
            else:
                parts.append(f"{name} = {value:.4g}")
    return ", ".join(parts)
