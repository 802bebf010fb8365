"""What the *Move* paragraphs of notebook 00 say, performed; `test_moves.py` runs it."""

import numpy as np


def walk_change_turn(figures):
    """Walk with **step** or ▶. Change each α. Turn the canyon with **rotation**."""
    race = figures[0]
    first, momentum, adam = (race.paths[label] for label in race.paths)
    assert [path.steps_to(1e-3) for path in (first, momentum, adam)] == [248, 109, 103]
    assert (np.diff(np.sign(first.x[:21, 1])) != 0).all()  # from wall to wall, at every step
    assert np.diff(np.sign(momentum.x[:21, 1])).any()
    assert np.allclose(abs(np.diff(adam.x[:2], axis=0)), adam.optimizer.lr)
    race.set(angle=np.radians(45))
    turned = race.paths
    for label, path in (("gradient descent", first), ("momentum", momentum)):
        assert turned[label].steps_to(1e-3) == path.steps_to(1e-3)
        assert np.allclose(turned[label].gap, path.gap, rtol=1e-6, atol=1e-12)
    assert turned["Adam"].gap[-1] > max(turned[k].gap[-1] for k in ("gradient descent", "momentum"))
    race.set(angle=0.0)
    for label in race.paths:  # at half of its best α each is slower
        before, best = race.paths[label].steps_to(1e-3), race.values[f"{label}.lr"]
        stops = [value for value in race.experiment.stops(f"{label}.lr")]
        race.set(**{f"{label}.lr": min(stops, key=lambda a: abs(a - best / 2))})
        after = race.paths[label].steps_to(1e-3)
        assert after is None or after > before


def drag_the_start(figures):
    """Drag the ringed start. **reset** brings the first state back. Arrows belong to the method
    whose *arrows* is pressed. *Below 0.001 from step N on* means at every later step shown, too.
    All figures work like this.
    """
    race = figures[0]
    stated = str(race)
    race.set(start=(-1.0, 2.5))
    assert str(race) != stated
    race.buttons["@reset"]()
    assert str(race) == stated
    race.set(step=race.experiment.steps)
    assert "from step 103 on" in str(race)


def correct_and_disturb(figures):
    """Walk. β₂ down to 0.9, and back. Then raise σ, the noise of the gradient."""
    plane = figures[1]

    def sizes(label):
        path = plane.paths[label]
        return abs(np.diff(path.x, axis=0)) / path.optimizer.lr

    assert np.allclose(sizes("Adam"), 1, atol=1e-5)
    assert sizes("no correction").argmax(axis=0).tolist() == [11, 11]
    assert sizes("no correction").min() > 3  # no slow start
    plane.set(beta2=0.9)
    assert (sizes("no correction")[0] < 1).all()
    plane.set(beta2=0.999)
    shorter = []
    for sigma in (0.0, 0.1, 1.0):
        plane.set(sigma=sigma)
        shorter.append(sizes("Adam").mean(axis=0))
    along, across = np.transpose(shorter)
    assert (np.diff(along) < 0).all() and across[0] > across[1]
    assert across[1] < along[1] and across[2] < along[2]  # most in x₂


def more_examples_or_a_smaller_rate(figures):
    """Walk. B to 1, to 128, back to 4; then α to 0.05."""
    fit = figures[2]
    found = {}
    for batch, lr in ((1, 0.1), (4, 0.1), (128, 0.1), (4, 0.05)):
        fit.set(batch=batch, lr=lr)
        path = fit.paths["gradient descent"]
        found[batch, lr] = np.median(path.gap[200:]), (np.diff(path.loss) > 1e-12).mean()
    assert found[4, 0.1][1] > 0.3  # many steps go uphill
    assert found[1, 0.1][0] > found[4, 0.1][0] > found[4, 0.05][0]
    assert found[128, 0.1][1] == 0 and found[128, 0.1][0] < found[4, 0.1][0]


MOVES = [
    walk_change_turn,
    drag_the_start,
    correct_and_disturb,
    more_examples_or_a_smaller_rate,
]
