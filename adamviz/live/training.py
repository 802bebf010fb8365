"""`Training`: several methods learn to read digits, under the hand."""

import ipywidgets as widgets

from ..drawing.curves import LayerGradients, LayerUpdates, TestAccuracy, TrainingLoss
from ..drawing.panels import arranged
from ..network import Lessons
from .figure import Figure
from .widgets import look, row

__all__ = ["CURVES", "Training"]

CURVES = {
    "training loss": TrainingLoss,
    "test accuracy": TestAccuracy,
    "layer gradients": LayerGradients,
    "layer updates": LayerUpdates,
}


class Training(Figure):
    """Methods that train the same network on the digits, under the hand.

    Lines are means over seeds, bands go from the lowest to the highest. A slider trains anew what
    it changes, up to the epoch shown; *train* does it all again before your eyes.

    Parameters
    ----------
    methods, depth, activation, width, batch, epochs, seeds, target, step, show
        What is trained at first: see `network.Lessons`.
    panels : sequence of names, or of rows of names
        From "training loss", "test accuracy", "layer gradients", "layer updates".
    size : "screen" or "projector", optional
        As in `Explorer`.

    Attributes
    ----------
    paths : dict from label to Run
    """

    def __init__(self, methods, *, panels=("training loss", "test accuracy"), size=None, **lessons):
        super().__init__(Lessons(methods, **lessons), arranged(panels, CURVES), size)
        board = self.board
        self._bar = widgets.IntProgress(0, 0, 1, **look(130))
        self._train = widgets.Button(
            description="train", tooltip="train again from the start", layout={"width": "auto"}
        )
        self._train.on_click(self._again)
        board.play.observe(self._played, "playing")
        board.step.description, board.step.layout.width = "epoch", "480px"
        board.walk = row(self._train, board.play, board.step, self._bar)
        self.watchers.append(self._count)
        self._count(self.experiment.scene())
        self.place(
            [
                row(*board.controls.values()),
                self.screen.image,
                board.walk,
                row(*board.toggles.values(), board.reset, self.present),
                self.words,
            ],
            aside=[],
        )

    def _count(self, scene):
        """Show how many epochs are trained, of all methods."""
        last = self.experiment.step
        self._bar.max = max(1, scene.steps * len(scene.paths))
        self._bar.value = sum(min(run.trained, last) for run in scene.paths.values())

    def _again(self, button):
        """Train from the start, one epoch for each beat of the play button."""
        with self._lock:
            play = self.board.play
            if play.playing:
                play.playing = False
                return
            self.show(self.experiment.anew().with_(step=0))
            play.playing = True

    def _played(self, change):
        self._train.description = "stop" if change["new"] else "train"
