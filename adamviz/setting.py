"""A `Setting` is what can be set in a figure, and where all of it stands."""

from dataclasses import replace

from .arguments import among, called, labelled, named_surfaces, parameters, reads, taken
from .checks import check, listed, point, refusal, switch, whole
from .controls import complete
from .optimizers import Optimizer
from .surfaces import Surface

__all__ = ["Setting"]


def _steps(value):
    return whole("steps", value, 1)


def _target(value):
    return check("target", value, lambda t: t > 0, "a finite number > 0")


# How far to walk: what sets it may be a control, or an argument.
_WALK = {"steps": _steps, "target": _target}


class Setting:
    """Methods on a surface, and where the controls that set both stand; frozen.

    It is the half of an `Experiment` that walks nothing: there its parameters are described.
    """

    walked_on = Surface  # what a function that makes a surface must return

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
        secret=False,
    ):
        methods, named = labelled(methods), named_surfaces(surface)
        if schedule is not None:
            reads("schedule", schedule)
        if project is not None and not callable(project):
            raise refusal("project", "a function of x, or None", project)
        walk = {"steps": _steps(steps), "target": _target(target)}
        others = [*named.values(), *([] if schedule is None else [schedule])]
        controls = complete(controls, methods, others)
        values = {name: control.start for name, control in controls.items()}
        walk |= {name: _WALK[name](values[name]) for name in _WALK if name in values}
        first, labels, steps = next(iter(named)), list(methods), walk["steps"]
        secret = switch("secret", secret)
        opens = 0 if secret else steps
        show = labels if show is None else listed("show", show, "a list of labels")
        for name, given in (("show", show), ("focus", [] if focus is None else [focus])):
            among(name, given, labels)
        self._put(
            methods=methods,
            surfaces=named,
            controls=controls,
            values=values,
            surface_name=first,
            **walk,
            step=opens if step is None else whole("step", step, 0, steps),
            shown=tuple(label for label in labels if label in show),
            focus=focus or next(iter(show), labels[0]),
            schedule=schedule,
            project=project,
            secret=secret,
            _starts={} if start is None else {first: point("start", start)},
            _surface={},  # by name: the function's arguments, and the surface
            given={},  # by label: the inputs of a path, as far as they have been asked for
            walked={},  # by label: the inputs of the last path, and the path
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
        own = f"{label}."
        values |= {n.removeprefix(own): value for n, value in values.items() if n.startswith(own)}
        if not isinstance(method, Optimizer):
            made = called(f"methods: {label!r}", method, values)
            if not isinstance(made, Optimizer):
                raise refusal(f"methods: {label!r}", "a function that returns an Optimizer", made)
            return made
        changed = taken(method, values)
        return replace(method, **changed) if changed else method

    @property
    def surface(self):
        """The surface that is walked."""
        name, factory = self.surface_name, self.surfaces[self.surface_name]
        arguments = taken(factory, self.values)
        if self._surface.get(name, (None,))[0] != arguments:
            made = called(f"surface: {name!r}", factory, self.values)
            if not isinstance(made, self.walked_on):
                what = f"a function that returns a {self.walked_on.__name__}"
                raise refusal(f"surface: {name!r}", what, made)
            self._surface[name] = arguments, made
        return self._surface[name][1]

    @property
    def start(self):
        """Where the paths start: `(x₁, x₂)`."""
        return self._starts.get(self.surface_name) or tuple(self.surface.start.tolist())

    def shapes(self, name):
        """Whether a control sets a parameter of one of the surfaces."""
        return any(name in parameters(factory) for factory in self.surfaces.values())

    def idle(self, name):
        """Whether a control sets nothing of the surface that is walked, but of another one."""
        return self.shapes(name) and name not in parameters(self.surfaces[self.surface_name])

    def stops(self, name):
        """All the values that a control, or "step", "surface" or "focus", can have."""
        own = {
            "step": range(self.steps + 1),
            "surface": list(self.surfaces),
            "focus": list(self.methods),
        }
        among("controls", [name], [*self.controls, *own])
        return self.controls[name].stops if name in self.controls else own[name]

    # --- another one --------------------------------------------------------------------------

    def with_(self, *, start=None, step=None, surface=None, show=None, focus=None, **moved):
        """Another experiment with some of the controls elsewhere: all of them, or a ValueError.

        A path that was shown to its end is shown to its end when there are more steps.
        """
        new = {"values": dict(self.values)}
        for name, value in moved.items():
            if name not in _WALK:
                among("controls", [name], list(self.controls))
            if name in self.controls:
                value = new["values"][name] = self.controls[name].stop(value)
            if name in _WALK:
                new[name] = _WALK[name](value)
        labels = list(self.methods)
        if surface is not None:
            among("surface", [surface], list(self.surfaces))
            new["surface_name"] = surface
        if focus is not None:
            among("focus", [focus], labels)
            new["focus"] = focus
        if show is not None:
            show = listed("show", show, "a list of labels")
            among("show", show, labels)
            new["shown"] = tuple(label for label in labels if label in show)
        steps = new.get("steps", self.steps)
        if step is not None:
            new["step"] = whole("step", step, 0, steps)
        else:
            new["step"] = steps if self.step == self.steps else min(self.step, steps)
        owners = {name.rpartition(".")[0] for name in moved}
        if start is None and surface is None and "" not in owners:
            # What belongs to one method, and what is shown, leave the other paths as they are.
            new["given"] = {k: inputs for k, inputs in self.given.items() if k not in owners}
        if start is not None:
            name = new.get("surface_name", self.surface_name)
            new["_starts"] = self._starts | {name: point("start", start)}
        return self._other(**new)

    def _other(self, **changed):
        other = object.__new__(type(self))
        other._put(**vars(self))
        other._put(_surface=dict(self._surface), walked=dict(self.walked), given={}, _scene=None)
        other._put(**changed)
        return other
