"""What the *Move* paragraphs of notebook 11 say, performed; `test_moves.py` runs it."""

import numpy as np


def halve_and_double(figures):
    """Press *train*. The lines are means of five seeds, the bands go from the lowest seed to the
    highest. Halve and double each rate: the sliders train anew what they change. Then set the
    activation to sigmoid and add layers, without touching the rates.
    """
    race, rates = figures[0], {"gradient descent": 0.63, "momentum": 0.1, "Adam": 0.016}
    race.set(step=5)
    at = {name: run.loss[5].mean() for name, run in race.paths.items()}
    assert min(at, key=at.get) == "Adam"  # ahead in the first epochs
    race.set(step=3, **{"gradient descent.lr": 0.315, "momentum.lr": 0.05, "Adam.lr": 0.008})
    for name, run in race.paths.items():
        assert np.isclose(run.optimizer.lr, rates[name] / 2) and run.trained == 3
    halved = {name: run.loss[3].mean() for name, run in race.paths.items()}
    race.set(**{"gradient descent.lr": 1.25, "momentum.lr": 0.2, "Adam.lr": 0.0315})
    for name, run in race.paths.items():
        assert np.isclose(run.optimizer.lr, 2 * rates[name], rtol=0.02) and run.trained == 3
        assert run.loss[3].mean() != halved[name]
    race.set(**{f"{name}.lr": rate for name, rate in rates.items()})
    before = [run.accuracy[3].mean() for run in race.paths.values()]
    race.set(activation="sigmoid", depth=5)
    after = [run.accuracy[3].mean() for run in race.paths.values()]
    assert (np.array(after) < before).all()


def walk_the_depth(figures):
    """Go to epoch 1. Walk the depth from 2 to 8. Then switch to ReLU and do it again, with gradient
    descent and momentum at about α = 0.05: with their rates for sigmoid, deep ReLU networks
    diverge. Move the epoch: it shows the gradients and steps of that epoch.
    """
    layers = figures[1]
    layers.set(step=1)

    def norms(name, kind):
        return getattr(layers.paths[name], kind)[1].mean(axis=0)

    for name in layers.paths:
        growth = norms(name, "gradient_norms")
        assert (growth[1:] / growth[:-1]).min() > 2 and (growth[1:] / growth[:-1]).max() < 6.1
    shares = []
    for depth in (2, 5, 8):
        layers.set(depth=depth)
        steps = {name: norms(name, "update_norms") for name in layers.paths}
        shares.append(steps["gradient descent"][0] / steps["gradient descent"][-1])
        assert 0.5 < steps["Adam"][0] / steps["Adam"][-1] < 3
    assert shares[0] > 10 * shares[1] > 100 * shares[2]
    other = {name: run.update_norms[2].mean(axis=0) for name, run in layers.paths.items()}
    layers.set(step=2)
    for name, run in layers.paths.items():
        assert not np.allclose(run.update_norms[1].mean(axis=0), other[name])
    layers.set(activation="ReLU", step=3)
    assert layers.paths["gradient descent"].diverged and layers.paths["momentum"].diverged
    layers.set(**{"gradient descent.lr": 0.05, "momentum.lr": 0.05})
    for name in ("gradient descent", "momentum"):
        assert layers.paths[name].diverged is None
        assert 0.2 < norms(name, "update_norms")[0] / norms(name, "update_norms")[-1] < 5


def little_room(figures):
    """Walk. Change the rates: gradient descent has little room between creeping and bouncing.
    Let each step see 64 images, then 8. Drag the start up the wall.
    """
    plane, name = figures[2], "gradient descent"

    def path():
        return plane.paths[name]

    plane.set(show=[name], **{f"{name}.lr": 0.2})
    assert path().x[30, 0] > 3 and (np.diff(path().loss[5:]) < 0).all()  # far, downhill all the way
    plane.set(**{f"{name}.lr": 0.8})
    across = path().x[10:, 1]
    assert (across[1:] * across[:-1] < 0).mean() > 0.5  # from wall to wall
    plane.set(images=64, **{f"{name}.lr": 0.4})
    uphill = (np.diff(path().loss[5:]) > 0).mean()
    assert uphill > 0  # no longer downhill at every step
    plane.set(images=8)
    assert (np.diff(path().loss[5:]) > 0).mean() > uphill
    plane.set(images=1198, start=(10.0, 4.0))
    assert path().diverged is None


MOVES = [halve_and_double, walk_the_depth, little_room]
