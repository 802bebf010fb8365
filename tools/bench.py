"""Measure how fast a figure answers, and how fast a path is walked; print a table of ratios.

    python tools/bench.py            # all of it
    python tools/bench.py engine     # or a part: browser, memory, pages, engine, ahead, import,
                                     # growth

The first three need playwright and Chromium, pages the site's runtime, too, and engine torch and
optax.

Times are compared with those of something else within one run, because machines are noisy and
absolute times are not comparable. Medians; beside them the number of runs and their noise, how
far apart the middle half of them is, in percent of the median. What is done in a browser is done
here and over a slow line. Writes bench/result.json and bench/result.png, and is no test: nothing
fails when a number is large.
"""

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

from adamviz import Control, Experiment, descend, optimizers, rates, surfaces
from adamviz.machine import run_main
from bench_browser import browser, memory
from bench_pages import pages

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "bench"
ROWS = []


def timed(runs, **contenders):
    """The seconds of each function, run in turns so that noise hits all alike."""
    for function in contenders.values():
        function()  # compilation, caches
    times = {name: [] for name in contenders}
    for _ in range(runs):
        for name, function in contenders.items():
            began = time.perf_counter()
            function()
            times[name].append(time.perf_counter() - began)
    return times


def noise(values):
    """How far apart the middle half of the runs is, in percent of the median."""
    if len(values) < 2:
        return 0.0
    low, middle, high = statistics.quantiles(values, n=4)
    return 100 * (high - low) / middle if middle else 0.0


def row(measure, ours, goal, against="", theirs=(1,), line="", higher=False):
    """A row of the table from two lists of measurements, or from one without anything to compare.

    A row whose goal is None is there to be read.
    """
    us, them = statistics.median(ours), statistics.median(theirs)
    ratio = us / them
    met = None if goal is None else bool(ratio >= goal if higher else ratio <= goal)
    spread, runs = max(noise(ours), noise(theirs)), len(ours)
    ROWS.append(
        dict(measure=measure, line=line, ours=us, against=against, theirs=them, ratio=ratio)
        | dict(goal=goal, runs=runs, noise=spread, higher=higher, met=met)
    )
    compared = f"{against} {them:.4g} | {ratio:.3g}" if against else " | "
    wanted = "" if goal is None else f"{'≥' if higher else '≤'} {goal}"
    verdict = {None: "", True: "yes", False: "NO"}[met]
    print(
        f"| {measure} | {line} | {us:.4g} | {compared} | {wanted} | {verdict} "
        f"| {runs} | {spread:.0f} % |",
        flush=True,
    )


# --- the engine ---------------------------------------------------------------------------------


def engine():
    """A recorded path against torch, a map of runs against optax, both with the same gradient."""
    import jax
    import jax.numpy as jnp
    import optax
    import torch

    torch.set_num_threads(os.cpu_count())
    jax.config.update("jax_enable_x64", True)
    surface, start, steps = surfaces.rosenbrock(), (-1.2, 1.0), 300

    def ours():
        return descend(optimizers.Adam(lr=0.01), surface, start, steps)

    def theirs():
        x = torch.tensor(start, dtype=torch.float64)
        optimizer = torch.optim.Adam([x], lr=0.01)
        path = [x.numpy().copy()]
        for _ in range(steps):
            x.grad = torch.from_numpy(surface.gradient(x.numpy()))
            optimizer.step()
            path.append(x.numpy().copy())
        return np.array(path)

    assert np.allclose(ours().x, theirs(), rtol=0, atol=1e-9)
    times = timed(15, ours=ours, theirs=theirs)
    row("path of 300 Adam steps, s", times["ours"], 0.30, "torch.optim", times["theirs"])

    lr, beta1 = np.meshgrid(np.logspace(-4, -1, 64), np.linspace(0, 0.99, 64), indexing="ij")

    def one(lr, beta1):
        method = optax.adam(lr, b1=beta1)

        def step(carry, _):
            x, state = carry
            r = 200 * (x[1] - x[0] ** 2)
            gradient = jnp.stack([2 * (x[0] - 1) - 2 * x[0] * r, r])
            update, state = method.update(gradient, state)
            return (optax.apply_updates(x, update), state), None

        x = jnp.array(start)
        return jax.lax.scan(step, (x, method.init(x)), None, length=500)[0][0]

    compiled = jax.jit(jax.vmap(jax.vmap(one)))

    def their_map():
        return np.asarray(compiled(lr, beta1))

    def our_map():
        return descend(optimizers.Adam(lr, beta1), surface, start, 500, record="last").x[-1]

    # At the largest rates a change of 1e-13 in the start moves the end by 0.7, for either library.
    assert np.quantile(np.abs(our_map() - their_map()), 0.9) < 1e-9
    times = timed(15, ours=our_map, theirs=their_map)
    against = "optax jit(vmap(scan))"
    row("64×64 map, 500 Adam steps, s", times["ours"], 0.85, against, times["theirs"])


def ahead():
    """All that a slider can show, walked before it moves, against what it shows first."""
    kinds = optimizers.GradientDescent, optimizers.Momentum, optimizers.Adam
    lr = Control("lr", "α", rates(1e-5, 0.09))  # 80 stops
    experiment = Experiment([kind(lr=0.01) for kind in kinds], controls=[lr], steps=300)
    stops = len(experiment.stops("lr"))
    assert len(experiment.scenes("lr")) == stops == 80
    times = timed(
        15, every=lambda: experiment.anew().scenes("lr"), one=lambda: experiment.anew().scene()
    )
    measure = f"ahead: {stops} stops, three methods, 300 steps, s"
    row(measure, times["every"], 4, "one scene", times["one"])


def imports():
    """Importing a figure against importing what it stands on, each in a fresh interpreter."""

    def run(code):
        return lambda: subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)

    base = "import numpy, matplotlib.figure, ipywidgets"
    times = timed(9, ours=run("from adamviz import Explorer"), theirs=run(base))
    against = "numpy + matplotlib + ipywidgets"
    row("import Explorer, s", times["ours"], 1.2, against, times["theirs"])


def growth():
    """Seconds and memory against steps and against runs: both grow linearly."""
    print("\n| steps | runs | seconds | MB recorded |\n|---|---|---|---|")
    surface = surfaces.canyon()
    table = []
    cases = [(10**k, 1, "all") for k in range(2, 6)] + [(100, 10**k, "last") for k in range(7)]
    for steps, runs, record in cases:
        method = optimizers.Adam(lr=np.full(runs, 0.1) if runs > 1 else 0.1)
        began = time.perf_counter()
        path = descend(method, surface, surface.start, steps, record=record)
        seconds = time.perf_counter() - began
        arrays = [path.x, path.loss, path.gradient, *path.state.values()]
        megabytes = sum(a.nbytes for a in arrays) / 1e6
        table.append(dict(steps=steps, runs=runs, seconds=seconds, megabytes=megabytes))
        print(f"| {steps} | {runs} | {seconds:.4f} | {megabytes:.3f} |", flush=True)
    return table


# --- all ----------------------------------------------------------------------------------------


def picture():
    from matplotlib.figure import Figure

    def used(row):  # of a goal of 0 nothing is used up, or more than there is
        return row["ratio"] / row["goal"] if row["goal"] else 2.0 * (not row["met"])

    rows = [r for r in ROWS if r["goal"] is not None]
    figure = Figure((8, 0.5 * len(rows) + 1), layout="constrained")
    ax = figure.subplots()
    # Drawn so that left of 1 is good everywhere.
    share = [r["goal"] / r["ratio"] if r["higher"] else used(r) for r in rows]
    ax.barh(range(len(rows)), share, color=["#2f7fc4" if r["met"] else "#bd1f01" for r in rows])
    labels = [
        f"{r['measure']}\n{r['against'] and 'against '}{r['against']} {r['line']}" for r in rows
    ]
    ax.set_yticks(range(len(rows)), labels)
    ax.axvline(1, color="black")
    ax.invert_yaxis()
    ax.set_xlabel("share of the goal that is used up (left of the line: met)")
    figure.savefig(OUT / "result.png", dpi=120)


def main():
    parts = {"browser": lambda: browser(row, OUT / "served")}
    parts |= {"memory": lambda: memory(row, OUT / "served")}
    parts |= {"pages": lambda: pages(row, OUT / "sited")}
    parts |= {"engine": engine, "ahead": ahead, "import": imports, "growth": growth}
    chosen = sys.argv[1:] or list(parts)
    OUT.mkdir(exist_ok=True)
    names = ("numpy", "matplotlib", "ipywidgets", "jupyterlab", "torch", "optax", "jax")
    versions = {"python": platform.python_version()}
    for name in names:
        try:
            versions[name] = version(name)
        except ModuleNotFoundError:
            versions[name] = "not here"
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores;", versions)
    print("| measure | line | ours | against | ratio | goal | met | runs | noise |")
    print("|---|---|---|---|---|---|---|---|---|")
    result = {name: parts[name]() for name in chosen}
    if any(r["goal"] is not None for r in ROWS):
        picture()
    text = json.dumps(
        {"versions": versions, "rows": ROWS, "growth": result.get("growth")}, indent=1
    )
    (OUT / "result.json").write_text(text + "\n")
    for folder in ("served", "sited"):
        shutil.rmtree(OUT / folder, ignore_errors=True)


if __name__ == "__main__":
    run_main(main)
