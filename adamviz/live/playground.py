"""The playground: sliders over a `Repertoire`, goals to reach, and files for slides."""

import html
import re

import ipywidgets as widgets
import numpy as np

from ..drawing.export import animation, link, still
from .figure import Figure
from .repertoire import FIRST, METHODS, NO_GOAL, Repertoire
from .widgets import row

__all__ = ["METHODS", "Playground"]

_WIDTHS = {"goal": 210, "steps": 210, "target": 160, "panel": 180, "lock": 230}
_WIDTHS |= {"kappa": 190, "angle": 200, "sigma": 210, "seed": 160}


class Playground(Figure):
    """Every surface, every method and every hyperparameter in one figure.

    Parameters
    ----------
    methods, surface, show, start, step, focus, settings
        What is shown at first: see `Repertoire`. Settings are where the sliders and menus kappa,
        angle, sigma, seed, steps, lock, panel, target and goal stand. With `lock`, a learning rate
        that is moved by hand moves all others by the same factor, each to the nearest stop.
    size : "screen" or "projector", optional
        As in `Explorer`.
    """

    def __init__(
        self,
        methods=FIRST,
        surface="canyon",
        *,
        show=None,
        start=None,
        step=None,
        focus=None,
        size=None,
        **settings,
    ):
        place = {"show": show, "start": start, "step": step, "focus": focus}
        super().__init__(
            Repertoire(methods, surface, **place, **settings),
            lambda experiment: [("landscape", experiment.values["panel"])],
            size,
            self._follow_hand,
        )
        self._lock_of_rates = _Lock()
        self._files = Files(self)
        self._rates, self._rest = row(), row()
        self._card = widgets.HTML(layout={"width": "830px"})
        self._line = widgets.Textarea(
            description="code",
            tooltip="this state as a line of code: copy it into a cell",
            rows=2,
            layout={"width": "830px"},
            style={"description_width": "initial"},
        )
        self.shown.append(self._beside)
        board = self.board
        controls = board.controls
        for name, widget in controls.items():
            widget.layout.width = f"{264 if '.' in name else _WIDTHS[name]}px"
        board.focus.layout.width, board.surface.layout.width = "230px", "210px"
        landscape = [controls[name] for name in ("kappa", "angle", "sigma", "seed")]
        settings = [controls[name] for name in ("goal", "steps", "target", "seed", "lock")]
        self.place(
            [
                row(controls["goal"], board.surface, controls["steps"], controls["target"]),
                self._card,
                row(*landscape),
                row(*board.toggles.values(), controls["lock"]),
                self._rates,
                self._rest,
                self.screen.image,
                board.walk,
                row(*board.start, board.reset, self.present, controls["panel"]),
                self.words,
                self._line,
                self._files.row,
            ],
            aside=[*settings, self._card, self._rest, *board.start, self._line],
        )

    @property
    def surface_name(self):
        """The name of the surface in the menu."""
        return self.experiment.surface_name

    @property
    def code(self):
        """A line that makes this state again; it needs `Playground` and `optimizers` imported."""
        return self.experiment.code(self.screen.size)

    def check(self):
        """Whether the chosen goal is reached, and why: `"not yet: …"` or `"reached: …"`."""
        return self.experiment.check()

    def begin(self, goal):
        """Go to where a goal begins."""
        self.show(self.experiment.begun(goal))

    def _follow_hand(self, experiment, moved):
        """The experiment that a hand means: what moves along with what it moved."""
        ((name, value),) = moved.items() if len(moved) == 1 else ((None, None),)
        if name == "focus" and value not in experiment.shown:
            moved = moved | {"show": [*experiment.shown, value]}
        elif name == "show" and value and experiment.focus not in value:
            moved = moved | {"focus": [k for k in experiment.methods if k in value][-1]}
        elif name == "goal" and value != NO_GOAL:
            return experiment.begun(value)
        elif name == "lock":
            self._lock_of_rates.ratios = None
        elif name and name.endswith(".lr") and experiment.values["lock"]:
            moved = self._lock_of_rates.follow(experiment, name, value)
        return experiment.with_(**moved)

    def _beside(self, scene):
        """Bring all that stands beside the picture to what it shows."""
        now, controls, face = self.experiment, self.board.controls, self.twins.face
        controls["seed"].disabled = not now.values["sigma"]
        # Moved in and out of the page; the same children again are no message to the browser.
        self._rates.children = [face(controls[f"{label}.lr"]) for label in scene.paths]
        own = [name for name in controls if name.rpartition(".")[0] == now.focus]
        rest = [face(controls[name]) for name in own if name != f"{now.focus}.lr"]
        self._rest.children = [self.board.focus, *rest]
        self._line.value, self._card.value = self.code, _card(now)
        self._files.forget()


class _Lock:
    """All learning rates keep their ratios.

    Remembered are the ratios at first, so that a rate that met its end comes back to its place.
    """

    ratios = None

    def follow(self, experiment, name, value):
        """The changes of all rates, each to its nearest stop, when one is moved."""
        rates = {k: v for k, v in experiment.values.items() if k.endswith(".lr")}
        self.ratios = self.ratios or rates
        moved = {name: value}
        for other in rates.keys() - {name}:
            stops = np.array(experiment.stops(other))
            with np.errstate(all="ignore"):  # a rate may be 0
                wanted = self.ratios[other] * np.divide(value, self.ratios[name])
                distance = np.abs(np.log(stops) - np.log(wanted))
            nearest = int(np.nanargmin(np.nan_to_num(distance, nan=0.0)))
            moved[other] = experiment.stops(other)[nearest]
        return moved


class Files:
    """Buttons that make a file of what a figure shows: a still, or the walk."""

    FRAMES = 60  # pictures of an animation, at most

    def __init__(self, figure):
        self.figure, buttons = figure, []
        for kind, tip in (
            ("png", "a still with twice the pixels"),
            ("svg", "a still that can be enlarged without end"),
            ("gif", f"the walk, in at most {self.FRAMES} pictures"),
        ):
            button = widgets.Button(description=kind.upper(), tooltip=tip, layout={"width": "auto"})
            button.on_click(lambda _, kind=kind: self.make(kind))
            buttons.append(button)
        self.saved = widgets.HTML()
        self.progress = widgets.IntProgress(layout={"width": "200px", "display": "none"})
        self.row = row(widgets.Label("make a file:"), *buttons, self.progress, self.saved)

    def make(self, kind):
        """Make a file, and offer it."""
        experiment, screen = self.figure.experiment, self.figure.screen
        name = re.sub(r"[^a-z0-9]+", "-", experiment.surface_name.lower()).strip("-")
        name = f"adamviz-{name}.{kind}"
        try:
            what = screen.rows(experiment), experiment.scene(), screen.size
            if kind == "gif":
                self.progress.layout.display = ""
                data = animation(*what, frames=self.FRAMES, progress=self._show_progress)
                count = experiment.steps + 1
                note = f": {min(self.FRAMES, count)} of {count} iterates"
            else:
                data, note = still(*what, kind), ""
            self.saved.value = link(data, name) + note
        except Exception as error:
            self.saved.value = html.escape(f"{name} failed: {type(error).__name__}: {error}")
        self.progress.layout.display = "none"

    def forget(self):
        """A file of a state that is gone is not offered."""
        self.saved.value = ""

    def _show_progress(self, done, all):
        self.progress.max, self.progress.value = all, done


def _card(experiment):
    """The goal that is chosen, and whether it is reached, as HTML."""
    if experiment.goal is None:
        return ""
    verdict = html.escape(experiment.check())
    reached = verdict.startswith("reached")
    # On a ground of its own, so that it can be read in a dark theme, too.
    look = "color:#00701a;background:#eaf5ec" if reached else "color:#8a4b00;background:#fdf3e4"
    return (
        f'<div role="status" style="line-height:1.35">{html.escape(experiment.goal.task)}'
        f'<br><b style="{look};padding:0 4px">{verdict}</b></div>'
    )
