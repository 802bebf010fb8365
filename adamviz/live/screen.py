"""A `Screen` shows pictures of scenes in the page, and tells where a hand is on them."""

import base64
import time

import ipywidgets as widgets
import traitlets
from ipyevents import Event

from ..drawing.panel import Panel
from ..drawing.picture import FRAME_FORMAT, Picture

__all__ = ["KEPT", "Screen"]

# ipywidgets forgets no widget: a cell that runs again leaves its last figure behind, and nothing
# tells that no page shows it. The largest part of a figure is its picture, several megabytes; only
# this many screens, the last ones drawn, keep theirs. The others make it again when moved.
KEPT = 12
_LATELY = []


class Screen:
    """The picture of a figure, under the hand.

    Parameters
    ----------
    rows : rows of panels, or a function from an experiment to these
    size : "screen" or "projector"
    scene : Scene
        The first.
    grabbed : callable
        Is given a function from the experiment that is shown to the changes that a click or a drag
        means.
    pressed : callable
        Is given a key that was pressed over the picture, while `listen` is on.

    Attributes
    ----------
    image : Image
    grabs, details : bool
        Whether a panel can be grabbed, and whether one shows the focus alone.
    """

    def __init__(self, rows, size, scene, grabbed, pressed):
        self._rows = rows if callable(rows) else lambda experiment: rows
        self._grabbed, self._size, self._drawn = grabbed, size, None
        self._dragging, self._least_delay, self._frame_time = None, float("inf"), 0.0
        self.picture = self._made(scene)
        self.grabs = any(type(panel).grab is not Panel.grab for panel in self.picture.panels)
        self.details = any(panel.follows_focus for panel in self.picture.panels)
        self.image = _Frame(tooltip="the picture; in words below it")
        if self.grabs:
            self.image.add_class("adamviz-drag")
        self._fit()
        self._events = Event(
            source=self.image,
            watched_events=["mousedown", "mousemove", "mouseup"],
            wait=12,
            throttle_or_debounce="throttle",
            # Without it the browser's own dragging of images eats the moves.
            prevent_default_action=True,
        )
        self._events.on_dom_event(self.pointer)
        self.keys = _Keys(source=self.image)
        self.keys.on_dom_event(lambda event: pressed(event["key"], event.get("repeat", False)))

    @property
    def size(self):
        """ "screen" or "projector"."""
        return self._size

    @size.setter
    def size(self, size):
        self._size, self.picture = size, None

    def rows(self, experiment):
        """The rows of panels for an experiment."""
        return self._rows(experiment)

    def show(self, scene):
        """Put the picture of a scene into the page; returns its readout."""
        picture = self.draw(scene)
        self.image.show(picture)
        return picture.say(scene)

    def draw(self, scene):
        """The picture, brought to a scene; it is made anew if it has been let go."""
        picture = self.picture
        if picture is None or self._drawn != self._still(scene):
            picture = self._made(scene)
        picture.render(scene)
        if picture is not self.picture:
            self.picture = picture
            self._fit()
        if self in _LATELY:
            _LATELY.remove(self)
        _LATELY.append(self)
        if len(_LATELY) > KEPT:
            _LATELY.pop(0).picture = None
        return picture

    def _made(self, scene):
        picture = Picture(self.rows(scene.experiment), scene, self._size)
        self._drawn = self._still(scene)
        return picture

    def _still(self, scene):
        """What a picture is drawn for; where it is another one, so must be the picture."""
        return self.rows(scene.experiment), scene.steps, scene.target

    def _fit(self):
        # A fixed size: without one the page jumps, and Firefox flickers between frames.
        width, height = self.picture.size.width, self.picture.height
        self.image.width, self.image.height = str(width), str(height)
        # Where there is less room it shrinks; nothing scrolls sideways.
        layout = self.image.layout  # a new one would leave the old one behind
        layout.width, layout.height, layout.max_width = f"{width}px", "auto", "100%"

    def pointer(self, event):
        """Click or drag: the start follows on the landscape, the sliders on a map."""
        kind = event["type"]
        if kind != "mousedown" and self._dragging is None:
            return
        if kind != "mousemove" and event.get("button", 0):
            return  # the right button is the browser's
        if kind == "mousemove" and not event.get("buttons", 1) & 1:
            self._dragging = None  # the button was let go outside
            return
        if kind == "mousemove" and self._late(event.get("timeStamp")):
            return
        began = time.monotonic()
        self._grabbed(lambda experiment: self._moved(kind, event, experiment))
        self._frame_time = time.monotonic() - began

    def _moved(self, kind, event, experiment):
        """What a hand at this place moves."""
        picture = self.picture or self.draw(experiment.scene())
        # Not dataX: it is 0 while a browser has not yet decoded the first frame.
        scale = picture.size.width / (event["boundingRectWidth"] or 1)
        found = picture.locate(scale * event["relativeX"], scale * event["relativeY"])
        moved = found[0].grab(*found[1]) if found else {}
        # A drag that began in one panel does not go on in the next.
        if kind == "mousedown":
            self._dragging = found[0] if moved else None
        if not moved or self._dragging is not found[0]:
            return {}
        if kind == "mouseup":
            self._dragging = None
        return moved

    def _late(self, stamp):
        """Whether a move is so old that newer ones must be waiting.

        Moves come faster than a busy machine draws; drawing each would trail behind the hand for
        seconds. Skipping costs nothing, so that the queue is empty at once and the last is drawn.
        """
        if stamp is None:
            return False
        # The browser's clock starts elsewhere: the fastest delivery so far tells the difference.
        delay = time.monotonic() - stamp / 1000
        self._least_delay = min(self._least_delay, delay)
        return delay - self._least_delay > max(0.15, 2 * self._frame_time)


class _Keys(Event):
    """Keys pressed while the mouse is over a picture; all but a few stay the page's own.

    An `Event` takes every key from the page, Tab included, except those it holds for modifiers.
    """

    _OWN = [" ", "Escape", "ArrowRight", "ArrowLeft", "PageDown", "PageUp"]
    _OTHERS = [
        *(chr(code) for code in range(33, 127)),
        *(f"F{n}" for n in range(1, 13)),
        *["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "Dead", "Unidentified"],
        *["Tab", "Enter", "Backspace", "Delete", "Insert", "Home", "End"],
        *["ArrowUp", "ArrowDown"],
    ]
    _modifier_keys = traitlets.List(_OTHERS).tag(sync=True)

    def __init__(self, source):
        super().__init__(source=source, ignore_modifier_key_events=True)

    def listen(self, on):
        # The list, too: a listener that was set while the mouse was over the picture stays.
        self._modifier_keys = self._OTHERS if on else [*self._OTHERS, *self._OWN]
        self.watched_events = ["keydown"] if on else []


class _Frame(widgets.Image):
    """An image with a name for screen readers: its tooltip.

    The browser's side shows a tooltip only where the description is empty, and an image has none.
    """

    description = traitlets.Unicode("").tag(sync=True)

    def __init__(self, **arguments):
        super().__init__(format="url", **arguments)

    def show(self, picture):
        """Show the last rendered frame of a `Picture`."""
        # The bytes alone would become a blob, which the browser fetches from another process: in a
        # drag the next frame overtook every third. A data URL is there at once.
        frame = base64.b64encode(picture.encode(FRAME_FORMAT))
        self.value = f"data:image/{FRAME_FORMAT};base64,".encode() + frame
