"""Panels draw once and then move artists; a `Picture` lays them out and renders frames.

Nothing here knows of widgets. A panel is a class with `draw(scene)`, called once, which makes the
axes, the still artists and the moving ones, and `move(scene)`, called for every frame, which gives
the moving ones new data. What stands still is rendered once and kept as pixels; it is rendered
again only when a panel says that it changed, by `self.stale = True`.
"""

import io
from dataclasses import dataclass, field

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter
from PIL import Image, ImageDraw, ImageFont, features

from .descent import descend
from .style import ARROWS, SIZES

__all__ = [
    "FRAME_FORMAT",
    "PANELS",
    "Components",
    "EffectiveStep",
    "ExampleGradients",
    "Landscape",
    "Loss",
    "Moments",
    "Online",
    "Panel",
    "Picture",
    "Rate",
    "Scene",
    "SensitivityMap",
    "StepSize",
    "Turning",
]

_TERRAIN = LinearSegmentedColormap.from_list("terrain", ["#a9c4de", "#dde7f0", "#fbfaf6"])
_GREY = "#5f5f5f"


@dataclass
class Scene:
    """What a frame shows: the surface, the visible paths by label, and where in them we are.

    `values` and `labels` are the controls' by name, `stops` the values that each slider can stand
    on, and `optimizer(**changes)` is the method in focus with some of the values changed.
    """

    surface: object
    paths: dict
    styles: dict
    start: tuple
    steps: int
    step: int
    target: float
    focus: str | None = None
    caption: str = ""
    values: dict = field(default_factory=dict)
    labels: dict = field(default_factory=dict)
    stops: dict = field(default_factory=dict)
    optimizer: object = None


class Panel:
    """Base of the panels: axes, moving artists, and axis limits that change only when they must."""

    title = ""
    follows_focus = False  # whether it shows one method, the focus, in more detail
    shape = (1, 1)  # rows and columns of axes
    weight = 1.0  # share of the row's width

    def __init__(self, axes, size):
        self.axes, self.size = axes, size
        self.moving = []
        self.legends = {}
        self.stale = True

    def line(self, ax, **kwargs):
        """A line that moves, empty so far."""
        kwargs.setdefault("linewidth", self.size.line)
        artist = ax.plot([], [], animated=True, **kwargs)[0]
        self.moving.append(artist)
        return artist

    def text(self, ax, x, y, **kwargs):
        """A text that moves, in fractions of the axes."""
        kwargs = {"fontsize": self.size.font - 1, "transform": ax.transAxes} | kwargs
        artist = ax.text(x, y, "", animated=True, **kwargs)
        self.moving.append(artist)
        return artist

    def name(self, ax, text):
        """A name for one of several axes, in its corner, where no tick label can push it out."""
        ax.text(0.02, 0.04, text, transform=ax.transAxes, fontsize=self.size.font - 1, color=_GREY)

    def legend(self, ax, handles, **kwargs):
        """A legend that stays readable over the moving artists; a new one replaces the old."""
        self.legends[ax] = ax.legend(
            handles=handles,
            fontsize=self.size.font - 1.5,
            framealpha=1.0,
            borderpad=0.3,
            labelspacing=0.25,
            handlelength=1.9,
            handletextpad=0.4,
            **kwargs,
        )
        self.stale = True

    def limits(self, ax, low, high, axis="y"):
        """Set an axis's limits; the still part is rendered again only if they are new."""
        if getattr(ax, f"get_{axis}lim")() != (low, high):
            getattr(ax, f"set_{axis}lim")(low, high)
            self.stale = True

    def decades(self, ax, values, floor=1e-12, ceiling=1e12):
        """Whole decades, two at least, that hold the positive values."""
        values = np.concatenate([np.ravel(v) for v in values]) if values else np.ones(1)
        values = values[np.isfinite(values) & (values > 0)]
        if not len(values):
            return
        # A value that is a power of ten must not lie on the frame.
        low, high = np.log10(np.clip([values.min(), values.max()], floor, ceiling))
        low, high = np.floor(low - 1e-9), np.ceil(high + 1e-9)
        self.limits(ax, 10.0**low, 10.0 ** max(high, low + 2))

    def symmetric(self, ax, values):
        """Limits ±1, ±2 or ±5 times a power of ten that hold the values."""
        largest = max((np.fmax.reduce(np.abs(v), initial=0.0) for v in values), default=0.0)
        if largest > 0:
            power = 10.0 ** np.floor(np.log10(largest))
            top = next(n for n in (1, 2, 5, 10) if largest <= n * power * (1 + 1e-9)) * power
            self.limits(ax, -1.08 * top, 1.08 * top)

    def draw(self, scene):
        raise NotImplementedError

    def move(self, scene):
        raise NotImplementedError

    def grab(self, x, y):
        """What a hand at the point `(x, y)` of the first axes moves: arguments for `set`, or {}."""
        return {}


class Landscape(Panel):
    """Contours, the paths, and the arrows of the current step; the start can be dragged.

    Both axes have one scale, so that the gradient really stands upright on the contours. The
    gradient and momentum arrows show directions, with a fixed length; the step is drawn true, but
    never shorter than can be seen.
    """

    title = "landscape (drag the start)"
    follows_focus = True
    weight = 1.25

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
        for artist in self.still:
            artist.remove()
        self.surface, self.stale = surface, True
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
            levels = space(np.quantile(positive, 0.003), positive.max(), 15)
            floor = np.maximum(gap, levels[0])
            fill = ax.contourf(x, y, scale(floor), scale(levels), cmap=_TERRAIN, zorder=0)
            lines = ax.contour(
                x, y, gap, levels[1:-1], colors="#7f95ab", linewidths=0.6, zorder=0.5
            )
            self.still = [fill, lines]
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
        self.now = self.line(ax, color=_GREY, linewidth=0.8, linestyle=":")
        ax.set_xlim(0, max(scene.steps, 1))
        ax.axhline(scene.target, color=_GREY, linewidth=0.8, linestyle="--", zorder=1)
        ax.annotate(
            f"target {scene.target:g}",
            (0.02, scene.target),
            xycoords=("axes fraction", "data"),
            xytext=(0, 2),
            textcoords="offset points",
            fontsize=self.size.font - 2,
            color=_GREY,
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
            self.legend(ax, [_sample(label, scene) for label in self.shown], loc="upper right")


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
            handles = [_sample(label, scene) for label in self.shown]
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
            self.now.append(self.line(ax, color=_GREY, linewidth=0.8, linestyle=":"))
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
                ax.axhline(1.0, color=_GREY, linewidth=0.8, linestyle="--", zorder=1)
            for label, style in scene.styles.items():
                self.lines[label, n] = self.line(ax, color=style.color, linestyle=style.line)
            self.now.append(self.line(ax, color=_GREY, linewidth=0.8, linestyle=":"))

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
            handles = [_sample(label, scene) for label in self.shown]
            self.legend(self.axes[0], handles, loc="upper right")


class Rate(EffectiveStep):
    """The rate per coordinate alone."""

    shape = (2, 1)
    quantities = ("rate",)


class StepSize(EffectiveStep):
    """|Δx| divided by the learning rate alone."""

    shape = (2, 1)
    quantities = ("step",)


class SensitivityMap(Panel):
    """The loss after the last step for every stop of two sliders, for the method in focus.

    One batch of runs a frame. Cells that diverged are black; the cross is where the sliders stand,
    and can be dragged. `x` and `y` name the sliders (the first two with stops).
    """

    title = "loss at the last step"
    follows_focus = True
    decades = (-8, 2)  # of the colours

    def __init__(self, axes, size, x=None, y=None):
        super().__init__(axes, size)
        self.names = (x, y)

    def draw(self, scene):
        (ax,) = self.axes
        sliders = list(scene.stops)
        x, y = self.names
        self.x, self.y = x or sliders[0], y or next(n for n in sliders if n != (x or sliders[0]))
        for name in (self.x, self.y):
            if name not in scene.stops:
                raise ValueError(f"the map's sliders must be among {sliders}, not {name!r}")
        self.stops = [np.asarray(scene.stops[name]) for name in (self.x, self.y)]
        for axis, stops, name in zip((ax.xaxis, ax.yaxis), self.stops, "xy", strict=True):
            places = [i for i, v in enumerate(stops) if f"{v:e}".startswith("1.000000e")]
            if len(places) < 3:
                places = np.unique(np.linspace(0, len(stops) - 1, 6).round().astype(int))
            axis.set_ticks(places, [f"{v:.3g}" for v in stops[places]])
            getattr(ax, f"set_{name}lim")(-0.5, len(stops) - 0.5)
        ax.set_xlabel(scene.labels.get(self.x, self.x))
        ax.set_ylabel(scene.labels.get(self.y, self.y), labelpad=0)
        ax.grid(False)
        colors = matplotlib.colormaps["cividis"].with_extremes(bad="black")
        low, high = self.decades
        self.image = ax.imshow(
            np.zeros([len(stops) for stops in self.stops]).T,
            origin="lower",
            aspect="auto",
            cmap=colors,
            vmin=low,
            vmax=high,
            interpolation="nearest",  # a cell is a run, and between two runs there is none
            animated=True,
        )
        self.moving.append(self.image)
        white = {"color": "white", "marker": "+", "markersize": self.size.line * 8}
        self.cross = self.line(ax, markeredgewidth=self.size.line * 1.5, **white)
        box = ax.get_position()
        ax.set_position((box.x0, box.y0, box.width * 0.79, box.height))
        bar = ax.inset_axes((1.03, 0, 0.05, 1))
        bar.imshow(
            np.linspace(low, high, 64)[:, None],
            origin="lower",
            aspect="auto",
            cmap=colors,
            extent=(0, 1, low, high),
        )
        bar.set_xticks([])
        ticks = range(low, high + 1, 2)
        bar.set_yticks(ticks, [f"$10^{{{t}}}$" for t in ticks], fontsize=self.size.font - 1.5)
        bar.yaxis.tick_right()
        note = {"ha": "center", "va": "top", "fontsize": self.size.font - 2}
        bar.text(0.5, low - 0.3, "black:\ndiverged", **note)
        self.walked = None

    def move(self, scene):
        (ax,) = self.axes
        self.cross.set_data(
            *(
                [float(np.interp(scene.values[name], stops, np.arange(len(stops))))]
                for name, stops in zip((self.x, self.y), self.stops, strict=True)
            )
        )
        self.image.set_visible(scene.focus is not None)
        if scene.focus is None:
            return
        x, y = self.stops
        optimizer = scene.optimizer(**{self.x: x[:, None], self.y: y[None, :]})
        inputs = (scene.surface, scene.start, scene.steps, repr(optimizer))
        if self.walked == inputs:
            return
        self.walked = inputs
        end = descend(optimizer, scene.surface, scene.start, scene.steps, record="last")
        with np.errstate(all="ignore"):
            loss = np.log10(np.maximum(end.gap[-1], 1e-30))
        # A method without one of the hyperparameters is the same all along that axis.
        self.image.set_data(np.broadcast_to(loss, (len(x), len(y))).T)
        title = f"{scene.focus}: loss after {scene.steps} steps"
        if ax.get_title() != title:
            ax.set_title(title, fontsize=self.size.font)
            self.stale = True

    def grab(self, x, y):
        moved = {}
        for name, stops, place in zip((self.x, self.y), self.stops, (x, y), strict=True):
            moved[name] = stops[np.clip(round(float(place)), 0, len(stops) - 1)].item()
        return moved


class Turning(Panel):
    """The angle between each step and the one before: 0° straight on, 180° straight back.

    A dot per step; the line is the mean over `window` steps.
    """

    title = "turn from one step to the next"
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
        self.now = self.line(ax, color=_GREY, linewidth=0.8, linestyle=":")

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
            self.legend(ax, [_sample(label, scene) for label in self.shown], loc="upper right")


class ExampleGradients(Panel):
    """Downhill for every example where the focus's path stands, and for this step's batch.

    A ray from the centre is one example's −gradient. The mean of all rays is the full −gradient,
    the mean of the batch's is what the step uses. Empty where the surface has no examples.
    """

    title = "−gradient of each example, here"
    looks = {  # colour, line width in points, marker
        "an example": ("#93a1af", 0.6, "."),
        "in this batch": ("#e07b00", 1.1, "o"),
        "mean of all": ("#2f7fc4", 4.6, (3, 0, 0)),
        "mean of the batch": ("#111111", 1.8, (3, 0, 0)),
    }

    def draw(self, scene):
        (ax,) = self.axes
        ax.set_xlabel("along $x_1$")
        ax.set_ylabel("along $x_2$", labelpad=0)
        unit, self.rays = self.size.line / 1.6, {}
        for name, (color, width, marker) in self.looks.items():
            size = 2.5 if isinstance(marker, str) else 5.0 + width
            look = {"marker": marker, "markersize": size * unit, "linewidth": width * unit}
            # Of the three points of a ray, from the centre to the tip and a gap, only the tip.
            self.rays[name] = self.line(ax, color=color, markevery=slice(1, None, 3), **look)
        handles = [
            Line2D([], [], color=color, linewidth=width, marker=">" if width > 1.5 else marker)
            for color, width, marker in self.looks.values()
        ]
        self.legend(ax, handles, labels=list(self.looks), loc="upper left")

    def move(self, scene):
        path, problem = scene.paths.get(scene.focus), scene.surface
        shown = path is not None and hasattr(problem, "example_gradients")
        for ray in self.rays.values():
            ray.set_visible(shown)
        if not shown:
            return
        here = path.x[scene.step]
        downhill, rows = -problem.example_gradients(here), problem.indices(scene.step)
        means = [-problem.full_gradient(here), -problem.gradient(here, scene.step)]
        ends = (downhill, downhill[rows], *np.array(means)[:, None])
        for ray, tips in zip(self.rays.values(), ends, strict=True):
            points = np.stack([np.zeros_like(tips), tips, np.full_like(tips, np.nan)], axis=1)
            ray.set_data(*points.reshape(-1, 2).T)
        for name in ("mean of all", "mean of the batch"):
            x, y = self.rays[name].get_xydata()[1]
            if np.isfinite([x, y]).all():
                self.rays[name].set_marker((3, 0, np.degrees(np.arctan2(y, x)) - 90))
        self._fit(np.abs(downhill).max(axis=0))

    def _fit(self, largest):
        """One scale for both axes, so that directions are those of the landscape."""
        (ax,) = self.axes
        wide = ax.bbox.width / ax.bbox.height
        half = max(largest[1], largest[0] / wide)  # that the height must hold
        if 0 < half < 1e30:
            power = 10.0 ** np.floor(np.log10(half))
            top = next(n for n in (1, 1.5, 2, 3, 4, 6, 8, 10) if half <= n * power) * power * 1.05
            self.limits(ax, -top, top)
            self.limits(ax, -top * wide, top * wide, "x")


class Online(Panel):
    """An online problem on [−1, 1]: the iterate x₁, its average regret, and the rate.

    The losses are taken as linear, fₜ(x) = gₜ x with the recorded gradients of the first
    coordinate. The regret is what the iterates lost, beyond the best fixed point of [−1, 1].
    """

    shape = (1, 3)
    titles = ("iterate $x_1$", "average regret", r"rate, e.g. $\alpha_t/\sqrt{v_t}$")

    @staticmethod
    def regret(path):
        """The average regret after each step, `(steps,)`."""
        g = path.gradient[:, 0]
        lost = np.cumsum(g * path.x[:-1, 0])
        least = -np.abs(np.cumsum(g))
        return (lost - least) / np.arange(1, len(g) + 1)

    def draw(self, scene):
        self.lines, self.dots, self.now, self.shown = {}, {}, [], None
        for n, ax in enumerate(self.axes):
            ax.set_title(self.titles[n], fontsize=self.size.font)
            ax.set_xlabel("step")
            ax.set_xlim(0, max(scene.steps, 1))
            if n == 0:
                ax.set_ylim(-1.15, 1.15)
                for edge in (-1, 1):
                    ax.axhline(edge, color=_GREY, linewidth=0.8, linestyle="--", zorder=1)
            else:
                ax.set_yscale("log")
            for label, style in scene.styles.items():
                look = {"color": style.color, "linestyle": style.line}
                self.lines[label, n] = self.line(ax, linewidth=self.size.line * 0.7, **look)
            for label, style in scene.styles.items():
                look = {"color": style.color, "marker": style.marker}
                self.dots[label, n] = self.line(
                    ax, markersize=self.size.line * 4, markeredgecolor="white", **look
                )
            self.now.append(self.line(ax, color=_GREY, linewidth=0.8, linestyle=":"))

    def move(self, scene):
        seen = [], [], []
        for label in scene.styles:
            path = scene.paths.get(label)
            for n in range(3):
                for artists in (self.lines, self.dots):
                    artists[label, n].set_visible(path is not None and bool(path.steps))
            if path is None or not path.steps:
                continue
            values = path.x[:, 0], self.regret(path), path.state["rate"][:, 0]
            for n, y in enumerate(values):
                if n:  # a logarithmic axis has no place for a regret below zero
                    y = np.where(y > 0, np.clip(y, 1e-30, 1e30), np.nan)
                t = np.arange(len(y)) + (n > 0)
                self.lines[label, n].set_data(t, y)
                self.dots[label, n].set_data(t[t == scene.step], y[t == scene.step])
                seen[n].append(y)
        for n in (1, 2):
            self.decades(self.axes[n], seen[n], floor=1e-6, ceiling=1e6)
        for n, now in enumerate(self.now):
            now.set_data([scene.step, scene.step], [-2, 2] if n == 0 else [1e-30, 1e30])
        if self.shown != list(scene.paths):
            self.shown = list(scene.paths)
            handles = [_sample(label, scene) for label in self.shown]
            self.legend(self.axes[1], handles, loc="upper right")


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


def _sample(label, scene):
    """A legend entry in the method's style."""
    style = scene.styles[label]
    return Line2D([], [], color=style.color, linestyle=style.line, marker=style.marker, label=label)


class Picture:
    """Rows of panels in one figure, rendered to frames.

    Parameters
    ----------
    rows : sequence of rows, each a sequence of panels
        A panel is a name in `PANELS`, a subclass of `Panel`, or a pair (one of these, dict of
        further arguments).
    scene : Scene
        The first one.
    size : "screen" or "projector"
    """

    def __init__(self, rows, scene, size="screen"):
        if size not in SIZES:
            raise ValueError(f"size must be one of {', '.join(SIZES)}, not {size!r}")
        self.size = SIZES[size]
        unit = self.size.font / 9.5  # all margins grow with the type
        self.height = round(self.size.row * (1.0 if len(rows) == 1 else 0.88 * len(rows)))
        self.figure = Figure((self.size.width / 100, self.height / 100), dpi=100)
        self.canvas = FigureCanvasAgg(self.figure)
        # Pillow writes the caption, which changes with every frame: ten times as fast.
        self.caption = ""
        self._font = ImageFont.truetype(findfont("DejaVu Sans"), self.size.font * 100 / 72)
        self._corner = (8 * unit, 4 * unit)
        self.panels = []
        top = 22 * unit
        row_height = (self.height - top) / len(rows)
        for r, row in enumerate(rows):
            kinds = [_panel(panel) for panel in row]
            weights = np.array([kind.weight for kind, _ in kinds])
            edges = np.concatenate([[0], np.cumsum(weights) / weights.sum()]) * self.size.width
            y = self.height - top - (r + 1) * row_height
            for kind, left, right in zip(kinds, edges[:-1], edges[1:], strict=True):
                box = (left, y, right - left, row_height)
                self._add(kind, box, unit, scene)
        self._still = None

    def _add(self, kind, box, unit, scene):
        left, bottom, width, height = box
        kind, options = kind
        n, m = kind.shape
        left, width = left + 54 * unit, width - 66 * unit
        bottom, height = bottom + 44 * unit, height - 68 * unit
        across, up = 44 * unit, 20 * unit  # gaps between the axes of one panel
        w, h = (width - (m - 1) * across) / m, (height - (n - 1) * up) / n
        axes = []
        for i in range(n):
            for j in range(m):
                ax = self.figure.add_axes(
                    (
                        (left + j * (w + across)) / self.size.width,
                        (bottom + (n - 1 - i) * (h + up)) / self.height,
                        w / self.size.width,
                        h / self.height,
                    )
                )
                ax.set_autoscale_on(False)  # panels set limits that are worth a redraw
                ax.set_ylim(0.1, 1)
                ax.tick_params(labelsize=self.size.font - 1.5, labelbottom=i == n - 1)
                ax.grid(color="#e6e6e6", linewidth=0.6)
                ax.set_axisbelow(True)
                axes.append(ax)
        panel = kind(axes, self.size, **options)
        panel.draw(scene)
        if not any(ax.get_title(loc) for ax in axes for loc in ("left", "center")):
            axes[0].set_title(panel.title, fontsize=self.size.font)
        for ax in axes:
            ax.xaxis.label.set_size(self.size.font)
            ax.yaxis.label.set_size(self.size.font)
            if isinstance(panel, SensitivityMap):
                continue
            ax.xaxis.set_major_locator(MaxNLocator(5, integer=not isinstance(panel, Landscape)))
            if ax.get_yscale() == "log":
                ax.yaxis.set_major_locator(LogLocator(numticks=6 if n == 1 else 4))
                ax.yaxis.set_minor_formatter(NullFormatter())
            elif not isinstance(panel, Turning):
                ax.yaxis.set_major_locator(MaxNLocator(5))
        self.panels.append(panel)

    def render(self, scene):
        """Bring the picture to `scene`."""
        self.caption = scene.caption
        for panel in self.panels:
            panel.move(scene)
        if self._still is None or any(panel.stale for panel in self.panels):
            self.canvas.draw()
            self._still = self.canvas.copy_from_bbox(self.figure.bbox)
            self._legends = []
            for panel in self.panels:
                panel.stale = False
                for legend in panel.legends.values():
                    box = legend.get_window_extent().padded(1)
                    self._legends.append(self.canvas.copy_from_bbox(box))
        else:
            self.canvas.restore_region(self._still)
        renderer = self.canvas.get_renderer()
        for panel in self.panels:
            for artist in panel.moving:
                artist.draw(renderer)
        for legend in self._legends:
            self.canvas.restore_region(legend)

    def encode(self, format):
        """The last rendered frame as bytes, in `format` "png" or "webp" (lossless)."""
        size = (self.size.width, self.height)
        image = Image.frombuffer("RGBX", size, self.canvas.buffer_rgba(), "raw", "RGBX", 0, 1)
        image = image.convert("RGB")
        # A long caption is set smaller rather than cut off.
        fit = (self.size.width - 2 * self._corner[0]) / max(1, self._font.getlength(self.caption))
        font = self._font if fit >= 1 else self._font.font_variant(size=self._font.size * fit)
        ImageDraw.Draw(image).text(self._corner, self.caption, fill="#222222", font=font)
        options = {"lossless": True, "quality": 0, "method": 0} if format == "webp" else {}
        out = io.BytesIO()
        image.save(out, format, **options)
        return out.getvalue()

    def locate(self, px, py):
        """The panel under a pixel from the top left, and the point in it; or None."""
        for panel in self.panels:
            ax = panel.axes[0]
            if ax.bbox.contains(px, self.height - py):
                return panel, ax.transData.inverted().transform((px, self.height - py))
        return None


# Half the time of a PNG for the same pixels, where Pillow was built with it.
FRAME_FORMAT = "webp" if features.check("webp") else "png"


def _panel(panel):
    """The class of a panel and its further arguments."""
    kind, options = panel if isinstance(panel, tuple) else (panel, {})
    kind = PANELS.get(kind, kind) if isinstance(kind, str) else kind
    if not (isinstance(kind, type) and issubclass(kind, Panel)):
        raise ValueError(f"panels must be Panel classes or among {', '.join(PANELS)}, not {kind!r}")
    return kind, options
