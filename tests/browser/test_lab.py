"""Each notebook in a real JupyterLab: run all, move every control of every figure, drag, play.

Run by `make test-browser`. With ADAMVIZ_SCREENSHOTS set to a folder, each figure is also saved
there as it looked at the end.
"""

import os
from pathlib import Path

import moves
import pytest
from conftest import NOTEBOOKS
from twin import assert_same, twins

SCREENSHOTS = os.environ.get("ADAMVIZ_SCREENSHOTS")


@pytest.mark.parametrize("name", [path.name for path in NOTEBOOKS])
def test_every_figure_answers(open_notebook, name):
    notebook = open_notebook(name)
    notebook.run_all()
    figures = notebook.figures
    assert figures
    for number, (figure, twin) in enumerate(zip(figures, twins(name), strict=True)):
        figure.picture.scroll_into_view_if_needed()
        assert_same(figure, twin)
        moves.move_every_slider(figure, twin)
        moves.flood(figure, twin)
        moves.drag_the_start(figure, twin)
        moves.play(figure, twin)
        moves.press_every_button(figure, twin)
        if SCREENSHOTS:
            figure.box.screenshot(path=Path(SCREENSHOTS) / f"{Path(name).stem}-{number}.png")
    notebook.assert_no_error()


def test_training_is_seen_while_it_goes_on_and_can_be_stopped(open_notebook):
    notebook = open_notebook("11_deep_network.ipynb")
    notebook.run_all()
    figure = notebook.figures[0]
    before = figure.source
    figure.button("train").click()
    stop = figure.box.get_by_role("button", name="stop", exact=True)
    stop.first.wait_for()
    for _ in range(3):
        figure.wait_for_change(before)
        before = figure.source
    stop.first.click()
    notebook.settle()
    assert 0 < int(figure.handles[-1].input_value())
    assert not figure.alarm.is_visible()
    notebook.assert_no_error()
