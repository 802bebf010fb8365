"""A figure that is moved for an hour, run again and again, or in another kernel: still the same."""

import gc
import itertools
import sys
import tracemalloc

import comm
import numpy as np
import psutil
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell
from page import Page, drawn_in

from adamviz import Explorer, optimizers
from adamviz.drawing.picture import Picture
from tools import notebooks as tool

METHODS = [optimizers.GradientDescent(lr=0.015), optimizers.Adam(lr=0.1)]


def make():
    """What a cell of a notebook does: a new figure, shown."""
    explorer = Explorer(METHODS, ["canyon", "rosenbrock"], controls=["Adam.lr", "kappa"], steps=10)
    explorer._repr_mimebundle_()
    return explorer


def session(page):
    """Moves for ever: a rate, the step, the start, at times a method or the surface."""
    rates = len(page.parts["items"]["Adam.lr"]["texts"])
    k = 0
    while True:
        k += 1
        page.move("Adam.lr", 7 * k % rates)
        yield
        page.move("step", k % 10)
        yield
        at = [None, None]
        at[k % 2] = 0.01 * (k % 300) + 0.5
        page.move("start", at)
        yield
        if k % 5 == 0:
            page.drag(0, [(100 + k % 200, 150)])
            yield
        if k % 10 == 0:
            page.move("show:Adam", 1 - page.state["show:Adam"])
            yield
        if k % 20 == 0:
            page.ask("kappa")  # what comes ahead is let go as well
        if k % 50 == 0:
            page.stand("surface", ("canyon", "rosenbrock")[k // 50 % 2])
            yield


def held():
    """What this process holds: figures, explorers and comms; megabytes of Python's and in all."""
    gc.collect()
    things = gc.get_objects()
    counts = [sum(isinstance(thing, kind) for thing in things) for kind in (Figure, Explorer)]
    counts.append(len(comm.get_comm_manager().comms))
    python, _ = tracemalloc.get_traced_memory()
    return counts, np.array([python, psutil.Process().memory_info().rss]) / 1e6


def growth(moves):
    """How many megabytes more are held after so many moves; each must paint one frame."""
    tracemalloc.start()
    page = Page(make())
    moving = session(page)
    for _ in range(200):  # until every cache is filled
        next(moving)
    counts, before = held()
    page.painted = 0
    for _ in range(moves):
        next(moving)
        page.messages.clear()
    counts_after, after = held()
    tracemalloc.stop()
    assert counts_after == counts
    assert "matplotlib.pyplot" not in sys.modules
    assert 0.9 * moves <= page.painted <= moves  # two different states may look the same
    return after - before


def test_moves_leave_nothing_behind():
    """Ten thousand, under 10 MB, are in the tests with a browser: they take a minute."""
    python, all = growth(300)
    assert python < 0.5 and all < 5  # lists that are kept each time would make 1.2


def test_a_cell_that_is_run_ten_times_answers_once(monkeypatch):
    painted = []
    record = Picture.record
    monkeypatch.setattr(Picture, "record", lambda *a: painted.append(a[0]) or record(*a))
    pages, comms = [], []
    for _ in range(10):
        pages.append(Page(make()))
        comms.append(len(comm.get_comm_manager().comms))
    assert {b - a for a, b in itertools.pairwise(comms)} == {2}  # the widget and its layout
    *older, newest = pages
    for page in pages:
        page.painted = 0
    painted.clear()
    for move in (
        lambda: newest.stand("Adam.lr", 0.2),
        lambda: newest.stand("step", 3),
        lambda: newest.drag(0, [(200, 150)]),
        lambda: newest.press("@reset"),
    ):
        move()
        assert painted == [drawn_in(newest.figure)]
        painted.clear()
    assert newest.painted == 4 and not any(page.painted for page in older)


def pictures():
    gc.collect()
    return sum(isinstance(thing, Picture) for thing in gc.get_objects())


def test_figures_that_no_page_shows_let_go_of_their_pictures_and_still_answer():
    """ipywidgets forgets no widget: a cell that runs again leaves its last figure behind."""
    before = pictures()
    pages = [Page(make()) for _ in range(4)]
    oldest, second, _, newest = pages
    twice = Page(oldest.figure)
    assert pictures() == before + 4
    for page in pages[:-1]:
        page.close()
    assert pictures() == before + 2  # of the oldest there is another page
    twice.close()
    assert pictures() == before + 1
    for page in (oldest, newest):
        page.stand("step", 4)
        page.stand("Adam.lr", 0.2)
        page.drag(0, [(200, 150)])
    assert oldest.picture == newest.picture and oldest.words == newest.words
    assert oldest.figure.start == newest.figure.start != (-4.0, 1.5)
    second.figure._repr_mimebundle_()  # what it stores, it makes again


MOVES = """
import gc
from adamviz import Explorer

figures = [thing for thing in gc.get_objects() if isinstance(thing, Explorer)]
for figure in sorted(figures, key=repr):
    def move(**changes):
        message = {"kind": "move", "changes": changes, "heard": ["a page", 1]}
        figure.widget._handle_custom_msg(message, [])
        assert not figure.widget.now["error"]

    items = figure.widget.parts["items"]
    for name in figure.experiment.controls:
        if not figure.experiment.idle(name) and "texts" in items[name]:
            move(**{name: len(items[name]["texts"]) // 3})
    move(step=figure.experiment.steps // 2)
    move(start=[figure.start[0] + 0.25, None])
    print(figure)
"""


def readouts(name):
    """All that a notebook says in a fresh kernel, and at last its figures after moves."""
    path = tool.FOLDER / name
    nb = tool.read(path)
    nb.cells.append(new_code_cell(MOVES))
    tool.execute(nb, path)
    outputs = [output for cell in nb.cells for output in cell.get("outputs", [])]
    return [output.get("text") or output.data["text/plain"] for output in outputs]


def test_a_restarted_kernel_says_the_same_to_the_digit(monkeypatch):
    said = []
    for seed in ("1", "2"):  # whatever the order of its sets
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        said.append(readouts("03_momentum.ipynb"))
    assert said[0] == said[1]
    *before, after = said[0]
    assert after.count("; start (") >= 3
    assert not set(after.splitlines()) & set("\n".join(before).splitlines())  # all have moved
