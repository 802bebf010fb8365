"""The races of notebook 13, and the same over ten times as many steps."""

import re

import numpy as np

from adamviz import descend, rates, sampling, surfaces
from adamviz.network import Network, digits
from adamviz.optimizers import Adam, GradientDescent, Momentum
from tools import notebooks as tool


def defined(*wanted, **given):
    """What the notebook's own cells define: its first cell, and those that hold `wanted`."""
    names = dict(given)
    cells = tool.read(tool.FOLDER / "13_in_practice_today.ipynb").cells
    codes = [cell.source for cell in cells if cell.cell_type == "code"]
    holds = re.compile(rf"^(class|def) ({'|'.join(wanted)})\b", re.M)
    for source in [codes[0], *filter(holds.search, codes)]:
        exec(source, names)
    return [names[w] for w in wanted]


def the_recipe():
    """Claim 13.2: each at its best of six rates, and at 0.025, on three seeds.

    Of the six only the best: all 24 walks of a hundred epochs take a minute and a half.

    Longer: After a hundred epochs that order stays; but the best of the first three are level,
    without clipping about three times as high.
    """
    recipe, *_ = defined("Recipe", "factor", "clipped")
    network = Network(8, "ReLU", seed=(0, 1, 2))
    parts = {"recipe": {}, "no warm-up": {"warm_up": 0}, "no decay": {"last": 0}}
    parts["no clipping"] = {"clip": 0.0}

    def end(lr, part, epochs):
        steps = epochs * network.steps_per_epoch
        method = recipe(lr, **{"last": steps} | parts[part])
        walk = descend(method, network, network.start, steps, record="last")
        return float(f"{walk.loss[-1].mean():.2g}")

    def ends(epochs, *best):
        at_best = {part: end(lr, part, epochs) for part, lr in zip(parts, best, strict=True)}
        high = {f"{part}, 0.025": end(0.025, part, epochs) for part in ("recipe", "no warm-up")}
        constant = end(0.025, "no decay", epochs)
        assert high["recipe, 0.025"] < high["no warm-up, 0.025"] < constant
        assert constant > 5 * high["recipe, 0.025"]
        return at_best | high

    short, long = ends(10, 0.01, 0.01, 0.004, 0.016), ends(100, 0.0063, 0.0063, 0.004, 0.016)
    *level, without_clipping = (long[part] for part in parts)
    assert max(level) < 1.1 * min(level)
    assert 2.5 < without_clipping / min(level) < 4
    return "the recipe's parts", short, long


def turned_canyon():
    """Claim 13.11: Adam, and in the eigenbasis, each at its best rate, at 0° and at 45°.

    Longer: In walks of 10,000, where large rates are thrown out again: {Adam, 0°} and {Adam,
    45°}, against {in the eigenbasis, 0°} both times.
    """
    (eigen,) = defined("EigenAdam")

    def best(steps):
        found = {}
        for kind in (Adam, eigen):
            for degrees in (0, 45):
                turn = np.radians(degrees)
                start = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
                method = kind(rates(0.001, 10, 10))
                path = descend(method, surfaces.canyon(100, turn), start @ [-4.0, 1.5], steps)
                needed = path.steps_to(1e-3)
                found[f"{kind.label}, {degrees}°"] = int(needed[needed >= 0].min())
        return found

    return "the turned canyon", best(1000), best(10_000)


def rare_words():
    """Claim 13.12: rare words and equal ones, each method at its best rate.

    Longer: from step {rare, gradient descent} on with gradient descent, {rare, momentum} with
    momentum, {rare, Adam} with Adam … In walks of 3000 steps the best are the same.
    """
    (words,) = defined("Words")
    random = 1.4 * np.random.default_rng(0).normal(size=1000)
    # Each at the best of the notebook's rates and its neighbours: what arrives later is no better.
    worlds = {
        "rare": (1 / np.arange(1, 1001), np.zeros(1000), ((10, 16, 25), (6.3, 10), (0.63, 1))),
        "equal": (np.ones(1000), random, ((250, 400, 630), (16, 25, 40), (0.4, 0.63, 1))),
    }

    def best(steps):
        found = {}
        for name, (share, start, grids) in worlds.items():
            for kind, grid in zip((GradientDescent, Momentum, Adam), grids, strict=True):
                walks = [descend(kind(lr), words(share), start, steps) for lr in grid]
                needed = [walk.steps_to(0.01) for walk in walks]
                found[f"{name}, {kind.label}"] = min(n for n in needed if n is not None)
        return found

    return "rare words", best(300), best(3000)


def batch_and_rate():
    """Claim 13.5: how the best rate grows from batches of 1 to batches of 16 (printed).

    Longer: Over ten times as many epochs: {gradient descent}-fold, {Adam}-fold and
    {rescaled}-fold, at smaller rates.
    """
    kinds = {
        "gradient descent": lambda lr, batch: GradientDescent(lr),
        "Adam": lambda lr, batch: Adam(lr),
        "rescaled": lambda lr, batch: Adam(lr, 1 - 0.01 * batch, 1 - 0.001 * batch),
    }

    def best(kind, epochs):
        grid, found = np.array(rates(1e-4, 1)), []
        for batch in (1, 16):
            gap, method, steps = 0, kind(grid, batch), epochs * 128 // batch
            for seed in range(10):
                problem = sampling.linear_regression(batch, seed, noise=2.0)
                gap = gap + descend(method, problem, (-1.5, 2.0), steps, record="last").gap[-1]
            found.append(grid[np.nanargmin(gap)])
        return np.array(found)

    short, long = ({name: best(kind, n) for name, kind in kinds.items()} for n in (8, 80))
    assert all((long[name] < short[name]).all() for name in kinds)
    grown = (
        {name: float(f"{b[1] / b[0]:.1f}") for name, b in all_.items()} for all_ in (short, long)
    )
    return "batch and rate", *grown


def five_methods():
    """Claim 13.10: training loss and test, each at the rate that its cell prints.

    Longer: over ten times as many epochs, at these rates, Muon's training loss is still the lowest,
    then Lion's; on the test Adam is first.
    """
    network = Network(3, "ReLU", seed=(0, 1, 2))
    sign, lion, muon = defined("SignMomentum", "Lion", "Muon", shallow=network)
    racers = {"momentum": Momentum(0.16), "Adam": Adam(0.025), "sign": sign(0.01)}
    racers |= {"Lion": lion(0.004), "Muon": muon(0.004)}

    def walked(steps):
        losses, tests = {}, {}
        for name, method in racers.items():
            fall = {"schedule": lambda step: 1 - step / steps, "record": "last"}
            end = descend(method, network, network.start, steps, **fall)
            losses[name] = end.loss[-1].mean()
            tests[name] = 100 * network.accuracy(end.x[-1], *digits()[1]).mean()
        return losses, tests

    (losses, tests), (later, later_tests) = walked(360), walked(3600)
    assert min(losses, key=losses.get) == "Muon" and losses["Muon"] < 1e-5
    assert sorted(later, key=later.get)[:2] == ["Muon", "Lion"]
    assert max(later_tests, key=later_tests.get) == "Adam"
    short, long = (
        {name: float(f"{n:.1g}") for name, n in ends.items() if name != "Muon"}
        | {f"{name}, test": round(n) for name, n in right.items()}
        for ends, right in ((losses, tests), (later, later_tests))
    )
    return "five methods", short, long


RACES = [turned_canyon, rare_words, the_recipe, batch_and_rate, five_methods]
