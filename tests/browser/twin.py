"""The same figures without a browser: what a front end shows must be what Python says."""

import ast
import base64
import contextlib
import io
import os
import re

import nbformat
from conftest import ROOT

from adamviz.live.figure import Figure
from adamviz.live.stage import Stage


def twins(name, size="screen"):
    """The figures of a notebook, one after the other, made in this process."""
    notebook = nbformat.read(ROOT / "notebooks" / name, as_version=4)
    yield from run([cell.source for cell in notebook.cells if cell.cell_type == "code"], size)


def run(cells, size="screen"):
    """The figures that are the last value of a cell."""
    names = {"__name__": "__main__"}
    for source in cells:
        *body, last = ast.parse(source).body
        before = os.environ.get("ADAMVIZ_SIZE")
        os.environ["ADAMVIZ_SIZE"] = size
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(ast.Module(body, []), "cell", "exec"), names)
                if isinstance(last, ast.Expr):
                    value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
                else:
                    value = exec(compile(ast.Module([last], []), "cell", "exec"), names)
        finally:
            os.environ.pop("ADAMVIZ_SIZE")
            os.environ |= {} if before is None else {"ADAMVIZ_SIZE": before}
        if isinstance(value, Figure):
            yield value


def state(painted):
    """Where the controls stood when a picture was painted: a dict from key to number.

    The start is a pair.
    """
    found = {}
    for entry in painted.split(";"):
        key, _, value = entry.rpartition("=")
        pair = re.fullmatch(r"\((.+), (.+)\)", value)
        found[key] = tuple(map(float, pair.groups())) if pair else float(value)
    return found


def own_state(twin):
    """The same of a twin."""
    now = twin.widget.now["state"]
    return state(";".join(f"{key}={value}" for key, value in now.items()))


def follow(twin, painted):
    """Move a twin to where the controls in the browser stood for what they painted."""
    wanted, now = state(painted), own_state(twin)
    view = {key: int(wanted[key]) for key in ("present", "narrow")}
    if any(now[key] != value for key, value in view.items()):
        twin._see(**view)
    experiment, changes = twin.experiment, {}
    for key in wanted.keys() & now.keys() - view.keys():
        if wanted[key] == now[key]:
            continue
        knob, value = twin.knobs[key], wanted[key]
        if key.startswith("show:"):  # each of them changes the same set
            shown = changes.get("show", set(experiment.shown)) - {key.removeprefix("show:")}
            changes["show"] = shown | ({key.removeprefix("show:")} if value else set())
        else:
            value = list(value) if isinstance(value, tuple) else int(value)
            changes |= knob.changes(experiment, value)
    if changes:
        twin.show(experiment.with_(**changes))
    assert own_state(twin) == wanted


def traits(twin):
    """What the page needs of a twin, as JSON can carry it."""
    widget, text = twin.widget, lambda data: base64.b64encode(data).decode()
    stills = [getattr(widget, f"still{i}") for i in range(len(widget.moving))]
    return {
        "name": widget.name,
        "parts": widget.parts,
        "now": widget.now,
        "laid": widget.laid,
        "moving": [text(data) for data in widget.moving],
        "stills": [text(data) for data in stills],
    }


def assert_same(figure, twin):
    """Words, controls and pixels in the browser are those of a figure with the same values."""
    follow(twin, figure.painted)
    assert figure.readout == str(twin)
    assert figure.differences(Stage._esm, traits(twin)) == []
