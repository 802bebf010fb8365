"""The race of notebook 11 on the slice, and the same over ten times as many steps."""

import numpy as np

from adamviz import descend
from adamviz.network import Network, section, sharpest, train
from adamviz.optimizers import Adam, GradientDescent, Momentum


def on_the_slice():
    """Claim 11.11: each at its best rate, until the loss stays less than 0.03 above the lowest."""
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


RACES = [on_the_slice]
