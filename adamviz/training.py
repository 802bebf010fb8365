"""`Training`: several methods learn to read digits, under the hand. It is an `Explorer`."""

import time

import ipywidgets as widgets
import numpy as np

from .checks import whole
from .controls import Control, hyperparameters, look, number, row
from .curves import LayerGradients, LayerUpdates, TestAccuracy, TrainingLoss
from .explorer import Explorer, _labelled
from .learning import Run
from .network import ACTIVATIONS, Network
from .panel import Scene

__all__ = ["Training"]

REPAINT = 0.15  # seconds between frames of a training that goes on

CURVES = {
    "training loss": TrainingLoss,
    "test accuracy": TestAccuracy,
    "layer gradients": LayerGradients,
    "layer updates": LayerUpdates,
}


class Training(Explorer):
    """Methods that train the same network on the digits, under the hand.

    Every method starts from the same weights and meets the same minibatches, once per seed; lines
    are means over seeds, bands go from the lowest to the highest. A slider trains anew what it
    changes, up to the epoch shown; *train* does it all again before your eyes.

    Parameters
    ----------
    methods : sequence of Optimizer, or dict from label to Optimizer
        Each gets a slider for its learning rate.
    depth, activation, width, batch : optional
        The network at first; sliders move the depth, the number of layers of weights, and the
        activation.
    epochs, seeds, target : int, sequence of int, float
        How long, from which seeds, and the test accuracy that counts as arrived.
    panels : sequence of names, or of rows of names
        From "training loss", "test accuracy", "layer gradients", "layer updates".
    step, show, size : optional
        As for an `Explorer`; `step` is an epoch.

    Attributes
    ----------
    paths : dict from label to Run
    """

    def __init__(
        self,
        methods,
        *,
        depth=3,
        activation="ReLU",
        width=32,
        batch=64,
        epochs=20,
        seeds=(0, 1, 2, 3, 4),
        target=0.95,
        panels=("training loss", "test accuracy"),
        step=None,
        show=None,
        size=None,
    ):
        whole("epochs", epochs, 1)
        seeds = tuple(np.ravel(seeds).tolist())

        def network(depth, activation):
            return Network(depth, activation, width=width, batch=batch, seed=seeds)

        network(depth, activation)  # says what is wrong, if anything is
        self._bar = widgets.IntProgress(0, 0, 1, **look(130))
        self._train = widgets.Button(
            description="train", tooltip="train again from the start", layout={"width": "auto"}
        )
        self._drawn = 0.0
        methods = _labelled(methods)
        rows = panels if panels and not isinstance(panels[0], str) else [panels]
        names = [name for row in rows for name in row if isinstance(name, str)]
        if not panels or isinstance(panels, str) or not CURVES.keys() >= {*names}:
            known = ", ".join(CURVES)
            raise ValueError(f"panels must be Panel classes or among {known}, not {panels!r}")
        super().__init__(
            methods,
            {"digits": network},
            panels=[[CURVES.get(name, name) for name in row] for row in rows],
            controls=[
                Control("depth", "layers of weights", list(range(1, 9)), depth),
                Control("activation", "activation", list(ACTIVATIONS), activation),
                *[f"{label}.lr" for label in methods],
            ],
            steps=epochs,
            target=target,
            step=step,
            show=show,
            size=size,
        )

    start = None  # a network starts where its seeds say

    def _show_start(self):
        pass

    def _scene(self):
        network, last = self.surface, self._step.value
        self.paths = {}
        for label in self._methods:
            if self._toggles[label].value:
                inputs = (self._optimizer(label, self.values), network)
                known = self._walked.get(label)
                if known is None or known[0] != inputs:
                    self._walked[label] = known = (inputs, Run(*inputs, self._steps))
                self.paths[label] = known[1]
        behind = [run for run in self.paths.values() if run.trained < last]
        self._bar.max = max(1, self._steps * len(self.paths))
        while behind:
            run = min(behind, key=lambda run: run.trained)
            run.epoch()
            behind = [run for run in behind if run.trained < last]
            self._bar.value = sum(min(run.trained, last) for run in self.paths.values())
            # What takes long is seen while it happens, from this callback alone: it needs no
            # second thread and no answer from the browser.
            if behind and hasattr(self, "_picture") and time.monotonic() - self._drawn > REPAINT:
                self._paint(self._frame(min(run.trained for run in self.paths.values())))
                self._drawn = time.monotonic()
        self._bar.value = last * len(self.paths)
        self._drawn = time.monotonic()
        return self._frame(last)

    def _frame(self, epoch):
        """The scene after `epoch` epochs."""
        network = self.surface
        rates = "   ".join(
            f"{name}: α = {run.optimizer.lr:.4g}" for name, run in self.paths.items()
        )
        head = f"{network.name}; {len(network.start)} seeds; epoch {epoch} of {self._steps}"
        self._readout = "\n".join([f"Explorer: {head}", *map(self._line, self.paths.items())])
        return Scene(
            surface=network,
            paths=self.paths,
            styles=self._styles,
            start=None,
            steps=self._steps,
            step=epoch,
            target=self._target,
            caption=f"{head}   {rates}",
            values=self.values,
        )

    def _line(self, item):
        label, run = item
        epoch = min(self._step.value, run.trained)
        said = f"  {label} ({hyperparameters(run.optimizer)}): "
        if run.diverged is not None and run.diverged <= epoch:
            return f"{said}diverged in epoch {run.diverged}"
        right = run.accuracy[epoch]
        low, mean, high = (
            f"{100 * share:.0f}" for share in (right.min(), right.mean(), right.max())
        )
        said += f"test accuracy {mean} % ({low} to {high}); "
        said += f"training loss {number(run.loss[epoch].mean(), 2)}"
        below = np.flatnonzero(~(run.accuracy[: epoch + 1].mean(axis=1) >= self._target))
        first = int(below[-1]) + 1 if len(below) else 0
        if first <= epoch:
            said += f"; at least {100 * self._target:g} % from epoch {first} on"
        return said

    def _again(self, button):
        """Train from the start, one epoch for each beat of the play button."""
        with self._lock:
            if self._play.playing:
                self._play.playing = False
                return
            self._walked.clear()
            self.set(step=0)
            self._play.playing = True

    def _played(self, change):
        self._train.description = "stop" if change["new"] else "train"

    def _arrange(self):
        self._train.on_click(self._again)
        self._play.observe(self._played, "playing")
        self._step.description = "epoch"
        self._step.layout.width = "480px"
        return widgets.VBox(
            [
                row(*self._controls.values()),
                self._image,
                row(self._train, self._play, self._step, self._bar),
                row(*self._toggles.values(), self._reset, self._present),
                self._text,
            ]
        )
