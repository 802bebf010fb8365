"""Make ``reference.npz``: what torch and optax do, step by step, in float64.

The one command, in an environment that has numpy, torch, optax and adamviz::

    python tests/mathematics/make_reference.py

It walks every method over every problem for 60 steps, writes the file beside this script, and
prints the largest deviation between torch and optax and, where adamviz can be imported, between
adamviz and the file. Nothing in it is random: a second run writes the same bytes.

The gradients are written out here once more, in numpy and apart from adamviz, so that a slip in
adamviz's surfaces shows as well.

Three columns of hyperparameters, and more where a method has a switch to throw:

* ``default``: what the library does when told nothing;
* ``lively``: the defaults with a rate at which something happens within 60 steps;
* ``other``: every other number moved far enough to tell the variants apart, such as an ε of 0.01
  (its place shows) and a short β2 (the maximum of AMSGrad differs from Adam).

A path that amplifies rounding cannot be asked to agree to twelve digits. So each one is walked
again eight times, with the last digit changed: of the start, of the point at which each gradient
is taken (a gradient is a sum of terms that cancel, so its own error is larger than its last digit:
torch walks away from itself just as far when the terms are summed in another order), and of the
gradient. Its tolerance is 100 times the largest deviation seen, but at least 1e-12. A partial
derivative that is exactly zero stays so, and the start that has one is not moved.

Where optax has the same form, and where not:

====================  =============================================================================
GradientDescent       the same
Momentum              the same (``trace``); ``average`` is ``ema(debias=False)``, which torch lacks:
                      its ``dampening`` takes the whole first gradient
Nesterov              the same
Adagrad               ε inside the root, and S from 0.1: the same only when ε = 0 and S starts alike
RMSprop               the same with ``eps_in_sqrt=False``. Its momentum sums updates already
                      multiplied by the rate: the same while the rate is constant
Adadelta              the same
Adam, AdamW           the same
AdaMax                the same
Nadam                 not the same, whatever ``momentum_decay``: optax corrects m by 1 − β1ᵗ⁺¹,
                      torch by the product of a β1 that starts near β1/2 and grows; with
                      ``momentum_decay=0`` it stays at β1/2 for good
AMSGrad               not the same: optax takes the maximum of the corrected v, torch corrects the
                      maximum of the raw one. Without correction optax has the paper's form, which
                      torch lacks
====================  =============================================================================
"""

import functools
import json
import pathlib

import numpy as np

FILE = pathlib.Path(__file__).with_name("reference.npz")
STEPS = 60
STRIDE = 6  # of optax's paths every sixth iterate is kept
REPEATS = 8
SMALLEST, FACTOR = 1e-12, 100.0


def canyon(p):
    x, y = p
    return np.array([x, 100.0 * y])


def rosenbrock(p):
    x, y = p
    inner = y - x * x
    return np.array([2.0 * (x - 1.0) - 400.0 * x * inner, 200.0 * inner])


def beale(p):
    x, y = p
    gx = gy = 0.0
    for k, c in ((1, 1.5), (2, 2.25), (3, 2.625)):
        residual = c + x * (y**k - 1.0)
        gx += 2.0 * residual * (y**k - 1.0)
        gy += 2.0 * residual * k * x * y ** (k - 1)
    return np.array([gx, gy])


PROBLEMS = {
    "canyon": (canyon, (-4.0, 1.5)),
    "rosenbrock": (rosenbrock, (-1.2, 1.0)),
    "beale": (beale, (-1.0, 1.5)),
    "beale-zero": (
        beale,
        (1.0, 1.0),
    ),  # the first partial derivative in x is exactly zero
}

ADAM = {"beta1": 0.8, "beta2": 0.9, "eps": 1e-2}
NADAM = {"beta1": 0.7, "beta2": 0.95, "eps": 1e-2}
SETTINGS = {
    "GradientDescent": {"default": {"lr": 1e-3}, "other": {"lr": 1.3e-3}},
    "Momentum": {
        "default": {"lr": 1e-3, "momentum": 0.9},
        "other": {"lr": 5e-4, "momentum": 0.7},
        "average": {"lr": 2e-3, "momentum": 0.8, "average": True},
    },
    "Nesterov": {
        "default": {"lr": 1e-3, "momentum": 0.9},
        "other": {"lr": 5e-4, "momentum": 0.7},
    },
    "Adagrad": {
        "default": {},
        "lively": {"lr": 0.5},
        "other": {"lr": 0.5, "eps": 1e-2, "initial_accumulator": 0.1},
        "no-eps": {"lr": 0.5, "eps": 0.0, "initial_accumulator": 0.1},
    },
    "RMSprop": {
        "default": {},
        "lively": {"lr": 0.03},
        "other": {"lr": 0.02, "rho": 0.95, "eps": 1e-2},
        "momentum": {"lr": 0.005, "rho": 0.9, "eps": 1e-2, "momentum": 0.7},
        "centered": {"lr": 0.005, "rho": 0.9, "eps": 1e-2, "centered": True},
        "centered-momentum": {
            "lr": 0.005,
            "rho": 0.9,
            "eps": 1e-2,
            "momentum": 0.7,
            "centered": True,
        },
    },
    "Adadelta": {
        "default": {},
        "lively": {"lr": 3.0},
        "other": {"lr": 1.5, "rho": 0.95, "eps": 1e-3},
    },
    "Adam": {"default": {}, "lively": {"lr": 0.1}, "other": {"lr": 0.05, **ADAM}},
    "AdaMax": {"default": {}, "lively": {"lr": 0.1}, "other": {"lr": 0.03, **ADAM}},
    "Nadam": {
        "default": {},
        "lively": {"lr": 0.1},
        "other": {"lr": 0.05, "momentum_decay": 0.1, **NADAM},
        "no-schedule": {"lr": 0.05, "momentum_decay": 0.0, **NADAM},
    },
    "AMSGrad": {
        "default": {},
        "lively": {"lr": 0.1},
        "other": {"lr": 0.05, **ADAM},
        "paper": {"lr": 0.05, "bias_correction": False, **ADAM},
    },
    "AdamW": {
        "default": {},
        "lively": {"lr": 0.1},
        "other": {"lr": 0.05, "weight_decay": 0.5, **ADAM},
    },
}
NOT_IN_TORCH = {("Momentum", "average"), ("AMSGrad", "paper")}


def in_optax(method, setting):
    if method == "Adagrad":
        return setting == "no-eps"
    if method == "AMSGrad":
        return setting == "paper"
    return method != "Nadam"


def torch_walk(method, settings, gradient, start):
    import torch

    o = dict(settings)
    name = method
    if "beta1" in o:
        o["betas"] = (o.pop("beta1"), o.pop("beta2"))
    if method in ("GradientDescent", "Momentum", "Nesterov"):
        name, o["nesterov"] = "SGD", method == "Nesterov"
    elif method == "Adagrad" and "initial_accumulator" in o:
        o["initial_accumulator_value"] = o.pop("initial_accumulator")
    elif method == "RMSprop" and "rho" in o:
        o["alpha"] = o.pop("rho")
    elif method == "AMSGrad":
        name, o["amsgrad"] = "Adam", True
    else:
        name = {"AdaMax": "Adamax", "Nadam": "NAdam"}.get(method, method)
    x = torch.tensor(start, dtype=torch.float64)
    optimizer = getattr(torch.optim, name)([x], foreach=False, **o)
    path = [x.numpy().copy()]
    for _ in range(STEPS):
        x.grad = torch.from_numpy(gradient(x.numpy()))
        optimizer.step()
        path.append(x.numpy().copy())
    return np.array(path)


def optax_transformation(method, o):
    import optax

    # torch's defaults, which are adamviz's; optax has its own
    lr = o.get("lr", {"RMSprop": 0.01, "Adadelta": 1.0, "AdaMax": 2e-3}.get(method, 1e-3))
    eps = o.get("eps", 1e-6 if method == "Adadelta" else 1e-8)
    betas = {"b1": o.get("beta1", 0.9), "b2": o.get("beta2", 0.999), "eps": eps}
    if method == "Momentum" and o.get("average"):
        average = optax.ema(o["momentum"], debias=False)
        return optax.chain(average, optax.scale_by_learning_rate(lr))
    match method:
        case "GradientDescent":
            return optax.sgd(lr)
        case "Momentum" | "Nesterov":
            return optax.sgd(lr, momentum=o["momentum"], nesterov=method == "Nesterov")
        case "Adagrad":
            return optax.adagrad(lr, o["initial_accumulator"], eps=0.0)
        case "RMSprop":
            return optax.rmsprop(
                lr,
                decay=o.get("rho", 0.99),
                eps=eps,
                eps_in_sqrt=False,
                centered=o.get("centered", False),
                momentum=o.get("momentum"),
            )
        case "Adadelta":
            return optax.adadelta(lr, rho=o.get("rho", 0.9), eps=eps)
        case "Adam":
            return optax.adam(lr, **betas)
        case "AdaMax":
            return optax.adamax(lr, **betas)
        case "AdamW":
            return optax.adamw(lr, **betas, weight_decay=o.get("weight_decay", 0.01))
        case "AMSGrad":
            raw = {"bias_correction_mu": False, "bias_correction_nu": False}
            scale = optax.scale_by_amsgrad(**betas, **raw)
            return optax.chain(scale, optax.scale_by_learning_rate(lr))


@functools.lru_cache
def optax_step(method, settings):
    import jax
    import optax

    optimizer = optax_transformation(method, dict(settings))

    @jax.jit
    def step(state, gradient, x):
        updates, state = optimizer.update(gradient, state, x)
        return state, optax.apply_updates(x, updates)

    return optimizer.init, step


def optax_walk(method, settings, gradient, start):
    import jax.numpy as jnp

    init, step = optax_step(method, tuple(settings.items()))
    x = jnp.array(start, dtype=jnp.float64)
    state = init(x)
    path = [np.array(x)]
    for _ in range(STEPS):
        state, x = step(state, jnp.array(gradient(path[-1])), x)
        path.append(np.array(x))
    return np.array(path)


def sensitivity(walk, method, settings, gradient, start, path):
    """The largest change of the path when last digits change (see the top)."""
    worst = 0.0
    for seed in range(REPEATS):
        generator = np.random.default_rng(seed)

        def sign(generator=generator):
            return generator.choice((-1.0, 1.0), 2)

        def beside(x, sign=sign):
            return np.nextafter(x, x + sign())

        def perturbed(x, sign=sign, beside=beside):
            exact = gradient(x)
            nearby = gradient(beside(x)) * (1.0 + np.finfo(float).eps * sign())
            return np.where(exact == 0.0, 0.0, nearby)

        moved = start if 0.0 in gradient(start) else beside(np.array(start))
        worst = max(worst, np.abs(walk(method, settings, perturbed, moved) - path).max())
    return worst


def adamviz_path(method, settings, problem):
    """The same walk by adamviz, on adamviz's own surface."""
    from adamviz import descend, optimizers, surfaces

    surface = getattr(surfaces, problem.removesuffix("-zero"))()
    optimizer = getattr(optimizers, method)(**settings)
    return descend(optimizer, surface, PROBLEMS[problem][1], STEPS).x


def main():
    import jax
    import optax
    import torch

    jax.config.update("jax_enable_x64", True)
    torch.set_default_dtype(torch.float64)  # or NAdam keeps its product of β1 in float32
    cases, paths, tolerances, optax_paths, between = [], [], [], [], {}
    for method, columns in SETTINGS.items():
        for column, settings in columns.items():
            by_torch = (method, column) not in NOT_IN_TORCH
            walk = torch_walk if by_torch else optax_walk
            for problem, (gradient, start) in PROBLEMS.items():
                path = walk(method, settings, gradient, start)
                assert np.isfinite(path).all() and np.abs(path).max() < 100, (
                    method,
                    column,
                )
                moved = sensitivity(walk, method, settings, gradient, start, path)
                case = {"method": method, "column": column, "problem": problem}
                case |= {
                    "library": "torch" if by_torch else "optax",
                    "settings": settings,
                }
                case |= {"start": start, "optax": None}
                if by_torch and in_optax(method, column):
                    other = optax_walk(method, settings, gradient, start)
                    between[method, column, problem] = np.abs(other - path).max()
                    case["optax"] = len(optax_paths)
                    optax_paths.append(other[::STRIDE])
                cases.append(case)
                paths.append(path)
                tolerances.append(max(SMALLEST, FACTOR * moved))
    about = {
        "versions": {
            "torch": torch.__version__,
            "optax": optax.__version__,
            "jax": jax.__version__,
        },
        "steps": STEPS,
        "stride": STRIDE,
        "cases": cases,
    }
    np.savez_compressed(
        FILE,
        about=np.array(json.dumps(about, ensure_ascii=True)),
        paths=np.array(paths),
        tolerances=np.array(tolerances),
        optax=np.array(optax_paths),
    )
    print(
        f"{FILE.name}: {len(cases)} paths, {FILE.stat().st_size / 1024:.0f} KB, with",
        end=" ",
    )
    print(", ".join(f"{library} {version}" for library, version in about["versions"].items()))

    def worst(title, deviations):
        tolerance = {tuple(c.values())[:3]: t for c, t in zip(cases, tolerances, strict=True)}
        name = max(deviations, key=deviations.get)
        print(f"{title}: at most {deviations[name]:.1e} ({' '.join(name)})")
        name = max(deviations, key=lambda n: deviations[n] / tolerance[n])
        print(f"    {deviations[name] / tolerance[name]:.2f} of tolerance ({' '.join(name)})")

    tight = sum(t == SMALLEST for t in tolerances)
    print(f"tolerance {SMALLEST:.0e} for {tight} paths, larger for {len(cases) - tight}:")
    for c, t in zip(cases, tolerances, strict=True):
        if t > SMALLEST:
            print(f"    {t:.1e} {c['method']} {c['column']} {c['problem']}")
    worst("optax against torch", between)
    try:
        import adamviz  # noqa: F401
    except ImportError as error:
        print(f"adamviz against the file: not compared ({error})")
        return
    ours = {}
    for case, path in zip(cases, paths, strict=True):
        x = adamviz_path(case["method"], case["settings"], case["problem"])
        ours[case["method"], case["column"], case["problem"]] = np.abs(x - path).max()
    worst("adamviz against the file", ours)


if __name__ == "__main__":
    main()
