"""An `Explorer` is one interactive figure: sliders, pointer and play over a `Picture`.

Everything it shows is also text: `print(explorer)` is the readout that stands below the picture,
and the output of a cell carries the live widget, a still PNG and this text side by side.
"""

import base64
import contextlib
import html
import inspect
import os
import threading
import time
from dataclasses import fields, replace

import ipywidgets as widgets
import numpy as np
import traitlets
from ipyevents import Event

from . import style, surfaces
from .checks import check, point, whole
from .controls import (
    CONTROLS,
    Control,
    check_stop,
    hyperparameters,
    look,
    make_widget,
    number,
    plain,
    row,
    short,
    written,
)
from .descent import descend
from .optimizers import Optimizer
from .panel import Panel, Scene
from .picture import FRAME_FORMAT, Picture
from .surfaces import Surface

__all__ = ["Explorer"]

# ipywidgets forgets no widget: a cell that runs again leaves its last figure behind, and nothing
# tells that no page shows it. The largest part of a figure is its picture, several megabytes; only
# this many explorers, the last ones drawn, keep theirs. The others make it again when moved.
KEPT = 12
_LATELY = []


class Explorer:
    """Methods on a surface, under the hand.

    Parameters
    ----------
    methods : sequence of Optimizer, or dict from label to Optimizer or to a function
        A slider named like a hyperparameter sets it in every optimizer that has it. A function
        takes sliders by name and returns an optimizer:
        `{"average": lambda lr, momentum: Momentum(lr / (1 - momentum), momentum, average=True)}`.
    surface : str, Surface, function that returns one, a list of these, or a dict by name
        A name of `surfaces.SURFACES`; sliders named like the function's arguments set them. A list
        or a dict makes a menu.
    panels : sequence of names, or of rows of names
        From "landscape", "loss", "components", "moments", "effective step", "rate", "step size",
        "turning", "map", "examples", "online"; or `Panel` classes;
        `("components", {"overlay": f})` passes arguments.
    controls : sequence of names, or of `Control`
        The sliders. Well-known names have sensible ranges: `CONTROLS`.
    steps, target : int, float
        How far to walk, and the loss above the minimum that counts as arrived.
    start, step, show, focus, size : optional
        The start of the paths; the step shown at first (the last); the labels shown at first
        (all); the label whose arrows and moments are drawn (the first shown); "screen" or
        "projector" (which begins in the present view: large, with few controls), otherwise what
        the environment variable ADAMVIZ_SIZE says, or "screen".
    schedule : function of sliders that returns a function `step -> factor` on the learning rate
    project : callable `x -> x`, optional
        Keeps the iterates in a set, as in `descend`.

    Attributes
    ----------
    paths : dict from label to Trajectory
        What the picture shows now.
    values : dict
        What the controls say now, by name.

    Examples
    --------
    >>> from adamviz import optimizers
    >>> explorer = Explorer([optimizers.Adam(lr=0.1)], "canyon", steps=100)
    >>> print(explorer)
    Explorer: canyon, κ = 100; start (-4, 1.5); 100 steps
      Adam (α = 0.1): not below 0.001 at the end; loss 0.0024 at step 100
    """

    def __init__(
        self,
        methods,
        surface="canyon",
        *,
        panels=("landscape", "loss"),
        controls=("lr",),
        steps=60,
        target=1e-3,
        start=None,
        step=None,
        show=None,
        focus=None,
        size=None,
        schedule=None,
        project=None,
    ):
        self._methods = _labelled(methods)
        self._surfaces = _named_surfaces(surface)
        if not self._surfaces:
            raise ValueError(f"surface must be at least one, not {surface!r}")
        self._schedule, self._project = schedule, project
        if isinstance(panels, str) or not len(panels):
            raise ValueError(f"panels must be a list of names, or of rows of names, not {panels!r}")
        if schedule is not None and not callable(schedule):
            raise ValueError(f"schedule must be a function of sliders, not {schedule!r}")
        nested = isinstance(panels[0], (list, tuple)) and _is_row(panels[0])
        self._rows = panels if nested else [panels]
        check("target", target, lambda t: t > 0, "a finite number > 0")
        self._steps, self._target = whole("steps", steps, 1), float(target)
        self._lock = threading.RLock()  # JupyterLab runs callbacks in a thread of their own
        self._walked, self._built, self._starts = {}, {}, {}
        self._quiet = False
        size = size or os.environ.get("ADAMVIZ_SIZE", "screen")
        self._dragging, self._least_delay, self._frame_time = None, np.inf, 0.0

        self._controls = self._make_controls(controls)
        self._initial = {name: w.value for name, w in self._controls.items()}
        first = next(iter(self._surfaces))
        self._picker = widgets.Dropdown(
            options=list(self._surfaces), value=first, description="surface", **look(240)
        )
        if start is not None:
            self._starts[first] = point("start", start)
        labels = list(self._methods)
        shown = labels if show is None else list(show)
        for name, given in (("show", shown), ("focus", [] if focus is None else [focus])):
            unknown = [label for label in given if label not in labels]
            if unknown:
                raise ValueError(f"{name} must be among {', '.join(labels)}, not {unknown[0]!r}")
        self._toggles = {
            label: widgets.ToggleButton(
                label in shown,
                description=label,
                tooltip=f"show or hide {label}",
                layout={"width": "auto"},
            )
            for label in labels
        }
        self._focus = widgets.Dropdown(
            options=labels,
            value=focus or next(iter(shown), labels[0]),
            description="details of",
            tooltip="the method whose arrows and moments are drawn",
            **look(250),
        )
        last = self._steps if step is None else whole("step", step, 0, self._steps)
        self._step = widgets.IntSlider(last, 0, self._steps, description="step", **look(600))
        self._play = widgets.Play(
            value=last, min=0, max=self._steps, interval=120, show_repeat=False
        )
        widgets.jslink((self._play, "value"), (self._step, "value"))
        self._x = [
            widgets.BoundedFloatText(
                description=f"start x{sub}", step=0.05, min=-1e6, max=1e6, **look(150)
            )
            for sub in "₁₂"
        ]
        self._present = widgets.ToggleButton(
            size == "projector",
            description="present",
            tooltip="for a lecture: large, few controls; over the picture space plays, arrows step",
            layout={"width": "auto"},
        )
        self._plain = widgets.Checkbox(
            description="plain controls, for screen readers", indent=False
        )
        self._plain.add_class("adamviz-plain")
        self._twins = {}
        self._reset = widgets.Button(
            description="reset", tooltip="back to the first state", layout={"width": "auto"}
        )
        self._initial_step, self._initial_focus = last, self._focus.value
        self._initial_shown, self._initial_starts = shown, dict(self._starts)

        self.paths = {}
        self._details = False
        self._styles = style.assign(
            {label: self._optimizer(label, self.values) for label in self._methods}
        )
        scene = self._scene()
        self._picture = Picture(self._rows, scene, size)
        self._details = any(panel.follows_focus for panel in self._picture.panels)
        scene = self._scene()
        self._image = _Frame(tooltip="the picture; in words below it")
        self._grabs = any(type(panel).grab is not Panel.grab for panel in self._picture.panels)
        if self._grabs:
            self._image.add_class("adamviz-drag")
        self._text = widgets.HTML()
        self._fit_image()
        self._paint(scene)
        self._aside = []  # what the present view leaves out
        self._observe()
        self.widget = self._arrange()
        css = widgets.HTML(_LOOK, layout={"display": "none"})
        self.widget.children = (self._plain, *self.widget.children, css)
        self._show_present()

    # --- what it shows ------------------------------------------------------------------------

    @property
    def values(self):
        """What the controls say now, by name."""
        return {name: w.value for name, w in self._controls.items()}

    @property
    def surface(self):
        """The surface that is walked now."""
        key = self._picker.value
        arguments = _arguments(self._surfaces[key], self.values)
        cached = self._built.get(key)
        if cached is None or cached[0] != arguments:
            self._built[key] = cached = (arguments, self._surfaces[key](**arguments))
        return cached[1]

    @property
    def start(self):
        """Where the paths start now: `(x₁, x₂)`."""
        return self._starts.get(self._picker.value) or tuple(self.surface.start.tolist())

    def set(self, *, start=None, step=None, surface=None, show=None, focus=None, **controls):
        """Move controls as a hand would: `explorer.set(lr=0.02, start=(1, 1), step=5)`."""
        unknown = [name for name in controls if name not in self._controls]
        if unknown:
            raise ValueError(
                f"controls must be among {', '.join(self._controls)}, not {unknown[0]!r}"
            )
        for name, value in controls.items():
            check_stop(name, self._controls[name], value)
        menus = {"surface": self._picker.options, "focus": self._toggles, "show": self._toggles}
        asked = [("surface", surface), ("focus", focus), *(("show", label) for label in show or ())]
        for name, given in asked:
            if given is not None and given not in menus[name]:
                raise ValueError(f"{name} must be among {', '.join(menus[name])}, not {given!r}")
        if step is not None:
            step = whole("step", step, 0, controls.get("steps", self._steps))
        start = None if start is None else point("start", start)
        with self._lock:
            self._quiet = True
            try:
                if surface is not None:
                    self._picker.value = surface
                for name, value in controls.items():
                    self._controls[name].value = value
                for label, toggle in self._toggles.items():
                    toggle.value = toggle.value if show is None else label in show
                if focus is not None:
                    self._focus.value = focus
                if step is not None:
                    # The page that comes later takes the step from the play button's value.
                    self._step.value = self._play.value = step
                if start is not None:
                    self._starts[self._picker.value] = start
            finally:
                self._quiet = False
            self._update()

    def __str__(self):
        return self._readout

    def __repr__(self):
        return self._readout

    def _repr_mimebundle_(self, include=None, exclude=None):
        # The widget for a live notebook, the still for GitHub, the numbers for nbval and for
        # readers who do not see the picture.
        with self._lock:
            bundle, metadata = self.widget._repr_mimebundle_(), {}
            if isinstance(bundle, tuple):
                bundle, metadata = bundle
            picture = self._draw(self._scene())
            return {
                **bundle,
                "text/plain": self._readout,
                "image/png": picture.encode("png"),
            }, metadata

    # --- from controls to paths ---------------------------------------------------------------

    def _optimizer(self, label, values):
        method = self._methods[label]
        own = {  # a label may have dots, a hyperparameter has none
            name.rpartition(".")[2]: v
            for name, v in values.items()
            if name.rpartition(".")[0] == label
        }
        if not isinstance(method, Optimizer):
            return method(**_arguments(method, {**values, **own}))
        names = {field.name for field in fields(method)}
        changes = {n: v for n, v in {**values, **own}.items() if n in names}
        return replace(method, **changes) if changes else method

    def _scene(self):
        """Walk the paths whose inputs changed, and say what the picture shows."""
        values, surface, start = self.values, self.surface, self.start
        schedule = arguments = None
        if self._schedule is not None:
            arguments = _arguments(self._schedule, values)
            schedule = self._schedule(**arguments)
        paths = {}
        for label in self._methods:
            if not self._toggles[label].value:
                continue
            optimizer = self._optimizer(label, values)
            inputs = (optimizer, surface, start, arguments)
            known = self._walked.get(label)
            if known is None or known[0] != inputs:
                path = descend(
                    optimizer,
                    surface,
                    start,
                    self._steps,
                    project=self._project,
                    schedule=schedule,
                )
                self._walked[label] = known = (inputs, path)
            paths[label] = known[1]
        self.paths = paths  # all of them, or after an error those that the picture still shows
        focus = self._focus.value
        if focus not in self.paths:
            focus = next(iter(self.paths), None)
        self._readout = self._describe(surface, start)
        return Scene(
            surface=surface,
            paths=self.paths,
            styles=self._styles,
            start=start,
            steps=self._steps,
            step=self._step.value,
            target=self._target,
            focus=focus,
            caption=self._caption(surface, start, focus),
            values=values,
            labels={name: w.description for name, w in self._controls.items()},
            stops={
                name: [value for _, value in w.options]
                for name, w in self._controls.items()
                if isinstance(w, widgets.SelectionSlider)
                and name not in _surface_parameters(self._surfaces)
            },
            project=self._project,
            schedule=schedule,
            optimizer=lambda **changes: self._optimizer(focus, {**values, **changes}),
        )

    def _caption(self, surface, start, focus):
        parts = [surface.name]
        for name, w in self._controls.items():
            if not w.disabled and name not in ("kappa", "angle", "sigma"):
                parts.append(f"{short(name, w.description)} = {written(w)}")
        parts.append(f"step {self._step.value} of {self._steps}")
        if focus is not None and len(self.paths) > 1 and self._details:
            parts.append(f"details of {focus}")
        return "   ".join(parts)

    def _describe(self, surface, start):
        k = self._step.value
        lines = [
            f"Explorer: {surface.name}; start ({number(start[0])}, {number(start[1])}); "
            f"{self._steps} steps"
        ]
        for label, path in self.paths.items():
            if path.diverged is not None:
                result = f"diverged at step {path.diverged}"
            else:
                first = path.steps_to(self._target)
                result = (
                    f"not below {self._target:g} at the end"
                    if first is None
                    else f"below {self._target:g} from step {first} on"
                )
            if path.diverged is None or k <= path.diverged:
                result += f"; loss {number(path.gap[k], 2)} at step {k}"
            lines.append(f"  {label} ({hyperparameters(path.optimizer)}): {result}")
        if not self.paths:
            lines.append("  no method is shown")
        return "\n".join(lines)

    # --- from paths to the screen -------------------------------------------------------------

    def _update(self, change=None):
        """A control moved: show its picture, or what went wrong in words."""
        with self._reporting():
            if not self._quiet:  # asked under the lock: another thread's silence is not ours
                self._paint(self._scene())

    @contextlib.contextmanager
    def _reporting(self):
        """One callback at a time; if it fails, the figure says so, and the next works again."""
        with self._lock:
            try:
                yield
            except Exception as error:
                message = html.escape(f"{type(error).__name__}: {error}")
                # On a ground of its own, so that it can be read in a dark theme, too.
                look = "color:#a00000; background:#fdf0ef; padding:4px 8px; white-space:pre-wrap"
                self._text.value = f'<pre role="alert" style="{look}">{message}</pre>'

    def _paint(self, scene):
        self._show_start()
        self._image.show(self._draw(scene))
        self._text.value = (
            f'<pre role="status" style="line-height:1.35; margin:0; white-space:pre-wrap">'
            f"{html.escape(self._readout)}</pre>"
        )

    def _draw(self, scene):
        """The picture, brought to `scene`; it is made anew if it has been let go."""
        picture = self._picture or Picture(self._rows, scene, self._size)
        picture.render(scene)
        if self._picture is None:
            self._picture = picture
            self._fit_image()
        if self in _LATELY:
            _LATELY.remove(self)
        _LATELY.append(self)
        if len(_LATELY) > KEPT:
            _LATELY.pop(0)._picture = None
        return picture

    def _fit_image(self):
        # A fixed size: without one the page jumps, and Firefox flickers between frames.
        width, height = self._picture.size.width, self._picture.height
        self._image.width, self._image.height = str(width), str(height)
        # Where there is less room it shrinks; nothing scrolls sideways.
        layout = self._image.layout  # a new one would leave the old one behind
        layout.width, layout.height, layout.max_width = f"{width}px", "auto", "100%"

    @property
    def _size(self):
        return "projector" if self._present.value else "screen"

    def _resize(self, change):
        with self._lock:
            self._picture = None  # so that it is made anew, now or after an error
            self._show_present()
            self._update()

    def _show_present(self):
        present = self._present.value
        for widget in self._aside:
            widget.layout.display = "none" if present else None
        (self.widget.add_class if present else self.widget.remove_class)("adamviz-present")
        self._keys.watch(present)

    def _surface_changed(self, change):
        with self._lock:
            for name in _surface_parameters(self._surfaces):
                if name in self._controls:
                    self._controls[name].disabled = (
                        name not in inspect.signature(self._surfaces[self._picker.value]).parameters
                    )
        self._update()

    def _show_start(self):
        quiet, self._quiet = self._quiet, True
        for box, value in zip(self._x, self.start, strict=True):
            box.value = round(value, 4)
        self._quiet = quiet

    def _start_typed(self, change):
        with self._lock:
            if self._quiet:
                return
            # The other box is rounded, the start is not.
            self._starts[self._picker.value] = tuple(
                change["new"] if box is change["owner"] else value
                for box, value in zip(self._x, self.start, strict=True)
            )
            self._update()

    def _pointer(self, event):
        """Click or drag: the start follows on the landscape, the sliders on a map."""
        kind = event["type"]
        if kind != "mousedown" and self._dragging is None:
            return
        if kind != "mousemove" and event.get("button", 0):
            return  # the right button is the browser's
        if kind == "mousemove" and not event.get("buttons", 1) & 1:
            self._dragging = None  # the button was let go outside
            return
        if kind == "mousemove" and self._late(event.get("timeStamp")):
            return
        with self._reporting():
            picture = self._picture or self._draw(self._scene())
            # Not dataX: it is 0 while a browser has not yet decoded the first frame.
            scale = picture.size.width / (event["boundingRectWidth"] or 1)
            found = picture.locate(scale * event["relativeX"], scale * event["relativeY"])
            moved = found[0].grab(*found[1]) if found else {}
            # A drag that began in one panel does not go on in the next.
            if kind == "mousedown":
                self._dragging = found[0] if moved else None
            if not moved or self._dragging is not found[0]:
                return
            if kind == "mouseup":
                self._dragging = None
            began = time.monotonic()
            self.set(**moved)
            self._frame_time = time.monotonic() - began

    def _late(self, stamp):
        """Whether a move is so old that newer ones must be waiting.

        Moves come faster than a busy machine draws; drawing each would trail behind the hand for
        seconds. Skipping costs nothing, so that the queue is empty at once and the last is drawn.
        """
        if stamp is None:
            return False
        # The browser's clock starts elsewhere: the fastest delivery so far tells the difference.
        delay = time.monotonic() - stamp / 1000
        self._least_delay = min(self._least_delay, delay)
        return delay - self._least_delay > max(0.15, 2 * self._frame_time)

    def _key(self, event):
        """In the present view, over the picture: space plays, arrows step, Escape leaves."""
        with self._lock:
            if event["key"] == "Escape":
                self._present.value = False
            elif event["key"] == " ":
                if not event.get("repeat"):
                    self._play.playing = not self._play.playing
            else:
                self._play.playing = False
                step = self._step.value + _Keys.STEPS[event["key"]]
                self._step.value = min(max(step, 0), self._steps)

    def _to_start(self, button):
        with self._lock:
            self._play.playing = False
            self._starts = dict(self._initial_starts)
            self.set(
                surface=next(iter(self._surfaces)),
                step=self._initial_step,
                show=self._initial_shown,
                focus=self._initial_focus,
                **self._initial,
            )

    # --- building -----------------------------------------------------------------------------

    def _make_controls(self, controls):
        made = {}
        for given in controls:
            control = given
            if isinstance(given, str):
                base = given.rpartition(".")[2]
                if base not in CONTROLS:
                    raise ValueError(f"controls must be among {', '.join(CONTROLS)}, not {given!r}")
                control = replace(CONTROLS[base], name=given)
            made[control.name] = make_widget(self._complete(control))
        return made

    def _complete(self, control):
        """Fill in what a control leaves open: label and range, and the value at first."""
        owner, _, base = control.name.rpartition(".")
        if owner and owner not in self._methods:
            labels = ", ".join(self._methods)
            raise ValueError(f"controls must belong to one of {labels}, not {control.name!r}")
        known = CONTROLS.get(base, Control(base, base))
        values = control.values if len(control.values) else known.values
        label = control.label or known.label
        if owner and not label.startswith(owner):
            label = f"{owner}: {label}"
        start = control.start
        if start is None:
            start = self._default(owner, base)
        if start is None and len(values):
            start = values[0]
        if not len(values):
            raise ValueError(f"values of the control {control.name!r} must not be empty")
        return Control(control.name, label, values, start, control.show or known.show)

    def _default(self, owner, name):
        for label, method in self._methods.items():
            if owner in ("", label) and isinstance(method, Optimizer) and hasattr(method, name):
                return getattr(method, name)
        for factory in self._surfaces.values():
            parameter = inspect.signature(factory).parameters.get(name)
            if parameter is not None and parameter.default is not parameter.empty:
                return parameter.default
        return None

    def _observe(self):
        for w in (*self._controls.values(), *self._toggles.values(), self._focus, self._step):
            w.observe(self._update, "value")
        self._picker.observe(self._surface_changed, "value")
        self._present.observe(self._resize, "value")
        for box in self._x:
            box.observe(self._start_typed, "value")
        self._reset.on_click(self._to_start)
        self._plain.observe(self._swap, "value")
        self._events = Event(
            source=self._image,
            watched_events=["mousedown", "mousemove", "mouseup"],
            wait=12,
            throttle_or_debounce="throttle",
            # Without it the browser's own dragging of images eats the moves.
            prevent_default_action=True,
        )
        self._events.on_dom_event(self._pointer)
        self._keys = _Keys(source=self._image)
        self._keys.on_dom_event(self._key)
        self._surface_changed(None)

    def _face(self, control):
        """A control as it stands in the figure: itself, or its plain twin."""
        if not self._plain.value or isinstance(control, widgets.Box):
            return control
        if control not in self._twins:
            self._twins[control] = plain(control)
        return self._twins[control]

    def _swap(self, change):
        """Put the plain twins in the place of the controls, or these back."""
        with self._lock:
            control = {twin: control for control, twin in self._twins.items()}
            boxes = [self.widget]
            while boxes:
                box = boxes.pop()
                boxes += [
                    c for c in box.children if isinstance(c, widgets.Box) and c not in control
                ]
                box.children = [self._face(control.get(c, c)) for c in box.children]

    def _arrange(self):
        several = len(self._methods) > 1
        top = [self._picker] if len(self._surfaces) > 1 else []
        below = [*self._x, self._reset, self._present]
        if several:
            below += [*self._toggles.values(), *[self._focus] * self._details]
        # Where nothing can be dragged, the boxes are the only way to the start.
        self._aside = [self._focus, *(self._x if self._grabs else ())]
        return widgets.VBox(
            [
                row(*top, *self._controls.values()),
                self._image,
                row(self._play, self._step),
                row(*below),
                self._text,
            ]
        )


class _Keys(Event):
    """Keys pressed while the mouse is over a picture; all but a few stay the page's own.

    An `Event` takes every key from the page, Tab included, except those it holds for modifiers.
    """

    STEPS = {"ArrowRight": 1, "ArrowLeft": -1, "PageDown": 1, "PageUp": -1}  # as a remote sends
    _OWN = [" ", "Escape", *STEPS]
    _OTHERS = [
        *(chr(code) for code in range(33, 127)),
        *(f"F{n}" for n in range(1, 13)),
        *["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "Dead", "Unidentified"],
        *["Tab", "Enter", "Backspace", "Delete", "Insert", "Home", "End"],
        *["ArrowUp", "ArrowDown"],
    ]
    _modifier_keys = traitlets.List(_OTHERS).tag(sync=True)

    def __init__(self, source):
        super().__init__(source=source, ignore_modifier_key_events=True)

    def watch(self, on):
        # The list, too: a listener that was set while the mouse was over the picture stays.
        self._modifier_keys = self._OTHERS if on else [*self._OTHERS, *self._OWN]
        self.watched_events = ["keydown"] if on else []


class _Frame(widgets.Image):
    """An image with a name for screen readers: its tooltip.

    The browser's side shows a tooltip only where the description is empty, and an image has none.
    """

    description = traitlets.Unicode("").tag(sync=True)

    def __init__(self, **arguments):
        super().__init__(format="url", **arguments)

    def show(self, picture):
        """Show the last rendered frame of a `Picture`."""
        # The bytes alone would become a blob, which the browser fetches from another process: in a
        # drag the next frame overtook every third. A data URL is there at once.
        frame = base64.b64encode(picture.encode(FRAME_FORMAT))
        self.value = f"data:image/{FRAME_FORMAT};base64,".encode() + frame


# What is for screen readers shows itself when the keyboard is there, like a link to skip to.
_LOOK = """<style>
.adamviz-plain:not(:focus-within) {
    position: absolute; width: 1px !important; height: 1px; overflow: hidden; clip-path: inset(50%);
}
.adamviz-present .widget-label, .adamviz-present .widget-readout, .adamviz-present button,
.adamviz-present select, .adamviz-present pre { font-size: 17px !important; }
.adamviz-present .widget-hslider { min-width: 390px; }
</style>"""


def _labelled(methods):
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


def _named_surfaces(given):
    """A dict from name to a function that returns the surface."""
    named = {}
    if isinstance(given, dict):
        for name, surface in given.items():
            (named[name],) = _named_surfaces(surface).values()
        return named
    for surface in given if isinstance(given, (list, tuple)) else [given]:
        if isinstance(surface, str):
            if surface not in surfaces.SURFACES:
                known = ", ".join(surfaces.SURFACES)
                raise ValueError(f"surface must be among {known}, not {surface!r}")
            name, factory = surface.replace("_", " "), surfaces.SURFACES[surface]
        elif isinstance(surface, Surface):
            name, factory = surface.name, lambda surface=surface: surface
        elif callable(surface):
            name = getattr(surface, "__name__", "surface").replace("_", " ")
            factory = surface
        else:
            raise ValueError(f"surface must be a name, a Surface or a function, not {surface!r}")
        if name in named:
            raise ValueError(f"surface: two are called {name!r}; name them in a dict")
        named[name] = factory
    return named


def _surface_parameters(factories):
    return {name for f in factories.values() for name in inspect.signature(f).parameters}


def _arguments(function, values):
    """Those of `values` that `function` takes."""
    parameters = inspect.signature(function).parameters
    return {name: value for name, value in values.items() if name in parameters}


def _is_row(row):
    """A row of panels, as opposed to one panel with its arguments."""
    return not (len(row) == 2 and isinstance(row[1], dict))
