"""The races of notebook 00, and the same over ten times as many steps."""

import numpy as np

from adamviz import descend, rates, surfaces, tune
from adamviz.optimizers import Adam, GradientDescent, Momentum

START, RATES = (-4.0, 1.5), rates(0.001, 10)
METHODS = [GradientDescent(lr=1), Momentum(lr=1), Adam(lr=1)]


def canyon(angle):
    c, s = np.cos(angle), np.sin(angle)
    return surfaces.canyon(angle=angle), np.array([[c, -s], [s, c]]) @ START


def first_race():
    """Claim 0.1: each at the best of 81 rates.

    Longer: gradient descent stays below 0.001 from step {gradient descent} on, momentum (μ = 0.9)
    from {momentum}, Adam from {Adam}, over 500 steps and over 5,000.
    """

    def best(steps):
        return {m.label: tune(m, *canyon(0), steps, lr=RATES).steps for m in METHODS}

    return "the first race", best(500), best(5000)


def good_rates():
    """Claim 0.1: how many rates need at most twice the steps of the best.

    Longer: {gradient descent}, {momentum}, {Adam} over 5,000
    """

    def good(steps):
        found = {m.label: tune(m, *canyon(0), steps, lr=RATES) for m in METHODS}
        return {label: int((f.needed <= 2 * f.steps).sum()) for label, f in found.items()}

    return "good rates", good(500), good(5000)


def turned():
    """Claim 0.2: the three rates of the first race, in the turned canyon.

    Longer: In 20,000 steps Adam leaves again.
    """

    def needed(steps):
        racers = GradientDescent(0.018), Momentum(0.00315), Adam(0.1)
        return {m.label: descend(m, *canyon(np.pi / 4), steps).steps_to(1e-3) for m in racers}

    short, long = needed(2000), needed(20_000)
    assert long["Adam"] is None or long["Adam"] > 2000
    return "the canyon turned by 45°", short, long


def tuned_memory():
    """Claim 0.3: rate and memory tuned, along the axes and turned.

    Longer: Over 5,000 steps Adam needs {Adam}, turned {Adam, turned}
    """
    memory = [0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]

    def needed(steps):
        found = {}
        for name, angle in (("", 0), (", turned", np.pi / 4)):
            by_momentum = tune(METHODS[1], *canyon(angle), steps, lr=RATES, momentum=memory)
            found["momentum" + name] = by_momentum.steps
            found["Adam" + name] = tune(
                METHODS[2], *canyon(angle), steps, lr=RATES, beta1=memory
            ).steps
        return found

    return "rate and memory tuned", needed(500), needed(5000)


RACES = [first_race, good_rates, turned, tuned_memory]
