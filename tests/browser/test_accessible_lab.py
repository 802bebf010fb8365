"""A figure under the keyboard alone, and as a screen reader meets it, in a real JupyterLab."""

import re

import nbformat
import pytest
from conftest import Notebook, serve

expect = pytest.importorskip("playwright.sync_api").expect

CELLS = """
from adamviz import Explorer, Playground, optimizers
from adamviz import Training
_ = METHODS = [optimizers.GradientDescent(lr=0.015), optimizers.Adam(lr=0.1)]
---
Explorer(METHODS, ["canyon", "rosenbrock"], controls=["lr", "kappa", "bias_correction"], step=30)
---
Playground(METHODS)
---
Training(METHODS, epochs=2, seeds=[0], width=8)
"""
FIGURES = ["explorer", "playground", "training"]
CONTROLS = ("button", "checkbox", "combobox", "img", "slider", "spinbutton", "textbox")

# What Tab can reach, in the order of the page.
REACHED = """box => [...box.querySelectorAll(
    'button, input, select, textarea, [tabindex="0"], [contenteditable="true"]'
)].filter(e => e.offsetParent !== null && !e.disabled)"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory, chromium):
    folder = tmp_path_factory.mktemp("accessible")
    cells = [nbformat.v4.new_code_cell(cell.strip()) for cell in CELLS.split("---")]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    made = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.write(made, folder / "figures.ipynb")
    with serve("lab", folder) as address:
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        notebook = Notebook(page, address, "lab", "figures.ipynb")
        notebook.run_all()
        yield notebook
        page.close()


@pytest.fixture(params=FIGURES)
def figure(request, notebook):
    yield notebook.figures[FIGURES.index(request.param)]
    assert not notebook.problems


@pytest.fixture
def explorer(notebook):
    figure = notebook.figures[0]
    figure.box.get_by_role("button", name="reset").click()
    notebook.settle()
    yield figure
    assert not notebook.problems


def nameless(figure):
    """The roles of those controls and pictures for which a screen reader has no name."""
    found = []
    for line in figure.box.aria_snapshot().splitlines():
        role, name = re.match(r"\s*- '?(/?\w+)(?: \"(.*?)\")?", line).groups()
        # An icon is a letter of a private alphabet, which nobody can read out.
        if role in CONTROLS and not re.search(r"[A-Za-z\u0370-\u03ff]", name or ""):
            found.append(role)
    return found


def test_all_but_sliders_and_the_two_icons_of_play_have_names(figure):
    """Which ipywidgets does not name: the plain controls below are there for that."""
    assert set(nameless(figure)) == {"slider", "button"}
    assert nameless(figure).count("button") == 2


def test_a_slider_has_its_name_and_value_beside_it(figure):
    assert len(figure.sliders) == len(figure.handles)
    assert all(name.strip() and value for name, value in figure.sliders.items())


@pytest.fixture
def plain(figure):
    """The figure with plain controls, as the first of its controls asks for them."""
    tick = figure.box.get_by_role("checkbox", name="plain controls")
    tick.focus()
    assert tick.bounding_box()["width"] > 10  # it shows itself to a keyboard
    figure.page.keyboard.press("Space")
    expect(figure.box.locator(".noUi-handle")).to_have_count(0)
    yield figure
    tick.focus()
    figure.page.keyboard.press("Space")
    figure.box.locator(".noUi-handle").first.wait_for()
    figure.notebook.settle()


def test_all_plain_controls_have_names(plain):
    assert nameless(plain) == []


def test_plain_controls_move_the_picture(plain):
    step = plain.box.get_by_role("spinbutton", name=re.compile("step|epoch"))
    press(plain, step, "Control+a", "1", "Enter")
    assert "step 1" in plain.readout or "epoch 1 of" in plain.readout
    text = plain.readout
    menu = plain.box.get_by_role("combobox", name=re.compile("α$")).first
    press(plain, menu, "Space", "ArrowUp", "Enter")
    assert plain.readout != text
    before = plain.source
    plain.box.get_by_role("checkbox", name="play").press("Space")
    plain.wait_for_change(before)
    plain.box.get_by_role("button", name="reset").click()
    plain.notebook.settle()


def test_the_text_is_read_when_it_changes(figure):
    text = figure.box.get_by_role("status").last.inner_text()
    assert text == figure.readout and text.startswith(("canyon, κ = 100; ", "digits, "))


def test_tab_goes_through_all_controls_and_out_again(figure):
    page = figure.page
    count = figure.box.evaluate(f"box => (window.reached = ({REACHED})(box)).length")
    assert count > 10
    visited = "window.reached.indexOf(document.activeElement)"
    figure.box.evaluate("box => window.reached[0].focus()")
    for n in range(count):
        assert page.evaluate(visited) == n
        page.keyboard.press("Tab")
    assert page.evaluate(visited) == -1
    # Not from outside: what follows may be the next cell's editor, where Tab indents.
    figure.box.evaluate("box => window.reached.at(-1).focus()")
    for n in reversed(range(count)):
        assert page.evaluate(visited) == n
        page.keyboard.press("Shift+Tab")
    assert page.evaluate(visited) == -1


def press(figure, control, *keys):
    """Keys on a control, until the picture has changed and rests."""
    before = figure.source
    control.focus()
    for key in keys:
        figure.page.keyboard.press(key)
    figure.wait_for_change(before)
    figure.notebook.settle()


@pytest.mark.parametrize("key", ["ArrowRight", "ArrowLeft", "PageUp", "PageDown", "Home", "End"])
def test_keys_move_a_slider(explorer, key):
    text = explorer.readout
    press(explorer, explorer.box.locator(".noUi-handle").first, key)
    assert explorer.readout != text


def test_a_menu_is_opened_and_chosen_from(explorer):
    """Space opens it. On a closed menu JupyterLab takes the arrow keys: ipywidgets issue 3912."""
    menu = explorer.box.get_by_role("combobox", name="surface")
    press(explorer, menu, "Space", "ArrowDown", "Enter")
    assert "rosenbrock" in explorer.readout.lower()


@pytest.mark.parametrize("key", ["Space", "Enter"])
@pytest.mark.parametrize("name", ["Adam", "present"])
def test_keys_press_a_button(explorer, name, key):
    button = explorer.box.get_by_role("button", name=name)
    press(explorer, button, key)
    press(explorer, button, key)


def test_space_ticks_a_box(explorer):
    press(explorer, explorer.box.get_by_role("checkbox", name="bias correction"), "Space")
    assert "no bias correction" in explorer.readout


def test_a_start_is_typed(explorer):
    """The pointer's work without a pointer."""
    box = explorer.box.get_by_role("spinbutton", name="start x₁")
    press(explorer, box, "Control+a", "2", ".", "5", "Enter")
    assert "start (2.5, " in explorer.readout


def test_keys_play_and_pause(explorer):
    step = explorer.box.locator(".noUi-handle").last
    press(explorer, step, "Home")
    play = explorer.box.locator(".widget-play button").first
    before = explorer.source
    play.focus()
    explorer.page.keyboard.press("Space")
    for _ in range(2):
        explorer.wait_for_change(before)
        before = explorer.source
    explorer.page.keyboard.press("Space")
    explorer.notebook.settle()
    assert 0 < float(step.get_attribute("aria-valuenow")) < 60
