"""A page of a browser as far as Python can tell: it sends messages, and sees traits and answers.

Everything goes through JSON, as on the wire, so that what no page could send or read fails here.
"""

import itertools
import json
import re
import struct
from dataclasses import dataclass

import numpy as np

from adamviz.drawing.recorder import HEADLESS, parted
from adamviz.live.rows import keys

UNITS = {-1: "<u1", 0: "<f4"}  # the others are whole numbers of 16 bits


class List:
    """A list of `drawing/recorder.py`, decoded.

    Attributes
    ----------
    ops, styles : list
        A style ends with its clip, or 0.
    words : list
        Outlines for a list that comes over this one.
    arrays : list of arrays, as they lie in the bytes
    """

    def __init__(self, data):
        data = bytes(data)
        (length,) = struct.unpack_from("<I", data)
        header = json.loads(data[4 : 4 + length])
        self.ops, self.words = header["ops"], header.get("words", [])
        clips = [0, *header["clips"]]
        self.styles = [[*style, clips[clip]] for *style, clip in header["styles"]]
        self.units = [unit for *_, unit in header["arrays"]]
        self.arrays = [
            np.frombuffer(data, UNITS.get(unit, "<i2"), size, 4 + length + start)
            for start, size, unit in header["arrays"]
        ]

    def places(self, number):
        """An array of places as pixels, `(n, 2)`; NaN in a gap."""
        array, unit = self.arrays[number].astype(float).reshape(-1, 2), self.units[number]
        return np.where(array == -32768, np.nan, array / unit) if unit else array

    def of(self, kind):
        """The ops of a kind."""
        return [op for op in self.ops if op[0] == kind]


def still(data):
    """What lies under and what over that which moves, as two lists."""
    (length,) = struct.unpack_from("<I", data)
    return List(data[4 : 4 + length]), List(data[4 + length :])


def wire(message):
    """A message as it arrives at the other end."""
    return json.loads(json.dumps(message, allow_nan=False))


@dataclass
class Tile:
    """One canvas."""

    name: str
    still: bytes
    moving: bytes


class Page:
    """A page that shows a figure.

    Attributes
    ----------
    client, sent : str, int
        Its name, and the number of its last message, by which it knows answers.
    messages : list of (content, buffers)
        What the kernel sent it, apart from traits.
    painted : int
        How often the kernel brought it to a new state.
    """

    _names = itertools.count()

    def __init__(self, figure):
        self.figure, self.widget = figure, figure.widget
        self.client, self.sent = f"page {next(self._names)}", 0
        self.messages, self.painted = [], 0
        send = self.widget.send

        def heard(content, buffers=None):
            self.messages.append((wire(content), [bytes(buffer) for buffer in buffers or ()]))
            send(content, buffers)

        self.widget.send = heard
        self.widget.observe(self._count, "now")
        self._tell("opened")

    def close(self):
        """Show the figure no longer."""
        self._tell("closed")

    def _tell(self, kind):
        self.widget._handle_custom_msg(wire({"kind": kind, "client": self.client}), [])

    def _count(self, change):
        self.painted += 1

    # --- what it sees -------------------------------------------------------------------------

    @property
    def now(self):
        return wire(self.widget.now)

    @property
    def parts(self):
        return wire(self.widget.parts)

    @property
    def keys(self):
        """The keys of all that stands in the rows, in order."""
        return [*keys(self.parts["rows"])]

    @property
    def state(self):
        return self.now["state"]

    @property
    def words(self):
        return self.now["words"]

    @property
    def error(self):
        return self.now["error"]

    @property
    def extra(self):
        return self.now["extra"]

    @property
    def tiles(self):
        stills = [getattr(self.widget, f"still{i}") for i in range(len(self.widget.laid["tiles"]))]
        rows = zip(self.widget.laid["tiles"], stills, self.widget.moving, strict=True)
        return [Tile(tile["name"], still, moving) for tile, still, moving in rows]

    @property
    def picture(self):
        """The names of the stills and the lists of what moves: equal if they look the same."""
        return [(tile.name, tile.moving) for tile in self.tiles]

    @property
    def answered(self):
        """Whether the kernel has said where its last message led."""
        return self.now["heard"] == [self.client, self.sent]

    # --- what a hand does ---------------------------------------------------------------------

    def send(self, kind, **more):
        """Send a message, and hear what comes of it."""
        if kind != "ahead":
            self.sent += 1
        message = wire({"kind": kind, **more, "heard": [self.client, self.sent]})
        self.widget._handle_custom_msg(message, [])

    def move(self, key, number):
        """A control stands on its stop with this number."""
        self.send("move", changes={key: number})
        assert self.answered

    def number(self, key, value):
        """On which stop a control stands for a value."""
        if key in self.figure.experiment.controls:
            value = self.figure.experiment.controls[key].written(value)
        if key == "focus":
            return [*self.figure.experiment.methods].index(value)
        item = self.parts["items"][key]
        if item["kind"] in ("tick", "toggle", "method"):
            return int(value not in ("off", False))
        return item["texts"].index(value) if "texts" in item else value

    def stand(self, key, value):
        """A control stands on a value."""
        self.move(key, self.number(key, value))

    def press(self, key):
        self.send("press", key=key)

    def show(self, *labels):
        """Press the buttons of methods till these are shown."""
        for key in self.keys:
            if key.startswith("show:") and self.state[key] != (key[5:] in labels):
                self.move(key, 1 - self.state[key])

    def drag(self, tile, places, at=None, ends=True):
        """Drag over places of a tile, in pixels from its top left, and let go at the last."""
        for n, (x, y) in enumerate(places, start=1):
            last = ends and n == len(places)
            when = 1000.0 + self.sent if at is None else at
            self.send("grab", tile=tile, x=float(x), y=float(y), at=when, ends=last)

    def place(self, tile, point):
        """Where a point of the data lies in a tile."""
        drawn = drawn_in(self.figure)
        ax, (left, top, *_) = drawn.tiles[tile].axes[0], drawn.tiles[tile].box
        x, y = ax.transData.transform(point)
        return x - left, drawn.height - y - top

    # --- stops ahead --------------------------------------------------------------------------

    def base(self, key):
        """Where all but one stand, as stage.js writes it."""

        def js(value):
            whole = isinstance(value, float) and value.is_integer()
            return str(int(value)) if whole else str(value)

        return "".join("" if k == key else f"{k}={js(v)};" for k, v in self.state.items())

    def ask(self, key, base=None, begins=False, seconds=0.03):
        """Ask once for stops ahead, from the first if it `begins`: the answer and its buffers.

        None where there is none.
        """
        count = len(self.messages)
        base = self.base(key) if base is None else base
        self.send("ahead", key=key, base=base, begins=begins, seconds=seconds)
        return self.messages[-1] if len(self.messages) > count else None

    def ahead(self, key):
        """All stops ahead: a dict from stop to frame, in the order in which they came.

        The tiles of a frame are its picture, as `picture` gives it; a still that came with an
        earlier frame is known by its name, and so is the header of a list.
        """
        frames, known, heads = {}, {}, {}

        def whole(name, list_):
            head, arrays = parted(list_)
            if head != HEADLESS:
                heads[name] = head
            return heads[name] + arrays

        while True:
            answer, buffers = self.ask(key, begins=not frames)
            for stop, frame in answer["frames"]:
                if "tiles" in frame:
                    for name, number, _ in frame["tiles"]:
                        if number >= 0:
                            known[name] = buffers[number]
                    rows = [(name, whole(name, buffers[n])) for name, _, n in frame["tiles"]]
                    frame = {**frame, "picture": rows}
                frames[stop] = frame
            if answer["done"]:
                return frames


def drawn_in(figure):
    """The picture of a figure, made again if it was let go."""
    return figure.screen._of(figure.experiment.scene())


def saved(html):
    """The name, the type and the base64 of a file that a page offers."""
    found = re.match(r'<a download="([^"]+)" href="data:([a-z/+]+);base64,([^"]+)"', html)
    return found.groups()
