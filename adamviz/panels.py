"""The panels of a walk: the landscape, the loss, the optimizer's own state, step by step."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D

from .panel import GREY, Panel, sample
from .special_panels import ExampleGradients, Online, SensitivityMap
from .style import ARROWS

__all__ = [
    "PANELS",
    "Components",
    "EffectiveStep",
    "Landscape",
    "Loss",
    "Moments",
    "Panel",
    "Rate",
    "StepSize",
    "Turning",
]

_TERRAIN = LinearSegmentedColormap.from_list("terrain", ["#a9c4de", "#dde7f0", "#fbfaf6"])


class Landscape(Panel):
    """Contours, the paths, and the arrows of the current step; the start can be dragged.

    Both axes have one scale, so that the gradient really stands upright on the contours. The
    gradient and momentum arrows show directions, with a fixed length; the step is drawn true, but
    never shorter than can be seen.
    """

    title = "landscape (drag the start)"
    follows_focus = True
    weight = 1.25
    counts_steps = False

    def draw(self, scene):
        (ax,) = self.axes
        ax.set_xlabel("$x_1$")
        ax.set_ylabel("$x_2$", labelpad=1)
        self.surface, self.still = None, []
        line = self.size.line
        self.whole, self.walked, self.here = {}, {}, {}
        for label, style in scene.styles.items():
            look = {"color": style.color, "linestyle": style.line}
            self.whole[label] = self.line(ax, alpha=0.35, linewidth=line * 0.7, **look)
            self.walked[label] = self.line(
                ax, marker=style.marker, markersize=line * 2, linewidth=line, **look
            )
        for label, style in scene.styles.items():
            self.here[label] = self.line(
                ax,
                color=style.color,
                marker=style.marker,
                markersize=line * 4.8,
                markeredgecolor="white",
            )
        self.handle = self.line(
            ax,
            color="none",
            marker="o",
            markersize=line * 6.5,
            markeredgecolor="black",
            markeredgewidth=line,
        )
        self.arrows = {}
        for name, (color, width) in ARROWS.items():
            self.arrows[name] = ax.quiver(
                [0.0],
                [0.0],
                [0.0],
                [0.0],
                color=color,
                angles="xy",
                scale_units="xy",
                scale=1,
                units="dots",
                width=width * line / 1.6,
                headwidth=3.5,
                headlength=4,
                headaxislength=3.6,
                minlength=0.1,
                animated=True,
                zorder=5,
            )
            self.moving.append(self.arrows[name])
        self.note = self.text(ax, 0.02, 0.98, va="top", color="#a00000", zorder=6)
        self.shown = None

    def move(self, scene):
        (ax,) = self.axes
        if scene.surface is not self.surface:
            self._contours(ax, scene.surface)
        left, right, bottom, top = self.view
        notes = []
        for label in scene.styles:
            path = scene.paths.get(label)
            for artist in (self.whole[label], self.walked[label], self.here[label]):
                artist.set_visible(path is not None)
            if path is None:
                continue
            # Far outside, only the direction of a line matters; huge pixels would overflow.
            width, height = right - left, top - bottom
            x = np.clip(path.x[:, 0], left - 20 * width, right + 20 * width)
            y = np.clip(path.x[:, 1], bottom - 20 * height, top + 20 * height)
            k = scene.step
            self.whole[label].set_data(x, y)
            self.walked[label].set_data(x[: k + 1], y[: k + 1])
            self.here[label].set_data(x[k : k + 1], y[k : k + 1])
            if path.diverged is not None:
                notes.append(f"{label}: diverged at step {path.diverged}")
        self.handle.set_data([scene.start[0]], [scene.start[1]])
        self.note.set_text("\n".join(notes))
        self._arrows(ax, scene)

    def _arrows(self, ax, scene):
        path = scene.paths.get(scene.focus)
        k = scene.step
        vectors = {}
        names = _memory(path.state) if path is not None else []
        shown = [name for name in ARROWS if path is not None and (names or name != "−momentum")]
        if self.shown != shown:
            self.shown = shown
            handles = [
                Line2D([], [], color=c, linewidth=w, marker=">", markersize=w + 3, label=name)
                for name, (c, w) in ARROWS.items()
                if name in shown
            ]
            self.legend(ax, handles, loc="lower right")
        if path is not None and k < path.steps:
            memory = path.state[names[0]][k] if names else None
            width = self.view[1] - self.view[0]
            for name, vector, least, most in (
                ("−gradient", -path.gradient[k], 0.16, 0.16),
                ("−momentum", None if memory is None else -memory, 0.16, 0.16),
                ("step", path.x[k + 1] - path.x[k], 0.035, 20.0),
            ):
                length = np.linalg.norm(vector) if vector is not None else 0.0
                if np.isfinite(length) and length > 0:
                    vectors[name] = vector / length * np.clip(length, least * width, most * width)
        for name, arrow in self.arrows.items():
            vector = vectors.get(name)
            visible = vector is not None and bool(np.isfinite([*vector, *path.x[k]]).all())
            arrow.set_visible(visible)
            if visible:
                arrow.set_offsets([path.x[k]])
                arrow.set_UVC([vector[0]], [vector[1]])

    def grab(self, x, y):
        # Hundredths of the view are as fine as a hand is, and read well.
        digits = max(0, 3 - int(np.floor(np.log10(self.view[1] - self.view[0]))))
        return {"start": (round(float(x), digits), round(float(y), digits))}

    def _contours(self, ax, surface):
        while self.still:  # not again after an error below
            self.still.pop().remove()
        self.surface, self.stale = None, True
        box = ax.get_window_extent()
        left, right, bottom, top = surface.view
        # Widen the view until both axes have the same scale.
        scale = max((right - left) / box.width, (top - bottom) / box.height)
        dx = (scale * box.width - (right - left)) / 2
        dy = (scale * box.height - (top - bottom)) / 2
        self.view = left, right, bottom, top = left - dx, right + dx, bottom - dy, top + dy
        ax.set_xlim(left, right)
        ax.set_ylim(bottom, top)
        # A surface that is slow to evaluate says that fewer points must do.
        columns, rows = getattr(surface, "grid", (180, 150))
        x, y = np.meshgrid(np.linspace(left, right, columns), np.linspace(bottom, top, rows))
        with np.errstate(all="ignore"):
            z = surface.value(np.stack([x, y], axis=-1))
        least = min(np.nanmin(z), surface.minimum if len(surface.minima) else np.inf)
        gap = z - least
        positive = gap[np.isfinite(gap) & (gap > 0)]
        if len(positive):
            # Levels even in the logarithm: a canyon and its walls both show. Without a minimum
            # to count from, a logarithm would bend a plane; then they are even in the loss.
            space, scale = (
                (np.geomspace, np.log) if len(surface.minima) else (np.linspace, np.asarray)
            )
            low, high = np.quantile(positive, 0.003), positive.max()
            levels = space(low if low < high else high / 2, high, 15)  # a step has one height
            floor = np.maximum(gap, levels[0])
            fill = ax.contourf(x, y, scale(floor), scale(levels), cmap=_TERRAIN, zorder=0)
            lines = ax.contour(
                x, y, gap, levels[1:-1], colors="#7f95ab", linewidths=0.6, zorder=0.5
            )
            self.still += [fill, lines]
        if len(surface.minima):
            self.still += ax.plot(
                *surface.minima.T,
                linestyle="none",
                marker="+",
                markersize=self.size.line * 6,
                markeredgewidth=self.size.line,
                color="black",
                zorder=1,
            )
        self.surface = surface


class Loss(Panel):
    """The loss above its minimum against the step, on a logarithmic scale."""

    title = "loss above the minimum"

    def draw(self, scene):
        (ax,) = self.axes
        ax.set_yscale("log")
        ax.set_xlabel("step")
        self.lines, self.dots, self.shown = {}, {}, None
        for label, style in scene.styles.items():
            look = {"color": style.color, "marker": style.marker}
            self.lines[label] = self.line(
                ax,
                linestyle=style.line,
                markevery=max(1, scene.steps // 8),
                markersize=self.size.line * 3,
                **look,
            )
            self.dots[label] = self.line(
                ax, markersize=self.size.line * 5, markeredgecolor="white", **look
            )
        self.now = self.line(ax, color=GREY, linewidth=0.8, linestyle=":")
        ax.set_xlim(0, max(scene.steps, 1))
        ax.axhline(scene.target, color=GREY, linewidth=0.8, linestyle="--", zorder=1)
        ax.annotate(
            f"target {scene.target:g}",
            (0.02, scene.target),
            xycoords=("axes fraction", "data"),
            xytext=(0, 2),
            textcoords="offset points",
            fontsize=self.size.font - 2,
            color=GREY,
        )

    def move(self, scene):
        (ax,) = self.axes
        tops = [scene.target * 10]
        for label in scene.styles:
            path = scene.paths.get(label)
            self.lines[label].set_visible(path is not None)
            self.dots[label].set_visible(path is not None)
            if path is None:
                continue
            # A gap of zero is reached, not missing: it stands on the floor of the axis.
            gap = np.clip(path.gap, 1e-30, 1e30)
            self.lines[label].set_data(np.arange(len(gap)), gap)
            self.dots[label].set_data([scene.step], gap[scene.step : scene.step + 1])
            tops.append(gap[0] * 10)
        self.now.set_data([scene.step, scene.step], [1e-30, 1e30])
        top = 10.0 ** np.ceil(np.log10(min(max(tops), 1e12)))
        self.limits(ax, scene.target * 1e-5, top)
        if self.shown != list(scene.paths):
            self.shown = list(scene.paths)
            self.legend(ax, [sample(label, scene) for label in self.shown], loc="upper right")


class Components(Panel):
    """The distance to the minimum per coordinate, against the step, on a logarithmic scale.

    `overlay(scene, i)`, if given, returns `(steps + 1,)` values to draw as dots beside the measured
    distances of coordinate `i`, one in `every` steps; `name` stands in the legend for them.
    """

    title = "distance to the minimum"
    shape = (2, 1)

    def __init__(self, axes, size, overlay=None, name="closed form", every=None):
        super().__init__(axes, size)
        self.every = every
        self.overlay, self.overlay_name = overlay, name

    def draw(self, scene):
        self.lines, self.closed = {}, []
        for i, ax in enumerate(self.axes):
            ax.set_yscale("log")
            ax.set_xlim(0, max(scene.steps, 1))
            self.name(ax, f"coordinate $x_{i + 1}$")
            for label, style in scene.styles.items():
                self.lines[label, i] = self.line(ax, color=style.color, linestyle=style.line)
            self.closed.append(
                self.line(
                    ax,
                    color="black",
                    linestyle="none",
                    marker=".",
                    markersize=self.size.line * 3,
                    markevery=self.every or max(1, scene.steps // 25),
                )
            )
        self.shown = None
        self.axes[-1].set_xlabel("step")

    def move(self, scene):
        minimum = scene.surface.minima[0] if len(scene.surface.minima) else np.zeros(2)
        seen = []
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
        for ax in self.axes:  # one scale for all, so that slopes can be compared
            self.decades(ax, seen, floor=1e-6, ceiling=1e3)
        if self.shown != list(scene.paths):
            self.shown = list(scene.paths)
            handles = [sample(label, scene) for label in self.shown]
            if self.overlay:
                look = {"color": "black", "linestyle": "none", "marker": "."}
                handles.append(Line2D([], [], label=self.overlay_name, **look))
            self.legend(self.axes[0], handles, loc="upper right")


class Moments(Panel):
    """The gradient and the moments of one method, the focus, coordinate by coordinate."""

    title = "moments"
    follows_focus = True
    shape = (2, 1)
    # State names, drawn as: label, whether the root is taken, colour, line style, line width.
    parts = (
        ("g", "$g$", False, "#9a9a9a", "-", 0.6),
        ("b", "$b$", False, "#8e24aa", "-", 1.0),
        ("m", "$m$", False, "#8e24aa", (0, (4, 2)), 1.0),
        ("m_hat", r"$\hat m$", False, "#8e24aa", "-", 1.0),
        ("v", r"$\sqrt{v}$", True, "#c25e00", (0, (4, 2)), 1.0),
        ("v_hat", r"$\sqrt{\hat v}$", True, "#c25e00", "-", 1.0),
        ("v_max", r"$\sqrt{v^{\max}}$", True, "#00796b", (0, (1, 1)), 1.0),
        ("S", r"$\sqrt{S}$", True, "#c25e00", "-", 1.0),
        ("D", r"$\sqrt{D}$", True, "#00796b", "-", 1.0),
        ("u", "$u$", False, "#c25e00", "-", 1.0),
    )

    def draw(self, scene):
        self.lines, self.now, self.shown = {}, [], None
        self.axes[0].set_title(self.title, fontsize=self.size.font, loc="left")
        for i, ax in enumerate(self.axes):
            ax.set_xlim(0, max(scene.steps, 1))
            ax.axhline(0, color="#bbbbbb", linewidth=0.7, zorder=0)
            self.name(ax, f"coordinate $x_{i + 1}$")
            for name, _, _, color, line, width in self.parts:
                self.lines[name, i] = self.line(
                    ax, color=color, linestyle=line, linewidth=width * self.size.line
                )
            self.now.append(self.line(ax, color=GREY, linewidth=0.8, linestyle=":"))
        self.axes[-1].set_xlabel("step")

    def move(self, scene):
        path = scene.paths.get(scene.focus)
        arrays = {} if path is None else {"g": path.gradient} | path.state
        shown = [part for part in self.parts if part[0] in arrays]
        t = np.arange(1, scene.steps + 1)
        for i, ax in enumerate(self.axes):
            for name, _, root, *_ in self.parts:
                line = self.lines[name, i]
                line.set_visible(name in arrays)
                if name in arrays:
                    values = arrays[name][:, i]
                    line.set_data(t, np.clip(np.sqrt(values) if root else values, -1e30, 1e30))
            self.now[i].set_data([scene.step + 1] * 2, [-1e30, 1e30])
            self.symmetric(
                ax, [self.lines[name, i].get_ydata() for name, *_ in shown] if scene.steps else []
            )
        if self.shown != (scene.focus, shown):
            self.shown = (scene.focus, shown)
            handles = [
                Line2D([], [], color=color, linestyle=line, label=name)
                for _, name, _, color, line, _ in shown
            ]
            title = f"moments: {scene.focus or '—'}"
            self.axes[0].set_title(title, fontsize=self.size.font, loc="left")
            self.legend(
                self.axes[0],
                handles,
                loc="lower right",
                bbox_to_anchor=(1.01, 1.0),
                ncols=len(handles),
                columnspacing=0.9,
                frameon=False,
            )


class EffectiveStep(Panel):
    """How far a unit of gradient, and a unit of learning rate, carry each coordinate.

    Columns: the rate per coordinate (for Adam α/(√v̂ + ε)), and |Δx| divided by the learning rate.
    Rows: the coordinates. `quantities` picks columns.
    """

    shape = (2, 2)
    titles = {
        "rate": "rate",
        "step": r"step in units of $\alpha$: $|\Delta x|/\alpha$",
    }
    quantities = ("rate", "step")

    def draw(self, scene):
        self.lines, self.now, self.shown = {}, [], None
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
                self.lines[label, n] = self.line(ax, color=style.color, linestyle=style.line)
            self.now.append(self.line(ax, color=GREY, linewidth=0.8, linestyle=":"))

    def move(self, scene):
        t = np.arange(1, scene.steps + 1)
        columns = len(self.quantities)
        for n, ax in enumerate(self.axes):
            i, quantity = n // columns, self.quantities[n % columns]
            seen = [np.ones(1)] if quantity == "step" else []
            for label in scene.styles:
                path = scene.paths.get(label)
                line = self.lines[label, n]
                line.set_visible(path is not None and bool(path.steps))
                if path is None or not path.steps:
                    continue
                if quantity == "rate":
                    # Before the first gradient a rate is α/ε and multiplies nothing.
                    met = np.cumsum(path.gradient[:, i] != 0) > 0
                    values = np.where(met, path.state["rate"][:, i], np.nan)
                else:
                    lr = path.optimizer.lr
                    values = np.abs(np.diff(path.x[:, i])) / lr if lr else np.full(len(t), np.nan)
                values = np.clip(values, 1e-30, 1e30)
                line.set_data(t, values)
                seen.append(values)
            self.now[n].set_data([scene.step + 1] * 2, [1e-30, 1e30])
            self.decades(ax, seen, floor=1e-6, ceiling=1e6)
        if columns == 1 and self.shown != list(scene.paths):
            self.shown = list(scene.paths)
            handles = [sample(label, scene) for label in self.shown]
            self.legend(self.axes[0], handles, loc="upper right")


class Rate(EffectiveStep):
    """The rate per coordinate alone."""

    shape = (2, 1)
    quantities = ("rate",)


class StepSize(EffectiveStep):
    """|Δx| divided by the learning rate alone."""

    shape = (2, 1)
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
            self.dots[label] = self.line(ax, color=style.color, **dots)
            self.lines[label] = self.line(ax, color=style.color, linestyle=style.line)
        self.now = self.line(ax, color=GREY, linewidth=0.8, linestyle=":")

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
        self.now.set_data([scene.step, scene.step], [-5, 185])
        if self.shown != list(scene.paths):
            self.shown = list(scene.paths)
            self.legend(ax, [sample(label, scene) for label in self.shown], loc="upper right")


PANELS = {
    "landscape": Landscape,
    "examples": ExampleGradients,
    "loss": Loss,
    "components": Components,
    "moments": Moments,
    "effective step": EffectiveStep,
    "rate": Rate,
    "step size": StepSize,
    "turning": Turning,
    "map": SensitivityMap,
    "online": Online,
}


def _memory(state):
    """The names of the averages of gradients or updates in a state, the corrected one first."""
    return [name for name in ("m_hat", "b") if name in state]
