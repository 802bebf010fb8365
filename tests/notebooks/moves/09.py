"""What the *Move* paragraphs of notebook 09 say, performed; `test_moves.py` runs it."""

import numpy as np


def climbs(path):
    """Whether the mean of the last third lies above that of the middle third."""
    third = len(path.x) // 3
    return path.x[-third:, 0].mean() > path.x[third : 2 * third, 0].mean()


def leave_the_best_point(figures):
    """Walk. Type −1 into *start x₁*: Adam leaves the best point for the worst."""
    figure = figures[0]
    figure.set(start=(-1.0, 0.0))
    assert figure.paths["Adam"].x[-1, 0] > 0.9
    assert figure.paths["AMSGrad"].x[-1, 0] < -0.9


def where_the_failure_ends(figures):
    """Now raise β₂ step by step: where does the failure end? (Look whether the zigzag climbs or
    sinks in the second half: 120 rounds are too few to see its end.)
    """
    figure, up = figures[0], {}
    for beta2 in (0.0, 0.1, 0.2, 0.3, 0.4, 0.45, 0.5, 0.6):
        figure.set(start=(0.0, 0.0), beta2=beta2)
        path = figure.paths["Adam"]
        up[beta2] = path.x[-1, 0] > 0.99 or climbs(path)
    assert [b for b, rises in up.items() if not rises] == [0.5, 0.6]  # 0.45: just below 0.472


def ten_rounds(figures):
    """Then set $C$ to 10. Show the other two methods."""
    figure = figures[0]
    figure.set(C=10)
    shown = list(figure.paths)
    assert figure.paths["Adam"].x[-1, 0] > 0.99
    figure.set(show=[*shown, "Adam, default betas", "gradient descent"])
    for label in ("AMSGrad", "Adam, default betas", "gradient descent"):
        assert figure.paths[label].x[-1, 0] < -0.3


def noise_and_falling_rates(figures):
    """Walk. Raise the noise σ to 1: both hover, and at half the α they hover lower. Let the rate
    fall like 1/√t, with noise and without.
    """
    figure = figures[1]

    def late():
        return {label: path.loss[-500:].mean() for label, path in figure.paths.items()}

    figure.set(sigma=1.0)
    whole = late()
    figure.set(lr=0.05)
    half = late()
    for label, height in whole.items():
        assert 0 < half[label] < height
    figure.set(lr=0.1, decay="falls like 1/√t")
    assert figure.paths["Adam"].loss[-1] < whole["Adam"] / 10
    figure.set(sigma=0.0)
    assert late()["Adam"] < 1e-10  # the comeback is beyond the end of the figure


def early_comeback(figures):
    """Back at σ = 0 and a constant rate, lower β₂ to 0.9: the comeback is early, and does not
    end.
    """
    figure = figures[1]
    figure.set(beta2=0.9)
    loss = figure.paths["Adam"].loss
    assert loss[150:400].max() > 1e-4 and loss[-300:].max() > 1e-4


def larger_epsilon(figures):
    """Walk. Push ε up until the loss no longer comes back within the figure."""
    figure = figures[2]

    def late():
        return figure.paths["Adam"].loss[800:].max()

    figure.set(eps=1e-8)
    assert late() > 1e-3
    quiet = [
        e for e in (0.01, 0.04, 0.1, 0.16, 0.25, 0.4, 1.0) if figure.set(eps=e) or late() < 1e-6
    ]
    assert quiet == [0.25, 0.4, 1.0]


def the_same_epsilon_on_the_plateau(figures):
    """Keep that ε and choose the plateau. Is there an ε that is good on both? Go to ε = 100 on the
    canyon.
    """
    figure, needed = figures[2], {}
    for eps in (1e-8, 0.0025, 0.25, 0.4):
        figure.set(surface="plateau", eps=eps)
        needed[eps] = figure.paths["Adam"].steps_to(1e-3)
    assert needed[1e-8] < 100 and min(needed[0.25], needed[0.4]) > 700
    ends = []
    for eps in (0.25, 100.0):  # at 100 averaged momentum, with the rate α/ε = 0.001
        figure.set(surface="canyon", eps=eps)
        ends.append(figure.paths["Adam"].gap[-1])
    assert ends[0] < 1e-10 < 0.1 < ends[1]


def only_adams_settings_change(figures):
    """Walk, then turn slowly and read both rows: momentum's α and μ do not change, Adam's do. (If
    you drag the start, the rates stay those of the original one.)
    """
    figure, seen = figures[3], {"momentum": set(), "Adam": set()}
    for degrees in (0, 5, 15, 30, 45):
        figure.set(angle=float(np.radians(degrees)))
        for label, settings in seen.items():
            method = figure.paths[label].optimizer
            settings.add((method.lr, getattr(method, "momentum", None) or method.beta1))
    assert len(seen["momentum"]) == 1 and len(seen["Adam"]) > 2


MOVES = [
    leave_the_best_point,
    where_the_failure_ends,
    ten_rounds,
    noise_and_falling_rates,
    early_comeback,
    larger_epsilon,
    the_same_epsilon_on_the_plateau,
    only_adams_settings_change,
]
