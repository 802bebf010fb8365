"""A surface whose minimum nobody told: nothing arrives, and losses are shown as they are."""

import numpy as np
import pytest

from adamviz import Control, Explorer, optimizers, surfaces
from adamviz.words import number

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


@pytest.mark.parametrize("surface", [WAVES, KNOWN], ids=["waves", "its least value alone"])
def test_the_distance_to_a_minimum_that_is_not_known_is_not_shown(surface):
    """Where nobody knows a minimum, the distance to the origin is shown, and is called that."""
    explorer = Explorer(METHODS, [surface, "canyon"], panels=["components"], step=5)
    panel = explorer.screen._of(explorer.experiment.scene()).panels[0]
    assert panel.axes[0].get_title() == "distance to the origin (minimum unknown)"
    for i, sub in enumerate("₁₂"):
        for label, path in explorer.paths.items():
            assert np.array_equal(panel.lines[label, i].get_ydata(), np.abs(path.x[:, i]))
        far = number(abs(explorer.paths["Adam"].x[5, i]), 2)
        assert f"distance to the origin along x{sub} at step 5: " in str(explorer)
        assert f"Adam {far}" in str(explorer).partition(f"along x{sub} at step 5: ")[2]
    explorer.set(surface="canyon")
    assert panel.axes[0].get_title() == "distance to the minimum"
    assert "  distance along x₁ at step 5: " in str(explorer)
    assert "origin" not in str(explorer)


def test_a_new_title_alone_is_drawn_too():
    """With the minimum at the origin the curves, and the scale, are the same without it."""

    def bowl(**known):
        return surfaces.Surface(lambda x: (x**2).sum(axis=-1), name="bowl", **known)

    named = {"told": bowl(minima=[(0, 0)]), "untold": bowl()}
    explorer = Explorer(METHODS, named, panels=["components"])
    pictures = []
    for name in ("told", "untold"):
        explorer.set(surface=name)
        lists = [explorer.widget.laid["tiles"][0]["name"], *explorer.widget.moving]
        pictures.append((explorer.screen.still(explorer.experiment.scene()), lists))
    (told, lists), (untold, others) = pictures
    assert told != untold and lists[0] != others[0]


@pytest.mark.parametrize(
    "panel", ["landscape", "loss", "components", ("map", {"x": "lr", "y": "beta1"})], ids=str
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
