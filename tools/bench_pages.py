"""The part of `bench.py` with pages: figures without Python against the same in JupyterLite.

Both are on one site, served from this machine to a browser that has never been there. A page is
opened as a reader opens it, and its slider is moved as soon as it is there.
"""

import contextlib
import difflib
import functools
import itertools
import sys
import threading
import time
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from adamviz import Explorer, optimizers

ROOT = Path(__file__).resolve().parent.parent
PHONE = 4  # how many times slower a phone is than this machine, about
FIGURE = ".adamviz:has(.adamviz-slider input:enabled)"

# Put into a page before it loads: what holds its main thread up, and when which state is painted.
WATCH = """(() => {
  window.tasks = [];
  new PerformanceObserver((list) => { for (const e of list.getEntries()) tasks.push(e.duration); })
    .observe({ type: "longtask", buffered: true });
  /** From now on what is painted of a figure, by when; its `data-frames` is set after it. */
  window.follow = (figure) => {
    const picture = figure.querySelector(".adamviz-picture"), record = { keys: [], paints: [] };
    window.record = record;
    const slider = figure.querySelector(".adamviz-slider input:enabled");
    slider.addEventListener("input", () => record.keys.push([performance.now(), slider.value]));
    window.addEventListener("keydown", () => { record.pressed = performance.now(); }, true);
    const read = () => new Map(picture.dataset.painted.split(";").map((one) => one.split("=")));
    const first = read();
    let own = null; // what the slider is called there: the first that changes
    new MutationObserver(() => {
      const now = read();
      own = own || [...now.keys()].find((key) => key !== "step" && now.get(key) !== first.get(key));
      if (own) record.paints.push([performance.now(), now.get(own)]);
    }).observe(picture, { attributeFilter: ["data-frames"] });
  };
})();"""


@contextlib.contextmanager
def sited(folder):
    """The address of a whole site, and a Chromium that finds nothing else."""
    sys.path.insert(0, str(ROOT / "tests" / "browser"))
    import test_site
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    runtime = test_site.unpacked_runtime(folder)
    site = test_site.make_site(folder / "site", f"PYODIDE={runtime}")
    figure = Explorer([optimizers.Adam(lr=0.1)], controls=["lr", "beta1"], steps=100, target=1e-3)
    figure.save(site / "figure.html")
    cell = """from adamviz import Explorer, optimizers
Explorer([optimizers.Adam(lr=0.1)], controls=["lr", "beta1"], steps=100, target=1e-3)"""
    test_site.add_notebook(site, "figure.ipynb", [cell])
    test_site.add_notebook(site, "plain.ipynb", [test_site.PLAIN])
    handler = functools.partial(test_site.Quiet, directory=site)
    rules = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.shutdown)
        playwright = stack.enter_context(sync_playwright())
        chromium = stack.enter_context(test_site.open_chromium(playwright, rules))
        yield f"http://127.0.0.1:{server.server_port}", site, chromium, test_site


class Reader:
    """Somebody who has never been at the site, and opens a page of it."""

    def __init__(self, chromium, address, phone=False):
        size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 900}
        self.context, self.asked = chromium.new_context(viewport=size), []
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.context.add_init_script(WATCH)
        self.page = self.context.new_page()
        if phone:
            session = self.context.new_cdp_session(self.page)
            session.send("Emulation.setCPUThrottlingRate", {"rate": PHONE})
        self.began = time.monotonic()
        self.page.goto(address, wait_until="commit")
        self.figure = self.page.locator(f"[data-adamviz=moves] {FIGURE}").first
        self.figure.wait_for(timeout=60_000)

    @property
    def elsewhere(self):
        at_home = ("127.0.0.1", None)  # None: blob: and data:, which ask nobody
        return [url for url in self.asked if urlsplit(url).hostname not in at_home]

    def first_move(self):
        """Seconds from the opening until a slider's first move is painted."""
        hand = Hand(self.page, self.figure)
        hand.press("ArrowRight")
        return time.monotonic() - self.began

    def every_control(self):
        """Each slider to both ends, each menu through, the steps."""
        for slider in self.figure.locator("input[type=range]:enabled").all():
            slider.focus()
            for key in ("Home", "End", "ArrowLeft"):
                self.page.keyboard.press(key)
                self.page.wait_for_timeout(150)
        for menu in self.figure.locator("select:enabled").all():
            for option in range(menu.locator("option").count()):
                menu.select_option(index=option)
                self.page.wait_for_timeout(150)


class Hand:
    """A hand at the first slider of a figure."""

    def __init__(self, page, figure):
        self.page, self.slider = page, figure.locator(".adamviz-slider input:enabled").first
        page.evaluate("figure => follow(figure)", figure.element_handle())
        self.slider.focus()

    def press(self, key):
        """Milliseconds from a key to the picture that it asks for."""
        self.page.evaluate("record.paints.length = 0")
        self.page.keyboard.press(key)
        wanted = self.slider.input_value()
        found = self.page.wait_for_function(
            "value => record.paints.find(([, painted]) => painted === value)", arg=wanted
        )
        return found.json_value()[0] - self.page.evaluate("record.pressed")

    def presses(self, count=16):
        times = []
        for i in range(count):
            times.append(self.press("ArrowRight" if i % 8 < 4 else "ArrowLeft"))
            self.page.wait_for_timeout(150)
        return times

    def hold(self, count=100, pause=30):
        """A key that is held: how many of its values are painted, and how many there were."""
        self.page.wait_for_timeout(500)
        self.page.evaluate("record.keys.length = record.paints.length = 0")
        began = time.monotonic()
        for i in range(count):
            time.sleep(max(0.0, began + i * pause / 1e3 - time.monotonic()))
            self.page.keyboard.down("ArrowRight" if i % 50 < 25 else "ArrowLeft")
        for key in ("ArrowRight", "ArrowLeft"):
            self.page.keyboard.up(key)
        self.page.wait_for_timeout(500)
        record = self.page.evaluate("record")
        painted = [value for value, _ in itertools.groupby(v for _, v in record["paints"])]
        return follows(painted, [value for _, value in record["keys"]])


def follows(painted, wanted):
    """How many of the wanted values are painted, in their order; and how many are wanted."""
    alike = difflib.SequenceMatcher(None, wanted, painted, autojunk=False).get_matching_blocks()
    return sum(block.size for block in alike), len(wanted)


def pages(row, folder, rounds=3):
    """Rows of pages against JupyterLite. `row` notes one, see `bench.py`."""
    with sited(folder) as (address, site, chromium, lite):
        front = "data-adamviz" in (site / "index.html").read_text(encoding="utf-8")
        place = address + ("/" if front else "/figure.html")
        firsts, theirs, left = [], [], []
        for _ in range(rounds):
            reader = Reader(chromium, place)
            firsts.append(reader.first_move())
            left += reader.elsewhere
            reader.context.close()
            notebook = lite.LiteNotebook(chromium, address, "figure.ipynb")
            theirs.append(notebook.run_all())
            left += notebook.elsewhere
            notebook.context.close()
        what = "front page" if front else "page with a figure"
        row(f"{what} opened to first move painted, s", firsts, 0.1, "JupyterLite, first", theirs)
        row("requests that leave the site", [len(left)], 0)
        keys(row, chromium, address, lite)
        for phone in (False, True):
            longest = []
            for _ in range(rounds):
                reader = Reader(chromium, place, phone)
                reader.every_control()
                longest.append(max(reader.page.evaluate("tasks"), default=0))
                reader.context.close()
            line = f"{PHONE}× slower" if phone else ""
            row("longest task of a page, all controls moved, ms", longest, 100, line=line)


def keys(row, chromium, address, lite):
    """The same slider in a page, in JupyterLite, and as `@interact` draws it anew there."""
    reader = Reader(chromium, f"{address}/figure.html")
    here = Hand(reader.page, reader.figure)
    ours = here.presses()
    held, wanted = zip(*[here.hold() for _ in range(3)], strict=True)
    reader.context.close()
    notebook = lite.LiteNotebook(chromium, address, "figure.ipynb")
    notebook.run_all()
    notebook.page.evaluate(WATCH + lite.BENCH)
    there, anew = Hand(notebook.page, notebook.page.locator(FIGURE).first), []
    theirs = there.presses()
    for i in range(8):  # another slider has moved before each key, so that nothing is ahead
        notebook.page.evaluate("document.activeElement.blur()")
        notebook.page.evaluate("bench.shift(0, 1)")
        notebook.settle()
        notebook.page.evaluate("bench.focus(0, false)")
        anew.append(there.press("ArrowRight" if i % 2 else "ArrowLeft"))
    notebook.context.close()
    notebook = lite.LiteNotebook(chromium, address, "plain.ipynb")
    notebook.run_all()
    notebook.page.evaluate(lite.BENCH)
    plain = []
    for i in range(8):
        key = "ArrowRight" if i % 8 < 4 else "ArrowLeft"
        plain.append(lite.answer(notebook.page, 0, key))
        time.sleep(0.15)
    notebook.context.close()
    row("slider in JupyterLite, ahead, ms", theirs, 0.02, "@interact there", plain)
    row("slider in JupyterLite, not ahead, ms", anew, 0.06, "@interact there", plain)
    row("slider in a page, key to paint, ms", ours, 0.2, "JupyterLite, anew", anew)
    row("slider in a page, key to paint, ms", ours, None, "JupyterLite, ahead", theirs)
    row("keys at 30 ms, painted", held, 1, "keys", wanted, higher=True)
