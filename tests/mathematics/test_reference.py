"""Every method, step by step, against torch, optax and the papers.

``reference.npz`` holds what the libraries do (``make_reference.py`` beside it says how it is made
and where each tolerance comes from). The papers' own forms, where no library has them, are written
out below once more, as plainly as they are printed.
"""

import json
import pathlib
from dataclasses import fields, replace
from functools import partial

import numpy as np
import pytest

from adamviz import descend, optimizers, surfaces

with np.load(pathlib.Path(__file__).with_name("reference.npz")) as file:
    PATHS, TOLERANCES, OPTAX = file["paths"], file["tolerances"], file["optax"]
    ABOUT = json.loads(str(file["about"]))
CASES = ABOUT["cases"]


def name(case):
    return "-".join((case["method"], case["column"], case["problem"]))


def optimizer_of(case):
    return getattr(optimizers, case["method"])(**case["settings"])


def walk(case, optimizer):
    surface = surfaces.SURFACES[case["problem"].removesuffix("-zero")]()
    return descend(optimizer, surface, case["start"], ABOUT["steps"])


@pytest.mark.parametrize("number", range(len(CASES)), ids=[name(case) for case in CASES])
def test_path_is_the_library_s(number):
    case = CASES[number]
    path = walk(case, optimizer_of(case))
    np.testing.assert_allclose(path.x, PATHS[number], rtol=0, atol=TOLERANCES[number])
    assert path.diverged is None
    if case["optax"] is not None:
        kept = OPTAX[case["optax"]]
        np.testing.assert_allclose(
            path.x[:: ABOUT["stride"]], kept, rtol=0, atol=TOLERANCES[number]
        )


# Each method's settings, and the libraries that walk each: "default" and "other" for all. Only the
# forms that a library does not have are left out, as make_reference.py explains.
BOTH, TORCH, OPTAX_ONLY = {"torch", "optax"}, {"torch"}, {"optax"}
COVERAGE = {
    "GradientDescent": {"default": BOTH, "other": BOTH},
    "Momentum": {"default": BOTH, "other": BOTH, "average": OPTAX_ONLY},
    "Nesterov": {"default": BOTH, "other": BOTH},
    "Adagrad": {"default": TORCH, "lively": TORCH, "other": TORCH, "no-eps": BOTH},
    "RMSprop": {"default": BOTH, "lively": BOTH, "other": BOTH}
    | {"momentum": BOTH, "centered": BOTH, "centered-momentum": BOTH},
    "Adadelta": {"default": BOTH, "lively": BOTH, "other": BOTH},
    "Adam": {"default": BOTH, "lively": BOTH, "other": BOTH},
    "AdaMax": {"default": BOTH, "lively": BOTH, "other": BOTH},
    "Nadam": {"default": TORCH, "lively": TORCH, "other": TORCH, "no-schedule": TORCH},
    "AMSGrad": {"default": TORCH, "lively": TORCH, "other": TORCH, "paper": OPTAX_ONLY},
    "AdamW": {"default": BOTH, "lively": BOTH, "other": BOTH},
}
PROBLEMS = {"canyon": (-4.0, 1.5), "rosenbrock": (-1.2, 1.0), "beale": (-1.0, 1.5)}
PROBLEMS |= {"beale-zero": (1.0, 1.0)}


def test_the_file_holds_what_is_asked_for_on_every_surface():
    wanted = {
        (method, setting, problem): libraries
        for method, settings in COVERAGE.items()
        for setting, libraries in settings.items()
        for problem in PROBLEMS
    }
    found = {
        (case["method"], case["column"], case["problem"]): {case["library"]}
        | ({"optax"} if case["optax"] is not None else set())
        for case in CASES
    }
    assert found == wanted
    assert {case["problem"]: tuple(case["start"]) for case in CASES} == PROBLEMS
    assert surfaces.beale().gradient((1.0, 1.0))[0] == 0.0


@pytest.mark.parametrize("method", optimizers.OPTIMIZERS, ids=lambda method: method.__name__)
def test_settings_are_the_defaults_and_everything_moved(method):
    """ "default" says only what has no default, "other" moves all; every switch is thrown.

    Where no library has the method, its papers' formulas move all and throw every switch.
    """
    settings = {c["column"]: c["settings"] for c in CASES if c["method"] == method.__name__}
    papers = [optimizer for optimizer in PAPERS.values() if type(optimizer) is method]
    default, moved = method() if hasattr(method, "lr") else method(lr=1.0), papers
    if settings:
        default, moved = method(**settings["default"]), [method(**settings["other"])]
        assert default == method(**{"lr": default.lr})
    for field in fields(method):
        if isinstance(field.default, bool) or field.default == 0.0:  # its form is another one
            thrown = [method(**s) for s in settings.values()] + papers
            found = {bool(getattr(o, field.name)) for o in thrown}
            wanted = f"with and without {field.name}"
            assert found == {True, False}, f"{method.__name__} needs references {wanted}"
        else:
            values = {getattr(o, field.name) for o in moved} - {getattr(default, field.name)}
            assert values, f"no setting and no paper of {method.__name__} moves its {field.name}"


def test_reference_is_sharp():
    """No tolerance is so wide that it says nothing, and the paths go somewhere."""
    assert TOLERANCES.min() >= 1e-12
    assert TOLERANCES.max() <= 1e-9
    assert np.mean(TOLERANCES == 1e-12) > 0.8
    moved = np.abs(PATHS - PATHS[:, :1]).max(axis=(1, 2))
    assert moved.min() > 1e5 * TOLERANCES.max()


# --- the papers, one small loop each -----------------------------------------------------------

LR, B1, B2 = 0.02, 0.8, 0.9


def momentum_as_average(g, t, s, mu=0.7):
    s["b"] = mu * s["b"] + (1 - mu) * g
    return LR * s["b"]


def adam_without_correction(g, t, s):
    s["m"] = B1 * s["m"] + (1 - B1) * g
    s["v"] = B2 * s["v"] + (1 - B2) * g**2
    return LR * s["m"] / (np.sqrt(s["v"]) + 1e-2)


def adamw_without_correction(g, t, s):
    """The decay of Loshchilov and Hutter (2019), algorithm 2, with nothing corrected before it."""
    return adam_without_correction(g, t, s) + LR * 0.5 * s["x"]


def adam_algorithm_1(g, t, s):
    s["m"] = B1 * s["m"] + (1 - B1) * g
    s["v"] = B2 * s["v"] + (1 - B2) * g**2
    return LR * (s["m"] / (1 - B1**t)) / (np.sqrt(s["v"] / (1 - B2**t)) + 1e-2)


def adam_last_lines_reordered(g, t, s):
    """Section 2 of the paper: αₜ = α√(1 − β2ᵗ)/(1 − β1ᵗ), with ε̂ = ε√(1 − β2ᵗ)."""
    s["m"] = B1 * s["m"] + (1 - B1) * g
    s["v"] = B2 * s["v"] + (1 - B2) * g**2
    root = np.sqrt(1 - B2**t)
    return LR * root / (1 - B1**t) * s["m"] / (np.sqrt(s["v"]) + 1e-2 * root)


def adamax_algorithm_2(g, t, s):
    s["m"] = B1 * s["m"] + (1 - B1) * g
    s["u"] = np.maximum(B2 * s["u"], np.abs(g))
    return LR / (1 - B1**t) * s["m"] / s["u"]


def amsgrad_algorithm_2(g, t, s):
    s["m"] = B1 * s["m"] + (1 - B1) * g
    s["v"] = B2 * s["v"] + (1 - B2) * g**2
    s["largest"] = np.maximum(s["largest"], s["v"])
    return LR * s["m"] / (np.sqrt(s["largest"]) + 1e-2)


def adagrad_from_a_tenth(g, t, s):
    s["S"] = s["S"] + g**2
    return LR * g / (np.sqrt(0.1 + s["S"]) + 1e-2)


def adadelta_algorithm_1(g, t, s):
    s["g2"] = 0.95 * s["g2"] + 0.05 * g**2
    delta = np.sqrt(s["d2"] + 1e-3) / np.sqrt(s["g2"] + 1e-3) * g
    s["d2"] = 0.95 * s["d2"] + 0.05 * delta**2
    return delta


def rmsprop_centered_with_momentum(g, t, s):
    """Graves (2013), equations 38 to 41, but with ε after the root and the rate outside."""
    s["n"] = 0.9 * s["n"] + 0.1 * g**2
    s["g"] = 0.9 * s["g"] + 0.1 * g
    s["delta"] = 0.6 * s["delta"] + g / (np.sqrt(s["n"] - s["g"] ** 2) + 1e-2)
    return LR * s["delta"]


def rmsprop_with_momentum(g, t, s):
    s["v"] = 0.9 * s["v"] + 0.1 * g**2
    s["b"] = 0.6 * s["b"] + g / (np.sqrt(s["v"]) + 1e-2)
    return LR * s["b"]


def nadam_without_schedule(g, t, s):
    """With ψ = 0 the schedule μₜ = β1(1 − 0.96^{tψ}/2) rests at β1/2, while m keeps β1."""
    mu = B1 / 2
    s["m"] = B1 * s["m"] + (1 - B1) * g
    s["v"] = B2 * s["v"] + (1 - B2) * g**2
    m_hat = mu * s["m"] / (1 - mu ** (t + 1)) + (1 - mu) * g / (1 - mu**t)
    return LR * m_hat / (np.sqrt(s["v"] / (1 - B2**t)) + 1e-2)


def nadam_with_schedule(g, t, s):
    def mu(i):
        return B1 * (1 - 0.5 * 0.96 ** (i * 0.1))

    s["m"] = B1 * s["m"] + (1 - B1) * g
    s["v"] = B2 * s["v"] + (1 - B2) * g**2
    until_now = np.prod([mu(i) for i in range(1, t + 1)])
    m_hat = mu(t + 1) * s["m"] / (1 - until_now * mu(t + 1)) + (1 - mu(t)) * g / (1 - until_now)
    return LR * m_hat / (np.sqrt(s["v"] / (1 - B2**t)) + 1e-2)


def nadam_without_correction(g, t, s):
    """Neither average is divided by anything: Nadam's look-ahead alone."""
    mu, mu_next = (B1 * (1 - 0.5 * 0.96 ** (i * 0.1)) for i in (t, t + 1))
    s["m"] = B1 * s["m"] + (1 - B1) * g
    s["v"] = B2 * s["v"] + (1 - B2) * g**2
    return LR * (mu_next * s["m"] + (1 - mu) * g) / (np.sqrt(s["v"]) + 1e-2)


def sutskever_s_look_ahead(g, t, s, mu=0.7):
    """v' = μv − lr·g at the look-ahead point θ + μv, which moves by (1 + μ)v' − μv."""
    v = s["v"]
    s["v"] = mu * v - LR * g
    return -((1 + mu) * s["v"] - mu * v)


BETAS = {"lr": LR, "beta1": B1, "beta2": B2, "eps": 1e-2}
GRAVES = {"lr": LR, "rho": 0.9, "eps": 1e-2, "momentum": 0.6}
PAPERS = {
    momentum_as_average: optimizers.Momentum(lr=LR, momentum=0.7, average=True),
    sutskever_s_look_ahead: optimizers.Nesterov(lr=LR, momentum=0.7),
    adagrad_from_a_tenth: optimizers.Adagrad(lr=LR, eps=1e-2, initial_accumulator=0.1),
    rmsprop_with_momentum: optimizers.RMSprop(**GRAVES),
    rmsprop_centered_with_momentum: optimizers.RMSprop(**GRAVES, centered=True),
    adadelta_algorithm_1: optimizers.Adadelta(lr=1.0, rho=0.95, eps=1e-3),
    adam_algorithm_1: optimizers.Adam(**BETAS),
    adam_last_lines_reordered: optimizers.Adam(**BETAS),
    adam_without_correction: optimizers.Adam(**BETAS, bias_correction=False),
    adamax_algorithm_2: optimizers.AdaMax(**(BETAS | {"eps": 0.0})),
    nadam_with_schedule: optimizers.Nadam(**BETAS, momentum_decay=0.1),
    nadam_without_schedule: optimizers.Nadam(**BETAS, momentum_decay=0.0),
    nadam_without_correction: optimizers.Nadam(**BETAS, momentum_decay=0.1, bias_correction=False),
    amsgrad_algorithm_2: optimizers.AMSGrad(**BETAS, bias_correction=False),
    adamw_without_correction: optimizers.AdamW(**BETAS, bias_correction=False, weight_decay=0.5),
}


@pytest.mark.parametrize("formula", PAPERS, ids=lambda formula: formula.__name__)
def test_path_is_the_paper_s(formula):
    """On a canyon of κ = 20, where no step is so sensitive that 1e-12 would be asking too much."""
    x, state, path = np.array([-4.0, 1.5]), {}, []
    memory = {k: 0.0 for k in ("b", "m", "v", "u", "largest", "S", "g2", "d2", "n", "g", "delta")}
    state |= memory
    path.append(x)
    for t in range(1, 61):
        state["x"] = x
        x = x - formula(np.array([1.0, 20.0]) * x, t, state)
        path.append(x)
    np.testing.assert_allclose(paper_walk(PAPERS[formula]).x, path, rtol=0, atol=1e-12)


def paper_walk(optimizer):
    return descend(optimizer, surfaces.canyon(kappa=20.0), (-4.0, 1.5), 60)


@pytest.mark.parametrize("method", optimizers.OPTIMIZERS, ids=lambda method: method.__name__)
def test_every_hyperparameter_shows_in_a_reference(method):
    """Or it might stand in a wrong place: a path of signs that never change knows no β."""
    walks = [(paper_walk, optimizer) for optimizer in PAPERS.values()]
    walks += [(partial(walk, case), optimizer_of(case)) for case in CASES]
    walks = [(go, optimizer) for go, optimizer in walks if type(optimizer) is method]

    def moved(go, optimizer, name):
        other = replace(optimizer, **{name: 0.9 * getattr(optimizer, name)})
        return np.abs(go(other).x - go(optimizer).x).max()

    names = [field.name for field in fields(method) if not isinstance(field.default, bool)]
    hidden = [name for name in names if not any(moved(*pair, name) > 1e-6 for pair in walks)]
    assert not hidden, f"no reference of {method.__name__} depends on {hidden}: a larger lr?"
