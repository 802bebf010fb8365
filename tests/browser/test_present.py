"""A lecture: the present view on screens of many sizes, and the width that every view keeps to."""

import pytest
from twin import run

CELL = """from adamviz import Explorer, optimizers
Explorer([optimizers.GradientDescent(0.018), optimizers.Momentum(0.003), optimizers.Adam(0.1)],
         controls=["Adam.lr", "momentum"], steps=100, step=40, panels={panels})"""
TWO, THREE = ["landscape", "loss"], [["landscape", "loss"], ["step size"]]
FOUR = [["landscape", "loss"], ["components", "moments"]]

# The smallest type of controls and words, the width of the first canvas, and how much of the figure
# is beyond the screen, all in CSS pixels.
SEEN = """box => {
  const figure = box.querySelector('.adamviz'), rows = '.adamviz-row, .adamviz-words';
  const seen = [...figure.querySelectorAll(rows)].filter((e) => e.offsetHeight);
  return {
    words: Math.min(...seen.map((e) => parseFloat(getComputedStyle(e).fontSize))),
    wide: figure.querySelector('canvas').offsetWidth,
    beyond: figure.scrollHeight - window.innerHeight,
  };
}"""
TRACKS = "[...document.querySelectorAll('.adamviz input[type=range]')].map(e => e.offsetWidth)"
TICKS = 1.5  # points by which they, the smallest type in a picture, are smaller than its titles


def begin_lecture(notebook, figure):
    """The present view, on the whole screen."""
    figure.button("present").click()
    notebook.settle()
    figure.button("full screen").click()
    notebook.page.wait_for_function("document.fullscreenElement !== null")
    notebook.settle()


@pytest.mark.parametrize("height", [720, 1080, 2160])
@pytest.mark.parametrize("panels", [TWO, THREE, FOUR], ids=["two", "three", "four"])
def test_a_lecture_is_seen_whole_and_read_from_the_back_row(open_notebook, panels, height):
    size, cell = {"width": height * 16 // 9, "height": height}, CELL.format(panels=panels)
    notebook = open_notebook("lecture.ipynb", cells=[cell], viewport=size)
    notebook.run_all()
    (figure,) = notebook.figures
    begin_lecture(notebook, figure)
    seen, laid = figure.box.evaluate(SEEN), next(run([cell], "projector")).widget.laid
    assert seen["beyond"] <= 1
    assert seen["words"] >= 0.025 * height
    scale = seen["wide"] / laid["tiles"][0]["box"][2]
    # What four panels say leaves no room for type as large: it is smaller, and all is seen.
    least = 0.019 if panels is FOUR else 0.025
    assert (laid["font"] - TICKS * 100 / 72) * scale >= least * height
    notebook.assert_no_error()


LONG = """from adamviz import Explorer, optimizers, panels
class Said(panels.Loss):
    def say(self, scene):
        return [f"line {i}" for i in range(20)]
Explorer([optimizers.Adam(0.1)], steps=100, step=40, panels=["landscape", Said])"""


def test_what_is_said_at_length_leaves_the_picture_half_of_the_screen(open_notebook):
    notebook = open_notebook("long.ipynb", cells=[LONG], viewport={"width": 1920, "height": 1080})
    notebook.run_all()
    (figure,) = notebook.figures
    begin_lecture(notebook, figure)
    assert figure.box.locator("canvas").first.bounding_box()["height"] >= 0.48 * 1080
    assert "line 19" in figure.box.locator(".adamviz-words").inner_text()
    notebook.assert_no_error()


MANY = """from adamviz import Explorer, optimizers
Explorer([kind(lr=0.01) for kind in optimizers.OPTIMIZERS], steps=100, step=40)"""


def test_many_methods_leave_the_picture_its_room(open_notebook):
    notebook = open_notebook("many.ipynb", cells=[MANY], viewport={"width": 1920, "height": 1080})
    notebook.run_all()
    (figure,) = notebook.figures
    rows = figure.box.locator(".adamviz-row:has(.adamviz-method)")
    heights = "rows => new Set(rows.map(row => row.offsetTop)).size"
    assert rows.evaluate_all(heights) == 6  # eleven, two beside each other
    assert "loss" in rows.last.inner_text()
    begin_lecture(notebook, figure)
    assert rows.evaluate_all(heights) <= 3
    laid = next(run([MANY], "projector")).widget.laid
    scale = figure.box.evaluate(SEEN)["wide"] / laid["tiles"][0]["box"][2]
    assert (laid["font"] - TICKS * 100 / 72) * scale >= 0.025 * 1080
    notebook.assert_no_error()


@pytest.mark.parametrize("width", [390, 820, 1280, 1920])
def test_nothing_scrolls_sideways_and_no_slider_is_too_short_to_move(open_notebook, width):
    notebook = open_notebook("wide.ipynb", cells=[CELL.format(panels=FOUR)])
    notebook.run_all()
    if width < 600:
        notebook.page.keyboard.press("Control+b")  # the list of files away
    notebook.page.set_viewport_size({"width": width, "height": 900})
    notebook.settle()
    (figure,) = notebook.figures
    for _ in range(2):
        notebook.assert_nothing_scrolls_sideways()
        assert min(notebook.page.evaluate(TRACKS)) >= 150
        figure.button("present").click()
        notebook.settle()
    notebook.assert_no_error()


def test_a_lecture_in_the_playground_has_what_is_rarely_moved_folded_away(open_notebook):
    cell = "from adamviz import Playground\nPlayground(steps=100, step=40)"
    notebook = open_notebook("playground.ipynb", cells=[cell])
    notebook.run_all()
    (figure,) = notebook.figures
    folds, opened = figure.box.locator("details"), "folds => folds.map(fold => fold.open)"
    folds.last.locator("summary").click()  # code and files: whoever closes it finds it so again
    assert folds.evaluate_all(opened) == [True, True, False]
    figure.button("present").click()
    notebook.settle()
    assert folds.evaluate_all(opened) == [True, False, False]
    folds.nth(1).locator("summary").click()
    folds.nth(1).get_by_role("button", name="Nesterov").click()
    notebook.settle()
    assert folds.evaluate_all(opened) == [True, True, False]
    assert "Nesterov (" in figure.readout
    figure.button("present").click()
    notebook.settle()
    assert folds.evaluate_all(opened) == [True, True, False]
    notebook.assert_no_error()
