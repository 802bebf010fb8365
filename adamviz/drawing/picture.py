"""A `Picture` lays panels out in one figure: lists for the canvases of a page, and stills."""

import contextlib
import hashlib
import io
import struct
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from PIL import Image

from ..arguments import among
from .fonts import Canvas, lacking, width, write
from .panel import Panel, cut, ticks
from .panels import arranged
from .recorder import Recorder
from .style import SIZES, assign

__all__ = ["Picture", "Tile"]

KNOWN = 60  # limits of a panel of which is known how it looks with them


@dataclass
class Tile:
    """What a page lays out as one canvas: a column of a panel's axes.

    Attributes
    ----------
    panel : Panel
    axes : list of Axes
    row : int
        The row of panels in which it stands.
    box : tuple
        Its left, top, width and height in pixels of the picture, from the top left.
    still : bytes
        What stands still: two lists, under and over what moves, after the length of the first.
    name : str
        Tells this still from any other one.
    """

    panel: Panel
    axes: list
    row: int
    box: tuple
    still: bytes = b""
    name: str = ""

    @property
    def words(self):
        """The outlines of words that move in it."""
        return [outline for ax in self.axes for outline in self.panel.outlines[ax]]

    @property
    def grabbed(self):
        """The axes in which a hand moves something, as left, top, width, height in the tile."""
        ax = self.axes[0]
        if ax is not self.panel.axes[0] or type(self.panel).grab is Panel.grab:
            return None
        box, (left, top, *_) = ax.bbox, self.box
        place = box.x0 - left, ax.figure.bbox.height - box.y1 - top, box.width, box.height
        return [round(float(v), 2) for v in place]

    def described(self):
        """What a page needs to know of it, as a dict."""
        return {
            "name": self.name,
            "row": self.row,
            "box": self.box,
            "grab": self.grabbed,
            "stepwise": self.panel.stepwise,
        }


class Picture:
    """Rows of panels in one figure.

    Parameters
    ----------
    rows : sequence of panels, or of rows of panels
        As in `panels.arranged`.
    scene : Scene
        The first one.
    size : "screen", "projector" or "narrow"

    Attributes
    ----------
    width, height : int
        In pixels.
    panels : list of Panel
    tiles : list of Tile
    """

    def __init__(self, rows, scene, size="screen"):
        among("size", [size], SIZES)
        rows, self.size, self.width = arranged(rows), SIZES[size], SIZES[size].width
        if self.size.stacked:
            rows = [[panel] for row in rows for panel in row]
            self.width *= max(kind.shape[1] for ((kind, _),) in rows)
        elif self.size.crowd:
            rows = [[panel for row in rows for panel in row]]
            if len(rows[0]) > 2:
                self.width = self.size.crowd
        unit = self.size.font / 9.5  # all margins grow with the type
        self.height = round(self.size.row * max(1.0, self.size.several * len(rows)))
        self.figure = Figure((self.width / 100, self.height / 100), dpi=100)
        self.canvas = Canvas(self.figure)
        self._recorder = Recorder(self.width, self.height, 100)
        # Pillow writes the caption, which changes with every still: ten times as fast.
        self.caption = ""
        self._font = self.size.font * 100 / 72
        self._corner = (8 * unit, 4 * unit)
        self._styles = assign(scene.kinds)
        self.panels, self.tiles = [], []
        scene = replace(scene, styles=self._styles)
        top = 22 * unit
        row_height = (self.height - top) / len(rows)
        for r, row in enumerate(rows):
            weights, across = np.array([kind.weight for kind, _ in row]), self.width
            if self.size.stacked:
                across = self.size.width * row[0][0].shape[1]
            edges = np.concatenate([[0], np.cumsum(weights) / weights.sum()]) * across
            y = self.height - top - (r + 1) * row_height
            for kind, left, right in zip(row, edges[:-1], edges[1:], strict=True):
                self._add(kind, (left, y, right - left, row_height), unit, scene, r)
        self._pixels, self._texts = None, {}
        self._limits = dict.fromkeys(self.panels)
        self._known = {panel: {} for panel in self.panels}  # by limits: texts, and stills by box

    def _add(self, kind, box, unit, scene, row):
        left, bottom, width, height = box
        edge, ceiling, floor = left, self.height - bottom - height, self.height - bottom
        kind, options = kind
        n, m = kind.shape
        left, width = left + 54 * unit, width - 70 * unit
        bottom, height = bottom + 44 * unit, height - 68 * unit
        across, up = 54 * unit, 20 * unit  # gaps between the axes of one panel
        w, h = (width - (m - 1) * across) / m, (height - (n - 1) * up) / n
        axes = []
        for i in range(n):
            for j in range(m):
                ax = self.figure.add_axes(
                    (
                        (left + j * (w + across)) / self.width,
                        (bottom + (n - 1 - i) * (h + up)) / self.height,
                        w / self.width,
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
        if scene.secret:
            for artist in [a for a in panel.moving if getattr(a, "ahead", False)]:
                artist.remove()  # drawn nowhere, a file for slides included
                panel.moving.remove(artist)
            panel.named.clear()
        if not any(ax.get_title(loc) for ax in axes for loc in ("left", "center")):
            axes[0].set_title(panel.title, fontsize=self.size.font)
        for ax in axes:
            ax.xaxis.label.set_size(self.size.font)
            ax.yaxis.label.set_size(self.size.font)
            if panel.own_ticks:
                continue
            # Three digits and a gap take three times the height of type.
            room = int(w / (3 * self.size.font * 100 / 72))
            ax.xaxis.set_major_locator(MaxNLocator(min(5, room), integer=panel.counts_steps))
            ticks(ax, few=n > 1)
        self.panels.append(panel)
        for j in range(m):
            # The last tick label of a column reaches into the margin of the next one.
            start = edge if j == 0 else left + j * (w + across) - across + 13 * unit
            end = left + (j + 1) * (w + across) - across + (13 if j < m - 1 else 16) * unit
            place = tuple(round(v) for v in (start, ceiling, end - start, floor - ceiling))
            self.tiles.append(Tile(panel, axes[j::m], row, place))

    # --- lists ----------------------------------------------------------------------------------

    def record(self, scene):
        """Bring the picture to a scene: for each tile, the list of what moves in it.

        What stands still is in the tiles, recorded again where it changed.
        """
        return [
            self._recorder.record(
                [a for a in tile.panel.moving if a.axes in tile.axes], tile.box, below=tile.words
            )
            for tile in self.bring(scene)
        ]

    def bring(self, scene):
        """Bring the picture to a scene: its tiles, with what stands still in them."""
        self._move(scene)
        for tile in self.tiles:
            if not tile.still:
                above = [artist for artist in tile.panel.over if artist.axes in tile.axes]
                with _hidden(above):
                    under = self._recorder.record(tile.axes, tile.box, tile.words)
                # A page has a row for each method, and needs no legend of them.
                above = [artist for artist in above if not getattr(artist, "of_methods", False)]
                over = self._recorder.record(above, tile.box)
                tile.still = struct.pack("<I", len(under)) + under + over
                tile.name = hashlib.blake2b(tile.still, digest_size=6).hexdigest()
                _, stills = self._known[tile.panel][self._limits[tile.panel]]
                stills[tile.box] = tile.still, tile.name
        return self.tiles

    def _move(self, scene):
        scene = _Noting(replace(scene, styles=self._styles))
        for panel in self.panels:
            scene.asked = False
            panel.move(scene)
            panel.stepwise = scene.asked
            limits = tuple(v for ax in panel.axes for v in (*ax.get_xlim(), *ax.get_ylim()))
            if panel.stale or limits != self._limits[panel]:
                self._change(panel, limits)

    def _change(self, panel, limits):
        """What stands still in a panel is another one; limits that come back bring it back."""
        known = self._known[panel]
        if panel.stale:
            self._fit_titles(panel)
        if panel.stale or len(known) > KNOWN:
            known.clear()
        panel.stale, self._pixels, self._limits[panel] = False, None, limits
        if limits not in known:
            texts = (t for ax in panel.axes for t in ax.findobj(Text) if t.get_visible())
            known[limits] = "".join(t.get_text() for t in texts), {}
        self._texts[panel], stills = known[limits]
        for tile in self.tiles:
            if tile.panel is panel:
                tile.still, tile.name = stills.get(tile.box, (b"", ""))

    def _fit_titles(self, panel):
        """A long title is set smaller rather than cut off, on a canvas and in a still."""
        for tile in self.tiles:
            if tile.panel is panel:
                left, _, wide, _ = tile.box
                for title in (ax.title for ax in tile.axes if ax.get_title()):
                    title.set_fontsize(self.size.font)
                    boxes = [title.get_window_extent(r) for r in (None, self._recorder)]
                    middle = boxes[0].x0 + boxes[0].width / 2 - left
                    width = max(box.width for box in boxes)
                    room = 2 * min(middle, wide - middle)
                    title.set_fontsize(self.size.font * min(1.0, 0.96 * room / width))

    def locate(self, tile, x, y):
        """The point under a place of a tile, in pixels from its top left; within its axes."""
        ax, (left, top, *_) = tile.axes[0], tile.box
        low, high = ax.bbox.min, ax.bbox.max
        place = np.clip([left + x, self.height - top - y], low, high)
        return ax.transData.inverted().transform(place)

    def say(self, scene):
        """The readout of the scene that it was brought to last, with the panels' own lines."""
        opens = scene.secret and scene.step == 0  # where panels would say where the first step goes
        panels = self.panels if scene.paths and not opens else []
        lines = [line for panel in panels for line in panel.say(scene)]
        moving = (a for panel in self.panels for a in panel.moving if isinstance(a, Text))
        missing = lacking(*self._texts.values(), *(t.get_text() for t in moving))
        if missing:
            lines.append(f"no font on this machine has {' '.join(missing)}")
        return "\n  ".join([scene.readout, *lines])

    # --- stills ---------------------------------------------------------------------------------

    def render(self, scene):
        """Bring the picture to a scene, in pixels."""
        self.caption = self.captioned(scene)
        self._move(scene)
        renderer = self.canvas.get_renderer()
        if self._pixels is None:
            self.canvas.draw()
            self._pixels = self.canvas.copy_from_bbox(self.figure.bbox)
        else:
            self.canvas.restore_region(self._pixels)
        for panel in self.panels:
            for artist in panel.moving:
                cut(artist, scene.step, scene.steps)
                artist.draw(renderer)
            for artist in panel.over:
                artist.draw(renderer)

    def captioned(self, scene):
        """The line above a still: with the focus, if a panel shows it alone."""
        return scene.experiment.caption(scene, self.details)

    @property
    def details(self):
        """What is drawn of one method alone: "arrows and moments", or nothing."""
        return " and ".join(dict.fromkeys(p.follows_focus for p in self.panels if p.follows_focus))

    def frame(self):
        """The last rendered scene as a Pillow image."""
        size = (self.width, self.height)
        image = Image.frombuffer("RGBX", size, self.canvas.buffer_rgba(), "raw", "RGBX", 0, 1)
        image = image.convert("RGB")
        # A long caption is set smaller rather than cut off.
        room = self.width - 2 * self._corner[0]
        fit = min(1.0, room / max(1.0, width(self.caption, self._font)))
        write(image, self._corner, self.caption, self._font * fit, "#222222")
        return image

    def png(self):
        """The last rendered scene as the bytes of a PNG."""
        out = io.BytesIO()
        self.frame().save(out, "png")
        return out.getvalue()


@contextlib.contextmanager
def _hidden(artists):
    """Without these artists."""
    seen = [artist for artist in artists if artist.get_visible()]
    for artist in seen:
        artist.set_visible(False)
    try:
        yield
    finally:
        for artist in seen:
            artist.set_visible(True)


class _Noting:
    """A scene that notes whether it was asked for its step.

    A panel that asks for it while it moves is drawn anew for every step; the others are moved by
    the page, which knows the roles of their artists.
    """

    def __init__(self, scene):
        self._scene, self.asked = scene, False

    def __getattr__(self, name):
        return getattr(self._scene, name)

    @property
    def step(self):
        self.asked = True
        return self._scene.step

    @property
    def told(self):
        self.asked |= self._scene.secret
        return self._scene.told
