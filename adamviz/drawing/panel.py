"""A panel draws once and then moves artists. This is the base of them all.

Nothing here knows of widgets. A panel is a class with `draw(scene)`, called once, which makes the
axes, the still artists and the moving ones, and `move(scene)`, called for every frame, which gives
the moving ones new data. Then `say(scene)` gives what they show as lines of text, for the readout.
What stands still is rendered once and kept as pixels; it is rendered again only when a panel says
that it changed, by `self.stale = True`.
"""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, ScalarFormatter

from ..words import number

__all__ = ["GREY", "Panel", "each", "literal", "sample", "ticks"]

GREY = "#5f5f5f"


class Panel:
    """Base of the panels: axes, moving artists, and axis limits that change only when they must."""

    title = ""
    follows_focus = False  # whether it shows one method, the focus, in more detail
    shape = (1, 1)  # rows and columns of axes
    counts_steps = True  # whether x is a whole number
    own_ticks = False  # whether `draw` sets ticks that must stay
    weight = 1.0  # share of the row's width

    def __init__(self, axes, size):
        self.axes, self.size = axes, size
        self.moving, self.texts = [], []
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
        self.texts.append(artist)
        return artist

    def name(self, ax, text):
        """A name for one of several axes, in its corner, where no tick label can push it out."""
        ax.text(0.02, 0.04, text, transform=ax.transAxes, fontsize=self.size.font - 1, color=GREY)

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
        self.legends[ax].set_visible(bool(handles))  # with none in it, a speck would be left
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


def sample(label, scene):
    """A legend entry in the method's style."""
    style = scene.styles[label]
    look = {"color": style.color, "linestyle": style.line, "marker": style.marker}
    return Line2D([], [], label=literal(label), **look)


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
