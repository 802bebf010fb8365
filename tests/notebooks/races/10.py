"""The races of notebook 10, and the same over ten times as many steps."""

from dataclasses import replace

import numpy as np

from adamviz import descend, optimizers, surfaces
from adamviz.optimizers import RMSprop

# The best rates of the race, as its cell prints them.
TURNED = {
    "gradient descent": 0.018,
    "momentum": 0.00315,
    "Nesterov": 0.009,
    "Adagrad": 4.0,
    "RMSprop": 0.071,
    "Adam": 1.4,
    "AdaMax": 5.0,
    "Nadam": 0.56,
    "AMSGrad": 1.4,
    "AdamW": 90.0,
    "RMSprop, μ = 0.9": 0.112,
}
STRAIGHT = {"Adagrad": 50.0, "AdamW": 90.0}
BEALE = {"Adam": 0.63, "AMSGrad": 0.63}
METHODS = {m.label: m(lr=1.0) for m in optimizers.OPTIMIZERS}
METHODS["RMSprop, μ = 0.9"] = RMSprop(lr=1.0, momentum=0.9)
AROUND = np.array([[a, b] for a in (-0.3, 0.0, 0.3) for b in (-0.3, 0.0, 0.3)])


def slowest(best, surface, steps):
    """The steps of the slowest of nine starts at each method's best rate; None if one is above."""
    found = {}
    for label, lr in best.items():
        path = descend(replace(METHODS[label], lr=lr), surface, surface.start + AROUND, steps)
        first = path.steps_to(1e-3)
        found[label] = int(first.max()) if (first >= 0).all() else None
    return found


def turned():
    """Claim 10.2: the best rates on the turned canyon (printed).

    Longer: Looked at ten times as long, the results of Nesterov, AMSGrad, momentum, gradient
    descent and Adagrad last; the others' paths are thrown out again.
    """
    surface = surfaces.canyon(angle=np.radians(30))
    short, long = slowest(TURNED, surface, 500), slowest(TURNED, surface, 5000)
    last = {label for label in short if long[label] == short[label]}
    assert last == {"Nesterov", "AMSGrad", "momentum", "gradient descent", "Adagrad"}
    return "turned canyon", short, long


def straight_and_curved():
    """Claim 10.3: the best rates on the straight canyon, and on Beale's function.

    Longer: Looked at ten times as long, the results of the same five methods last on the
    straight canyon and on Beale's, no others.
    """

    def needed(steps):
        canyon, beale = surfaces.canyon(), surfaces.beale()
        return slowest(STRAIGHT, canyon, steps) | slowest(BEALE, beale, steps)

    short, long = needed(500), needed(5000)
    assert [label for label in short if long[label] == short[label]] == ["Adagrad", "AMSGrad"]
    return "straight canyon, Beale", short, long


def forms():
    """Claim 10.8: how far torch's AMSGrad gets from Adam's path on the canyon (printed).

    Longer: For longer it does matter: between steps 3000 and 10 000 Adam's loss comes back
    """
    canyon = surfaces.canyon()

    def apart(steps):
        adam, torch = (
            descend(kind(0.1), canyon, canyon.start, steps).x
            for kind in (optimizers.Adam, optimizers.AMSGrad)
        )
        return {"torch's AMSGrad": round(np.abs(adam - torch).max(), 4)}

    short, long = apart(100), apart(10_000)
    assert long["torch's AMSGrad"] > 0.01  # over 100 steps it "stays within 0.01"
    return "distance from Adam", short, long


RACES = [turned, straight_and_curved, forms]
