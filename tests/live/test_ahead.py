"""What comes ahead of a hand is what it finds when it goes there: to the byte."""

import time

import numpy as np
import pytest
from page import Page, wire

from adamviz import Control, Explorer, Playground, optimizers
from adamviz.drawing.panel import Panel
from adamviz.drawing.recorder import HEADLESS, parted
from adamviz.live.ahead import MOST
from adamviz.surfaces import Surface

METHODS = [optimizers.Momentum(lr=0.01), optimizers.Adam(lr=0.1)]


class Counts(Panel):
    """It asks for its step, so that the page cannot move it."""

    title = "counts"

    def draw(self, scene):
        self.axes[0].set(xlim=(0, 1), ylim=(0, 1))
        self.bar = self.line(self.axes[0])
        self.said = self.text(self.axes[0], 0.1, 0.5)

    def move(self, scene):
        self.bar.set_data([0, 1], [0.0, scene.step / scene.steps])
        self.said.set_text(f"step {scene.step}, {scene.focus}")


def explorer(**options):
    options = {"controls": ["Adam.lr", "kappa"], "steps": 20, "step": 7} | options
    return Explorer(METHODS, ["canyon", "rosenbrock", "beale"], **options)


def switched():
    switch = Control("average", "as moving average", [False, True])
    return explorer(controls=["lr", switch], panels=[["landscape", "moments"], ["loss", "rate"]])


FIGURES = {
    "rates": (explorer, "Adam.lr", 4),
    "a slider of the surface": (explorer, "kappa", 3),
    "surfaces": (explorer, "surface", 1),
    "the focus": (explorer, "focus", 1),
    "methods": (explorer, "show:Adam", 1),
    "a tick": (switched, "average", 1),
    "a panel that reads the step": (lambda: explorer(panels=["loss", Counts]), "Adam.lr", 9),
    "a map": (
        lambda: Explorer(METHODS[:1], panels=["map", "loss"], controls=["lr", "momentum"], steps=9),
        "momentum",
        3,
    ),
    "a lock": (lambda: Playground(lock=True, steps=50), "Adam.lr", 25),
    "steps": (lambda: Playground(), "steps", 3),
    "a panel by its menu": (lambda: Playground(steps=50), "panel", 2),
}


@pytest.mark.parametrize(("make", "key", "every"), FIGURES.values(), ids=FIGURES)
def test_a_frame_ahead_is_what_a_move_there_paints(make, key, every):
    page, moved = Page(make()), Page(make())
    frames = page.ahead(key)
    now, count = page.state[key], page.figure.knobs[key].count(page.figure.experiment)
    assert sorted([now, *frames]) == list(range(count))
    for stop in sorted(frames)[::every]:
        moved.press("@reset")
        moved.move(key, stop)
        frame = frames[stop]
        assert frame["words"] == moved.words, stop
        assert frame["changes"] == moved.state, stop
        assert frame["picture"] == moved.picture, stop
    # It was only asked: where it stands has not moved.
    assert page.state == Page(make()).state and page.picture == Page(make()).picture
    page.move(key, sorted(frames)[0])
    moved.press("@reset")
    moved.move(key, sorted(frames)[0])
    assert (page.picture, page.words) == (moved.picture, moved.words)


def test_a_rate_that_is_locked_takes_all_the_others_along():
    page = Page(figure := Playground(lock=True, steps=50))
    frames = page.ahead("Adam.lr")
    rates = [name for name in figure.values if name.endswith(".lr")]
    there = frames[page.state["Adam.lr"] + 4]["changes"]
    assert all(there[name] > page.state[name] for name in rates if page.state[name] < 116)
    assert len([name for name in rates if there[name] != page.state[name]]) > 10
    rest = [key for key in there if key not in rates]
    assert [there[key] for key in rest] == [page.state[key] for key in rest]


def test_the_nearest_stops_come_first():
    page = Page(explorer())
    now, order = page.state["Adam.lr"], list(page.ahead("Adam.lr"))
    assert {*order[:8]} == {now + d for d in (-4, -3, -2, -1, 1, 2, 3, 4)}
    assert order[0] == now + 1
    assert np.abs(np.array(order[:40]) - now).max() <= 24
    for side in (1, -1):
        away = [side * (stop - now) for stop in order if side * (stop - now) > 0]
        assert away == sorted(away)


def test_a_slice_holds_one_frame_at_least():
    page = Page(explorer())
    seen = []
    for _ in range(3):
        answer, _ = page.ask("Adam.lr", seconds=1e-9)
        seen += [stop for stop, _ in answer["frames"]]
        assert len(answer["frames"]) == 1 and not answer["done"]
    assert len({*seen}) == 3
    while not answer["done"]:
        answer, _ = page.ask("Adam.lr")
        seen += [stop for stop, _ in answer["frames"]]
    others = {*range(len(page.parts["items"]["Adam.lr"]["texts"]))} - {page.state["Adam.lr"]}
    assert sorted(seen) == sorted(others)


@pytest.mark.parametrize("wait", [5e-3, 0.0], ids=["slow", "fast"])
def test_stops_are_walked_together_as_far_as_a_hand_need_not_wait(wait):
    runs = []

    def gradient(x):
        runs.append(x.size // 2)
        time.sleep(wait * runs[-1])
        return x

    bowl = Surface(lambda x: (x**2).sum(axis=-1) / 2, gradient)
    page = Page(Explorer(METHODS[1:], bowl, controls=["lr"], panels=["loss"], steps=10))
    runs.clear()
    for _ in range(3):
        page.ask("lr", seconds=1e-9)
    assert runs[0] == 1 and (max(runs) == 1 if wait else max(runs) > 3)


def test_no_answer_may_hold_up_moves_for_long():
    page = Page(explorer())
    page.ask("Adam.lr", seconds=1.0)
    assert page.error.startswith("ValueError: seconds must be above 0 and at most 0.1, not 1.0")


def test_a_still_is_sent_once_for_all_stops():
    page, buffers = Page(explorer(panels=["landscape"])), 0
    names, sent = set(), []
    while True:
        answer, data = page.ask("Adam.lr")
        buffers += len(data)
        for _, frame in answer["frames"]:
            for name, still, _ in frame["tiles"]:
                names.add(name)
                sent += [name] * (still >= 0)
        if answer["done"]:
            break
    assert names == {page.tiles[0].name} and sent == [*names]


def test_of_a_header_that_many_stops_share_one_is_sent():
    def made():
        return Page(Explorer(METHODS[1:], controls=["lr"], panels=["loss"], steps=20))

    page, moved, lists = made(), made(), []
    while True:
        answer, buffers = page.ask("lr")
        lists += [buffers[tile[2]] for _, frame in answer["frames"] for tile in frame["tiles"]]
        if answer["done"]:
            break
    headless = [list_ for list_ in lists if parted(list_)[0] == HEADLESS]
    assert len(lists) > 80 and len(headless) >= 0.9 * len(lists)
    assert lists[0] not in headless
    # A page puts them together again.
    there = page.ahead("lr")
    for stop in [*there][::20]:
        moved.move("lr", stop)
        assert there[stop]["picture"] == moved.picture


def test_where_panels_lie_is_sent_once_for_all_stops():
    page, laid = Page(explorer()), []
    while True:
        answer, _ = page.ask("Adam.lr")
        laid += [frame["laid"] for _, frame in answer["frames"] if "laid" in frame]
        if answer["done"]:
            break
    assert laid == [wire(page.widget.laid["tiles"])]


def test_a_stop_at_which_something_fails_says_so_and_is_not_the_end():
    def method(lr):
        if 0.15 < lr < 0.3:
            raise RuntimeError("not at this rate")
        return optimizers.Adam(lr)

    lr = Control("lr", "α", [0.05, 0.1, 0.2, 0.25, 0.4], 0.1)
    page = Page(figure := Explorer({"mine": method}, controls=[lr], steps=9))
    frames = page.ahead("lr")
    assert [*frames] == [2, 3, 4, 0]
    assert [stop for stop, frame in frames.items() if "error" in frame] == [2, 3]
    assert frames[2] == {"error": "not at this rate"}
    assert not page.error and figure.values == {"lr": 0.1}
    page.move("lr", 2)
    assert page.error == "RuntimeError: not at this rate"
    page.move("lr", 4)
    assert not page.error and page.picture == frames[4]["picture"]


def test_a_panel_that_fails_at_a_stop_is_not_the_end(monkeypatch):
    class Fragile(Panel):
        def draw(self, scene):
            self.bar = self.line(self.axes[0])

        def move(self, scene):
            if scene.values["Adam.lr"] == 0.2:
                raise RuntimeError("no <bar>")
            self.bar.set_data([0, 1], [0, scene.values["Adam.lr"]])

    page = Page(explorer(panels=[Fragile, "loss"]))
    bad, frames = page.number("Adam.lr", 0.2), page.ahead("Adam.lr")
    assert [stop for stop, frame in frames.items() if "error" in frame] == [bad]
    assert frames[bad]["error"] == "no <bar>" and not page.error
    fresh = Page(explorer(panels=[Fragile, "loss"]))
    fresh.move("Adam.lr", bad + 1)
    assert frames[bad + 1]["picture"] == fresh.picture


def test_who_asks_for_another_state_is_told_that_it_is_gone():
    page = Page(figure := explorer())
    base = page.base("Adam.lr")

    def gone(base):
        answer, buffers = page.ask("Adam.lr", base)
        assert not page.error and answer["base"] == base
        return answer.get("gone", False) and "frames" not in answer and not buffers

    assert not gone(base)
    page.stand("kappa", 10.0)
    assert gone(base) and gone("what else") and not gone(page.base("Adam.lr"))
    figure.set(kappa=20.0)  # half of them are sent, and then it moves
    assert gone(base)
    page.stand("Adam.lr", 0.5)  # where the control itself stands plays no part
    assert "gone" not in page.ask("Adam.lr")[0]
    assert "gone" not in page.ask("kappa")[0]


def test_who_begins_again_gets_all_of_them_again():
    page = Page(explorer())
    first, _ = page.ask("kappa", begins=True)
    again, _ = page.ask("kappa", begins=True)
    assert [stop for stop, _ in again["frames"]][:1] == [stop for stop, _ in first["frames"]][:1]
    further, _ = page.ask("kappa")
    assert not {stop for stop, _ in further["frames"]} & {stop for stop, _ in again["frames"]}


def test_of_thousands_of_stops_the_nearest_come_ahead():
    control = Control("Adam.lr", "α", (0.0, 1.0, 1e-3), 0.1)
    page = Page(explorer(controls=[control], panels=["loss"], steps=7))
    frames = page.ahead("Adam.lr")
    assert len(frames) == MOST and np.abs(np.array([*frames]) - 100).max() == MOST - 100


def test_of_the_start_and_of_a_button_nothing_comes_ahead():
    page = Page(explorer())
    for key in ("start", "present", "@reset", "what", "kappa "):
        assert page.ask(key) is None
        assert "a control with stops must be among" in page.error


def test_two_pages_get_all_the_stops_each():
    one = Page(figure := explorer())
    other = Page(figure)
    one.ask("kappa")
    there, here = other.ahead("kappa"), one.ahead("kappa")
    assert [*there] == [*here]
    assert there[3]["picture"] == here[3]["picture"]


@pytest.mark.parametrize("panels", [["landscape", "loss"], ["loss", Counts]], ids=["roles", "step"])
def test_steps_ahead_have_words_and_what_is_drawn_anew_for_each(panels):
    page, moved = Page(explorer(panels=panels)), Page(explorer(panels=panels))
    stepwise = [i for i, tile in enumerate(page.widget.laid["tiles"]) if tile["stepwise"]]
    assert stepwise == ([1] if Counts in panels else [])
    frames = page.ahead("step")
    assert sorted([7, *frames]) == list(range(21))
    for step, frame in frames.items():
        moved.stand("step", step)
        assert frame["words"] == moved.words
        assert [name for name, _ in frame["picture"]] == [str(i) for i in stepwise]
        for (_, moving), i in zip(frame["picture"], stepwise, strict=True):
            assert moving == moved.tiles[i].moving
        # All other tiles hold every step, so that the page has them already.
        assert all(moved.tiles[i].moving == page.tiles[i].moving for i in {0, 1} - {*stepwise})


def test_the_picture_is_still_under_the_hand_after_it_showed_other_states():
    page = Page(figure := explorer())
    place = page.place(0, (2.0, 1.0))
    page.ahead("surface")
    page.drag(0, [place])
    assert figure.start == pytest.approx((2.0, 1.0), abs=0.02)
    still = page.picture
    page.ahead("kappa")
    png = figure._repr_mimebundle_()[0]["image/png"]
    page.stand("step", page.state["step"])
    assert page.picture == still
    fresh = explorer(start=figure.start)
    assert fresh._repr_mimebundle_()[0]["image/png"] == png
