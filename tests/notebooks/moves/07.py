"""What the *Move* paragraphs of notebook 07 say, performed; `test_moves.py` runs it."""

import numpy as np

PIECES = ("divide", "average", "rms", "fix_m", "fix_v")


def steps(path):
    return np.abs(np.diff(path.x, axis=0)) / path.optimizer.lr


def switches(figures):
    """Walk. Switch on ③, then ⑤, ② and ④: the dashed path, yours, ends on Adam's. Then the odd
    ones: ① off, ①② without ③, all but ⑤. The picture names what you have built; the dashed grey
    line is a step of α.
    """
    figure = figures[0]
    figure.set(step=100)
    assert np.allclose(steps(figure.paths["yours"]), 1)  # ① alone: α in each coordinate
    assert "step = α·g/(|g| + ε): sign descent" in str(figure)
    figure.set(rms=True)
    assert np.allclose(steps(figure.paths["yours"])[0], 1000**0.5, rtol=1e-3)
    figure.set(fix_v=True, average=True, fix_m=True)
    assert np.abs(figure.paths["yours"].x - figure.paths["Adam"].x).max() < 1e-12
    assert "step = α·m̂/(√v̂ + ε): Adam" in str(figure)
    assert figure.paths["Adam"].steps_to(1e-3) == 89
    figure.set(**dict.fromkeys(PIECES, False))
    assert "step = α·g: gradient descent" in str(figure)
    assert figure.paths["yours"].steps_to(1e-3) == 26
    figure.set(divide=True, average=True)
    assert steps(figure.paths["yours"]).max() > 10
    figure.set(**dict.fromkeys(PIECES, True) | {"fix_v": False})  # all but ⑤
    all_but = steps(figure.paths["yours"])
    figure.set(**dict.fromkeys(PIECES, True) | {"divide": False})  # ① off: averaged momentum
    without = figure.paths["yours"]
    assert np.allclose(all_but[0], 1000**0.5, rtol=1e-3)
    assert np.allclose(without.x[1] - without.x[0], -0.16 * without.gradient[0])


def more_noise(figures):
    r"""Walk. σ from 0 to 10. Compare the purple line, $\hat m$, with the orange one, $\sqrt{\hat
    v}$: the step is their ratio. Then take β₁ to 0 and to 0.99.
    """
    figure = figures[1]
    drift, length = [], []
    for sigma in (0.0, 1.0, 3.15, 10.0):
        figure.set(sigma=sigma)
        moved = -np.diff(figure.paths["Adam"].x[100:], axis=0) / 0.01
        drift.append(moved[:, 0].mean())
        length.append(np.sqrt((moved**2).mean(axis=0)))
    assert (np.diff(drift) < 0).all() and drift[-1] < 0.2
    assert length[-1][0] > 2 * drift[-1]  # the mean step falls, not the length
    x2 = [across for _, across in length[1:]]
    assert max(x2) < 1.1 * min(x2)
    assert (moved[:, 0] < 0).mean() > 0.2  # many steps go back
    sizes = []
    for beta1 in (0.0, 0.9, 0.99):
        figure.set(beta1=beta1)
        moved = np.diff(figure.paths["Adam"].x[100:], axis=0)
        sizes.append(np.sqrt((moved**2).mean()))
    assert sizes[0] > 2 * sizes[1] > 4 * sizes[2]


def longer_than_the_rate(figures):
    """Walk. Raise α: the path is in the hole sooner, and the longest step, in units of α, gets
    shorter. Then lower β₂ to 0.9: now Adam's steps stay within α.
    """
    figure = figures[2]
    longest, nearest = [], []
    for lr in (0.01, 0.02, 0.05, 0.1, 0.2):
        figure.set(lr=lr)
        path = figure.paths["Adam"]
        longest.append(steps(path).max())
        nearest.append(np.argmin(np.where(path.gap < 0.5, 0, path.gap)))
    assert (np.diff(longest) < 0).all() and longest[-1] > 1
    assert (np.diff(nearest) < 0).all()
    for lr in (0.01, 0.2):
        figure.set(lr=lr, beta2=0.9)
        assert steps(figure.paths["Adam"]).max() <= 1


def who_turns(figures):
    """Walk, and watch Adam's arrows: the gradient swings, the step hardly does. Show two methods at
    a time; change the seed, and σ (each method takes its best rate for it).
    """
    figure = figures[3]
    for sigma, calm, wild in (
        (3.0, ("Adam", "momentum"), ("RMSprop", "gradient descent")),
        (0.0, ("RMSprop", "Adam"), ("momentum", "gradient descent")),
    ):
        for seed in range(5):
            figure.set(sigma=sigma, seed=seed)
            turning = {label: path.turning.mean() for label, path in figure.paths.items()}
            assert max(turning[c] for c in calm) < min(turning[w] for w in wild), turning
    figure.set(sigma=3.0, seed=1)
    path = figure.paths["Adam"]

    def swing(vectors):
        a = np.degrees(np.arctan2(vectors[:, 1], vectors[:, 0]))
        return np.abs((np.diff(a) + 180) % 360 - 180).mean()

    assert swing(path.gradient) > 20 * path.turning.mean()


MOVES = [switches, more_noise, longer_than_the_rate, who_turns]
