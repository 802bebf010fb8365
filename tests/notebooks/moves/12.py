"""What the *Move* paragraphs of notebook 12 say, performed; `test_moves.py` runs it."""

import numpy as np

from adamviz import rates


def each_once(figures):
    """Try each of these once: - **goal** sets a task; [the exercises](#Exercises) use it. -
    **surface**, and what goes with it: κ and rotation for the canyon; **noise σ** adds random noise
    of that size to every gradient, **seed** draws another; **steps** is the length of the walk,
    **target** the loss that counts as arrived. - The **names** show and hide methods; each one
    shown has its **α**. **arrows** chooses one for its other hyperparameters and its arrows in the
    landscape. - **beside it** chooses what the right half shows.
    """
    playground = figures[0]
    playground.begin("1 gradient descent")  # as its menu does
    assert list(playground.paths) == ["gradient descent"] and playground.values["kappa"] == 20
    playground.set(goal="none", kappa=100.0, steps=300, sigma=1.0, seed=0)
    first = playground.paths["gradient descent"].x
    playground.set(seed=1)
    assert np.abs(playground.paths["gradient descent"].x - first).max() > 0.01
    playground.set(steps=50)
    assert len(playground.paths["gradient descent"].x) == 51
    playground.set(sigma=0.0, steps=300, kappa=20.0)
    first = playground.paths["gradient descent"].loss[0]
    playground.set(angle=np.radians(45), target=0.1)
    turned = playground.paths["gradient descent"].loss[0]
    assert abs(turned - first) > 1  # the start stays where it is, the canyon turns under it
    assert "below 0.1 from step" in str(playground)
    playground.set(show=["Adam", "RMSprop"], focus="RMSprop", panel="step size")
    assert set(playground.paths) == {"Adam", "RMSprop"}
    playground.set(**{"RMSprop.lr": 0.01, "RMSprop.rho": 0.9})
    method = playground.paths["RMSprop"].optimizer
    assert (method.lr, method.rho) == (0.01, 0.9)


def double_and_halve(figures):
    """Double them all. Which method breaks, and which hardly notices? And if you halve them?"""
    playground = figures[0]
    found = {label: path.optimizer.lr for label, path in playground.paths.items()}
    stops, needed = rates(1e-5, 10), {}
    for factor in (0.5, 1.0, 2.0):
        wanted = {f"{label}.lr": factor * alpha for label, alpha in found.items()}
        near = {name: np.argmin(np.abs(np.log(np.array(stops) / a))) for name, a in wanted.items()}
        playground.set(**{name: stops[i] for name, i in near.items()})
        needed[factor] = {k: path.steps_to(1e-3) for k, path in playground.paths.items()}
    assert needed[1.0]["gradient descent"] and needed[2.0]["gradient descent"] is None
    assert playground.paths["gradient descent"].diverged is not None
    for label in ("momentum", "Adam"):
        assert abs(needed[2.0][label] - needed[1.0][label]) < 10
        assert needed[0.5][label] > needed[1.0][label] + 40


def memory_gets_adam_through(figures):
    """Walk. Set **steps** to 1000. Press Adam's **arrows** and set its β₁ and β₂ to 0: the paths
    become one. Then raise β₂ alone, by one stop, and on to the top. Set it back to
    0 and do the same with β₁. Which of them gets Adam through the valley, and how much of it?
    """
    figure = figures[3]

    def adam(beta1, beta2):
        figure.set(steps=1000, focus="Adam", **{"Adam.beta1": beta1, "Adam.beta2": beta2})
        return figure.paths["Adam"]

    signs = figure.paths["sign descent"].x
    one = adam(0.0, 0.0)
    assert np.abs(one.x[: len(signs)] - signs).max() < 1e-5
    assert one.loss[-1] > 1.7
    for beta2 in (0.3, 0.9, 0.9999):
        assert adam(0.0, beta2).loss[-1] < 1
    assert adam(0.1, 0.0).loss[-1] < 1
    assert adam(0.99, 0.0).loss[-1] > 1


MOVES = [each_once, double_and_halve, memory_gets_adam_through]
