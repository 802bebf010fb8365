"""A ground for words that lie over lines."""

from matplotlib.patheffects import withStroke

__all__ = ["Halo"]


class Halo(withStroke):
    """A stroke under letters, `width` points wide.

    A recorder asks for width and colour, and notes letters all the same, not their outlines.
    """

    def __init__(self, width, color="white"):
        super().__init__(linewidth=width, foreground=color)
        self.width, self.color = width, color
