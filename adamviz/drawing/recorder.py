"""A `Recorder` is a matplotlib renderer that notes what artists draw, for a canvas in a browser.

It takes what any artist gives a renderer (paths, markers, texts, images), so that panels are drawn
by the same code as a still. What it noted becomes one piece of bytes, a *list*:

    length of the header in bytes (uint32) | header (JSON) | arrays

All numbers are little-endian, all places are pixels from the top left of a box, and the header is

    {"ops": [...], "styles": [...], "arrays": [[start, length, unit], ...]}

An array starts so many bytes after the header; its unit is how many of its whole numbers (int16)
make a pixel, or 0 for float32, where a coordinate is too far out for 16 bits or there are few, or
−1 for bytes. A place that is not a number is −32768. Each op is one of

    ["path", style, places, codes or −1, role or 0, whether it is snapped to pixels]
    ["mark", style, places, outline, its codes or −1, role or 0, whether it is snapped, every or 0]
    ["arrows", style, places of tails and tips, width of the shafts, role]
    ["text", style, x, y, angle, scale, outline, its codes]
    ["image", style, pixels, width, height, [a, b, c, d, e, f] from pixels of the image to places]

with styles, arrays and outlines by number, codes as in `matplotlib.path.Path`, and a role as
`[kind, first, stride]`, see `panel.Role`. A style is `[stroke or 0, its alpha, width, dashes or 0,
cap, join, fill or 0, its alpha, clip or 0]`, where dashes begin with their offset, and a clip is
`[x, y, width, height]` or the numbers of a path's places and codes. Where not every place has a
mark, `every` is `[first, stride]`, counted from the first place that is seen.
"""

import contextlib
import json
import struct
from functools import lru_cache

import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.textpath import text_to_path

from .fonts import Fitted

__all__ = ["Recorder"]

UNIT, FAR = 16, 2047  # sixteenths of a pixel, and how far 16 bits reach with them
FEW = 16  # places that are noted exactly: they cost little, and it shows where they are snapped to
LETTER_UNIT = 4  # of outlines of letters, whose em has 100 units
GAP = -32768


class _Recorder(RendererBase):
    def __init__(self, width, height, dpi):
        super().__init__()
        self.width, self.height, self.dpi = width, height, dpi
        self._measure = RendererAgg(1, 1, dpi)  # texts take the room that they take in a still
        self._begin((0, 0))

    # --- a list -------------------------------------------------------------------------------

    def record(self, artists, box):
        """What the artists draw, as a list with places from the corner `(left, top)` of `box`."""
        self._begin(box)
        for artist in artists:
            role = getattr(artist, "role", None)
            self._role = 0 if role is None else [role.kind, role.first, role.stride]
            with self._all_marked(artist):
                artist.draw(self)
        header = {"ops": self._ops, "styles": self._styles, "arrays": self._arrays}
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        return b"".join([struct.pack("<I", len(text)), text, *self._pieces])

    @contextlib.contextmanager
    def _all_marked(self, artist):
        """A line that moves gives all its places, also where it marks some: a role counts them."""
        every = artist.get_markevery() if self._role and isinstance(artist, Line2D) else None
        if isinstance(every, slice):
            self._every = [every.start or 0, every.step or 1]
        elif isinstance(every, int):
            self._every = [0, every]
        else:
            self._every, every = 0, None
        if every is not None:
            artist.set_markevery(None)
        try:
            yield
        finally:
            if every is not None:
                artist.set_markevery(every)

    def _begin(self, box):
        self._left, self._top, self._role, self._every = *box[:2], 0, 0
        self._ops, self._styles, self._arrays, self._pieces = [], [], [], []
        self._numbers, self._length = {}, 0

    def _number(self, table, key, make):
        """The number of an entry that is made once."""
        if key not in self._numbers:
            self._numbers[key] = len(table)
            table.append(make())
        return self._numbers[key]

    def _array(self, values, unit):
        data = values.tobytes()

        def entry():
            padded = data + bytes(-len(data) % 4)
            self._pieces.append(padded)
            self._length += len(padded)
            return [self._length - len(padded), values.size, unit]

        return self._number(self._arrays, (data, unit), entry)

    def _places(self, vertices, unit=UNIT):
        """The number of an array of places, given as `(n, 2)` from the top left."""
        scaled = vertices * unit
        with np.errstate(invalid="ignore"):
            far = (np.abs(scaled) > FAR * UNIT).any()  # NaN is not far
        if far or len(vertices) <= FEW:
            clipped = np.clip(vertices, -1e6, 1e6)  # only the direction matters out there
            return self._array(clipped.astype("<f4"), 0)
        gaps = np.isnan(scaled)
        if gaps.any():
            scaled = np.where(gaps.any(axis=1, keepdims=True), GAP, scaled)
        return self._array(np.rint(scaled).astype("<i2"), unit)

    def _codes(self, codes):
        return -1 if codes is None else self._array(np.asarray(codes, np.uint8), -1)

    def _moved(self, path, transform):
        """The vertices of a path from the corner of the box, y downwards."""
        vertices = path.vertices if transform is None else transform.transform(path.vertices)
        corner = (self._left, self.height - self._top)
        return (np.asarray(vertices, float) - corner) * (1, -1)

    def _style(self, gc, face=None, stroke=True):
        forced, rgb = gc.get_forced_alpha(), gc.get_rgb()
        alpha = gc.get_alpha() if forced else rgb[3] if len(rgb) > 3 else 1.0
        width = self.points_to_pixels(gc.get_linewidth()) if stroke else 0.0
        offset, dashes = gc.get_dashes()
        if dashes is not None:
            dashes = [round(float(self.points_to_pixels(d)), 3) for d in (offset, *dashes)]
        fill = 0.0
        if face is not None:
            fill = alpha if forced else face[3] if len(face) > 3 else 1.0
        style = [
            to_hex(rgb[:3]) if width and alpha else 0,
            round(float(alpha), 3),
            round(float(width), 3),
            dashes or 0,
            {"projecting": "square"}.get(gc.get_capstyle(), gc.get_capstyle()),
            gc.get_joinstyle(),
            to_hex(face[:3]) if face is not None and fill else 0,
            round(float(fill), 3),
            self._clip(gc),
        ]
        return self._number(self._styles, repr(style), lambda: style)

    def _clip(self, gc):
        path, transform = gc.get_clip_path()
        if path is not None:
            return [self._places(self._moved(path, transform)), self._codes(path.codes)]
        box = gc.get_clip_rectangle()
        if box is None:
            return 0
        place = (box.x0 - self._left, self.height - box.y1 - self._top, box.width, box.height)
        return [round(float(v), 4) for v in place]

    # --- what artists call ----------------------------------------------------------------------

    def draw_path(self, gc, path, transform, rgbFace=None):
        places = self._moved(path, transform)
        # Of a cursor's two lines one is drawn at a time, or one between them.
        own = places[:2] if self._role and self._role[0] == "cursor" else places
        style, snapped = self._style(gc, rgbFace), _snapped(gc, path, own)
        codes = self._codes(path.codes)
        self._ops.append(["path", style, self._places(places), codes, self._role, snapped])

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        outline = marker_trans.transform(marker_path.vertices) * (1, -1)
        snapped = _snapped(gc, marker_path, outline)
        places = self._moved(path, trans)
        if path.codes is not None and np.isin(path.codes, (Path.CURVE3, Path.CURVE4)).any():
            places = places[~np.isin(path.codes, (Path.CURVE3, Path.CURVE4))]
        codes, style = self._codes(marker_path.codes), self._style(gc, rgbFace)
        shape = [self._places(outline), codes]
        look = self._role, snapped, self._every
        self._ops.append(["mark", style, self._places(places), *shape, *look])

    def draw_arrows(self, gc, ends, width, face):
        """What `arrow.Arrow` asks for: two places are a third of an outline."""
        places = self._places(self._moved(Path(ends), None))
        style = self._style(gc, face, stroke=False)
        self._ops.append(["arrows", style, places, round(float(width), 3), self._role])

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        vertices, codes = _outline(s, prop, bool(ismath))
        if not len(vertices):
            return
        scale = self.points_to_pixels(prop.get_size_in_points()) / text_to_path.FONT_SCALE
        place = (x - self._left, self.height - y - self._top, np.radians(angle), scale)
        outline = self._places(vertices * (1, -1), LETTER_UNIT), self._codes(codes)
        style = self._style(gc, gc.get_rgb(), stroke=False)
        self._ops.append(["text", style, *(round(float(v), 4) for v in place), *outline])

    def draw_image(self, gc, x, y, im, transform=None):
        height, width = im.shape[:2]
        if transform is None:
            a, b, c, d, e, f = width, 0, 0, height, x, y
        else:
            a, b, c, d, e, f = transform.frozen().to_values()
            e, f = e + x, f + y
        # From the pixels of the image, whose first row is the lowest, to places.
        matrix = [a / width, -b / width, c / height, -d / height]
        matrix += [e - self._left, self.height - f - self._top]
        pixels = self._array(np.ascontiguousarray(im), -1)
        matrix = [round(float(v), 5) for v in matrix]
        self._ops.append(["image", self._style(gc, stroke=False), pixels, width, height, matrix])

    # --- what they ask --------------------------------------------------------------------------

    def points_to_pixels(self, points):
        return points * self.dpi / 72

    def get_canvas_width_height(self):
        return self.width, self.height

    def get_text_width_height_descent(self, s, prop, ismath):
        return self._measure.get_text_width_height_descent(s, prop, ismath)

    def flipy(self):
        return False

    def option_image_nocomposite(self):
        return True

    def option_scale_image(self):
        return True  # the browser enlarges: a cell of a map is one pixel of its image


class Recorder(Fitted, _Recorder):
    """Records artists of one figure, `width` × `height` pixels of `dpi` to the inch."""


@lru_cache(maxsize=4096)
def _outline(words, prop, ismath):
    """The outline of a text, on an em of 100 units."""
    vertices, codes = text_to_path.get_text_path(prop, words, ismath=ismath)
    return np.reshape(vertices, (-1, 2)), codes


def _snapped(gc, path, vertices):
    """Whether the lines are to lie on pixels, as Agg puts those that run along them."""
    if gc.get_snap() is not None:
        return int(gc.get_snap())
    if len(vertices) > 1024 or (path.codes is not None and (path.codes == Path.CURVE4).any()):
        return 0
    if path.codes is not None and (path.codes == Path.CURVE3).any():
        return 0
    if path.codes is not None:
        vertices = vertices[path.codes != Path.CLOSEPOLY]
    along = np.abs(np.diff(vertices, axis=0)).min(axis=1, initial=np.inf) < 1e-4
    return int(len(along) > 0 and bool(along.all()))
