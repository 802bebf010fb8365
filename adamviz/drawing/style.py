"""One look everywhere: a colour, a line style and a marker per method, and two sizes of picture."""

from dataclasses import dataclass

from matplotlib.colors import to_rgb

from .. import optimizers

__all__ = ["ARROWS", "METHODS", "SIZES", "Size", "Style", "assign", "ink"]


@dataclass(frozen=True)
class Style:
    """How a method is drawn; never told apart by colour alone."""

    color: str
    line: object
    marker: str


@dataclass(frozen=True)
class Size:
    """Pixels and points of a picture: `row` is the height of one row of panels.

    Of several rows each has the share `several` of it; with a width `crowd` there is one row alone,
    which is as wide as that where it has three panels or more.
    `stacked` puts each panel into a row of its own, every column of its axes `width` wide.
    """

    width: int
    row: int
    font: float
    line: float
    several: float = 0.88
    crowd: int = 0
    stacked: bool = False


# Screen fits beside an open file browser on a laptop; projector reads from the back row, and fills
# what controls leave of a wide screen; narrow has columns that a phone need not make
# smaller.
SIZES = {
    "screen": Size(width=840, row=380, font=9.5, line=1.6),
    "projector": Size(width=1160, row=540, font=16.0, line=2.8, crowd=1360),
    "narrow": Size(width=350, row=300, font=9.5, line=1.6, several=1.0, stacked=True),
}

_DASHED, _DOTTED, _DASHDOT = (0, (5, 2)), (0, (1.2, 1.4)), (0, (6, 2, 1.2, 2))

# Hues from Petroff (2021), "Accessible color sequences for data visualization", and the Okabe-Ito
# set, darkened where they would be too pale on white.
#
# Beside the look stands the learning rate with which the playground begins. In the canyon at first
# it is the best stop for gradient descent, momentum, Nesterov and Adam; the others merely begin.
METHODS = {
    optimizers.GradientDescent: (Style("#4a4a4a", "-", "o"), 0.018),
    optimizers.Momentum: (Style("#2f7fc4", "-", "s"), 0.00315),
    optimizers.Nesterov: (Style("#0b3c78", _DASHED, "D"), 0.009),
    optimizers.Adagrad: (Style("#8c564b", _DASHDOT, "^"), 1.0),
    optimizers.RMSprop: (Style("#e07b00", "-", "v"), 0.1),
    optimizers.Adadelta: (Style("#8a7d2c", _DOTTED, "<"), 1.0),
    optimizers.Adam: (Style("#bd1f01", "-", "P"), 0.1),
    optimizers.AdaMax: (Style("#832db6", _DASHED, ">"), 0.1),
    optimizers.Nadam: (Style("#d0508f", _DASHDOT, "X"), 0.1),
    optimizers.AMSGrad: (Style("#007a6c", _DASHED, "h"), 0.1),
    optimizers.AdamW: (Style("#5b6e00", _DASHED, "*"), 0.1),
}

# For a second variant of the same method, in this order.
_VARIANTS = (
    Style("#b8860b", _DASHED, "d"),
    Style("#6a3d9a", _DOTTED, "p"),
    Style("#3a7d22", _DASHDOT, "H"),
    Style("#c2185b", _DASHED, "8"),
    Style("#37474f", _DOTTED, "o"),
    Style("#283593", _DASHDOT, "s"),
)

# The arrows of one step, told apart by width as well: colour, width in points.
ARROWS = {
    "−gradient": ("#111111", 1.5),
    "−momentum": ("#8e24aa", 2.6),
    "step": ("#00701a", 4.2),
}


def ink(color):
    """A colour for letters, on white: a line's own, but darker, for they are thin."""
    return tuple(0.7 * level for level in to_rgb(color))


def assign(kinds):
    """A style for each label of `kinds`, a dict from label to the class of the method.

    The first of a kind has its method's own style, the same in every notebook.
    """
    styles, free = {}, list(_VARIANTS)
    for label, kind in kinds.items():
        own = next((METHODS[k][0] for k in kind.__mro__ if k in METHODS), None)
        if own is None or own in styles.values():
            if not free:
                raise ValueError(f"methods: no style left for {label!r}; show fewer variants")
            own = free.pop(0)
        styles[label] = own
    return styles
