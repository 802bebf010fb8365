"""What the *Move* paragraphs of notebook 08 say, performed; `test_moves.py` runs it."""

import numpy as np


def row(figure, memory, every=1):
    """The α and the losses at the end of one row of the map; inf where the run diverged.

    Each cell is a run, so the row is walked by moving the slider.
    """
    stops = np.array([value for value in figure.experiment.stops("lr")])[::every]
    losses = []
    for lr in stops:
        figure.set(lr=lr, memory=memory)
        (path,) = figure.paths.values()
        losses.append(np.inf if path.diverged is not None else path.gap[-1])
    return stops, np.array(losses)


def dark(stops, losses, below=0.1):
    """How many cells of a row are dark, where they begin, and how many are black."""
    return (losses < below).sum(), stops[np.argmax(losses < below)], np.isinf(losses).sum()


def the_map(figures):
    """Walk to the map. Keep an arrow key pressed on *α*, then on *memory*. Raise κ to 100. Choose
    Adam. Then turn the canyon to 45°, with Adam, and again with momentum.
    """
    figure = figures[0]
    rows = [row(figure, memory) for memory in (0.0, 0.6, 0.9)]
    cells = [dark(*each)[0] for each in rows]
    assert cells == sorted(cells) and 2 * cells[0] < cells[-1]
    assert rows[1][1].min() < rows[2][1].min()  # more rates are good, and "good" means less
    for _, losses in rows:
        last = np.flatnonzero(losses < 0.1)[-1]
        assert np.isinf(losses[last + 2])  # the cliff
    assert dark(*rows[0], 0.01)[0] <= 5  # ten cells to the decade: less than a factor of three
    figure.set(kappa=100.0)
    momentum = dark(*row(figure, 0.9))
    figure.set(angle=np.radians(45))
    assert dark(*row(figure, 0.9)) == momentum  # which knows no axes
    figure.set(method="Adam", angle=0.0)
    before, without = row(figure, 0.9), row(figure, 0.0)
    straight, narrow = dark(*before, 1.0), dark(*without, 1.0)
    assert straight[2] == narrow[2] == 0  # no black cells
    assert straight[1] > 10 * momentum[1] and 1.5 * narrow[0] < straight[0]
    figure.set(angle=np.radians(45))
    after = row(figure, 0.9)
    assert dark(*after, 1.0)[1] > 5 * straight[1]  # it begins further to the right
    assert 5 * dark(*after)[0] < dark(*before)[0]  # and pales


def through_the_surfaces(figures):
    """Walk. Go through the surfaces with Adam. Then choose momentum, set α = 0.004 and go
    through them again: watch *where* the map is dark. (Gradient descent and Adagrad have no
    such memory: all rows of their maps are equal.)
    """
    figure = figures[1]

    def loss(surface):
        figure.set(surface=surface)
        (path,) = figure.paths.values()
        return np.inf if path.diverged is not None else path.gap[-1]

    losses = {name: loss(name) for name in figure.experiment.surfaces}
    assert losses.pop("rosenbrock") > 1e-3 > 1e-9 > max(losses.values())
    figure.set(method="momentum", lr=0.004)
    assert loss("canyon") < 1e-9 and np.isinf(loss("rosenbrock"))
    assert loss("plateau") > 0.9
    for method in ("gradient descent", "Adagrad"):  # all rows are equal
        figure.set(method=method, surface="canyon", lr=0.016, memory=0.0)
        (path,) = figure.paths.values()
        figure.set(memory=0.9)
        (other,) = figure.paths.values()
        assert (path.x == other.x).all()


def other_units(figures):
    """Walk. Take *f times* through its range, with momentum and with Adam. Then *x times*. Then
    ε to 100, and Adam's *f times* down from 1.
    """
    figure = figures[2]

    def first(**values):
        figure.set(**{"method": "momentum", "eps": 1e-8, "c": 1.0, "s": 1.0} | values)
        return dark(*row(figure, 0.6, every=2))[1]

    momentum, adam = first(), first(method="Adam")
    assert np.isclose(first(c=100.0), momentum / 100)
    assert np.isclose(first(s=10.0), momentum * 100)
    assert first(method="Adam", c=100.0) == adam
    assert np.isclose(first(method="Adam", s=10.0), adam * 10)
    large = first(method="Adam", eps=100.0)
    assert np.isclose(first(method="Adam", eps=100.0, c=0.1), large * 10)


MOVES = [the_map, through_the_surfaces, other_units]
