"""The playground: sliders over a `Repertoire`, goals to reach, and files for slides."""

import html
import re

import numpy as np

from ..drawing.export import animation, link, still
from .figure import Figure
from .repertoire import FIRST, METHODS, NO_GOAL, Repertoire
from .rows import method_row

__all__ = ["METHODS", "Playground"]

_PROBLEM = ["kappa", "angle", "sigma", "seed"]  # what makes a surface harder

_WIDTHS = {"goal": 210, "surface": 210, "steps": 210, "target": 160, "panel": 180, "lock": 230}
_WIDTHS |= {"kappa": 190, "angle": 200, "sigma": 210, "seed": 160}


class Playground(Figure):
    """Every surface, every method and every hyperparameter in one figure.

    Parameters
    ----------
    methods, surface, show, start, step, focus, secret, settings
        What is shown at first: see `Repertoire`. Settings are where the sliders and menus kappa,
        angle, sigma, seed, steps, lock, panel, target and goal stand. With `lock`, a learning rate
        that is moved by hand moves all others by the same factor, each to the nearest stop.
    size : "screen" or "projector", optional
    pairs : sequence of pairs of controls' names, or of three and more
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
        secret=False,
        size=None,
        pairs=(),
        **settings,
    ):
        place = {"show": show, "start": start, "step": step, "focus": focus, "secret": secret}
        super().__init__(
            Repertoire(methods, surface, **place, **settings),
            lambda experiment: [("landscape", experiment.values["panel"])],
            size,
            self._follow_hand,
            pairs,
        )
        self._lock_of_rates = _Lock()
        self._files = Files(self)
        for name, width in _WIDTHS.items():
            self.items[name]["width"] = width
        self.items["@card"] = {"kind": "html"}
        self.items["@code"] = {
            "kind": "text",
            "label": "code",
            "tip": "this state as a line of code: copy it into a cell",
        }
        self.shown.append(self._beside)
        settings = ["goal", "steps", "target", "seed", "lock"]
        rest = [n for n in self.experiment.controls if "." in n and not n.endswith(".lr")]
        self.place(self._rows_for, aside=[*settings, *rest, "@card", "start", "@code"])

    def _rows_for(self, experiment):
        """A row for each method that is shown, with all controls of the focus; then the others."""
        others = [label for label in experiment.methods if label not in experiment.shown]
        return [
            _fold("problem", ["goal", "surface", "steps", "target"], _PROBLEM),
            ["@card"],
            *(self._row(experiment, label) for label in experiment.shown),
            _fold("more methods", [f"show:{label}" for label in others], ["lock"], aside=True),
            "@picture",
            ["@play", "step", "@reset", "present", "@full", "start", "panel"],
            "@words",
            _fold("code and files", ["@code"], self._files.keys, aside=True),
        ]

    def _row(self, experiment, label):
        own = [f"{label}.lr"] if label != experiment.focus else None
        return method_row(experiment, label, own)

    @property
    def surface_name(self):
        """The name of the surface in the menu."""
        return self.experiment.surface_name

    @property
    def code(self):
        """A line that makes this state again; it needs `Playground` and `optimizers` imported."""
        return self.beside(self.experiment)["@code"]

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

    def beside(self, experiment):
        size = "projector" if self.present else "screen"
        return {"@code": experiment.code(size), "@card": _card(experiment)}

    def _beside(self, scene):
        """Bring all that stands beside the picture to what it shows."""
        self.extra |= self.beside(self.experiment)
        self._files.forget()


def _fold(name, *rows, aside=False):
    return {"fold": name, "rows": [*rows], "aside": aside}


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
    """Buttons that make a file of what a figure shows: a still, or the walk.

    Attributes
    ----------
    keys : list
        Of the items, for a row of the figure.
    """

    FRAMES = 60  # pictures of an animation, at most
    TIPS = {
        "png": "a still with twice the pixels",
        "svg": "a still that can be enlarged without end",
        "gif": f"the walk, in at most {FRAMES} pictures",
    }

    def __init__(self, figure):
        self.figure, self.keys = figure, ["@files"]
        figure.items["@files"] = {"kind": "html"}
        figure.extra["@files"] = "make a file:"
        for kind, tip in self.TIPS.items():
            figure.items[f"@{kind}"] = {"kind": "button", "label": kind.upper(), "tip": tip}
            figure.buttons[f"@{kind}"] = lambda kind=kind: self.make(kind)
            self.keys.append(f"@{kind}")
        figure.items["@making"] = {"kind": "bar", "label": "made so far", "shy": True, "width": 200}
        figure.items["@saved"] = {"kind": "html"}
        self.keys += ["@making", "@saved"]

    def make(self, kind):
        """Make a file, and offer it."""
        experiment, screen = self.figure.experiment, self.figure.screen
        name = re.sub(r"[^a-z0-9]+", "-", experiment.surface_name.lower()).strip("-")
        name = f"adamviz-{name}.{kind}"
        try:
            what = screen.rows(experiment), experiment.scene(), screen.size
            if kind == "gif":
                data = animation(*what, frames=self.FRAMES, progress=self._show_progress)
                count = experiment.steps + 1
                note = f": {min(self.FRAMES, count)} of {count} iterates"
            else:
                data, note = still(*what, kind), ""
            said = link(data, name) + note
        except Exception as error:
            said = html.escape(f"{name} failed: {type(error).__name__}: {error}")
        self.figure.extra["@saved"] = said
        self.figure.extra.pop("@making", None)
        self.figure.refresh()

    def forget(self):
        """A file of a state that is gone is not offered."""
        self.figure.extra["@saved"] = ""

    def _show_progress(self, done, all):
        self.figure.extra["@making"] = done / all
        self.figure.refresh()


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
