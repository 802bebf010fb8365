"""A figure under the keyboard alone, and as a screen reader meets it, in a real JupyterLab."""

import re

import nbformat
import pytest
from conftest import Notebook, serve

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
    'button, input, select, textarea, summary, [tabindex="0"], [contenteditable="true"]'
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
    figure.button("reset").click()
    notebook.settle()
    yield figure
    assert not notebook.problems


def met(figure):
    """The controls and pictures that a screen reader meets: role and name of each."""
    found = []
    for line in figure.box.aria_snapshot().splitlines():
        role, name = re.match(r"\s*- '?(/?\w+)(?: \"(.*?)\")?", line).groups()
        if role in CONTROLS:
            found.append((role, name or ""))
    return found


def test_every_control_and_the_picture_have_names(figure):
    found = met(figure)
    assert len(found) > 10
    # A sign is no name that can be read out.
    assert [x for x in found if not re.search(r"[A-Za-z\u0370-\u03ff]", x[1])] == []


def test_the_name_of_the_picture_is_what_it_shows(figure):
    assert figure.picture.get_attribute("aria-label") == figure.readout
    assert "img" in dict(met(figure))


def test_a_slider_has_its_name_and_says_its_value_as_it_is_written(figure):
    # The tree of the DevTools has a native slider's number, not the text that is said instead.
    told = figure.box.locator("input[type=range]").evaluate_all(
        "all => all.map(e => [e.getAttribute('aria-label'), e.getAttribute('aria-valuetext')])"
    )
    assert len(figure.sliders) == len(figure.handles)
    assert [name for role, name in met(figure) if role == "slider"] == [*figure.sliders]
    for name, written in figure.sliders.items():
        assert name.strip() and written
        assert [name, written] in told


def test_the_text_is_read_when_it_changes(figure):
    words = figure.box.locator(".adamviz-words[role=status]").text_content().splitlines()
    arrivals = figure.box.locator(".adamviz-arrival[role=status]").all_text_contents()
    said = [text for text in arrivals if text]  # that of a method that is not shown is empty
    for line in figure.readout.splitlines():
        # What stands in the row of a method is not said twice.
        short = re.sub(r" at step \d+$", "", line)
        assert line in words or any(short.endswith(text) for text in said)
    assert figure.readout.startswith(("canyon, κ = 100; ", "digits, "))


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
    press(explorer, explorer.handles[0], key)
    assert explorer.readout != text


def test_a_menu_is_opened_and_chosen_from(explorer):
    menu = explorer.box.get_by_role("combobox", name="surface")
    press(explorer, menu, "Space", "ArrowDown", "Enter")
    assert "rosenbrock" in explorer.readout.lower()


def test_an_arrow_chooses_from_a_closed_menu(explorer):
    """JupyterLab's own keys for cells are not in its way."""
    press(explorer, explorer.box.get_by_role("combobox", name="surface"), "ArrowDown")
    assert "rosenbrock" in explorer.readout.lower()


@pytest.mark.parametrize("key", ["Space", "Enter"])
@pytest.mark.parametrize("name", ["Adam", "present"])
def test_keys_press_a_button(explorer, name, key):
    button = explorer.button(name)
    pressed = button.get_attribute("aria-pressed")
    for then in ({"true": "false", "false": "true"}[pressed], pressed):
        press(explorer, button, key)
        assert button.get_attribute("aria-pressed") == then


def test_space_ticks_a_box(explorer):
    press(explorer, explorer.box.get_by_role("checkbox", name="bias correction"), "Space")
    assert "no bias correction" in explorer.readout


def test_a_start_is_typed(explorer):
    """The pointer's work without a pointer."""
    box = explorer.box.get_by_role("spinbutton", name="start x₁")
    press(explorer, box, "Control+a", "2", ".", "5", "Enter")
    assert "start (2.5, " in explorer.readout


def test_a_number_is_typed_as_slowly_as_one_likes(explorer):
    """After a move the figure looks at itself once more: what is half typed stays."""
    press(explorer, explorer.handles[0], "ArrowRight")
    box = explorer.box.get_by_role("spinbutton", name="start x₁")
    box.focus()
    explorer.page.keyboard.press("Control+a")
    explorer.page.keyboard.press("2")
    explorer.page.wait_for_timeout(3000)
    press(explorer, box, ".", "5", "Enter")
    assert "start (2.5, " in explorer.readout


def test_keys_play_and_pause(explorer):
    step = explorer.handles[-1]
    press(explorer, step, "Home")
    play = explorer.box.locator(".adamviz-play")
    assert play.get_attribute("aria-label") == "play"
    before = explorer.source
    play.focus()
    explorer.page.keyboard.press("Space")
    for _ in range(2):
        explorer.wait_for_change(before)
        before = explorer.source
    assert play.get_attribute("aria-label") == "stop"
    explorer.page.keyboard.press("Space")
    explorer.notebook.settle()
    assert 0 < int(step.input_value()) < 60
