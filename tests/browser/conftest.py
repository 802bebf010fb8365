"""The notebooks in real front ends, in headless Chromium, for the tests in this folder.

`open_notebook("01_….ipynb", "lab")` opens a notebook in JupyterLab, "notebook7", "voila" or
"demo" (`make demo`); what it returns is handled as a user would. Servers start when they are
needed and serve a whole session.
"""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

from adamviz.live.stage import Stage
from notebooks import notebooks

pytest.register_assert_rewrite("moves", "twin")

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = notebooks()
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
SCRIPT = (Path(__file__).parent / "page.js").read_text(encoding="utf-8")

PROMPTS = "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(p => p.textContent)"
# Milliseconds without a message or a paint after which nothing more is to come: a page tells the
# kernel of a step when it has rested for 150.
QUIET = 300


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def command(kind, folder, port):
    """How to start the server of a front end, and an address that answers once it runs."""
    if kind == "demo":
        return [str(ROOT / "tools" / "demo.py"), "--no-browser", "--token=", f"--port={port}"], ""
    if kind == "voila":
        # Notebook 7's extension, which these tests install, does not fit Voilà.
        denied = "['@jupyter-notebook/lab-extension']"
        options = ["--no-browser", f"--VoilaConfiguration.extension_denylist={denied}"]
        return ["-m", "voila", str(folder), f"--port={port}", *options], ""
    module = {"lab": "jupyterlab", "notebook7": "notebook"}[kind]
    options = [f"--port={port}", f"--IdentityProvider.token={TOKEN}"]
    options += [f"--ServerApp.root_dir={folder}", "--no-browser", "--allow-root"]
    options += ["--LabApp.news_url=None"] if kind == "lab" else []
    return ["-m", module, *options], f"api?token={TOKEN}"


@contextlib.contextmanager
def serve(kind, folder):
    """A server of the front end `kind` for the notebooks in `folder`; gives its address."""
    settings = Path(folder) / ".settings" / "@jupyterlab"
    for name, values in SETTINGS.items():
        path = settings / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    port = free_port()
    arguments, ready = command(kind, folder, port)
    environment = os.environ | {
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTERLAB_SETTINGS_DIR": str(settings.parent),
    }
    with open(Path(folder) / f"{kind}.log", "w") as log:
        server = subprocess.Popen(
            [sys.executable, *arguments], stdout=log, stderr=log, env=environment
        )
        try:
            for _ in range(120):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/{ready}").close()
                    break
                time.sleep(0.5)
            else:
                raise RuntimeError(f"{kind} did not start: {Path(log.name).read_text()[-2000:]}")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=30)


def unrun(path):
    """A notebook without outputs: nothing stored can pass for something run."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


@contextlib.contextmanager
def open_chromium(playwright, *flags):
    """A headless Chromium, or a skipped test where there is none."""
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("no Chromium on this machine")
    browser = playwright.chromium.launch(executable_path=executable, args=[*CHROMIUM, *flags])
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def playwright():
    """One for all browsers: a process can hold one only."""
    with pytest.importorskip("playwright.sync_api").sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright):
    with open_chromium(playwright) as browser:
        yield browser


@pytest.fixture(scope="module")
def exports(chromium):
    """An empty page in which `window.stage` is what `stage.js` exports."""
    page = chromium.new_page()
    page.set_content("<!doctype html>")
    page.evaluate(
        """async (source) => {
            const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
            window.stage = await import(url);
        }""",
        Stage._esm,
    )
    yield page
    page.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """What the front ends serve; `open_notebook` writes the notebooks into it."""
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="session")
def address(folder):
    """`address("lab")` is where that front end is; it starts when it is first asked for."""
    with contextlib.ExitStack() as stack:
        running = {}

        def address(kind):
            if kind not in running:
                if kind == "notebook7":
                    pytest.importorskip("notebook", minversion="7")
                running[kind] = stack.enter_context(serve(kind, folder))
            return running[kind]

        yield address


@pytest.fixture
def open_notebook(chromium, address, folder):
    """Opens a notebook of the collection by name, or one made of the given cells, code or whole.

    `script` runs in the page before all others; the rest are options of playwright's `new_page`.

    It is written anew each time: a front end in which it was open before may have saved what it
    had run.
    """
    with contextlib.ExitStack() as stack:

        def open(name, kind="lab", cells=None, script="", **options):
            if cells is None:
                notebook = unrun(ROOT / "notebooks" / name)
            else:
                new = nbformat.v4.new_code_cell
                code = [new(cell) if isinstance(cell, str) else cell for cell in cells]
                notebook = nbformat.v4.new_notebook(cells=code)
                notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
            nbformat.write(notebook, folder / name)
            options = {"viewport": {"width": 1280, "height": 720}} | options  # a projector's
            page = chromium.new_page(**options)
            stack.callback(page.close)
            page.add_init_script(script or ";")
            return Notebook(page, address(kind), kind, name)

        yield open


class Notebook:
    """A notebook that is open in a front end, as a user handles it."""

    def __init__(self, page, address, kind, name):
        self.page, self.kind, self.problems, self.outside = page, kind, [], []
        page.on("pageerror", lambda error: self._note(str(error)))
        page.on(
            "console",
            lambda m: (
                self._note(f"{m.text} {m.location.get('url')}") if m.type == "error" else None
            ),
        )
        page.add_init_script(SCRIPT)
        page.route(lambda url: not url.startswith(f"{address}/"), self._refuse)
        if kind in ("voila", "demo"):
            page.goto(f"{address}/voila/render/{name}", timeout=180_000)
            return
        path = f"lab/tree/{name}?reset&" if kind == "lab" else f"notebooks/{name}?"
        page.goto(f"{address}/{path}token={TOKEN}")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        # What is run while the kernel is starting can be lost.
        idle = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
        page.wait_for_selector(idle, timeout=60_000)

    def _refuse(self, route):
        """The notebooks need no network: what they ask for elsewhere is noted, and not there."""
        self.outside.append(route.request.url)
        route.abort()

    def _note(self, problem):
        # No fault of a figure: missing files of the server, how JupyterLab stores its layout, its
        # debugger, and Notebook 7, which looks for shortcuts of extensions that it does not load.
        known = (
            r"404",
            r"\bapi\Wworkspaces\b",
            r"debugger state",
            r"Cannot read properties of undefined \(reading 'schema'\)",
        )
        if not any(re.search(text, problem) for text in known):
            self.problems.append(problem)

    def run_all(self, limit=600):
        """Run every cell, and wait until every figure is there and at rest."""
        if self.kind in ("voila", "demo"):  # they have run it before they show it
            self.page.wait_for_selector("#rendered_cells", timeout=limit * 1000)
        else:
            self._press_run(limit)
        self.page.wait_for_selector("[data-painted]", timeout=limit * 1000)
        self.settle(limit)

    def _press_run(self, limit):
        done = f"{PROMPTS}.every(p => p === '' || /[0-9]/.test(p))"  # '' is that of a folded cell
        deadline = time.monotonic() + limit
        while not self.page.evaluate(done) and time.monotonic() < deadline:
            # While the kernel is starting, the command or a part of it can be lost, and a Run that
            # comes too early makes JupyterLab ask for a kernel.
            accept = self.page.locator(".jp-Dialog .jp-mod-accept")
            if accept.count():
                accept.first.click()
                time.sleep(1)
                continue
            self.page.locator(".lm-MenuBar-itemLabel", has_text="Run").first.click(timeout=5000)
            self.page.locator(".lm-Menu-itemLabel", has_text="Run All Cells").first.click()
            time.sleep(1)
            self.settle(limit)

    def settle(self, limit=30):
        """Wait until the kernel has answered every move, and the page shows the last answer."""
        self.page.wait_for_function(
            f"figures.atRest({QUIET})", timeout=limit * 1000, polling=QUIET // 6
        )

    def assert_no_error(self):
        errors = self.page.locator(".jp-OutputArea-output[data-mime-type*=error]")
        assert errors.count() == 0, errors.first.inner_text()
        assert self.problems == []
        assert self.outside == []

    def assert_nothing_scrolls_sideways(self):
        wide = self.page.evaluate(
            """[document.documentElement,
                ...document.querySelectorAll('.jp-OutputArea-output, .jp-OutputArea, .jp-Notebook')
            ].filter(e => e.scrollWidth > e.clientWidth)
             .filter(e => getComputedStyle(e).overflowX != 'visible')
             .map(e => `${e.className}: ${e.scrollWidth} > ${e.clientWidth}`)"""
        )
        assert wide == []

    @property
    def figures(self):
        boxes = self.page.locator(".jp-OutputArea-output:has(.adamviz)")
        return [Figure(self, boxes.nth(i)) for i in range(boxes.count())]


class Figure:
    """One figure in an open notebook."""

    def __init__(self, notebook, box):
        self.notebook, self.page, self.box = notebook, notebook.page, box
        self.picture = box.locator(".adamviz-picture")
        self.canvases = box.locator("canvas")
        self.alarm = box.locator(".adamviz-alarm")

    @property
    def painted(self):
        """What the controls showed when the picture was painted last."""
        return self.picture.get_attribute("data-painted")

    @property
    def source(self):
        """The pixels of all canvases, as one text."""
        return self.picture.evaluate("picture => figures.shots(picture)")

    @property
    def readout(self):
        return self.picture.get_attribute("aria-label")

    def differences(self, source, traits):
        """In what it differs from the figure that a module makes of the traits of a widget."""
        return self.box.evaluate(
            "(box, [source, traits]) => figures.differences(box, source, traits)", [source, traits]
        )

    @property
    def handles(self):
        """The sliders in view, also those that are disabled now."""
        return [h for h in self.box.locator("input[type=range]").all() if h.is_visible()]

    @property
    def sliders(self):
        """What every slider in view says: its name, and the value written beside it."""
        return dict(
            self.box.locator(".adamviz-slider").evaluate_all(
                """sliders => sliders.filter(s => s.offsetParent).map(s => [
                    s.querySelector('input').ariaLabel, s.querySelector('output').textContent])"""
            )
        )

    def button(self, name):
        return self.box.get_by_role("button", name=name, exact=True)

    def wait_for_change(self, before):
        self.page.wait_for_function(
            "([picture, before]) => figures.shots(picture) !== before",
            arg=[self.picture.element_handle(), before],
            timeout=30_000,
            polling=30,
        )

    def drag(self, points, tile=0, pause=0.016):
        """Press at the first of the points, in fractions of a canvas, and move on to the last.

        Gives the place of the last, also in fractions.
        """
        canvas = self.canvases.nth(tile)
        canvas.hover()  # which also waits until it stands still
        # Of a picture that is taller than the window, the top, where the landscape is.
        canvas.evaluate("c => c.getBoundingClientRect().height > innerHeight && c.scrollIntoView()")
        area = canvas.bounding_box()
        left, top, width, height = (area[key] for key in ("x", "y", "width", "height"))
        pixels = [(left + x * width, top + y * height) for x, y in points]
        self.page.mouse.move(*pixels[0])
        self.page.mouse.down()
        for x, y in pixels[1:]:
            self.page.mouse.move(x, y)
            time.sleep(pause)
        self.page.mouse.up()
        return points[-1]
