"""`Training`: several methods learn to read digits, under the hand."""

from ..drawing.curves import LayerGradients, LayerUpdates, TestAccuracy, TrainingLoss
from ..drawing.panels import arranged
from ..network import Lessons
from .figure import Figure
from .rows import method_row, shared

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

    stays = True  # a stop of a control would have to be trained

    def __init__(self, methods, *, panels=("training loss", "test accuracy"), size=None, **lessons):
        super().__init__(Lessons(methods, **lessons), arranged(panels, CURVES), size)
        for key in self.knobs:  # training takes too long to be done in advance
            self.items[key] = {**self.items[key], "ahead": False}
        self.items["step"] = {**self.items["step"], "label": "epoch", "width": 480}
        self.items["@bar"] = {"kind": "bar", "label": "epochs trained", "width": 130}
        self.items["@train"] = {
            "kind": "button",
            "label": "train",
            "tip": "train again from the start",
            "stops": True,
        }
        self.buttons["@train"] = self._again
        self.watchers.append(self._count)
        self._count(self.experiment.scene())
        self.place(
            [
                shared(self.experiment),
                *(method_row(self.experiment, label) for label in self.experiment.methods),
                "@picture",
                ["@train", "@play", "step", "@bar"],
                ["@reset", "present", "@full"],
                "@words",
            ],
            stepwise=True,
        )

    def _count(self, scene):
        """Show how many epochs are trained, of all methods."""
        last, runs = self.experiment.step, scene.paths.values()
        wanted = max(1, scene.steps * len(runs))
        self.extra["@bar"] = sum(min(run.trained, last) for run in runs) / wanted

    def _again(self):
        """Train from the start, one epoch for each beat of the play button."""
        self.show(self.experiment.anew().with_(step=0))
        self.play()
