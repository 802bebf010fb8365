"""Text in any script: which of the machine's fonts have its letters, and which letters none has.

Pictures are written in DejaVu Sans, which comes with matplotlib: Latin, Greek, Cyrillic, Arabic and
mathematics. Letters that it lacks are taken from other fonts, as few as can be; a □ stands for what
no font has. Of letters that China, Japan and Korea share, it takes the forms of Japan beside kana,
of Korea beside hangul and else of China, where the machine has a font for each.

Arabic letters are joined and run from right to left, and Indian vowels stand in their places, where
the library that draws can do so: in axes matplotlib from 3.11 on, in captions a Pillow with Raqm.
Elsewhere the letters stand one by one, from left to right: told apart, but not read with ease.
"""

import contextlib
import io
import unicodedata
from functools import cache, lru_cache

from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.font_manager import findfont, findSystemFonts, fontManager
from matplotlib.ft2font import FT2Font
from PIL import ImageDraw, ImageFont

__all__ = ["Canvas", "Fitted", "SvgCanvas", "fitted", "lacking", "width", "write"]

SANS = "DejaVu Sans"
BOX = "□"


@cache
def _own():
    """The characters of DejaVu Sans."""
    return frozenset(map(chr, _opened(findfont(SANS)).get_charmap()))


def _opened(path, index=None):
    """The one face, without those that matplotlib would put behind it."""
    if index is None:
        index = getattr(path, "face_index", 0)  # of several in a file; before 3.11 the first
    return FT2Font(path, **({"face_index": index} if index else {}))


@cache
def _families():
    """The families of the machine's upright fonts of usual weight, each with its file.

    Those without serifs come first.
    """
    # matplotlib keeps a list of fonts, which may be older than a font.
    known = {entry.fname for entry in fontManager.ttflist}
    for path in findSystemFonts():
        if path not in known:
            with contextlib.suppress(Exception):  # one that matplotlib cannot read
                fontManager.addfont(path)
    found = {
        entry.name: (entry.fname, getattr(entry, "index", 0))
        for entry in fontManager.ttflist
        if entry.style == "normal" and entry.weight in (400, "normal", "regular")
    }
    # These have a sign of their own for whatever is missing, or nothing.
    empty = {"Last", "LastResort", ".LastResort", "Blank"}
    names = [name for name in found if not empty & {*name.split()}]
    names.sort(key=lambda name: ("Sans" not in name, len(name), name))
    return {name: found[name] for name in names}


def _listed(file, characters):
    """Those of the characters that a font has."""
    with contextlib.suppress(Exception):  # it may be gone
        font = _opened(*file)
        return {c for c in characters if font.get_char_index(ord(c))}
    return set()


def _held(family, characters):
    """Those of the characters that can be drawn in a family."""
    with contextlib.suppress(Exception):  # pictures instead of outlines fail
        font = _opened(findfont(family, fallback_to_default=False))
        font.set_size(10, 100)
        held = {c for c in characters if font.get_char_index(ord(c))}
        for character in held:
            font.load_char(ord(character))
        return held
    return set()


@lru_cache(maxsize=256)
def _others(characters):
    """The families that have these characters, as few as can be, and what none of them has."""
    left, chosen = set(characters), []
    found = {name: _listed(file, left) for name, file in _families().items()} if left else {}
    region = _region(characters)
    while any(held & left for held in found.values()):
        best = max(found, key=lambda name: (len(found[name] & left), region in name.split()))
        held = _held(best, found.pop(best) & left)
        if held:
            chosen.append(best)
            left -= held
    return chosen, left


def _region(characters):
    """Whose forms of the letters that China, Japan and Korea share: part of a font's name."""
    scripts = {unicodedata.name(c, "").partition(" ")[0] for c in characters}
    return "JP" if scripts & {"HIRAGANA", "KATAKANA"} else "KR" if "HANGUL" in scripts else "SC"


@lru_cache(maxsize=4096)
def fitted(words):
    """The families that a text needs, in their order, and the text with a □ for what is missing."""
    chosen, missing = _others(_foreign(words))
    for character in missing:
        words = words.replace(character, _stand_in(character))
    return [SANS, *chosen], words


def _stand_in(character):
    """What is written for a character that no font has: nothing for marks on another one."""
    kind = unicodedata.category(character)
    if kind in ("Zs", "Cc"):
        return " "
    return "" if kind in ("Mn", "Mc", "Me", "Cf") else BOX


def _foreign(words):
    return "".join(sorted({*words} - _own()))


def lacking(*texts):
    """The characters of the texts for which a □ stands, in order."""
    missing = _others(_foreign("".join(texts)))[1]
    return sorted(c for c in missing if _stand_in(c) == BOX)


# --- in a figure --------------------------------------------------------------------------------


class Fitted:
    """A renderer that writes every text in the fonts that it needs, whoever put it there.

    matplotlib's mathematics has its own fonts alone: beside other letters it stands as it was
    typed.
    """

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        super().draw_text(gc, x, y, *_fit(s, prop, ismath, angle), mtext=mtext)

    def get_text_width_height_descent(self, s, prop, ismath):
        words, prop, _, ismath = _fit(s, prop, ismath)
        return super().get_text_width_height_descent(words, prop, ismath)


def _fit(words, prop, ismath, angle=0.0):
    families, drawn = fitted(words)
    if len(families) > 1 or drawn != words:
        prop, ismath = prop.copy(), False
        prop.set_family(families)
    return drawn, prop, angle, ismath


class _Agg(Fitted, RendererAgg):
    pass


class _Svg(Fitted, RendererSVG):
    pass


class Canvas(FigureCanvasAgg):
    """Pixels."""

    def get_renderer(self):
        size = (*self.get_width_height(physical=True), self.figure.dpi)
        if getattr(self, "_size", None) != size:
            self.renderer, self._size = _Agg(*size), size
        return self.renderer


class SvgCanvas(FigureCanvasSVG):
    """An SVG, in which letters are outlines: it looks the same where there is no such font."""

    def print_svg(self, filename, **options):
        self.figure.dpi = 72
        width, height = self.figure.get_size_inches()
        out = io.StringIO()
        renderer = _Svg(72 * width, 72 * height, out)
        self.figure.draw(MixedModeRenderer(self.figure, width, height, 72, renderer))
        renderer.finalize()
        filename.write(out.getvalue().encode())


# --- in an image --------------------------------------------------------------------------------


def write(image, corner, words, size, color):
    """Write a line of text into a Pillow image, from the corner at its top left."""
    (x, y), draw = corner, ImageDraw.Draw(image)
    y += _font(SANS, size).getmetrics()[0]  # one base line for all the fonts
    for font, part in _parts(words, size):
        draw.text((x, y), part, fill=color, font=font, anchor="ls")
        x += font.getlength(part)


def width(words, size):
    """How wide a line of text is, in pixels."""
    return sum(font.getlength(part) for font, part in _parts(words, size))


@lru_cache(maxsize=64)
def _font(family, size):
    path = findfont(family)
    return ImageFont.truetype(path, size, index=getattr(path, "face_index", 0))


@lru_cache(maxsize=256)
def _parts(words, size):
    """A line of text in parts, each with the font that has it."""
    families, words = fitted(" ".join(words.splitlines()))
    parts = []
    for character in words:
        family = SANS if character in _own() else _with(character, *families)
        if parts and parts[-1][0] == family:
            parts[-1][1] += character
        else:
            parts.append([family, character])
    return [(_font(family, size), part) for family, part in parts]


@lru_cache(maxsize=4096)
def _with(character, *families):
    """The first of the families that can draw a character."""
    return next(family for family in families if _held(family, {character}))
