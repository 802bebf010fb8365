"""What a figure owes to the page it lives in, tried in JupyterLab on figures of our own."""

import time

import pytest
from twin import follow, run

EXPLORER = """from adamviz import Explorer, optimizers
Explorer([optimizers.GradientDescent(0.01), optimizers.Adam(lr=0.1)], controls=["lr"], steps=100)"""

MORE = [
    "from adamviz import Playground, Training\nPlayground([optimizers.Adam(lr=0.1)])",
    "Training([optimizers.Adam(lr=0.1)], epochs=2, seeds=[0], width=8)",
]
SMALLEST = 10  # CSS pixels of the type in a picture


@pytest.fixture
def figure(open_notebook):
    notebook = open_notebook("figure.ipynb", cells=[EXPLORER, "print(6 * 7)"])
    notebook.run_all()
    (figure,) = notebook.figures
    figure.picture.scroll_into_view_if_needed()
    yield figure
    notebook.assert_no_error()


def step(figure):
    return int(figure.handles[-1].input_value())


def editor(figure):
    return figure.page.locator(".jp-CodeCell .cm-content").last


def present(figure):
    return figure.button("present")


def test_old_pictures_leave_the_memory(figure):
    """The page holds what it shows and what may come next, not all that it has shown."""
    handle, page = figure.handles[0], figure.page
    browser = page.context.new_cdp_session(page)

    def held():
        browser.send("HeapProfiler.collectGarbage")
        used = browser.send("Runtime.getHeapUsage")
        return (used["usedSize"] + used["backingStorageSize"]) / 1e6

    def frames():
        return int(figure.picture.get_attribute("data-frames"))

    def move(count):
        for number in range(count):
            handle.press("ArrowLeft" if number // 50 % 2 == 0 else "ArrowRight")
            time.sleep(0.03)
        figure.notebook.settle()

    handle.focus()
    move(100)  # all its stops are there, once and for all
    shown, before = frames(), held()
    move(300)
    new = frames() - shown
    assert new > 100
    # What one picture is sent as: the path, its lists, and the words.
    assert held() - before < 0.3 * new * 10e-3


def test_an_error_is_a_message_and_the_next_move_works(open_notebook):
    source = """from adamviz import Control, Explorer, optimizers
def picky(lr):
    if lr > 1:
        raise ValueError("no rate above 1 here")
    return optimizers.GradientDescent(lr)
Explorer({"picky": picky}, controls=[Control("lr", "α", [0.005, 0.01, 2.0])])"""
    notebook = open_notebook("picky.ipynb", cells=[source])
    notebook.run_all()
    (figure,) = notebook.figures
    before = figure.source
    figure.handles[0].press("End")
    notebook.settle()
    assert figure.alarm.inner_text() == "ValueError: no rate above 1 here"
    figure.handles[0].press("ArrowLeft")
    notebook.settle()
    assert not figure.alarm.is_visible()
    assert "α = 0.01" in figure.readout
    assert figure.source != before
    notebook.assert_no_error()


def test_present_view_takes_space_and_arrows_and_leaves_the_others(figure):
    present(figure).click()
    figure.notebook.settle()
    figure.notebook.assert_nothing_scrolls_sideways()
    figure.page.evaluate("document.activeElement.blur()")
    figure.picture.hover()
    for key, value in (("ArrowLeft", 99), ("PageUp", 98), ("ArrowRight", 99), ("PageDown", 100)):
        figure.page.keyboard.press(key)
        figure.notebook.settle()
        assert step(figure) == value
    figure.page.keyboard.press("ArrowLeft")
    figure.page.keyboard.press(" ")
    figure.page.wait_for_function("s => s.value == '100'", arg=figure.handles[-1].element_handle())
    figure.notebook.settle()
    present(figure).focus()
    figure.picture.hover()
    figure.page.keyboard.press("Tab")
    assert not present(figure).evaluate("button => button === document.activeElement")


def test_a_control_keeps_its_keys_in_the_present_view(figure):
    present(figure).click()
    figure.notebook.settle()
    rate, at = figure.handles[0], int(figure.handles[0].input_value())
    rate.focus()
    figure.picture.hover()
    figure.page.keyboard.press("ArrowLeft")
    figure.notebook.settle()
    assert (int(rate.input_value()), step(figure)) == (at - 1, 100)
    figure.page.keyboard.press("Escape")
    figure.notebook.settle()
    assert present(figure).get_attribute("aria-pressed") == "false"


def test_normal_view_takes_no_key_from_the_page(figure):
    editor(figure).click()
    figure.picture.hover()
    figure.page.keyboard.press("End")
    figure.page.keyboard.type("  # a b")
    assert editor(figure).inner_text() == "print(6 * 7)  # a b"
    assert_runs(figure)
    assert step(figure) == 100


def assert_runs(figure):
    prompt = figure.page.locator(".jp-CodeCell .jp-InputPrompt").nth(1)
    before = prompt.inner_text()
    figure.page.keyboard.press("Shift+Enter")
    figure.notebook.settle()
    assert prompt.inner_text() != before, "the cell has not run"


def test_present_view_leaves_other_keys_to_jupyterlab(figure):
    present(figure).click()
    figure.notebook.settle()
    # In command mode j selects the next cell.
    figure.page.locator(".jp-CodeCell .jp-InputPrompt").first.click()
    figure.picture.hover()
    figure.page.keyboard.press("j")
    second = figure.page.locator(".jp-CodeCell").nth(1)
    figure.page.wait_for_function(
        "cell => cell.classList.contains('jp-mod-active')", arg=second.element_handle()
    )
    assert_runs(figure)


def test_keys_are_free_again_after_the_present_view_is_left_by_keyboard(figure):
    present(figure).click()
    figure.notebook.settle()
    figure.page.evaluate("document.activeElement.blur()")
    figure.picture.hover()
    figure.page.keyboard.press("ArrowLeft")
    figure.notebook.settle()
    assert step(figure) == 99
    present(figure).focus()
    figure.page.keyboard.press("Enter")
    figure.notebook.settle()
    assert present(figure).get_attribute("aria-pressed") == "false"
    editor(figure).focus()
    figure.page.keyboard.press("End")
    figure.page.keyboard.type(" # b")
    figure.page.keyboard.press("ArrowLeft")
    assert editor(figure).inner_text() == "print(6 * 7) # b"
    assert step(figure) == 99


def test_on_a_narrow_page_all_of_a_figure_can_be_seen(open_notebook):
    """The width of a phone; JupyterLab's margins leave 245 pixels of it."""
    source = """from adamviz import Explorer, optimizers
Explorer([optimizers.GradientDescent(0.01), optimizers.Adam(lr=0.1)], controls=["lr", "kappa"])"""
    notebook = open_notebook("narrow.ipynb", cells=[source])
    notebook.run_all()
    (figure,) = notebook.figures
    notebook.page.keyboard.press("Control+B")  # the list of files
    notebook.page.set_viewport_size({"width": 390, "height": 844})
    figure.page.wait_for_function(
        "p => p.firstChild.clientWidth < 300", arg=figure.picture.element_handle()
    )
    notebook.settle()
    left, right = figure.box.evaluate(
        "box => (area => [area.left, area.right])(box.getBoundingClientRect())"
    )
    for slider in figure.box.locator(".adamviz-slider").all():
        track = slider.locator("input").bounding_box()
        value = slider.locator("output").bounding_box()
        assert track["width"] > 50
        assert value["x"] + value["width"] <= right
    one, other = (canvas.bounding_box() for canvas in figure.canvases.all())
    for canvas in (one, other):
        assert left <= canvas["x"] and canvas["x"] + canvas["width"] <= right
    assert other["y"] >= one["y"] + one["height"] - 1  # below one another
    notebook.assert_nothing_scrolls_sideways()
    notebook.assert_no_error()


@pytest.mark.parametrize("present", [False, True])
def test_on_a_narrow_page_the_type_is_large_enough(open_notebook, present):
    cells = [EXPLORER, *MORE]
    notebook = open_notebook("type.ipynb", cells=cells)
    notebook.run_all()
    notebook.page.keyboard.press("Control+B")  # the list of files
    notebook.page.set_viewport_size({"width": 390, "height": 844})
    for figure, twin in zip(notebook.figures, run(cells), strict=True):
        figure.picture.scroll_into_view_if_needed()
        if present:
            figure.button("present").click()
        notebook.page.wait_for_function(
            "p => p.dataset.painted.includes('narrow=1')", arg=figure.picture.element_handle()
        )
        notebook.settle()
        follow(twin, figure.painted)
        laid = twin.widget.laid
        widths = [canvas.bounding_box()["width"] for canvas in figure.canvases.all()]
        sizes = [
            laid["font"] * width / tile["box"][2]
            for width, tile in zip(widths, laid["tiles"], strict=True)
        ]
        assert min(sizes) >= SMALLEST
    notebook.assert_no_error()
