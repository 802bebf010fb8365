"""What can be put into a page: `Paged` gives a figure its `html` and its `save`."""

from ..checks import one_line
from ..live.screen import Screen
from . import html
from .html import BUDGET
from .shots import Plan, named

__all__ = ["Paged"]


class Paged:
    """A figure that can be put into a page; the rest of it is `live.figure.Figure`."""

    stays = False  # whether without Python no more than the step can move

    def html(self, *, pairs=(), live=None, budget=BUDGET, code=True):
        """The figure as a fragment of HTML that moves without Python, for a page of one's own.

        It holds what is shown now and every stop of each control from here, and of more what the
        budget allows: a grid of starts, the words of other steps, combinations of two controls.
        Whatever else a hand asks for, the page says that it needs Python.

        Parameters
        ----------
        pairs : sequence of pairs of controls' names, or of three and more
            Combinations that are held, as those of the figure are: before all that is not one
            control alone. A dict has values for each name, or None for all: in `{"lr": [0.01, 0.1],
            "momentum": None}` first α is moved to one of two stops, then μ; in `{"lr": [0.1]}` is a
            stop that is not left out. "start" is a name, too, with points, or with None for all
            that can be dragged to.
        live : str, optional
            The address at which the figure runs with Python.
        budget : int, ≥ 120,000
            How many bytes the fragment may have as sent, compressed by the server; 600,000 unless
            given. Where each control alone and the pairs need more, stops are left out, which the
            page says.
        code : bool
            Whether the script is in it. A page with several figures needs it once, after the last:
            `page.html.script()`.

        Raises
        ------
        ValueError
            For pairs of what is no control, for what is no address, and for a budget in which not
            even a still has room.
        """
        pairs = [*self.pairs, *named(pairs, self.knobs, self._experiment)]
        live, budget = html.address(live), html.bounded(budget)
        with self._lock:
            experiment = self._experiment
            still, words = self.screen.still(experiment.scene()), self._readout
        plan = self._plan(experiment, tuple(dict.fromkeys(pairs)))
        return html.fragment(plan, still, words, live=live, code=code, budget=budget)

    def save(self, path, *, pairs=(), live=None, budget=BUDGET):
        """Save the figure as an HTML file that moves without Python, and needs nothing else.

        Parameters
        ----------
        path : str or path
        pairs, live, budget
            As for `html`.

        Raises
        ------
        ValueError
            As `html` does.
        OSError
            Where nothing can be written.
        """
        path, budget = html.writable(path), html.bounded(budget)
        title = self._experiment.heading(self._experiment.scene())
        text = html.page(self.html(pairs=pairs, live=live, budget=budget), title)
        path.write_text(text, encoding="utf-8")

    def finished(self, hint="predict first", **changes):
        """The figure at its last step, as a picture in a fold that running a cell does not open.

        It is for a cell below a figure that keeps a secret, as the last thing in it. The readout
        stands under the picture, and is the plain text.

        Parameters
        ----------
        hint : str
            On the fold: "The finished figure (predict first)".
        changes
            As for `set`: `figure.finished(step=1, lr=0.02)` is what it shows there.

        Raises
        ------
        ValueError
            For a hint that is not one line of text, and as `set` does.
        """
        one_line("hint", hint)
        # Anew, or a training that is shown now would go on.
        scene = self._experiment.revealed().with_(**changes).scene()
        screen = Screen(self.screen.rows, self.screen.size, scene)
        still = screen.still(scene)  # first, for what is said belongs to what was drawn
        return html.Fold("The finished figure", hint, screen.at(scene)[0], still)

    def _plan(self, experiment, pairs):
        return Plan(
            experiment=experiment,
            panels=self.screen.rows,
            knobs=self.knobs,
            follow=self._follow,
            beside=self.beside,
            rows=self._rows,
            items=self.items,
            pairs=pairs,
            still=self.stays,
        )

    def beside(self, experiment):
        """The texts that stand beside the picture of an experiment, by key of their items."""
        return {}
