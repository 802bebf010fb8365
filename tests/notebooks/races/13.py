"""The races of notebook 13, and the same over ten times as many steps."""

import numpy as np

from adamviz import descend, rates, sampling, surfaces
from adamviz.optimizers import Adam, GradientDescent, Momentum
from tools import notebooks as tool


def defined(*wanted):
    """What the notebook's own cells define: its first cell, and those that hold `wanted`."""
    names = {}
    cells = tool.read(tool.FOLDER / "13_in_practice_today.ipynb").cells
    codes = [cell.source for cell in cells if cell.cell_type == "code"]
    for source in [codes[0], *(c for c in codes if any(f"class {w}" in c for w in wanted))]:
        exec(source, names)
    return [names[w] for w in wanted]


def turned_canyon():
    """Claim 13.11: Adam, and in the eigenbasis, each at its best rate, at 0° and at 45°."""
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
    """Claim 13.12: rare words and equal ones, each method at its best rate."""
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
    """Claim 13.5: how the best rate grows from batches of 1 to batches of 16."""

    def ratio(kind, epochs):
        grid, best = np.array(rates(1e-4, 1)), []
        for batch in (1, 16):
            gap = 0
            for seed in range(10):
                problem = sampling.linear_regression(batch, seed, noise=2.0)
                steps = epochs * 128 // batch
                gap = gap + descend(kind(grid), problem, (-1.5, 2.0), steps, record="last").gap[-1]
            best.append(grid[np.nanargmin(gap)])
        return round(best[1] / best[0], 1)

    kinds = (GradientDescent, Adam)
    return (
        "batch and rate",
        {kind.label: ratio(kind, 8) for kind in kinds},
        {kind.label: ratio(kind, 80) for kind in kinds},
    )


RACES = [turned_canyon, rare_words, batch_and_rate]
