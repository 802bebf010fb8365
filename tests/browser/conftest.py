"""A real JupyterLab in headless Chromium, for the tests in this folder."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TOKEN = "adamviz"
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Every figure stays in the page, so that a test can count them; nothing asks for attention.
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}

PROMPTS = "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(p => p.textContent)"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def serve_lab(folder):
    """A JupyterLab that serves `folder`; gives its address."""
    settings = Path(folder) / ".settings" / "@jupyterlab"
    for name, values in SETTINGS.items():
        path = settings / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    port = free_port()
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--port={port}", f"--IdentityProvider.token={TOKEN}"]
    command += [f"--ServerApp.root_dir={folder}", "--LabApp.news_url=None"]
    environment = os.environ | {
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTERLAB_SETTINGS_DIR": str(settings.parent),
    }
    with open(Path(folder) / "server.log", "w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            for _ in range(120):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/api?token={TOKEN}").close()
                    break
                time.sleep(0.5)
            else:
                raise RuntimeError("JupyterLab did not start")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=30)


@contextlib.contextmanager
def open_chromium(*flags):
    """A headless Chromium, or a skipped test where there is none."""
    playwright = pytest.importorskip("playwright.sync_api")
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=executable, args=[*CHROMIUM, *flags])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """The address of a JupyterLab that serves a copy of the notebooks."""
    folder = tmp_path_factory.mktemp("served")
    for path in NOTEBOOKS:
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":  # nothing stored can pass for something run
                cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, folder / path.name)
    with serve_lab(folder) as address:
        yield address


@pytest.fixture(scope="session")
def chromium():
    with open_chromium() as browser:
        yield browser


class Notebook:
    """A notebook that is open in JupyterLab, as a user handles it."""

    def __init__(self, page, address, name):
        self.page, self.problems = page, []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._listen)
        page.goto(f"{address}/lab/tree/{name}?token={TOKEN}&reset")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=60_000)

    def _listen(self, message):
        # Missing files of the server and JupyterLab's debugger are no fault of a figure.
        known = ("404", "debugger state")
        if message.type == "error" and not any(text in message.text for text in known):
            self.problems.append(message.text)

    def run_all(self, limit=180):
        """Run every cell, and wait until every figure is there and at rest."""
        done = f"{PROMPTS}.every(p => /[0-9]/.test(p))"
        deadline = time.monotonic() + limit
        while not self.page.evaluate(done) and time.monotonic() < deadline:
            # While the kernel is starting, the command or a part of it can be lost, or JupyterLab
            # asks for a kernel.
            if self.page.locator(".jp-Dialog .jp-mod-accept").count():
                self.page.locator(".jp-Dialog .jp-mod-accept").click()
            else:
                self.page.locator(".lm-MenuBar-itemLabel", has_text="Run").first.click()
                self.page.locator(".lm-Menu-itemLabel", has_text="Run All Cells").first.click()
            time.sleep(2)
            self.page.wait_for_function(
                f"!{PROMPTS}.some(p => p.includes('*'))", timeout=limit * 1000
            )
        self.page.wait_for_selector("img.jupyter-widgets", timeout=60_000)
        self.settle()

    def settle(self, quiet=0.4, limit=20):
        """Wait until no picture has changed for a while."""
        deadline, last, since = time.monotonic() + limit, None, time.monotonic()
        while time.monotonic() < deadline:
            now = self.page.evaluate(
                "[...document.querySelectorAll('img.jupyter-widgets')].map(i => i.src).join()"
            )
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since > quiet:
                return
            time.sleep(0.05)
        raise AssertionError("the pictures do not come to rest")

    @property
    def figures(self):
        boxes = self.page.locator(".jp-OutputArea-output:has(img.jupyter-widgets)")
        return [Figure(self, boxes.nth(i)) for i in range(boxes.count())]


class Figure:
    """One explorer in an open notebook."""

    def __init__(self, notebook, box):
        self.notebook, self.page, self.box = notebook, notebook.page, box
        self.image = box.locator("img.jupyter-widgets")

    @property
    def source(self):
        return self.image.get_attribute("src")

    @property
    def readout(self):
        return self.box.locator("pre[role]").inner_text()

    @property
    def sliders(self):
        return self.box.locator(".widget-slider:not(.widget-play), .widget-hslider")

    def wait_for_change(self, before):
        self.page.wait_for_function(
            "([image, before]) => image.src !== before",
            arg=[self.image.element_handle(), before],
            timeout=30_000,
        )

    def drag(self, points, pause=0.016):
        """Press at the first of the points, given in fractions of the picture, and move on."""
        self.image.scroll_into_view_if_needed()
        area = self.image.bounding_box()
        left, top, width, height = (area[key] for key in ("x", "y", "width", "height"))
        pixels = [(left + x * width, top + y * height) for x, y in points]
        self.page.mouse.move(*pixels[0])
        self.page.mouse.down()
        for x, y in pixels[1:]:
            self.page.mouse.move(x, y)
            time.sleep(pause)
        self.page.mouse.up()


@pytest.fixture
def open_notebook(lab, chromium):
    """Opens a notebook of the collection by name."""
    pages = []

    def open(name, width=1280, height=900):
        page = chromium.new_page(viewport={"width": width, "height": height})
        pages.append(page)
        return Notebook(page, lab, name)

    yield open
    for page in pages:
        page.close()
