"""The races of notebook 01, and the same over ten times as many steps."""

import numpy as np

from adamviz import descend, surfaces, tune
from adamviz.optimizers import GradientDescent

START = (-4.0, 1.5)


def best_rates():
    """Claim 1.7: the best of 1901 rates, at most 1000 steps each."""

    def best(steps):
        grid = np.linspace(0.2, 2.1, 1901)[1400:]  # from 1.6 on, where the best are
        found = {
            k: tune(GradientDescent(1.0), surfaces.canyon(k), START, steps, lr=grid / k)
            for k in (10, 20, 100)
        }
        return {f"κ = {k}": f.steps for k, f in found.items()}

    return "gradient descent at its best", best(1000), best(10_000)


def promised_rate():
    """Claim 1.7: the rate 2/(1 + κ), which claim 1.10 takes at κ = 20."""

    def needed(steps):
        return {
            f"κ = {k}": descend(
                GradientDescent(2 / (1 + k)), surfaces.canyon(k), START, steps
            ).steps_to(1e-3)
            for k in (10, 20, 100)
        }

    return "gradient descent at α*", needed(600), needed(6000)


RACES = [best_rates, promised_rate]
