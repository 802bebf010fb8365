"""The races of notebook 09, and the same over ten times as many steps."""

import numpy as np

from adamviz import descend, rates, surfaces, tune
from adamviz.optimizers import Adam, AMSGrad, Momentum
from adamviz.surfaces import Surface

CANYON = surfaces.canyon()


def falling(step):
    return (step + 1) ** -0.5


def inside(x):
    return np.clip(x, -1, 1)


def first(true, after):
    """The first step after one at which something holds; None if it never does."""
    steps = np.flatnonzero(true[after:])
    return after + int(steps[0]) if len(steps) else None


def gradient(x, step):
    return np.ones_like(x) * [3.0 if step % 3 == 0 else -1.0, 0.0]


def made_to_fail():
    """Claim 9.1: the average regret of Adam and of AMSGrad on the example.

    Longer: After 3000 rounds Adam's regret is still {Adam}, AMSGrad's {AMSGrad}.
    """
    example = Surface(lambda x: x[..., 0], gradient, minima=[(-1, 0)], start=(0, 0))

    def regret(rounds):
        found = {}
        for method in (Adam(0.5, 0.0, 0.1), AMSGrad(0.5, 0.0, 0.1)):
            path = descend(method, example, (0, 0), rounds, schedule=falling, project=inside)
            g, x = path.gradient[:, 0], path.x[:-1, 0]
            found[method.label] = round((np.sum(g * x) + abs(np.sum(g))) / rounds, 3)
        return found

    return "average regret", regret(300), regret(3000)


def comes_back():
    """Claim 9.7: when the loss comes back, and how high."""

    def looked(steps):
        adam, ams = (
            descend(kind(0.1, beta2=0.99), CANYON, CANYON.start, steps) for kind in (Adam, AMSGrad)
        )
        return {
            "Adam above 0.001 at step": 300 + int(np.argmax(adam.loss[300:] > 1e-3)),
            "Adam at most": round(adam.loss[300:].max(), 3),
            "AMSGrad above 1e-40 at step": first(ams.loss > 1e-40, after=1000),
        }

    return "the comeback", looked(2000), looked(20_000)


def large_eps():
    """Claim 9.9: no comeback with ε = 0.27, and what that costs on the plateau."""
    plateau, method = surfaces.plateau(), Adam(0.1, 0.9, 0.99, 0.27)

    def looked(times):
        canyon = descend(method, CANYON, CANYON.start, 6000 * times)
        flat = descend(method, plateau, (-4.5, 3.0), 1500 * times)
        back = first(canyon.loss > 1e-50, after=3000)
        return {"canyon above 1e-50 at step": back, "plateau": flat.steps_to(1e-3)}

    return "ε = 0.27", looked(1), looked(10)


def turned():
    """Claim 9.11: the best over 300 steps and over 3000, at 0° and 45°.

    Longer: Tuned over 3000 steps, … Adam needs {Adam, 0°}, 51, 106 and {Adam, 45°}, and
    momentum still {momentum, 0°}.
    """

    def needed(steps):
        found = {}
        for degrees in (0, 45):
            surface = surfaces.canyon(100.0, np.radians(degrees))
            c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
            start = np.array([[c, -s], [s, c]]) @ CANYON.start
            for kind, memory in ((Momentum, "momentum"), (Adam, "beta1")):
                grid = {"lr": rates(0.001, 10, 10), memory: [0.0, 0.5, 0.7, 0.8, 0.9]}
                best = tune(kind(lr=1), surface, start, steps, **grid).steps
                found[f"{kind.label}, {degrees}°"] = best
        return found

    return "tuned at each angle", needed(300), needed(3000)


RACES = [made_to_fail, comes_back, large_eps, turned]
