"""The `Repertoire`: every surface, every method and every hyperparameter in one experiment.

Nothing here knows of widgets; `Playground` puts them over it.
"""

import inspect
import re
from dataclasses import fields, replace

from .. import optimizers, surfaces
from ..arguments import among, labelled, named_surfaces
from ..checks import listed, refusal
from ..controls import CONTROLS, Control, rates
from ..drawing.style import METHODS as LOOKS
from ..experiment import Experiment
from ..words import hyperparameters
from .goals import GOALS

__all__ = ["METHODS", "NO_GOAL", "SETTINGS", "Repertoire"]

# The rate is 0.1 where the table of looks has none, so that a new method is there at once.
METHODS = {kind.label: kind(lr=LOOKS.get(kind, (None, 0.1))[1]) for kind in optimizers.OPTIMIZERS}
FIRST = tuple(METHODS[label] for label in ("gradient descent", "momentum", "Adam"))
NO_GOAL = "none"
_PANELS = ["loss", "components", "moments", "rate", "step size", "turning"]
SETTINGS = {
    control.name: control
    for control in (
        replace(CONTROLS["kappa"], start=100.0, label="κ"),
        replace(CONTROLS["angle"], start=0.0),
        replace(CONTROLS["sigma"], start=0.0, label="noise σ"),
        replace(CONTROLS["seed"], start=0),
        Control("steps", "steps", [50, 100, 150, 200, 300, 400, 500, 750, 1000], 300, show=str),
        Control("lock", "lock: all α keep their ratios", [False, True], False),
        Control("panel", "beside it", _PANELS, "loss"),
        Control("target", "target", [float(f"1e{k}") for k in range(-10, 1)], 1e-3),
        Control("goal", "goal", [NO_GOAL, *GOALS], NO_GOAL),
    )
}


class Repertoire(Experiment):
    """An experiment with all there is in it.

    Parameters
    ----------
    methods : sequence of Optimizer, or dict from label to Optimizer
        With which hyperparameters these methods begin; the rest of the collection is there too.
    surface : str or Surface or function that returns one
        The one walked at first; those of `surfaces.SURFACES` are there too.
    show : sequence of labels, optional
        The methods shown at first; by default those given.
    start, step, focus, secret
        As in `Experiment`; the focus is the last of the methods shown unless given.
    settings
        The first values of kappa, angle, sigma, seed, steps, lock, panel, target and goal.
    """

    def __init__(self, methods=FIRST, surface="canyon", *, show=None, focus=None, **settings):
        none = isinstance(methods, (list, tuple, dict)) and not methods
        given = {} if none else labelled(methods)
        for label, method in given.items():
            if not isinstance(method, optimizers.Optimizer):
                raise refusal(f"methods: {label!r}", "an Optimizer", method)
        every = {**METHODS, **given}
        show = list(given) if show is None else listed("show", show, "a list of labels")
        among("show", show, every)
        shown = [label for label in every if label in show]
        known = {n: settings.pop(n) for n in ("start", "step", "secret") if n in settings}
        first = {name: control.start for name, control in SETTINGS.items()} | settings
        controls = [_setting(name, value) for name, value in first.items()]
        for label, method in every.items():
            for name in (f.name for f in fields(method) if f.name in CONTROLS):
                own = {"label": "α", "values": rates(1e-5, 10)} if name == "lr" else {}
                controls.append(replace(CONTROLS[name], name=f"{label}.{name}", **own))
        own, factories = _factories(surface)
        super().__init__(
            every,
            factories,
            controls=controls,
            steps=first["steps"],
            target=first["target"],
            show=shown,
            focus=next(reversed(shown), None) if focus is None else focus,
            **known,
        )
        self._put(_own=own)

    def code(self, size="screen"):
        """A line that makes a playground of this; needs `Playground` and `optimizers` imported."""
        values, shown = self.values, list(self.shown)
        now = {label: self.optimizer(label) for label in self.methods}
        listed = {k: m for k, m in now.items() if k in shown or m != METHODS.get(k)}
        if all(label == method.label for label, method in listed.items()):
            parts = [f"[{', '.join(map(_constructor, listed.values()))}]"]
        else:
            parts = [f"{{{', '.join(f'{k!r}: {_constructor(m)}' for k, m in listed.items())}}}"]
        name = self.surface_name
        parts.append(self._own.get(name) or repr(name.replace(" ", "_")))
        options = {} if shown == list(listed) else {"show": shown}
        options |= {n: values[n] for n, c in SETTINGS.items() if values[n] != c.start}
        if self.start != tuple(self.surface.start.tolist()):
            options["start"] = self.start
        if self.secret:
            options["secret"] = True
        if self.step != (0 if self.secret else self.steps):
            options["step"] = self.step
        if self.focus != next(reversed(shown), next(iter(now))):
            options["focus"] = self.focus
        if size != "screen":
            options["size"] = size
        parts += [f"{key}={value!r}" for key, value in options.items()]
        return f"Playground({', '.join(parts)})"

    @property
    def goal(self):
        """The `Goal` that is chosen, or None."""
        return GOALS.get(self.values["goal"])

    def check(self):
        """Whether the chosen goal is reached, and why: `"not yet: …"` or `"reached: …"`."""
        reached, why = self.goal.verdict(self) if self.goal else (False, "no goal is chosen")
        return f"{'reached' if reached else 'not yet'}: {why}"

    def begun(self, goal):
        """The experiment with which a goal begins."""
        first = GOALS[goal].begin
        moved = {name: control.start for name, control in self.controls.items()}
        moved |= {"goal": goal, "panel": "loss", "lock": False, "seed": 0}
        for label, method in METHODS.items():
            moved |= {f"{label}.{f.name}": getattr(method, f.name) for f in fields(method)}
        moved = {name: value for name, value in moved.items() if name in self.controls}
        there = self.with_(**moved | first, step=first["steps"], focus=first["show"][-1])
        return there.with_(start=there.surface.start)

    def idle(self, name):
        return super().idle(name) or (name == "seed" and not self.values["sigma"])

    def caption(self, scene, details=""):
        parts = [self.surface.name]
        if 2 <= len(scene.paths) <= 4:  # of more there is no room
            alphas = (f"{label} {path.optimizer.lr:.3g}" for label, path in scene.paths.items())
            parts.append(f"α: {', '.join(alphas)}")
        parts.append(f"step {scene.step} of {self.steps}")
        if scene.focus is not None:
            parts.append(f"{scene.focus}: {hyperparameters(scene.paths[scene.focus].optimizer)}")
        return "   ".join(parts)

    def notes(self, scene):
        lines = [f"the noise has the seed {self.values['seed']}"] * bool(self.values["sigma"])
        if self.goal and scene.told:
            lines.append(f"goal {self.values['goal']}: {self.check()}")
        return lines


def _setting(name, value):
    among("settings", [name], SETTINGS)
    return replace(SETTINGS[name], start=value)


def _factories(surface):
    """What Python calls the surface if it is the reader's own; and all that go in the menu."""
    if any(surface is factory for factory in surfaces.SURFACES.values()):
        surface = surface.__name__
    first = named_surfaces(surface)
    every = {name.replace("_", " "): factory for name, factory in surfaces.SURFACES.items()}
    own = {} if isinstance(surface, str) else {n: re.sub(r"\W+", "_", n).strip("_") for n in first}
    return own, {name: _noisy(factory) for name, factory in {**first, **every, **first}.items()}


def _noisy(factory):
    """The same surface with the sliders σ and seed."""
    signature = inspect.signature(factory)
    own = signature.parameters  # which may be called sigma and seed, too

    def noisy(sigma, seed, **arguments):
        given = {n: v for n, v in (("sigma", sigma), ("seed", seed)) if n in own}
        surface = factory(**arguments, **given)
        noise = sigma and "sigma" not in own
        return surfaces.NoisySurface(surface, sigma, seed) if noise else surface

    names = [n for n in ("sigma", "seed") if n not in own]
    more = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY) for n in names]
    every = sorted([*own.values(), *more], key=lambda parameter: parameter.kind)
    noisy.__signature__ = signature.replace(parameters=every)
    return noisy


def _constructor(optimizer):
    """The expression that makes an optimizer: its rate, and what is not usual."""
    kind = type(optimizer)
    module = "optimizers." if kind in optimizers.OPTIMIZERS else ""
    values = {f.name: (getattr(optimizer, f.name), f.default) for f in fields(optimizer)}
    parts = [f"{k}={v!r}" for k, (v, usual) in values.items() if k == "lr" or v != usual]
    return f"{module}{kind.__name__}({', '.join(parts)})"
