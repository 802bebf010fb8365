"""A figure that is moved for an hour, run again and again, or in another kernel: still the same."""

import gc
import itertools
import sys

import comm
import psutil
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell

from adamviz import Explorer, optimizers
from adamviz.drawing.picture import Picture
from adamviz.live.screen import KEPT
from tools import notebooks as tool

METHODS = [optimizers.GradientDescent(lr=0.015), optimizers.Adam(lr=0.1)]


def make():
    """What a cell of a notebook does: a new figure, shown."""
    explorer = Explorer(METHODS, ["canyon", "rosenbrock"], controls=["Adam.lr", "kappa"], steps=10)
    explorer._repr_mimebundle_()
    return explorer


def session(explorer):
    """Moves for ever: a rate, the step, the start, at times a method or the surface."""
    rates = [value for _, value in explorer.board.controls["Adam.lr"].options]
    k = 0
    while True:
        k += 1
        explorer.board.controls["Adam.lr"].value = rates[7 * k % len(rates)]
        yield
        explorer.board.step.value = k % 10
        yield
        explorer.board.start[k % 2].value = 0.01 * (k % 300) + 0.5
        yield
        if k % 10 == 0:
            explorer.board.toggles["Adam"].value ^= True
            yield
        if k % 50 == 0:
            explorer.board.surface.value = ("canyon", "rosenbrock")[k // 50 % 2]
            yield


def held():
    """What this process holds: figures, explorers and comms, and how many megabytes."""
    gc.collect()
    things = gc.get_objects()
    counts = [sum(isinstance(thing, kind) for thing in things) for kind in (Figure, Explorer)]
    counts.append(len(comm.get_comm_manager().comms))
    return counts, psutil.Process().memory_info().rss / 1e6


def growth(moves):
    """How many megabytes more are held after so many moves; each must paint one frame."""
    explorer, frames = make(), itertools.count()
    moving = session(explorer)
    for _ in range(200):  # until every cache is filled
        next(moving)
    explorer.screen.image.observe(lambda change: next(frames), "value")
    counts, before = held()
    for _ in range(moves):
        next(moving)
    counts_after, after = held()
    assert counts_after == counts
    assert "matplotlib.pyplot" not in sys.modules
    assert 0.9 * moves <= next(frames) <= moves  # two different states may look the same
    return after - before


def test_moves_leave_nothing_behind():
    """Ten thousand, under 10 MB, are in the tests with a browser: they take a minute."""
    assert growth(300) < 5  # a frame that is kept each time would make 15


def test_a_cell_that_is_run_ten_times_answers_once(monkeypatch):
    painted = []
    render = Picture.render
    monkeypatch.setattr(Picture, "render", lambda *a: painted.append(a[0]) or render(*a))
    explorers, comms = [], []
    for _ in range(10):
        explorers.append(make())
        comms.append(len(comm.get_comm_manager().comms))
    assert len({b - a for a, b in itertools.pairwise(comms)}) == 1
    *older, newest = explorers
    frames = [explorer.screen.image.value for explorer in older]
    newest._repr_mimebundle_()
    painted.clear()
    width = newest.screen.picture.size.width
    place = {"relativeX": width / 4, "relativeY": 150, "boundingRectWidth": width}
    for move in (
        lambda: setattr(newest.board.controls["Adam.lr"], "value", 0.2),
        lambda: setattr(newest.board.step, "value", 3),
        lambda: newest.screen._events._handle_mouse_msg(
            None, {"type": "mousedown", "buttons": 1} | place, []
        ),
        newest.board.reset.click,
    ):
        move()
        assert painted == [newest.screen.picture]
        painted.clear()
    assert [explorer.screen.image.value for explorer in older] == frames


def test_figures_left_behind_let_go_of_their_pictures_and_still_answer():
    explorers = [make() for _ in range(KEPT + 3)]
    gone = [explorer.screen.picture is None for explorer in explorers]
    assert gone == [True] * 3 + [False] * KEPT
    oldest, newest = explorers[0], explorers[-1]
    assert str(oldest) == str(newest)
    for explorer in (oldest, newest):
        explorer.set(step=4, **{"Adam.lr": 0.2})
    assert oldest.screen.image.value == newest.screen.image.value
    # By the pointer as well.
    explorer = explorers[1]
    assert explorer.screen.picture is None
    width = newest.screen.picture.size.width
    place = {"relativeX": width / 4, "relativeY": 150, "boundingRectWidth": width}
    explorer.screen._events._handle_mouse_msg(None, {"type": "mousedown", "buttons": 1} | place, [])
    assert explorer.start != newest.start


MOVES = """
import gc
from adamviz import Explorer

figures = [thing for thing in gc.get_objects() if isinstance(thing, Explorer)]
for figure in sorted(figures, key=repr):
    for widget in figure.board.controls.values():
        if not widget.disabled and hasattr(widget, "options"):
            widget.index = len(widget.options) // 3
    figure.board.step.value = figure.board.step.max // 2
    figure.board.start[0].value += 0.25
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
