"""Firefox and WebKit as the system has them, and a notebook that is open in one of them.

playwright knows these two only in builds of its own, which not every machine can have. Both speak
WebDriver (W3C Recommendation, "WebDriver"): WebKit over HTTP, through its WebKitWebDriver; Firefox
itself over a socket, in what it calls Marionette, so that no geckodriver is needed.
"""

import contextlib
import itertools
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

from conftest import PROMPTS, TOKEN, free_port

WIDTH, HEIGHT = 1280, 900
HOME, END = "\ue011", "\ue010"  # WebDriver, 17.4.2, "Keyboard Actions"


class Missing(Exception):
    """The engine is not on this machine; the message says what is looked for."""


def found(*names):
    """The first of these programs that is on the PATH."""
    paths = [path for path in map(shutil.which, names) if path]
    if not paths:
        raise Missing(f"no {' or '.join(names)} on this machine")
    return paths[0]


def patiently(attempt, seconds=30):
    """What an attempt returns when it no longer ends in an OSError: a program is starting."""
    for _ in range(10 * seconds):
        with contextlib.suppress(OSError):
            return attempt()
        time.sleep(0.1)
    return attempt()


@contextlib.contextmanager
def running(command, folder, **environment):
    """A program, its output in a file of the folder; it is ended with all that it started."""
    with open(folder / "engine.log", "w") as log:
        program = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            env=os.environ | environment,
            start_new_session=True,
        )
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, 15)
            program.wait(timeout=30)


@contextlib.contextmanager
def firefox(folder):
    """`do(command, **parameters)` of a headless Firefox."""
    program, port = found("firefox-esr", "firefox"), free_port()
    (folder / "user.js").write_text(f'user_pref("marionette.port", {port});\n')
    command = [program, "--headless", "--marionette", "--no-remote", "--profile", str(folder)]
    with running(command, folder):
        connection = patiently(lambda: socket.create_connection(("127.0.0.1", port)))
        with connection, connection.makefile("rb") as stream:
            numbers = itertools.count(1)

            def read():
                digits = b"".join(iter(lambda: stream.read(1), b":"))
                return json.loads(stream.read(int(digits)))

            def do(command, **parameters):
                message = json.dumps([0, next(numbers), f"WebDriver:{command}", parameters])
                connection.sendall(f"{len(message.encode())}:{message}".encode())
                _, _, error, result = read()
                if error:
                    raise RuntimeError(f"{command}: {error['error']}: {error['message']}")
                return result.get("value")

            read()  # it says who it is
            do("NewSession", capabilities={"alwaysMatch": {}})
            yield do


@contextlib.contextmanager
def webkit(folder):
    """`do(command, **parameters)` of WebKitGTK's small browser, on a screen of its own."""
    driver, screen, port = found("WebKitWebDriver"), found("xvfb-run"), free_port()
    browsers = sorted(Path("/usr").glob("lib*/**/webkit2gtk-4*/MiniBrowser"))
    if not browsers:
        raise Missing("no MiniBrowser of WebKitGTK on this machine")
    paths = {
        "NewSession": "",
        "Navigate": "/url",
        "SetWindowRect": "/window/rect",
        "ExecuteScript": "/execute/sync",
        "PerformActions": "/actions",
    }
    options = {"binary": str(browsers[-1]), "args": ["--automation"]}
    session = f"http://127.0.0.1:{port}/session"

    def do(command, **parameters):
        request = urllib.request.Request(session + paths[command], json.dumps(parameters).encode())
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            with error:
                raise RuntimeError(f"{command}: {error.read().decode()[:1000]}") from None

    command = [screen, "-a", "-s", f"-screen 0 {WIDTH}x{HEIGHT}x24", driver, f"--port={port}"]
    # It refuses to run as root, as in a container, unless its own walls are taken away.
    walls = {"WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"} if os.geteuid() == 0 else {}
    with running(command, folder, **walls):
        capabilities = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        session += "/" + patiently(lambda: do("NewSession", capabilities=capabilities))["sessionId"]
        yield do


class Page:
    """A notebook that is open in JupyterLab in one of these engines, and its first figure."""

    kind = "lab"

    def __init__(self, do, address, name):
        self._do = do
        do("SetWindowRect", width=WIDTH, height=HEIGHT)
        do("Navigate", url=f"{address}/lab/tree/{name}?reset&token={TOKEN}")
        self.wait_for("document.querySelector('.jp-Notebook .jp-CodeCell')", 60)
        # What is run while the kernel is starting can be lost.
        idle = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
        self.wait_for(f"document.querySelector('{idle}')", 60)

    # --- a page ---------------------------------------------------------------------------------

    def ask(self, expression, *arguments):
        """The value of an expression in the page; `figure` is the output with the first figure."""
        figure = "document.querySelector('[data-painted]')?.closest('.jp-OutputArea-output')"
        script = f"const figure = {figure}; return {expression}"
        return self._do("ExecuteScript", script=script, args=list(arguments))

    def wait_for(self, expression, seconds=30):
        """Wait until an expression is true in the page."""
        deadline = time.monotonic() + seconds
        while not self.ask(f"!!({expression})"):
            assert time.monotonic() < deadline, f"not within {seconds} s: {expression}"
            time.sleep(0.1)

    def press(self, key):
        actions = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self._do("PerformActions", actions=[{"type": "key", "id": "keys", "actions": actions}])

    def drag(self, points):
        """Press the mouse at the first of these points of the page, let it go at the last."""
        moves = [
            {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 16} for x, y in points
        ]
        button = {"button": 0}
        down, up = {"type": "pointerDown"} | button, {"type": "pointerUp"} | button
        actions = [moves[0], down, *moves[1:], up]
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}}
        self._do("PerformActions", actions=[mouse | {"actions": actions}])

    def click(self, selector, text=""):
        """Click the first element in view that a selector finds and that begins with a text."""
        place = self.ask(
            """(() => {
                const all = [...document.querySelectorAll(arguments[0])];
                const it = all.find(e => e.offsetParent && e.innerText.startsWith(arguments[1]));
                const area = it?.getBoundingClientRect();
                return area && [area.x + area.width / 2, area.y + area.height / 2];
            })()""",
            selector,
            text,
        )
        assert place, f"nothing to click: {selector} {text}"
        self.drag([place])

    # --- a notebook -----------------------------------------------------------------------------

    def run_all(self, limit=300):
        """Run every cell, and wait until the first figure is there."""
        done = f"{PROMPTS}.every(p => p === '' || /[0-9]/.test(p))"
        busy = f"{PROMPTS}.some(p => p.includes('*'))"
        deadline = time.monotonic() + limit
        while not self.ask(done):
            assert time.monotonic() < deadline, f"the notebook has not run within {limit} s"
            # While the kernel is starting the command or a part of it can be lost.
            if self.ask("document.querySelector('.jp-Dialog .jp-mod-accept')"):
                self.click(".jp-Dialog .jp-mod-accept")
            elif not self.ask(busy):
                if not self.ask("document.querySelector('.lm-Menu-itemLabel')"):
                    self.click(".lm-MenuBar-itemLabel", "Run")
                else:
                    self.click(".lm-Menu-itemLabel", "Run All Cells")
            time.sleep(1)
        self.wait_for("figure")

    # --- its first figure -----------------------------------------------------------------------

    @property
    def painted(self):
        """What the controls showed when the picture was painted last."""
        return self.ask("figure.querySelector('[data-painted]').dataset.painted")

    @property
    def readout(self):
        return self.ask("figure.querySelector('.adamviz-picture').getAttribute('aria-label')")

    @property
    def sliders(self):
        """Where every slider in view stands, as the page writes it: by its label."""
        texts = "[s.querySelector('span'), s.querySelector('output')]"
        return dict(
            self.ask(
                f"""[...figure.querySelectorAll('.adamviz-slider')].filter(s => s.offsetParent)
                    .map(s => {texts}.map(e => e.textContent))"""
            )
        )
