"""A `Picture` lays panels out in one figure and renders frames of it."""

import io
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from PIL import Image

from ..arguments import among
from .fonts import Canvas, lacking, width, write
from .panel import cut, ticks
from .panels import arranged
from .style import SIZES, assign

__all__ = ["FRAME_FORMAT", "Picture"]


class Picture:
    """Rows of panels in one figure, rendered to frames.

    Parameters
    ----------
    rows : sequence of panels, or of rows of panels
        As in `panels.arranged`.
    scene : Scene
        The first one.
    size : "screen" or "projector"
    """

    def __init__(self, rows, scene, size="screen"):
        among("size", [size], SIZES)
        rows = arranged(rows)
        self.size = SIZES[size]
        unit = self.size.font / 9.5  # all margins grow with the type
        self.height = round(self.size.row * (1.0 if len(rows) == 1 else 0.88 * len(rows)))
        self.figure = Figure((self.size.width / 100, self.height / 100), dpi=100)
        self.canvas = Canvas(self.figure)
        # Pillow writes the caption, which changes with every frame: ten times as fast.
        self.caption = ""
        self._font = self.size.font * 100 / 72
        self._corner = (8 * unit, 4 * unit)
        self._styles = assign(scene.kinds)
        self.panels, self._boxes = [], {}
        scene = replace(scene, styles=self._styles)
        top = 22 * unit
        row_height = (self.height - top) / len(rows)
        for r, row in enumerate(rows):
            weights = np.array([kind.weight for kind, _ in row])
            edges = np.concatenate([[0], np.cumsum(weights) / weights.sum()]) * self.size.width
            y = self.height - top - (r + 1) * row_height
            for kind, left, right in zip(row, edges[:-1], edges[1:], strict=True):
                box = (left, y, right - left, row_height)
                self._add(kind, box, unit, scene)
                # Where it may write: the last tick label reaches into the margin of the neighbour,
                # and titles of the first row reach above it; the caption there is drawn apart.
                west, east = (edge and edge + 5 * unit for edge in (left, right))
                ceiling = self.height if r == 0 else y + row_height
                self._boxes[self.panels[-1]] = [round(edge) for edge in (west, east, y, ceiling)]
        self._still, self._texts = None, {}

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
            if panel.own_ticks:
                continue
            ax.xaxis.set_major_locator(MaxNLocator(5, integer=panel.counts_steps))
            ticks(ax, few=n > 1)
        self.panels.append(panel)

    def render(self, scene):
        """Bring the picture to `scene`."""
        details = any(panel.follows_focus for panel in self.panels)
        self.caption = scene.experiment.caption(scene, details)
        scene = replace(scene, styles=self._styles)
        for panel in self.panels:
            panel.move(scene)
            for artist in panel.moving:
                cut(artist, scene.step, scene.steps)
        renderer = self.canvas.get_renderer()
        stale = [panel for panel in self.panels if panel.stale]
        if self._still is None:
            self.canvas.draw()
        else:
            self.canvas.restore_region(self._still)
            for panel in stale:  # alone: all of the figure would take several times as long
                self._clear(panel)
                for ax in panel.axes:
                    ax.draw(renderer)
        if stale:
            self._still = self.canvas.copy_from_bbox(self.figure.bbox)
            self._legends = []
            for panel in self.panels:
                if panel.stale:
                    texts = (t for ax in panel.axes for t in ax.findobj(Text) if t.get_visible())
                    self._texts[panel] = "".join(t.get_text() for t in texts)
                panel.stale = False
                for legend in panel.legends.values():
                    box = legend.get_window_extent().padded(1)
                    self._legends.append(self.canvas.copy_from_bbox(box))
        for panel in self.panels:
            for artist in panel.moving:
                artist.draw(renderer)
        for legend in self._legends:
            self.canvas.restore_region(legend)

    def say(self, scene):
        """The readout of the scene that was rendered last, with the panels' own lines."""
        lines = [line for panel in self.panels for line in panel.say(scene)] if scene.paths else []
        moving = (a for panel in self.panels for a in panel.moving if isinstance(a, Text))
        missing = lacking(self.caption, *self._texts.values(), *(t.get_text() for t in moving))
        if missing:
            lines.append(f"no font on this machine has {' '.join(missing)}")
        return "\n  ".join([scene.readout, *lines])

    def _clear(self, panel):
        left, right, floor, ceiling = self._boxes[panel]
        rows = slice(self.height - ceiling, self.height - floor)
        np.asarray(self.canvas.buffer_rgba())[rows, left:right] = 255

    def frame(self):
        """The last rendered frame as a Pillow image."""
        size = (self.size.width, self.height)
        image = Image.frombuffer("RGBX", size, self.canvas.buffer_rgba(), "raw", "RGBX", 0, 1)
        image = image.convert("RGB")
        # A long caption is set smaller rather than cut off.
        room = self.size.width - 2 * self._corner[0]
        fit = min(1.0, room / max(1.0, width(self.caption, self._font)))
        write(image, self._corner, self.caption, self._font * fit, "#222222")
        return image

    def encode(self, format):
        """The last rendered frame as bytes, in `format` "png" or "jpeg"."""
        out = io.BytesIO()
        self.frame().save(out, format, **_OPTIONS[format])
        return out.getvalue()

    def locate(self, px, py):
        """The panel under a pixel from the top left, and the point in it; or None."""
        for panel in self.panels:
            ax = panel.axes[0]
            if ax.bbox.contains(px, self.height - py):
                return panel, ax.transData.inverted().transform((px, self.height - py))
        return None


# A sixth of the time of a PNG in the kernel, less in the browser, and at this quality without a
# trace that an eye finds; what is stored is a PNG.
FRAME_FORMAT = "jpeg"
_OPTIONS = {"jpeg": {"quality": 92, "subsampling": 0}, "png": {}}
