"""What the *Move* paragraphs of notebook 06 say, performed; `test_moves.py` runs it."""

import numpy as np


def sizes(figure, label):
    """The steps of a method in units of its α, `(steps, 2)`."""
    path = figure.paths[label]
    return abs(np.diff(path.x, axis=0)) / path.optimizer.lr


def dashed_and_solid(figures):
    r"""Walk. Pull β₂ down to 0.9 and up to 0.9999, then β₁. Dashed lines are $m$ and $\sqrt v$
    as they are; solid ones have a hat: divided by the sums on the right, this notebook's
    correction. Then choose the canyon.
    """
    averages = figures[0]
    averages.set(step=60)
    assert "m by 1 − β₁ᵗ = 0.998, v by 1 − β₂ᵗ = 0.0583" in str(averages)
    state = averages.paths["Adam"].state
    slope = abs(averages.paths["Adam"].gradient)
    assert (abs(state["m"][-1]) > 0.99 * slope[-1]).all()  # near after 60 steps
    assert (np.sqrt(state["v"][-1]) < 0.3 * slope[-1]).all()  # far below
    assert np.allclose(abs(state["m_hat"]), slope) and np.allclose(state["v_hat"], slope**2)
    ends = []
    for beta2 in (0.9, 0.999, 0.9999):
        averages.set(beta2=beta2)
        ends.append(averages.paths["Adam"].state["v"][-1, 0])
    assert (np.diff(ends) < 0).all()
    shares = []
    for beta1 in (0.5, 0.9, 0.99):
        averages.set(beta1=beta1, beta2=0.999)
        state = averages.paths["Adam"].state
        shares.append((state["m"] / state["m_hat"])[10, 0])
    assert (np.diff(shares) < 0).all()  # the longer the memory, the further below
    averages.set(surface="canyon", beta1=0.9)
    state = averages.paths["Adam"].state
    assert np.allclose(state["m"][-1], state["m_hat"][-1], rtol=0.01)
    assert (np.sqrt(state["v"][-1]) < 0.3 * np.sqrt(state["v_hat"][-1])).all()


def at_which_beta2_both_first_steps_agree(figures):
    """Walk. β₂ to 0.9999, 0.99, 0.9: at which β₂ do both first steps agree? Then choose the
    canyon.
    """
    jump = figures[1]
    firsts = []
    for beta2 in (0.9999, 0.99, 0.9):
        jump.set(beta2=beta2)
        firsts.append(sizes(jump, "no correction")[0, 0])
        assert np.allclose(sizes(jump, "Adam")[0], 1, atol=1e-6)
    assert np.allclose(firsts, [10, 1, 0.316], rtol=1e-3)
    jump.set(beta2=0.999)
    length = sizes(jump, "no correction")[:, 0]
    assert length.argmax() == 11 and (np.diff(length[11:]) < 0).all()  # rises, then falls slowly
    jump.set(surface="canyon")
    assert 5.9 < sizes(jump, "no correction").max() < 6.1


def cross_at_once(figures):
    """Go to step 1 and change α: which methods cross the canyon's floor at once? Then drag the
    start, and play.
    """
    halves = figures[2]
    factors = {"Adam": 1.0, "no correction": 3.162, "only m": 31.62, "only v": 0.1}
    for lr in (0.02, 0.05, 0.45, 0.5, 1.6):
        halves.set(lr=lr, step=1)
        for label, path in halves.paths.items():
            assert (path.x[1, 1] < 0) == (factors[label] * lr > 1.5), (label, lr)
    for x2 in (0.5, 2.0):  # a floor nearer, and one further away
        halves.set(lr=0.05, start=(-4.0, x2))
        for label, path in halves.paths.items():
            assert (path.x[1, 1] < 0) == (factors[label] * 0.05 > x2), (label, x2)


def change_the_seed(figures):
    """Walk. Change the seed. Where does the solid orange line start, and where does it settle?"""
    noise = figures[3]
    ends = []
    for seed in (3, 0, 7):
        noise.set(seed=seed)
        path = noise.paths["Adam"]
        root = np.sqrt(path.state["v_hat"])
        assert np.allclose(root[0], abs(path.gradient[0]))
        ends.append(root[-1] ** 2)
    expected = 1 + np.array([0.25, -0.025]) ** 2
    # A mean of 3 × 60 squares of unit normals scatters by √(2/180) = 0.1.
    assert np.allclose(np.mean(ends, axis=0), expected, atol=0.35)


MOVES = [
    dashed_and_solid,
    at_which_beta2_both_first_steps_agree,
    cross_at_once,
    change_the_seed,
]
