"""The panels of a walk, step by step: the loss, and the optimizer's own state."""

import numpy as np
from matplotlib.lines import Line2D

from ..checks import one_line, refusal, whole
from ..words import number
from .apart import apart
from .panel import GREY, Panel, Role, each, literal, sample, ticks

__all__ = ["Components", "EffectiveStep", "Loss", "Moments", "Rate", "StepSize", "Turning"]


class Loss(Panel):
    """The loss above its minimum against the step, on a logarithmic scale.

    Where the least value is unknown, the loss as it is, on an even scale.
    """

    title = "loss above the minimum"

    def draw(self, scene):
        (ax,) = self.axes
        ax.set_yscale("log")
        ax.set_xlabel("step")
        self.lines, self.dots, self.shown, self.known = {}, {}, None, True
        for label, style in scene.styles.items():
            look = {"color": style.color, "marker": style.marker}
            self.lines[label] = self.curve(
                ax,
                linestyle=style.line,
                markevery=max(1, scene.steps // 8),
                markersize=self.size.line * 3,
                **look,
            )
            self.dots[label] = self.line(
                ax,
                "point",
                markersize=self.size.line * 5,
                markeredgecolor="white",
                linestyle="none",
                **look,
            )
        self.now = self.cursor(ax)
        self.ends = self.names(ax, scene.styles)
        ax.set_xlim(0, max(scene.steps, 1))
        line = ax.axhline(scene.target, color=GREY, linewidth=0.8, linestyle="--", zorder=1)
        words = self.label(
            ax.annotate(
                f"target {scene.target:g}",
                (0.02, scene.target),
                xycoords=("axes fraction", "data"),
                xytext=(0, 2),
                textcoords="offset points",
                fontsize=self.size.font - 2,
                color=GREY,
                zorder=1.5,  # below the curves: where one comes below the target is to be seen
            )
        )
        self.target = line, words

    def move(self, scene):
        (ax,) = self.axes
        self._scale(ax, all(path.minimum is not None for path in scene.paths.values()))
        seen = [np.array([scene.target])] if self.known else []
        for label in scene.styles:
            path = scene.paths.get(label)
            self.lines[label].set_visible(path is not None)
            self.dots[label].set_visible(path is not None)
            if path is None:
                continue
            # A gap of zero is reached, not missing: it stands on the floor of the axis.
            loss = np.clip(path.gap, 1e-30, 1e30) if self.known else np.clip(path.loss, -1e30, 1e30)
            for artist in (self.lines[label], self.dots[label]):
                artist.set_data(np.arange(len(loss)), loss)
            seen.append(loss)
        self.set_cursor(self.now, scene)
        if self.known:
            top = 10 * max(loss[0] for loss in seen)
            self.limits(ax, scene.target * 1e-5, 10.0 ** np.ceil(np.log10(min(top, 1e12))))
        elif seen:  # from the lowest to the highest start
            low = min(np.nanmin(loss) for loss in seen)
            high = max(loss[0] for loss in seen)
            margin = 0.05 * (high - low) or 1.0
            self.limits(ax, low - margin, high + margin)
        self.put_names(ax, self.ends, {label: self.lines[label] for label in scene.paths})
        if self.shown != list(scene.paths):
            self.shown = list(scene.paths)
            self.legend(ax, [sample(label, scene) for label in self.shown], loc="upper right")

    def _scale(self, ax, known):
        """The scale for a least value that is known, or not."""
        if known != self.known:
            self.known, self.stale = known, True
            ax.set_yscale("log" if known else "linear")
            ticks(ax)
            for artist in self.target:
                artist.set_visible(known)
            title = self.title if known else "loss (its minimum is unknown)"
            ax.set_title(title, fontsize=self.size.font)


class Components(Panel):
    """The distance to the minimum per coordinate, against the step, on a logarithmic scale.

    Where no minimum is known, the distance to the origin: how large the coordinate is.

    `overlay(scene, i)`, if given, returns `(steps + 1,)` values to draw as dots beside the measured
    distances of coordinate `i`, one in `every` steps; `name` stands in the legend for them.
    """

    title = "distance to the minimum"
    shape = (2, 1)

    def __init__(self, axes, size, overlay=None, name="closed form", every=None):
        super().__init__(axes, size)
        if overlay is not None and not callable(overlay):
            raise refusal("overlay", "a function of a scene and a coordinate", overlay)
        one_line("name", name)
        self.every = None if every is None else whole("every", every, 1)
        self.overlay, self.overlay_name = overlay, name

    def draw(self, scene):
        self.lines, self.closed = {}, []
        for i, ax in enumerate(self.axes):
            ax.set_yscale("log")
            ax.set_xlim(0, max(scene.steps, 1))
            self.name(ax, f"coordinate $x_{i + 1}$")
            for label, style in scene.styles.items():
                self.lines[label, i] = self.curve(ax, color=style.color, linestyle=style.line)
            self.closed.append(
                self.line(
                    ax,
                    "trail" if scene.secret else "all",
                    color="black",
                    linestyle="none",
                    marker=".",
                    markersize=self.size.line * 3,
                    markevery=self.every or max(1, scene.steps // 25),
                )
            )
        self.ends = [self.names(ax, scene.styles) for ax in self.axes]
        self.shown = None
        self.axes[-1].set_xlabel("step")

    def move(self, scene):
        (minimum, known), seen = _minimum(scene), []
        title = self.title if known else "distance to the origin (minimum unknown)"
        if self.axes[0].get_title() != title:
            self.axes[0].set_title(title, fontsize=self.size.font)
            self.stale = True
        for i in range(len(self.axes)):
            for label in scene.styles:
                path = scene.paths.get(label)
                self.lines[label, i].set_visible(path is not None)
                if path is not None:
                    distance = np.clip(np.abs(path.x[:, i] - minimum[i]), 1e-30, 1e30)
                    self.lines[label, i].set_data(np.arange(len(distance)), distance)
                    seen.append(distance)
            if self.overlay:
                closed = np.clip(np.abs(self.overlay(scene, i)), 1e-30, 1e30)
                self.closed[i].set_data(np.arange(len(closed)), closed)
        for i, ax in enumerate(self.axes):  # one scale for all, so that slopes can be compared
            self.decades(ax, seen, floor=1e-6, ceiling=1e3)
            ends = {label: self.lines[label, i] for label in scene.paths}
            self.put_names(ax, self.ends[i], ends)
        if self.shown != list(scene.paths):
            self.shown = list(scene.paths)
            handles = [sample(label, scene) for label in self.shown]
            if self.overlay:
                look = {"color": "black", "linestyle": "none", "marker": "."}
                handles.append(Line2D([], [], label=literal(self.overlay_name), **look))
            self.legend(self.axes[0], handles, loc="upper right")

    def say(self, scene):
        k, lines = scene.step, super().say(scene)
        minimum, known = _minimum(scene)
        what = "distance" if known else "distance to the origin"
        for i in range(len(self.axes)):
            far = {label: abs(path.x[k, i] - minimum[i]) for label, path in scene.paths.items()}
            if self.overlay:
                far[self.overlay_name] = abs(self.overlay(scene, i)[k])
            far = {name: value for name, value in far.items() if np.isfinite(value)}
            lines.append(f"{what} along x{_SUB[i]} at step {k}: {each(far)}")
        return lines


class Moments(Panel):
    """The gradient and the moments of one method, the focus, coordinate by coordinate.

    At t stands what step t was made of, which led from iterate t − 1 to iterate t. Each coordinate
    has a scale of its own: what is compared is the moments with their gradient.
    """

    title = "moments"
    follows_focus = "moments"
    shape = (2, 1)
    # State names, drawn as: label, whether the root is taken, colour, line style, line width; and
    # how the label is written in the readout.
    parts = (
        ("g", "$g$", False, "#9a9a9a", "-", 0.6, "g"),
        ("b", "$b$", False, "#8e24aa", "-", 1.0, "b"),
        ("m", "$m$", False, "#8e24aa", (0, (4, 2)), 1.0, "m"),
        ("m_hat", r"$\hat m$", False, "#8e24aa", "-", 1.0, "m̂"),
        ("v", r"$\sqrt{v}$", True, "#c25e00", (0, (4, 2)), 1.0, "√v"),
        ("v_hat", r"$\sqrt{\hat v}$", True, "#c25e00", "-", 1.0, "√v̂"),
        ("v_max", r"$\sqrt{v^{\max}}$", True, "#00796b", (0, (1, 1)), 1.0, "√v max"),
        ("S", r"$\sqrt{S}$", True, "#c25e00", "-", 1.0, "√S"),
        ("D", r"$\sqrt{D}$", True, "#00796b", "-", 1.0, "√D"),
        ("u", "$u$", False, "#c25e00", "-", 1.0, "u"),
    )

    def draw(self, scene):
        self.lines, self.called, self.now, self.shown = {}, {}, [], None
        for i, ax in enumerate(self.axes):
            ax.set_xlim(0, max(scene.steps, 1))
            ax.axhline(0, color="#bbbbbb", linewidth=0.7, zorder=0)
            self.name(ax, f"coordinate $x_{i + 1}$", right=True)
            for name, _, _, color, line, width, _ in self.parts:
                self.lines[name, i] = self.curve(
                    ax, 1, color=color, linestyle=line, linewidth=width * self.size.line
                )
            self.now.append(self.cursor(ax))
            for name, words, _, color, *_ in self.parts:
                self.called[name, i] = self.word(ax, words, color, "point", align=0)
        self.axes[-1].set_xlabel("step")

    def move(self, scene):
        path = scene.paths.get(scene.focus)
        arrays = {} if path is None or not path.steps else {"g": path.gradient} | path.state
        shown = [name for name, *_ in self.parts if name in arrays]
        t = np.arange(1, scene.steps + 1)
        for i, ax in enumerate(self.axes):
            for name, _, root, *_ in self.parts:
                line = self.lines[name, i]
                line.set_visible(name in shown)
                self.called[name, i].set_visible(name in shown)
                if name in shown:
                    values = arrays[name][:, i]
                    line.set_data(t, np.clip(np.sqrt(values) if root else values, -1e30, 1e30))
            self.set_cursor(self.now[i], scene)
            self.symmetric(ax, [self.lines[name, i].get_ydata() for name in shown])
            if shown:
                called = {name: (self.lines[name, i], self.called[name, i]) for name in shown}
                self._call(ax, called, scene)
        if self.shown != scene.focus:
            self.shown, self.stale = scene.focus, True
            title = f"moments: {literal(scene.focus or '—')}"
            self.axes[0].set_title(title, fontsize=self.size.font)

    def _call(self, ax, called, scene):
        """Put the names beside the lines at every step, apart from one another."""
        low, high = ax.get_ylim()
        heights = np.stack([line.get_ydata() for line, _ in called.values()], axis=1)
        line = 0.9 * self.line_height(ax)  # single letters need no more
        # Above the name of the axes, where there is room for all.
        floor = line if line * (len(called) + 1) < 1 else 0.0
        heights = apart((heights - low) / (high - low), line, floor)
        # Before the first step they stand where it will lead, if that is no secret.
        before = np.full_like(heights[:1], np.nan) if scene.secret else heights[:1]
        heights = np.concatenate([before, heights])
        x, gap = np.arange(len(heights)) / scene.steps, 0.015
        for (_, word), y in zip(called.values(), heights.T, strict=True):
            wide = word.size[0] / ax.bbox.width + gap
            word.set_data(np.where(x + wide < 1, x + gap, x - wide), y)

    def say(self, scene):
        path, lines = scene.paths.get(scene.focus), super().say(scene)
        t = 0 if path is None else min(scene.step, path.steps)
        if not t:
            return lines
        lines.append(f"{scene.focus} in step {t}:")
        arrays = {"g": path.gradient} | path.state
        for i in range(len(self.axes)):
            values = {
                written: np.sqrt(arrays[name][t - 1, i]) if root else arrays[name][t - 1, i]
                for name, _, root, *_, written in self.parts
                if name in arrays
            }
            parts = [f"{written} = {number(value)}" for written, value in values.items()]
            lines.append(f"  along x{_SUB[i]}: {', '.join(parts)}")
        return lines


class EffectiveStep(Panel):
    """How far a unit of gradient, and a unit of learning rate, carry each coordinate in step t.

    Columns: the rate per coordinate (for Adam α/(√v̂ + ε)), and |Δx| divided by the learning rate.
    Rows: the coordinates, on one scale. `quantities` picks columns. A method without a rate has no
    line there.
    """

    shape = (2, 2)
    weight = 1.8  # it has two columns
    titles = {
        "rate": "rate",
        "step": r"step in units of $\alpha$: $|\Delta x|/\alpha$",
    }
    quantities = ("rate", "step")

    def draw(self, scene):
        self.lines, self.now, self.ends, self.shown = {}, [], [], None
        columns = len(self.quantities)
        for n, ax in enumerate(self.axes):
            i, quantity = n // columns, self.quantities[n % columns]
            ax.set_yscale("log")
            ax.set_xlim(0, max(scene.steps, 1))
            self.name(ax, f"coordinate $x_{i + 1}$")
            if i == 0:
                ax.set_title(self.titles[quantity], fontsize=self.size.font)
            else:
                ax.set_xlabel("step")
            if quantity == "step":
                ax.axhline(1.0, color=GREY, linewidth=0.8, linestyle="--", zorder=1)
            for label, style in scene.styles.items():
                self.lines[label, n] = self.curve(ax, 1, color=style.color, linestyle=style.line)
            self.now.append(self.cursor(ax))
            self.ends.append(self.names(ax, scene.styles))

    def move(self, scene):
        t = np.arange(1, scene.steps + 1)
        columns = len(self.quantities)
        seen = {q: [np.ones(1)] if q == "step" else [] for q in self.quantities}
        for n in range(len(self.axes)):
            i, quantity = n // columns, self.quantities[n % columns]
            for label in scene.styles:
                path = scene.paths.get(label)
                line = self.lines[label, n]
                line.set_visible(path is not None and self.has(path, quantity))
                if not line.get_visible():
                    continue
                values = np.clip(self.values(path, quantity, i), 1e-30, 1e30)
                line.set_data(t, values)
                seen[quantity].append(values)
            self.set_cursor(self.now[n], scene)
        for n, ax in enumerate(self.axes):
            self.decades(ax, seen[self.quantities[n % columns]], floor=1e-6, ceiling=1e6)
            ends = {label: self.lines[label, n] for label in scene.paths}
            ends = {label: line for label, line in ends.items() if line.get_visible()}
            self.put_names(ax, self.ends[n], ends)
        drawn = [k for k, path in scene.paths.items() if self.has(path, self.quantities[0])]
        if columns == 1 and self.shown != drawn:
            self.shown = drawn
            handles = [sample(label, scene) for label in drawn]
            self.legend(self.axes[0], handles, loc="upper right")

    def say(self, scene):
        lines, found = super().say(scene), {}
        for label, path in scene.paths.items():
            t = min(scene.step, path.steps)
            for i in range(len(self.axes) // len(self.quantities)):
                for quantity in self.quantities:
                    if t and self.has(path, quantity):
                        value = self.values(path, quantity, i)[t - 1]
                        found.setdefault((t, quantity, i), {})[label] = value
        words = {"rate": "rate", "step": "|Δx|/α"}
        for (t, quantity, i), values in found.items():
            lines.append(f"{words[quantity]} along x{_SUB[i]} in step {t}: {each(values)}")
        return lines

    @staticmethod
    def has(path, quantity):
        """Whether a path has anything to draw: a step, and for the rate a method with one."""
        return path.steps > 0 and (quantity == "step" or "rate" in path.state)

    @staticmethod
    def values(path, quantity, i):
        """What is drawn of a path along coordinate `i`, `(steps,)`."""
        if quantity == "rate":
            # Before the first gradient a rate is α/ε and multiplies nothing.
            met = np.cumsum(path.gradient[:, i] != 0) > 0
            return np.where(met, path.state["rate"][:, i], np.nan)
        lr = path.optimizer.lr
        return np.abs(np.diff(path.x[:, i])) / lr if lr else np.full(path.steps, np.nan)


class Rate(EffectiveStep):
    """The rate per coordinate alone."""

    shape = (2, 1)
    weight = 1.0
    quantities = ("rate",)


class StepSize(EffectiveStep):
    """|Δx| divided by the learning rate alone."""

    shape = (2, 1)
    weight = 1.0
    quantities = ("step",)


class Turning(Panel):
    """The angle between each step and the one before: 0° straight on, 180° straight back.

    A dot per step; the line is the mean over `window` steps.
    """

    title = "turn from one step to the next"
    own_ticks = True
    window = 9

    def draw(self, scene):
        (ax,) = self.axes
        ax.set_xlabel("step")
        ax.set_xlim(0, max(scene.steps, 1))
        ax.set_ylim(-5, 185)
        ax.set_yticks([0, 45, 90, 135, 180], ["0°", "45°", "90°", "135°", "180°"])
        self.dots, self.lines, self.shown = {}, {}, None
        for label, style in scene.styles.items():
            dots = {"linestyle": "none", "marker": style.marker, "markersize": 3, "alpha": 0.4}
            role = Role("trail", 2) if scene.secret else "all"
            self.dots[label] = self.line(ax, role, color=style.color, **dots)
            look = {"color": style.color, "linestyle": style.line}
            # A mean stands in the middle of its steps; a secret one comes after the last of them.
            late = self.window if scene.secret else self.window // 2
            self.lines[label] = self.curve(ax, 1 + late, **look)
        self.now = self.cursor(ax)

    def move(self, scene):
        (ax,) = self.axes
        for label in scene.styles:
            path = scene.paths.get(label)
            enough = path is not None and path.steps > self.window
            self.dots[label].set_visible(enough)
            self.lines[label].set_visible(enough)
            if enough:
                angle = path.turning
                t = np.arange(2, len(angle) + 2)
                self.dots[label].set_data(t, angle)
                mean = np.convolve(angle, np.full(self.window, 1 / self.window), "valid")
                self.lines[label].set_data(t[self.window // 2 :][: len(mean)], mean)
        self.set_cursor(self.now, scene)
        if self.shown != list(scene.paths):
            self.shown = list(scene.paths)
            self.legend(ax, [sample(label, scene) for label in self.shown], loc="upper right")

    def say(self, scene):
        if not scene.told:
            return super().say(scene)
        mean = {
            label: f"{label} {np.nanmean(path.turning):.0f}°"
            for label, path in scene.paths.items()
            if np.isfinite(path.turning).any()
        }
        return [*super().say(scene), f"mean turn over all steps: {', '.join(mean.values())}"]


_SUB = "₁₂"


def _minimum(scene):
    """The first minimum and True; where none is known, the origin and False."""
    known = len(scene.surface.minima) > 0
    return (scene.surface.minima[0] if known else np.zeros(2)), known
