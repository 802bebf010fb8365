"""What a hand does to a figure, and what must be true after it."""

import time

import pytest
from twin import assert_same, follow, twins

from adamviz.drawing.panel import Panel


def try_first_figure(notebook, name, size="screen"):
    """The programme for front ends other than JupyterLab."""
    notebook.run_all()
    figure, twin = notebook.figures[0], next(twins(name, size))
    figure.image.scroll_into_view_if_needed()
    move_every_slider(figure, twin)
    flood(figure, twin)
    drag_the_start(figure, twin)
    play(figure, twin)
    notebook.assert_nothing_scrolls_sideways()
    notebook.assert_no_error()


def move_every_slider(figure, twin):
    """Every slider to both ends; the readout and the picture are those of the sliders."""
    for handle in figure.handles:
        if handle.evaluate("handle => handle.closest('.noUi-target').hasAttribute('disabled')"):
            continue
        handle.focus()
        at = float(handle.get_attribute("aria-valuenow"))
        low, high = (float(handle.get_attribute(f"aria-value{end}")) for end in ("min", "max"))
        for key, end in (("Home", low), ("End", high)):
            before = figure.source
            handle.press(key)
            figure.notebook.settle()
            assert at == end or figure.source != before, f"nothing changes at {end}"
            at = end
            assert float(handle.get_attribute("aria-valuenow")) == end
            assert figure.box.locator("pre[role=alert]").count() == 0, figure.readout
            follow(twin, figure.sliders)
            assert figure.readout == str(twin)
    assert_same(figure, twin)
    reset(figure, twin)


def reset(figure, twin):
    figure.box.locator("button", has_text="reset").click()
    figure.notebook.settle()
    twin.board.reset.click()


def flood(figure, twin, events=60, pause=0.03):
    """Hold a key on the first slider: at the end all belongs to its last value."""
    # Notebook 7 takes the arrow keys from the slider, for its own way from heading to heading.
    key = "PageUp" if figure.notebook.kind == "notebook7" else "ArrowRight"
    handle = figure.handles[0]
    figure.page.mouse.move(0, 0)  # over a picture in the present view the keys are the picture's
    handle.focus()
    handle.press("Home")
    figure.notebook.settle()
    before = handle.get_attribute("aria-valuenow")
    for _ in range(events):  # a key that is down again is one that repeats
        figure.page.keyboard.down(key)
        time.sleep(pause)
    figure.page.keyboard.up(key)
    figure.notebook.settle()
    assert handle.get_attribute("aria-valuenow") != before
    assert_same(figure, twin)
    reset(figure, twin)


def across(twin, moves=40):
    """A way across a part of what can be grabbed, in fractions of the picture."""
    picture = twin.screen.picture
    width, height = picture.size.width, picture.height
    area = next(p for p in picture.panels if type(p).grab is not Panel.grab).axes[0].bbox
    return [
        ((area.x0 + f * area.width) / width, (height - area.y1 + f * area.height) / height)
        for f in (0.2 + 0.5 * i / moves for i in range(moves))
    ]


def drag_the_start(figure, twin):
    """Drag: what is shown belongs to the point where the hand let go."""
    if "adamviz-drag" not in figure.image.get_attribute("class"):
        return  # nothing in this figure can be grabbed
    text = figure.readout
    hand = figure.drag(across(twin), pause=0.016)
    figure.notebook.settle()
    assert figure.readout != text
    last = figure.page.evaluate("figures.pointer")
    # In the page: the picture itself may move a line, as the text below it gets shorter.
    assert (last["clientX"], last["clientY"]) == pytest.approx(hand, abs=2), last
    for kind in ("mousedown", "mouseup"):
        twin.screen.pointer(last | {"type": kind})
    assert_same(figure, twin)


def play(figure, twin):
    step = figure.handles[-1]
    step.focus()
    step.press("Home")
    figure.notebook.settle()
    before = figure.source
    figure.box.locator(".widget-play button").first.click()
    figure.wait_for_change(before)
    before = figure.source
    figure.wait_for_change(before)
    figure.box.locator(".widget-play button").first.click()
    figure.notebook.settle()
    assert 0 < float(step.get_attribute("aria-valuenow"))
    follow(twin, figure.sliders)
    assert figure.readout == str(twin)


def press_every_button(figure):
    for button in figure.box.locator("button.widget-toggle-button").all():
        if not button.is_visible():
            continue
        for _ in range(2):
            before = figure.source
            button.click()
            figure.notebook.settle()
            assert figure.source != before
            figure.notebook.assert_nothing_scrolls_sideways()  # "present" is one of them
    for menu in figure.box.locator("select").all():
        options = menu.locator("option").all_inner_texts()
        for option in [*options[1:], options[0]]:
            menu.select_option(label=option)
            figure.notebook.settle()
            assert figure.box.locator("pre[role=alert]").count() == 0, figure.readout
