"""What the *Move* paragraphs of notebook 05 say, performed; `test_moves.py` runs it."""

import numpy as np


def steps(path):
    return np.abs(np.diff(path.x, axis=0))


def sign_rule(figures):
    """Walk. First κ, from end to end: which path changes? (Gradient descent's α = 1.8/κ follows
    κ, close to the largest it can bear.) Then α: what happens at the end of the orange path?
    """
    figure = figures[0]
    seen = {label: [] for label in figure.paths}
    for kappa in (1.0, 100.0, 1000.0):
        figure.set(kappa=kappa)
        for label, path in figure.paths.items():
            seen[label].append(path.x)
    assert np.abs(np.diff(seen["RMSprop"], axis=0)).max() < 1e-3
    assert np.abs(np.diff(seen["gradient descent"], axis=0)).max() > 1
    ends = []
    for lr in (0.14, 0.28, 0.56):
        figure.set(**{"RMSprop.lr": lr})
        path = figure.paths["RMSprop"]
        assert np.allclose(steps(path), lr, rtol=1e-3)  # by exactly α
        x = path.x[:, 1]
        assert (x[-5:] * x[-6:-1] < 0).all()  # over the minimum and back
        ends.append(np.abs(x[-2:]).max())
    assert ends == sorted(ends)


def who_settles(figures):
    """Walk. Watch the lower panels: each coordinate's rate (left) and step (right). (Steps are
    in units of α; Adadelta has none, and is drawn as if α were 1.) What does Adagrad's rate do
    near the minimum if α = 2? And with noise, σ = 1? With α = 0.1 and σ = 0 again, raise
    Adadelta's ε to 0.01.
    """
    figure = figures[1]
    adagrad, rms = figure.paths["Adagrad"], figure.paths["RMSprop"]
    assert steps(adagrad)[-1, 0] < steps(adagrad)[30, 0]
    assert (rms.x[-5:] * rms.x[-6:-1] < 0).any()  # RMSprop hops
    figure.set(lr=2.0)
    rate = figure.paths["Adagrad"].state["rate"]
    assert np.allclose(rate[-1], rate[50], rtol=1e-6) and figure.paths["Adagrad"].gap[-1] < 1e-12
    figure.set(sigma=1.0)
    rate = figure.paths["Adagrad"].state["rate"]
    assert (rate[-1] < 0.999 * rate[150]).all()
    figure.set(lr=0.1, sigma=0.0, eps=0.01)
    first = {label: np.argmax(np.abs(p.x[:, 0]) < 0.1) for label, p in figure.paths.items()}
    first = {label: n for label, n in first.items() if n}
    assert min(first, key=first.get) == "Adadelta"
    across = np.abs(figure.paths["Adadelta"].x[:, 1])
    assert across[50:100].max() < across[150:200].max() < across[250:].max()


def rare_word(figures):
    """With B = 1, press ▶: the paths go sideways nine times, then upwards once. Then B = 10, and
    step 5. Then the falling rates. (The α are the best for each setting and this start, see
    below.) Try other seeds.
    """
    figure = figures[2]
    for batch in (1, 10):
        for fall in (False, True):
            figure.set(batch=batch, fall=fall)
            for path in figure.paths.values():
                moves = np.diff(path.x, axis=0)[:10] != 0
                assert moves[:, 0].tolist() == ([True] * 9 + [False] if batch == 1 else [True] * 10)
                assert moves[:, 1].tolist() == ([False] * 9 + [True] if batch == 1 else [True] * 10)
    for batch, lagging in ((1, set(figure.paths)), (10, {"gradient descent"})):
        figure.set(batch=batch, fall=False)
        ways = {name: (p.x[50 // batch] + 2) / 4 for name, p in figure.paths.items()}
        assert {name for name, (common, rare) in ways.items() if rare < 0.9 * common} == lagging
        assert max(ways, key=lambda name: ways[name][1]) == "Adagrad"
    ends = []
    for seed in range(3):  # other seeds, other paths, and the same nine steps sideways
        figure.set(batch=1, fall=False, seed=seed)
        moves = np.diff(figure.paths["Adagrad"].x, axis=0)[:10] != 0
        assert moves[:, 1].tolist() == [False] * 9 + [True]
        ends.append(figure.paths["Adagrad"].x[-1])
    assert np.ptp(ends, axis=0).min() > 1e-3
    needed = {}
    for fall in (False, True):  # the falling helps, at its own best α
        figure.set(batch=1, fall=fall, seed=0)
        for label, path in figure.paths.items():
            needed[label, fall] = path.steps_to(0.05) or 200
    assert all(needed[label, True] < needed[label, False] for label in figure.paths)


def turn(figures):
    """Walk. Turn to 5°: how much of the advantage is left? Go on to 45°, then to 90°."""
    figure = figures[3]
    for degrees, adagrad in ((0, 6), (5, 35), (45, None), (90, 6)):
        figure.set(angle=float(np.radians(degrees)))
        assert figure.paths["gradient descent"].steps_to(1e-3) == 248
        assert figure.paths["Adagrad"].steps_to(1e-3) == adagrad  # 333 at 45° is past 300 steps


MOVES = [sign_rule, who_settles, rare_word, turn]
