"""Voilà: `make demo`, with each notebook's first figure moved, and a plain Voilà."""

import re

import moves
import pytest
from conftest import NOTEBOOKS


@pytest.mark.parametrize("name", [path.name for path in NOTEBOOKS])
def test_first_figure_answers_in_the_demo(open_notebook, name):
    moves.try_first_figure(open_notebook(name, "demo"), name, "projector")


def test_plain_voila(open_notebook):
    name = "01_gradient_descent_in_a_canyon.ipynb"
    notebook = open_notebook(name, "voila")
    notebook.run_all()
    # The icons that its template asks for come from the network; the figures need none of it.
    assert all("fontawesome" in url for url in notebook.outside)
    notebook.outside.clear()
    notebook.problems[:] = [p for p in notebook.problems if "net::ERR_FAILED" not in p]
    moves.try_first_figure(notebook, name)


def test_demo_leads_through_the_notebooks(open_notebook):
    notebook = open_notebook("01_gradient_descent_in_a_canyon.ipynb", "demo")
    page = notebook.page
    notebook.run_all()
    assert page.locator(".jp-InputArea-editor").count() == 0, "code is shown"
    assert page.locator("mjx-container").count() > 20
    assert not re.search(r"\$[^$]+\$", page.locator("#rendered_cells").inner_text())
    # Solutions wait until they are opened.
    solution = page.locator("details.solution").first
    assert not solution.locator("pre").first.is_visible()
    for fold in solution.locator("summary").all():  # the demo's, and the notebook's own
        fold.click()
    assert solution.locator("pre").first.is_visible()

    page.get_by_role("link", name="All notebooks").click()
    assert page.locator("li > a").count() == len(NOTEBOOKS)  # questions have links, too
    size = page.locator("li p").first.evaluate("p => parseFloat(getComputedStyle(p).fontSize)")
    assert size >= 20
    assert page.evaluate("document.documentElement.scrollWidth") == 1280
    page.get_by_role("link", name="02 · Minibatches").click(timeout=120_000)
    notebook.run_all()
    page.get_by_role("link", name="03 · Momentum →").first.click(timeout=60_000)
    page.wait_for_url("**/voila/render/03_momentum.ipynb")
    notebook.assert_no_error()


def test_demo_begins_in_the_present_view_and_takes_keys(open_notebook):
    notebook = open_notebook("01_gradient_descent_in_a_canyon.ipynb", "demo")
    notebook.run_all()
    figure = notebook.figures[1]
    assert figure.button("present").get_attribute("aria-pressed") == "true"
    assert figure.box.locator(".adamviz-present").count() == 1
    figure.picture.scroll_into_view_if_needed()
    figure.picture.hover()
    # A figure that asks for a prediction opens at step 0.
    before = figure.sliders["step"]
    notebook.page.keyboard.press("ArrowRight")
    notebook.settle()
    assert figure.sliders["step"] == str(int(before) + 1)
    notebook.page.keyboard.press("PageUp")
    notebook.settle()
    assert figure.sliders["step"] == before
    notebook.assert_no_error()
