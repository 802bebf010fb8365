"""The first figure of each notebook in JupyterLab, in Firefox and in WebKit.

What is seen is compared with a figure in this process until both are the same: there is no other
way to know, in these engines, that the last answer has come.
"""

import json
import time

import engines
import nbformat
import pytest
from conftest import NOTEBOOKS, ROOT, unrun
from moves import across, grabbable
from twin import follow, twins


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
    settle(page, twin, "figure")
    move_every_slider(page, twin)
    drag_the_start(page, twin)
    assert not page.ask("document.querySelector('.jp-OutputArea-output[data-mime-type*=error]')")


def settle(page, twin, moved, seconds=30):
    """Wait until `moved` is true in the page, and words and controls are those of a twin."""
    page.wait_for(moved, seconds)
    deadline = time.monotonic() + seconds
    while True:
        painted, readout = page.painted, page.readout
        follow(twin, painted)
        if readout == str(twin) and painted == page.painted:
            return
        assert time.monotonic() < deadline, f"{readout}, not {twin}"
        time.sleep(0.1)


def move_every_slider(page, twin):
    sliders = "[...figure.querySelectorAll('input[type=range]:enabled')]"
    sliders += ".filter(h => h.offsetParent)"
    for number in range(page.ask(f"{sliders}.length")):
        slider = f"{sliders}[{number}]"
        page.ask(f"{slider}.focus()")
        for key, end in ((engines.HOME, "0"), (engines.END, f"{slider}.max")):
            before = page.ask("figure.querySelector('[data-painted]').dataset.frames")
            if page.ask(f"{slider}.value === String({end})"):
                continue
            page.press(key)
            painted = f"figure.querySelector('[data-painted]').dataset.frames > {before}"
            settle(page, twin, f"{slider}.value === String({end}) && {painted}")


def drag_the_start(page, twin):
    found = grabbable(twin)
    if found is None:
        return
    canvas = f"figure.querySelectorAll('canvas')[{found[0]}]"
    page.ask(f"{canvas}.scrollIntoView()")  # the sliders may have scrolled
    time.sleep(1)  # WebKit scrolls in another thread; till then a hand meets what was there before
    left, top, width, height = page.ask(
        f"(area => [area.x, area.y, area.width, area.height])({canvas}.getBoundingClientRect())"
    )
    text, way = page.readout, across(twin)
    page.drag([(left + x * width, top + y * height) for x, y in way])
    said = "figure.querySelector('.adamviz-picture').getAttribute('aria-label')"
    # Of a drag each picture is painted that is newer than the last: wait for the last.
    painted = None
    while painted != page.painted:
        painted = page.painted
        time.sleep(1)
    settle(page, twin, f"{said} !== {json.dumps(text)}")
    # Where the hand let go, within a pixel of the page.
    tile = twin.screen.lists(twin.experiment.scene())[0][found[0]]
    x, y = way[-1][0] * tile.box[2], way[-1][1] * tile.box[3]
    there = [twin.screen.grab(twin.experiment.scene(), found[0], x + d, y + d) for d in (-2, 2)]
    low, high = (there[k].get("start") for k in (0, 1))
    if low is not None:
        for one, at, other in zip(low, twin.experiment.start, high, strict=True):
            assert min(one, other) <= at <= max(one, other)
