"""Each notebook in a real JupyterLab: run all, move every control, drag the start, play.

Run by `make test-browser`. With ADAMVIZ_SCREENSHOTS set to a folder, each figure is also saved
there as it looked at the end.
"""

import os
from pathlib import Path

import pytest
from conftest import NOTEBOOKS

SCREENSHOTS = os.environ.get("ADAMVIZ_SCREENSHOTS")


@pytest.mark.parametrize("name", [path.name for path in NOTEBOOKS])
def test_every_figure_answers(open_notebook, name):
    notebook = open_notebook(name)
    notebook.run_all()
    assert notebook.figures
    for number, figure in enumerate(notebook.figures):
        figure.image.scroll_into_view_if_needed()
        move_every_slider(notebook, figure)
        drag_the_start(notebook, figure)
        play(notebook, figure)
        press_every_button(notebook, figure)
        if SCREENSHOTS:
            figure.box.screenshot(path=Path(SCREENSHOTS) / f"{Path(name).stem}-{number}.png")
    errors = notebook.page.locator(".jp-OutputArea-output[data-mime-type*=error]")
    assert errors.count() == 0
    assert not notebook.problems


def test_training_is_seen_while_it_goes_on_and_can_be_stopped(open_notebook):
    notebook = open_notebook("11_deep_network.ipynb")
    notebook.run_all()
    figure = notebook.figures[0]
    epoch = figure.box.locator(".noUi-handle").last
    before = figure.source
    figure.box.get_by_role("button", name="train").click()
    figure.box.get_by_role("button", name="stop", exact=True).wait_for()
    for _ in range(3):
        figure.wait_for_change(before)
        before = figure.source
    figure.box.get_by_role("button", name="stop", exact=True).click()
    notebook.settle()
    assert 0 < float(epoch.get_attribute("aria-valuenow"))
    assert figure.box.locator("pre[role=alert]").count() == 0
    assert not notebook.problems


def move_every_slider(notebook, figure):
    handles = figure.box.locator(".noUi-handle")
    for i in range(handles.count()):
        handle = handles.nth(i)
        if figure.box.locator(".noUi-target").nth(i).get_attribute("disabled") is not None:
            continue
        handle.focus()
        at = float(handle.get_attribute("aria-valuenow"))
        low, high = (float(handle.get_attribute(f"aria-value{end}")) for end in ("min", "max"))
        for key, end in (("Home", low), ("End", high)):
            before = figure.source
            handle.press(key)
            if at != end:
                figure.wait_for_change(before)
            at = end
            assert float(handle.get_attribute("aria-valuenow")) == end
        notebook.settle()
        assert figure.box.locator("pre[role=alert]").count() == 0, figure.readout
    figure.box.locator("button", has_text="reset").click()
    notebook.settle()


def drag_the_start(notebook, figure):
    if "adamviz-drag" not in figure.image.get_attribute("class"):
        return  # nothing in this figure can be grabbed
    before, text = figure.source, figure.readout
    figure.drag([(0.15 + 0.005 * i, 0.3 + 0.006 * i) for i in range(30)])
    figure.wait_for_change(before)
    notebook.settle()
    assert figure.readout != text


def play(notebook, figure):
    step = figure.box.locator(".noUi-handle").last
    step.focus()
    step.press("Home")
    notebook.settle()
    before = figure.source
    figure.box.locator(".widget-play button").first.click()
    figure.wait_for_change(before)
    before = figure.source
    figure.wait_for_change(before)
    figure.box.locator(".widget-play button").first.click()
    notebook.settle()
    assert 0 < float(step.get_attribute("aria-valuenow"))


def press_every_button(notebook, figure):
    for button in figure.box.locator("button.widget-toggle-button").all():
        before = figure.source
        for _ in range(2):
            button.click()
            figure.wait_for_change(before)
            notebook.settle()
            before = figure.source
    for menu in figure.box.locator("select").all():
        options = menu.locator("option").all_inner_texts()
        for option in [*options[1:], options[0]]:
            menu.select_option(label=option)
            notebook.settle()
            assert figure.box.locator("pre[role=alert]").count() == 0, figure.readout
