"""A `Stage` is the widget of a figure: `stage.js` draws it, in every place where it is shown."""

import uuid
from pathlib import Path

import anywidget
import traitlets

__all__ = ["Stage"]

_HERE = Path(__file__).parent


class Stage(anywidget.AnyWidget):
    """What a page needs to show a figure. The page answers with messages, and changes nothing here.

    Attributes
    ----------
    name : str
        Of this figure alone.
    parts : dict
        What there is to see and to move: "rows" of keys, and "items" by key.
    now : dict
        Where all of it stands, and the words; set last of all.
    laid : dict
        The size of its type and the tiles: the names of what stands still in them, their places.
    moving : list of bytes
        For each tile the list of what moves.
    still0, still1, ... : bytes
        For each tile what stands still. Each is sent only when it changes.
    """

    _esm = (_HERE / "stage.js").read_text(encoding="utf-8")
    _css = (_HERE / "stage.css").read_text(encoding="utf-8")
    name = traitlets.Unicode().tag(sync=True)
    parts = traitlets.Dict().tag(sync=True)
    now = traitlets.Dict().tag(sync=True)
    laid = traitlets.Dict().tag(sync=True)
    moving = traitlets.List().tag(sync=True)

    def __init__(self, parts):
        super().__init__(name=uuid.uuid4().hex, parts=parts)

    def show(self, now, laid, stills, moving):
        """Show lists, and where all stands, as one message."""
        names = [f"still{i}" for i in range(len(stills))]
        new = {n: traitlets.Bytes(b"").tag(sync=True) for n in names if not self.has_trait(n)}
        if new:
            self.add_traits(**new)
        with self.hold_sync():
            for name, still in zip(names, stills, strict=True):
                setattr(self, name, still)
            self.laid, self.moving = laid, moving
            self.now = now
