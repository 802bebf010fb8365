"""Run notebooks in a process that has no widgets: every figure as an `Experiment`, and its scenes.

    export PYTHONPATH=.:tests/notebooks
    python tests/experiment/without_widgets.py notebooks/03_momentum.ipynb ...

Prints a line of JSON for each control of each figure: how far the scenes of its stops, walked
together, are from the scenes walked one by one.
"""

import contextlib
import io
import json
import sys
from importlib import import_module

import needed
import numpy as np

sys.modules["ipywidgets"] = sys.modules["anywidget"] = None  # importing them fails

import adamviz  # noqa: E402
from adamviz.experiment import Experiment  # noqa: E402
from adamviz.live.repertoire import Repertoire  # noqa: E402
from adamviz.network import Lessons  # noqa: E402

FIGURES = []
COMPARED = 4  # stops of a control, evenly spread; each is walked alone, which takes the time


class Figure:
    """What a notebook asks of a figure, without the page."""

    kind = Experiment

    def __init__(self, *arguments, panels=None, size=None, pairs=(), formula=None, **options):
        self.experiment = self.kind(*arguments, **options)
        FIGURES.append(self)

    def set(self, **changes):
        self.experiment = self.experiment.with_(**changes)

    def finished(self, *hint, **changes):
        """A picture, which is drawn elsewhere."""

    def __getattr__(self, name):
        return getattr(self.experiment, name)


def run(name):
    """The figures of a notebook, made by what has stored a picture and by what that needs."""
    with open(name, encoding="utf-8") as file:
        cells = [c for c in json.load(file)["cells"] if c["cell_type"] == "code"]
    shows = [any("image/png" in out.get("data", {}) for out in c["outputs"]) for c in cells]
    FIGURES.clear()
    sources = ["".join(cell["source"]) for cell in cells]
    with contextlib.redirect_stdout(io.StringIO()):
        needed.run(zip(sources, shows, strict=True), {"__name__": "__main__"})
    return list(FIGURES)


def apart(one, other):
    """How far two scenes are from each other, relative to how large the numbers are."""
    if isinstance(one, Exception) or isinstance(other, Exception):
        return 0.0 if repr(one) == repr(other) else np.inf
    far = [0.0 if one.readout == other.readout else 1e-300]
    for label, path in one.paths.items():
        twin = other.paths[label]
        states = [getattr(p, "state", {}) for p in (path, twin)]  # a training run has none
        if path.optimizer != twin.optimizer or states[0].keys() != states[1].keys():
            return np.inf
        for a, b in [(path.x, twin.x), *((states[0][n], states[1][n]) for n in states[0])]:
            if not np.array_equal(a, b, equal_nan=True):
                with np.errstate(all="ignore"):
                    scale = np.nanmax(np.abs(b))
                    far.append(float(np.nanmax(np.abs(a - b)) / scale))
    return max(far)


def alone(experiment, name, stop):
    try:
        return experiment.with_(**{name: stop}).anew().scene()
    except Exception as error:
        return error


def compare(experiment, name):
    """The largest distance between a stop walked with the others and walked alone."""
    found = experiment.scenes(name)
    stops = list(found)
    picked = np.unique(np.linspace(0, len(stops) - 1, COMPARED).round().astype(int))
    return max(beyond_rounding(experiment, name, stops[i], found[stops[i]]) for i in picked)


def beyond_rounding(experiment, name, stop, scene):
    """How far a scene is from the one walked alone, unless its last digits decide that.

    numpy's square of one number and of an array may differ in the last digit, and in a notebook's
    own surface some paths are chaotic: from a start whose last digits differ they are as far apart.
    """
    single = alone(experiment, name, stop)
    far = apart(scene, single)
    if far > 1e-12 and name != "surface":
        moved = experiment.with_(start=np.multiply(experiment.start, 1 + 1e-15))
        if far <= 10 * apart(alone(moved, name, stop), single):
            return 0.0
    return far


def main(names):
    stand_ins = {"Explorer": Experiment, "Playground": Repertoire, "Training": Lessons}
    for name, kind in stand_ins.items():
        setattr(adamviz, name, type(name, (Figure,), {"kind": kind}))
    for name in names:
        for number, figure in enumerate(run(name)):
            experiment = figure.experiment
            if isinstance(experiment, Lessons):  # where nothing is walked together
                found = experiment.with_(step=0).scenes("activation")
                far = [np.inf for scene in found.values() if isinstance(scene, Exception)]
                print(json.dumps([name, number, "activation", max(far, default=0.0)]), flush=True)
                continue
            experiment.scene()
            for control in [*experiment.controls, "surface", "focus", "step"]:
                if control in experiment.controls or len(experiment.stops(control)) > 1:
                    far = compare(experiment, control)
                    print(json.dumps([name, number, control, far]), flush=True)
    assert not {"ipywidgets.widgets", "adamviz.live.figure"} & sys.modules.keys()


if __name__ == "__main__":
    import_module("adamviz.drawing.panels")  # notebooks make panels of their own
    main(sys.argv[1:])
