"""An `Experiment` is what a figure shows: methods on a surface, and where all its controls stand.

It is frozen: whatever moves makes another one, which walks only what changed. Nothing here knows of
widgets or of pictures, so that a slider, a page and a test can ask: what if it stood there?
"""

from dataclasses import dataclass, field

import numpy as np

from .arguments import called, some_of, taken
from .batch import attempt, walk_together
from .descent import descend
from .setting import Setting
from .words import arrival, hyperparameters, vector

__all__ = ["Experiment", "Scene"]


class Experiment(Setting):
    """Methods on a surface, and the controls that set both; frozen.

    Parameters
    ----------
    methods : sequence of Optimizer, or dict from label to Optimizer or to a function
        A control named like a hyperparameter sets it in every optimizer that has it. A function
        takes controls by name and returns an optimizer:
        `{"average": lambda lr, momentum: Momentum(lr / (1 - momentum), momentum, average=True)}`.
    surface : str, Surface, function that returns one, a list of these, or a dict by name
        A name of `surfaces.SURFACES`; controls named like the function's arguments set them. A list
        or a dict makes a menu.
    controls : sequence of names, or of `Control`
        What can be moved. Well-known names have sensible ranges: `CONTROLS`. Where methods begin
        with different values of one hyperparameter, its plain name makes a control for each. Two
        names are taken: a control "steps" or "target" sets what it is called. A name that nothing
        takes is refused, and so is `"Adam.rho"`; a whole `Control` may be for a panel alone.
    steps, target : int, float
        How far to walk, and the loss above the minimum that counts as arrived.
    start, step, show, focus : optional
        The start of the paths; the step shown (the last); the labels shown (all); the label whose
        arrows and moments are drawn (the first shown).
    schedule : function of controls that returns a function `step -> factor` on the learning rate
    project : callable `x -> x`, optional
        Keeps the iterates in a set, as in `descend`.
    secret : bool, optional
        For a figure that asks for a prediction: it opens at step 0 and tells of nothing to come, up
        to the last step (from step 1 on the arrows show where the next one goes). Off by default.

    Attributes
    ----------
    values : dict
        Where the controls stand, by name.
    surface_name : str
        Which of the surfaces is walked.
    shown : tuple of labels
    kinds : dict from label to class
        What each method is at first: its look stays, whatever the controls make of it.

    Examples
    --------
    >>> from adamviz import optimizers
    >>> experiment = Experiment([optimizers.Adam(lr=0.1)], steps=200)
    >>> faster = experiment.with_(lr=0.2, start=(1, 1))
    >>> print(faster.scene().readout)
    canyon, κ = 100; start (1, 1); 200 steps
      Adam (α = 0.2): below 0.001 from step 101 on; loss 2.2e-08 at step 200
    >>> len(experiment.scenes("lr"))
    87
    """

    # Another kind of path has `inputs`, `walk`, `kin` and `frames` of its own, and other words.

    def inputs(self, label, changes=None):
        """All that a path depends on; a path with the same inputs is not walked again."""
        schedule = None if self.schedule is None else taken(self.schedule, self.values)
        return self.optimizer(label, changes), self.surface, self.start, self.steps, schedule

    def walk(self, optimizer, surface, start, steps, schedule, record="all"):
        """The path with these inputs; a batch of paths if hyperparameters are arrays."""
        options = {"record": record, "project": self.project}
        if schedule is not None:
            options["schedule"] = called("schedule", self.schedule, schedule)
        return descend(optimizer, surface, start, steps, **options)

    def scene(self):
        """What there is to see. Walks those of the paths whose inputs changed."""
        if self._scene is None:
            paths = {}
            for label in self.shown:
                if not self.knows(label):
                    inputs = self.given[label]
                    self.walked[label] = inputs, self.walk(*inputs)
                paths[label] = self.walked[label][1]
            self._put(_scene=Scene(self, paths, self.step))
        return self._scene

    def knows(self, label):
        """Whether the path with this label has been walked."""
        if label not in self.given:
            self.given[label] = self.inputs(label)
        return label in self.walked and self.walked[label][0] == self.given[label]

    def frames(self):
        """Scenes on the way to the last, where walking takes long; here the last alone."""
        yield self.scene()

    def anew(self):
        """The same experiment with nothing walked yet."""
        return self._other(walked={})

    def revealed(self):
        """The same experiment without a secret, nothing walked yet, at the last step."""
        return self._other(walked={}, secret=False, step=self.steps)

    def scenes(self, name, stops=None):
        """The scene at every stop of a control, or at some: a dict from stop to Scene, in order.

        `name` and `stops` are as in `stops(name)`, which gives all of them; ValueError for others.
        Paths that differ in numbers of the method alone are walked as one batch. A stop at which
        something fails has the error in place of a scene.
        """
        every = self.stops(name)
        stops = every if stops is None else some_of(every, name, stops)
        for label in self.shown:  # so that all have the surface, and what a control leaves alone
            attempt(self.knows, label)  # an error is said at every stop where it happens
        found = {stop: attempt(self.with_, **{name: stop}) for stop in stops}
        walk_together([self, *(e for e in found.values() if isinstance(e, Experiment))])
        return {
            stop: attempt(e.scene) if isinstance(e, Experiment) else e for stop, e in found.items()
        }

    def kin(self, label, optimizer, *inputs):
        """Equal for paths that one batch can walk if their methods differ in numbers alone.

        The state is part of it: with a momentum of zero RMSprop keeps one array less.
        """
        surface, start, *others = inputs
        return label, *optimizer.init(np.zeros(len(start))), id(surface), start, repr(others)

    # --- in words -----------------------------------------------------------------------------

    def caption(self, scene, details=""):
        """The line above the picture; with the focus, if `details` of it alone are shown."""
        parts = [self.surface.name]
        for name, control in self.controls.items():
            if not self.idle(name) and name not in ("kappa", "angle", "sigma"):
                parts.append(f"{control.short} = {control.written(self.values[name])}")
        parts.append(f"step {scene.step} of {self.steps}")
        if details and len(scene.paths) > 1:
            parts.append(f"{details} of {scene.focus}")
        return "   ".join(parts)

    def heading(self, scene):
        """The first line of the readout."""
        return f"{self.surface.name}; start {vector(self.start)}; {self.steps} steps"

    def notes(self, scene):
        """Further lines of the readout."""
        return []

    def line(self, label, path, step):
        """The line of a method: how it is set, whether it arrives, and its loss now."""
        said = arrival(path, step, self.target, self.secret)
        return f"{label} ({hyperparameters(path.optimizer)}): {said}"


@dataclass(frozen=True)
class Scene:
    """What a picture shows: an experiment, its paths by label, and where in them we are.

    `styles`, how each label is drawn, come with the picture. The rest is the experiment's.
    """

    experiment: Experiment
    paths: dict
    step: int
    styles: dict = field(default_factory=dict)

    @property
    def surface(self):
        return self.experiment.surface

    @property
    def start(self):
        return self.experiment.start

    @property
    def steps(self):
        return self.experiment.steps

    @property
    def target(self):
        return self.experiment.target

    @property
    def values(self):
        return self.experiment.values

    @property
    def secret(self):
        return self.experiment.secret

    @property
    def told(self):
        """Whether what comes of all steps may be told: a secret is kept up to the last."""
        return not self.secret or self.step == self.steps

    @property
    def kinds(self):
        return self.experiment.kinds

    @property
    def focus(self):
        """The label that is shown in detail, if any is shown."""
        focus = self.experiment.focus
        return focus if focus in self.paths else next(iter(self.paths), None)

    @property
    def readout(self):
        """A heading and a line for each method."""
        said = self.experiment
        lines = [said.line(*item, self.step) for item in self.paths.items()]
        lines = lines or ["no method is shown"]
        return "\n  ".join([said.heading(self), *lines, *said.notes(self)])
