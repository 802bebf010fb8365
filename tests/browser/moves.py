"""What a hand does to a figure, and what must be true after it."""

import time

import pytest
from twin import assert_same, follow, twins


def try_first_figure(notebook, name, size="screen"):
    """The programme for front ends other than JupyterLab."""
    notebook.run_all()
    figure, twin = notebook.figures[0], next(twins(name, size))
    figure.picture.scroll_into_view_if_needed()
    assert_same(figure, twin)
    move_every_slider(figure, twin)
    flood(figure, twin)
    drag_the_start(figure, twin)
    play(figure, twin)
    notebook.assert_nothing_scrolls_sideways()
    notebook.assert_no_error()


def move_every_slider(figure, twin):
    """Every slider to both ends; words, controls and pixels are those of a figure moved there."""
    for handle in figure.handles:
        if handle.is_disabled():
            continue
        handle.focus()
        for key, end in (("Home", "0"), ("End", handle.get_attribute("max"))):
            handle.press(key)
            figure.notebook.settle()
            assert handle.input_value() == end
            assert not figure.alarm.is_visible(), figure.alarm.inner_text()
            assert_same(figure, twin)
    reset(figure, twin)


def reset(figure, twin):
    figure.button("reset").click()
    figure.notebook.settle()
    twin.buttons["@reset"]()


def flood(figure, twin, events=60, pause=0.03):
    """Hold a key on the first slider: at the end all belongs to its last value."""
    handle = figure.handles[0]
    figure.page.mouse.move(0, 0)  # over a picture in the present view the keys are the picture's
    handle.focus()
    handle.press("Home")
    figure.notebook.settle()
    before = handle.input_value()
    for _ in range(events):  # a key that is down again is one that repeats
        figure.page.keyboard.down("ArrowRight")
        time.sleep(pause)
    figure.page.keyboard.up("ArrowRight")
    figure.notebook.settle()
    assert handle.input_value() != before
    assert_same(figure, twin)
    reset(figure, twin)


def grabbable(twin):
    """The number of the first tile in which something can be grabbed, and where, in fractions."""
    for number, tile in enumerate(twin.widget.laid["tiles"]):
        if tile["grab"]:
            (x, y, w, h), (_, _, width, height) = tile["grab"], tile["box"]
            return number, (x / width, y / height, w / width, h / height)
    return None


def across(twin, moves=40):
    """A way across a part of what can be grabbed, in fractions of its canvas."""
    _, (x, y, w, h) = grabbable(twin)
    return [(x + f * w, y + f * h) for f in (0.2 + 0.5 * i / moves for i in range(moves))]


def drag_the_start(figure, twin):
    """Drag: what is shown belongs to the point where the hand let go."""
    found = grabbable(twin)
    if found is None:
        assert figure.box.locator(".adamviz-drag").count() == 0
        return
    text = figure.readout
    hand = figure.drag(across(twin), found[0])
    figure.notebook.settle()
    assert figure.readout != text
    last = figure.page.evaluate("figures.grabbed")
    assert last["ends"] and last["tile"] == found[0]
    _, _, width, height = twin.widget.laid["tiles"][found[0]]["box"]
    assert (last["x"], last["y"]) == pytest.approx((hand[0] * width, hand[1] * height), abs=2)
    twin._hear(twin.widget, last, [])
    assert_same(figure, twin)


def play(figure, twin):
    step = figure.handles[-1]
    step.focus()
    step.press("Home")
    figure.notebook.settle()
    before = figure.source
    button = figure.box.locator(".adamviz-play")
    button.click()
    figure.wait_for_change(before)
    before = figure.source
    figure.wait_for_change(before)
    button.click()
    figure.notebook.settle()
    assert 0 < int(step.input_value())
    assert_same(figure, twin)


def press_every_button(figure, twin):
    """Every button that stays pressed, every tick and menu, there and back."""
    pressed = "button[aria-pressed]:not(.adamviz-details), .adamviz-tick input"
    for button in figure.box.locator(pressed).element_handles():  # they change their places
        if not button.is_visible() or button.is_disabled():
            continue
        for _ in range(2):
            # Whether rates move together is seen when one moves.
            before = figure.source, figure.readout, figure.painted
            button.click()
            figure.notebook.settle()
            now = figure.source, figure.readout, figure.painted
            assert now != before, button.inner_text()
            figure.notebook.assert_nothing_scrolls_sideways()  # "present" is one of them
            assert_same(figure, twin)
    for button in figure.box.locator(".adamviz-details").all():  # of these one is pressed, always
        if button.is_visible():
            button.click()
            figure.notebook.settle()
            assert button.get_attribute("aria-pressed") == "true"
            assert_same(figure, twin)
    for menu in figure.box.locator(".adamviz-menu select").all():
        options = menu.locator("option").all_inner_texts()
        for option in [*options[1:], options[0]]:
            menu.select_option(label=option)
            figure.notebook.settle()
            assert not figure.alarm.is_visible(), figure.alarm.inner_text()
    follow(twin, figure.painted)
