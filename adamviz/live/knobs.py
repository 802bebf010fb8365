"""Knobs: what a hand can move in a figure, and what it means for the experiment.

A page knows no values, only numbers: on which of its stops a control stands, whether a button is
pressed. A knob says what the number is for an experiment, and what a number moved by hand changes
there, as arguments for `Experiment.with_`.
"""

from dataclasses import dataclass

import numpy as np

from ..arguments import among
from ..checks import refusal, whole

__all__ = ["Knob", "knobs", "meant", "standing"]


@dataclass(frozen=True)
class Knob:
    """What a hand can move.

    Attributes
    ----------
    item : dict
        How the page shows it: its kind and label, and the texts of its stops.
    of : function from an experiment to the number at which it stands
    changes : function from an experiment and a number to arguments for `with_`
    count : function from an experiment to how many stops it has, or None
        The numbers of its stops are the whole ones below; None where a number is something else.
        Of stops the page may ask in advance what they would show.
    """

    item: dict
    of: object
    changes: object
    count: object = None


def knobs(experiment):
    """All knobs of an experiment: a dict from key to Knob."""
    found = {name: _control(name, control) for name, control in experiment.controls.items()}
    found["surface"] = _menu("surface", list(experiment.surfaces), lambda e: e.surface_name, 240)
    found["focus"] = _menu("focus", list(experiment.methods), lambda e: e.focus, 250)
    tip = "the method whose arrows and moments are drawn"
    found["focus"].item.update(label="the method in detail", tip=tip)
    for label in experiment.methods:
        found[f"show:{label}"] = _shown(label)
    found["step"] = Knob(
        {"kind": "slider", "label": "step", "width": 540},
        lambda e: e.step,
        lambda e, step: {"step": step},
        lambda e: e.steps + 1,
    )
    if experiment.start is not None:
        found["start"] = Knob(
            {"kind": "start", "labels": ["start x₁", "start x₂"]}, lambda e: repr(e.start), _start
        )
    return found


def standing(experiment):
    """What else a page needs to know to show the knobs of an experiment, as a dict."""
    values, controls = experiment.values, experiment.controls.items()
    return {
        "steps": experiment.steps,
        "start": [round(x, 4) for x in experiment.start or ()],
        # Of an even slider that stands between two of its stops.
        "texts": {n: c.written(values[n]) for n, c in controls if values[n] not in c.stops},
        "idle": [name for name in experiment.controls if experiment.idle(name)],
    }


def meant(knobs, experiment, changes):
    """What changes of numbers by key mean: arguments for `Experiment.with_`.

    Raises
    ------
    ValueError
        For a key that no knob has, and a number that is none of its stops.
    """
    found = {}
    for key, number in changes.items():
        among("a control", [key], knobs)
        knob = knobs[key]
        if knob.count is not None:
            number = whole(key, number, 0, knob.count(experiment) - 1)
        moved = knob.changes(experiment, number)
        experiment, found = experiment.with_(**moved), found | moved
    return found


def _start(experiment, at):
    """The start with one coordinate or both typed anew; None leaves one as it is."""
    if not isinstance(at, (list, tuple)) or len(at) != 2:
        raise refusal("start", "two numbers, or null for one that stays", at)
    # The other coordinate is shown rounded, the start is not.
    at = [now if x is None else x for x, now in zip(at, experiment.start, strict=True)]
    return {"start": at}


def _control(name, control):
    # A tick is 1 when it is on, in whatever order its values were given.
    stops = sorted(control.stops) if control.kind == "toggle" else control.stops
    places = {stop: place for place, stop in enumerate(stops)}

    def of(experiment):
        value = experiment.values[name]
        # An even slider may stand between two of its stops.
        if value in places:
            return places[value]
        return float(np.interp(value, stops, range(len(stops))))

    item = {"kind": _KINDS[control.kind], "label": control.label, "width": 405}
    if control.kind != "toggle":
        item["texts"] = [control.written(stop) for stop in stops]
    return Knob(item, of, lambda e, place: {name: stops[place]}, lambda e: len(stops))


_KINDS = {"slider": "slider", "even": "slider", "menu": "menu", "toggle": "tick"}


def _menu(name, options, of, width):
    item = {"kind": "menu", "label": name, "texts": options, "width": width}
    return Knob(
        item,
        lambda e: options.index(of(e)),
        lambda e, place: {name: options[place]},
        lambda e: len(options),
    )


def _shown(label):
    return Knob(
        {"kind": "toggle", "label": label, "tip": f"show or hide {label}"},
        lambda e: int(label in e.shown),
        lambda e, on: {"show": {*e.shown} - {label} | ({label} if on else set())},
        lambda e: 2,
    )
