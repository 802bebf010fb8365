"""Controls: what can be moved, on which values it stands, and how these are written.

Nothing here knows of widgets: a slider in a notebook, a slider in a page and a batch that walks all
its stops read the same `Control`.
"""

import inspect
from dataclasses import dataclass, fields, replace
from numbers import Real

import numpy as np

from .words import SYMBOLS

__all__ = ["CONTROLS", "Control", "complete", "rates"]


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

    @property
    def kind(self):
        """What it is: "toggle", "menu", "even" (a slider) or "slider" (over a list of values)."""
        if len(self.values) == 2 and all(isinstance(v, bool) for v in self.values):
            return "toggle"
        if isinstance(self.values[0], str):
            return "menu"
        even = isinstance(self.values, tuple) and len(self.values) == 3
        return "even" if even else "slider"

    @property
    def stops(self):
        """All the values that it can stand on, in order."""
        if self.kind == "slider":
            # The first value is a stop of its own slider, so that it is on the grid to the last
            # digit.
            return sorted({*self.values, self.start})
        if self.kind == "even":
            low, high, step = self.values
            return [low + step * k for k in range(round((high - low) / step) + 1)]
        return list(self.values)

    def stop(self, value):
        """The value on which the control stands for `value`; ValueError where there is none."""
        if self.kind == "toggle":
            valid, allowed = isinstance(value, (bool, np.bool_)), "True or False"
        elif self.kind == "menu":
            valid, allowed = value in self.values, f"among {', '.join(self.values)}"
        elif self.kind == "even":
            low, high, _ = self.values
            valid = isinstance(value, Real) and low <= value <= high
            allowed = f"a number from {low:g} to {high:g}"
        else:
            stops = self.stops
            valid, allowed = value in stops, f"a number from {stops[0]} to {stops[-1]}"
            if isinstance(value, Real):
                near = sorted(stops, key=lambda stop: abs(stop - value))[:2]
                allowed = f"a stop of its slider, near by {near}"
        if not valid:
            raise ValueError(f"{self.name} must be {allowed}, not {value!r}")
        if self.kind == "even":
            return float(value)
        return next(stop for stop in self.stops if stop == value)

    def written(self, value):
        """A value as it stands on the control."""
        if self.kind == "toggle":
            return "on" if value else "off"
        if isinstance(value, str):
            return value
        return self.show(value) if self.show else f"{value:.4g}"

    @property
    def short(self):
        """The label for a caption: of a well-known label the symbol alone."""
        base = self.name.rpartition(".")[2]
        known = CONTROLS.get(base)
        return self.label.replace(known.label, SYMBOLS[base]) if base in SYMBOLS else self.label


_DECAYS = [0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999]
_TENTHS = [round(0.1 * i, 1) for i in range(10)]

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
        Control("initial_accumulator", "initial S₀", [0.0, *rates(1e-3, 10, 5)]),
        Control("bias_correction", "bias correction", [False, True]),
        Control("centered", "centered", [False, True]),
        Control("average", "as moving average", [False, True]),
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


def complete(controls, methods, functions):
    """Controls by name, with all that they leave open filled in: label, values, and the first.

    `methods` are optimizers and functions by label, `functions` make surfaces and a schedule.
    """
    made = {}
    for given in controls:
        if not isinstance(given, Control):
            base = given.rpartition(".")[2] if isinstance(given, str) else None
            if base not in CONTROLS:
                raise ValueError(f"controls must be among {', '.join(CONTROLS)}, not {given!r}")
            owned = [replace(CONTROLS[base], name=name) for name in _owned(given, methods)]
        else:
            owned = [given]
        for control in owned:
            if control.name in made:
                raise ValueError(f"controls: two are called {control.name!r}")
            made[control.name] = _filled(control, methods, functions)
    return made


def _owned(name, methods):
    """The control that a name stands for; one for each method where they begin differently."""
    firsts = {
        label: getattr(method, name) for label, method in methods.items() if _is_field(method, name)
    }
    if len({*firsts.values()}) < 2:
        return [name]
    return [f"{k}.{name}" for k, m in methods.items() if k in firsts or name in _defaults(m)]


def _filled(control, methods, functions):
    owner, _, base = control.name.rpartition(".")
    if owner and owner not in methods:
        labels = ", ".join(methods)
        raise ValueError(f"controls must belong to one of {labels}, not {control.name!r}")
    known = CONTROLS.get(base, Control(base, base))
    values = control.values if len(control.values) else known.values
    if not len(values):
        raise ValueError(f"values of the control {control.name!r} must not be empty")
    label = control.label or known.label
    if owner and not label.startswith(owner):
        label = f"{owner}: {label}"
    first = control.start
    if first is None:
        first = _first(owner, base, methods, functions)
        # The default of a function may be nothing that a menu or a tick can show.
        listed = Control(control.name, label, values, values[0]).kind in ("menu", "toggle")
        first = values[0] if first is None or (listed and first not in values) else first
    return Control(control.name, label, values, first, control.show or known.show)


def _first(owner, name, methods, functions):
    """The value with which a method, or else a surface, begins; None where none says."""
    asked = [method for label, method in methods.items() if owner in ("", label)]
    for method in asked:
        if _is_field(method, name):
            return getattr(method, name)
    for function in [*asked, *functions]:
        default = _defaults(function).get(name, inspect.Parameter.empty)
        if default is not inspect.Parameter.empty:
            return default
    return None


def _is_field(method, name):
    return hasattr(method, "__dataclass_fields__") and name in {f.name for f in fields(method)}


def _defaults(function):
    """The defaults of a function's parameters; of what is no function, none."""
    if hasattr(function, "__dataclass_fields__"):
        return {}
    return {name: p.default for name, p in inspect.signature(function).parameters.items()}
