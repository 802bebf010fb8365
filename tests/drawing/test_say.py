"""Each panel says its own numbers: what a reader who cannot see the picture is told."""

import re

import numpy as np
import pytest

from adamviz import Control, Explorer, Training, optimizers, sampling, surfaces
from adamviz.drawing.special import Online
from adamviz.words import number

ADAM, MOMENTUM = optimizers.Adam(lr=0.1), optimizers.Momentum(lr=0.01)


def said(panel, step=5, **options):
    """An explorer of Adam and momentum, and its lines after those of the methods."""
    options = {"steps": 40, "step": step, "focus": "Adam"} | options
    methods = options.pop("methods", [ADAM, MOMENTUM])
    explorer = Explorer(methods, options.pop("surface", "canyon"), panels=[panel], **options)
    return explorer, str(explorer).splitlines()[1 + len(methods) :]


def numbers(line):
    return [float(n) for n in re.findall(r"-?\d[\d.]*(?:e[+-]?\d+)?(?![\w])", line)]


def test_moments_say_the_state_of_the_step():
    explorer, (head, *lines) = said("moments")
    path = explorer.paths["Adam"]
    assert head == "  Adam in step 5:"
    for i, line in enumerate(lines):
        parts = dict(part.split(" = ") for part in line.partition(": ")[2].split(", "))
        assert parts == {
            "g": number(path.gradient[4, i]),
            "m": number(path.state["m"][4, i]),
            "m̂": number(path.state["m_hat"][4, i]),
            "√v": number(np.sqrt(path.state["v"][4, i])),
            "√v̂": number(np.sqrt(path.state["v_hat"][4, i])),
        }


def test_at_the_end_the_last_step_is_said():
    explorer, lines = said("moments", step=40)
    assert lines[0] == "  Adam in step 40:"
    assert f"g = {number(explorer.paths['Adam'].gradient[39, 0])}," in lines[1]


@pytest.mark.parametrize(("panel", "words"), [("rate", "rate"), ("step size", "|Δx|/α")])
def test_steps_and_rates_are_said_per_coordinate(panel, words):
    explorer, lines = said(panel)
    assert len(lines) == 2
    for i, line in enumerate(lines):
        assert line.startswith(f"  {words} along x{'₁₂'[i]} in step 5: ")
        for label, path in explorer.paths.items():
            value = path.state["rate"][4, i]
            if panel == "step size":
                value = abs(path.x[5, i] - path.x[4, i]) / path.optimizer.lr
            assert f"{label} {number(value, 2)}" in line


def test_turning_says_the_mean_angle():
    explorer, (line,) = said("turning")
    for label, path in explorer.paths.items():
        assert f"{label} {path.turning.mean():.0f}°" in line


def test_components_say_the_distances():
    explorer, lines = said("components")
    for i, line in enumerate(lines):
        for label, path in explorer.paths.items():
            assert f"{label} {number(abs(path.x[5, i]), 2)}" in line


def test_a_landscape_says_places_and_arrows():
    explorer, (places, arrows) = said("landscape")
    path = explorer.paths["Adam"]
    assert numbers(places.partition("Adam at ")[2])[:2] == pytest.approx(path.x[5], rel=1e-2)
    step = path.x[6] - path.x[5]
    assert numbers(arrows.partition(" step ")[2]) == pytest.approx(step, rel=1e-2)
    assert numbers(arrows.partition("−gradient ")[2])[:2] == pytest.approx(
        -path.gradient[5], rel=1e-2
    )


def test_a_landscape_says_no_places_of_a_path_that_is_gone():
    explorer = Explorer([optimizers.GradientDescent(lr=1.0)], panels=["landscape"])
    assert "diverged" in str(explorer) and "at step 60" not in str(explorer)


def test_a_map_says_its_best_cell_and_how_wide_good_is():
    panel = ("map", {"x": "lr", "y": "momentum"})
    controls = [Control("lr"), "momentum"]
    explorer, (head, best, width) = said(panel, methods=[MOMENTUM], controls=controls, focus=None)
    shown = explorer.screen._of(explorer.experiment.scene()).panels[0]
    loss, (x, y) = shown.loss, shown.stops
    i, j = np.unravel_index(np.nanargmin(loss), loss.shape)
    assert f"map of {loss.size} pairs" in head
    assert best.endswith(f"at α = {number(x[i])}, μ = {number(y[j])}")
    good = np.flatnonzero(loss[:, y.tolist().index(0.9)] < 1e-3)
    assert f"{(loss < 1e-3).sum()} below 0.001, {np.isnan(loss).sum()} diverged" in width
    if len(good):
        assert f"from α = {number(x[good[0]])} to {number(x[good[-1]])}, {len(good)} of" in width


def test_an_online_problem_says_where_the_iterate_ends():
    def rounds(x, step):
        return np.stack([np.where(step % 3, -1.0, 3.0) + 0 * x[..., 0], 0 * x[..., 0]], axis=-1)

    problem = surfaces.Surface(lambda x: x[..., 0], rounds, name="online", start=(0, 0))
    explorer, lines = said("online", surface=problem, project=lambda x: np.clip(x, -1, 1))
    text = "\n".join(lines)
    for label, path in explorer.paths.items():
        assert f"{label} {number(path.x[-1, 0], 2)}" in text.partition("at the end: ")[2]
        regret = Online.regret(path)[5]
        assert f"{label} {number(regret, 2)}" in text.partition("regret after step 6: ")[2]


def test_examples_say_how_many_point_downhill():
    explorer, (line,) = said("examples", surface=sampling.linear_regression)
    problem, here = explorer.surface, explorer.paths["Adam"].x[5]
    slopes = problem.example_gradients(here) @ problem.full_gradient(here)
    batch = slopes[problem.indices(5)]
    assert f"{(slopes > 0).sum()} of 128 examples, {(batch > 0).sum()} of the 8" in line


def test_of_each_method_all_layers_are_said():
    methods = [ADAM, optimizers.Momentum(lr=0.1)]
    training = Training(methods, depth=2, epochs=1, seeds=(0,), panels=["layer gradients"])
    lines = str(training).splitlines()
    assert "  gradient per weight, by layer, in epoch 1, mean over seeds:" in lines
    for label, run in training.paths.items():
        norms = ", ".join(number(value, 2) for value in run.gradient_norms[1, 0])
        assert f"    {label}: {norms}" in lines
