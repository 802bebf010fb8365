"""Lines that move: all that changes between two pictures, as a rule, is their data."""

from matplotlib.artist import Artist
from matplotlib.lines import Line2D

__all__ = ["Line"]


class Line(Line2D):
    """A line that remembers what a recorder has noted of its look, until something else is set.

    Attributes
    ----------
    noted : object or None
        For the recorder alone.
    """

    noted = None

    @property
    def stale(self):
        """Whether it must be drawn again; matplotlib sets it whenever anything is set."""
        return Artist.stale.fget(self)

    @stale.setter
    def stale(self, stale):
        Artist.stale.fset(self, stale)
        if stale:
            self.noted = None

    def set_data(self, *data):
        noted = self.noted
        super().set_data(*data)
        self.noted = noted
