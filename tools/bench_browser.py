"""The part of `bench.py` with a browser: how long a hand waits, here and over a slow line.

The slow line adds 75 ms each way and carries 10 Mbit/s, as a hub on another continent may;
`slow_line.py` makes it on this machine.
"""

import contextlib
import itertools
import json
import shutil
import sys
import time
from pathlib import Path

import nbformat
import psutil

from notebooks import METADATA
from slow_line import slow_line

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "tools" / "bench_page.js"
ONE_WAY, MBIT = 75, 10  # milliseconds; million bits a second
BEAT = 100  # milliseconds from one step to the next: a hundred steps play for ten seconds

# The same pictures twice: moved by an explorer, and drawn anew by `@interact`.
CELLS = [
    """import ipywidgets
from dataclasses import replace
from IPython.display import display
from adamviz import Experiment, Explorer, optimizers, rates
from adamviz.drawing.picture import Picture
from adamviz.drawing.style import assign
%matplotlib inline
""",
    """slider = ipywidgets.IntSlider(description="echo", max=100)
label = ipywidgets.Label("0")
slider.observe(lambda change: setattr(label, "value", str(change.new)), "value")
ipywidgets.VBox([slider, label])""",
    """def redrawn(kinds, steps, k):
    def redraw(k):
        scene = Experiment([kind(lr=rates(1e-3, 1)[k]) for kind in kinds], steps=steps).scene()
        scene = replace(scene, styles=assign(scene.kinds))
        picture = Picture([("landscape", "loss")], scene)
        picture.render(scene)
        picture.figure.text(0.01, 0.99, f"canyon, α = {rates(1e-3, 1)[k]}", va="top")
        display(picture.figure)
    return ipywidgets.interact(redraw, k=ipywidgets.IntSlider(k, 0, 60))
_ = redrawn([optimizers.Adam], 100, 40)""",
    """Explorer([optimizers.Adam(lr=0.1)], controls=["lr", "beta1"], steps=100, target=1e-3)""",
    """_ = redrawn(optimizers.OPTIMIZERS, 300, 20)""",
    """every = [method(lr=0.01) for method in optimizers.OPTIMIZERS]
Explorer(every, controls=["lr", "beta1"], steps=300)""",
]
ECHO, INTERACT, ONE, INTERACT_ALL, ALL = range(5)  # of what can be moved, from the top


class Bench:
    """A notebook with all that is moved, in a page at one end of a line."""

    keys = ["ArrowRight"] * 4 + ["ArrowLeft"] * 4  # to where it was

    def __init__(self, notebook, quiet):
        self.page, self.silence = notebook.page, quiet  # milliseconds without a message: at rest
        # What is run while a kernel starts can be lost, and over a slow line that is later than it
        # says.
        self.page.wait_for_timeout(25 * quiet)
        notebook.run_all(limit=100)

    def call(self, name, *arguments):
        return self.page.evaluate(f"bench.{name}(...{json.dumps(arguments)})")

    def quiet(self, times=1):
        self.page.wait_for_function(f"figures.atRest({times * self.silence})", timeout=120_000)

    def focus(self, area):
        """A hand at the slider: over it, and with the focus in it; all that comes of it is here."""
        handle = self.page.evaluate_handle(f"bench.handle({area})").as_element()
        handle.scroll_into_view_if_needed()
        handle.hover()
        handle.focus()
        self.quiet(2)

    def leave(self):
        self.page.mouse.move(5, 5)
        self.page.evaluate("document.activeElement.blur()")

    def key(self, area, key):
        """The answer to a key: its milliseconds and bytes, and whether it came from the kernel."""
        self.page.evaluate("bench.bytes = 0")
        self.call("listen", area)
        self.page.keyboard.press(key)
        answer = self.page.evaluate("bench.answer")
        self.quiet()
        return answer | {"bytes": self.page.evaluate("bench.bytes")}

    def moves(self, area, count=8):
        """Answers to keys of a hand that has been at the slider for a while."""
        self.focus(area)
        answers = [self.key(area, self.keys[i % 8]) for i in range(count)]
        self.leave()
        return answers

    def anew(self, area, count=8, coming=False):
        """Answers to keys, none of them ahead: before each, another slider was moved.

        A page asks for stops ahead when a hand comes near a slider: where they are `coming` just
        before the key, else never.
        """
        answers = []
        self.focus(area)
        for i in range(count):
            self.leave()
            self.call("shift", area, 1)
            self.quiet()
            self.call("focus", area, coming)
            answers.append(self.key(area, self.keys[i % 8]))
            assert answers[-1]["told"] or coming, "it was ahead"
        self.leave()
        return answers

    def stops(self, area):
        """From a hand over a slider until its stops are in the page; none was there before."""
        self.leave()
        self.call("shift", area, 1)
        self.quiet()
        self.call("hover", area)
        self.focus(area)
        return self.call("stops")

    def held(self, area, count=100, pause=30, settled=True):
        """A key that is held: the pictures a second, and the keys that came to the page."""
        self.focus(area)
        if not settled:  # a hand that does not wait
            self.leave()
            self.call("shift", area, 1)
            self.quiet()
        self.call("count", area)
        if not settled:
            self.call("focus", area, True)
        began = time.monotonic()
        for i in range(count):
            time.sleep(max(0.0, began + i * pause / 1e3 - time.monotonic()))
            # A quarter to one side, half to the other, and back: it meets no end of the slider.
            right = i < count / 4 or i >= 3 * count / 4
            self.page.keyboard.down("ArrowRight" if right else "ArrowLeft")
        self.page.keyboard.up("ArrowRight")
        self.page.keyboard.up("ArrowLeft")
        self.quiet(2)
        record = self.page.evaluate("bench.record")
        self.leave()
        pictures = list(changes(record["paints"], "seen"))
        keys, first = record["keys"], record["keys"][0]
        rate = 1e3 * (len(pictures) - 1) / (pictures[-1]["at"] - first)
        return rate, 1e3 * (len(keys) - 1) / (keys[-1] - first)

    def drag(self, area, count=40, pause=16):
        """A drag of the start: how many places of the handle are painted, and how many paths."""
        canvas = self.page.locator(".adamviz").nth(int(area == ALL)).locator(".adamviz-drag").first
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        place = [(box["x"] + 120 + 4 * i, box["y"] + 100 + 2 * i) for i in range(count + 1)]
        self.page.mouse.move(*place[0])
        self.page.mouse.down()
        self.quiet(2)
        self.call("count", area)
        began = time.monotonic()
        for i, (x, y) in enumerate(place[1:]):
            time.sleep(max(0.0, began + i * pause / 1e3 - time.monotonic()))
            self.page.mouse.move(x, y)
        self.page.mouse.up()
        self.quiet(2)
        record = self.page.evaluate("bench.record")
        times = [paint["at"] for paint in record["paints"]]
        handles = sum(
            any(a < move <= b for move in record["moves"])
            for a, b in itertools.pairwise([0, *times])
        )
        return handles, len(list(changes(record["paints"], "seen"))), len(record["moves"])

    def play(self, area, seconds=3):
        """How many steps are painted while it plays, and how many were due."""
        button = self.page.locator(".adamviz").nth(int(area == ALL)).locator(".adamviz-play")
        button.scroll_into_view_if_needed()
        self.call("count", area)
        button.click()
        time.sleep(seconds)
        assert button.get_attribute("aria-label") == "stop"  # the last step is not reached yet
        button.click()
        self.quiet(3)
        painted = self.page.evaluate("bench.record.paints")
        for paint in painted:
            paint["step"] = int(paint["painted"].split("step=")[1].split(";")[0])
        steps = [p for p in changes(painted, "step")]
        due = round((steps[-1]["at"] - steps[0]["at"]) / BEAT) + 1
        return len(steps), max(due, steps[-1]["step"] - steps[0]["step"] + 1)


def changes(paints, key):
    """The paints at which something else was seen than at the one before."""
    before = None
    for paint in paints:
        if paint[key] != before:
            yield paint
        before = paint[key]


@contextlib.contextmanager
def opened(folder):
    """A way to open the notebook in a JupyterLab, `open(slow)`."""
    sys.path.insert(0, str(ROOT / "tests" / "browser"))
    from conftest import Notebook, open_chromium, serve
    from playwright.sync_api import TimeoutError, sync_playwright

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    book.metadata.update(METADATA)
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(serve("lab", folder))
        playwright = stack.enter_context(sync_playwright())
        chromium = stack.enter_context(open_chromium(playwright, "--enable-precise-memory-info"))

        def open(slow):
            place = address
            if slow:
                port = int(address.rpartition(":")[2])
                place = f"http://127.0.0.1:{stack.enter_context(slow_line(port, ONE_WAY, MBIT))}"
            for name in ("first.ipynb", "again.ipynb"):
                name = f"{'slow' if slow else 'here'}-{name}"
                nbformat.write(book, folder / name)
                page = chromium.new_page(viewport={"width": 1280, "height": 900})
                page.set_default_timeout(120_000)
                page.add_init_script(path=SCRIPT)
                stack.callback(page.close)
                notebook = Notebook(page, place, "lab", name)
                try:
                    return Bench(notebook, 200 if slow else 100)
                except TimeoutError:  # on a busy machine JupyterLab can lose a cell that is run
                    page.close()
            raise RuntimeError("the notebook did not run, twice")

        yield open


def browser(row, folder):
    """Every row here, and every row over the slow line. `row` notes one, see `bench.py`."""
    with opened(folder) as open:
        for slow in (False, True):
            bench = open(slow)
            measure(bench, row, slow)
            bench.page.close()


def measure(bench, row, slow, rounds=4):
    def goal(here, far):
        return far if slow else here

    line = "slow" if slow else "here"
    ways = {
        "echo": lambda: bench.moves(ECHO),
        "ahead": lambda: bench.moves(ONE),
        "anew": lambda: bench.anew(ONE),
        "coming": lambda: bench.anew(ONE, coming=True),
        "all ahead": lambda: bench.moves(ALL),
        "all anew": lambda: bench.anew(ALL),
        "interact": lambda: bench.moves(INTERACT),
        "interact all": lambda: bench.moves(INTERACT_ALL, count=4),
    }
    taken = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            taken[name] += way()
    ms = {name: [answer["ms"] for answer in answers] for name, answers in taken.items()}

    def against(measure, ours, theirs, limit):
        row(measure, ms[ours], limit, theirs, ms[theirs], line=line)

    def size(measure, ours, limit):
        row(measure, [answer["bytes"] / 1e3 for answer in taken[ours]], limit, line=line)

    against("slider whose stops are ahead, key to paint, ms", "ahead", "echo", goal(0.3, 0.05))
    against("the same, eleven methods, ms", "all ahead", "echo", goal(1, 0.15))
    against("slider not ahead, key to paint, ms", "anew", "echo", goal(1.5, 1.1))
    against("slider whose stops are on the way, ms", "coming", "echo", None)
    against("slider not ahead, eleven methods, ms", "all anew", "echo", None)
    against("slider not ahead, ms", "anew", "interact", goal(0.15, None))
    against("slider not ahead, eleven methods, ms", "all anew", "interact all", goal(0.15, None))
    if not slow:
        size("such a move, one method, kB", "anew", 8)
        size("such a move, eleven methods, kB", "all anew", 60)

    for measure, settled in (("stops ahead", True), ("stops not yet ahead", False)):
        held = [bench.held(ONE, settled=settled) for _ in range(3)]
        pictures, keys = zip(*held, strict=True)
        # 30 and 25 a second of the 33 that are sent.
        limit = goal(0.9, 0.75) if settled else None
        measure = f"key held, {measure}, pictures a second"
        row(measure, pictures, limit, "keys", keys, line=line, higher=True)
    shown, due = zip(*[bench.play(ONE) for _ in range(3)], strict=True)
    row("Play, frames shown", shown, 1, "due", due, line=line, higher=True)
    drags = [bench.drag(ONE) for _ in range(5)]
    handles, paths, sent = zip(*drags, strict=True)
    row("drag, places of the handle painted", handles, 1, "moves", sent, line=line, higher=True)
    row("drag, paths painted", paths, goal(36, 30), line=line, higher=True)
    found = [bench.stops(ONE) for _ in range(5)]
    assert all(f["done"] for f in found), found
    times, count = [f["ms"] for f in found], found[0]["count"] + 1
    measure = f"{count} stops of a slider in the page after hover, ms"
    row(measure, times, goal(15, 5), "echo", ms["echo"], line=line)


def memory(row, folder, moves=10_000):
    """What so many moves leave behind, in the kernel and in the page, in megabytes."""

    def held():
        session.send("HeapProfiler.collectGarbage")
        heap = session.send("Runtime.getHeapUsage")["usedSize"]
        mine = psutil.Process().children(recursive=True)
        kernel = next(p for p in mine if any("ipykernel_launcher" in a for a in p.cmdline()))
        return kernel.memory_info().rss / 1e6, heap / 1e6

    def move(count):
        for _ in range(count // 50):
            for _ in range(25):
                bench.call("shift", ONE, 0)
                bench.call("shift", ONE, 1)
            bench.quiet(0.3)

    with opened(folder) as open:
        bench = open(slow=False)
        session = bench.page.context.new_cdp_session(bench.page)
        move(500)  # until every cache is full
        before = held()
        move(moves)
        for place, a, b in zip(("kernel", "page"), before, held(), strict=True):
            row(f"memory after {moves} moves, {place}, MB more", [b - a], 10, line="here")
