"""What the *Move* paragraphs of notebook 04 say, performed; `test_moves.py` runs it."""

import numpy as np


def corrections(figure, step):
    """The black and the green arrow of a step: −α∇f at θ and at the tip of the carry."""
    path = figure.paths["Nesterov"]
    alpha, mu = path.optimizer.lr, path.optimizer.momentum
    tip = path.x[step]
    theta = tip + mu * alpha * path.state["b"][step - 1]
    return -alpha * figure.surface.gradient(np.stack([theta, tip]))


def opposite(figures):
    """Go to step 1: where do black and green point? Go on to step 2: which of them has turned
    round?
    """
    figure = figures[0]
    black, green = corrections(figure, 1)
    width = figure.surface.view[1] - figure.surface.view[0]
    assert black[1] < 0 < green[1] and black @ green < 0
    assert min(np.linalg.norm(black), np.linalg.norm(green)) > 0.05 * width  # both can be seen
    figure.set(step=2)
    turned, still = corrections(figure, 2)
    assert turned[1] > 0 and still[1] > 0  # black has turned round
    assert np.linalg.norm(turned) > 0.03 * width


def without_momentum(figures):
    """Back at step 1, lower μ: the carry shrinks, and at μ = 0 black and green are one arrow."""
    figure = figures[0]
    carried = []
    for mu in (0.9, 0.5, 0.3, 0.0):
        figure.set(step=1, momentum=mu)
        path = figure.paths["Nesterov"]
        carried.append(mu * path.optimizer.lr * np.linalg.norm(path.state["b"][0]))
    assert (np.diff(carried) < 0).all() and carried[-1] == 0
    black, green = corrections(figure, 1)
    assert np.array_equal(black, green)


def show_the_heavy_ball(figures):
    """Show the heavy ball's own path, too. (The path drawn for Nesterov is that of the look-ahead
    points.)
    """
    figure = figures[0]
    figure.set(show=["Nesterov", "heavy ball"])
    assert list(figure.paths) == ["Nesterov", "heavy ball"]


def larger_memory(figures):
    """Walk. Raise μ to 0.98: the heavy ball swings across for ages, Nesterov crosses once, and
    never again (θ, which is not drawn, not even once).
    """
    figure = figures[1]
    figure.set(momentum=0.98)
    ahead, ball = figure.paths["Nesterov"], figure.paths["heavy ball"]
    assert np.count_nonzero(np.diff(np.sign(ball.x[:, 1]))) > 50
    assert abs(ball.x[-10:, 1]).max() > 0.1
    assert ahead.x[0, 1] * ahead.x[1, 1] < 0 and abs(ahead.x[2:, 1]).max() < 1e-12
    theta = ahead.x[1:] + ahead.optimizer.lr * 0.98 * ahead.state["b"]
    assert abs(theta[:, 1]).max() < 1e-12  # θ not even once


def ceilings(figures):
    """Then raise α: at 0.014 Nesterov diverges; how far can the heavy ball go?"""
    figure = figures[1]
    for lr, ahead, ball in ((0.0125, False, False), (0.014, True, False), (0.0355, True, False)):
        figure.set(momentum=0.98, lr=lr)
        assert (figure.paths["Nesterov"].diverged is not None) is ahead
        assert (figure.paths["heavy ball"].diverged is not None) is ball
    figure.set(lr=0.04)
    assert figure.paths["heavy ball"].diverged is not None


def spell(figures):
    """Walk. Set the start to (3, 1): the heavy ball arrives. Go back to (3.3, 1) and lower its
    α to 0.1: the spell is broken.
    """
    figure = figures[2]
    assert figure.paths["heavy ball"].steps_to(1e-6) is None
    assert figure.paths["Nesterov"].steps_to(1e-6) == 39
    figure.set(start=(3, 1))
    assert figure.paths["heavy ball"].steps_to(1e-6) is not None
    figure.set(start=(3.3, 1), **{"heavy ball.lr": 0.1})
    assert figure.paths["heavy ball"].steps_to(1e-6) is not None


MOVES = [
    opposite,
    without_momentum,
    show_the_heavy_ball,
    larger_memory,
    ceilings,
    spell,
]
