"""What the *Move* paragraphs of notebook 03 say, performed; `test_moves.py` runs it."""

import numpy as np


def apart(paths):
    """How far two paths get from each other in a coordinate."""
    one, other = paths
    return np.abs(one.x - other.x).max()


def crossings(path, i):
    """How often a path crosses the minimum in coordinate i."""
    return np.count_nonzero(np.diff(np.sign(path.x[:, i])))


def two_lines_become_one(figures):
    """Walk. Tick *average gets α/(1−μ)*: two lines become one. Untick it and move μ: at μ = 0
    both are gradient descent; the larger μ, the further they part. (Equal rates show what each
    formula does with α, not who is better.)
    """
    figure = figures[0]
    update, average = figure.paths.values()
    assert abs(update.x[-1, 0]) < 0.1 < 2 < abs(average.x[-1, 0])  # the average is the slower one
    figure.set(rescaled=True)
    assert apart(figure.paths.values()) < 1e-12
    found = []
    for mu in (0.0, 0.3, 0.5, 0.7, 0.9, 0.95, 0.98):
        figure.set(rescaled=False, momentum=mu)
        found.append(apart(figure.paths.values()))
    assert found[0] == 0 and (np.diff(found) > 0).all()


def coasting(figures):
    """Walk. Set the factor to 1: one line again. Then 0: the learning rate is zero, and one
    method moves on all the same. Raise μ to 0.95: it coasts further.
    """
    figure = figures[1]
    coasted = []
    for factor, mu in ((1.0, 0.9), (0.0, 0.9), (0.0, 0.95)):
        figure.set(factor=factor, momentum=mu)
        update, total, average = figure.paths.values()
        assert apart((total, average)) < 1e-11
        if factor:
            assert apart((update, total)) < 1e-11
        else:
            assert not np.diff(total.x[15:], axis=0).any()
            coasted.append(np.linalg.norm(update.x[-1] - update.x[15]))
    assert 1 < coasted[0] < coasted[1]


def ends_of_the_curves(figures):
    """Walk. Left you see gradient $g$ and sum $b$, right the step length in units of α. Change
    μ, and look at the right end of the curves. (At μ = 0.99 fifty steps are too few for the
    end.)
    """
    figure = figures[2]

    def last():
        return np.abs(np.diff(figure.paths["momentum"].x[-2:], axis=0))[0] / 0.06

    for mu in (0.0, 0.5, 0.8, 0.9):
        figure.set(momentum=mu)
        assert np.allclose(last(), [1 / (1 - mu), 1 / (1 + mu)], rtol=0.01)
    figure.set(momentum=0.99)
    assert last()[0] < 50  # fifty steps are too few for the end


def slower_flips(figures):
    """Then let the push flip more slowly: the steadier it is, the more of it the memory lets
    through.
    """
    figure = figures[2]
    longest = []
    for flip in (1, 2, 3, 5, 10, 25, 50):
        figure.set(flip=flip)
        longest.append(np.abs(np.diff(figure.paths["momentum"].x[-26:, 1])).max() / 0.06)
    # After 24 steps up to μ²⁴ of the beginning is still there.
    assert abs(longest[0] - 1 / 1.9) < 0.9**24 and (np.diff(longest) > 0).all()


def friction(figures):
    """Walk. μ = 0.98: too little friction, it swings along the floor, too. μ = 0.5: it creeps
    there.
    """
    figure = figures[3]
    ball = figure.paths["momentum"]
    assert crossings(ball, 0) == 0 and crossings(ball, 1) > 20
    figure.set(momentum=0.98)
    assert crossings(figure.paths["momentum"], 0) > 0
    figure.set(momentum=0.5)
    creeping = figure.paths["momentum"]
    assert crossings(creeping, 0) == 0 and abs(creeping.x[-1, 0]) > abs(ball.x[-1, 0])


def larger_rate(figures):
    """Then α = 0.02 and μ = 0.7: much faster, but across the two part at once. Show gradient
    descent, too, at notebook 01's best rate, 2/(1+κ).
    """
    figure = figures[3]
    label = "gradient descent at its best"
    figure.set(lr=0.02, momentum=0.7, show=["momentum", label])
    assert figure.paths["momentum"].steps_to(1e-6) == 94
    assert figure.paths[label].steps_to(1e-6) is None
    # A ball with mass 1 and friction γ: h = √α is its time step, and γ = (1 − μ)/h.
    h, apart = 0.02**0.5, []
    for i, curvature in enumerate((1.0, 100.0)):
        first, second = np.roots([1, 0.3 / h, curvature]).astype(complex)
        t = h * np.arange(6)
        ball = (second * np.exp(first * t) - first * np.exp(second * t)) / (second - first)
        x = figure.paths["momentum"].x[:6, i]
        apart.append(np.abs(x / x[0] - ball.real).max())
    assert apart[1] > 0.5 > 3 * apart[0]  # across they part at once
    assert f"{label} (α = 0.0198)" in str(figure)


MOVES = [
    two_lines_become_one,
    coasting,
    ends_of_the_curves,
    slower_flips,
    friction,
    larger_rate,
]
