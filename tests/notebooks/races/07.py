"""The races of notebook 07, and the same over ten times as many steps."""

from adamviz import descend, rates, surfaces, tune
from adamviz.optimizers import Adam, GradientDescent, Momentum, RMSprop

START, RATES = (-4.0, 1.5), rates(1e-4, 10)
RUNNERS = RMSprop(1), Adam(1)


def switches():
    """Claim 7.1: no switch, ①③, and all of them, within 1000 steps.

    Longer: Within 10 000 only gradient descent stays.
    """

    def needed(steps):
        racers = {"none": GradientDescent(0.16), "①③": RMSprop(0.16, rho=0.999), "all": Adam(0.16)}
        valley = surfaces.canyon(10), (-3.9, 1.5), steps
        return {name: descend(m, *valley).steps_to(1e-3) for name, m in racers.items()}

    short, long = needed(1000), needed(10_000)
    assert [name for name in short if long[name] == short[name]] == ["none"]
    return "gradient descent, ①③ and Adam", short, long


def without_noise():
    """Does it jump around?: the race at σ = 0, RMSprop's steps and Adam's good rates.

    Longer: of the rates that stay for 4000 its best needs {RMSprop}, and Adam has {Adam} good
    ones left
    """

    def best(steps):
        rms, adam = (tune(m, surfaces.canyon(), START, steps, 0.3, lr=RATES) for m in RUNNERS)
        return {"RMSprop": rms.steps, "Adam": int((adam.needed <= 2 * adam.steps).sum())}

    return "the race without noise", best(400), best(4000)


def a_wide_canyon():
    """Claim 7.10: κ = 10, each at the best of 101 rates.

    Longer: Within 10 000 steps the others stay; Adam's best is then a smaller rate, which turns
    by 0.5° and needs {Adam}.
    """

    def best(steps):
        racers = GradientDescent(1), Momentum(1), Adam(1)
        return {m.label: tune(m, surfaces.canyon(10), START, steps, lr=RATES).steps for m in racers}

    return "the canyon κ = 10", best(1000), best(10_000)


RACES = [switches, without_noise, a_wide_canyon]
