"""The first figure of each notebook in JupyterLab, in Firefox and in WebKit.

What is seen is compared with a figure in this process until both are the same: there is no other
way to know, in these engines, that the last answer has come.
"""

import time

import engines
import nbformat
import pytest
from conftest import NOTEBOOKS, ROOT, unrun
from moves import across
from twin import assert_same, follow, twins


@pytest.fixture(scope="module", params=[engines.firefox, engines.webkit], ids=["firefox", "webkit"])
def engine(request, tmp_path_factory):
    try:
        with request.param(tmp_path_factory.mktemp("engine")) as do:
            yield do
    except engines.Missing as missing:
        pytest.skip(str(missing))


@pytest.mark.parametrize("name", [path.name for path in NOTEBOOKS])
def test_first_figure_answers(engine, address, folder, name):
    nbformat.write(unrun(ROOT / "notebooks" / name), folder / name)
    page, twin = engines.Page(engine, address("lab"), name), next(twins(name))
    page.run_all()
    settle(page, twin)
    move_every_slider(page, twin)
    drag_the_start(page, twin)
    assert not page.ask("document.querySelector('.jp-OutputArea-output[data-mime-type*=error]')")


def settle(page, twin, seconds=30):
    """Wait until readout and picture are those of a figure with the same values."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        follow(twin, page.sliders)
        if page.readout == str(twin) and page.source.encode() == twin.screen.image.value:
            return
        time.sleep(0.1)
    assert_same(page, twin)


def move_every_slider(page, twin):
    movable = ".noUi-target:not([disabled]) .noUi-handle"
    handles = f"[...figure.querySelectorAll('{movable}')].filter(h => h.offsetParent)"
    for number in range(page.ask(f"{handles}.length")):
        handle = f"{handles}[{number}]"
        page.ask(f"{handle}.focus()")
        for key, end in ((engines.HOME, "min"), (engines.END, "max")):
            page.press(key)
            page.wait_for(f"{handle}.ariaValueNow === {handle}.ariaValue{end.capitalize()}")
            settle(page, twin)


def drag_the_start(page, twin):
    if not twin.screen.grabs:
        return
    page.ask(
        """figure.querySelector('img').addEventListener('mouseup', event => {
            const area = event.target.getBoundingClientRect();
            window.hand = {relativeX: Math.round(event.clientX - area.x),
                           relativeY: Math.round(event.clientY - area.y),
                           boundingRectWidth: area.width, button: 0, buttons: 1};
        })"""
    )
    page.ask("figure.querySelector('img').scrollIntoView()")  # the sliders may have scrolled
    area = page.ask(
        """(area => [area.x, area.y, area.width, area.height])(
            figure.querySelector('img').getBoundingClientRect())"""
    )
    left, top, width, height = area
    text = page.readout
    page.drag([(left + x * width, top + y * height) for x, y in across(twin)])
    hand = page.ask("window.hand")
    assert hand, "the hand let go, and the page did not hear of it"
    for kind in ("mousedown", "mouseup"):
        twin.screen.pointer(hand | {"type": kind})
    settle(page, twin)
    assert page.readout != text
