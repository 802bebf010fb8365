"""The races of notebook 08, and the same over ten times as many steps."""

from dataclasses import replace
from functools import cache

import numpy as np

from adamviz import descend, rates, surfaces
from adamviz.optimizers import Adagrad, Adam, Momentum

RATES = np.array(rates(1e-4, 1e3, 10))


@cache
def needed(method, name, until, angle=0.0):
    surface = surfaces.SURFACES[name](**({"angle": angle} if angle else {}))
    start, (left, right, bottom, top) = surface.start, surface.view
    if angle:
        c, s = np.cos(angle), np.sin(angle)
        start = np.array([[c, -s], [s, c]]) @ start
    corners = 0.02 * np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
    x = start + corners * [right - left, top - bottom]
    path = descend(replace(method, lr=RATES[:, None]), surface, x, until)
    steps = path.steps_to((surface.value(x) - surface.minimum) / 1000)
    return np.where((steps < 0) | (steps > 400), np.inf, steps).max(axis=-1)


def good(method, *where):
    steps = needed(method, *where)
    return int(((steps <= 2 * steps.min()) & (steps < np.inf)).sum())


def best_rates():
    """Claim 8.2: the steps at the best of 71 rates, in the canyon (printed)."""

    def best(until):
        racers = Momentum(1.0), Adagrad(1.0)
        return {m.label: int(needed(m, "canyon", until).min()) for m in racers}

    return "the best of 71 rates in the canyon", best(800), best(8000)


def adams_best_rate():
    """Claim 8.5: the steps at Adam's best rate in the canyon.

    Longer: Until step 8000 … (its best needs {Adam} steps, not 60)
    """

    def best(until):
        return {"Adam": int(needed(Adam(1.0), "canyon", until).min())}

    return "Adam's best rate in the canyon", best(800), best(8000)


def adams_good_rates():
    """Claim 8.5: how many of 71 rates are good for Adam.

    Longer: Until step 8000 … Adam has {canyon} good rates in the canyon … none in the turned
    one (19) and on Rosenbrock's surface (9), {sloping_canyon} on the sloping canyon
    """

    def count(until):
        found = {
            name: good(Adam(1.0), name, until)
            for name in ("canyon", "sloping_canyon", "rosenbrock")
        }
        return found | {"turned": good(Adam(1.0), "canyon", until, np.pi / 4)}

    short, long = count(800), count(8000)
    assert long["turned"] == long["rosenbrock"] == 0  # "none"
    return "Adam's good rates", short, long


def momentums_good_rates():
    """Claim 8.3: momentum's good rates in the canyon."""

    def count(until):
        return {"canyon": good(Momentum(1.0), "canyon", until)}

    return "momentum's good rates", count(800), count(8000)


RACES = [best_rates, adams_best_rate, adams_good_rates, momentums_good_rates]
