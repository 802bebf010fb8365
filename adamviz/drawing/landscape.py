"""The landscape: contours, the paths, and the arrows of the current step."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D

from ..words import vector
from .panel import Panel, literal
from .style import ARROWS

__all__ = ["TERRAIN", "Landscape"]

TERRAIN = LinearSegmentedColormap.from_list("terrain", ["#a9c4de", "#dde7f0", "#fbfaf6"])


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
        self.texts.remove(self.note)  # the method's own line says it
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
                notes.append(f"{literal(label)}: diverged at step {path.diverged}")
        self.handle.set_data([scene.start[0]], [scene.start[1]])
        self.note.set_text("\n".join(notes))
        self._arrows(ax, scene)

    def _arrows(self, ax, scene):
        path = scene.paths.get(scene.focus)
        shown = [] if path is None else list(_vectors(path, 0))
        if self.shown != shown:
            self.shown = shown
            handles = [
                Line2D([], [], color=c, linewidth=w, marker=">", markersize=w + 3, label=name)
                for name, (c, w) in ARROWS.items()
                if name in shown
            ]
            self.legend(ax, handles, loc="lower right")
        vectors = {} if path is None else _vectors(path, scene.step)
        width = self.view[1] - self.view[0]
        for name, arrow in self.arrows.items():
            vector = vectors.get(name, np.zeros(2))
            length = np.linalg.norm(vector)
            visible = bool(0 < length < np.inf and np.isfinite(path.x[scene.step]).all())
            arrow.set_visible(visible)
            if visible:
                least, most = (0.035, 20.0) if name == "step" else (0.16, 0.16)
                vector = vector / length * np.clip(length, least * width, most * width)
                arrow.set_offsets([path.x[scene.step]])
                arrow.set_UVC([vector[0]], [vector[1]])

    def say(self, scene):
        lines, k = super().say(scene), scene.step
        here = {label: path.x[k] for label, path in scene.paths.items()}
        places = [f"{label} at {vector(x)}" for label, x in here.items() if np.isfinite(x).all()]
        if places:
            lines.append(f"at step {k}: {', '.join(places)}")
        path = scene.paths.get(scene.focus)
        vectors = {} if path is None else _vectors(path, k)
        if vectors:
            arrows = [f"{name} {vector(v)}" for name, v in vectors.items()]
            lines.append(f"{scene.focus} there: {', '.join(arrows)}")
        return lines

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
        known = surface.minimum is not None
        least = min(np.nanmin(z), surface.minimum if known else np.inf)
        gap = z - least
        positive = gap[np.isfinite(gap) & (gap > 0)]
        if len(positive):
            # Levels even in the logarithm: a canyon and its walls both show. Without a minimum
            # to count from, a logarithm would bend a plane; then they are even in the loss.
            space, scale = (np.geomspace, np.log) if known else (np.linspace, np.asarray)
            low, high = np.quantile(positive, 0.003), positive.max()
            levels = space(low if low < high else high / 2, high, 15)  # a step has one height
            floor = np.maximum(gap, levels[0])
            fill = ax.contourf(x, y, scale(floor), scale(levels), cmap=TERRAIN, zorder=0)
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


def _vectors(path, k):
    """The arrows at iterate k, by name: none at the end, no momentum where none is kept."""
    if k >= path.steps:
        return {}
    vectors = {"−gradient": -path.gradient[k], "step": path.x[k + 1] - path.x[k]}
    for name in ("b", "m_hat"):  # the averages of gradients or updates
        if name in path.state:
            vectors["−momentum"] = -path.state[name][k]
    return {name: vectors[name] for name in ARROWS if name in vectors}
