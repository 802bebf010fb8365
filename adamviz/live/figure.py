"""A `Figure` is an experiment in the page: widgets, a picture, and the same in words.

Everything it shows is also text: `print(figure)` is the readout that stands below the picture, and
the output of a cell carries the live widget, a still PNG and this text side by side.
"""

import contextlib
import html
import os
import threading
import time

import ipywidgets as widgets

from .board import Board
from .screen import Screen
from .widgets import Twins

__all__ = ["Figure"]

REPAINT = 0.15  # seconds between frames while something walks that takes long

# Lines too long for the page break between words; JupyterLab would break them anywhere.
_WRAP = "white-space:pre-wrap; word-break:normal; overflow-wrap:anywhere"

STEPS = {"ArrowRight": 1, "ArrowLeft": -1, "PageDown": 1, "PageUp": -1}  # as a remote sends


class Figure:
    """Sliders over an `Experiment`. It holds no other state than the experiment that it shows.

    A figure is put together from pieces: whoever makes one lays them out with `place`.

    Parameters
    ----------
    experiment : Experiment
        The first.
    rows : rows of panels, or a function from an experiment to these
    size : "screen" or "projector", optional
        By default what the environment variable ADAMVIZ_SIZE says, or "screen".
    follow : function from an experiment and a dict of what a hand moved to another one, optional
        Where something else moves along; by default the experiment's `with_`.
    """

    def __init__(self, experiment, rows, size=None, follow=None):
        size = os.environ.get("ADAMVIZ_SIZE", "screen") if size is None else size
        self._lock = threading.RLock()  # JupyterLab runs callbacks in a thread of their own
        self._first = self._experiment = experiment
        self._follow = follow or (lambda experiment, moved: experiment.with_(**moved))
        self._scene = experiment.scene()
        #: Called with every scene: of `watchers` on the way to the last, of `shown` once painted.
        self.watchers, self.shown = [], []
        self.screen = Screen(rows, size, self._scene, self._hand, self._key)
        self.board = Board(experiment, self._hand)
        self.twins, self.words = Twins(), widgets.HTML()
        self.present = widgets.ToggleButton(
            size == "projector",
            description="present",
            tooltip="for a lecture: large, few controls; over the picture space plays, arrows step",
            layout={"width": "auto"},
        )
        self.board.reset.on_click(self._back)
        self.board.follow(experiment)

    def place(self, children, aside):
        """Lay the figure out, and show it; `aside` is what the present view leaves out."""
        css = widgets.HTML(_LOOK, layout={"display": "none"})
        self.widget = self.twins.root = widgets.VBox([self.twins.switch, *children, css])
        self.widget.add_class("adamviz")
        self._aside = aside
        self._paint(self._scene)
        self._show_present()
        self.present.observe(self._resize, "value")

    # --- what it shows ------------------------------------------------------------------------

    @property
    def experiment(self):
        """What it shows now, frozen."""
        return self._experiment

    @property
    def paths(self):
        """What the picture shows now: a dict from label to path."""
        return self._scene.paths

    @property
    def values(self):
        """Where the controls stand now, by name."""
        return dict(self._experiment.values)

    @property
    def surface(self):
        """The surface that is walked now."""
        return self._experiment.surface

    @property
    def start(self):
        """Where the paths start now: `(x₁, x₂)`."""
        return self._experiment.start

    def __str__(self):
        return self._readout

    def __repr__(self):
        return self._readout

    def _repr_mimebundle_(self, include=None, exclude=None):
        # The widget for a live notebook, the still for GitHub, the numbers for nbval and for
        # readers who do not see the picture; converters take them for its alternative text.
        with self._lock:
            bundle, metadata = self.widget._repr_mimebundle_(), {}
            if isinstance(bundle, tuple):
                bundle, metadata = bundle
            still = self.screen.draw(self._experiment.scene()).encode("png")
            metadata = {**metadata, "image/png": {"alt": self._readout}}
            return {**bundle, "text/plain": self._readout, "image/png": still}, metadata

    # --- another experiment -------------------------------------------------------------------

    def set(self, **changes):
        """Move controls as a hand would: `explorer.set(lr=0.02, start=(1, 1), step=5)`.

        Takes what `Experiment.with_` takes, and moves all of it or raises a ValueError.
        """
        with self._lock:
            self.show(self._experiment.with_(**changes))

    def show(self, experiment):
        """Show another experiment, or what went wrong in words."""
        with self._reporting():
            before, self._experiment = self._experiment, experiment
            self.board.follow(experiment, before)
            waiting, painted = None, time.monotonic()
            # What takes long is seen while it happens, from this callback alone: it needs no second
            # thread and no answer from the browser.
            for scene in experiment.frames():
                if waiting and time.monotonic() - painted > REPAINT:
                    self._paint(waiting)
                    painted = time.monotonic()
                waiting = scene
                for watch in self.watchers:
                    watch(scene)
            self._paint(waiting)

    def _hand(self, changes):
        """A hand moved something: `changes` says what, for the experiment that is shown."""
        with self._reporting():
            moved = changes(self._experiment)
            if moved:
                self.show(self._follow(self._experiment, moved))

    def _back(self, button):
        with self._lock:
            self.board.play.playing = False
            self.show(self._first)

    def _key(self, key, repeated):
        """In the present view, over the picture: space plays, arrows step, Escape leaves."""
        with self._lock:
            board, now = self.board, self._experiment
            if key == "Escape":
                self.present.value = False
            elif key == " ":
                if not repeated:
                    board.play.playing = not board.play.playing
            else:
                board.play.playing = False
                self.set(step=min(max(now.step + STEPS[key], 0), now.steps))

    # --- on the page --------------------------------------------------------------------------

    @contextlib.contextmanager
    def _reporting(self):
        """One callback at a time; if it fails, the figure says so, and the next works again."""
        with self._lock:
            try:
                yield
            except Exception as error:
                message = html.escape(f"{type(error).__name__}: {error}")
                # On a ground of its own, so that it can be read in a dark theme, too.
                look = f"color:#a00000; background:#fdf0ef; padding:4px 8px; {_WRAP}"
                self.words.value = f'<pre role="alert" style="{look}">{message}</pre>'

    def _paint(self, scene):
        self._readout = self.screen.show(scene)
        self._scene = scene
        self.words.value = (
            f'<pre role="status" style="line-height:1.35; margin:0; {_WRAP}">'
            f"{html.escape(self._readout)}</pre>"
        )
        for call in self.shown:
            call(scene)

    def _resize(self, change):
        with self._reporting():
            self.screen.size = "projector" if change["new"] else "screen"
            self._show_present()
            self._paint(self._experiment.scene())

    def _show_present(self):
        present = self.present.value
        for widget in self._aside:
            widget.layout.display = "none" if present else None
        (self.widget.add_class if present else self.widget.remove_class)("adamviz-present")
        self.screen.keys.listen(present)


# What is for screen readers shows itself when the keyboard is there, like a link to skip to.
_LOOK = """<style>
.adamviz-plain:not(:focus-within) {
    position: absolute; width: 1px !important; height: 1px; overflow: hidden; clip-path: inset(50%);
}
@media (max-width: 600px) {  /* beside a long label there would be no room for the slider */
    .adamviz .widget-hslider { flex-wrap: wrap; height: auto; }
    .adamviz .widget-hslider .widget-label { flex-basis: 100%; text-align: left; }
}
.adamviz-present .widget-label, .adamviz-present .widget-readout, .adamviz-present button,
.adamviz-present select, .adamviz-present pre { font-size: 17px !important; }
.adamviz-present .widget-hslider { min-width: 390px; }
</style>"""
