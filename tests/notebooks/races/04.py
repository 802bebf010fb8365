"""The races of notebook 04, and the same over ten times as many steps."""

import numpy as np

from adamviz import descend, surfaces, tune
from adamviz.optimizers import Momentum, Nesterov
from adamviz.surfaces import Surface

BOTH = {"heavy ball": Momentum, "Nesterov": Nesterov}


def equal_constants():
    """Claim 4.3: the same α and μ for both."""

    def needed(steps):
        return {
            f"{label}, μ = {mu}": descend(
                kind(0.01, mu), surfaces.canyon(100), (-4.0, 1.5), steps
            ).steps_to(1e-6)
            for mu in (0.99, 0.8)
            for label, kind in BOTH.items()
        }

    return "equal α and μ", needed(5000), needed(50_000)


def tuned():
    """Claim 4.6: each tuned for each start and target."""

    def needed(steps):
        found = {}
        # Of the grid only the part where the best are: ten times the whole is a gigabyte.
        lr = np.geomspace(0.005, 0.04, 60)
        lr = lr[((lr > 0.011) & (lr < 0.014)) | ((lr > 0.027) & (lr < 0.034))]
        grid = {"lr": lr, "momentum": np.arange(62, 88) / 100}
        for start in ((-4.0, 1.5), (-1.0, 2.5)):
            for label, kind in BOTH.items():
                for target in (1e-3, 1e-6, 1e-12):
                    best = tune(kind(1), surfaces.canyon(100), start, steps, target, **grid)
                    found[f"{label}, {start}, {target:g}"] = best.steps
        return found

    return "tuned for the canyon", needed(300), needed(3000)


def soft_wall():
    """Claim 4.9: each tuned for the soft wall."""

    def value(x):
        u = x[..., 0]
        soft = np.clip(u - 1, 0, 1) ** 2 / 2 + np.maximum(u - 2, 0)
        return 12.5 * u**2 - 24 * soft + 0.5 * x[..., 1] ** 2

    def gradient(x):
        return x * [25.0, 1.0] - np.clip(x - 1, 0, 1) * [24.0, 0.0]

    wall = Surface(value, gradient, minima=[(0, 0)])

    def needed(steps):
        # Again the part of the grid where the best are.
        grid = {"lr": np.geomspace(0.01, 0.2, 60)[25:50], "momentum": np.arange(30, 80) / 100}
        return {
            f"{label}, {target:g}": tune(kind(1), wall, (3.3, 1.0), steps, target, **grid).steps
            for label, kind in BOTH.items()
            for target in (1e-6, 1e-12)
        }

    return "tuned for the soft wall", needed(150), needed(1500)


RACES = [equal_constants, tuned, soft_wall]
