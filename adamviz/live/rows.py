"""Rows of a figure, and those that belong to one method each: its look, and all that is its own.

A row is a list of keys of items, or "@picture" or "@words", or several rows that can be folded away
together, `{"fold": name, "rows": [...], "aside": whether it is closed in a lecture}`.
"""

from itertools import count
from string import Formatter

from matplotlib.markers import MarkerStyle
from matplotlib.path import Path

from ..checks import one_line, refusal
from ..drawing.style import assign

__all__ = ["formula_rows", "keys", "method_items", "method_row", "shared"]

_LETTERS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C"}


def keys(rows):
    """The keys of all items in rows, as they stand there."""
    for row in rows:
        if isinstance(row, dict):
            yield from keys(row["rows"])
        elif isinstance(row, list):
            yield from row


def method_items(experiment, items, details=""):
    """What the rows of methods show: items by key, of which some replace those in `items`.

    `details` names what is drawn of one method alone, "arrows"; empty where nothing is.
    """
    found, alone = {}, len(experiment.methods) == 1
    for index, (label, style) in enumerate(assign(experiment.kinds).items()):
        found[f"show:{label}"] = {
            "kind": "method",
            "label": label,
            "look": _look(style),
            "alone": alone,
            "index": index,
            "details": "" if alone else details,
            "tip": "" if alone else f"show or hide {label}",
        }
        own = _own(experiment, label)
        for name in own:
            short = experiment.controls[name].short.removeprefix(label).removeprefix(":").strip()
            found[name] = {**items[name], "short": short, "width": 264}
        found[f"said:{label}"] = {"kind": "said", "method": label, "brief": bool(own)}
    return found


def method_row(experiment, label, controls=None):
    """The keys of the row of a method; of its own controls all, or these."""
    own = _own(experiment, label) if controls is None else controls
    return [f"show:{label}", *own, f"said:{label}"]


def shared(experiment):
    """The names of the controls that belong to no method alone."""
    own = {name for label in experiment.methods for name in _own(experiment, label)}
    return [name for name in experiment.controls if name not in own]


def formula_rows(experiment, items, formula):
    """The rows of the shared controls as a formula has them: for each line, items by key, in order.

    `formula` is words with the name of each control in braces, `"step = {lr} · g {average:→ m}"`;
    after a colon stands the term that a tick switches on. `items` are those of the controls.

    Raises
    ------
    ValueError
        For another text, and for a formula without one of the controls, or with another name.
    """
    names = shared(experiment)
    allowed = f"lines of words with each of {', '.join(names)} once, in braces"
    try:
        lines = [one_line("formula", line) for line in formula.splitlines()]
        rows = [[*Formatter().parse(line)] for line in lines]
    except (AttributeError, ValueError):
        raise refusal("formula", allowed, formula) from None
    parts = [part for row in rows for part in row]
    named = [name for _, name, *_ in parts if name is not None]
    if sorted(named) != sorted(names) or any(conversion for *_, conversion in parts):
        raise refusal("formula", allowed, formula)
    for _, name, term, _ in parts:
        if term and items[name]["kind"] != "tick":
            raise refusal("formula", f"without a term for {name}, which is no tick", formula)
    number, found = count(), []
    for row in rows:
        made = {}
        for words, name, term, _ in row:
            if words.strip():
                made[f"words:{next(number)}"] = {"kind": "words", "label": words.strip()}
            if name is not None:  # as wide as it must be: it stands between words
                made[name] = {k: v for k, v in items[name].items() if k != "width"}
                made[name] |= {"term": term} if term else {}
        found.append(made)
    return found


def _own(experiment, label):
    return [name for name in experiment.controls if name.rpartition(".")[0] == label]


def _look(style):
    """A line with its marker, for a drawing 36 wide and 12 high around its middle."""
    marker = MarkerStyle(style.marker)
    path = marker.get_path().transformed(marker.get_transform())
    mark = ""
    for places, code in path.iter_segments(simplify=False):
        at = " ".join(f"{8 * x:.2f},{-8 * y:.2f}" for x, y in places.reshape(-1, 2))
        mark += "Z" if code == Path.CLOSEPOLY else _LETTERS[code] + at
    dashes = "" if style.line == "-" else " ".join(f"{2 * d:g}" for d in style.line[1])
    return {"color": style.color, "dashes": dashes, "mark": mark}
