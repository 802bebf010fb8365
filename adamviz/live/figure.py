"""A `Figure` is an experiment in the page: controls, a picture, and the same in words.

Everything it shows is also text: `print(figure)` is the readout that stands below the picture, and
the output of a cell carries the live widget, a still PNG and this text side by side.
"""

import contextlib
import os
import threading
import time

from ..arguments import among
from ..checks import whole
from ..page.paged import Paged
from ..page.shots import named
from .ahead import Stops
from .knobs import knobs, meant, standing
from .messages import checked, sender
from .rows import keys, method_items
from .screen import Screen
from .stage import Stage

__all__ = ["Figure"]

REPAINT = 0.15  # seconds between frames while something walks that takes long
RESET = {"kind": "button", "label": "reset", "tip": "back to the first state"}
PRESENT = {
    "kind": "toggle",
    "label": "present",
    "tip": "for a lecture: large, few controls; over the picture "
    "space plays, arrows step, f fills the screen",
    "ahead": False,
}
FULL = {"kind": "full", "label": "full screen", "tip": "or the key f, over the picture"}


class Figure(Paged):
    """Controls over an `Experiment`. It holds no other state than the experiment that it shows.

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
    pairs : sequence of pairs of controls' names, or of three and more
        Combinations that a page without Python must hold: see `html`.

    Attributes
    ----------
    items : dict
        What can stand in the rows, by key, for `Stage.parts`.
    buttons : dict
        What each button calls, by key.
    extra : dict
        Texts and numbers of the items that show one, by key.
    pairs : tuple of groups
        As `page.shots.Plan` has them.
    """

    def __init__(self, experiment, rows, size=None, follow=None, pairs=()):
        size = os.environ.get("ADAMVIZ_SIZE", "screen") if size is None else size
        self._lock = threading.RLock()  # JupyterLab runs callbacks in a thread of their own
        self._first = self._experiment = experiment
        self._follow = follow or (lambda experiment, moved: experiment.with_(**moved))
        self._scene = experiment.scene()
        #: Called with every scene: of `watchers` on the way to the last, of `shown` once painted.
        self.watchers, self.shown = [], []
        self.screen = Screen(rows, size, self._scene)
        self._view = {"present": int(size == "projector"), "narrow": int(size == "narrow")}
        self.knobs = knobs(experiment)
        self.pairs = named(pairs, self.knobs, experiment)
        self.items = {key: knob.item for key, knob in self.knobs.items()}
        self.items["@play"] = {"kind": "play", "label": "play"}
        self.items |= {"@reset": RESET, "present": PRESENT, "@full": FULL}
        self.items |= method_items(experiment, self.items, self.screen.details)
        self.buttons, self.extra = {"@reset": self._back}, {}
        self._stops = Stops(self.knobs, self._follow, self.screen, self._state)
        self._heard, self._late, self._pages = None, _Late(), set()

    def place(self, rows, aside=(), **more):
        """Lay the figure out, and show it.

        Parameters
        ----------
        rows : list of rows, or a function from an experiment to it
            As in `rows`, each of the keys of items.
        aside : list of keys
            What the present view leaves out.
        more
            For the page: `stepwise=True` where the kernel makes each step.
        """
        self._rows = rows if callable(rows) else lambda experiment: rows
        self._aside, self._more = aside, more
        self.widget = Stage(self._parts())
        self.widget.on_msg(self._hear)
        self._paint(self._scene)

    def _parts(self):
        rows = self._rows(self._experiment)
        items = {key: self.items[key] | {"aside": key in self._aside} for key in keys(rows)}
        return {"rows": rows, "items": items, **self._more}

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
            still = self.screen.still(self._experiment.scene())
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
            self._experiment = experiment
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

    def refresh(self):
        """Bring the page to `extra`."""
        with self._lock:
            self._send()

    def play(self):
        """Let the page that was heard last go through the steps."""
        self.widget.send({"kind": "play", "client": (self._heard or [None])[0]})

    def _back(self):
        self.show(self._first)

    @property
    def present(self):
        """Whether it is in the present view: large, with few controls."""
        return bool(self._view["present"])

    @present.setter
    def present(self, on):
        self._see(present=int(bool(on)))

    def _see(self, **view):
        """In the present view, or where there is no room for panels side by side."""
        with self._reporting():
            self._view |= {name: whole(name, on, 0, 1) for name, on in view.items()}
            large = "projector" if self._view["present"] else "screen"
            # On a phone a projector's picture would be so small that its type is, too.
            self.screen.size = "narrow" if self._view["narrow"] else large
            self._paint(self._experiment.scene())

    # --- messages of the page -----------------------------------------------------------------

    def _hear(self, widget, message, buffers):
        with self._lock, self._reporting():
            if isinstance(message, dict) and message.get("kind") not in ("opened", "closed"):
                self._heard = sender(message) or self._heard
            message = checked(message)
            kind, changes = message["kind"], message.get("changes")
            if kind in ("opened", "closed"):
                self._seen(message["client"], kind == "opened")
            elif kind == "ahead":
                self.widget.send(*self._stops.answer(message, self._experiment))
            elif kind == "press":
                among("a button", [message["key"]], self.buttons)
                self.buttons[message["key"]]()
            elif kind == "move" and self._view.keys() >= changes.keys():
                self._see(**changes)
            elif kind == "move":
                self._hand(meant(self.knobs, self._experiment, changes))
            elif message["ends"] or not self._late.is_late(self._heard[0], message["at"]):
                # Else a newer one is waiting, and answers for this one, too.
                place = message["tile"], message["x"], message["y"]
                self._hand(self.screen.grab(self._experiment.scene(), *place))

    def _seen(self, client, opened):
        """A page shows the figure, or no longer: then nobody needs the picture.

        ipywidgets forgets no widget, not even that of a cell that has run again.
        """
        (self._pages.add if opened else self._pages.discard)(client)
        if not self._pages:
            self.screen.release()
            self._stops.forget()

    def _hand(self, moved):
        """A hand moved something."""
        with self._late:
            self.show(self._follow(self._experiment, moved) if moved else self._experiment)

    # --- on the page --------------------------------------------------------------------------

    @contextlib.contextmanager
    def _reporting(self):
        """One callback at a time; if it fails, the figure says so, and the next works again."""
        with self._lock:
            try:
                yield
            except Exception as error:
                self._send(error=f"{type(error).__name__}: {error}")

    def _paint(self, scene):
        tiles, moving, self._readout = self.screen.lists(scene)
        self._scene, experiment = scene, self._experiment
        for call in self.shown:
            call(scene)
        self._now = {
            "state": self._state(experiment),
            **standing(experiment),
            "words": self._readout,
        }
        laid = {"font": self.screen.font, "tiles": [tile.described() for tile in tiles]}
        self._lists = laid, [tile.still for tile in tiles], moving
        self._send()

    def _send(self, error=""):
        """Bring the page to what was painted last."""
        now = {**self._now, "extra": dict(self.extra), "heard": self._heard, "error": error}
        with self.widget.hold_sync():
            self.widget.parts = self._parts()
            self.widget.show(now, *self._lists)

    def _state(self, experiment):
        """Where all knobs stand for an experiment, as the page knows them."""
        state = {key: knob.of(experiment) for key, knob in self.knobs.items()}
        return {**state, **self._view}


class _Late:
    """Whether a move of a drag is so old that newer ones must be waiting.

    Moves come faster than a busy machine draws; drawing each would trail behind the hand for
    seconds. Skipping costs nothing, so that the queue is empty at once and the last is drawn.
    """

    def __init__(self):
        self._client, self._least, self._took, self._began = None, 0.0, 0.0, 0.0

    def is_late(self, client, sent):
        # A page's clock starts elsewhere: the fastest delivery so far tells the difference.
        delay = time.monotonic() - sent
        if client != self._client:
            self._client, self._least = client, delay
        self._least = min(self._least, delay)
        return delay - self._least > max(0.15, 2 * self._took)

    def __enter__(self):
        self._began = time.monotonic()

    def __exit__(self, *error):
        self._took = time.monotonic() - self._began
