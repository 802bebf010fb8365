"""The landscape: contours, the paths, and the arrows of each step."""

import numpy as np
from contourpy import FillType, LineType, contour_generator
from matplotlib.collections import PathCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.path import Path

from ..words import vector
from .panel import Panel, literal, put
from .style import ARROWS

__all__ = ["TERRAIN", "Landscape"]

FAR = 20  # widths and heights of the view: what is further away is drawn there
FEW = 4  # paths of which all places are told; of more, that of the method in detail
CROSS = 6  # widths of a line: the cross of a minimum
SLACK = 0.1  # pixels by which a contour may be off: most vertices of the grid are not needed

TERRAIN = LinearSegmentedColormap.from_list("terrain", ["#a9c4de", "#dde7f0", "#fbfaf6"])


class Landscape(Panel):
    """Contours, the paths, and the arrows of the current step; the start can be dragged.

    Both axes have one scale, so that the gradient really stands upright on the contours. The
    gradient and momentum arrows show directions, with a fixed length; the step is drawn true, but
    never shorter than can be seen.
    """

    title = "landscape (drag the start)"
    follows_focus = "arrows"
    weight = 1.25
    counts_steps = False
    meaning = {name: name for name in ARROWS}  # what the arrows are called

    def draw(self, scene):
        (ax,) = self.axes
        ax.set_xlabel("$x_1$")
        ax.set_ylabel("$x_2$", labelpad=1)
        self.surface, self.seen, self.still = None, None, []
        line = self.size.line
        self.whole, self.walked, self.here = {}, {}, {}
        for label, style in scene.styles.items():
            look = {"color": style.color, "linestyle": style.line}
            self.whole[label] = self.ahead(ax, linewidth=line * 0.7, **look)
            self.walked[label] = self.line(
                ax, "trail", marker=style.marker, markersize=line * 2, linewidth=line, **look
            )
        for label, style in scene.styles.items():
            self.here[label] = self.line(
                ax,
                "point",
                color=style.color,
                marker=style.marker,
                markersize=line * 4.8,
                markeredgecolor="white",
                linestyle="none",
            )
        self.handle = self.line(
            ax,
            "handle",
            color="none",
            linestyle="none",
            marker="o",
            markersize=line * 6.5,
            markeredgecolor="black",
            markeredgewidth=line,
        )
        self.arrows = {
            name: self.arrow(ax, color=color, width=width * line / 1.6, zorder=5)
            for name, (color, width) in ARROWS.items()
        }
        self.called = {
            name: self.word(ax, literal(text), ARROWS[name][0], "point")
            for name, text in self.meaning.items()
        }
        self.note = self.text(ax, 0.02, 0.98, va="top", color="#a00000", zorder=6)
        self.texts.remove(self.note)  # the method's own line says it

    def move(self, scene):
        (ax,) = self.axes
        if scene.surface is not self.surface:
            self._contours(ax, scene.surface)
        notes = []
        for label in scene.styles:
            path = scene.paths.get(label)
            for artist in (self.whole[label], self.walked[label], self.here[label]):
                artist.set_visible(path is not None)
            if path is None:
                continue
            x, y = self._near(path.x).T
            for artist in (self.whole[label], self.walked[label], self.here[label]):
                artist.set_data(x, y)
            if path.diverged is not None and (not scene.secret or scene.step >= path.diverged):
                notes.append(f"{literal(label)}: diverged at step {path.diverged}")
        self.handle.set_data([scene.start[0]], [scene.start[1]])
        self.note.set_text("\n".join(notes))
        self._arrows(ax, scene)

    def vectors(self, scene):
        """The arrows of all steps, by name: where they begin, and how far they go.

        Two arrays `(n, 2)` each, row k for step k. A name of `ARROWS` that is not there has no
        arrow, and a row that is zero or not finite has none at its step.
        """
        path = scene.paths.get(scene.focus)
        if path is None:
            return {}
        left, right, *_ = self.view
        # The last iterate has no arrow: so tails are the path's places, which are noted once.
        tails, width, found = self._near(path.x), right - left, {}
        for name, vectors in _vectors(path).items():
            with np.errstate(all="ignore"):  # what has no length has no arrow
                length = np.linalg.norm(vectors, axis=1)[:, None]
                shown = 0.16 * width
                if name == "step":
                    shown = np.clip(length, 0.035 * width, FAR * width)
                along = vectors / length * shown
            found[name] = tails, np.append(along, [[np.nan, np.nan]], axis=0)
        return found

    def _near(self, x):
        """Far outside, only the direction of a line matters; huge pixels would overflow."""
        low, high = np.reshape(self.view, (2, 2)).T
        return np.clip(x, low - FAR * (high - low), high + FAR * (high - low))

    def _arrows(self, ax, scene):
        vectors, ends = self.vectors(scene), {}
        for name, arrow in self.arrows.items():
            arrow.set_visible(name in vectors)
            if name in self.called:
                self.called[name].set_visible(name in vectors)
            if name in vectors:
                tails, along = vectors[name]
                tips = tails + along
                if scene.secret:  # where a figure opens, the first step is a secret, too
                    tips[:1] = np.nan
                put(arrow, np.stack([tails, tips], axis=1).reshape(-1, 2))
                ends[name] = tails, tips
        self._call(ax, ends)

    @np.errstate(all="ignore")  # what has no length has no name
    def _call(self, ax, ends):
        """Put the names of arrows beyond their tips, within the axes, beside crosses and others."""
        names = [name for name in self.called if name in ends]
        if not names:
            return
        gap, size, dot = 0.3 * self.size.font, ax.bbox.size, ax.figure.dpi / 72
        line, cross = 1.4 * self.size.font * dot, self.size.line * CROSS / 2 * dot

        def pixels(places):
            flat = ax.transData.transform(np.reshape(places, (-1, 2))) - ax.bbox.min
            return flat.reshape(np.shape(places))

        tails, tips = (pixels([ends[name][i] for name in names]) for i in (0, 1))
        along = tips - tails
        along /= np.hypot(along[..., :1], along[..., 1:])
        halves = np.array([[self.called[name].size / 2 + gap] for name in names])
        wanted = tips + along * np.min(halves / np.abs(along), axis=-1, keepdims=True)
        # Where something stands, a name moves on by as many lines as it must, or back.
        places = np.repeat(wanted[:, :, None], 5, axis=2)
        places[..., 1] += np.where(along[..., 1:] < 0, -line, line) * [0, 1, 2, -1, -2]
        least = halves[:, None]
        places = np.clip(places, least, np.maximum(size - least, least))
        inside = [((x >= 0) & (x <= size)).all(axis=-1) for x in (tails, tips)]
        taken = [(minimum, cross + gap) for minimum in pixels(self.surface.minima)]
        for name, found, half, seen in zip(
            names, places, halves, inside[0] | inside[1], strict=True
        ):
            free = np.ones(found.shape[:2], bool)
            for other, room in taken:
                near = np.abs(found - other) <= half + room - 2 * gap
                free &= ~(near[..., 0] & near[..., 1])
            place = found[np.arange(len(found)), free.argmax(axis=1)]
            place[~seen] = np.nan
            self.called[name].set_data(*(place / size).T)
            taken.append((place[:, None], half))

    def say(self, scene):
        lines, k = super().say(scene), scene.step
        few = len(scene.paths) <= FEW
        here = {s: p.x[k] for s, p in scene.paths.items() if few or s == scene.focus}
        places = [f"{label} at {vector(x)}" for label, x in here.items() if np.isfinite(x).all()]
        if places:
            lines.append(f"at step {k}: {', '.join(places)}")
        path = scene.paths.get(scene.focus)
        if path is not None and k < path.steps:
            arrows = [f"{name} {vector(v[k])}" for name, v in _vectors(path).items()]
            lines.append(f"{scene.focus} there: {', '.join(arrows)}")
        return lines

    def grab(self, x, y):
        # Hundredths of the view are as fine as a hand is, and read well.
        digits = max(0, 3 - int(np.floor(np.log10(self.view[1] - self.view[0]))))
        return {"start": (round(float(x), digits), round(float(y), digits))}

    def _contours(self, ax, surface):
        self.surface = None  # what fails below is done again at the next move
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
        seen = [self.view, z, surface.minima, surface.minimum]
        if self.seen and all(map(_equal, self.seen, seen)):  # only its noise is another one
            self.surface = surface
            return
        self.seen = None
        while self.still:
            self.still.pop().remove()
        self.stale = True
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
            heights, levels = scale(floor), scale(levels)
            # One over another: each edge is there once, and without a seam.
            middles = (levels[:-1] + levels[1:]) / 2
            colors = TERRAIN(Normalize(middles[0], middles[-1])(middles))
            kinds = {"fill_type": FillType.ChunkCombinedCode}
            kinds |= {"line_type": LineType.ChunkCombinedCode}
            generator = contour_generator(x, y, heights, **kinds)
            fills = [generator.filled(low, np.inf) for low in [-np.inf, *levels[1:-1]]]
            lines = [generator.lines(level) for level in levels[1:-1]]
            for found, look in (
                (fills, {"facecolors": colors, "edgecolors": "none", "zorder": 0}),
                (lines, {"edgecolors": "#7f95ab", "linewidths": 0.6, "zorder": 0.5}),
            ):
                paths = [_simplified(ax, v, codes) for (v,), (codes,) in found if v is not None]
                paths = PathCollection(paths, **{"facecolors": "none"} | look)
                self.still.append(ax.add_collection(paths, autolim=False))
        if len(surface.minima):
            self.still += ax.plot(
                *surface.minima.T,
                linestyle="none",
                marker="+",
                markersize=self.size.line * CROSS,
                markeredgewidth=self.size.line,
                color="black",
                zorder=1,
            )
        self.surface, self.seen = surface, seen


def _simplified(ax, vertices, codes):
    """A contour without the vertices that nobody would miss: it is recorded, sent and painted."""
    path = ax.transData.transform_path(Path(vertices, codes))
    path.simplify_threshold = SLACK
    path = path.cleaned(simplify=True)  # its last vertex is none, and says that it ends
    path = Path(path.vertices[:-1], path.codes[:-1])
    return ax.transData.inverted().transform_path(path)


def _equal(one, other):
    return one is other or np.array_equal(np.asarray(one, float), np.asarray(other, float), True)


def _vectors(path):
    """The arrows at each iterate but the last, by name: no momentum where none is kept."""
    if path is None or not path.steps:
        return {}
    vectors = {"−gradient": -path.gradient, "step": np.diff(path.x, axis=0)}
    for name in ("b", "m_hat"):  # the averages of gradients or updates
        if name in path.state:
            vectors["−momentum"] = -path.state[name]
    return {name: vectors[name] for name in ARROWS if name in vectors}
