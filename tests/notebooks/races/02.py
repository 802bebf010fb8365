"""The races of notebook 02, and the same over ten times as many steps."""

import numpy as np

from adamviz import descend, rates, sampling
from adamviz.optimizers import GradientDescent

START = (-1.5, 2.0)


def fair_race():
    """Claim 2.5: each batch size at its best rate, the median of 11 seeds.

    Longer: In brackets: looked at for 200 epochs. … ({B = 4, to 0.2}) … ({B = 4, to 0.02}) |
    592 ({B = 16, to 0.02}) … ({B = 4, to 0.002}) | 2336 ({B = 16, to 0.002})
    """
    grid, targets = np.array(rates(0.005, 2)), (0.2, 0.02, 0.002)

    def needed(examples):
        found = {}
        for size in (4, 16, 128):
            counts = []
            for seed in range(11 if size < 128 else 1):
                problem = sampling.linear_regression(size, seed)
                path = descend(GradientDescent(grid), problem, START, examples // size)
                first = np.array([path.steps_to(target) for target in targets])
                counts.append(np.where(first < 0, np.inf, size * first))
            best = np.median(counts, axis=0).min(axis=1)
            found |= {f"B = {size}, to {t}": int(n) for t, n in zip(targets, best, strict=True)}
        return found

    return "example gradients needed", needed(2560), needed(25_600)


def figure_race():
    """Claim 2.6: the figure's minibatches over 100 seeds, and when they stay below 0.2."""
    short, long = [], []
    for seed in range(100):
        problem = sampling.linear_regression(8, seed)
        for steps, first in ((240, short), (2400, long)):
            first.append(descend(GradientDescent(0.16), problem, START, steps).steps_to(0.2))
    ends = ({"first": min(first), "last": max(first)} for first in (short, long))
    return "minibatches below 0.2", *ends


def constant_rates():
    """The noise floor, and a rate that decays: the figure's α/10, until below 0.002.

    Longer: in ten times as many steps noise throws it above again.
    """

    def needed(steps):
        path = descend(GradientDescent(0.016), sampling.linear_regression(8), (0.1, 1.0), steps)
        return {"constant α/10": path.steps_to(0.002)}

    short, long = needed(1600), needed(16_000)
    assert long["constant α/10"] is None or long["constant α/10"] > 1600
    return "a constant rate below 0.002", short, long


RACES = [fair_race, figure_race, constant_rates]
