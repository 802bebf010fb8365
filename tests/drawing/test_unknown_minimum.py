"""A surface whose minimum nobody told: nothing arrives, and losses are shown as they are."""

import numpy as np
import pytest

from adamviz import Control, Explorer, optimizers, surfaces

METHODS = [optimizers.Momentum(lr=0.1), optimizers.Adam(lr=0.1)]


def value(x):
    return np.sin(x[..., 0]) * np.cos(x[..., 1])


WAVES = surfaces.Surface(value, name="waves")
KNOWN = surfaces.Surface(value, name="known waves", minimum=-1.0)


def test_the_readout_claims_no_arrival():
    explorer = Explorer(METHODS, WAVES)
    lowest = explorer.paths["Adam"].loss.min()
    assert f"lowest loss {lowest:.3g} at step" in str(explorer)
    assert "minimum unknown" in str(explorer)
    assert "below" not in str(explorer)
    assert "below 0.001 from step" in str(Explorer(METHODS, KNOWN))


def test_the_loss_stands_on_an_axis_that_fits_it():
    explorer = Explorer(METHODS, WAVES, panels=["loss"])
    (ax,) = explorer.screen._of(explorer.experiment.scene()).panels[0].axes
    low, high = ax.get_ylim()
    for path in explorer.paths.values():
        assert ((path.loss >= low) & (path.loss <= high)).all()
    assert ax.get_yscale() == "linear" and "unknown" in ax.get_title()


@pytest.mark.parametrize(
    "panel", ["landscape", "loss", ("map", {"x": "lr", "y": "beta1"})], ids=str
)
def test_there_and_back_again_it_is_the_same_picture(panel):
    """From a surface with a minimum to one without, and back."""
    options = {"panels": [panel], "controls": [Control("lr"), "beta1"], "steps": 20}

    def drawn(explorer):
        return explorer.screen.still(explorer.experiment.scene())

    moved, fresh = (Explorer(METHODS, ["canyon", WAVES], **options) for _ in range(2))
    first = drawn(fresh)
    moved.set(surface="waves")
    assert not moved.widget.now["error"]
    there = drawn(moved)
    assert there != first
    moved.set(surface="canyon")
    assert drawn(moved) == first
    only = Explorer(METHODS, {"waves": WAVES, "canyon": "canyon"}, **options)
    assert drawn(only) == there


def test_a_value_below_the_minimum_that_was_given_is_said():
    bowl = surfaces.Surface(lambda x: (x**2).sum(axis=-1), name="bowl", minimum=1.0)
    explorer = Explorer([optimizers.GradientDescent(lr=0.1)], bowl)
    first = int(np.argmax(explorer.paths["gradient descent"].loss < 1.0))
    assert f"at step {first} below the minimum that was given" in str(explorer)
