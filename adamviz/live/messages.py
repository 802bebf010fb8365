"""Messages of a page, checked: what comes from elsewhere may be anything."""

import numpy as np

from ..checks import check, refusal, whole

__all__ = ["checked", "sender"]

LONGEST = 0.1  # seconds for which stops ahead may hold up the moves of a hand


def sender(message):
    """Who sent a message, and which of theirs it is, as `[client, number]`; None if nobody says."""
    heard = message.get("heard") if isinstance(message, dict) else None
    valid = isinstance(heard, (list, tuple)) and [*map(type, heard)] == [str, int]
    return list(heard) if valid else None


def checked(message):
    """A message with all that its kind has; ValueError where it is none.

    - `{"kind": "move", "changes": {key: number, ...}}`: controls stand elsewhere.
    - `{"kind": "grab", "tile": i, "x": x, "y": y, "at": seconds, "ends": bool}`: a hand at a place
      of a tile, by the clock of the page, lets go if it `ends`.
    - `{"kind": "press", "key": key}`: a button.
    - `{"kind": "ahead", "key": key, "base": text, "begins": bool, "seconds": s}`: what would the
      next stops of a control show, or the first if it `begins`, where all others stand as the text
      says; and how long the kernel may take for some of them, at most `LONGEST`.
    - `{"kind": "opened", "client": client}` and "closed": a page shows the figure, or no longer.

    All but the last have besides `"heard": [client, number]`.
    """
    if not isinstance(message, dict):
        raise refusal("a message", "a dict", message)
    kind = message.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise refusal("a message's kind", f"among {', '.join(_KINDS)}", kind)
    if "client" not in _KINDS[kind] and sender(message) is None:
        raise refusal("heard", "a client and a whole number", message.get("heard"))
    return {**message, **{n: _FIELDS[n](n, message.get(n)) for n in _KINDS[kind]}}


_KINDS = {
    "move": ["changes"],
    "grab": ["tile", "x", "y", "at", "ends"],
    "press": ["key"],
    "ahead": ["key", "base", "begins", "seconds"],
    "opened": ["client"],
    "closed": ["client"],
}


def _text(name, value):
    if not isinstance(value, str):
        raise refusal(name, "a text", value)
    return value


def _finite(name, value):
    return check(name, value, np.isfinite, "a finite number")


def _flag(name, value):
    if not isinstance(value, bool):
        raise refusal(name, "true or false", value)
    return value


def _changes(name, value):
    if not isinstance(value, dict) or not value or not all(isinstance(key, str) for key in value):
        raise refusal(name, "numbers by key, one at least", value)
    return value


def _seconds(name, value):
    return check(name, value, lambda v: 0 < v <= LONGEST, f"above 0 and at most {LONGEST}")


_FIELDS = {
    "key": _text,
    "base": _text,
    "x": _finite,
    "y": _finite,
    "at": _finite,
    "ends": _flag,
    "begins": _flag,
    "seconds": _seconds,
    "client": _text,
    "tile": lambda name, value: whole(name, value, 0),
    "changes": _changes,
}
