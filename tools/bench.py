"""Measure how fast a figure answers, and how fast a path is walked; print a table of ratios.

    python tools/bench.py            # all of it
    python tools/bench.py engine     # or one part: browser, engine, ahead, import, growth

The browser part needs playwright and Chromium, the engine part torch and optax.

Every row compares two ways of doing the same within one run, because machines are noisy and
absolute times are not comparable. Medians; beside them the number of runs and their noise, how
far apart the middle half of them is, in percent of the median. Writes bench/result.json and
bench/result.png, and is no test: nothing fails when a number is large.
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

import nbformat
import numpy as np

from adamviz import Control, Experiment, descend, optimizers, rates, surfaces
from adamviz.machine import run_main
from notebooks import METADATA

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
    return 100 * (high - low) / middle


def row(measure, ours, against, theirs, goal, higher=False):
    """A row of the table from two lists of measurements."""
    us, them = statistics.median(ours), statistics.median(theirs)
    ratio = us / them
    met = ratio >= goal if higher else ratio <= goal
    spread, runs = max(noise(ours), noise(theirs)), len(ours)
    ROWS.append(
        dict(measure=measure, ours=us, against=against, theirs=them, ratio=ratio)
        | dict(goal=goal, runs=runs, noise=spread, higher=higher, met=bool(met))
    )
    sign = "≥" if higher else "≤"
    print(
        f"| {measure} | {us:.4g} | {against} {them:.4g} | {ratio:.2f} | {sign} {goal} "
        f"| {'yes' if met else 'NO'} | {runs} | {spread:.0f} % |",
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
    row("path of 300 Adam steps, s", times["ours"], "torch.optim", times["theirs"], 0.30)

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
    row("64×64 map, 500 Adam steps, s", times["ours"], against, times["theirs"], 0.85)


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
    row(measure, times["every"], "one scene", times["one"], 4)


def imports():
    """Importing a figure against importing what it stands on, each in a fresh interpreter."""

    def run(code):
        return lambda: subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)

    base = "import numpy, matplotlib.figure, ipywidgets"
    times = timed(9, ours=run("from adamviz import Explorer"), theirs=run(base))
    against = "numpy + matplotlib + ipywidgets"
    row("import Explorer, s", times["ours"], against, times["theirs"], 1.2)


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


# --- the browser --------------------------------------------------------------------------------

# The same pictures twice: kept and moved by an explorer, and drawn anew by `@interact`.
CELLS = [
    """import ipywidgets
from dataclasses import replace
from IPython.display import display
from adamviz import Experiment, Explorer, optimizers, rates
from adamviz.drawing.picture import Picture
from adamviz.drawing.style import assign
%matplotlib inline
""",
    """slider = ipywidgets.IntSlider(description="echo", max=100)
label = ipywidgets.Label("0")
slider.observe(lambda change: setattr(label, "value", str(change.new)), "value")
ipywidgets.VBox([slider, label])""",
    """def redrawn(kinds, steps, k):
    def redraw(k):
        scene = Experiment([kind(lr=rates(1e-3, 1)[k]) for kind in kinds], steps=steps).scene()
        scene = replace(scene, styles=assign(scene.kinds))
        picture = Picture([("landscape", "loss")], scene)
        for panel in picture.panels:
            panel.move(scene)
        picture.figure.text(0.01, 0.99, f"canyon, α = {rates(1e-3, 1)[k]}", va="top")
        display(picture.figure)
    return ipywidgets.interact(redraw, k=ipywidgets.IntSlider(k, 0, 60))
_ = redrawn([optimizers.Adam], 100, 40)""",
    """Explorer([optimizers.Adam(lr=0.1)], controls=["lr"], steps=100, target=1e-3)""",
    """_ = redrawn(optimizers.OPTIMIZERS, 300, 20)""",
    """Explorer([m(lr=0.01) for m in optimizers.OPTIMIZERS], controls=["lr"], steps=300)""",
]
NAMES = ("echo", "@interact", "ours", "@interact all", "all")

# Runs in the page: presses an arrow key on a slider and waits for the picture (or label) that
# answers it, decoded and ready to be painted.
SCRIPT = """
window.bench = {
  show: async (area) => {
    area.scrollIntoView({block: 'center'});
    await new Promise(r => setTimeout(r, 500));
  },
  outputs: () => [...document.querySelectorAll('.jp-Cell .jp-OutputArea')].filter(o =>
      o.querySelector('.noUi-handle')),
  changed: (area) => new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error('no answer in 20 s')), 20000);
    const image = area.querySelector('img.jupyter-widgets');
    if (image) { image.addEventListener('load', () => resolve(), {once: true}); return; }
    const watch = new MutationObserver(async () => {
      const drawn = area.querySelector('.jp-OutputArea-child img');
      if (area.querySelector('.jupyter-widgets .jp-OutputArea')) {
        if (!drawn) return;
        watch.disconnect(); await drawn.decode().catch(() => 0); resolve();
      } else { watch.disconnect(); resolve(); }
    });
    watch.observe(area.querySelector('.jupyter-widgets .jp-OutputArea') ||
                  area.querySelector('.widget-label:last-child'),
                  {childList: true, subtree: true, characterData: true});
  }),
  key: (area, key) => area.querySelector('.noUi-handle').dispatchEvent(
      new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true})),
  moves: async (area, n) => {
    const times = [];
    for (let i = 0; i < n; i++) {
      const answer = bench.changed(area), began = performance.now();
      bench.key(area, i % 8 < 4 ? 'ArrowRight' : 'ArrowLeft');
      await answer; times.push(performance.now() - began);
      await new Promise(r => setTimeout(r, 120));
    }
    return times;
  },
  count: (area) => {
    const seen = {pictures: 0, last: performance.now()};
    const note = () => { seen.pictures++; seen.last = performance.now(); };
    const image = area.querySelector('img.jupyter-widgets');
    if (image) image.addEventListener('load', note);
    else new MutationObserver(list => list.forEach(m => m.addedNodes.forEach(n =>
        n.querySelector && (n.tagName === 'IMG' || n.querySelector('img')) && note())))
      .observe(area, {childList: true, subtree: true});
    return seen;
  },
  flood: async (area, n, pause) => {
    const handle = area.querySelector('.noUi-handle');
    const seen = bench.count(area), began = performance.now();
    for (let i = 0; i < n; i++) {
      bench.key(area, i % 40 < 20 ? 'ArrowRight' : 'ArrowLeft');
      await new Promise(r => setTimeout(r, pause));
    }
    const sent = performance.now();
    while (performance.now() - Math.max(seen.last, sent) < 1500)
      await new Promise(r => setTimeout(r, 50));
    const text = area.querySelector('.widget-readout').textContent;
    const told = area.querySelector('pre[role]');
    return {rate: 1000 * seen.pictures / (seen.last - began),
            drained: Math.max(0, seen.last - sent),
            last: !told || told.textContent.includes('α = ' + text.trim())};
  },
  drag: async (area, n, pause) => {
    const image = area.querySelector('img.jupyter-widgets'), box = image.getBoundingClientRect();
    const seen = bench.count(area);
    const send = (type, i) => image.dispatchEvent(new MouseEvent(type, {bubbles: true,
        cancelable: true, view: window, buttons: type === 'mouseup' ? 0 : 1,
        clientX: box.left + 120 + 4 * i, clientY: box.top + 120 + 2 * i}));
    send('mousedown', 0);
    for (let i = 1; i <= n; i++) {
      send('mousemove', i);
      await new Promise(r => setTimeout(r, pause));
    }
    send('mouseup', n);
    await new Promise(r => setTimeout(r, 1500));
    const told = area.querySelector('pre[role]').textContent.match(/start \\(([^,]+),/)[1];
    return {pictures: seen.pictures, moves: n, start: parseFloat(told)};
  },
};
"""


def browser():
    """A slider's answer in a real JupyterLab: ours, a redrawn @interact figure, a bare echo."""
    sys.path.insert(0, str(ROOT / "tests" / "browser"))
    from conftest import Notebook, open_chromium, serve
    from playwright.sync_api import sync_playwright

    folder = OUT / "served"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    book.metadata.update(METADATA)
    nbformat.write(book, folder / "bench.ipynb")
    with (
        serve("lab", folder) as address,
        sync_playwright() as playwright,
        open_chromium(playwright) as chromium,
    ):
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        notebook = Notebook(page, address, "lab", "bench.ipynb")
        notebook.run_all()
        page.evaluate(SCRIPT)

        def at(name, call):
            area = f"bench.outputs()[{NAMES.index(name)}]"
            return page.evaluate(f"bench.show({area}).then(() => bench.{call.format(area)})")

        times = {name: [] for name in NAMES}
        for _ in range(5):
            for name in NAMES:
                times[name] += at(name, "moves({}, 8)")
        floods = {name: [] for name in ("ours", "@interact")}
        for _ in range(3):
            for name, seen in floods.items():
                seen.append(at(name, "flood({}, 100, 30)"))
        drags = [at("ours", "drag({}, 40, 16)") for _ in range(5)]

    move, them = "slider to picture, ms", times["@interact"]
    row(move, times["ours"], "@interact", them, 0.15)
    row(move, times["ours"], "echo", times["echo"], 3)
    row(f"all methods, {move}", times["all"], "@interact", times["@interact all"], 0.15)
    rate = {name: [flood["rate"] for flood in seen] for name, seen in floods.items()}
    rest = {name: [max(flood["drained"], 1) for flood in seen] for name, seen in floods.items()}
    row("key held, pictures per s", rate["ours"], "@interact", rate["@interact"], 4, higher=True)
    row("drained after, ms", rest["ours"], "@interact", rest["@interact"], 0.5)
    pictures, moves = ([drag[key] for drag in drags] for key in ("pictures", "moves"))
    row("drag, pictures", pictures, "moves", moves, 0.9, higher=True)
    print("the last picture is the last value:", all(flood["last"] for flood in floods["ours"]))
    print("starts after the drags:", [drag["start"] for drag in drags])


# --- all ----------------------------------------------------------------------------------------


def picture():
    from matplotlib.figure import Figure

    figure = Figure((8, 0.5 * len(ROWS) + 1), layout="constrained")
    ax = figure.subplots()
    labels = [f"{r['measure']}\nagainst {r['against']}" for r in ROWS]
    # Drawn so that left of 1 is good everywhere.
    share = [r["goal"] / r["ratio"] if r["higher"] else r["ratio"] / r["goal"] for r in ROWS]
    ax.barh(labels, share, color=["#2f7fc4" if r["met"] else "#bd1f01" for r in ROWS])
    ax.axvline(1, color="black")
    ax.invert_yaxis()
    ax.set_xlabel("share of the goal that is used up (left of the line: met)")
    figure.savefig(OUT / "result.png", dpi=120)


def main():
    parts = {"browser": browser, "engine": engine, "ahead": ahead}
    parts |= {"import": imports, "growth": growth}
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
    print("| measure | ours | against | ratio | goal | met | runs | noise |")
    print("|---|---|---|---|---|---|---|---|")
    result = {name: parts[name]() for name in chosen}
    if ROWS:
        picture()
    text = json.dumps(
        {"versions": versions, "rows": ROWS, "growth": result.get("growth")}, indent=1
    )
    (OUT / "result.json").write_text(text + "\n")
    shutil.rmtree(OUT / "served", ignore_errors=True)


if __name__ == "__main__":
    run_main(main)
