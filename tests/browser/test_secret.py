"""Run All in a real JupyterLab shows no solution, and no figure tells what is to be predicted."""

import re

import nbformat
import pytest
from conftest import NOTEBOOKS

from tools import notebooks as tool

TOLD = re.compile(r" from step \d| at the end|diverged at step|lowest loss")


def solution(source):
    metadata = {"tags": ["solution"], "jupyter": tool.FOLDED}
    return nbformat.v4.new_code_cell(source, metadata=metadata)


def seen(notebook, number):
    """What is seen below a cell: texts, pictures and figures."""
    outputs = notebook.page.locator(".jp-Notebook .jp-Cell").nth(number).locator(".jp-OutputArea")
    parts = outputs.locator("pre, img, .adamviz-picture").all()
    return [part for part in parts if part.is_visible()]


def test_solutions_stay_folded_until_a_reader_opens_them(open_notebook):
    cells = [
        "from adamviz import Explorer, folded, optimizers",
        "print('no secret')",
        solution("with folded('Solution', 'try first'):\n    print('the answer')"),
        solution("figure = Explorer([optimizers.Adam(0.1)])\nfigure.finished('try first')"),
        "figure",
    ]
    notebook = open_notebook("folded.ipynb", cells=cells)
    notebook.run_all()
    assert [bool(seen(notebook, number)) for number in range(5)] == [
        False,
        True,
        False,
        False,
        True,
    ]
    folds = notebook.page.locator("summary")
    assert folds.all_inner_texts() == ["Solution (try first)", "The finished figure (try first)"]
    for fold in folds.all():
        fold.click()
    (answer,), (picture, words) = seen(notebook, 2), seen(notebook, 3)
    assert answer.inner_text() == "the answer"
    assert picture.evaluate("picture => picture.naturalWidth") > 800
    assert picture.get_attribute("alt") == words.inner_text()
    notebook.assert_no_error()


@pytest.mark.parametrize("start", ["03", "12"])
def test_running_all_cells_shows_no_solution(open_notebook, start):
    (path,) = (path for path in NOTEBOOKS if path.name.startswith(start))
    cells = nbformat.read(path, as_version=4).cells
    solutions = [i for i, c in enumerate(cells) if "solution" in c.metadata.get("tags", [])]
    notebook = open_notebook(path.name)
    notebook.run_all()
    folds = notebook.page.locator(".jp-Cell").nth(solutions[0]).locator("summary")
    assert folds.first.is_visible()  # it has run
    assert [i for i in solutions if seen(notebook, i)] == []
    if start == "03":  # of 12, the first figure asks to be moved from its best rates
        assert [f.readout for f in notebook.figures if TOLD.search(f.readout)] == []
    notebook.assert_no_error()
