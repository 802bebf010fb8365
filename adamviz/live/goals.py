"""Goals for the playground: each says what to reach, where to begin, and whether it is reached.

Nothing here knows of widgets: a goal judges an `Experiment`, and answers in words.
"""

import functools
from dataclasses import dataclass

import numpy as np

from .. import surfaces
from ..descent import descend

__all__ = ["GOALS", "Goal"]

_FREE = ("surface", "show", "seed")
_WORDS = {"kappa": "κ", "angle": "the rotation", "sigma": "the noise σ"}


@dataclass(frozen=True)
class Goal:
    """Something to reach by moving the sliders of the methods.

    Attributes
    ----------
    name, task : str
    begin : dict
        What is set when the goal is chosen, as arguments of `Experiment.with_`. The surface and its
        usual start, the noise, the steps and the target must stay; methods may come and go.
    check : callable
        Given the experiment, returns `(reached, why)`.
    """

    name: str
    task: str
    begin: dict
    check: object

    def verdict(self, experiment):
        """`(reached, why)` for an experiment as it is."""
        if experiment.surface_name != self.begin["surface"]:
            return False, f"the surface must stay {self.begin['surface']}"
        for name, wanted in self.begin.items():
            if name not in _FREE and "." not in name and experiment.values[name] != wanted:
                word = _WORDS.get(name, f"the {name}" if name == "target" else name)
                return False, f"{word} must stay {wanted:g} (now {experiment.values[name]:g})"
        usual = tuple(experiment.surface.start.tolist())
        if experiment.start != usual:
            return False, f"the start must stay ({usual[0]:g}, {usual[1]:g})"
        if not experiment.scene().paths:
            return False, "no method is shown"
        return self.check(experiment)


def _arrives(within, only=None):
    """Whether a method, or `only` this one, stays below the target from step `within` on."""

    def check(experiment):
        paths = {k: path for k, path in experiment.scene().paths.items() if only in (None, k)}
        if not paths:
            return False, f"{only} must be shown"
        target = experiment.values["target"]
        steps = {label: path.steps_to(target) for label, path in paths.items()}
        arrived = {label: first for label, first in steps.items() if first is not None}
        if not arrived:
            ends = [
                f"{label} diverged at step {path.diverged}"
                if path.diverged is not None
                else f"{label} is not below {target:g} at the end"
                for label, path in paths.items()
            ]
            return False, "; ".join(ends)
        best = min(arrived, key=arrived.get)
        reached = arrived[best] <= within
        only_ = "" if reached else "only "
        return reached, f"{best} stays below {target:g} {only_}from step {arrived[best]} on"

    return check


@functools.lru_cache(maxsize=64)
def _seeds_below(optimizer, kappa, angle, sigma, start, steps, target, within):
    """With how many of the seeds 0 to 9 the path stays below the target from `within` on."""
    canyon, count = surfaces.canyon(kappa, angle), 0
    for seed in range(10):
        path = descend(optimizer, surfaces.NoisySurface(canyon, sigma, seed), start, steps)
        first = path.steps_to(target)
        count += first is not None and first <= within
    return count


def _calm(within):
    """Whether one method stays below the target from step `within` on whatever the noise."""

    def check(experiment):
        values = experiment.values
        canyon = [values[name] for name in ("kappa", "angle", "sigma")]
        end = (experiment.start, int(values["steps"]), values["target"], within)
        counts = {
            label: _seeds_below(path.optimizer, *canyon, *end)
            for label, path in experiment.scene().paths.items()
        }
        best = max(counts, key=counts.get)
        passed = counts[best]
        return passed == 10, f"{best} stays below in time with {passed} of the seeds 0 to 9"

    return check


def _apart(experiment):
    """Whether the shown methods end in three different minima."""
    minima, ends = experiment.surface.minima, {}
    for label, path in experiment.scene().paths.items():
        distance = np.linalg.norm(minima - path.x[-1], axis=1)
        if path.diverged is None and distance.min() < 0.01:
            ends.setdefault(int(distance.argmin()), []).append(label)
    where = "; ".join(
        f"{' and '.join(labels)} near ({minima[k][0]:.1f}, {minima[k][1]:.1f})"
        for k, labels in sorted(ends.items())
    )
    return len(ends) >= 3, f"{len(ends)} of 4 minima are reached{': ' * bool(where)}{where}"


_CANYON = {"surface": "canyon", "angle": 0.0, "sigma": 0.0}
_THREE = {"show": ["gradient descent", "momentum", "Adam"]}

GOALS = {
    goal.name: goal
    for goal in (
        Goal(
            "1 gradient descent",
            "Canyon, κ = 20: gradient descent stays below 1e-6 from step 100 on, or earlier.",
            {**_CANYON, "kappa": 20.0, "steps": 100, "target": 1e-6, "show": ["gradient descent"]},
            _arrives(100, "gradient descent"),
        ),
        Goal(
            "2 momentum",
            "Canyon, κ = 100: momentum stays below 1e-6 from step 100 on, or earlier.",
            {**_CANYON, "kappa": 100.0, "steps": 200, "target": 1e-6, "show": ["momentum"]},
            _arrives(100, "momentum"),
        ),
        Goal(
            "3 Adam",
            "Canyon, κ = 1000: Adam stays below 1e-6 from step 60 on, or earlier.",
            {**_CANYON, "kappa": 1000.0, "steps": 200, "target": 1e-6, "show": ["Adam"]},
            _arrives(60, "Adam"),
        ),
        Goal(
            "4 Rosenbrock",
            "Rosenbrock: one of the methods, any, stays below 1e-3 from step 200 on, or earlier.",
            {"surface": "rosenbrock", "sigma": 0.0, "steps": 300, "target": 1e-3, **_THREE}
            | {"gradient descent.lr": 0.001, "momentum.lr": 0.001, "Adam.lr": 0.1},
            _arrives(200),
        ),
        Goal(
            "5 noise",
            "Canyon, κ = 10, with noise: one of the methods, any, stays below 0.1 from step 150 "
            "on, or earlier, with every seed from 0 to 9. You see one seed, the check walks all.",
            {**_CANYON, "kappa": 10.0, "sigma": 1.0, "steps": 300, "target": 0.1, **_THREE}
            | {"gradient descent.lr": 0.1, "momentum.lr": 0.01, "Adam.lr": 0.5},
            _calm(150),
        ),
        Goal(
            "6 three minima",
            "Himmelblau: three methods, any, end in three different minima (closer than 0.01).",
            {"surface": "himmelblau", "sigma": 0.0, "steps": 300, "target": 1e-3, **_THREE},
            _apart,
        ),
    )
}
