"""Controls: what can be moved, on which values it stands, and how these are written.

Nothing here knows of widgets: a slider in a notebook, a slider in a page and a batch that walks all
its stops read the same `Control`.
"""

import inspect
import math
from dataclasses import dataclass, fields, replace
from functools import cached_property
from numbers import Integral

import numpy as np

from .arguments import parameters
from .checks import check, listed, one_line, refusal
from .optimizers import Optimizer
from .words import SYMBOLS

__all__ = ["CONTROLS", "Control", "complete", "rates"]

# What `Experiment.with_` moves without any control.
TAKEN = ("start", "step", "surface", "show", "focus")

MOST = 10_000  # stops of an even slider, more than a hand can tell apart


def rates(low, high, per_decade=20):
    """Round numbers from `low` to `high`, evenly spaced on a logarithmic scale.

    The preferred numbers of ISO 3, by default twenty to the decade: 1, 1.12, 1.25, 1.4, … A slider
    on them stands on values that can be read aloud, and a value survives the way through the
    browser to the last digit.
    """
    low = check("low", low, lambda v: v > 0, "a finite number > 0")
    high = check("high", high, lambda v: v > low, f"a finite number > low, which is {low:g}")
    if not isinstance(per_decade, Integral) or per_decade not in (5, 10, 20):
        raise refusal("per_decade", "5, 10 or 20", per_decade)
    digits = (1, 1.12, 1.25, 1.4, 1.6, 1.8, 2, 2.24, 2.5, 2.8)
    digits += (3.15, 3.55, 4, 4.5, 5, 5.6, 6.3, 7.1, 8, 9)
    decades = range(int(np.floor(np.log10(low))) - 1, int(np.ceil(np.log10(high))) + 1)
    # Through text, so that the number is the one a reader would type.
    values = [float(f"{d}e{k}") for k in decades for d in digits[:: 20 // per_decade]]
    within = (v for v in values if low * (1 - 1e-9) <= v <= high * (1 + 1e-9) and v < np.inf)
    return list(dict.fromkeys(within))  # the least floats of all have few digits


@dataclass(frozen=True)
class Control:
    """A slider, a toggle or a menu.

    Parameters
    ----------
    name : str
        The hyperparameter, surface parameter or argument it sets; `"Adam.lr"` sets the `lr` of the
        method labelled Adam alone. Not start, step, surface, show or focus: these move anyway.
    label : str
        What stands beside it, a line in Unicode.
    values : list, tuple, range or array, or `(low, high, step)` as a tuple
        True and False make a toggle, strings a menu, finite numbers a slider over these numbers,
        and a tuple of three numbers an even slider; if all three are whole, so are its stops.
    start : optional
        The value at first; by default that of the method or surface, else the first of the values.
        A slider over numbers gets it as a stop, any other control must be able to stand on it.
    show : callable, optional
        How a value is written on the slider.

    Raises
    ------
    ValueError
        If it could not stand in a figure.
    """

    name: str
    label: str = ""
    values: object = ()
    start: object = None
    show: object = None

    def __post_init__(self):
        owner, dot, base = one_line("name", self.name).rpartition(".")
        if self.name in TAKEN or not base or (dot and not owner):
            raise refusal("name", f"a name, and none of {', '.join(TAKEN)}", self.name)
        if not isinstance(self.label, str) or self.label:
            one_line(f"label of the control {self.name!r}", self.label)
        if self.show is not None and not callable(self.show):
            raise refusal(f"show of the control {self.name!r}", "a function of a value", self.show)
        object.__setattr__(self, "values", _stood_on(self.name, self.values))
        if self.start is not None and len(self.values):
            object.__setattr__(self, "start", self._first())

    def _first(self):
        """The start, if the control can stand there."""
        if self.kind == "slider":
            return _number(f"start of the control {self.name!r}", self.start)
        return self.stop(self.start)

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
        return list(self._stops)

    @cached_property
    def _stops(self):  # asked for at every move
        if self.kind == "slider":
            # The first value is a stop of its own slider, so that it is on the grid to the last
            # digit.
            return sorted({*self.values} | ({self.start} - {None}))
        if self.kind == "even":
            low, high, step = self.values
            # Rounding makes 0.3 / 0.1 less than 3, and 3 × 0.1 more than 0.3.
            count = int((high - low) / step * (1 + 1e-12)) + 1
            return [min(low + step * k, high) for k in range(count)]
        return list(self.values)

    def stop(self, value):
        """The value on which the control stands for `value`; ValueError where there is none."""
        if self.kind == "toggle":
            if not isinstance(value, (bool, np.bool_)):
                raise refusal(self.name, "True or False", value)
            return bool(value)
        if self.kind == "menu":
            if not isinstance(value, str) or value not in self.values:
                raise refusal(self.name, f"among {', '.join(self.values)}", value)
            return str(value)
        if self.kind == "even":
            low, high, _ = self.values
            whole = all(isinstance(v, int) for v in self.values)
            allowed = f"a {'whole ' * whole}number from {low:g} to {high:g}"
            number = check(
                self.name, value, lambda v: low <= v <= high and not (whole and v % 1), allowed
            )
            return int(number) if whole else number
        stops = self._stops
        number = check(self.name, value, np.isfinite, f"a number from {stops[0]} to {stops[-1]}")
        if number not in stops:
            near = sorted(stops, key=lambda stop: abs(stop - number))[:2]
            raise refusal(self.name, f"a stop of its slider, near by {near}", value)
        return next(stop for stop in stops if stop == number)

    def written(self, value):
        """A value as it stands on the control."""
        if self.kind == "toggle":
            return "on" if value else "off"
        if isinstance(value, str):
            return value
        return str(self.show(value)) if self.show else f"{value:.4g}"

    @property
    def short(self):
        """The label for a caption: of a well-known label the symbol alone."""
        base = self.name.rpartition(".")[2]
        known = CONTROLS.get(base)
        return self.label.replace(known.label, SYMBOLS[base]) if base in SYMBOLS else self.label


def _stood_on(name, values):
    """The values of a control as a list, or as a tuple where it is an even slider."""
    name = f"values of the control {name!r}"
    given = values.tolist() if isinstance(values, np.ndarray) else values
    given = list(given) if isinstance(given, range) else given
    if not isinstance(given, (list, tuple)):
        raise refusal(name, "a list", values)
    if not given:
        return ()  # those that are usual for its name
    if all(isinstance(v, (bool, np.bool_)) for v in given):
        if sorted(given) != [False, True]:
            raise refusal(name, "False and True, where they are no numbers", values)
        return [bool(v) for v in given]
    if all(isinstance(v, str) for v in given):
        if len({*given}) < len(given):
            raise refusal(name, "texts that differ", values)
        return [one_line(name, v) for v in given]
    try:
        found = [_number(name, v) for v in given]
    except ValueError:
        kinds = "False and True, or texts, or finite numbers"
        raise refusal(name, kinds, values) from None
    if not isinstance(given, tuple) or len(found) != 3:
        return found
    low, high, step = found
    if not (low < high and 0 < step <= high - low and (high - low) / step < MOST):
        allowed = f"(low, high, step) with low < high and fewer than {MOST:,} steps, or a list"
        raise refusal(name, allowed, values)
    return low, high, step


def _number(name, value):
    """A finite number as Python's own: a whole one stays whole."""
    if type(value) is float and math.isfinite(value):  # nearly always, and a hundred a slider
        return value
    number = check(name, value, np.isfinite, "a finite number")
    return int(value) if isinstance(value, Integral) else number


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

    `methods` are optimizers and functions by label, `functions` make surfaces and a schedule. A
    name that none of them takes is refused; a whole Control may be for a panel or a readout alone.
    """
    made = {}
    for given in listed("controls", controls, "a list of names and of Controls"):
        if not isinstance(given, Control):
            base = given.rpartition(".")[2] if isinstance(given, str) else None
            if base not in CONTROLS:
                raise refusal("controls", f"among {', '.join(CONTROLS)}, or Controls", given)
            owned = [replace(CONTROLS[base], name=name) for name in _owned(given, methods)]
        else:
            owned = [given]
        for control in owned:
            if control.name in made:
                raise ValueError(f"controls must differ, but two are called {control.name!r}")
            made[control.name] = _filled(control, methods, functions)
            if isinstance(given, str) or "." in control.name:
                _sets(control.name, methods, functions)
    return made


def _sets(name, methods, functions):
    """Refuse the name of a control that would set nothing."""
    owner, dot, _ = name.rpartition(".")
    taking = [methods[owner]] if owner else [*methods.values(), *functions]
    names = dict.fromkeys(owner + dot + taken for one in taking for taken in parameters(one))
    if name not in names:
        who = f"{owner!r} takes" if owner else "methods, surfaces and schedule take"
        allowed = f"among what {who} ({', '.join(names) or 'nothing'})"
        allowed += "" if owner else ", or a Control for a panel"
        raise refusal("controls", allowed, name)


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
        raise refusal(f"values of the control {control.name!r}", "given: none are usual", values)
    label = control.label or known.label
    if owner and not label.startswith(owner):
        label = f"{owner}: {label}"
    made = Control(control.name, label, values, control.start, control.show or known.show)
    if made.start is not None:
        return made
    start = _first(owner, base, methods, functions)
    if made.kind in ("menu", "toggle"):
        try:
            made.stop(start)
        except ValueError:  # the default of a function may be nothing that it can show
            start = None
    return replace(made, start=made.values[0] if start is None else start)


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
    return isinstance(method, Optimizer) and name in {f.name for f in fields(method)}


def _defaults(function):
    """The defaults of a function's parameters; of what is no function, none."""
    if isinstance(function, Optimizer):
        return {}
    return {name: p.default for name, p in inspect.signature(function).parameters.items()}
