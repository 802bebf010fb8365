"""`Lessons` are an experiment in which methods train a network, epoch by epoch."""

from numbers import Integral

import numpy as np

from ..arguments import among, labelled, parameters
from ..checks import listed, refusal, whole
from ..controls import Control
from ..experiment import Experiment, Scene
from ..words import counted, hyperparameters, number
from .perceptron import ACTIVATIONS, LARGEST, Network
from .training import Run

__all__ = ["Lessons"]

_ARGUMENTS = ("methods", "depth", "activation", "width", "batch", "epochs", "seeds", "target")
_ARGUMENTS += ("step", "show", "focus", "secret")


class Lessons(Experiment):
    """Methods that train the same network on the digits: the paths of a scene are `Run`s.

    Every method starts from the same weights and meets the same minibatches, once per seed. A step
    is an epoch; a scene trains up to the one that is shown.

    Parameters
    ----------
    methods, step, show, focus, secret
        As for an `Experiment`; each method that takes a learning rate gets a control for it.
    depth, activation : int, str
        Of the network at first; controls set them.
    width, batch : int
        Of the network, as in `Network`.
    epochs, seeds, target : int, sequence of int, float
        How long, from which seeds, and the test accuracy that counts as arrived.
    """

    start = None  # a network starts where its seeds say
    walked_on = Network

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
        **shown,
    ):
        among("arguments of a training", shown, _ARGUMENTS)
        methods = labelled(methods)
        whole("epochs", epochs, 1)
        seeds = [seeds] if isinstance(seeds, Integral) else listed("seeds", seeds, "a list")
        if not seeds:
            raise refusal("seeds", "at least one", seeds)
        seeds = tuple(whole("seeds", seed, 0, LARGEST) for seed in seeds)

        def network(depth, activation):
            return Network(depth, activation, width=width, batch=batch, seed=seeds)

        network(depth, activation)  # says what is wrong, if anything is
        controls = [
            Control("depth", "layers of weights", list(range(1, 9)), depth),
            Control("activation", "activation", list(ACTIVATIONS), activation),
            *[f"{label}.lr" for label, method in methods.items() if "lr" in parameters(method)],
        ]
        super().__init__(
            methods, {"digits": network}, controls=controls, steps=epochs, target=target, **shown
        )

    def inputs(self, label, changes=None):
        return self.optimizer(label, changes), self.surface, self.steps

    def walk(self, optimizer, network, epochs):
        return Run(optimizer, network, epochs)  # not trained yet

    def kin(self, label, *inputs):
        return label, *inputs  # every run is trained by itself

    def frames(self):
        """A scene after every epoch of a method, the least trained first; then the last."""
        scene = super().scene()
        while behind := [run for run in scene.paths.values() if run.trained < self.step]:
            min(behind, key=lambda run: run.trained).epoch()
            least = min(run.trained for run in scene.paths.values())
            yield Scene(self, scene.paths, min(least, self.step))
        yield scene

    def scene(self):
        *_, last = self.frames()
        return last

    def caption(self, scene, details=""):
        rates = [f"{label}: α = {run.optimizer.lr:.4g}" for label, run in scene.paths.items()]
        return "   ".join([self.heading(scene), *rates])

    def heading(self, scene):
        network = self.surface
        seeds = counted(len(network.start), "seed")
        return f"{network.name}; {seeds}; epoch {scene.step} of {self.steps}"

    def line(self, label, run, step):
        epoch = min(step, run.trained)
        said = f"{label} ({hyperparameters(run.optimizer)}): "
        if run.diverged is not None and run.diverged <= epoch:
            return f"{said}diverged in epoch {run.diverged}"
        right = run.accuracy[epoch]
        low, mean, high = (
            f"{100 * share:.0f}" for share in (right.min(), right.mean(), right.max())
        )
        said += f"test accuracy {mean} % ({low} to {high}); "
        said += f"training loss {number(run.loss[epoch].mean(), 2)}"
        below = np.flatnonzero(~(run.accuracy[: epoch + 1].mean(axis=1) >= self.target))
        first = int(below[-1]) + 1 if len(below) else 0
        if first <= epoch:
            said += f"; at least {100 * self.target:g} % from epoch {first} on"
        return said
