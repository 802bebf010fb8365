"""Panels of a network's training: curves over epochs with seed bands, and layers side by side.

They draw scenes of `network.Lessons`, whose paths are `network.Run`s.
"""

import numpy as np

from ..words import number
from .panel import GREY, Panel, Role, put, sample

__all__ = ["LayerGradients", "LayerUpdates", "TestAccuracy", "TrainingLoss"]


class _Bands(Panel):
    """A line per method, the mean over seeds, in a band from the lowest seed to the highest."""

    across = "epoch"  # or each epoch has lines of its own
    top, bottom = 1e12, 1e-12  # a curve that leaves these is off the scale
    corner = "upper right"

    def draw(self, scene):
        (ax,) = self.axes
        ax.set_yscale("log")
        ax.set_xlabel(self.across)
        self.bands, self.lines, self.shown = {}, {}, None
        for label, style in scene.styles.items():
            self.bands[label] = self.area(ax, color=style.color, alpha=0.18)
        for label, style in scene.styles.items():
            look = {"color": style.color, "linestyle": style.line, "marker": style.marker}
            self.lines[label] = self.line(ax, markersize=self.size.line * 2.6, **look)
        if self.across == "epoch":
            self.now = self.cursor(ax)

    def data(self, run):
        """Where the points of a run stand, `(n,)`, and their values per seed, `(…, n, seeds)`.

        A row of points, or one for each epoch.
        """
        raise NotImplementedError

    def move(self, scene):
        (ax,) = self.axes
        seen = []
        for label, line in self.lines.items():
            run, band = scene.paths.get(label), self.bands[label]
            line.set_visible(run is not None)
            band.set_visible(run is not None)
            if run is None:
                continue
            x, values = self.data(run)
            values = np.clip(values, self.bottom, self.top)
            places = np.broadcast_to(x, values.shape[:-1])
            mean, low, high = (
                np.stack([places, y(axis=-1)], axis=-1)
                for y in (values.mean, values.min, values.max)
            )
            outline = _outline(low, high)
            if self.across != "epoch":  # where a figure opens, the first step is a secret, too
                first = int(scene.secret)
                mean, outline = mean[first:], outline[first:]
                line.role, band.role = (Role("point", first, a.shape[1]) for a in (mean, outline))
            put(line, mean.reshape(-1, 2))
            line.set_markevery(max(1, len(x) // 8))
            put(band, outline.reshape(-1, 2))
            seen.append(values)
        if self.across == "epoch":
            self.limits(ax, 0, max(scene.steps, 1), "x")
            self.set_cursor(self.now, scene)
        self.scale(ax, seen)
        if self.shown != list(scene.paths):
            self.shown = list(scene.paths)
            self.legend(ax, [sample(label, scene) for label in self.shown], loc=self.corner)

    def scale(self, ax, seen):
        self.decades(ax, seen, floor=1e-6, ceiling=1e4)


class TrainingLoss(_Bands):
    """The loss over all training images, epoch by epoch."""

    title = "training loss"

    def data(self, run):
        return np.arange(run.trained + 1), run.loss[: run.trained + 1]

    def scale(self, ax, seen):
        least = min((np.nanmin(values) for values in seen), default=1.0)
        self.limits(ax, 10.0 ** np.floor(np.log10(np.clip(least, 1e-6, 0.99))), 10.0)


class TestAccuracy(_Bands):
    """The share of test images that are read right, on a scale that widens towards 100 %."""

    title = "test accuracy"
    corner = "upper left"  # nobody reads well in the first epochs
    bottom, top = 1e-3, 1.0
    ticks = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99)
    __test__ = False  # the name is no test for pytest

    def data(self, run):
        return np.arange(run.trained + 1), 1 - run.accuracy[: run.trained + 1]

    def scale(self, ax, seen):
        if ax.get_ylim() != (1.2, 0.008):
            ax.set_yticks([1 - t for t in self.ticks], [f"{t:.0%}" for t in self.ticks])
            ax.set_yticks([], minor=True)
            ax.axhline(0.05, color=GREY, linewidth=0.8, linestyle="--", zorder=1)
            self.limits(ax, 1.2, 0.008)


class LayerGradients(_Bands):
    """The size of the gradient in every layer, root mean square per weight, at this epoch.

    One scale holds all epochs that are trained.
    """

    title = "gradient per weight, by layer"
    across = "layer (1 is next to the pixels)"
    corner = "upper left"  # gradients that vanish do so towards the first layers
    quantity = "gradient_norms"

    def data(self, run):
        norms = getattr(run, self.quantity)[: run.trained + 1].swapaxes(1, 2)
        # A unit that is dead for all seeds has no place on a logarithmic axis.
        return np.arange(1, norms.shape[1] + 1), np.where(norms > 0, norms, np.nan)

    def scale(self, ax, seen):
        if seen:
            self.limits(ax, 0.7, seen[0].shape[1] + 0.3, "x")
        self.decades(ax, seen, floor=1e-10, ceiling=1e4)

    def say(self, scene):
        lines = super().say(scene)
        lines.append(f"{self.title}, in epoch {scene.step}, mean over seeds:")
        for label, run in scene.paths.items():
            _, values = self.data(run)
            means = values[min(scene.step, run.trained)].mean(axis=1)
            lines.append(f"  {label}: {', '.join(number(mean, 2) for mean in means)}")
        return lines


class LayerUpdates(LayerGradients):
    """The size of the step in every layer, root mean square per weight, at this epoch."""

    title = "step per weight, by layer"
    quantity = "update_norms"


def _outline(low, high):
    """The corners of the areas between two rows of points, `(…, n, 2)` -> `(…, 2 n + 1, 2)`.

    A missing point, NaN, is left out: the corner before it, or the first, is there twice.
    """
    corners = np.concatenate([low, np.flip(high, axis=-2)], axis=-2)
    known = np.isfinite(corners).all(axis=-1)
    last = np.maximum.accumulate(np.where(known, np.arange(known.shape[-1]), 0), axis=-1)
    last = np.maximum(last, known.argmax(axis=-1)[..., None])
    corners = np.take_along_axis(corners, last[..., None], axis=-2)
    return np.concatenate([corners, corners[..., :1, :]], axis=-2)
