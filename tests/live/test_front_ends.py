"""What is left of a figure where no widget can be shown: its still picture and its text."""

import base64
import copy
import html
import re

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from tools import notebooks as tool

# A label with all that HTML would take for its own.
LABEL = """a "quoted" <b>label</b> & 'more'"""
CELLS = [
    "from adamviz import Explorer, optimizers",
    f"Explorer({{{LABEL!r}: optimizers.Adam(lr=0.1)}}, steps=20)",
]
WIDGET = "application/vnd.jupyter.widget-view+json"
PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """Run by a kernel alone, with nothing of Jupyter's that would know of widgets around it."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    folder = tmp_path_factory.mktemp("elsewhere")
    NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    return notebook


def test_a_kernel_alone_makes_the_still_and_the_text(notebook):
    (output,) = notebook.cells[1].outputs
    assert set(output.data) == {WIDGET, "image/png", "text/plain"}
    assert base64.b64decode(output.data["image/png"]).startswith(PNG)
    assert output.data["text/plain"].startswith("canyon")


def test_a_page_without_widgets_shows_the_still(notebook):
    """As nbconvert makes it, which nbviewer shows; the widget's state is not in the notebook."""
    page, _ = HTMLExporter().from_notebook_node(notebook)
    pictures = re.findall(r'<img[^>]*src="data:image/png;base64,([^"]+)"', page)
    assert [base64.b64decode(picture)[:4] for picture in pictures] == [PNG]


def test_a_front_end_of_text_alone_shows_the_text(notebook):
    """As a terminal does: of all that is offered it takes the plain text."""
    (output,) = notebook.cells[1].outputs
    assert f"{LABEL} (α = 0.1)" in output.data["text/plain"]
    assert "Widget" not in output.data["text/plain"] and "VBox" not in output.data["text/plain"]


def test_the_still_has_the_readout_as_its_alternative_text(notebook):
    """Where a template has a place for one; nbconvert's own for JupyterLab and slides have none."""
    (output,) = notebook.cells[1].outputs
    assert output.metadata["image/png"]["alt"] == output.data["text/plain"]
    page, _ = HTMLExporter(template_name="classic").from_notebook_node(notebook)
    (picture,) = re.findall(r"<img[^>]*>", page, re.DOTALL)
    (text,) = re.findall(r'alt="([^"]*)"', picture)
    assert html.unescape(text) == output.data["text/plain"]
    assert "<b>" not in text


def test_the_normal_form_keeps_the_alternative_text(notebook):
    stored = copy.deepcopy(notebook)
    stored.cells.insert(0, nbformat.v4.new_markdown_cell("# Elsewhere"))
    tool.normalise(stored, "<!-- nav -->\n<!-- /nav -->")
    (output,) = stored.cells[2].outputs
    assert set(output.data) == {"image/png", "text/plain"}
    assert output.metadata == {"image/png": {"alt": output.data["text/plain"]}}
