"""Roles: a panel gives its moving artists the data of all steps, and `cut` leaves those of one."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from adamviz import Control, optimizers, sampling, surfaces
from adamviz.drawing import curves
from adamviz.drawing.arrow import outline
from adamviz.drawing.panel import Panel, Role, cut, put, rows
from adamviz.drawing.panels import PANELS
from adamviz.drawing.picture import Picture
from adamviz.drawing.style import ARROWS, SIZES
from adamviz.experiment import Experiment
from adamviz.network import Lessons

METHODS = [optimizers.Adam(lr=0.1), optimizers.Momentum(lr=0.003)]
DATA = np.arange(12.0).reshape(6, 2)


def panel():
    return Panel([Figure().add_subplot()], SIZES["screen"])


def artists(role):
    """A line and an area with this role that hold DATA."""
    made = panel()
    for artist in (made.line(made.axes[0], role), made.area(made.axes[0], role)):
        put(artist, DATA)
        yield artist


def pictured(panels, experiment, step=0):
    """The first panel of a picture, rendered at a step, and its scene."""
    scene = replace(experiment.scene(), step=step)
    picture = Picture([panels], scene)
    picture.render(scene)
    return picture.panels[0], scene


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (Role(), {0: DATA, 3: DATA, 99: DATA}),
        (Role("handle"), {0: DATA, 99: DATA}),
        (Role("trail"), {0: DATA[:1], 3: DATA[:4], 5: DATA, 99: DATA}),
        (Role("trail", first=1), {0: DATA[:0], 1: DATA[:1], 6: DATA}),
        (Role("trail", first=3), {0: DATA[:0], 4: DATA[:2]}),
        (Role("trail", stride=3), {0: DATA[:3], 1: DATA, 2: DATA}),
        (Role("trail", first=1, stride=2), {0: DATA[:0], 2: DATA[:4]}),
        (Role("point"), {0: DATA[:1], 3: DATA[3:4], 5: DATA[5:], 6: DATA[:0], 99: DATA[:0]}),
        (Role("point", first=1), {0: DATA[:0], 1: DATA[:1], 6: DATA[5:], 7: DATA[:0]}),
        (Role("point", first=3), {0: DATA[:0], 2: DATA[:0], 3: DATA[:1]}),
        (Role("point", stride=2), {0: DATA[:2], 2: DATA[4:], 3: DATA[:0]}),
        (Role("point", first=1, stride=3), {0: DATA[:0], 1: DATA[:3], 2: DATA[3:], 3: DATA[:0]}),
        (Role("point", stride=4), {1: DATA[4:]}),  # the last step is not whole
    ],
    ids=str,
)
def test_cut_leaves_the_rows_of_a_step(role, seen):
    for step, expected in seen.items():
        for artist in artists(role):
            cut(artist, step, 99)
            assert np.array_equal(rows(artist), expected), step


def test_a_cursor_stands_between_its_ends_in_proportion():
    lines = np.array([(0.0, 0.0), (0.0, 1.0), (50.0, 0.0), (54.0, 3.0)])
    for step, expected in {0: lines[:2], 10: [(10, 0), (10.8, 1.4)], 50: lines[2:]}.items():
        for artist in artists("cursor"):
            put(artist, lines)
            cut(artist, step, 50)
            assert rows(artist) == pytest.approx(np.array(expected))


def test_a_cursor_crosses_the_axes_at_the_step():
    made, scene = panel(), Experiment(METHODS, steps=20).scene()
    line = made.cursor(made.axes[0])
    made.set_cursor(line, scene)
    cut(line, 7, 20)
    assert rows(line).tolist() == [[7, 0], [7, 1]]
    assert line.get_transform() == made.axes[0].get_xaxis_transform()


@pytest.mark.parametrize("name", ["loss", "moments", "effective step", "components"])
def test_one_step_stands_at_one_place_in_all_panels(name):
    """Trails end where the cursor is: what the step was made of, and where it led."""
    drawn, _ = pictured([name], Experiment(METHODS, steps=20), step=7)
    moving = [line for line in drawn.moving if line.get_visible()]
    trails = [line for line in moving if line.role.kind == "trail" and len(rows(line))]
    assert trails and {rows(line)[-1, 0] for line in trails} == {7}
    cursors = [line for line in moving if line.role.kind == "cursor"]
    assert {x for line in cursors for x in rows(line)[:, 0]} <= {7}


def test_what_is_hidden_or_has_no_role_is_left_alone():
    for artist in artists("point"):
        artist.set_visible(False)
        cut(artist, 2, 99)
        assert np.array_equal(rows(artist), DATA)
    for artist in artists("point"):
        artist.set_visible(True)
        del artist.role
        cut(artist, 2, 99)
        assert np.array_equal(rows(artist), DATA)
    made = panel()
    text = made.text(made.axes[0], 0, 0)
    cut(text, 2, 99)
    assert text.role == Role("all")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"kind": "dot"}, "role"),
        ({"first": -1}, "first"),
        ({"stride": 0}, "stride"),
        ({"stride": 1.5}, "stride"),
    ],
    ids=str,
)
def test_a_wrong_role_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        Role(**wrong)
    if "kind" in wrong:
        made = panel()
        with pytest.raises(ValueError, match="dot"):
            made.line(made.axes[0], "dot")
        assert made.moving == []


# --- the panels -----------------------------------------------------------------------------------


def rounds(x, step):
    return np.stack([np.where(step % 3, -1.0, 3.0) + 0 * x[..., 0], 0 * x[..., 0]], axis=-1)


ONLINE = surfaces.Surface(lambda x: x[..., 0], rounds, name="online", start=(0, 0))
CURVES = ("TrainingLoss", "TestAccuracy", "LayerGradients", "LayerUpdates")


def shown(name):
    """A panel by its name, and something for it to show."""
    if name in CURVES:
        return getattr(curves, name), Lessons(METHODS, depth=2, epochs=2, seeds=(0, 1))
    options = {"controls": [Control("lr"), "beta1"], "steps": 12}
    if name == "online":
        options |= {"surface": ONLINE, "project": lambda x: np.clip(x, -1, 1)}
    if name == "examples":
        options["surface"] = sampling.linear_regression
    return PANELS[name], Experiment(METHODS, **options)


class Timeless:
    """A scene that does not tell its step."""

    def __init__(self, scene):
        self.scene = scene

    def __getattr__(self, name):
        if name == "step":
            raise AssertionError("move asked for the step")
        return getattr(self.scene, name)


@pytest.mark.parametrize("name", [*PANELS, *CURVES])
def test_move_does_not_ask_for_the_step(name):
    kind, experiment = shown(name)
    drawn, scene = pictured([kind], experiment)
    drawn.move(Timeless(replace(scene, styles=dict.fromkeys(scene.paths))))


@pytest.mark.parametrize("name", [*PANELS, *CURVES])
def test_back_at_a_step_it_is_the_same_picture(name):
    """Nothing is lost by a cut, and nothing else than the step decides what is seen."""
    kind, experiment = shown(name)
    scene = experiment.scene()
    went, fresh = (Picture([kind], scene) for _ in range(2))

    def seen(picture, step):
        picture.render(replace(scene, step=step))
        return np.asarray(picture.frame())

    first = seen(went, 1)
    last = seen(went, scene.steps)
    assert not np.array_equal(first, last)  # the caption names the step
    assert np.array_equal(seen(went, 1), first)
    assert np.array_equal(seen(fresh, scene.steps), last)


def test_paths_go_up_to_the_step():
    drawn, scene = pictured(["landscape"], Experiment(METHODS, steps=12), step=5)
    for label, path in scene.paths.items():
        assert np.array_equal(rows(drawn.whole[label]), path.x)
        assert np.array_equal(rows(drawn.walked[label]), path.x[:6])
        assert np.array_equal(rows(drawn.here[label]), path.x[5:6])


def arrow(drawn, name):
    """Where an arrow begins, where its tip is, and the width of its shaft, in pixels."""
    ends, width = rows(drawn.arrows[name]), drawn.arrows[name].width
    corners = outline(*drawn.axes[0].transData.transform(ends), width)
    assert corners.shape == (7, 2)
    return (corners[0] + corners[6]) / 2, corners[3], np.linalg.norm(corners[0] - corners[6])


@pytest.mark.parametrize("step", [0, 4])
def test_arrows_go_from_the_iterate(step):
    experiment = Experiment([optimizers.Momentum(lr=0.01)], steps=12)
    drawn, scene = pictured(["landscape"], experiment, step)
    path, place = scene.paths["momentum"], drawn.axes[0].transData.transform
    direction = {"−gradient": -path.gradient[step], "−momentum": -path.state["b"][step]}
    for name, (_, width) in ARROWS.items():
        tail, tip, shaft = arrow(drawn, name)
        assert tail == pytest.approx(place(path.x[step]))
        assert shaft == pytest.approx(width)
        if name == "step":
            assert tip == pytest.approx(place(path.x[step + 1]))
        else:  # the direction alone; both axes have one scale
            assert np.linalg.norm(tip - tail) == pytest.approx(0.16 * drawn.axes[0].bbox.width)
            a, b = (tip - tail) @ [1, 1j], direction[name] @ [1, 1j]
            assert np.angle(a / b) == pytest.approx(0, abs=1e-9)


def test_a_step_too_short_to_see_is_drawn_longer_and_its_head_smaller():
    experiment = Experiment([optimizers.Momentum(lr=1e-9)], steps=3)
    drawn, _ = pictured(["landscape", "loss", "moments"], experiment)  # a narrow one
    tail, tip, shaft = arrow(drawn, "step")
    length, head = 0.035 * drawn.axes[0].bbox.width, 4 * ARROWS["step"][1]
    assert np.linalg.norm(tip - tail) == pytest.approx(length)
    assert length < head and shaft == pytest.approx(length / 4)


def test_where_nothing_pulls_there_is_no_arrow():
    """Neither at a minimum, nor at the end, nor after a divergence."""
    experiment = Experiment([optimizers.GradientDescent(lr=0.01)], start=(0, 0), steps=3)
    drawn, _ = pictured(["landscape"], experiment)
    assert np.isnan(rows(drawn.arrows["step"])[1]).all()
    drawn, _ = pictured(["landscape"], Experiment(METHODS, steps=3), step=3)
    assert np.isnan(rows(drawn.arrows["step"])[1]).all()
    assert np.isnan(drawn.called["step"].get_xdata()).all()
    gone = Experiment([optimizers.GradientDescent(lr=1.0)], steps=60)
    drawn, scene = pictured(["landscape"], gone, step=50)
    assert scene.paths["gradient descent"].diverged < 50
    assert np.isnan(rows(drawn.arrows["−gradient"])[1]).all()


def test_dots_stand_at_the_step():
    drawn, scene = pictured(["loss"], Experiment(METHODS, steps=12), step=7)
    for label, path in scene.paths.items():
        assert rows(drawn.dots[label]).tolist() == [[7, path.gap[7]]]
    experiment = Experiment(METHODS, ONLINE, steps=12, project=lambda x: np.clip(x, -1, 1))
    for step, dots in {0: (1, 0, 0), 4: (1, 1, 1), 12: (1, 1, 1)}.items():
        drawn, scene = pictured(["online"], experiment, step)
        for n, count in enumerate(dots):
            assert rows(drawn.dots["Adam", n])[:, 0].tolist() == [step] * count
    assert rows(drawn.dots["Adam", 0])[0, 1] == scene.paths["Adam"].x[12, 0]


@pytest.mark.parametrize("most", [100_000, 200])
def test_rays_are_those_of_the_step_on_one_scale(most, monkeypatch):
    """Also where there are too many for all steps at once."""
    monkeypatch.setattr(PANELS["examples"], "most", most)
    experiment = Experiment([optimizers.GradientDescent(lr=0.1)], sampling.linear_regression)
    problem, limits = experiment.surface, set()
    for step in (0, 7, 60):
        drawn, scene = pictured(["examples"], experiment, step)
        here = scene.paths["gradient descent"].x[step]
        downhill = -problem.example_gradients(here)
        for name, expected in {
            "an example": downhill,
            "in this batch": downhill[problem.indices(step)],
            "mean of all": -problem.full_gradient(here)[None],
            "mean of the batch": -problem.gradient(here, step)[None],
        }.items():
            centre, tips, gap = rows(drawn.rays[name]).reshape(-1, 3, 2).swapaxes(0, 1)
            assert tips == pytest.approx(expected, abs=1e-12), name
            assert (centre == 0).all() and np.isnan(gap).all()
        for name, tip in drawn.tips.items():
            assert rows(tip).mean(axis=0) == pytest.approx(rows(drawn.rays[name])[1])
        limits.add((drawn.axes[0].get_xlim(), drawn.axes[0].get_ylim()))
    assert len(limits) == 1


def test_a_path_that_runs_away_leaves_the_scale_of_its_rays():
    def top(lr):
        experiment = Experiment([optimizers.GradientDescent(lr)], sampling.linear_regression)
        return pictured(["examples"], experiment)[0].axes[0].get_ylim()[1]

    assert top(0.1) < top(20.0) < 6 * top(0.1)


def test_layers_are_those_of_the_epoch():
    experiment = Lessons(METHODS[:1], depth=3, epochs=2, seeds=(0, 1))
    limits = set()
    for epoch in (0, 1, 2):
        drawn, scene = pictured([curves.LayerGradients], experiment, epoch)
        norms = scene.paths["Adam"].gradient_norms[epoch]
        line, band = rows(drawn.lines["Adam"]), rows(drawn.bands["Adam"])
        assert np.array_equal(line, np.stack([[1, 2, 3], norms.mean(axis=0)], axis=1))
        assert band[:3, 1].tolist() == norms.min(axis=0).tolist()
        assert band[3:6, 1].tolist() == norms.max(axis=0)[::-1].tolist()
        assert np.array_equal(band[6], band[0])
        limits.add(drawn.axes[0].get_ylim())
    assert len(limits) == 1


def test_a_dead_layer_is_left_out_of_its_band():
    experiment = Lessons(METHODS[:1], depth=3, epochs=1, seeds=(0, 1))
    run = experiment.scene().paths["Adam"]
    for dead in (1, 2, 3):  # those next to the pixels
        run.gradient_norms[1, :, dead - 1] = 0.0
        drawn, _ = pictured([curves.LayerGradients], experiment, step=1)
        band = rows(drawn.bands["Adam"])
        assert len(band) == 7
        if dead < 3:  # an outline with a gap would be filled as two
            assert np.isfinite(band).all() and set(band[:, 0]) == set(range(dead + 1, 4))
    assert np.isnan(band[:, 1]).all()
