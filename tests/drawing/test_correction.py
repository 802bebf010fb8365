"""The sums of weights by which averages are divided: two bars that fill up, step by step."""

from dataclasses import replace

import numpy as np
import pytest

from adamviz import optimizers
from adamviz.drawing.panel import rows
from adamviz.drawing.picture import Picture
from adamviz.experiment import Experiment


class OnlyV(optimizers.Adam):
    def corrected(self, new, second):
        return new["m"], second / (1 - new["_beta2_t"])


def drawn(method, step=0, **options):
    """The panel at a step, and its scene."""
    scene = replace(Experiment([method], steps=20, **options).scene(), step=step)
    picture = Picture(["correction"], scene)
    picture.render(scene)
    return picture.panels[0], replace(scene, styles={})


def heights(panel):
    """How high each bar stands, by the hyperparameter; only those that are seen."""
    found = {}
    for name, bar in panel.bars.items():
        assert bar.get_visible() == panel.frames[name].get_visible()
        if bar.get_visible():
            corners = rows(bar)
            height = corners[1, 1]
            assert np.array_equal(corners[:, 1], height * np.array([0, 1, 1, 0]), equal_nan=True)
            found[name] = height
    return found


@pytest.mark.parametrize("t", [0, 1, 6, 20])
def test_bars_are_as_high_as_the_sum_of_the_weights_that_a_step_divides_by(t):
    panel, scene = drawn(optimizers.Adam(lr=0.1, beta1=0.8, beta2=0.95), t)
    assert heights(panel) == pytest.approx({"beta1": 1 - 0.8**t, "beta2": 1 - 0.95**t})
    state = scene.paths["Adam"].state
    for name, height in zip("mv", heights(panel).values(), strict=True):
        if t:  # the row of step t
            assert state[name][t - 1] / state[f"{name}_hat"][t - 1] == pytest.approx([height] * 2)
    assert not panel.none.get_text()


def test_bars_stand_in_frames_that_are_full_at_one():
    panel, _ = drawn(optimizers.Adam(lr=0.1, beta1=0.0), 3)
    assert heights(panel)["beta1"] == 1.0
    for name, frame in panel.frames.items():
        corners = rows(frame)
        assert corners[0].tolist() == corners[-1].tolist() and corners[:, 1].max() == 1.0
        assert set(corners[:, 0]) == set(rows(panel.bars[name])[:, 0])


@pytest.mark.parametrize(
    ("method", "corrected"),
    [
        (optimizers.Adam(lr=0.1), "m v"),
        (optimizers.AdamW(lr=0.1), "m v"),
        (optimizers.AMSGrad(lr=0.1), "m v max"),
        (optimizers.AdaMax(lr=0.1), "m"),
        (optimizers.Nadam(lr=0.1), "v"),  # its m̂ is a sum of two terms
        (OnlyV(lr=0.1), "v"),
        (optimizers.Adam(lr=0.1, bias_correction=False), ""),
        (optimizers.AMSGrad(lr=0.1, bias_correction=False), ""),
        (optimizers.Adam(lr=0.1, beta1=0.0, bias_correction=False), ""),
        (optimizers.RMSprop(lr=0.1), ""),
        (optimizers.Momentum(lr=0.003, average=True), ""),
        (optimizers.GradientDescent(lr=0.01), ""),
    ],
    ids=repr,
)
def test_only_what_is_corrected_has_a_bar(method, corrected):
    panel, scene = drawn(method, 4)
    divided = [written for written, _ in panel.divisors(scene.paths[scene.focus]).values()]
    assert " ".join(divided) == corrected
    assert len(heights(panel)) == len(divided)
    assert panel.none.get_text() == ("" if divided else "none")
    (said,) = panel.say(scene)
    assert said.startswith(scene.focus) and ("corrects no average" in said) == (not divided)


def test_where_no_method_is_shown_there_is_no_bar():
    panel, scene = drawn(optimizers.Adam(lr=0.1), show=[])
    assert heights(panel) == {} and panel.say(scene) == []


def test_bars_follow_a_control():
    experiment = Experiment({"mine": lambda beta2: optimizers.Adam(0.1, 0.5, beta2)}, steps=20,
                            controls=["beta2"])  # fmt: skip
    picture = Picture(["correction"], experiment.scene())
    for beta2 in (0.9, 0.99, 0.0):
        picture.render(experiment.with_(beta2=beta2, step=2).scene())
        assert heights(picture.panels[0]) == pytest.approx({"beta1": 0.75, "beta2": 1 - beta2**2})


def test_a_path_that_is_gone_divides_nothing_any_more():
    method = optimizers.Adam(lr=1e9)
    gone = drawn(method)[1].paths["Adam"].diverged
    assert 0 < gone < 20
    assert np.isfinite([*heights(drawn(method, gone)[0]).values()]).all()
    assert np.isnan([*heights(drawn(method, gone + 1)[0]).values()]).all()


def test_the_sums_are_said():
    method = optimizers.Adam(lr=0.1)
    for step, words in {
        1: "in step 1 divides m by 1 − β₁ᵗ = 0.1, v by 1 − β₂ᵗ = 0.001",
        6: "in step 6 divides m by 1 − β₁ᵗ = 0.469, v by 1 − β₂ᵗ = 0.00599",
        20: "in step 20 divides m by 1 − β₁ᵗ = 0.878, v by 1 − β₂ᵗ = 0.0198",
    }.items():
        panel, scene = drawn(method, step)
        assert panel.say(scene) == [f"Adam {words}"]
    panel, scene = drawn(method, 0)
    assert panel.say(scene) == []
