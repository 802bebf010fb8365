"""Arrows whose two ends are data, and whose width is not: they look alike at every scale."""

import numpy as np
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform

__all__ = ["Arrow", "outline"]

# An arrow along the real axis whose shaft is one wide, from one side of its tail round to the
# other; the five corners of the head count from its tip.
HEAD = 4.0  # how long the head is
_CORNERS = np.array([0.5j, 0.5j - 3.6, 1.75j - HEAD, 0, -1.75j - HEAD, -0.5j - 3.6, -0.5j])
AT_TIP = np.array([0, 1, 1, 1, 1, 1, 0])


class Arrow(PathPatch):
    """Arrows: each two rows of data, its tail and its tip. `width`, of the shaft, is in pixels.

    A renderer that has a `draw_arrows` draws them itself, from two places each.
    """

    def __init__(self, width, **look):
        super().__init__(Path(np.zeros((0, 2))), linewidth=0, **look)
        self.width = width

    def draw(self, renderer):
        if not self.get_visible():
            return
        gc = renderer.new_gc()
        self._set_gc_clip(gc)
        gc.set_linewidth(0)
        ends = self.get_transform().transform(self.get_path().vertices)
        width = renderer.points_to_pixels(self.width * 0.72)  # of a hundred pixels to the inch
        face = self.get_facecolor()
        if hasattr(renderer, "draw_arrows"):
            renderer.draw_arrows(gc, ends, width, face)
        else:
            for tail, tip in ends.reshape(-1, 2, 2):
                corners = outline(tail, tip, width)
                if np.isfinite(corners).all():
                    path = Path(corners, closed=False)
                    renderer.draw_path(gc, path, IdentityTransform(), face)
        gc.restore()
        self.stale = False


@np.errstate(all="ignore")  # what has no length has no arrow
def outline(tail, tip, width):
    """The corners of an arrow with a shaft of this width, `(7, 2)`.

    One shorter than its head is all of it smaller; one that is zero or not finite is NaN.
    """
    start = complex(*tail)
    vector = complex(*tip) - start
    length = np.abs(vector)
    corners = _CORNERS + np.maximum(length / width, HEAD) * AT_TIP
    corners = start + np.divide(vector, length) * np.minimum(width, length / HEAD) * corners
    return np.stack([corners.real, corners.imag], axis=1)
