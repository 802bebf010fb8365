"""An `Experiment` is what a figure shows: methods on a surface, and where all its controls stand.

It is frozen: whatever moves makes another one, which walks only what changed. Nothing here knows of
widgets or of pictures, so that a slider, a page and a test can ask: what if it stood there?
"""

import contextlib
import copy
import inspect
from collections import defaultdict
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from numbers import Real

import numpy as np

from . import surfaces
from .checks import check, point, whole
from .controls import complete
from .descent import descend
from .optimizers import Optimizer
from .surfaces import Surface
from .words import hyperparameters, number, vector

__all__ = ["Experiment", "Scene", "labelled", "named_surfaces"]


class Experiment:
    """Methods on a surface, and the controls that set both; frozen.

    Parameters
    ----------
    methods : sequence of Optimizer, or dict from label to Optimizer or to a function
        A control named like a hyperparameter sets it in every optimizer that has it. A function
        takes controls by name and returns an optimizer:
        `{"average": lambda lr, momentum: Momentum(lr / (1 - momentum), momentum, average=True)}`.
    surface : str, Surface, function that returns one, a list of these, or a dict by name
        A name of `surfaces.SURFACES`; controls named like the function's arguments set them. A list
        or a dict makes a menu.
    controls : sequence of names, or of `Control`
        What can be moved. Well-known names have sensible ranges: `CONTROLS`. Where methods begin
        with different values of one hyperparameter, its plain name makes a control for each. Two
        names are taken: a control "steps" or "target" sets what it is called.
    steps, target : int, float
        How far to walk, and the loss above the minimum that counts as arrived.
    start, step, show, focus : optional
        The start of the paths; the step shown (the last); the labels shown (all); the label whose
        arrows and moments are drawn (the first shown).
    schedule : function of controls that returns a function `step -> factor` on the learning rate
    project : callable `x -> x`, optional
        Keeps the iterates in a set, as in `descend`.

    Attributes
    ----------
    values : dict
        Where the controls stand, by name.
    surface_name : str
        Which of the surfaces is walked.
    shown : tuple of labels
    kinds : dict from label to class
        What each method is at first: its look stays, whatever the controls make of it.

    Examples
    --------
    >>> from adamviz import optimizers
    >>> experiment = Experiment([optimizers.Adam(lr=0.1)], steps=200)
    >>> faster = experiment.with_(lr=0.2, start=(1, 1))
    >>> print(faster.scene().readout)
    canyon, κ = 100; start (1, 1); 200 steps
      Adam (α = 0.2): below 0.001 from step 101 on; loss 2.2e-08 at step 200
    >>> len(experiment.scenes("lr"))
    87
    """

    def __init__(
        self,
        methods,
        surface="canyon",
        *,
        controls=("lr",),
        steps=60,
        target=1e-3,
        start=None,
        step=None,
        show=None,
        focus=None,
        schedule=None,
        project=None,
    ):
        methods, named = labelled(methods), named_surfaces(surface)
        if schedule is not None and not callable(schedule):
            raise ValueError(f"schedule must be a function of sliders, not {schedule!r}")
        check("target", target, lambda t: t > 0, "a finite number > 0")
        steps = whole("steps", steps, 1)
        others = [*named.values(), *([] if schedule is None else [schedule])]
        controls = complete(controls, methods, others)
        values = {name: control.start for name, control in controls.items()}
        first, labels = next(iter(named)), list(methods)
        show = labels if show is None else list(show)
        for name, given in (("show", show), ("focus", [] if focus is None else [focus])):
            _among(name, given, labels)
        self._put(
            methods=methods,
            surfaces=named,
            controls=controls,
            values=values,
            surface_name=first,
            steps=values.get("steps", steps),
            target=values.get("target", float(target)),
            step=steps if step is None else whole("step", step, 0, steps),
            shown=tuple(label for label in labels if label in show),
            focus=focus or next(iter(show), labels[0]),
            schedule=schedule,
            project=project,
            _starts={} if start is None else {first: point("start", start)},
            _surface={},  # by name: the function's arguments, and the surface
            _inputs={},  # by label
            _walked={},  # by label: the inputs of a path, and the path
            _scene=None,
        )
        self._put(kinds={label: type(self.optimizer(label)) for label in labels})

    def __setattr__(self, name, value):
        raise AttributeError(f"an Experiment is frozen: with_({name}=…) gives another one")

    def _put(self, **attributes):
        vars(self).update(attributes)

    def __repr__(self):
        return f"<Experiment {', '.join(self.methods)} on {self.surface_name}>"

    # --- what it is made of -------------------------------------------------------------------

    def optimizer(self, label, changes=None):
        """The method with this label as the controls, and `changes` to their values, make it."""
        method, values = self.methods[label], {**self.values, **(changes or {})}
        values |= {  # a label may have dots, a hyperparameter has none
            name.rpartition(".")[2]: value
            for name, value in values.items()
            if name.rpartition(".")[0] == label
        }
        if not isinstance(method, Optimizer):
            return method(**_arguments(method, values))
        names = {field.name for field in fields(method)}
        changed = {name: value for name, value in values.items() if name in names}
        return replace(method, **changed) if changed else method

    @property
    def surface(self):
        """The surface that is walked."""
        name, factory = self.surface_name, self.surfaces[self.surface_name]
        arguments = _arguments(factory, self.values)
        if self._surface.get(name, (None,))[0] != arguments:
            self._surface[name] = arguments, factory(**arguments)
        return self._surface[name][1]

    @property
    def start(self):
        """Where the paths start: `(x₁, x₂)`."""
        return self._starts.get(self.surface_name) or tuple(self.surface.start.tolist())

    def shapes(self, name):
        """Whether a control sets a parameter of one of the surfaces."""
        return any(name in _parameters(factory) for factory in self.surfaces.values())

    def idle(self, name):
        """Whether a control sets nothing of the surface that is walked, but of another one."""
        return self.shapes(name) and name not in _parameters(self.surfaces[self.surface_name])

    def stops(self, name):
        """All the values that a control, or "step", "surface" or "focus", can have."""
        own = {
            "step": range(self.steps + 1),
            "surface": list(self.surfaces),
            "focus": list(self.methods),
        }
        if name not in own:
            _among("controls", [name], [*self.controls, *own])
        return self.controls[name].stops if name in self.controls else own[name]

    # --- another one --------------------------------------------------------------------------

    def with_(self, *, start=None, step=None, surface=None, show=None, focus=None, **moved):
        """Another experiment with some of the controls elsewhere: all of them, or a ValueError.

        A path that was shown to its end is shown to its end when there are more steps.
        """
        new = {"values": dict(self.values)}
        for name, value in moved.items():
            if name in self.controls:
                new["values"][name] = self.controls[name].stop(value)
            elif name == "steps":
                new["steps"] = whole("steps", value, 1)
            elif name == "target":
                check("target", value, lambda t: t > 0, "a finite number > 0")
                new["target"] = float(value)
            else:
                _among("controls", [name], list(self.controls))
        new |= {k: new["values"][k] for k in ("steps", "target") if k in self.controls}
        labels = list(self.methods)
        if surface is not None:
            _among("surface", [surface], list(self.surfaces))
            new["surface_name"] = surface
        if focus is not None:
            _among("focus", [focus], labels)
            new["focus"] = focus
        if show is not None:
            _among("show", show, labels)
            new["shown"] = tuple(label for label in labels if label in show)
        steps = new.get("steps", self.steps)
        if step is not None:
            new["step"] = whole("step", step, 0, steps)
        else:
            new["step"] = steps if self.step == self.steps else min(self.step, steps)
        if start is not None:
            name = new.get("surface_name", self.surface_name)
            new["_starts"] = self._starts | {name: point("start", start)}
        return self._other(**new)

    def anew(self):
        """The same experiment with nothing walked yet."""
        return self._other(_walked={})

    def _other(self, **changed):
        other = copy.copy(self)
        other._put(_surface=dict(self._surface), _walked=dict(self._walked))
        other._put(_inputs={}, _scene=None)
        other._put(**changed)
        return other

    # --- what is walked; other kinds of paths have `inputs`, `walk` and `frames` of their own -----------------------------------------------------------------------

    def inputs(self, label, changes=None):
        """All that a path depends on; a path with the same inputs is not walked again."""
        schedule = None if self.schedule is None else _arguments(self.schedule, self.values)
        return self.optimizer(label, changes), self.surface, self.start, self.steps, schedule

    def walk(self, optimizer, surface, start, steps, schedule, record="all"):
        """The path with these inputs; a batch of paths if hyperparameters are arrays."""
        options = {"record": record, "project": self.project}
        if schedule is not None:
            options["schedule"] = self.schedule(**schedule)
        return descend(optimizer, surface, start, steps, **options)

    def scene(self):
        """What there is to see. Walks those of the paths whose inputs changed."""
        if self._scene is None:
            paths = {}
            for label in self.shown:
                if not self._knows(label):
                    inputs = self._inputs[label]
                    self._walked[label] = inputs, self.walk(*inputs)
                paths[label] = self._walked[label][1]
            self._put(_scene=Scene(self, paths, self.step))
        return self._scene

    def _knows(self, label):
        """Whether the path with this label has been walked."""
        if label not in self._inputs:
            self._inputs[label] = self.inputs(label)
        return label in self._walked and self._walked[label][0] == self._inputs[label]

    def frames(self):
        """Scenes on the way to the last, where walking takes long; here the last alone."""
        yield self.scene()

    def scenes(self, name):
        """The scene at every stop of a control: a dict from stop to Scene.

        Paths that differ in numbers of the method alone are walked as one batch. A stop at which
        something fails has the error in place of a scene.
        """
        found, batches = {}, defaultdict(list)
        with contextlib.suppress(Exception):  # said below, at every stop where it happens
            self.scene()  # what a control leaves alone is walked once
        for stop in self.stops(name):
            try:
                found[stop] = other = self.with_(**{name: stop})
                for label in other.shown:
                    if not other._knows(label):
                        inputs = other._inputs[label]
                        batches[self.kin(label, *inputs)].append((other, label, inputs))
            except Exception as error:
                found[stop] = error
        for batch in batches.values():
            self._walk_together(batch)
        for stop, other in found.items():
            try:
                found[stop] = other.scene() if isinstance(other, Experiment) else other
            except Exception as error:
                found[stop] = error
        return found

    def kin(self, label, optimizer, *inputs):
        """Equal for the inputs of paths that one batch can walk: only numbers of the method differ.

        The state is part of it: with a momentum of zero RMSprop keeps one array less.
        """
        values = [(f.name, getattr(optimizer, f.name)) for f in fields(optimizer)]
        state = sorted(optimizer.init(np.zeros(len(self.start))))
        flags = [(name, v) for name, v in values if _is_flag(v)]
        return repr((label, type(optimizer), flags, state, [id(inputs[0]), *inputs[1:]]))

    def _walk_together(self, batch):
        """Walk paths that differ in numbers of the method alone, and hand them out."""
        optimizers = [inputs[0] for _, _, inputs in batch]
        numbers = {f.name: [getattr(o, f.name) for o in optimizers] for f in fields(optimizers[0])}
        numbers = {n: values for n, values in numbers.items() if len({*values}) > 1}
        if len(batch) == 1 or not numbers:
            return  # one by one is as quick
        try:
            inputs = batch[0][2]
            paths = self.walk(replace(inputs[0], **numbers), *inputs[1:])
        except Exception:  # something that works on single runs alone, or too many of them
            return
        for run, (experiment, label, inputs) in enumerate(batch):
            experiment._walked[label] = inputs, _one(paths, run, inputs[0])

    # --- in words -----------------------------------------------------------------------------

    def caption(self, scene, details=False):
        """The line above the picture; with the focus, if it alone is shown in detail."""
        parts = [self.surface.name]
        for name, control in self.controls.items():
            if not self.idle(name) and name not in ("kappa", "angle", "sigma"):
                parts.append(f"{control.short} = {control.written(self.values[name])}")
        parts.append(f"step {scene.step} of {self.steps}")
        if details and len(scene.paths) > 1:
            parts.append(f"details of {scene.focus}")
        return "   ".join(parts)

    def heading(self, scene):
        """The first line of the readout."""
        return f"{self.surface.name}; start {vector(self.start)}; {self.steps} steps"

    def notes(self, scene):
        """Further lines of the readout."""
        return []

    def line(self, label, path, step):
        """The line of a method: how it is set, whether it arrives, and its loss now."""
        if path.diverged is not None:
            result = f"diverged at step {path.diverged}"
        else:
            first = path.steps_to(self.target)
            result = (
                f"not below {self.target:g} at the end"
                if first is None
                else f"below {self.target:g} from step {first} on"
            )
        if path.diverged is None or step <= path.diverged:
            result += f"; loss {number(path.gap[step], 2)} at step {step}"
        return f"{label} ({hyperparameters(path.optimizer)}): {result}"


@dataclass(frozen=True)
class Scene:
    """What a picture shows: an experiment, its paths by label, and where in them we are.

    `styles`, how each label is drawn, come with the picture. The rest is the experiment's.
    """

    experiment: Experiment
    paths: dict
    step: int
    styles: dict = field(default_factory=dict)

    @property
    def surface(self):
        return self.experiment.surface

    @property
    def start(self):
        return self.experiment.start

    @property
    def steps(self):
        return self.experiment.steps

    @property
    def target(self):
        return self.experiment.target

    @property
    def values(self):
        return self.experiment.values

    @property
    def kinds(self):
        return self.experiment.kinds

    @property
    def focus(self):
        """The label that is shown in detail, if any is shown."""
        focus = self.experiment.focus
        return focus if focus in self.paths else next(iter(self.paths), None)

    @property
    def readout(self):
        """A heading and a line for each method."""
        said = self.experiment
        lines = [said.line(*item, self.step) for item in self.paths.items()]
        lines = lines or ["no method is shown"]
        return "\n  ".join([said.heading(self), *lines, *said.notes(self)])


def labelled(methods):
    """A dict from label to method."""
    if not isinstance(methods, dict):
        try:
            given = list(methods)
        except TypeError:
            raise ValueError(f"methods must be a list or a dict, not {methods!r}") from None
        methods = {getattr(m, "label", repr(m)): m for m in given}
        if len(methods) < len(given):
            raise ValueError(f"methods must have a label each: use a dict, not {given!r}")
    for label, method in methods.items():
        if not isinstance(method, Optimizer) and not callable(method):
            raise ValueError(
                f"methods: {label!r} must be an Optimizer or a function, not {method!r}"
            )
        if isinstance(method, Optimizer) and method.arrays:
            raise ValueError(f"methods: {label!r} must have single numbers, not {method!r}")
    if not methods:
        raise ValueError("methods must name at least one optimizer, not none")
    return methods


def named_surfaces(given):
    """A dict from name to a function that returns the surface."""
    named = {}
    if isinstance(given, dict):
        for name, surface in given.items():
            (named[name],) = named_surfaces(surface).values()
    else:
        for surface in given if isinstance(given, (list, tuple)) else [given]:
            name, factory = _named(surface)
            if name in named:
                raise ValueError(f"surface: two are called {name!r}; name them in a dict")
            named[name] = factory
    if not named:
        raise ValueError(f"surface must be at least one, not {given!r}")
    return named


def _named(surface):
    """The name of one surface, and a function that returns it."""
    if isinstance(surface, str):
        key = surface.replace(" ", "_")
        if key not in surfaces.SURFACES:
            known = ", ".join(surfaces.SURFACES)
            raise ValueError(f"surface must be among {known}, not {surface!r}")
        return key.replace("_", " "), surfaces.SURFACES[key]
    if isinstance(surface, Surface):
        return surface.name, lambda: surface
    if callable(surface):
        return getattr(surface, "__name__", "surface").replace("_", " "), surface
    raise ValueError(f"surface must be a name, a Surface or a function, not {surface!r}")


def _among(name, given, allowed):
    for value in given:
        if value not in allowed:
            raise ValueError(f"{name} must be among {', '.join(allowed)}, not {value!r}")


@lru_cache(maxsize=256)
def _parameters(function):
    """The names of a function's parameters; asked for every stop of a slider."""
    return tuple(inspect.signature(function).parameters)


def _arguments(function, values):
    """Those of `values` that `function` takes."""
    return {name: values[name] for name in _parameters(function) if name in values}


def _is_flag(value):
    return isinstance(value, (bool, np.bool_)) or not isinstance(value, Real)


def _one(paths, run, optimizer):
    """A run of a batch as the path that it is."""
    diverged = int(paths.diverged[run])
    return replace(
        paths,
        x=paths.x[:, run],
        loss=paths.loss[:, run],
        gradient=paths.gradient[:, run],
        state={name: values[:, run] for name, values in paths.state.items()},
        diverged=None if diverged < 0 else diverged,
        optimizer=optimizer,
    )
