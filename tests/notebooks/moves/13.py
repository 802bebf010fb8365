"""What the *Move* paragraphs of notebook 13 say, performed; `test_moves.py` runs it."""

import numpy as np


def the_parts_of_the_recipe(figures):
    """Press *train*. Set α of *the recipe*, *no warm-up* and *no decay to zero* to 0.004, then to
    0.025.
    """
    training, names = figures[0], ("the recipe", "no warm-up", "no decay to zero")

    training.set(step=10)

    def losses(lr):
        training.set(**{f"{name}.lr": lr for name in names})
        return [training.paths[name].loss[-1].mean() for name in names]

    recipe, abrupt, constant = losses(0.004)
    assert recipe > abrupt and recipe > constant
    recipe, abrupt, constant = losses(0.025)
    assert 1.7 < abrupt / recipe < 2.5
    assert constant > 5 * recipe


def the_first_spike(figures):
    """Walk. β₂ to 0.98, 0.995 and 0.999: when is the first spike due? Then 0.9. Then β₂ = 0.99
    again, and β₁ to 0.5: where does the limit go, and the first spike?
    """
    spikes = figures[1]

    def first():
        """The first step after the arrival that is above the target again, or None."""
        above = np.flatnonzero(spikes.paths["Adam"].gap[300:] > 1e-3)
        return 300 + int(above[0]) if len(above) else None

    assert first() == 1056
    assert spikes.paths["Adam"].gap[600:1000].max() < 1e-8  # below what can be drawn
    seen = []
    for beta2 in (0.98, 0.995, 0.999, 0.9):
        spikes.set(beta2=beta2)
        seen.append(first())
    assert seen == [563, 1970, None, None]
    settled = 100 * spikes.paths["Adam"].state["rate"][500:, 1]
    assert 30 < settled.min() and settled.max() < 38  # just below the limit
    spikes.set(beta2=0.99, beta1=0.5)
    assert first() < 1056


def other_norms(figures):
    r"""Raise $p$ to 2, then to ∞. Then turn the canyon by 20°, for both. (Each step has the length
    α, which falls to zero.)
    """
    norms, angle = figures[2], float(np.radians(20))

    def first_step():
        path = norms.paths["steepest"].x
        return (path[1] - path[0]) / 0.1

    def turned_back():
        c, s = np.cos(angle), np.sin(angle)
        return norms.paths["steepest"].x @ [[c, -s], [s, c]]

    norms.set(p=2.0)
    assert np.allclose(first_step(), (0.027, -1), atol=1e-3)
    round_path = norms.paths["steepest"].x
    norms.set(p=1000.0)
    assert np.allclose(first_step(), (1, -1), atol=0.01)
    square_path = norms.paths["steepest"].x
    norms.set(angle=angle)
    assert np.abs(turned_back() - square_path).max() > 0.5
    norms.set(p=2.0)
    assert np.abs(turned_back() - round_path).max() < 1e-6


def the_turned_canyon(figures):
    """Walk. Turn the canyon to 0° and to 90°, and read below the picture from which step on
    each is there. At 45°, raise α to 0.8.
    """
    canyon = figures[3]

    def needed():
        return [path.steps_to(1e-3) for path in canyon.paths.values()]

    assert needed() == [None, 101]
    for angle in (0.0, float(np.radians(90))):
        canyon.set(angle=angle)
        assert needed() == [103, 101]
    canyon.set(angle=float(np.radians(45)), lr=0.8)
    assert needed()[0] == 105


MOVES = [the_parts_of_the_recipe, the_first_spike, other_norms, the_turned_canyon]
