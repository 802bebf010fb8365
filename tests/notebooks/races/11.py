"""The races of notebook 11, and the same over ten times as many steps."""

import numpy as np

from adamviz import descend
from adamviz.network import Network, digits, section, sharpest, train
from adamviz.optimizers import Adam, GradientDescent, Momentum


def on_the_digits():
    """Claim 11.3: momentum and Adam at the rates of the race, on its five seeds.

    Longer: Ten times as long at the same rates, the training losses are no longer equal, and the
    tests still less than 1 % apart.
    """
    network = Network(depth=3, activation="ReLU", seed=(0, 1, 2, 3, 4))

    def ends(epochs):
        found, steps = {}, epochs * network.steps_per_epoch
        for method in (Momentum(0.1), Adam(0.016)):
            end = descend(method, network, network.start, steps, record="last")
            right = 100 * network.accuracy(end.x[-1], *digits()[1]).mean()
            found[method.label] = float(f"{end.loss[-1].mean():.1g}")
            found[f"{method.label}, test"] = round(right, 1)
        return found

    short, long = ends(20), ends(200)
    assert short["momentum"] == short["Adam"] and long["momentum"] != long["Adam"]
    assert abs(long["momentum, test"] - long["Adam, test"]) < 1
    return "on the digits", short, long


def on_the_slice():
    """Claim 11.11: each at its best rate, until the loss stays less than 0.03 above the lowest.

    Longer: momentum needs {momentum} steps (α = 0.16), Adam {Adam} (α = 1.6), and gradient descent
    {gradient descent} (α = 0.4); over ten times as many steps the same.
    """
    network = Network(depth=3, activation="ReLU", seed=0)
    whole = Network(depth=3, activation="ReLU", seed=0, batch=None)
    trained = train(Momentum(0.1), network, 10).x[0]
    back = (network.start - trained) / np.linalg.norm(network.start - trained)
    wall, _ = sharpest(whole, trained)
    plane = section(whole, trained, [back, wall], view=(-2, 12.5, -4, 4), start=(10, 3))

    def needed(steps):
        methods = (GradientDescent(0.4), Momentum(0.16), Adam(1.6))
        return {m.label: descend(m, plane, (10, 3), steps).steps_to(0.03) for m in methods}

    return "on the slice", needed(150), needed(1500)


RACES = [on_the_digits, on_the_slice]
