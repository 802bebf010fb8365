"""The same figures without a browser: what a front end shows must be what Python says."""

import ast
import contextlib
import io
import os

import nbformat
from conftest import ROOT

from adamviz.live.figure import Figure


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


def follow(twin, sliders):
    """Move a twin's sliders to where those in the browser say they are."""
    own = {w.description: w for w in (*twin.board.controls.values(), twin.board.step)}
    for label, written in sliders.items():
        widget = own[label]
        if hasattr(widget, "options"):
            widget.index = [text for text, _ in widget.options].index(written)
        else:
            widget.value = type(widget.value)(written)


def assert_same(figure, twin):
    """Readout and picture in the browser are those of a figure with the same values."""
    follow(twin, figure.sliders)
    assert figure.readout == str(twin)
    assert figure.source.encode() == twin.screen.image.value, "another picture than the sliders say"
