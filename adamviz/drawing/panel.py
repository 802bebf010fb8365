"""A panel draws once and then moves artists. This is the base of them all.

Nothing here knows of widgets. A panel is a class with three methods:

- `draw(scene)`, called once, makes the axes, the still artists and the moving ones, with
  `self.line`, `self.curve` (faint where it is still to come), `self.area`, `self.cursor` and
  `self.text`; `self.names` stand at the ends of lines.
- `move(scene)`, called for every new scene, gives the moving ones new data: those of *all* steps.
- `say(scene)` gives what is seen at the scene's step as lines of text, for the readout.

What of the data is seen at a step is not for `move` to say: each moving artist has a **role**, and
`cut` brings it to a step. So `move` has no need of `scene.step`, and whoever draws can go through
the steps without asking for the data again. A path with a dot at the step and a line at the step:

    def draw(self, scene):
        (ax,) = self.axes
        ax.set(xlim=(0, scene.steps), ylim=(0, 10), xlabel="step")
        self.path = self.line(ax)
        self.dot = self.line(ax, role="point", marker="o")
        self.now = self.cursor(ax)

    def move(self, scene):
        path = scene.paths["Adam"]
        for line in (self.path, self.dot):
            line.set_data(np.arange(len(path.loss)), path.loss)
        self.set_cursor(self.now, scene)

A `move` that reads `scene.step` all the same, say for a text, is right too, but slower: it has to
be called for every step. An artist that it gives the data of one step has the role "all".

What stands still is rendered once and kept. It is rendered again only with other limits of its axes
and when a panel says that something else in it changed, by `self.stale = True`.
"""

from dataclasses import dataclass

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, ScalarFormatter

from ..arguments import among
from ..checks import whole
from ..words import number
from .apart import ascending
from .arrow import Arrow
from .halo import Halo
from .line import Line
from .style import ink

__all__ = [
    "GREY",
    "ROLES",
    "Curve",
    "Panel",
    "Role",
    "cut",
    "each",
    "literal",
    "put",
    "rows",
    "sample",
    "ticks",
]

GREY = "#5f5f5f"
NAMED = 6  # lines that have their names at their ends, at most
LEVELS = 4  # heights to a line of type at which a name may stand
TAKEN = 100  # what it costs to stand where another label does, in lines of type
FAINT = 0.35  # how much of its colour a line has where it is still to come
ROLES = ("all", "trail", "point", "cursor", "handle")


@dataclass(frozen=True)
class Role:
    """What of a moving artist's data is seen at a step.

    Parameters
    ----------
    kind : str
        "all" (everything, at every step), "trail" (the rows of the steps up to this one), "point"
        (the rows of this step alone), "cursor" (four rows: the line at step 0 and the line at the
        last step; at a step it stands between them, in proportion), or "handle" (everything; a hand
        holds it).
    first, stride : int, ≥ 0 and ≥ 1
        Row i of the data, a vertex, belongs to the step `first + i // stride`. A step that no row
        belongs to shows none. Of no meaning for the other kinds.

    Raises
    ------
    ValueError
        For another kind, and for numbers that are not such.
    """

    kind: str = "all"
    first: int = 0
    stride: int = 1

    def __post_init__(self):
        among("role", [self.kind], ROLES)
        whole("first", self.first, 0)
        whole("stride", self.stride, 1)


def rows(artist):
    """The data of a moving line or area, a vertex a row: `(n, 2)`."""
    if isinstance(artist, Line2D):
        return artist.get_xydata()
    return artist.get_path().vertices


def put(artist, rows):
    """Give a moving line or area its data, `(n, 2)`."""
    if isinstance(artist, Line2D):
        artist.set_data(rows[:, 0], rows[:, 1])
    else:
        artist.set_path(Path(rows))


def cut(artist, step, steps):
    """Leave of an artist, which holds the data of all steps, what is seen at `step` of `steps`.

    An artist without the attribute `role` is seen whole, at every step. What is left out is gone:
    `move` gives it again.
    """
    role = getattr(artist, "role", None)
    if role is None or role.kind in ("all", "handle") or not artist.get_visible():
        return
    data = rows(artist)
    if role.kind == "cursor":
        early, late = data[:2], data[2:]
        return put(artist, early + (late - early) * step / max(steps, 1))
    end = max(0, (step - role.first + 1) * role.stride)
    begin = max(0, end - role.stride) if role.kind == "point" else 0
    put(artist, data[begin:end])


class Panel:
    """Base of the panels: axes, moving artists, and axis limits that change only when they must."""

    title = ""
    follows_focus = ""  # what it shows of one method alone, the focus: "arrows"
    shape = (1, 1)  # rows and columns of axes
    counts_steps = True  # whether x is a whole number
    own_ticks = False  # whether `draw` sets ticks that must stay
    weight = 1.0  # share of the row's width
    stepwise = False  # whether `move` has asked for the step: a picture finds out

    def __init__(self, axes, size):
        self.axes, self.size = axes, size
        self.moving, self.texts = [], []
        self.legends, self.labels, self.named = {}, [], set()
        self._boxes = {}
        self.outlines = {ax: [] for ax in axes}  # the outlines of words that move, by axes
        self.stale = True

    def line(self, ax, role="all", **kwargs):
        """A line that moves, empty so far. `role` is a `Role`, or its kind alone."""
        look = {"linewidth": self.size.line, "color": f"C{len(ax.lines)}", "animated": True}
        return self._moves(ax.add_line(Line([], [], **look | kwargs)), role)

    def ahead(self, ax, **kwargs):
        """A faint line of what is to come, empty so far; where that is a secret, it is left out."""
        line = self.line(ax, alpha=FAINT, **kwargs)
        line.ahead = True
        return line

    def curve(self, ax, first=0, **look):
        """A line against the step, empty so far, of which what is to come is faint: a `Curve`.

        Row i of its data belongs to the step `first + i`.
        """
        still = {k: v for k, v in look.items() if k in ("color", "linestyle", "linewidth")}
        return Curve(self.ahead(ax, **still), self.line(ax, Role("trail", first), **look))

    def area(self, ax, role="all", **kwargs):
        """A filled outline that moves, empty so far: `put` gives it the corners, `(n, 2)`.

        It is filled from the last corner to the first; an edge, if it has one, ends at the last.
        """
        return self._moves(
            ax.add_artist(PathPatch(Path(np.zeros((0, 2))), animated=True, **kwargs)), role
        )

    def arrow(self, ax, **kwargs):
        """An arrow at the step: `put` gives it a tail and a tip for each, `(2 steps, 2)`."""
        arrow = Arrow(animated=True, transform=ax.transData, **kwargs)
        return self._moves(ax.add_artist(arrow), Role("point", stride=2))

    def cursor(self, ax, **kwargs):
        """The dotted line across the axes that says where the step is: `set_cursor` places it."""
        look = {"color": GREY, "linewidth": 0.8, "linestyle": ":"} | kwargs
        return self.line(ax, "cursor", transform=ax.get_xaxis_transform(), **look)

    def set_cursor(self, cursor, scene):
        """Let a cursor stand at the step, on an x axis that is even."""
        cursor.set_data([0, 0, scene.steps, scene.steps], [0, 1, 0, 1])

    def _moves(self, artist, role):
        artist.role = role if isinstance(role, Role) else Role(role)
        self.moving.append(artist)
        return artist

    def text(self, ax, x, y, **kwargs):
        """A text that moves, in fractions of the axes; no line strikes it through."""
        kwargs = {"fontsize": self.size.font - 1, "transform": ax.transAxes} | kwargs
        kwargs = {"path_effects": self.halo} | kwargs
        artist = self._moves(ax.text(x, y, "", animated=True, **kwargs), "all")
        self.texts.append(artist)
        return artist

    def names(self, ax, styles):
        """Names for the ends of lines, in their colours: `put_names` places them."""
        self.named.add(ax)
        found = {k: self.word(ax, literal(k), style.color, align=1) for k, style in styles.items()}
        for name in found.values():
            for line in name.lines:
                line.ahead = True  # they stand where the line ends
        return found

    def word(self, ax, text, color, role="all", align=0.5):
        """Words that move, in their own colour and on a ground of their own: a `Curve`.

        Its data are places in fractions of the axes, of the beginning of the words (`align` 0), of
        their middle (0.5) or of their end (1); `size` is their width and height in pixels. They are
        marks, whose outline a page needs once for all places.
        """
        name = TextPath((0, 0), text, size=self.size.font - 1)
        box = name.get_extents()
        x = box.x0 + align * box.width
        outline = Path(name.vertices - [x, (box.y0 + box.y1) / 2], name.codes)
        self.outlines[ax].append(outline)
        # A mark is as large as what is furthest from its middle.
        look = {"marker": outline, "markersize": 2 * np.abs(outline.vertices).max()}
        look |= {"linestyle": "none", "transform": ax.transAxes, "clip_on": False}
        halo = self.line(ax, role, color="white", markeredgewidth=2 * self.size.line, **look)
        word = Curve(halo, self.line(ax, role, color=ink(color), markeredgewidth=0, **look))
        word.size = np.array([box.width, box.height]) * ax.figure.dpi / 72
        return word

    def put_names(self, ax, names, curves):
        """Place names at the ends of curves, a dict from label to curve, apart from one another.

        Each stands as near to its end as it can without lying over curves. Of one line there is no
        need to say which it is, and for many there is no room.
        """
        for name in names.values():
            name.set_visible(False)
        if not 2 <= len(curves) <= NAMED:
            return
        ways, ends = [], {}
        for label, curve in curves.items():
            way = ax.transData.transform(np.stack([curve.get_xdata(), curve.get_ydata()], axis=1))
            x, y = ax.transAxes.inverted().transform(way).T
            ways.append((x, y))
            inside = np.flatnonzero((y >= 0) & (y <= 1) & (x <= 1.01))
            if len(inside):
                ends[label] = x[inside[-1]], y[inside[-1]]
        line, order = self.line_height(ax), sorted(ends, key=lambda label: ends[label][1])
        heights, costs, rights = np.arange(line / 2, 1 - line / 2, line / LEVELS), [], []
        for label in order:
            x, y = ends[label]
            wide = names[label].size[0] / ax.bbox.width
            rights.append(right := max(min(x, 1) - 0.01, wide + 0.02))
            along = np.linspace(right - wide, right, 24)
            near = np.stack([np.interp(along, *way, left=np.nan, right=np.nan) for way in ways])
            struck = (np.abs(near - heights[:, None, None]) < line / 2).sum(axis=(1, 2))
            # To be a line of type further away is as bad as to be struck in a sixth of the name.
            cost = np.abs(heights - y) / line + struck / 4
            for left, bottom, end, top in self._taken(ax):
                if left < right and right - wide < end:
                    cost[(bottom < heights + line / 2) & (heights - line / 2 < top)] += TAKEN
            costs.append(cost)
        for label, right, level in zip(order, rights, ascending(costs, LEVELS), strict=True):
            names[label].set_data([right], [heights[level]])
            names[label].set_visible(True)

    def _taken(self, ax):
        """Where labels stand: left, bottom, right and top, in fractions of the axes."""
        shown = [text for text in self.labels if text.axes is ax and text.get_visible()]
        key = ax, ax.get_ylim(), len(shown)
        if key not in self._boxes:
            part = ax.transAxes.inverted()
            found = [text.get_window_extent().transformed(part).extents for text in shown]
            self._boxes = {key: found} | dict([*self._boxes.items()][:99])
        return self._boxes[key]

    def line_height(self, ax):
        """How far apart lines of type stand, as a fraction of the axes' height."""
        return 1.25 * self.size.font * ax.figure.dpi / 72 / ax.bbox.height

    def name(self, ax, text, right=False):
        """A name for one of several axes, in a corner, where no tick label can push it out.

        Its last word alone where there is no room for more.
        """
        look = {"transform": ax.transAxes, "fontsize": self.size.font - 1, "color": GREY}
        look["ha"] = "right" if right else "left"
        name = self.label(ax.text(0.98 if right else 0.02, 0.04, text, **look))
        if name.get_window_extent().width > 0.9 * ax.bbox.width:
            name.set_text(text.split()[-1])

    def label(self, text):
        """Let a text that stands still lie over what moves, so that no line strikes it through."""
        text.set_path_effects(self.halo)
        self.labels.append(text)
        return text

    @property
    def halo(self):
        """For the path effects of a text: a ground of its own."""
        return [Halo(1.6 * self.size.line)]

    @property
    def over(self):
        """What lies over all that moves: texts and legends."""
        return [*self.labels, *self.legends.values()]

    def legend(self, ax, handles, **kwargs):
        """A legend that stays readable over the moving artists; a new one replaces the old.

        Without the methods whose lines have names at their ends.
        """
        methods = [handle for handle in handles if hasattr(handle, "method")]
        if ax in self.named and 2 <= len(methods) <= NAMED:
            handles = [handle for handle in handles if handle not in methods]
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
        # A page has a row for each method, with a sample of its line: see `Picture`.
        self.legends[ax].of_methods = all(hasattr(handle, "method") for handle in handles)
        self.legends[ax].set_visible(bool(handles))  # with none in it, a speck would be left
        self.stale = True

    def limits(self, ax, low, high, axis="y"):
        """Set an axis's limits; what stands still is rendered again only if they are new."""
        if getattr(ax, f"get_{axis}lim")() != (low, high):
            getattr(ax, f"set_{axis}lim")(low, high)

    def decades(self, ax, values, floor=1e-12, ceiling=1e12):
        """Whole decades, two at least, that hold the positive values."""
        values = np.concatenate([np.ravel(v) for v in values]) if values else np.ones(1)
        values = values[np.isfinite(values) & (values > 0)]
        if not len(values):  # whatever was shown before
            return self.limits(ax, 0.1, 1.0)
        # A value that is a power of ten must not lie on the frame.
        low, high = np.log10(np.clip([values.min(), values.max()], floor, ceiling))
        low, high = np.floor(low - 1e-9), np.ceil(high + 1e-9)
        self.limits(ax, 10.0**low, 10.0 ** max(high, low + 2))

    def symmetric(self, ax, values):
        """Limits ±1, ±2 or ±5 times a power of ten that hold the values."""
        largest = max((np.fmax.reduce(np.abs(v), initial=0.0) for v in values), default=0.0)
        top = 1.0  # where all is zero
        if largest > 0:
            power = 10.0 ** np.floor(np.log10(largest))
            top = next(n for n in (1, 2, 5, 10) if largest <= n * power * (1 + 1e-9)) * power
        self.limits(ax, -1.08 * top, 1.08 * top)

    def draw(self, scene):
        raise NotImplementedError

    def move(self, scene):
        raise NotImplementedError

    def say(self, scene):
        """What it shows at the scene it was moved to, in lines; here what its moving texts say."""
        texts = [text.get_text() for text in self.texts if text.get_visible()]
        return [line for text in texts for line in text.splitlines()]

    def grab(self, x, y):
        """What a hand at the point `(x, y)` of the first axes moves: arguments for `set`, or {}."""
        return {}


class Curve:
    """A line twice: all of it, faint, and over it the part up to the step. Moved as one line."""

    def __init__(self, whole, trail):
        self.lines = whole, trail

    def set_data(self, x, y):
        for line in self.lines:
            line.set_data(x, y)

    def set_visible(self, visible):
        for line in self.lines:
            line.set_visible(visible)

    def get_visible(self):
        return self.lines[0].get_visible()

    def get_xdata(self):
        return self.lines[0].get_xdata()

    def get_ydata(self):
        return self.lines[0].get_ydata()


def sample(label, scene):
    """A legend entry in the method's style."""
    style = scene.styles[label]
    look = {"color": style.color, "linestyle": style.line, "marker": style.marker}
    handle = Line2D([], [], label=literal(label), **look)
    handle.method = label
    return handle


def literal(words):
    """A reader's words for matplotlib, as they stand on the widgets.

    It takes what is between dollars for mathematics, and leaves what begins with a low line out of
    legends; a space without a width hides that.
    """
    words = words.replace("$", r"\$")
    return f"\u200b{words}" if words.startswith("_") else words


def each(values):
    """A number for each label, in words: `"momentum 0.2, Adam 0.031"`."""
    return ", ".join(f"{label} {number(value, 2)}" for label, value in values.items())


def ticks(ax, few=False):
    """Ticks for the scale of the y axis."""
    if ax.get_yscale() == "log":
        ax.yaxis.set_major_locator(LogLocator(numticks=4 if few else 6))
        ax.yaxis.set_minor_formatter(NullFormatter())
    else:
        ax.yaxis.set_major_locator(MaxNLocator(5))
        ax.yaxis.set_major_formatter(_Numbers(useOffset=False))


class _Numbers(ScalarFormatter):
    """Long numbers are written as 2e6 each: a common factor would take the title's place."""

    def __call__(self, x, pos=None):
        if not super().get_offset():
            return super().__call__(x, pos)
        return self.fix_minus(
            f"{x:.3g}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")
        )

    def get_offset(self):
        return ""
