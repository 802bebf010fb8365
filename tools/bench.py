"""Measure how fast a figure answers, and how fast a path is walked; print a table of ratios.

    python tools/bench.py            # all of it
    python tools/bench.py engine     # or one part: browser, engine, import, growth

The browser part needs playwright and Chromium, the engine part torch and optax.

Every row compares two ways of doing the same within one run, because machines are noisy and
absolute times are not comparable. Medians; the number of runs stands beside them. Writes
bench/result.json and bench/result.png, and is no test: nothing fails when a number is large.
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

from adamviz import descend, optimizers, surfaces
from notebooks import METADATA

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "bench"
ROWS = []


def median_times(runs, **contenders):
    """The median seconds of each function, run in turns so that noise hits all alike."""
    for function in contenders.values():
        function()  # compilation, caches
    times = {name: [] for name in contenders}
    for _ in range(runs):
        for name, function in contenders.items():
            began = time.perf_counter()
            function()
            times[name].append(time.perf_counter() - began)
    return {name: statistics.median(values) for name, values in times.items()}


def row(measure, ours, against, theirs, goal, runs, higher=False):
    ratio = ours / theirs
    met = ratio >= goal if higher else ratio <= goal
    ROWS.append(
        dict(measure=measure, ours=ours, against=against, theirs=theirs, ratio=ratio)
        | dict(goal=goal, runs=runs, higher=higher, met=bool(met))
    )
    sign = "≥" if higher else "≤"
    print(
        f"| {measure} | {ours:.4g} | {against} {theirs:.4g} | {ratio:.2f} | {sign} {goal} |", end=""
    )
    print(f" {'yes' if met else 'NO'} | {runs} |", flush=True)


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
    times = median_times(15, ours=ours, theirs=theirs)
    row("path of 300 Adam steps, s", times["ours"], "torch.optim", times["theirs"], 0.30, 15)

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
    times = median_times(15, ours=our_map, theirs=their_map)
    row(
        "64×64 map, 500 Adam steps, s",
        times["ours"],
        "optax jit(vmap(scan))",
        times["theirs"],
        0.85,
        15,
    )


def imports():
    """Importing adamviz against importing what it stands on, each in a fresh interpreter."""

    def run(code):
        return lambda: subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)

    base = "import numpy, matplotlib.figure, ipywidgets"
    times = median_times(9, ours=run("import adamviz"), theirs=run(base))
    row(
        "import adamviz, s",
        times["ours"],
        "numpy + matplotlib + ipywidgets",
        times["theirs"],
        1.2,
        9,
    )


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

CELLS = [
    """import numpy as np, ipywidgets
from adamviz import Explorer, optimizers, surfaces, descend, rates
""",
    """slider = ipywidgets.IntSlider(description="echo", max=100)
label = ipywidgets.Label("0")
slider.observe(lambda change: setattr(label, "value", str(change.new)), "value")
ipywidgets.VBox([slider, label])""",
    """%matplotlib inline
import matplotlib.pyplot as plt
surface = surfaces.canyon()
X, Y = np.meshgrid(np.linspace(-5, 5, 180), np.linspace(-3, 3, 150))
Z = surface.value(np.stack([X, Y], -1))
@ipywidgets.interact(k=(0, 100))
def redraw(k=40):
    path = descend(optimizers.Adam(lr=rates(1e-3, 1)[k // 2]), surface, (-4.0, 1.5), 100)
    figure, (a, b) = plt.subplots(1, 2, figsize=(8.4, 3.8))
    a.contourf(X, Y, np.log(Z + 1e-3), 14); a.contour(X, Y, np.log(Z + 1e-3), 14)
    a.plot(*path.x.T, "o-"); b.semilogy(path.loss)
    plt.show()""",
    """Explorer([optimizers.Adam(lr=0.1)], controls=["lr"], steps=100, target=1e-3)""",
    """Explorer([m(lr=0.01) for m in optimizers.OPTIMIZERS], controls=["lr"], steps=300)""",
]

# Runs in the page: presses an arrow key on a slider and waits for the picture (or label) that
# answers it, decoded and ready to be painted.
SCRIPT = """
window.bench = {
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
    from conftest import Notebook, open_chromium, serve_lab

    folder = OUT / "served"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    book.metadata.update(METADATA)
    nbformat.write(book, folder / "bench.ipynb")
    with serve_lab(folder) as address, open_chromium() as chromium:
        page = chromium.new_page(viewport={"width": 1280, "height": 4000})
        notebook = Notebook(page, address, "bench.ipynb")
        notebook.run_all()
        page.evaluate(SCRIPT)
        names = ("echo", "interact", "ours", "eleven")
        times = {name: [] for name in names}
        for _ in range(5):
            for i, name in enumerate(names):
                times[name] += page.evaluate(f"bench.moves(bench.outputs()[{i}], 8)")
        medians = {name: statistics.median(values) for name, values in times.items()}
        runs = len(times["ours"])
        row("slider to picture, ms", medians["ours"], "@interact", medians["interact"], 0.15, runs)
        row("slider to picture, ms", medians["ours"], "echo", medians["echo"], 3, runs)
        row(
            "the same, eleven methods",
            medians["eleven"],
            "@interact",
            medians["interact"],
            0.15,
            runs,
        )
        flood = {
            n: page.evaluate(f"bench.flood(bench.outputs()[{i}], 100, 30)")
            for i, n in ((2, "ours"), (1, "interact"))
        }
        row(
            "key held, pictures per s",
            flood["ours"]["rate"],
            "@interact",
            flood["interact"]["rate"],
            4,
            1,
            higher=True,
        )
        row(
            "drained after, ms",
            flood["ours"]["drained"],
            "@interact",
            max(flood["interact"]["drained"], 1),
            0.5,
            1,
        )
        print(f"the last picture is the last value: {flood['ours']['last']}")
        drag = page.evaluate("bench.drag(bench.outputs()[2], 40, 16)")
        row("drag, pictures", drag["pictures"], "moves", drag["moves"], 0.9, 1, higher=True)
        print(f"start after the drag: {drag['start']}")


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
    parts = {"browser": browser, "engine": engine, "import": imports, "growth": growth}
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
    print("| measure | ours | against | ratio | goal | met | runs |\n|---|---|---|---|---|---|---|")
    result = {name: parts[name]() for name in chosen}
    if ROWS:
        picture()
    text = json.dumps(
        {"versions": versions, "rows": ROWS, "growth": result.get("growth")}, indent=1
    )
    (OUT / "result.json").write_text(text + "\n")
    shutil.rmtree(OUT / "served", ignore_errors=True)


if __name__ == "__main__":
    main()
