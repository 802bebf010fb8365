"""A figure as HTML: a fragment for a page, or a page of its own."""

import base64
import html
from functools import cache
from pathlib import Path

from .held import hold

__all__ = ["fragment", "page", "script"]

BUDGET = 600_000  # bytes of a figure, as sent compressed
CODE = 20_000  # of these for the script

_HERE = Path(__file__).parent
_LIVE = _HERE.parent / "live"


def fragment(plan, still, words, *, code=True, live=None):
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
    """
    picture, said = base64.b64encode(still).decode(), html.escape(words, quote=True)
    held = base64.b64encode(hold(plan, BUDGET - CODE - len(still), live)).decode()
    return (
        '<div class="adamviz-page" data-adamviz="still">\n'
        f'<img alt="{said}" src="data:image/png;base64,{picture}" style="max-width: 100%">\n'
        f'<pre style="white-space: pre-wrap">{said}</pre>\n'
        "<p data-why hidden>This figure moves in a newer browser.</p>\n"
        f'<script type="application/octet-stream">{held}</script>\n'
        "</div>\n" + (script() if code else "")
    )


@cache
def script():
    """What moves all the figures of a page, at its end."""
    styles = "".join(_read(p) for p in (_LIVE / "stage.css", _HERE / "page.css"))
    styles = styles.replace("`", "\\`")
    code = f"const STYLES = `{styles}`;\n" + _read(_LIVE / "stage.js") + _read(_HERE / "page.js")
    assert "</script" not in code and "<!--" not in code
    return f'<script type="module">\n{code}</script>\n'


def page(fragment, title):
    """A whole file with one figure in it."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n</head>\n<body>\n<main>\n{fragment}</main>\n"
        "</body>\n</html>\n"
    )


def _read(path):
    return path.read_text(encoding="utf-8")
