"""What the *Move* paragraphs of notebook 10 say, performed; `test_moves.py` runs it."""

import numpy as np


def fewer_at_a_time(figures):
    """Walk. First switch methods off until you can follow the rest."""
    race = figures[0]
    needed = {label: path.steps_to(1e-3) for label, path in race.paths.items()}
    race.set(show=["Nesterov", "Adam"])
    assert list(race.paths) == ["Nesterov", "Adam"]
    for label, path in race.paths.items():  # a method's path is its own
        assert path.steps_to(1e-3) == needed[label]


def twice_the_rate(figures):
    """Then *every rate times* 2 and 4: who survives?"""
    race = figures[0]
    race.set(times=2.0)
    lost = {label for label, path in race.paths.items() if path.diverged is not None}
    assert lost == {"gradient descent", "Nesterov"}
    assert race.paths["momentum"].steps_to(1e-3) < 130 > race.paths["Adam"].steps_to(1e-3)


def other_landscapes(figures):
    """Then the other landscapes, each with its own best rates."""
    race = figures[0]
    first = {}
    for where in ("canyon turned by 30°", "canyon, κ = 100", "Himmelblau"):
        race.set(where=where)
        needed = {label: path.steps_to(1e-3) for label, path in race.paths.items()}
        first[where] = min((n, label) for label, n in needed.items() if n)[1]
    assert first["canyon turned by 30°"] == "AdamW"
    assert first["canyon, κ = 100"] == "Adagrad"


def rate(figure, label, i, step=300):
    """The rate in coordinate i, in units of α."""
    return figure.paths[label].state["rate"][step - 1, i] / 0.1


def forget_more(figures):
    """Walk. β₂ to 0.999: torch's line lies on Adam's in $x_1$. Then 0.9: it hardly recovers any
    more.
    """
    figure = figures[1]
    figure.set(beta2=0.999)
    adam, torch = (figure.paths[k].state["rate"][:, 0] for k in ("Adam", "torch"))
    assert np.allclose(adam, torch, rtol=1e-6)
    figure.set(beta2=0.9)
    assert abs(rate(figure, "torch", 0) - rate(figure, "torch", 0, 60)) < 0.01
    assert rate(figure, "Adam", 0) > 0.99


def a_later_wild_gradient(figures):
    """Then the wild gradient at step 20, and at step 100: the three forms of AMSGrad come
    closer.
    """
    figure, spread = figures[1], []
    for when in (1, 20, 100):
        figure.set(when=when)
        rates = [rate(figure, label, 0) for label in ("torch", "optax", "paper")]
        spread.append(max(rates) / min(rates))
    assert spread[0] > spread[1] > spread[2]
    figure.set(when=1)
    rises = {k: np.diff(figure.paths[k].state["rate"][:, 1]).max() for k in figure.paths}
    assert rises["Adam"] > 0 and rises["torch"] > 0 and rises["optax"] < 1e-12


def gradient_size(figures):
    """Walk. The size in $x_2$, from end to end: which path changes? Then λ."""
    figure, ends = figures[2], {"AdamW": [], "Adam with L2": []}
    for size in (1, 10, 100):
        figure.set(size=size)
        for label, seen in ends.items():
            seen.append(figure.paths[label].x[-1])
    assert np.ptp(ends["AdamW"], axis=0).max() < 0.01
    assert np.all(np.diff(np.array(ends["Adam with L2"])[:, 1]) > 0.3)
    figure.set(size=10, weight_decay=0.0)
    one, other = (path.x for path in figure.paths.values())
    assert np.abs(one - other).max() < 1e-12  # without decay they are one


def apart(figure):
    """By how much the steps of Adam and of the suspect differ in length, in units of α."""
    right, wrong = (np.abs(np.diff(figure.paths[k].x, axis=0)) for k in ("Adam", "suspect"))
    return np.abs(right - wrong) / 0.05


def suspects(figures):
    """Walk. Go through the suspects, one by one. Then ε to 1e-8: two of them can no longer be
    told from Adam. Then β₂ = 0.9: three calm down soon, another gets worse. Last, with β₂ =
    0.999 and ε = 0.01 again, the canyon, where gradients are large: one hides there altogether.
    """
    figure, told = figures[3], {}
    for letter in "ABCDEF":
        figure.set(suspect=letter, surface="even slope", eps=0.01, beta2=0.999)
        large, before = apart(figure).max(), apart(figure)[-1].max()
        figure.set(eps=1e-8)
        small = apart(figure).max()
        figure.set(eps=0.01, beta2=0.9)
        after = apart(figure)[-1].max()
        figure.set(beta2=0.999, surface="canyon, κ = 10")
        told[letter] = large, small, before, after, apart(figure).max()
    assert all(large > 0.1 for large, *_ in told.values())  # each can be told at ε = 0.01
    assert len([0 for _, small, *_ in told.values() if small < 0.01]) == 2
    assert len([0 for _, _, before, after, _ in told.values() if after < 0.05 < before]) == 3
    assert len([0 for _, _, before, after, _ in told.values() if after > before + 0.1]) == 1
    assert len([0 for *_, canyon in told.values() if canyon < 0.05]) == 1


MOVES = [
    fewer_at_a_time,
    twice_the_rate,
    other_landscapes,
    forget_more,
    a_later_wild_gradient,
    gradient_size,
    suspects,
]
