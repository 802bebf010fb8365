"""An `Explorer` is one interactive figure: sliders over an experiment with methods on a surface."""

from ..drawing.panels import arranged
from ..experiment import Experiment
from .figure import Figure
from .rows import formula_rows, method_row, shared

__all__ = ["Explorer"]


class Explorer(Figure):
    """Methods on a surface, under the hand.

    Parameters
    ----------
    methods, surface, controls, steps, target, start, step, show, focus, schedule, project, secret
        What is shown at first: see `Experiment`. A list or a dict of surfaces makes a menu, each
        control a slider, a tick or a menu.
    panels : sequence of names, or of rows of names
        From "landscape", "loss", "components", "moments", "correction", "effective step", "rate",
        "step size", "turning", "map", "examples", "online"; or `Panel` classes;
        `("components", {"overlay": f})` passes arguments.
    size : "screen", "projector" or "narrow", optional
        The second begins in the present view: large, with few controls; the third is for a phone, a
        panel below another, and a narrow page chooses it by itself. By default what the environment
        variable ADAMVIZ_SIZE says, or "screen".
    pairs : sequence of pairs of controls' names, or of three and more
        Of which every combination is held by a page without Python, `save` and `html`:
        `[("lr", "momentum")]`, in any order; or of some values, one after the other:
        `[{"lr": [0.01, 0.1], "momentum": None}]`, with None for all. Of the others a page holds
        what its budget allows. "surface", "focus", "show:Adam" and "start" are controls, too.
    formula : str, optional
        How the controls that belong to no method stand above the picture, a row for each line: each
        once, in braces, between words, `"step = {lr} · g {average:→ m}"`. After a colon stands the
        term that a tick switches on; both are lit while it is on.

    Attributes
    ----------
    experiment : Experiment
        What the figure shows now; its `with_`, `scene` and `scenes` ask what it would show
        elsewhere. `values`, `surface` and `start` are the experiment's.
    paths : dict from label to Trajectory
        What the picture shows now.

    Examples
    --------
    >>> from adamviz import optimizers
    >>> explorer = Explorer([optimizers.Adam(lr=0.1)], "canyon", panels=["loss"], steps=100)
    >>> print(explorer)
    canyon, κ = 100; start (-4, 1.5); 100 steps
      Adam (α = 0.1): not below 0.001 at the end; loss 0.0024 at step 100
    """

    def __init__(
        self,
        methods,
        surface="canyon",
        *,
        panels=("landscape", "loss"),
        controls=("lr",),
        steps=60,
        target=1e-3,
        start=None,
        step=None,
        show=None,
        focus=None,
        size=None,
        schedule=None,
        project=None,
        secret=False,
        pairs=(),
        formula=None,
    ):
        experiment = Experiment(
            methods,
            surface,
            controls=controls,
            steps=steps,
            target=target,
            start=start,
            step=step,
            show=show,
            focus=focus,
            schedule=schedule,
            project=project,
            secret=secret,
        )
        super().__init__(experiment, arranged(panels), size, pairs=pairs)
        surface = ["surface"] if len(experiment.surfaces) > 1 else []
        if formula is None:
            rows = [[*surface, *shared(experiment)]]
        else:
            made = formula_rows(experiment, self.items, formula)
            self.items |= {key: item for row in made for key, item in row.items()}
            rows = [surface] * bool(surface) + [[*row] for row in made]
        self.place(
            [
                *rows,
                *(method_row(experiment, label) for label in experiment.methods),
                "@picture",
                ["@play", "step", "@reset", "present", "@full", "start"],
                "@words",
            ],
            # Where nothing can be dragged, the boxes are the only way to the start.
            aside=["start"] * self.screen.grabs,
        )
