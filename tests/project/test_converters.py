"""A figure in what converters make of its notebook: a still, with its readout as alternative text.

As stored, which is what GitHub and nbviewer show, and run anew, by the README's commands. How it
looks in a browser without a network: `tests/browser/test_converted.py`.
"""

import copy
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert import HTMLExporter, SlidesExporter, WebPDFExporter
from nbconvert.preprocessors import ExecutePreprocessor
from traitlets.config import Config

from adamviz.page.converters import AltText, stills
from tools import notebooks as tool

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMAND = re.search(r"^jupyter (nbconvert .+) \S+\.ipynb$", README, re.M)[1].split()
SPHINX = re.search(r"`(nb_mime_priority_overrides = .+?)`", README)[1]
STORED = ROOT / "notebooks" / "01_gradient_descent_in_a_canyon.ipynb"
# A label with all that HTML would take for its own.
LABEL = """a "quoted" <b>label</b> & 'more'"""
CELLS = [
    nbformat.v4.new_markdown_cell("# A figure"),
    nbformat.v4.new_code_cell(
        "from adamviz import Explorer, optimizers\n"
        f"Explorer({{{LABEL!r}: optimizers.Adam(lr=0.1)}}, steps=20)"
    ),
]
WIDGET = "application/vnd.jupyter.widget-view+json"


class Printer(WebPDFExporter):
    """What it prints: a browser is not part of this."""

    def run_playwright(self, html):
        return html


EXPORTERS = {"html": HTMLExporter, "slides": SlidesExporter, "webpdf": Printer}


def unrun():
    return nbformat.v4.new_notebook(cells=copy.deepcopy(CELLS))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """As `nbconvert --execute` has it: with the live widget, and all that its page would need."""
    resources = {"metadata": {"path": str(tmp_path_factory.mktemp("elsewhere"))}}
    notebook, _ = ExecutePreprocessor(timeout=120).preprocess(unrun(), resources)
    assert WIDGET in notebook.cells[1].outputs[0].data and "widgets" in notebook.metadata
    return notebook


@pytest.fixture(scope="module")
def stored():
    return nbformat.read(STORED, as_version=4)


def python(*arguments, cwd):
    subprocess.run([sys.executable, *arguments], cwd=cwd, check=True, capture_output=True)


def readouts(notebook):
    """Of figures, and of finished ones, which lie in a fold of HTML."""
    found = [o.data for cell in notebook.cells for o in cell.get("outputs", []) if "data" in o]
    shown = [d for d in found if "image/png" in d or "<img" in d.get("text/html", "")]
    return [data["text/plain"] for data in shown]


def pictures(page):
    """The alternative texts of the pictures that are in the page itself."""
    images = BeautifulSoup(page, "html.parser").find_all("img")
    assert all(image["src"].startswith("data:image/png;base64,iVBORw0") for image in images)
    return [image["alt"] for image in images]


def converted(notebook, exporter, **options):
    page, _ = exporter(**options).from_notebook_node(notebook)
    return page


def with_stills(notebook, exporter):
    return converted(notebook, exporter, config=Config(Exporter={"preprocessors": [stills]}))


# --- as stored ------------------------------------------------------------------------------------


def test_stored_figures_are_pictures_and_text_alone(stored):
    """So that it matters to none in which order a converter looks for what it can show."""
    outputs = [o for cell in stored.cells for o in cell.get("outputs", []) if "data" in o]
    assert len(readouts(stored)) == 10  # five figures, and each finished
    assert {frozenset(o.data) for o in outputs if "image/png" in o.data} == {
        frozenset({"image/png", "text/plain"})
    }
    assert "widgets" not in stored.metadata


def test_as_nbviewer_does(stored):
    assert pictures(converted(stored, HTMLExporter, template_name="basic")) == readouts(stored)


def test_where_html_is_made_safe(stored):
    """As for strangers' notebooks, by GitHub say: so the still must not be in an HTML of ours."""
    page = converted(stored, HTMLExporter, sanitize_html=True)
    outputs = [o.data for cell in stored.cells for o in cell.get("outputs", []) if "data" in o]
    assert len(pictures(page)) == sum("image/png" in data for data in outputs) == 5


# --- nbconvert ------------------------------------------------------------------------------------


@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize("which", ["stored", "run"])
def test_stills_of_nbconvert(request, which, exporter):
    notebook = request.getfixturevalue(which)
    page = with_stills(notebook, EXPORTERS[exporter])
    assert pictures(page) == readouts(notebook)
    below = [text.get_text() for text in BeautifulSoup(page, "html.parser").select("img + pre")]
    assert below == readouts(notebook)
    assert "widget" not in "".join(re.findall("<script.+?</script>", page, re.DOTALL))


def test_the_command_of_the_readme(tmp_path):
    nbformat.write(unrun(), tmp_path / "figure.ipynb")
    python("-m", *COMMAND, "figure.ipynb", cwd=tmp_path)
    (alt,) = pictures((tmp_path / "figure.html").read_text(encoding="utf-8"))
    assert LABEL in alt


def test_what_is_no_figure_of_ours_stays():
    png = {"image/png": "iVBORw0", "text/plain": "<Image>", WIDGET: {"model_id": "x"}}
    other = nbformat.v4.new_output("display_data", png, metadata={"image/png": {"alt": "a cat"}})
    cell = nbformat.v4.new_code_cell(outputs=[other, nbformat.v4.new_output("stream", text="1")])
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"widgets": {}})
    before = copy.deepcopy(notebook)
    assert stills(notebook, {}) == (before, {})


# --- myst-nb --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mime", "metadata", "own", "alt"),
    [
        ("image/png", {"image/png": {"alt": "a canyon"}}, {}, {"alt": "a canyon"}),
        ("image/png", {"image/png": {"alt": "a canyon"}}, {"alt": "mine"}, {"alt": "mine"}),
        ("image/png", {"image/png": {"width": 8}}, {}, None),
        ("text/plain", {"image/png": {"alt": "a canyon"}}, {}, None),
    ],
)
def test_alternative_texts_for_myst_nb(mime, metadata, own, alt):
    """Without it: a renderer that makes one node, with what the author says at the cell."""
    renderer = SimpleNamespace(render_image=lambda data: [dict(own)])
    data = SimpleNamespace(mime_type=mime, output_metadata=metadata)
    assert AltText.handle_mime(renderer, data, False) == (alt and [alt])


@pytest.mark.parametrize("mode", ["off", "force"])
def test_myst_nb(tmp_path, run, mode):
    if not importlib.util.find_spec("myst_nb"):
        pytest.skip("myst-nb is not installed; to have it: pip install myst-nb==1.4.0")
    notebook, conf = unrun(), ["extensions = ['myst_nb']", f"nb_execution_mode = {mode!r}"]
    if mode == "off":
        notebook = copy.deepcopy(run)
        tool.normalise(notebook, "<!-- nav -->\n<!-- /nav -->")
    else:
        conf.append(SPHINX)
    nbformat.write(notebook, tmp_path / "index.ipynb")
    (tmp_path / "conf.py").write_text("\n".join(conf), encoding="utf-8")
    python("-m", "sphinx", "-q", ".", "_build", cwd=tmp_path)
    page = (tmp_path / "_build" / "index.html").read_text(encoding="utf-8")
    (image,) = BeautifulSoup(page, "html.parser").select(".cell_output img")
    assert (tmp_path / "_build" / image["src"]).read_bytes().startswith(b"\x89PNG")
    assert image["alt"].split() == readouts(run)[0].split()
