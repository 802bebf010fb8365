"""A `Screen` keeps the picture of a figure: made when it is needed, let go when it is not."""

from ..drawing.picture import Picture
from ..drawing.style import SIZES

__all__ = ["Screen"]


class Screen:
    """The picture of a figure.

    Parameters
    ----------
    rows : rows of panels, or a function from an experiment to these
    size : "screen" or "projector"
    scene : Scene
        The first.

    Attributes
    ----------
    details : bool
        Whether a panel shows the focus alone.
    """

    def __init__(self, rows, size, scene):
        self._rows = rows if callable(rows) else lambda experiment: rows
        self._size, self._picture, self._scene, self._drawn = size, None, None, None
        picture = self._of(scene)
        self.grabs = any(tile.grabbed for tile in picture.tiles)
        self.details = any(panel.follows_focus for panel in picture.panels)

    @property
    def size(self):
        """ "screen" or "projector"."""
        return self._size

    @size.setter
    def size(self, size):
        self._size = size
        self.release()

    @property
    def font(self):
        """Pixels of its type."""
        return SIZES[self._size].font * 100 / 72

    def release(self):
        """Let the picture go, several megabytes, until it is needed again."""
        self._picture = None

    def rows(self, experiment):
        """The rows of panels for an experiment."""
        return self._rows(experiment)

    def lists(self, scene):
        """What a page needs: the tiles, what moves in each of them, and the words."""
        picture = self._of(scene)
        self._scene = scene
        return picture.tiles, picture.record(scene), picture.say(scene)

    def stills(self, scene):
        """The tiles alone, with what stands still in them."""
        picture, self._scene = self._of(scene), scene
        return picture.bring(scene)

    def at(self, scene):
        """What another step changes: the words, and by its number each tile drawn anew for it."""
        picture = self._of(scene)
        if any(panel.stepwise for panel in picture.panels):
            tiles, moving, words = self.lists(scene)
            return words, {i: moving[i] for i, tile in enumerate(tiles) if tile.panel.stepwise}
        return picture.say(scene), {}

    def still(self, scene):
        """The scene as the bytes of a PNG."""
        picture, self._scene = self._of(scene), None
        picture.render(scene)
        return picture.png()

    def grab(self, scene, tile, x, y):
        """What a hand at a place of a tile moves: arguments for `Experiment.with_`."""
        if self._scene is not scene:  # it showed others since
            self.lists(scene)
        tiles = self._of(scene).tiles
        if not 0 <= tile < len(tiles) or not tiles[tile].grabbed:
            return {}  # the picture has become another one
        return tiles[tile].panel.grab(*self._picture.locate(tiles[tile], x, y))

    def _of(self, scene):
        # What it is drawn for; where that is another one, so must be the picture.
        drawn = self.rows(scene.experiment), scene.steps, scene.target
        if self._picture is None or self._drawn != drawn:
            self._picture = Picture(drawn[0], scene, self._size)
            self._drawn, self._scene = drawn, None
        return self._picture
