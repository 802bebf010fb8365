"""A figure as HTML: a fragment for a page, or a page of its own."""

import base64
import html
import io
import json
import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image

from ..checks import one_line, refusal, whole
from .held import hold

__all__ = [
    "BUDGET",
    "LEAST",
    "Fold",
    "address",
    "bounded",
    "fragment",
    "page",
    "said",
    "script",
    "writable",
]

BUDGET = 600_000  # bytes of a figure, as sent compressed
LEAST = 120_000  # with which there is room for the still, and for where the figure stands
CODE = 24_000  # of these for the script

# The still and the readout, before and without the script: no style of the page hides them.
_BLOCK = "display: block !important; break-inside: avoid"
_IMAGE = "display: block !important; width: auto !important; max-width: 100%; height: auto"
_WORDS = (
    "display: block !important; white-space: pre-wrap; word-break: normal; font: 13px monospace"
)
_STILL = "Here this figure stands still: its page is damaged, or too new for this browser."
_UNSCRIPTED = "This figure moves where scripts are allowed."
# In the oldest JavaScript, and before all that may be missing, damaged, or not understood.
_WATCH = """(function (host) {
window.addEventListener("load", function () {
if (host.getAttribute("data-adamviz") === "still") {
host.querySelector("[data-why]").removeAttribute("style");
} }); })(document.currentScript.parentNode);"""

_HERE = Path(__file__).parent
_LIVE = _HERE.parent / "live"


def fragment(plan, still, words, *, code=True, live=None, budget=BUDGET):
    """A figure as a piece of HTML.

    Parameters
    ----------
    plan : shots.Plan
    still : bytes
        The picture as a PNG, for before and without the script.
    words : str
        The readout.
    code : bool
        Whether the script is in it; a page needs it once, at its end.
    live : str, optional
        The address at which the figure runs with Python.
    budget : int
        Bytes that it may have as sent compressed, with the script if that is in it.
    """
    still = _small(still)
    room = budget - len(still) - (CODE if code else 0)
    held = base64.b64encode(hold(plan, room, live)).decode()
    return (
        f'<div class="adamviz-page" data-adamviz="still" lang="en" style="{_BLOCK}">\n'
        f"{said(base64.b64encode(still).decode(), words)}"
        f'<p data-why style="display: none !important">{_STILL}</p>\n'
        f"<noscript><p>{_UNSCRIPTED}</p></noscript>\n"
        f"<script>{_WATCH}</script>\n"
        f'<script type="application/octet-stream">{held}</script>\n'
        "</div>\n" + (script() if code else "")
    )


def said(picture, words):
    """A PNG in base64 as HTML: with the words as its alternative text, and below it."""
    words = html.escape(words, quote=True)
    return (
        f'<img alt="{words}" src="data:image/png;base64,{picture}" style="{_IMAGE}">\n'
        f'<pre style="{_WORDS}">{words}</pre>\n'
    )


@dataclass(frozen=True)
class Fold:
    """What lies in a fold that neither a run nor a front end opens; in full, as plain text.

    Parameters
    ----------
    title, hint : str
        On the fold; the hint in brackets.
    text : str
    still : bytes, optional
        A picture as a PNG, of which the text is the readout.
    """

    title: str
    hint: str
    text: str
    still: bytes = b""

    def __repr__(self):
        return self.text

    def _repr_mimebundle_(self, include=None, exclude=None):
        title = f"<b>{html.escape(self.title)}</b> ({html.escape(self.hint)})"
        if self.still:
            inside = said(base64.b64encode(_small(self.still)).decode(), self.text)
        else:
            inside = f'<pre style="{_WORDS}">{html.escape(self.text)}</pre>\n'
        return {
            "text/plain": self.text,
            "text/html": f"<details>\n<summary>{title}</summary>\n{inside}</details>",
        }


def _small(still):
    """The PNG in 256 colours, a third of the bytes."""
    out, image = io.BytesIO(), Image.open(io.BytesIO(still))
    # Coverage keeps the colours of thin lines.
    image = image.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    image.save(out, "png", optimize=True)
    return out.getvalue()


@cache
def script():
    """What moves all the figures of a page, at its end."""
    styles = "".join(_read(p) for p in (_LIVE / "stage.css", _HERE / "page.css"))
    code = f"const STYLES = {json.dumps(styles)};\n"
    code += "".join(_read(p) for p in (_LIVE / "stage.js", _HERE / "unpack.js", _HERE / "page.js"))
    assert "</script" not in code and "<!--" not in code
    return f'<script type="module">\n{code}</script>\n'


def page(fragment, title):
    """A whole file with one figure in it."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n</head>\n<body>\n<main>\n"
        f'<h1 style="font: 600 16px system-ui, sans-serif">{html.escape(title)}</h1>\n'
        f"{fragment}</main>\n</body>\n</html>\n"
    )


def address(live):
    """The address of the figure with Python, if one is given, checked."""
    if live is not None and not re.match(r"https?://|[^:]*([/?#]|$)", one_line("live", live)):
        raise refusal("live", "an address with https://, or one from the page", live)
    return live


def bounded(budget):
    """The bytes that a figure may have, checked."""
    return whole("budget", budget, LEAST)


def writable(path):
    """A path to which a page can be written; an OSError says why there is none.

    Asked before a figure is drawn for a minute.
    """
    try:
        path = Path(path)
    except TypeError:
        raise refusal("path", "a path", path) from None
    if path.is_dir():
        raise IsADirectoryError(f"path must be a file, not the folder {str(path)!r}")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"path must lie in a folder that is there, not {str(path)!r}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise PermissionError(f"path must be one that may be written, not {str(path)!r}")
    return path


def _read(path):
    """A script or a style sheet without the comments that have lines of their own."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r"^ *(/\*.*?\*/|//[^\n]*)\n", "", text, flags=re.DOTALL | re.MULTILINE)
