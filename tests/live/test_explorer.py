"""The explorer without a browser: what a control, a click or a wrong argument does."""

import doctest
import importlib
import io
import sys
from dataclasses import dataclass

import numpy as np
import pytest
from page import Page, drawn_in
from PIL import Image

from adamviz import Control, Explorer, descend, experiment, optimizers, rates, surfaces
from adamviz.drawing.panel import Panel
from adamviz.drawing.panels import PANELS
from adamviz.drawing.picture import Picture
from adamviz.drawing.special import Online

METHODS = [
    optimizers.GradientDescent(lr=0.015),
    optimizers.Momentum(lr=0.01),
    optimizers.Adam(lr=0.1),
]


def make(**options):
    options = {"controls": ["Adam.lr", "kappa"], "steps": 40} | options
    return Explorer(METHODS, ["canyon", "rosenbrock"], **options)


def pixels(explorer):
    """The still picture that the explorer would store now."""
    bundle, _ = explorer._repr_mimebundle_()
    return np.asarray(Image.open(io.BytesIO(bundle["image/png"])).convert("RGB")).astype(int)


def test_output_carries_widget_still_and_readout():
    explorer = make()
    bundle, _ = explorer._repr_mimebundle_()
    assert set(bundle) == {
        "application/vnd.jupyter.widget-view+json",
        "image/png",
        "text/plain",
    }
    assert bundle["text/plain"] == str(explorer)
    assert bundle["text/plain"].startswith("canyon, κ = 100; start (-4, 1.5); 40 steps")
    picture = drawn_in(explorer)
    assert pixels(explorer).shape == (picture.height, picture.size.width, 3)


def test_readout_tells_what_descend_finds():
    explorer = make(steps=200, step=50)
    path = descend(METHODS[2], surfaces.canyon(), (-4.0, 1.5), 200)
    line = next(line for line in str(explorer).splitlines() if line.startswith("  Adam"))
    assert f"below 0.001 from step {path.steps_to(1e-3)} on" in line
    assert f"loss {path.loss[50]:.2g} at step 50" in line


@pytest.mark.parametrize("panel", PANELS)
def test_where_no_method_is_shown_the_panels_say_nothing(panel):
    explorer = make(panels=[panel], controls=["Adam.lr", "Adam.beta1"], show=[])
    assert str(explorer).splitlines()[1:] == ["  no method is shown"]
    legends = drawn_in(explorer).panels[0].legends.values()
    assert all(legend.get_visible() == bool(legend.get_texts()) for legend in legends)


@pytest.mark.parametrize("panels", [["landscape", "loss"], *[[name] for name in PANELS]], ids=str)
def test_a_moved_picture_equals_a_fresh_one(panels):
    """Moving artists leaves nothing behind and forgets nothing."""
    options = {"panels": panels, "controls": ["Adam.lr", "Adam.beta1", "kappa"]}
    moved = make(**options, focus="momentum")
    for lr, kappa, start, step in [(0.4, 10.0, (3, -1), 3), (2.0, 400.0, (1, 1), 40)]:
        moved.set(**{"Adam.lr": lr, "kappa": kappa}, start=start, step=step)
    moved.set(surface="rosenbrock")
    moved.set(surface="canyon", show=["momentum", "Adam"], focus="Adam")
    moved.set(**{"Adam.lr": 0.2, "kappa": 50.0}, start=(-3.0, 1.0), step=20)
    fresh = make(**options, focus="momentum")
    fresh.set(show=["momentum", "Adam"], focus="Adam", start=(-3.0, 1.0), step=20)
    fresh.set(**{"Adam.lr": 0.2, "kappa": 50.0})
    assert str(moved) == str(fresh)
    assert np.array_equal(pixels(moved), pixels(fresh))


def test_every_control_changes_the_picture_and_the_readout():
    explorer = make()
    for change in (
        {"Adam.lr": 0.2},
        {"kappa": 20.0},
        {"start": (2.0, 1.0)},
        {"step": 5},
        {"show": ["Adam"]},
        {"surface": "rosenbrock"},
    ):
        before, text = pixels(explorer), str(explorer)
        explorer.set(**change)
        assert (pixels(explorer) != before).any(), change
        assert str(explorer) != text, change


def test_project_keeps_every_path_in_its_set():
    assert any(path.x.min() < 0 for path in make(start=(3.0, 1.2)).paths.values())
    explorer = make(project=lambda x: np.maximum(x, 0.0), start=(3.0, 1.2))
    assert all(path.x.min() >= 0 for path in explorer.paths.values())
    explorer.set(start=(2.0, 1.0))
    assert all(path.x.min() >= 0 for path in explorer.paths.values())


def test_regret_counts_each_loss_at_the_point_chosen_before_it():
    losses = [3.0, -1.0, -1.0, 3.0, -1.0]
    problem = surfaces.Surface(
        lambda x: x[..., 0], lambda x, step: np.array([losses[step], 0.0]), name="online"
    )
    path = descend(optimizers.GradientDescent(0.1), problem, (0.5, 0.0), 5)
    lost = total = 0.0
    for k, g in enumerate(losses):
        lost, total = lost + g * path.x[k, 0], total + g
        best = min(total * end for end in (-1.0, 1.0))
        assert Online.regret(path)[k] == pytest.approx((lost - best) / (k + 1))


@dataclass(frozen=True)
class BySign(optimizers.Optimizer):
    label = "by sign"

    def step(self, state, gradient, x):
        return {}, x - self.lr * np.sign(gradient)


# The first axes that draw a rate, by panel.
RATES = {"rate": 0, "effective step": 0, "online": 2}


@pytest.mark.parametrize("name", PANELS)
def test_a_method_without_a_rate_is_left_out_where_rates_are_drawn(name):
    def fresh():
        methods = [BySign(lr=0.05), optimizers.Adam(lr=0.1)]
        return Explorer(methods, panels=[name], controls=["Adam.lr", "beta1"], steps=20, step=3)

    def said():
        lines = [line.strip() for line in str(explorer).splitlines()]
        return [line for line in lines if line.startswith("rate ")]

    explorer = fresh()
    (panel,) = drawn_in(explorer).panels
    if name in RATES:
        shown = {label for (label, n), line in panel.lines.items() if line.get_visible()}
        assert shown == ({"Adam"} if name == "rate" else {"by sign", "Adam"})
        assert not panel.lines["by sign", RATES[name]].get_visible()
        assert panel.lines["Adam", RATES[name]].get_visible()
    if name == "rate":
        (legend,) = panel.legends.values()
        assert [text.get_text() for text in legend.get_texts()] == ["Adam"]
    assert len(said()) == {"rate": 2, "effective step": 2, "online": 1}.get(name, 0)
    assert all("Adam" in line and "by sign" not in line for line in said())
    explorer.set(show=["by sign"])
    assert not Page(explorer).error and not said()
    explorer.set(show=["by sign", "Adam"])
    assert np.array_equal(pixels(explorer), pixels(fresh()))


def test_focus_moves_the_arrows():
    explorer = make(step=5)
    before = pixels(explorer)
    explorer.set(focus="momentum")
    assert (pixels(explorer) != before).any()


def test_dragging_the_landscape_moves_the_start():
    page = Page(explorer := make())
    page.drag(0, [page.place(0, (2.0, 1.0))], ends=False)
    assert explorer.start == pytest.approx((2.0, 1.0), abs=0.02)
    page.drag(0, [page.place(0, (1.0, 0.5)), page.place(0, (-1.0, -0.5))])
    assert explorer.start == pytest.approx((-1.0, -0.5), abs=0.02)
    assert page.state["start"] == repr(explorer.start)
    assert page.now["start"] == pytest.approx(explorer.start, abs=1e-4)
    assert page.answered


def test_a_drag_over_the_edge_stays_at_the_edge():
    page = Page(explorer := make())
    page.drag(0, [page.place(0, (2.0, 1.0)), (1e6, -1e6)])
    ax = drawn_in(explorer).tiles[0].axes[0]
    corner = ax.get_xlim()[1], ax.get_ylim()[1]
    assert explorer.start == pytest.approx(corner, abs=0.01)  # rounded, less than a pixel away


def test_dragging_the_map_moves_its_sliders():
    explorer = Explorer(
        [optimizers.Momentum(lr=0.01), optimizers.Adam(lr=0.1)],
        panels=["landscape", ("map", {"x": "lr", "y": "momentum"})],
        controls=[Control("lr"), "momentum"],
    )
    page, panel = Page(explorer), drawn_in(explorer).panels[1]
    page.drag(1, [page.place(1, (40, 3))])
    assert explorer.values == {"lr": panel.stops[0][40], "momentum": panel.stops[1][3]}
    assert explorer.start == (-4.0, 1.5)


def test_what_nobody_can_grab_is_not_moved():
    page = Page(explorer := make())
    assert [bool(tile["grab"]) for tile in page.widget.laid["tiles"]] == [True, False]
    for tile in (1, 7):  # the losses, and a tile of a picture that is another one by now
        page.drag(tile, [(100, 100)])
        assert page.answered and not page.error
    assert explorer.start == (-4.0, 1.5)


def test_the_map_shows_what_each_of_its_cells_would_walk():
    explorer = Explorer(
        [optimizers.Momentum(lr=0.01)], panels=["map"], controls=["lr", "momentum"], steps=50
    )
    panel = drawn_in(explorer).panels[0]
    shown = panel.image.get_array()
    for i, j in [(10, 0), (40, 9), (60, 5)]:
        lr, momentum = panel.stops[0][i], panel.stops[1][j]
        explorer.set(lr=lr, momentum=momentum)
        path = explorer.paths["momentum"]
        if path.diverged is None:
            assert shown[j, i] == pytest.approx(np.log10(path.loss[-1]))
        else:
            assert shown.mask[j, i]
    assert shown.mask.any() and not shown.mask.all()


def test_the_map_walks_as_the_paths_do():
    """With the schedule, and kept in the same set."""
    explorer = Explorer(
        [optimizers.Momentum(lr=0.01)],
        panels=["map"],
        controls=["lr", "momentum"],
        steps=50,
        schedule=lambda: lambda step: (step + 1) ** -0.5,
        project=lambda x: np.clip(x, -5, 5),
    )
    panel = drawn_in(explorer).panels[0]
    at = [explorer.values[name] for name in ("lr", "momentum")]
    i, j = (stops.tolist().index(value) for stops, value in zip(panel.stops, at, strict=True))
    shown = panel.image.get_array()
    assert shown[j, i] == pytest.approx(np.log10(explorer.paths["momentum"].loss[-1]))
    assert not shown.mask.any()


def test_a_drag_does_not_trail_behind_the_hand():
    """Moves that waited too long are skipped, but the hand's last place never is."""
    page = Page(explorer := make())
    page.drag(0, [page.place(0, (2.0, 1.0)), page.place(0, (1.5, 1.0))], at=1000.0, ends=False)
    page.drag(0, [page.place(0, (1.0, 1.0))], at=995.0, ends=False)
    assert explorer.start == pytest.approx((1.5, 1.0), abs=0.02)
    page.drag(0, [page.place(0, (-1.0, 1.0))], at=995.0)
    assert explorer.start == pytest.approx((-1.0, 1.0), abs=0.02)


def test_every_page_has_a_clock_of_its_own():
    """One that was loaded again begins at zero: its moves are not late."""
    first = Page(explorer := make())
    first.drag(0, [first.place(0, (2.0, 1.0))], at=5000.0, ends=False)
    second = Page(explorer)
    second.drag(0, [second.place(0, (1.0, 1.0))], at=1.0, ends=False)
    assert explorer.start == pytest.approx((1.0, 1.0), abs=0.02)


def test_a_typed_start_is_kept_per_surface():
    page = Page(explorer := make())
    page.move("start", [2.5, None])
    assert explorer.start == (2.5, 1.5)
    page.stand("surface", "rosenbrock")
    assert explorer.start == (-1.2, 1.0)
    page.stand("surface", "canyon")
    assert explorer.start == (2.5, 1.5)


def test_a_typed_start_is_neither_clipped_nor_rounded():
    page = Page(explorer := make())
    page.move("start", [12345.678912345, None])
    assert explorer.start == (12345.678912345, 1.5) and not page.error


def test_reset_goes_back_to_the_first_state():
    explorer = make(start=(3.0, 1.0), step=7, show=["Adam", "momentum"])
    first = pixels(explorer), str(explorer)
    explorer.set(**{"Adam.lr": 0.5, "kappa": 8.0}, start=(1, 1), step=2, show=["Adam"])
    explorer.set(surface="rosenbrock")
    Page(explorer).press("@reset")
    assert str(explorer) == first[1]
    assert np.array_equal(pixels(explorer), first[0])


def test_only_paths_whose_inputs_changed_are_walked(monkeypatch):
    explorer = make()
    walked = []

    def count(optimizer, *args, **kwargs):
        walked.append(optimizer.label)
        return descend(optimizer, *args, **kwargs)

    monkeypatch.setattr(experiment, "descend", count)
    explorer.set(**{"Adam.lr": 0.2})
    assert walked == ["Adam"]
    explorer.set(step=3)
    assert walked == ["Adam"]
    explorer.set(start=(1.0, 1.0))
    assert walked == ["Adam", "gradient descent", "momentum", "Adam"]


def test_the_contours_are_recorded_once_for_many_moves(monkeypatch):
    page = Page(explorer := make(steps=40))
    drawn = []
    axes = drawn_in(explorer).panels[0].axes[0]
    draw = axes.draw
    monkeypatch.setattr(axes, "draw", lambda renderer: drawn.append(1) or draw(renderer))
    before = page.tiles[0].name
    for lr in rates(0.05, 0.2):
        page.stand("Adam.lr", lr)
    assert not drawn and page.tiles[0].name == before
    page.stand("kappa", 10.0)
    assert len(drawn) == 1 and page.tiles[0].name != before


@pytest.mark.parametrize("panels", [("landscape", "loss"), ("moments", "effective step")])
def test_a_picture_drawn_in_parts_is_the_one_drawn_whole(panels):
    page = Page(explorer := make(panels=panels))
    page.show("gradient descent", "momentum")
    ways = (("canyon", (0.1, 0.1)), ("rosenbrock", (2.5, 2.5)), ("canyon", (4, -2)))
    for name, start in (*ways, ("canyon", (3.0, 0.0)), ("canyon", (0.0, 0.0))):  # at last, no slope
        explorer.set(surface=name, start=start)
        scene = explorer.experiment.scene()
        whole = Picture(explorer.screen.rows(explorer.experiment), scene)
        lists = whole.record(scene)
        names = [tile.name for tile in whole.tiles]
        assert page.picture == list(zip(names, lists, strict=True))
        whole.render(scene)
        explorer.screen.still(scene)
        parts = drawn_in(explorer)
        assert np.array_equal(parts.canvas.buffer_rgba(), whole.canvas.buffer_rgba())


def test_divergence_is_shown_in_words():
    explorer = Explorer([optimizers.GradientDescent(lr=0.5)], steps=60)
    assert "diverged at step" in str(explorer)
    assert np.isfinite(pixels(explorer)).all()
    explorer.set(lr=0.016)
    assert "diverged" not in str(explorer)


MOVES = {
    "slider": lambda page: page.stand("Adam.lr", 0.2),
    "step": lambda page: page.stand("step", 7),
    "surface": lambda page: page.stand("surface", "rosenbrock"),
    "present": lambda page: page.move("present", 1),
    "start": lambda page: page.move("start", [2.0, None]),
    "reset": lambda page: page.press("@reset"),
    "drag": lambda page: page.drag(0, [page.place(0, (2.0, 1.0))]),
}
PLACES = {
    "descend": (experiment, "descend"),
    "move": (PANELS["landscape"], "move"),
    "draw": (PANELS["landscape"], "draw"),
    "grab": (PANELS["landscape"], "grab"),
    "record": (Picture, "record"),
    "say": (PANELS["loss"], "say"),
}


@pytest.mark.parametrize(
    ("move", "place"),
    [
        ("slider", "descend"),
        ("step", "record"),
        ("step", "say"),
        ("surface", "descend"),
        ("present", "draw"),
        ("start", "move"),
        ("reset", "move"),
        ("drag", "descend"),
        ("drag", "grab"),
    ],
)
def test_an_error_in_a_callback_is_readable_and_passes(monkeypatch, move, place):
    page, failed = Page(explorer := make()), []
    explorer.set(**{"Adam.lr": 0.25})
    shown = page.picture, page.words

    def fail(*args, **kwargs):
        failed.append(True)
        raise RuntimeError("no <path> today")

    with monkeypatch.context() as patch:
        patch.setattr(*PLACES[place], fail)
        MOVES[move](page)
        assert failed and page.error == "RuntimeError: no <path> today"
        assert page.answered and (page.picture, page.words) == shown
    explorer.set(step=3)
    assert not page.error
    fresh = make(step=3, size="projector" if move == "present" else "screen")
    fresh.set(surface=explorer.experiment.surface_name, start=explorer.start, **explorer.values)
    assert str(explorer) == str(fresh)
    assert page.state == Page(fresh).state
    assert page.picture == Page(fresh).picture
    assert np.array_equal(pixels(explorer), pixels(fresh))


def test_after_an_error_paths_are_those_that_the_picture_shows(monkeypatch):
    page = Page(explorer := make())
    before = dict(explorer.paths)
    with monkeypatch.context() as patch:
        patch.setattr(experiment, "descend", lambda *a, **k: 1 / 0)
        page.stand("Adam.lr", 0.2)
    assert "ZeroDivisionError" in page.error
    assert explorer.paths == before


def test_a_surface_that_cannot_be_drawn_leaves_the_others_alone():
    def value(x):
        if x.ndim > 2:
            raise RuntimeError("no grid")
        return x[..., 0] ** 2 + x[..., 1] ** 2

    def explorer():
        hill = surfaces.Surface(value, name="hill")
        return Explorer(METHODS, ["canyon", hill], steps=20)

    moved, fresh = Page(explorer()), Page(explorer())
    for _ in range(2):
        moved.stand("surface", "hill")
        assert "no grid" in moved.error
        moved.stand("step", 3)
        assert "no grid" in moved.error
        moved.figure.set(surface="canyon", step=20)
        assert not moved.error and moved.picture == fresh.picture


def test_a_step_function_has_contours_too():
    step = surfaces.Surface(lambda x: np.where(x[..., 0] > 0, 1.0, 0.0), name="step")
    explorer = Explorer(METHODS, step, steps=5)
    assert drawn_in(explorer).panels[0].still


def test_a_page_that_opens_later_finds_all_that_was_set():
    explorer = make()
    explorer.set(step=5, **{"Adam.lr": 0.2})
    page = Page(explorer)
    assert page.state["step"] == 5 and page.state["Adam.lr"] == page.number("Adam.lr", 0.2)
    assert page.words == str(explorer) and not page.error


def test_typing_one_coordinate_leaves_the_other_exact():
    page = Page(explorer := make(start=(0.123456, 1.0)))
    assert page.now["start"] == [0.1235, 1.0]
    page.move("start", [None, 2.0])
    assert explorer.start == (0.123456, 2.0)


def test_labels_may_have_dots():
    explorer = Explorer({"β₂ = 0.9": optimizers.Adam(lr=0.1)}, controls=["β₂ = 0.9.lr"])
    explorer.set(**{"β₂ = 0.9.lr": 0.2})
    assert explorer.paths["β₂ = 0.9"].optimizer.lr == 0.2


def test_methods_surfaces_and_schedules_as_functions_of_sliders():
    explorer = Explorer(
        {
            "sum": optimizers.Momentum(lr=0.01),
            "average": lambda lr, momentum, rescale: optimizers.Momentum(
                lr / (1 - momentum) if rescale else lr, momentum, average=True
            ),
        },
        lambda sigma: surfaces.NoisySurface(surfaces.canyon(), sigma, seed=1),
        controls=["lr", "momentum", Control("rescale", "rescale α", [False, True]), "sigma"],
        schedule=lambda rescale: lambda step: 0.5 if step >= 20 else 1.0,
    )
    assert not np.allclose(explorer.paths["sum"].x, explorer.paths["average"].x)
    explorer.set(rescale=True, sigma=1.0)
    assert explorer.surface.sigma == 1.0
    assert np.allclose(explorer.paths["sum"].x, explorer.paths["average"].x)
    assert explorer.values == {"lr": 0.01, "momentum": 0.9, "rescale": True, "sigma": 1.0}


def test_a_start_value_off_the_grid_is_a_stop_of_its_own():
    page = Page(explorer := Explorer([optimizers.Adam(lr=0.0123)]))
    texts = page.parts["items"]["lr"]["texts"]
    assert texts[page.state["lr"]] == "0.0123" and explorer.values == {"lr": 0.0123}
    stops = [float(text) for text in texts]
    assert stops == sorted(stops) and len(stops) == len(set(stops))


def test_an_even_slider_may_stand_between_two_of_its_stops():
    control = Control("momentum", "μ", (0.0, 0.9, 0.1), 0.25)
    page = Page(explorer := Explorer([optimizers.Momentum(lr=0.01)], controls=[control]))
    assert page.state["momentum"] == pytest.approx(2.5)
    assert page.now["texts"]["momentum"] == "0.25"
    page.move("momentum", 3)
    assert explorer.values["momentum"] == pytest.approx(0.3) and page.state["momentum"] == 3


@pytest.mark.parametrize("values", [[False, True], [True, False]])
def test_a_tick_is_one_when_it_is_on(values):
    control = Control("average", "as moving average", values, True)
    page = Page(explorer := Explorer([optimizers.Momentum(lr=0.01)], controls=[control]))
    assert page.state["average"] == 1
    page.move("average", 0)
    assert explorer.paths["momentum"].optimizer.average is False and page.state["average"] == 0


def test_a_control_that_the_surface_lacks_is_disabled():
    page = Page(make())
    assert page.now["idle"] == []
    page.stand("surface", "rosenbrock")
    assert page.now["idle"] == ["kappa"]


def test_the_start_boxes_follow_a_start_that_depends_on_a_slider():
    def hill(angle):
        bowl = surfaces.canyon(10, angle)
        bowl.start = np.array([np.cos(angle), np.sin(angle)])
        return bowl

    explorer = Explorer([optimizers.Adam(lr=0.1)], hill, controls=["angle"])
    page = Page(explorer)
    page.stand("angle", float(np.radians(90)))
    assert page.now["start"] == [0.0, 1.0]
    assert explorer.start == (np.cos(np.radians(90)), 1.0)


def test_present_view_is_large_and_has_few_controls():
    page = Page(explorer := make())
    usual = page.widget.laid
    page.move("present", 1)
    assert explorer.present and page.state["present"] == 1
    large = page.widget.laid
    width = [sum(tile["box"][2] for tile in laid["tiles"]) for laid in (usual, large)]
    assert width[1] > width[0] and large["font"] > usual["font"]
    aside = {key for key, item in page.parts["items"].items() if item["aside"]}
    assert aside == {"start"}
    page.move("present", 0)
    assert not explorer.present and page.widget.laid["tiles"] == usual["tiles"]
    explorer.present = True
    assert page.state["present"] == 1


def test_a_narrow_page_gets_each_panel_in_a_row_of_its_own():
    page = Page(explorer := make(panels=["landscape", "effective step"]))
    page.move("narrow", 1)
    tiles = page.widget.laid["tiles"]
    assert [tile["row"] for tile in tiles] == [0, 1, 1]  # two columns of one panel
    assert all(tile["box"][2] <= 390 for tile in tiles)
    assert page.widget.laid["font"] > 13  # pixels; it is not made smaller
    page.move("present", 1)
    assert page.widget.laid["tiles"] == tiles  # a larger picture would be made smaller
    page.move("present", 0)
    assert page.widget.laid["tiles"] == tiles
    page.move("narrow", 0)
    assert len({tile["row"] for tile in page.widget.laid["tiles"]}) == 1
    assert not explorer.present


def test_present_view_keeps_the_start_boxes_where_nothing_can_be_dragged():
    for panels, left_out in ((("landscape", "loss"), True), (("moments", "rate"), False)):
        items = Page(make(panels=panels, size="projector")).parts["items"]
        assert items["start"]["aside"] == left_out


def test_each_method_has_a_row_with_all_that_is_its_own():
    methods = [optimizers.Adam(lr=0.1), optimizers.Momentum(lr=0.01)]
    page = Page(Explorer(methods, controls=["Adam.lr", "kappa"], panels=["landscape", "moments"]))
    rows, items = page.parts["rows"], page.parts["items"]
    assert rows[:3] == [
        ["kappa"],
        ["show:Adam", "Adam.lr", "said:Adam"],
        ["show:momentum", "said:momentum"],
    ]
    adam, momentum = items["show:Adam"], items["show:momentum"]
    assert adam["look"]["color"] != momentum["look"]["color"]
    assert adam["look"]["mark"] != momentum["look"]["mark"]
    assert (adam["label"], adam["index"], momentum["index"]) == ("Adam", 0, 1)
    assert adam["details"] == momentum["details"] == "arrows and moments"
    assert items["Adam.lr"]["short"] == "α" and items["Adam.lr"]["label"] != "α"
    assert items["said:Adam"]["brief"] and not items["said:momentum"]["brief"]
    page.move("focus", 1)
    assert page.state["focus"] == 1 and "momentum in step 60" in page.words


def test_there_is_nothing_to_choose_where_nothing_is_drawn_of_one_method_alone():
    assert Page(make(panels=["loss"])).parts["items"]["show:Adam"]["details"] == ""
    page = Page(Explorer([optimizers.Adam(lr=0.1)], panels=["landscape"]))
    assert page.parts["items"]["show:Adam"]["alone"]
    assert page.parts["items"]["show:Adam"]["details"] == ""


def test_a_step_between_is_a_picture_that_was_there():
    """The page moves the step by itself: lists hold all steps, and only the words change."""
    page = Page(explorer := make())
    lists = page.picture
    for step in (0, 1, 17, 40):
        page.stand("step", step)
        assert page.picture == lists
        assert f"at step {step}" in page.words and page.words == str(explorer)


def test_two_pages_of_a_figure_stand_at_the_same():
    one = Page(explorer := make())
    other = Page(explorer)
    one.stand("kappa", 10.0)
    assert other.state == one.state and not other.answered
    other.stand("kappa", 20.0)
    assert one.now["heard"] == [other.client, 1]
    assert explorer.values["kappa"] == 20.0


def test_a_map_says_that_it_needs_two_sliders():
    with pytest.raises(ValueError, match=r"a map needs two sliders .*, not \['Adam.lr'\]"):
        make(panels=["map"], controls=["Adam.lr"])


EXAMPLES = "descent experiment sampling surfaces live.explorer network.perceptron network.training"


@pytest.mark.parametrize("name", EXAMPLES.split())
def test_examples_in_docstrings_say_what_happens(name):
    found = doctest.testmod(importlib.import_module(f"adamviz.{name}"))
    assert found.attempted and not found.failed


def test_size_comes_from_the_environment_unless_it_is_given(monkeypatch):
    monkeypatch.setenv("ADAMVIZ_SIZE", "projector")
    assert Explorer([optimizers.Adam(lr=0.1)]).present
    assert not Explorer([optimizers.Adam(lr=0.1)], size="screen").present
    monkeypatch.setenv("ADAMVIZ_SIZE", "huge")
    message = "size must be among screen, projector, narrow, not 'huge'"
    with pytest.raises(ValueError, match=message):
        Explorer([optimizers.Adam(lr=0.1)])


def test_projector_is_larger_and_keeps_the_state():
    page = Page(explorer := make())
    explorer.set(**{"Adam.lr": 0.2}, step=9)
    text, width = str(explorer), pixels(explorer).shape[1]
    page.move("present", 1)
    assert str(explorer) == text
    assert pixels(explorer).shape[1] > width


def test_rates_are_round_and_even():
    values = rates(1e-3, 1)
    assert values[0] == 1e-3 and values[-1] == 1.0 and len(values) == 61
    ratios = np.diff(np.log10(values))
    assert ratios.min() > 0.04 and ratios.max() < 0.06
    assert all(float(f"{v:.3g}") == v for v in values)


def test_nothing_needs_pyplot():
    make()
    assert "matplotlib.pyplot" not in sys.modules


def test_a_panel_of_ones_own_is_two_methods():
    class Length(Panel):
        title = "length"

        def draw(self, scene):
            self.bar = self.line(self.axes[0])

        def move(self, scene):
            self.bar.set_data([0, 1], [0.2, scene.step / scene.steps])

    explorer = make(panels=["landscape", Length])
    before = pixels(explorer)
    explorer.set(step=4)
    assert (pixels(explorer)[:, 500:] != before[:, 500:]).any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"methods": []}, "methods must name at least one"),
        ({"methods": ["Adam"]}, "methods: .* must be an Optimizer or a function"),
        ({"methods": METHODS[0]}, "methods must be a list or a dict, not Grad"),
        ({"methods": [METHODS[0]] * 2}, "methods must have a label each"),
        ({"methods": [optimizers.Adam([0.1, 0.2])]}, "methods: 'Adam' must have single numbers"),
        ({"surface": []}, r"surface must be at least one, not \[\]"),
        ({"surface": ["beale", "beale"]}, "surface must be a dict .* two are called 'beale'"),
        ({"panels": ()}, "panels must be a list of names.*not \\(\\)"),
        ({"panels": "loss"}, "panels must be a list of names.*not 'loss'"),
        ({"controls": ["Adma.lr"]}, "controls must belong to one of .*not 'Adma.lr'"),
        ({"schedule": 0.5}, "schedule must be a function of controls by name, not 0.5"),
        ({"steps": "a"}, "steps must be a whole number ≥ 1, not 'a'"),
        ({"target": None}, "target must be a finite number > 0, not None"),
        ({"start": "ab"}, "start must be two finite numbers, not 'ab'"),
        ({"surface": "hill"}, "surface must be among canyon.*not 'hill'"),
        ({"surface": 3}, "surface must be a name, a Surface or a function, not 3"),
        ({"panels": ["los"]}, "panels must be .*not 'los'"),
        ({"controls": ["alpha"]}, "controls must be among .*not 'alpha'"),
        ({"steps": 0}, "steps must be a whole number ≥ 1, not 0"),
        ({"steps": 2.5}, "steps must be a whole number ≥ 1, not 2.5"),
        ({"step": 41}, "step must be a whole number from 0 to 40, not 41"),
        ({"target": -1.0}, "target must be a finite number > 0, not -1.0"),
        ({"start": (1.0, np.nan)}, "start must be two finite numbers"),
        ({"start": (1.0, 2.0, 3.0)}, "start must be two finite numbers"),
        ({"show": ["Nadam"]}, "show must be among .*not 'Nadam'"),
        ({"focus": "Nadam"}, "focus must be among .*not 'Nadam'"),
        ({"size": "huge"}, "size must be among screen, projector, narrow, not 'huge'"),
    ],
)
def test_wrong_arguments_name_themselves(change, message):
    arguments = {"methods": METHODS, "surface": "canyon", "steps": 40} | change
    with pytest.raises(ValueError, match=message):
        Explorer(arguments.pop("methods"), arguments.pop("surface"), **arguments)


def test_set_refuses_a_control_that_is_not_there():
    with pytest.raises(ValueError, match=r"controls must be among Adam\.lr, kappa, not 'beta1'"):
        make().set(beta1=0.5)


def test_set_refuses_a_value_between_the_stops():
    with pytest.raises(ValueError, match=r"kappa must be a stop .*\[6.3, 8.0\], not 7"):
        make().set(kappa=7)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"focus": "Adma"}, "focus must be among .*Adam, not 'Adma'"),
        ({"show": ["Adma"]}, "show must be among .*Adam, not 'Adma'"),
        ({"surface": "hill"}, "surface must be among canyon, rosenbrock, not 'hill'"),
        ({"step": 41}, "step must be a whole number from 0 to 40, not 41"),
        ({"kappa": "a"}, "kappa must be a number from 1.0 to 1000.0, not 'a'"),
    ],
)
def test_set_moves_nothing_when_it_cannot_move_all(change, message):
    explorer = make()
    before = str(explorer), explorer.values
    with pytest.raises(ValueError, match=message):
        explorer.set(**{"Adam.lr": 0.2, "start": (1, 1)} | change)
    explorer.set()
    assert (str(explorer), explorer.values) == before


def test_the_caption_says_what_the_sliders_say():
    explorer = make(step=5)
    explorer.set(**{"Adam.lr": 0.2, "kappa": 50.0})
    caption = drawn_in(explorer).captioned(explorer.experiment.scene())
    assert caption.startswith("canyon, κ = 50   Adam: α = 0.2   step 5 of 40")
