"""A `Recorder` is a matplotlib renderer that notes what artists draw, for a canvas in a browser.

It takes what any artist gives a renderer (paths, markers, texts, images), so that panels are drawn
by the same code as a still. What it noted becomes one piece of bytes, a *list*:

    length of the header in bytes (uint32) | header (JSON) | arrays

where a length of 0 says that the header is that of another list, see `live/ahead.py`. All numbers
are little-endian, all places are pixels from the top left of a box, and the header is

    {"ops": [...], "styles": [...], "clips": [...], "arrays": [[start, length, unit], ...]}

and in the list of what stands still under all else also the outlines of words that move, which need
not be sent with every move: `"words": [[places, codes or −1], ...]`.

An array starts so many bytes after the header; its unit is how many of its whole numbers (int16)
make a pixel, or 0 for float32, where a coordinate is too far out for 16 bits or there are few, or
−1 for bytes. A place that is not a number is −32768. Each op is one of

    ["path", style, places, codes or −1, role or 0, whether it is snapped to pixels]
    ["mark", style, places, outline, its codes or −1, role or 0, whether it is snapped, every or 0]
    ["arrows", style, places of tails, places of tips, width of the shafts, role]
    ["text", style, x, y, angle, scale, outline, its codes]
    ["image", style, pixels, width, height, [a, b, c, d, e, f] from pixels of the image to places]

with styles, arrays and outlines by number (an outline of −1 or less is one of the words of the
list below, the first, the second, …), codes as in `matplotlib.path.Path`, and a role as
`[kind, first, stride]`, or `[kind]` where these are 0 and 1, see `panel.Role`. A style is `[stroke
or 0, its alpha, width, dashes or 0, cap, join, fill or 0, its alpha, clip]`, where dashes begin
with their offset, and clips are counted from 1; 0 is none. A clip is `[x, y, width, height]` or the
numbers of a path's places and codes. Where not every place has a mark, `every` is
`[first, stride]`, counted from the first place that is seen.
"""

import json
import struct
from functools import lru_cache

import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_hex
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from .fonts import Fitted
from .halo import Halo
from .line import Line

__all__ = ["HEADLESS", "Recorder", "parted"]

UNIT, FAR = 16, 2047  # sixteenths of a pixel, and how far 16 bits reach with them
FEW = 16  # places that are noted exactly: they cost little, and it shows where they are snapped to
LETTER_UNIT = 4  # of outlines of letters, whose em has 100 units
GAP = -32768
HEADLESS = bytes(4)  # a length of 0


class _Recorder(RendererBase):
    def __init__(self, width, height, dpi):
        super().__init__()
        self.width, self.height, self.dpi = width, height, dpi
        self._measure = RendererAgg(1, 1, dpi)  # lines of text are as high as in a still
        self._begin((0, 0))

    # --- a list -------------------------------------------------------------------------------

    def record(self, artists, box, words=(), below=()):
        """What the artists draw, as a list with places from the corner `(left, top)` of `box`.

        `words`, outlines in points, are noted for a list that comes over this one; `below` are
        those of the list that it comes over.
        """
        self._begin(box)
        self._below = {id(path): -1 - i for i, path in enumerate(below)}
        for artist in artists:
            role = getattr(artist, "role", None)
            self._role = 0 if role is None else _brief(role.kind, role.first, role.stride)
            if isinstance(artist, Line):
                if artist.get_visible():
                    self._line(artist)
            elif isinstance(artist, Text) and _halo(artist):
                self._haloed(artist)
            else:
                artist.draw(self)
        header = {"ops": self._ops, "styles": self._styles, "clips": self._clips}
        if words:
            unit = np.array([1, -1]) * self.dpi / 72
            found = [_outlined(path.vertices * unit, path.codes) for path in words]
            header["words"] = [self._shape(*outline) for outline in found]
        header["arrays"] = self._arrays
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        return b"".join([struct.pack("<I", len(text)), text, *self._pieces])

    def _line(self, line):
        """A line that moves: how it looks is asked of matplotlib once, which takes longest.

        It gives all its places, also where it marks some: a role counts them.
        """
        every = line.get_markevery()
        if isinstance(every, slice):
            self._every = [every.start or 0, every.step or 1]
        else:
            self._every = [0, every] if isinstance(every, int) else 0
        known = self._left, self._top, repr(every)
        if line.noted and line.noted[0] == known:
            places = self._spots(line)
            for draw, *look in line.noted[1]:
                draw(places, *look)
        else:
            self._looks = []
            if self._every:
                line.set_markevery(None)
            line.draw(self)
            if self._every:
                line.set_markevery(every)
            # With no places matplotlib may draw nothing, and steps are places of its own.
            plain = np.size(line.get_xdata(orig=True)) and line.get_drawstyle() == "default"
            line.noted = (known, self._looks) if plain else None
        self._every = 0

    def _haloed(self, text):
        """A text on a ground of its own: letters, twice."""
        self._halo = _halo(text)
        text.set_path_effects([])
        text.draw(self)
        text.set_path_effects([self._halo])
        self._halo = None

    def _spots(self, line):
        """The places of a line's data; several lines may have the same."""
        x, y = (np.asarray(v, float) for v in line.get_data(orig=True))
        transform = line.get_transform()
        key = id(transform), x.tobytes(), y.tobytes()
        if key not in self._found:
            self._found[key] = self._moved(np.stack([x, y], axis=1), transform)
        return self._found[key]

    def _begin(self, box):
        self._left, self._top, self._role, self._every = *box[:2], 0, 0
        self._ops, self._styles, self._clips, self._arrays, self._pieces = [], [], [], [], []
        self._numbers, self._length = {}, 0
        self._looks, self._found, self._placed, self._halo = [], {}, {}, None

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

    def _places(self, vertices):
        """The number of an array of places, given as `(n, 2)` from the top left."""
        if id(vertices) not in self._placed:  # it is kept, so that no other one gets its id
            self._placed[id(vertices)] = vertices, self._array(*_coded(vertices, UNIT))
        return self._placed[id(vertices)][1]

    def _shape(self, vertices, codes):
        """The numbers of an outline and of its codes."""
        return [self._array(*vertices), -1 if codes is None else self._array(codes, -1)]

    def _moved(self, vertices, transform=None):
        """Vertices from the corner of the box, y downwards."""
        vertices = vertices if transform is None else transform.transform(vertices)
        corner = (self._left, self.height - self._top)
        return (np.asarray(vertices, float) - corner) * (1, -1)

    def _style(self, gc, face=None, stroke=True):
        """A style and its clip, which `_styled` numbers, and a text that tells it from others."""
        forced, rgb = gc.get_forced_alpha(), gc.get_rgb()
        alpha = gc.get_alpha() if forced else rgb[3] if len(rgb) > 3 else 1.0
        width = self.points_to_pixels(gc.get_linewidth()) if stroke else 0.0
        offset, dashes = gc.get_dashes()
        if dashes is not None:
            dashes = [_short(self.points_to_pixels(d), 3) for d in (offset, *dashes)]
        fill = 0.0
        if face is not None:
            fill = alpha if forced else face[3] if len(face) > 3 else 1.0
        style = [
            to_hex(rgb[:3]) if width and alpha else 0,
            _short(alpha, 3),
            _short(width, 3),
            dashes or 0,
            {"projecting": "square"}.get(gc.get_capstyle(), gc.get_capstyle()),
            gc.get_joinstyle(),
            to_hex(face[:3]) if face is not None and fill else 0,
            _short(fill, 3),
        ]
        clip, (path, transform), box = None, gc.get_clip_path(), gc.get_clip_rectangle()
        if path is not None:
            clip = _outlined(self._moved(path.vertices, transform), path.codes)
        elif box is not None:
            place = (box.x0 - self._left, self.height - box.y1 - self._top, box.width, box.height)
            clip = [_short(v, 4) for v in place]
        return style, clip, repr((style, clip))

    def _styled(self, style, clip, key):
        def clipped():
            return clip if isinstance(clip, list) else self._shape(*clip)

        def entry():
            return [*style, 1 + self._number(self._clips, repr(clip), clipped) if clip else 0]

        return self._number(self._styles, key, entry)

    # --- what artists call ----------------------------------------------------------------------

    def draw_path(self, gc, path, transform, rgbFace=None):
        look = self._style(gc, rgbFace), gc.get_snap(), path.codes
        self._looks.append((self._path, *look))
        self._path(self._moved(path.vertices, transform), *look)

    def _path(self, places, style, snap, codes):
        # Of a cursor's two lines one is drawn at a time, or one between them.
        own = places[:2] if self._role and self._role[0] == "cursor" else places
        number = -1 if codes is None else self._array(np.asarray(codes, np.uint8), -1)
        op = "path", self._styled(*style), self._places(places), number, self._role
        self._ops.append([*op, _snapped(snap, codes, own)])

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        outline = marker_trans.transform(marker_path.vertices) * (1, -1)
        shape = self._below.get(id(marker_path)) or _outlined(outline, marker_path.codes)
        look = self._style(gc, rgbFace), shape, _snapped(gc.get_snap(), marker_path.codes, outline)
        self._looks.append((self._mark, *look))
        places = self._moved(path.vertices, trans)
        if path.codes is not None and np.isin(path.codes, (Path.CURVE3, Path.CURVE4)).any():
            places = places[~np.isin(path.codes, (Path.CURVE3, Path.CURVE4))]
        self._mark(places, *look)

    def _mark(self, places, style, shape, snapped):
        shape = [shape, -1] if isinstance(shape, int) else self._shape(*shape)
        op = "mark", self._styled(*style), self._places(places), *shape, self._role
        self._ops.append([*op, snapped, self._every])

    def draw_arrows(self, gc, ends, width, face):
        """What `arrow.Arrow` asks for: two places are a third of an outline.

        Tails stand apart from tips: they are places of a path, which are noted once.
        """
        tails, tips = (self._places(self._moved(ends[i::2])) for i in (0, 1))
        kind, first, stride = (*self._role, 0, 1)[:3]
        role = _brief(kind, first, stride // 2)
        style = self._styled(*self._style(gc, face, stroke=False))
        self._ops.append(["arrows", style, tails, tips, _short(width, 3), role])

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        vertices, codes = _outline(s, prop, bool(ismath))
        if not len(vertices):
            return
        scale = self.points_to_pixels(prop.get_size_in_points()) / text_to_path.FONT_SCALE
        place = (x - self._left, self.height - y - self._top, np.radians(angle), scale)
        outline = self._shape(*_outlined(vertices * (1, -1), codes, LETTER_UNIT))
        style, clip, key = self._style(gc, gc.get_rgb(), stroke=False)
        letters = *(_short(v, 4) for v in place), *outline
        if self._halo:  # as wide as it is when all is scaled
            width = _short(self.points_to_pixels(self._halo.width) / scale, 3)
            halo = [to_hex(self._halo.color), 1, width, 0, "round", "round", 0, 0]
            self._ops.append(["text", self._styled(halo, clip, repr((halo, clip))), *letters])
        self._ops.append(["text", self._styled(style, clip, key), *letters])

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
        matrix = [_short(v, 5) for v in matrix]
        style = self._styled(*self._style(gc, stroke=False))
        self._ops.append(["image", style, pixels, width, height, matrix])

    # --- what they ask --------------------------------------------------------------------------

    def points_to_pixels(self, points):
        return points * self.dpi / 72

    def get_canvas_width_height(self):
        return self.width, self.height

    def get_text_width_height_descent(self, s, prop, ismath):
        _, height, descent = self._measure.get_text_width_height_descent(s, prop, ismath)
        return self.points_to_pixels(_width(s, prop, bool(ismath))), height, descent

    def flipy(self):
        return False

    def option_image_nocomposite(self):
        return True

    def option_scale_image(self):
        return True  # the browser enlarges: a cell of a map is one pixel of its image


class Recorder(Fitted, _Recorder):
    """Records artists of one figure, `width` × `height` pixels of `dpi` to the inch."""


def parted(list_):
    """The header of a list, with its length, and the arrays."""
    end = 4 + int.from_bytes(list_[:4], "little")
    return list_[:end], list_[end:]


def _coded(vertices, unit):
    """Places `(n, 2)` as numbers, and their unit."""
    scaled = vertices * unit
    with np.errstate(invalid="ignore"):
        far = (np.abs(scaled) > FAR * UNIT).any()  # NaN is not far
    if far or len(vertices) <= FEW:
        clipped = np.clip(vertices, -1e6, 1e6)  # only the direction matters out there
        return clipped.astype("<f4"), 0
    gaps = np.isnan(scaled)
    if gaps.any():
        scaled = np.where(gaps.any(axis=1, keepdims=True), GAP, scaled)
    return np.rint(scaled).astype("<i2"), unit


def _outlined(vertices, codes, unit=UNIT):
    """An outline as numbers: its places with their unit, and its codes or None."""
    return _coded(vertices, unit), None if codes is None else np.asarray(codes, np.uint8)


def _halo(text):
    """The ground of a text, if it has one and nothing else."""
    effects = text.get_path_effects()
    return effects[0] if len(effects) == 1 and isinstance(effects[0], Halo) else None


def _brief(kind, first, stride):
    return [kind] if (first, stride) == (0, 1) else [kind, first, stride]


def _short(value, digits):
    """A number for JSON in as few letters as it needs: a list is sent with every move."""
    rounded = round(float(value), digits)
    return int(rounded) if rounded.is_integer() else rounded


@lru_cache(maxsize=4096)
def _outline(words, prop, ismath):
    """The outline of a text, on an em of 100 units."""
    vertices, codes = text_to_path.get_text_path(prop, words, ismath=ismath)
    return np.reshape(vertices, (-1, 2)), codes


@lru_cache(maxsize=4096)
def _width(words, prop, ismath):
    """The width of a text in points as it is outlined; in a still its letters lie on pixels."""
    return text_to_path.get_text_width_height_descent(words, prop, ismath)[0]


def _snapped(snap, codes, vertices):
    """Whether the lines are to lie on pixels, as Agg puts those that run along them."""
    if snap is not None:
        return int(snap)
    if len(vertices) > 1024:
        return 0
    if codes is not None:
        if np.isin(codes, (Path.CURVE3, Path.CURVE4)).any():
            return 0
        vertices = vertices[codes != Path.CLOSEPOLY]
    along = np.abs(np.diff(vertices, axis=0)).min(axis=1, initial=np.inf) < 1e-4
    return int(len(along) > 0 and bool(along.all()))
