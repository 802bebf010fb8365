"""The races of notebook 12, and the same over ten times as many steps."""

import numpy as np

from adamviz import descend, rates, surfaces, tune
from adamviz.optimizers import Adam, GradientDescent, Momentum
from adamviz.surfaces import Surface

START = (-4.0, 1.5)


def valley(x):
    return 0.5 * x[..., 0] ** 2 + 5 * (x[..., 1] - np.sin(2 * x[..., 0])) ** 2


WINDING = Surface(valley, minima=[(0, 0)], start=START)


def factors():
    """Claim 12.1: the best rates times one factor (printed).

    Longer: Over 3000 steps only two things change: gradient descent at half its rate arrives
    ({gradient descent times 0.5}), and Adam at ten times its rate is thrown out again
    """

    def needed(steps):
        found = {}
        for factor in (0.5, 1, 2, 10):
            for method in (GradientDescent(0.018), Momentum(0.00315), Adam(0.1)):
                moved = type(method)(lr=factor * method.lr)
                path = descend(moved, surfaces.canyon(), START, steps)
                found[f"{method.label} times {factor}"] = path.steps_to(1e-3)
        return found

    short, long = needed(300), needed(3000)
    changed = [label for label in short if long[label] != short[label]]
    assert changed == ["gradient descent times 0.5", "Adam times 10"]
    assert long["Adam times 10"] is None or long["Adam times 10"] > 300
    return "rates times one factor", short, long


def banana():
    """Claim 12.2: the longest step, in units of α, on the path with the giant rate.

    Longer: Walked on to step 20 000 it is thrown out above 100 000, by steps longer than 3 α
    """

    def looked(steps):
        path = descend(Adam(3.15), surfaces.rosenbrock(), (-1.2, 1.0), steps)
        return {"longest step": round(np.abs(np.diff(path.x, axis=0)).max() / 3.15, 3)}

    short, long = looked(2000), looked(20_000)
    assert long["longest step"] > 3
    return "Adam, α = 3.15", short, long


def winding():
    """Claim 12.3: the best of 121 rates on the winding valley, from (−3, 1).

    Longer: Tuned over 5000 steps, the fastest need {gradient descent}, {momentum} and {Adam}.
    """

    def needed(steps):
        kinds = GradientDescent, Momentum, Adam
        return {
            kind.label: tune(kind(lr=1), WINDING, (-3.0, 1.0), steps, lr=rates(1e-5, 10)).steps
            for kind in kinds
        }

    return "winding valley", needed(500), needed(5000)


def memory():
    """Claim 12.5: from when on Adam with β₂ alone is below 1."""

    def needed(steps):
        return {
            f"β₂ = {b}": descend(Adam(0.05, 0.0, b), WINDING, START, steps).steps_to(1)
            for b in (0.3, 0.9, 0.999)
        }

    return "β₂ alone", needed(1000), needed(10_000)


RACES = [factors, banana, winding, memory]
