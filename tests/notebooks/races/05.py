"""The races of notebook 05, and the same over ten times as many steps."""

import numpy as np

from adamviz import descend, rates, surfaces, tune
from adamviz.optimizers import Adagrad, GradientDescent, RMSprop

START, RATES = np.array([-4.0, 1.5]), rates(1e-3, 10)


def turned(degrees):
    angle = np.radians(degrees)
    c, s = np.cos(angle), np.sin(angle)
    return surfaces.canyon(angle=angle), np.array([[c, -s], [s, c]]) @ START


def one_rate():
    """Claim 5.1: gradient descent at the best of 81 rates."""

    def best(steps):
        found = tune(GradientDescent(lr=1), *turned(0), steps, lr=RATES)
        good = (found.needed <= 2 * found.steps).sum()
        return {"steps": found.steps, "good": int(good)}

    return "one rate for two curvatures", best(600), best(6000)


def falling_rates():
    """Claim 5.10: one rate, and a rate for each, with B = 1 from (−2, −2) (printed).

    Longer: Within 6000 steps one constant rate needs more, a falling one as many as before. …
    6000 steps: constant {one rate} ∝ 1/√t {one falling rate}
    """

    def gradient(x, step):
        i = step % 10
        return np.array([i < 9, i == 9]) * (x - targets[step][:, None, None])

    noise = [np.random.default_rng(seed).normal(size=20_000) for seed in range(8)]
    targets = 2 + 0.5 * np.stack(noise, axis=1)
    words = surfaces.Surface(
        lambda x: ((x - 2) ** 2 * [0.45, 0.05]).sum(axis=-1), gradient, minima=[(2, 2)]
    )

    def needed(steps):
        found = {}
        for name, method, power in (
            ("one rate", GradientDescent, 0.0),
            ("one falling rate", GradientDescent, -0.5),
            ("Adagrad", Adagrad, 0.0),
            ("RMSprop", RMSprop, 0.0),
        ):
            path = descend(
                method(lr=np.array(rates(0.01, 100))),
                words,
                np.full((8, 1, 2), -2.0),
                steps,
                schedule=lambda k, power=power: (k + 1.0) ** power,
            )
            arrived = path.steps_to(0.05)
            mean = np.where(arrived < 0, steps, arrived).mean(axis=0).min()
            found[name] = round(float(mean), 1)
        return found

    return "constant and falling rates", needed(600), needed(6000)


def the_turned_canyon():
    """Claim 5.11: Adagrad at the best of 81 rates, by angle."""

    def best(steps):
        return {
            f"{degrees}°": tune(Adagrad(lr=1), *turned(degrees), steps, lr=RATES).steps
            for degrees in (0, 15, 30, 45)
        }

    return "Adagrad in the turned canyon", best(600), best(6000)


RACES = [one_rate, falling_rates, the_turned_canyon]
