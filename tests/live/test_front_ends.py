"""What is left of a figure where no widget can be shown: its still picture and its text."""

import base64
import re

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

CELLS = [
    "from adamviz import Explorer, optimizers",
    "Explorer([optimizers.Adam(lr=0.1)], steps=20)",
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
    assert "Adam (α = 0.1)" in output.data["text/plain"]
    assert "Widget" not in output.data["text/plain"] and "VBox" not in output.data["text/plain"]
