"""The training figure without a browser."""

import io

import numpy as np
import pytest
from page import Page
from PIL import Image

from adamviz import optimizers
from adamviz.live.training import CURVES, Training
from adamviz.network import Network, train

METHODS = [optimizers.GradientDescent(0.25), optimizers.Adam(0.01)]


def make(**options):
    return Training(METHODS, **{"depth": 2, "epochs": 3, "seeds": (0, 1)} | options)


def pixels(training):
    bundle, _ = training._repr_mimebundle_()
    return np.asarray(Image.open(io.BytesIO(bundle["image/png"])).convert("RGB")).astype(int)


def test_output_carries_widget_still_and_readout():
    training = make()
    bundle, _ = training._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert bundle["text/plain"] == str(training)
    assert str(training).startswith("digits, 2 layers, ReLU; 2 seeds; epoch 3 of 3")
    assert str(training) == str(make())
    one = make(depth=1, seeds=[0], show=[], panels=["layer gradients"])
    text = "digits, 1 layer, ReLU; 1 seed; epoch 3 of 3\n  no method is shown"
    assert str(one) == text


def test_readout_tells_what_train_finds():
    training = make()
    run = train(METHODS[1], Network(2, seed=(0, 1)), 3)
    line = next(line for line in str(training).splitlines() if line.startswith("  Adam"))
    assert f"test accuracy {100 * run.accuracy[-1].mean():.0f} %" in line
    assert f"training loss {run.loss[-1].mean():.2g}" in line


@pytest.mark.parametrize("panel", CURVES)
def test_a_moved_picture_equals_a_fresh_one(panel):
    moved = make(panels=[panel])
    moved.set(depth=4, activation="sigmoid", step=1)
    moved.set(**{"Adam.lr": 0.02})
    moved.set(depth=3, activation="tanh", step=2)
    fresh = Training(
        [METHODS[0], optimizers.Adam(0.02)],
        depth=3,
        activation="tanh",
        epochs=3,
        seeds=(0, 1),
        panels=[panel],
        step=2,
    )
    assert np.array_equal(pixels(moved), pixels(fresh))
    assert str(moved) == str(fresh)


def test_every_control_changes_the_picture_and_the_readout():
    training = make(
        panels=[["training loss", "test accuracy"], ["layer gradients", "layer updates"]]
    )
    for change in (
        {"depth": 3},
        {"activation": "sigmoid"},
        {"Adam.lr": 0.02},
        {"gradient descent.lr": 0.1},
        {"step": 1},
        {"show": ["Adam"]},
        {"show": []},
    ):
        before, text = pixels(training), str(training)
        training.set(**change)
        assert not np.array_equal(pixels(training), before), change
        assert str(training) != text, change


def test_only_what_changed_is_trained_again():
    training = make()
    before = dict(training.paths)
    training.set(**{"Adam.lr": 0.02})
    assert training.paths["gradient descent"] is before["gradient descent"]
    assert training.paths["Adam"] is not before["Adam"]


def test_train_starts_again_from_the_same_weights():
    training = make()
    other, page = Page(training), Page(training)
    text, before = str(training), dict(training.paths)
    page.press("@train")
    # The page that was heard last plays; only there does a hand wait for it.
    assert page.messages[-1] == ({"kind": "play", "client": page.client}, [])
    assert page.state["step"] == other.state["step"] == 0
    assert all(run.trained == 0 for run in training.paths.values())
    for epoch in (1, 2, 3):  # the beats of the play button
        page.stand("step", epoch)
        assert page.extra["@bar"] == pytest.approx(epoch / 3)
        assert all(run.trained == epoch for run in training.paths.values())
    assert str(training) == text
    assert training.paths["Adam"] is not before["Adam"]


def test_what_takes_long_is_not_done_in_advance():
    page = Page(make())
    assert page.parts["stepwise"]  # the page asks for each epoch
    movable = ("slider", "menu", "tick", "toggle")
    items = [item for item in page.parts["items"].values() if item["kind"] in movable]
    assert items and not any(item["ahead"] for item in items)


def test_long_training_is_painted_while_it_goes_on(monkeypatch):
    page, frames = Page(make()), []
    monkeypatch.setattr("adamviz.live.figure.REPAINT", 0.0)
    page.widget.observe(lambda change: frames.append(change.new["extra"]["@bar"]), "now")
    page.stand("depth", 3)
    assert len(frames) >= 4 and frames == sorted(frames)
    assert frames[0] < 0.5 and frames[-1] == 1


def test_reset_goes_back_to_the_first_state():
    training = make(step=2)
    text, picture = str(training), pixels(training)
    training.set(depth=4, activation="tanh", step=1, show=["Adam"], **{"Adam.lr": 0.1})
    Page(training).press("@reset")
    assert str(training) == text
    assert np.array_equal(pixels(training), picture)


def test_divergence_is_shown_in_words():
    training = make()
    with np.errstate(all="raise"):
        training.set(activation="ReLU", depth=8, **{"gradient descent.lr": 2.0, "Adam.lr": 2.0})
    assert not Page(training).error
    huge = Training([optimizers.GradientDescent(1e9)], depth=2, epochs=2, seeds=(0,))
    assert "diverged in epoch 1" in str(huge)


def test_pointer_and_projector_do_no_harm():
    page = Page(training := make())
    text, width = str(training), pixels(training).shape[1]
    assert not any(tile["grab"] for tile in page.widget.laid["tiles"])
    page.drag(0, [(200, 200)])
    assert page.answered and not page.error
    page.move("present", 1)
    assert str(training) == text
    assert pixels(training).shape[1] > width


def test_targets_and_epochs_are_in_the_readout():
    line = str(make(target=0.5)).splitlines()[2]
    assert line.endswith("at least 50 % from epoch 1 on")
    assert "from epoch" not in str(make(target=0.999))
