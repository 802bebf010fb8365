"""When nothing is under way, a figure shows what its controls say, however messages came."""

import random
import time

import pytest
from moves import across, grabbable
from twin import assert_same, run, state

EXPLORER = """from adamviz import Explorer, optimizers
Explorer([optimizers.GradientDescent(0.01), optimizers.Adam(lr=0.1)], ["canyon", "rosenbrock"],
         controls=["lr", "kappa", "bias_correction"], steps=100)"""


@pytest.fixture
def twin():
    return next(run([EXPLORER]))


# From `swapping` on, of each two updates of a widget the first is handed on after the second.
SWAP = """
const Quick = window.WebSocket, utf8 = new TextDecoder();
const updates = (data) => typeof data !== 'string' && /"method": ?"update"/.test(utf8.decode(data));
Object.assign(window, { swapping: false, swapped: 0, held: null });
window.WebSocket = class extends Quick {
  set onmessage(call) {
    super.onmessage = (event) => {
      const own = window.swapping && updates(event.data), { held } = window;
      if (own && !held) { window.held = event; return; }
      call.call(this, event);
      if (!own) return;
      call.call(this, held);
      window.held = null;
      window.swapped += 1;
    };
  }
  get onmessage() { return super.onmessage; }
};
"""


@pytest.mark.parametrize("number", [0, 1, -1], ids=["rate", "map", "step"])
def test_an_answer_after_a_newer_one_changes_nothing(open_notebook, twin, number):
    notebook = open_notebook("swapped.ipynb", cells=[EXPLORER], script=SWAP)
    notebook.run_all()
    (figure,), page = notebook.figures, notebook.page
    slider = figure.handles[number]
    slider.focus()
    notebook.settle()
    page.evaluate("window.swapping = true")
    wanted = int(slider.input_value())
    for pair in range(1, 6):
        slider.press("ArrowLeft")
        page.wait_for_function("window.held")  # the answer is there, and kept back
        slider.press("ArrowLeft")
        wanted -= 2
        page.wait_for_function("pair => window.swapped === pair", arg=pair)
        notebook.settle()
        assert slider.input_value() == str(wanted)
        assert_same(figure, twin)
    painted = state(figure.painted)
    assert wanted in painted.values()
    notebook.assert_no_error()


# What was painted and what the controls said, whenever nothing has been under way for a while.
REST = """([box, quiet]) => {
  const own = (item) => {
    const all = [...item.querySelectorAll('input, select')];
    const button = item.matches('button') ? item : item.querySelector('.adamviz-name');
    if (button) return Number(button.getAttribute('aria-pressed') !== 'false');
    const said = all.map((e) => e.type === 'checkbox' ? Number(e.checked) : Number(e.value));
    return item.matches('.adamviz-start') ? said : said[0] ?? null;
  };
  window.rests = {};
  const look = () => {
    if (figures.atRest(quiet)) {
      const { painted } = box.querySelector('.adamviz-picture').dataset;
      const said = [...box.querySelectorAll('.adamviz-item')].map(own);
      window.rests[JSON.stringify([painted, said])] = [painted, said];
    }
    requestAnimationFrame(look);
  };
  look();
}"""
# At once: what is half typed is not yet what a control says.
ENTER = """(box, text) => {
  box.focus();
  box.value = text;
  for (const type of ['input', 'change']) box.dispatchEvent(new Event(type, { bubbles: true }));
}"""
STILL = 250  # ms; after 150 the kernel hears of what the page has shown by itself


def move_somehow(figure, twin, chance):
    """One move of a control by chance."""
    found = figure.box.locator(
        ".adamviz-slider input, .adamviz-menu select, .adamviz-tick input,"
        " .adamviz-start input, button[aria-pressed]"
    ).all()
    found = [control for control in found if control.is_visible() and control.is_enabled()]
    control = chance.choice([*found, None])
    if control is None:
        tile, _ = grabbable(twin)
        figure.drag(across(twin)[: chance.randrange(2, 40)], tile)
        return
    kind = control.evaluate("e => e.type")
    if kind == "range":
        control.focus()
        for _ in range(chance.randrange(1, 6)):
            control.press(chance.choice(["ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home"]))
    elif kind == "number":
        control.evaluate(ENTER, str(chance.randrange(-20, 20) / 10))
    elif kind == "select-one":
        control.select_option(index=chance.randrange(2))
    else:
        control.click()


def test_at_rest_the_picture_is_of_what_the_controls_say(open_notebook, twin):
    notebook = open_notebook("rest.ipynb", cells=[EXPLORER])
    notebook.run_all()
    (figure,), chance = notebook.figures, random.Random(1)
    figure.picture.scroll_into_view_if_needed()
    figure.page.evaluate(REST, [figure.box.element_handle(), STILL])
    for _ in range(60):
        move_somehow(figure, twin, chance)
        time.sleep(chance.choice([0, 0.05, 0.7]))
    notebook.settle()
    keys = [key for row in twin.widget.parts["rows"] if isinstance(row, list) for key in row]
    rests = notebook.page.evaluate("Object.values(rests)")
    assert len(rests) > 10  # one move of three is followed by a rest
    for painted, said in rests:
        shown = state(painted)
        for key, value in zip(keys, said, strict=True):
            if key in shown:
                wanted = tuple(value) if key == "start" else value
                assert shown[key] == pytest.approx(wanted, abs=1e-4), key
    notebook.assert_no_error()
