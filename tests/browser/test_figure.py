"""What a figure owes to the page it lives in, tried in JupyterLab on figures of our own."""

import time

import pytest

EXPLORER = """from adamviz import Explorer, optimizers
Explorer([optimizers.GradientDescent(0.01), optimizers.Adam(lr=0.1)], controls=["lr"], steps=100)"""


@pytest.fixture
def figure(open_notebook):
    notebook = open_notebook("figure.ipynb", cells=[EXPLORER, "print(6 * 7)"])
    notebook.run_all()
    (figure,) = notebook.figures
    figure.image.scroll_into_view_if_needed()
    yield figure
    notebook.assert_no_error()


def step(figure):
    return float(figure.handles[-1].get_attribute("aria-valuenow"))


def editor(figure):
    return figure.page.locator(".jp-CodeCell .cm-content").last


def present(figure):
    return figure.box.get_by_role("button", name="present")


def test_old_pictures_leave_the_memory(figure):
    """The page holds the picture that it shows, not all those before it."""
    handle, page = figure.handles[-1], figure.page
    browser = page.context.new_cdp_session(page)

    def held():
        browser.send("HeapProfiler.collectGarbage")
        used = browser.send("Runtime.getHeapUsage")
        return (used["usedSize"] + used["backingStorageSize"]) / 1e6

    handle.focus()
    shown, before = page.evaluate("figures.frames"), held()
    for number in range(300):
        handle.press("ArrowLeft" if number // 50 % 2 == 0 else "ArrowRight")
        time.sleep(0.03)
    figure.notebook.settle()
    new = page.evaluate("figures.frames") - shown
    assert new > 100
    assert held() - before < 0.3 * new * len(figure.source) / 1e6


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
    assert figure.box.locator("pre[role=alert]").inner_text() == "ValueError: no rate above 1 here"
    figure.handles[0].press("ArrowLeft")
    notebook.settle()
    assert figure.box.locator("pre[role=alert]").count() == 0
    assert "α = 0.01" in figure.readout
    assert figure.source != before
    notebook.assert_no_error()


def test_present_view_takes_space_and_arrows_and_leaves_the_others(figure):
    present(figure).click()
    figure.notebook.settle()
    figure.notebook.assert_nothing_scrolls_sideways()
    figure.image.hover()
    for key, value in (("ArrowLeft", 99), ("PageUp", 98), ("ArrowRight", 99), ("ArrowRight", 100)):
        figure.page.keyboard.press(key)
        figure.notebook.settle()
        assert step(figure) == value
    figure.page.keyboard.press("ArrowLeft")
    figure.page.keyboard.press(" ")
    figure.page.wait_for_function(
        "s => s.getAttribute('aria-valuenow') == '100.0'",
        arg=figure.handles[-1].element_handle(),
    )
    figure.notebook.settle()
    present(figure).focus()
    figure.image.hover()
    figure.page.keyboard.press("Tab")
    assert not present(figure).evaluate("button => button === document.activeElement")


def test_normal_view_takes_no_key_from_the_page(figure):
    editor(figure).click()
    figure.image.hover()
    figure.page.keyboard.press("End")
    figure.page.keyboard.type("  # a b")
    assert editor(figure).inner_text() == "print(6 * 7)  # a b"
    prompt = figure.page.locator(".jp-CodeCell .jp-InputPrompt").nth(1)
    before = prompt.inner_text()
    figure.page.keyboard.press("Shift+Enter")
    figure.notebook.settle()
    assert prompt.inner_text() != before, "the cell has not run"
    assert step(figure) == 100


def test_keys_are_free_again_after_the_present_view_is_left_by_keyboard(figure):
    present(figure).click()
    figure.notebook.settle()
    figure.image.hover()
    figure.page.keyboard.press("ArrowLeft")
    figure.notebook.settle()
    assert step(figure) == 99
    present(figure).focus()
    figure.page.keyboard.press("Enter")
    figure.notebook.settle()
    assert "mod-active" not in present(figure).get_attribute("class")
    editor(figure).focus()
    figure.page.keyboard.press("End")
    figure.page.keyboard.type(" # b")
    figure.page.keyboard.press("ArrowLeft")
    assert editor(figure).inner_text() == "print(6 * 7) # b"
    assert step(figure) == 99


def test_on_a_narrow_page_every_slider_keeps_its_track_and_value(open_notebook):
    """The width of a phone; JupyterLab's margins leave 245 pixels of it."""
    source = """from adamviz import Explorer, optimizers
Explorer([optimizers.GradientDescent(0.01), optimizers.Adam(lr=0.1)], controls=["lr", "kappa"])"""
    notebook = open_notebook("narrow.ipynb", cells=[source])
    notebook.run_all()
    (figure,) = notebook.figures
    notebook.page.keyboard.press("Control+B")  # the list of files
    notebook.page.set_viewport_size({"width": 390, "height": 844})
    figure.page.wait_for_function("i => i.clientWidth < 300", arg=figure.image.element_handle())
    right = figure.box.evaluate("box => box.getBoundingClientRect().right")
    for slider in figure.box.locator(".widget-hslider").all():
        track = slider.locator(".noUi-target").bounding_box()
        value = slider.locator(".widget-readout").bounding_box()
        assert track["width"] > 50
        assert value["x"] + value["width"] <= right
    notebook.assert_nothing_scrolls_sideways()
    notebook.assert_no_error()
