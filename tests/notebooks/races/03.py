"""The races of notebook 03, and the same over ten times as many steps."""

import numpy as np

from adamviz import descend, surfaces, tune
from adamviz.optimizers import GradientDescent, Momentum

START = (-4.0, 1.5)


def tuned():
    """Claim 3.7: both tuned for one target, 400 runs each."""

    def needed(times):
        found = {}
        for k in (10, 100, 1000):
            problem = surfaces.canyon(k), START, times * (6 * k + 100), 1e-6
            fine, coarse = (np.geomspace(0.5 / k, 4 / k, n) for n in (400, 20))
            memory = np.arange(20) / 20
            if k == 1000:  # a long walk: only the part of the grid where the best is
                fine, coarse, memory = fine[260:272], coarse[14:19], memory[17:19]
            found[f"gradient descent, κ = {k}"] = tune(GradientDescent(1), *problem, lr=fine).steps
            found[f"momentum, κ = {k}"] = tune(
                Momentum(1), *problem, lr=coarse, momentum=memory
            ).steps
        return found

    return "gradient descent and momentum", needed(1), needed(10)


def usual_memory():
    """Claim 3.8: μ = 0.9 against gradient descent at κ = 10."""

    def needed(steps):
        found = {}
        for target in (1e-6, 1e-3):
            problem = surfaces.canyon(10), START, steps, target
            lr = np.geomspace(0.001, 0.4, 400)
            found[f"μ = 0.9, {target:g}"] = tune(Momentum(1), *problem, lr=lr).steps
            lr = np.geomspace(0.05, 0.4, 400)
            found[f"gradient descent, {target:g}"] = tune(GradientDescent(1), *problem, lr=lr).steps
        return found

    return "the usual μ at κ = 10", needed(400), needed(4000)


def polyak():
    """Claim 3.9: Polyak's values at κ = 100."""
    root = 100**0.5
    method = Momentum(4 / (root + 1) ** 2, ((root - 1) / (root + 1)) ** 2)

    def needed(steps):
        return {"Polyak": descend(method, surfaces.canyon(100), START, steps).steps_to(1e-6)}

    return "Polyak's values", needed(600), needed(6000)


RACES = [tuned, usual_memory, polyak]
