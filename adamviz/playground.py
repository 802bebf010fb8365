"""The playground: an explorer with everything in it, goals to reach, and exports for slides."""

import html
import inspect
import re
from dataclasses import fields, replace

import ipywidgets as widgets
import numpy as np

from . import optimizers, surfaces
from .controls import CONTROLS, Control, hyperparameters, rates, row
from .explorer import Explorer, _labelled
from .export import animation, link, still
from .goals import GOALS
from .surfaces import Surface

__all__ = ["METHODS", "Playground"]

FRAMES = 60  # pictures of an animation, at most

# For the canyon at first, α is the best for gradient descent, momentum, Nesterov and Adam; the
# others merely begin here.
_ALPHAS = (0.018, 0.00315, 0.009, 1.0, 0.1, 1.0, 0.1, 0.1, 0.1, 0.1, 0.1)
METHODS = {kind.label: kind(lr=lr) for kind, lr in zip(optimizers.OPTIMIZERS, _ALPHAS, strict=True)}
_FIRST = tuple(METHODS[label] for label in ("gradient descent", "momentum", "Adam"))
_NO_GOAL = "none"
_STEPS = [50, 100, 150, 200, 300, 400, 500, 750, 1000]
_PANELS = ["loss", "components", "moments", "rate", "step size", "turning"]
_SETTINGS = {
    control.name: control
    for control in (
        replace(CONTROLS["kappa"], start=100.0, label="κ"),
        replace(CONTROLS["angle"], start=0.0),
        replace(CONTROLS["sigma"], start=0.0, label="noise σ"),
        replace(CONTROLS["seed"], start=0),
        Control("steps", "steps", _STEPS, 300, show=str),
        Control("lock", "lock: all α keep their ratios", [False, True], False),
        Control("panel", "beside it", _PANELS, "loss"),
        Control("target", "target", [float(f"1e{k}") for k in range(-10, 1)], 1e-3),
        Control("goal", "goal", [_NO_GOAL, *GOALS], _NO_GOAL),
    )
}
_OF_METHOD = CONTROLS | {
    "lr": Control("lr", "α", rates(1e-5, 10)),
    "initial_accumulator": Control("", "initial S₀", [0.0, *rates(1e-3, 10, 5)]),
    "centered": Control("", "centered", [False, True]),
    "average": Control("", "as moving average", [False, True]),
}
_WIDTHS = {"goal": 210, "steps": 210, "target": 160, "panel": 180, "lock": 230}
_WIDTHS |= {"kappa": 190, "angle": 200, "sigma": 210, "seed": 160}


class Playground(Explorer):
    """Every surface, every method and every hyperparameter in one figure.

    Parameters
    ----------
    methods : sequence of Optimizer, or dict from label to Optimizer
        With which hyperparameters these methods begin; the rest of the eleven are there too.
    surface : str or Surface or function that returns one
        The one walked at first; those of `surfaces.SURFACES` are in the menu too.
    show : sequence of labels, optional
        The methods shown at first; by default those given.
    start, step, focus, size
        As in `Explorer`; the focus is the last of the methods shown unless given.
    settings
        Where the sliders and menus kappa, angle, sigma, seed, steps, lock, panel, target and goal
        stand at first. With `lock`, a learning rate that is moved by hand moves all others by the
        same factor, each to the nearest stop of its slider.
    """

    def __init__(
        self,
        methods=_FIRST,
        surface="canyon",
        *,
        show=None,
        start=None,
        step=None,
        focus=None,
        size=None,
        **settings,
    ):
        methods = _labelled(methods) if methods else {}
        every = {**METHODS, **methods}
        shown = [label for label in every if label in (methods if show is None else show)]
        self._own, factories = _factories(surface)
        settings = {name: control.start for name, control in _SETTINGS.items()} | settings
        controls = [_setting(name, value) for name, value in settings.items()]
        for label, method in every.items():
            for name in (f.name for f in fields(method) if f.name in _OF_METHOD):
                controls.append(replace(_OF_METHOD[name], name=f"{label}.{name}"))
        self._drawn = settings["steps"], settings["target"], settings["panel"]
        self._ratios, self._rates, self._rest = None, row(), row()
        self._card, self._saved = widgets.HTML(layout={"width": "830px"}), widgets.HTML()
        self._line = widgets.Textarea(
            description="code",
            tooltip="this state as a line of code: copy it into a cell",
            rows=2,
            layout={"width": "830px"},
            style={"description_width": "initial"},
        )
        self._progress = widgets.IntProgress(layout={"width": "200px", "display": "none"})
        super().__init__(
            every,
            factories,
            panels=("landscape", settings["panel"]),
            controls=controls,
            steps=settings["steps"],
            target=settings["target"],
            start=start,
            step=step,
            show=[*shown, *(s for s in show or () if s not in every)],
            focus=focus or next(reversed(shown), None),
            size=size,
        )

    @property
    def surface_name(self):
        """The name of the surface in the menu."""
        return self._picker.value

    # --- the state ----------------------------------------------------------------------------

    @property
    def code(self):
        """A line that makes this state again; it needs `Playground` and `optimizers` imported."""
        values, parts = self.values, []
        now = {label: self._optimizer(label, values) for label in self._methods}
        shown = [label for label in now if self._toggles[label].value]
        listed = {k: m for k, m in now.items() if k in shown or m != METHODS.get(k)}
        if all(label == method.label for label, method in listed.items()):
            parts.append(f"[{', '.join(map(_constructor, listed.values()))}]")
        else:
            parts.append(f"{{{', '.join(f'{k!r}: {_constructor(m)}' for k, m in listed.items())}}}")
        name = self.surface_name
        parts.append(self._own.get(name) or repr(name.replace(" ", "_")))
        options = {} if shown == list(listed) else {"show": shown}
        options |= {n: values[n] for n, c in _SETTINGS.items() if values[n] != c.start}
        if self.start != tuple(self.surface.start.tolist()):
            options["start"] = self.start
        if self._step.value != self._steps:
            options["step"] = self._step.value
        if self._focus.value != next(reversed(shown), next(iter(now))):
            options["focus"] = self._focus.value
        if self._present.value:
            options["size"] = "projector"
        parts += [f"{key}={value!r}" for key, value in options.items()]
        return f"Playground({', '.join(parts)})"

    def check(self):
        """Whether the chosen goal is reached, and why: `"not yet: …"` or `"reached: …"`."""
        goal = GOALS.get(self.values["goal"])
        reached, why = goal.verdict(self) if goal else (False, "no goal is chosen")
        return f"{'reached' if reached else 'not yet'}: {why}"

    def begin(self, goal):
        """Go to where a goal begins."""
        first = dict(GOALS[goal].begin)
        self._starts.pop(first["surface"], None)
        moved = {**self._initial, "goal": goal, "panel": "loss", "lock": False, "seed": 0}
        for label, method in METHODS.items():
            moved |= {f"{label}.{f.name}": getattr(method, f.name) for f in fields(method)}
        moved = {name: value for name, value in moved.items() if name in self._controls}
        self.set(**moved | first, step=first["steps"], focus=first["show"][-1])

    # --- from the state to the screen ---------------------------------------------------------

    def _scene(self):
        self._target = self.values["target"]
        return super()._scene()

    def _caption(self, surface, start, focus, step=None):
        step = self._step.value if step is None else step
        parts = [surface.name]
        if 2 <= len(self.paths) <= 4:  # of more there is no room
            alphas = (f"{label} {path.optimizer.lr:.3g}" for label, path in self.paths.items())
            parts.append(f"α: {', '.join(alphas)}")
        parts.append(f"step {step} of {self._steps}")
        if focus is not None:
            parts.append(f"{focus}: {hyperparameters(self.paths[focus].optimizer)}")
        return "   ".join(parts)

    def _describe(self, surface, start):
        lines = [super()._describe(surface, start)]
        if self.values["sigma"]:
            lines.append(f"  the noise has the seed {self.values['seed']}")
        if self.values["goal"] != _NO_GOAL:
            lines.append(f"  goal {self.values['goal']}: {self.check()}")
        return "\n".join(lines)

    def _paint(self, scene):
        drawn = (scene.steps, scene.target, self.values["panel"])
        if drawn != self._drawn:  # what stands still is another
            self._drawn, self._rows = drawn, [("landscape", self.values["panel"])]
            self._picture = None  # so that it is made anew
        controls, focus = self._controls, self._focus.value
        controls["seed"].disabled = not self.values["sigma"]
        # Moved in and out of the page; the same children again are no message to the browser.
        self._rates.children = [self._face(controls[f"{label}.lr"]) for label in scene.paths]
        own = [name for name in controls if name.rpartition(".")[0] == focus]
        rest = [self._face(controls[name]) for name in own if name != f"{focus}.lr"]
        self._rest.children = [self._focus, *rest]
        super()._paint(scene)
        self._line.value, self._card.value = self.code, self._goal_card() or ""
        self._saved.value = ""  # a file of a state that is gone

    def _goal_card(self):
        goal, verdict = GOALS.get(self.values["goal"]), html.escape(self.check())
        reached = verdict.startswith("reached")
        # On a ground of its own, so that it can be read in a dark theme, too.
        look = "color:#00701a;background:#eaf5ec" if reached else "color:#8a4b00;background:#fdf3e4"
        return goal and (
            f'<div role="status" style="line-height:1.35">{html.escape(goal.task)}'
            f'<br><b style="{look};padding:0 4px">{verdict}</b></div>'
        )

    # --- from the hand to the state -----------------------------------------------------------

    def _observe(self):
        # First of all observers, so that the step slider has its new end when the paths are walked.
        self._controls["steps"].observe(self._steps_changed, "value")
        self._controls["lock"].observe(self._forget, "value")
        for name, slider in self._controls.items():
            if name.endswith(".lr"):
                slider.observe(lambda change, name=name: self._rate_moved(name, change), "value")
        super()._observe()
        self._controls["goal"].observe(self._goal_chosen, "value")
        self._focus.observe(self._focus_chosen, "value")
        for toggle in self._toggles.values():
            toggle.observe(self._focus_hidden, "value")

    def _steps_changed(self, change):
        with self._lock:
            quiet, self._quiet = self._quiet, True
            at_end = self._step.value == self._steps
            self._steps = change["new"]
            self._walked.clear()
            self._play.max = self._step.max = self._steps
            if at_end:
                self._step.value = self._play.value = self._steps
            self._quiet = quiet
            # Shown anew: in the browser the End key of a slider would still go to its old end.
            self._walk.children = ()
            self._walk.children = (self._face(self._play), self._face(self._step))

    def _forget(self, change):
        self._ratios = None

    def _rate_moved(self, name, change):
        """Under the lock, all other rates follow by the same factor."""
        if self._quiet:
            self._ratios = None
        elif self.values["lock"]:
            with self._lock:
                self._follow(name, change)

    def _follow(self, name, change):
        sliders = {k: w for k, w in self._controls.items() if k.endswith(".lr")}
        # The ratios at first, so that a rate that met its end comes back to its place.
        ratios = self._ratios or {k: w.value for k, w in sliders.items()} | {name: change["old"]}
        self._quiet = True
        for other in sliders.keys() - {name}:
            stops = np.array([stop for _, stop in sliders[other].options])
            with np.errstate(all="ignore"):  # a rate may be 0
                wanted = ratios[other] * np.divide(change["new"], ratios[name])
                distance = np.abs(np.log(stops) - np.log(wanted))
            sliders[other].index = int(np.nanargmin(np.nan_to_num(distance, nan=0.0)))
        self._quiet, self._ratios = False, ratios

    def _goal_chosen(self, change):
        if not self._quiet and change["new"] != _NO_GOAL:
            self.begin(change["new"])

    def _focus_chosen(self, change):
        if not self._quiet:
            self._toggles[change["new"]].value = True

    def _focus_hidden(self, change):
        shown = [label for label, toggle in self._toggles.items() if toggle.value]
        if not self._quiet and shown and self._focus.value not in shown:
            self._focus.value = shown[-1]

    # --- files --------------------------------------------------------------------------------

    def _export(self, kind):
        """Make a file, and offer it."""
        name = f"adamviz-{re.sub(r'[^a-z0-9]+', '-', self.surface_name.lower()).strip('-')}.{kind}"
        try:
            with self._lock:
                scene, rows, size = self._scene(), self._rows, self._size
                where = scene.surface, scene.start, scene.focus
                captions = [self._caption(*where, step) for step in range(scene.steps + 1)]
            if kind == "gif":
                self._progress.layout.display = ""
                walk = {"frames": FRAMES, "progress": self._show_progress}
                data = animation(rows, scene, size, caption=captions.__getitem__, **walk)
                note = f": {min(FRAMES, len(captions))} of {len(captions)} iterates"
            else:
                data, note = still(rows, scene, size, kind), ""
            self._saved.value = link(data, name) + note
        except Exception as error:
            self._saved.value = html.escape(f"{name} failed: {type(error).__name__}: {error}")
        self._progress.layout.display = "none"

    def _show_progress(self, done, all):
        self._progress.max, self._progress.value = all, done

    # --- building -----------------------------------------------------------------------------

    def _arrange(self):
        controls = self._controls
        for name, width in _WIDTHS.items():
            controls[name].layout.width = f"{width}px"
        for name, widget in controls.items():
            if "." in name:
                widget.layout.width = "264px"
        self._focus.layout.width = "230px"
        buttons = []
        for kind, tip in (
            ("png", "a still with twice the pixels"),
            ("svg", "a still that can be enlarged without end"),
            ("gif", f"the walk, in at most {FRAMES} pictures"),
        ):
            button = widgets.Button(description=kind.upper(), tooltip=tip, layout={"width": "auto"})
            button.on_click(lambda _, kind=kind: self._export(kind))
            buttons.append(button)
        self._picker.layout.width = "210px"
        self._walk = row(self._play, self._step)
        landscape = [controls[name] for name in ("kappa", "angle", "sigma", "seed")]
        files = row(widgets.Label("make a file:"), *buttons, self._progress, self._saved)
        settings = [controls[name] for name in ("goal", "steps", "target", "seed", "lock")]
        self._aside = [*settings, self._card, self._rest, *self._x, self._line]
        return widgets.VBox(
            [
                row(controls["goal"], self._picker, controls["steps"], controls["target"]),
                self._card,
                row(*landscape),
                row(*self._toggles.values(), controls["lock"]),
                self._rates,
                self._rest,
                self._image,
                self._walk,
                row(*self._x, self._reset, self._present, controls["panel"]),
                self._text,
                self._line,
                files,
            ]
        )


def _setting(name, value):
    if name not in _SETTINGS:
        raise ValueError(f"settings must be among {', '.join(_SETTINGS)}, not {name!r}")
    allowed = _SETTINGS[name].values
    if isinstance(allowed[0], str) and value not in allowed:
        raise ValueError(f"{name} must be among {', '.join(allowed)}, not {value!r}")
    return replace(_SETTINGS[name], start=value)


def _factories(surface):
    """What Python calls the surface if it is the reader's own; and all that go in the menu."""
    given = surface
    if surface in surfaces.SURFACES.values():
        surface = surface.__name__
    if isinstance(surface, str):
        name = surface.replace(" ", "_")
        if name not in surfaces.SURFACES:
            known = ", ".join(surfaces.SURFACES)
            raise ValueError(f"surface must be among {known}, not {surface!r}")
        own, first = {}, {name.replace("_", " "): surfaces.SURFACES[name]}
    else:
        if isinstance(surface, Surface):
            key, factory = surface.name, lambda: given
        elif callable(surface):
            key, factory = getattr(surface, "__name__", "surface"), surface
        else:
            raise ValueError(f"surface must be a name, a Surface or a function, not {surface!r}")
        own, first = {key: re.sub(r"\W+", "_", key).strip("_")}, {key: factory}
    every = {name.replace("_", " "): factory for name, factory in surfaces.SURFACES.items()}
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
