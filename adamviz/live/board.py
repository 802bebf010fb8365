"""A `Board` holds the widgets of an experiment: where its controls stand, and what a hand moves."""

from dataclasses import dataclass
from functools import partial

import ipywidgets as widgets

from .widgets import look, make, row

__all__ = ["Board"]


@dataclass
class _Link:
    """A widget, its value in an experiment, and what a moved widget changes there."""

    widget: object
    of: object
    changes: object


class Board:
    """The widgets of an experiment.

    They hold no state: `follow` brings them to an experiment, and a widget that a hand moves away
    from it is reported, as arguments for `Experiment.with_`.

    Parameters
    ----------
    experiment : Experiment
        Where all widgets stand at first.
    moved : callable
        Is given a function from the experiment that is shown to the changes by a hand; it asks when
        nothing else is moving.

    Attributes
    ----------
    controls, toggles : dict
        The widgets by the control's name, and by the label of the method that is shown or hidden.
    surface, focus, step, play, start, reset : widgets; `start` is a list of two
    walk : Box
        The row of `play` and `step`.
    """

    def __init__(self, experiment, moved):
        self._moved = moved
        self.controls = {name: make(control) for name, control in experiment.controls.items()}
        self.surface = widgets.Dropdown(
            options=list(experiment.surfaces),
            value=experiment.surface_name,
            description="surface",
            **look(240),
        )
        labels = list(experiment.methods)
        self.toggles = {
            label: widgets.ToggleButton(
                label in experiment.shown,
                description=label,
                tooltip=f"show or hide {label}",
                layout={"width": "auto"},
            )
            for label in labels
        }
        self.focus = widgets.Dropdown(
            options=labels,
            value=experiment.focus,
            description="details of",
            tooltip="the method whose arrows and moments are drawn",
            **look(250),
        )
        step, steps = experiment.step, experiment.steps
        self.step = widgets.IntSlider(step, 0, steps, description="step", **look(600))
        self.play = widgets.Play(value=step, min=0, max=steps, interval=120, show_repeat=False)
        widgets.jslink((self.play, "value"), (self.step, "value"))
        self.walk = row(self.play, self.step)
        self.start = [
            widgets.FloatText(description=f"start x{sub}", step=0.05, **look(150)) for sub in "₁₂"
        ]
        self.reset = widgets.Button(
            description="reset", tooltip="back to the first state", layout={"width": "auto"}
        )
        self._links = list(self._link(experiment))
        for link in self._links:
            link.widget.observe(partial(self._report, link), "value")

    def _link(self, experiment):
        for name, widget in self.controls.items():
            yield _Link(
                widget,
                lambda e, name=name: e.values[name],
                lambda e, value, name=name: {name: value},
            )
        for label, widget in self.toggles.items():
            yield _Link(
                widget,
                lambda e, label=label: label in e.shown,
                lambda e, on, label=label: {"show": {*e.shown} ^ {label}},
            )
        yield _Link(self.surface, lambda e: e.surface_name, lambda e, name: {"surface": name})
        yield _Link(self.focus, lambda e: e.focus, lambda e, label: {"focus": label})
        yield _Link(self.step, lambda e: e.step, lambda e, step: {"step": step})
        if experiment.start is not None:
            for i, box in enumerate(self.start):
                yield _Link(
                    box,
                    lambda e, i=i: round(e.start[i], 4),
                    # The other coordinate is shown rounded, the start is not.
                    lambda e, x, i=i: {"start": [x if j == i else e.start[j] for j in range(2)]},
                )

    def _report(self, link, change):
        """A hand moved a widget, unless it merely follows the experiment."""

        def changes(now):
            value = change["new"]
            return {} if link.of(now) == value else link.changes(now, value)

        self._moved(changes)

    def follow(self, experiment, before=None):
        """Bring the widgets to an experiment: those that it moved since `before`, or all."""
        for name, widget in self.controls.items():
            widget.disabled = experiment.idle(name)
        if self.step.max != experiment.steps:
            self.play.max = self.step.max = experiment.steps
            # Shown anew: in the browser the End key of a slider would still go to its old end.
            children, self.walk.children = self.walk.children, ()
            self.walk.children = children
        self.play.value = experiment.step  # a page that opens later takes the step from here
        for link in self._links:
            if before is None or link.of(before) != link.of(experiment):
                link.widget.value = link.of(experiment)
