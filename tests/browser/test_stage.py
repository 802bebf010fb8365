"""What `stage.js` owes to hands, screens and lines that are not the usual ones, in JupyterLab."""

import contextlib
import os
import re
import signal
import time

import pytest
from moves import across, grabbable
from twin import assert_same, follow, run, state

from adamviz.live.stage import Stage

EXPLORER = """from adamviz import Explorer, optimizers
figure = Explorer([optimizers.GradientDescent(0.01), optimizers.Adam(lr=0.1)],
                  controls=["lr", "kappa"], steps=100)
figure"""


@pytest.fixture
def twin():
    return next(run([EXPLORER]))


@contextlib.contextmanager
def devtools(page):
    session = page.context.new_cdp_session(page)
    yield session.send
    session.detach()


def frames(figure):
    return int(figure.picture.get_attribute("data-frames"))


# --- touch --------------------------------------------------------------------------------------


def touch(page, points):
    """A finger comes down at the first of the points and leaves at the last."""
    with devtools(page) as send:
        for number, (x, y) in enumerate(points):
            kind = "touchMove" if number else "touchStart"
            send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
            time.sleep(0.016)
        send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def inside(canvas, fractions):
    area = canvas.bounding_box()
    return [(area["x"] + x * area["width"], area["y"] + y * area["height"]) for x, y in fractions]


SCROLLED = """[...document.querySelectorAll('.jp-Notebook, .jp-WindowedPanel-outer')]
    .map(e => e.scrollTop).reduce((a, b) => Math.max(a, b), 0)"""


@pytest.fixture
def touched(open_notebook):
    cells = [EXPLORER, *["print('below\\n' * 40)"] * 2]
    size = {"width": 1280, "height": 720}
    notebook = open_notebook("touch.ipynb", cells=cells, has_touch=True, viewport=size)
    notebook.run_all()
    figure = notebook.figures[0]
    figure.picture.scroll_into_view_if_needed()
    yield figure
    notebook.assert_no_error()


def test_a_finger_drags_the_start(touched, twin):
    tile, page = grabbable(twin)[0], touched.page
    at, before = page.evaluate(SCROLLED), touched.painted
    points = inside(touched.canvases.nth(tile), across(twin))
    touch(page, points)
    touched.notebook.settle()
    assert state(touched.painted)["start"] != state(before)["start"]
    assert page.evaluate(SCROLLED) == at, "the page went along"
    last = page.evaluate("figures.grabbed")
    assert last["ends"]
    area = touched.canvases.nth(tile).bounding_box()
    scale = twin.widget.laid["tiles"][tile]["box"][2] / area["width"]
    hand = (points[-1][0] - area["x"]) * scale, (points[-1][1] - area["y"]) * scale
    assert (last["x"], last["y"]) == pytest.approx(hand, abs=2)
    assert_same(touched, twin)


def test_a_swipe_beside_what_can_be_grabbed_scrolls_the_page(touched):
    canvas, page = touched.canvases.nth(1), touched.page
    assert "adamviz-drag" not in (canvas.get_attribute("class") or "")
    at, before = page.evaluate(SCROLLED), touched.painted
    touch(page, inside(canvas, [(0.5, 0.7 - 0.015 * i) for i in range(30)]))
    page.wait_for_function(f"{SCROLLED} > {at} + 50")
    assert touched.painted == before


def test_a_drag_to_the_right_does_not_leave_the_page(touched, twin):
    tile, address = grabbable(twin)[0], touched.page.url
    x, y, w, h = grabbable(twin)[1]
    way = [(x + w * (0.02 + 0.03 * i), y + h / 2) for i in range(32)]
    touch(touched.page, inside(touched.canvases.nth(tile), way))
    touched.notebook.settle()
    assert touched.page.url == address
    assert touched.page.evaluate("figures.grabbed.ends")
    assert state(touched.painted)["start"][0] > 4
    assert_same(touched, twin)


# --- a second view ------------------------------------------------------------------------------


# What a page cannot be asked for afterwards: who watches sizes, and the screens it was asked about.
KEEP = """
window.screens = [];
window.sizes = new Set();
const ask = window.matchMedia.bind(window);
window.matchMedia = (query) => {
  const screen = ask(query);
  if (query.includes('resolution')) window.screens.push(screen);
  return screen;
};
window.ResizeObserver = class extends ResizeObserver {
  observe(node, options) {
    if (node.matches('.adamviz, .adamviz-words')) window.sizes.add(this);
    super.observe(node, options);
  }
  disconnect() { window.sizes.delete(this); super.disconnect(); }
};
"""


def listening(page):
    """What figures listen to outside themselves, each as often as it is heard.

    JupyterLab's own listeners are not counted: it sets some whenever it likes.
    """
    found = []
    with devtools(page) as send:
        send("Debugger.enable")

        def value(expression):
            return send("Runtime.evaluate", {"expression": expression})["result"]

        screens = [f"screens[{i}]" for i in range(value("screens.length")["value"])]
        for what in ("window", "document", "document.body", *screens):
            target = value(what)["objectId"]
            for own in send("DOMDebugger.getEventListeners", {"objectId": target})["listeners"]:
                script = {"scriptId": own["scriptId"]}
                if send("Debugger.getScriptSource", script)["scriptSource"] == Stage._esm:
                    found.append(f"{what.split('[')[0]} {own['type']}")
        found += ["size"] * value("sizes.size")["value"]
    return sorted(found)


def run_cell(notebook, number, source):
    """Write another source into a cell, and run it."""
    page = notebook.page
    page.locator(".jp-CodeCell .cm-content").nth(number).click()
    page.keyboard.press("Control+a")
    page.keyboard.type(source)
    page.keyboard.press("Control+Enter")
    notebook.settle()


def test_two_views_keep_in_step_and_one_leaves_without_a_trace(open_notebook, twin):
    notebook = open_notebook("views.ipynb", cells=[EXPLORER, "None"], script=KEEP)
    notebook.run_all()
    page = notebook.page
    alone = ["document fullscreenchange", "screens change", "size", "size", "window keydown"]
    assert listening(page) == alone
    run_cell(notebook, 1, "figure")
    one, other = notebook.figures
    assert listening(page) == sorted(2 * alone)
    for moved, key in ((one, "Home"), (other, "End")):
        for handle in moved.handles:
            handle.press(key)
            notebook.settle()
            assert one.painted == other.painted
            assert one.sliders == other.sliders
            assert_same(one, twin)
            assert_same(other, twin)
    one.handles[-1].press("Home")
    notebook.settle()
    before = one.source, other.source
    one.box.locator(".adamviz-play").click()
    for figure, old in zip((one, other), before, strict=True):
        figure.wait_for_change(old)
        assert figure.box.locator(".adamviz-play").get_attribute("aria-label") == "stop"
    other.box.locator(".adamviz-play").click()
    notebook.settle()
    assert one.painted == other.painted
    run_cell(notebook, 1, "0")
    (one,) = notebook.figures
    assert listening(page) == alone
    one.handles[0].press("ArrowRight")
    notebook.settle()
    assert_same(one, twin)
    notebook.assert_no_error()


# --- screens ------------------------------------------------------------------------------------

FILLED = """ratio => [...document.querySelectorAll('.adamviz canvas')].every(c => {
    const box = c.getBoundingClientRect();
    return Math.abs(c.width - box.width * ratio) <= 1
        && Math.abs(c.height - box.height * ratio) <= 1;
})"""


@pytest.mark.parametrize("ratio", [1, 1.5, 2, 3])
def test_canvases_have_the_pixels_of_the_screen(open_notebook, twin, ratio):
    notebook = open_notebook("pixels.ipynb", cells=[EXPLORER], device_scale_factor=ratio)
    notebook.run_all()
    (figure,) = notebook.figures
    assert notebook.page.evaluate(FILLED, ratio)
    assert_same(figure, twin)
    notebook.assert_no_error()


def test_another_screen_while_it_is_open(open_notebook, twin):
    notebook = open_notebook("screens.ipynb", cells=[EXPLORER])
    notebook.run_all()
    (figure,) = notebook.figures
    with devtools(notebook.page) as send:
        for ratio in (2, 1.5):
            # As zoom does it, with fewer CSS pixels; the ratio alone tells a headless page nothing.
            width = 1280 - round(200 * ratio)
            size = {"width": width, "height": 720, "mobile": False, "deviceScaleFactor": ratio}
            send("Emulation.setDeviceMetricsOverride", size)
            notebook.page.wait_for_function(FILLED, arg=ratio)
            notebook.settle()
            assert_same(figure, twin)
    notebook.assert_no_error()


# --- a slow line --------------------------------------------------------------------------------

# Every message about a widget comes late, each by another time, but in its order, as on a line.
LATE = """
const Quick = window.WebSocket;
window.WebSocket = class extends Quick {
  set onmessage(call) {
    let line = Promise.resolve();
    const wait = () => new Promise((done) => setTimeout(done, 200 * Math.random() ** 2));
    super.onmessage = (event) => { line = line.then(wait).then(() => call.call(this, event)); };
  }
  get onmessage() { return super.onmessage; }
};
"""
# What was painted, and what the slider said at that moment; and which words stood below.
WATCH = """box => {
  window.paints = [];
  const picture = box.querySelector('.adamviz-picture'), [slider] = box.querySelectorAll('input');
  new MutationObserver(() => {
    window.paints.push([picture.dataset.painted, slider.value, picture.ariaLabel]);
  }).observe(picture, { attributeFilter: ['data-frames'] });
}"""


def test_on_a_slow_line_no_picture_stays_that_is_not_of_the_last_value(open_notebook, twin):
    notebook = open_notebook("slow.ipynb", cells=[EXPLORER], script=LATE)
    notebook.run_all()
    (figure,) = notebook.figures
    slider = figure.handles[0]
    items = twin.widget.parts["items"].items()
    key = next(key for key, item in items if item["kind"] == "slider")
    figure.box.evaluate(WATCH)
    slider.focus()
    for number in range(80):
        slider.press("ArrowLeft" if number // 10 % 2 else "ArrowRight")
        time.sleep(0.02)
    # The page has heard of an answer before its late message is handed on.
    notebook.page.wait_for_function(
        "([picture, slider, key]) => picture.dataset.painted.includes(`${key}=${slider.value};`)",
        arg=[figure.picture.element_handle(), slider.element_handle(), key],
    )
    notebook.page.wait_for_timeout(3000)
    paints = notebook.page.evaluate("window.paints")
    assert len(paints) > 20
    # The picture and the words are always of the same values, and the step is the slider's.
    for painted, _, words in {tuple(paint) for paint in paints}:
        follow(twin, painted)
        assert words == str(twin)
    assert len({painted for painted, *_ in paints}) > 3
    assert state(figure.painted)[key] == int(slider.input_value())
    assert_same(figure, twin)
    notebook.assert_no_error()


# --- a kernel that is gone ------------------------------------------------------------------------


def test_a_kernel_that_dies_under_a_held_key(open_notebook):
    notebook = open_notebook("dies.ipynb", cells=["import os; print(os.getpid())", EXPLORER])
    notebook.run_all()
    (figure,), page = notebook.figures, notebook.page
    printed = page.locator(".jp-OutputArea-output", has_text=re.compile(r"^\s*\d+\s*$")).first
    slider = figure.handles[0]
    slider.press("Home")  # from where it can go far
    notebook.settle()
    # A line that is cut for good: a kernel that JupyterLab starts anew at once is silent, too.
    for number in range(40):
        page.keyboard.down("ArrowRight")
        time.sleep(0.03)
        if number == 20:
            os.kill(int(printed.inner_text()), signal.SIGKILL)
    page.keyboard.up("ArrowRight")
    silence = figure.box.locator(".adamviz-silence")
    silence.wait_for(timeout=6000)
    assert "Python has not answered" in silence.inner_text()
    accept = page.locator(".jp-Dialog .jp-mod-accept")
    if accept.count():
        accept.first.click()
    step, before = figure.handles[-1], figure.source
    step.press("Home")
    figure.wait_for_change(before)
    before = figure.source
    figure.box.locator(".adamviz-play").click()
    for _ in range(3):
        figure.wait_for_change(before)
        before = figure.source
    figure.box.locator(".adamviz-play").click()
    assert 0 < int(step.input_value()) < 100
    page.locator(".lm-MenuBar-itemLabel", has_text="Kernel").first.click()
    page.locator(".lm-Menu-itemLabel", has_text="Restart Kernel and Run All Cells").first.click()
    accept.first.click()
    page.wait_for_function("() => !document.querySelector('.adamviz-silence:not([hidden])')")
    page.wait_for_selector("[data-painted]")
    page.evaluate("figures.forget()")
    notebook.settle(60)
    (figure,) = notebook.figures
    text = figure.readout
    figure.handles[0].press("ArrowRight")
    notebook.settle()
    assert figure.readout != text
    # What JupyterLab itself had asked the dead kernel.
    notebook.problems[:] = [text for text in notebook.problems if "Canceled future" not in text]
    notebook.assert_no_error()


def test_a_page_that_is_loaded_again_shows_the_live_figure(open_notebook, twin):
    notebook = open_notebook("again.ipynb", cells=[EXPLORER])
    notebook.run_all()
    page, (figure,) = notebook.page, notebook.figures
    figure.handles[0].press("End")
    notebook.settle()
    painted = figure.painted
    page.locator(".lm-MenuBar-itemLabel", has_text="File").first.click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Save Notebook$")).first.click()
    page.wait_for_selector(".jp-mod-dirty", state="detached")
    page.reload()
    page.wait_for_selector("[data-painted]", timeout=60_000)
    notebook.settle(60)
    (figure,) = notebook.figures
    assert figure.painted == painted
    assert_same(figure, twin)
    figure.handles[0].press("Home")
    notebook.settle()
    assert figure.painted != painted
    assert_same(figure, twin)
    notebook.assert_no_error()


# --- a dark theme ---------------------------------------------------------------------------------

# Of each text in sight: how far it stands out from what lies behind it (WCAG 2.2, 1.4.3).
CONTRASTS = """box => {
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const [r, g, b, a = 1] = parts(getComputedStyle(e).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255)
        .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return [...box.querySelectorAll('span, output, pre, button, select, input[type=number]')]
    .filter((e) => e.offsetParent && (e.textContent.trim() || e.value))
    .map((e) => {
      const [one, other] = [light(parts(getComputedStyle(e).color).slice(0, 3)), light(ground(e))];
      const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      return [e.textContent || e.value, Math.round(100 * ratio) / 100];
    });
}"""


@contextlib.contextmanager
def theme(page, name, back="JupyterLab Light"):
    def choose(name):
        page.locator(".lm-MenuBar-itemLabel", has_text="Settings").first.click()
        page.locator(".lm-Menu-itemLabel", has_text="Theme").first.hover()
        page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{name}$")).first.click()
        page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)

    choose(name)
    try:
        yield
    finally:
        choose(back)


def test_all_can_be_read_in_a_dark_theme(open_notebook):
    cells = [
        "from adamviz import Playground, optimizers\n"
        "Playground([optimizers.GradientDescent(0.01), optimizers.Adam(lr=0.1)])"
    ]
    notebook = open_notebook("dark.ipynb", cells=cells)
    notebook.run_all()
    (figure,) = notebook.figures
    with theme(notebook.page, "JupyterLab Dark"):
        found = figure.box.evaluate(CONTRASTS)
        figure.button("present").click()
        notebook.settle()
        found += figure.box.evaluate(CONTRASTS)
    assert len(found) > 20
    assert [entry for entry in found if entry[1] < 4.5] == []
    notebook.assert_no_error()


FORMULA = """from adamviz import Control, Explorer, optimizers
def pieces(lr, average, rms):
    return optimizers.Adam(lr, 0.9 * average, 0.99 * rms)
Explorer(
    {"mine": pieces},
    controls=[
        Control("lr", "α", [0.1, 0.2]),
        Control("average", "① average", [False, True]),
        Control("rms", "② rms", [False, True], True),
    ],
    formula="step = {lr} · g {average:→ m} / ( |g| {rms:→ √v} + ε )",
)"""


def test_controls_stand_in_their_formula_and_what_is_on_is_lit(open_notebook):
    notebook = open_notebook("formula.ipynb", cells=[FORMULA])
    notebook.run_all()
    (figure,) = notebook.figures
    row = figure.box.locator(".adamviz-row").first
    words = row.evaluate("row => [...row.children].map(e => e.textContent)")
    assert words == [
        "step =", "α0.1", "· g", "① average→ m", "/ ( |g|", "② rms→ √v", "+ ε )",
    ]  # fmt: skip
    # The term is for the eye: what a screen reader says is the name of the switch.
    average, rms = (
        row.get_by_role("checkbox", name=name, exact=True) for name in ("① average", "② rms")
    )

    def ground(box):
        return box.evaluate("box => getComputedStyle(box.closest('label')).backgroundColor")

    off, lit = ground(average), ground(rms)
    assert off != lit
    average.check()
    rms.uncheck()
    notebook.settle()
    assert (ground(average), ground(rms)) == (lit, off)
    for name in ("JupyterLab Dark", "JupyterLab Light"):
        with theme(notebook.page, name):
            found = row.evaluate(CONTRASTS)
            assert len(found) >= 9 and [entry for entry in found if entry[1] < 4.5] == []
    notebook.page.keyboard.press("Control+B")  # the list of files
    notebook.page.set_viewport_size({"width": 390, "height": 844})
    notebook.settle()
    notebook.assert_nothing_scrolls_sideways()
    notebook.assert_no_error()
