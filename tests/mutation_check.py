"""Does the test suite notice a wrong formula? Plant one after another and see.

    python tests/mutation_check.py

Each planted error is one replacement in a copy of the engine, made in a temporary folder; then the
engine's tests run on that copy. An error is caught when a test fails. The script ends with status 1
if one is missed, and stops at once if a text to replace is not there exactly once, so that it
cannot fall silent when the engine changes; a unit test says so, too. It takes some minutes.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent
TESTS = ("test_reference", "test_surfaces", "test_optimizers", "test_descent", "test_fuzz")
OPTIMIZERS, DESCENT, SURFACES = "optimizers.py", "descent.py", "surfaces.py"
CHECKS = "checks.py"

MUTATIONS = [
    # Adam, as published code gets it wrong
    (
        "Adam: ε inside the root",
        OPTIMIZERS,
        '_divisor(np.sqrt(new["v_hat"]) + self.eps, self.eps)',
        '_divisor(np.sqrt(new["v_hat"] + self.eps), self.eps)',
    ),
    (
        "Adam: ε before the correction (epsilon hat)",
        OPTIMIZERS,
        '_divisor(np.sqrt(new["v_hat"]) + self.eps, self.eps)',
        '_divisor(np.sqrt(new["v_hat"]) + self.eps / np.sqrt(1 - new["_beta2_t"]), self.eps)',
    ),
    (
        "Adam: correction dropped",
        OPTIMIZERS,
        'return new["m"] / (1 - new["_beta1_t"]), second / (1 - new["_beta2_t"])',
        'return new["m"], second',
    ),
    (
        "Adam: correction multiplied instead of divided",
        OPTIMIZERS,
        'return new["m"] / (1 - new["_beta1_t"]), second / (1 - new["_beta2_t"])',
        'return new["m"] * (1 - new["_beta1_t"]), second * (1 - new["_beta2_t"])',
    ),
    (
        "Adam: correction without the power",
        OPTIMIZERS,
        'return new["m"] / (1 - new["_beta1_t"]), second / (1 - new["_beta2_t"])',
        'return new["m"] / (1 - self.beta1), second / (1 - self.beta2)',
    ),
    (
        "Adam: power one step behind",
        OPTIMIZERS,
        'return {"m": np.zeros_like(x), "v": np.zeros_like(x), "_beta1_t": 1.0, "_beta2_t": 1.0}',
        'return {"m": np.zeros_like(x), "v": np.zeros_like(x), "_beta1_t": 1.0, "_beta2_t": '
        "self.beta2}",
    ),
    (
        "Adam: hat missing on v",
        OPTIMIZERS,
        'return new["m"] / (1 - new["_beta1_t"]), second / (1 - new["_beta2_t"])',
        'return new["m"] / (1 - new["_beta1_t"]), second',
    ),
    (
        "Adam: hat missing on m",
        OPTIMIZERS,
        'return new["m"] / (1 - new["_beta1_t"]), second / (1 - new["_beta2_t"])',
        'return new["m"], second / (1 - new["_beta2_t"])',
    ),
    (
        "Adam: bias_correction=False corrects m",
        OPTIMIZERS,
        '            return new["m"], second\n',
        '            return new["m"] / (1 - new["_beta1_t"]), second\n',
    ),
    (
        "Adam: m accumulates instead of averaging",
        OPTIMIZERS,
        '"m": self.beta1 * state["m"] + (1 - self.beta1) * gradient,',
        '"m": self.beta1 * state["m"] + gradient,',
    ),
    (
        "Adam: v a variance, not the second moment",
        OPTIMIZERS,
        '"v": self.beta2 * state["v"] + (1 - self.beta2) * gradient**2,',
        '"v": self.beta2 * state["v"] + (1 - self.beta2) * (gradient - state["m"]) ** 2,',
    ),
    (
        "Adam: β1 and β2 swapped in v",
        OPTIMIZERS,
        '"v": self.beta2 * state["v"] + (1 - self.beta2) * gradient**2,',
        '"v": self.beta1 * state["v"] + (1 - self.beta1) * gradient**2,',
    ),
    (
        "Adam: default β2 0.99",
        OPTIMIZERS,
        "beta2: float = 0.999\n    eps: float = 1e-8\n    bias",
        "beta2: float = 0.99\n    eps: float = 1e-8\n    bias",
    ),
    # its relatives
    (
        "AMSGrad: replaced by Adam",
        OPTIMIZERS,
        'new["v_max"] = np.maximum(state["v_max"], new["v"])',
        'new["v_max"] = new["v"]',
    ),
    (
        "AMSGrad: maximum of the corrected v (optax's form)",
        OPTIMIZERS,
        'new["v_max"] = np.maximum(state["v_max"], new["v"])',
        'c = 1 - new["_beta2_t"]\n        '
        'new["v_max"] = np.maximum(state["v_max"] / (1 - state["_beta2_t"] + 1e-300), '
        'new["v"] / c) * c',
    ),
    (
        "AdamW: decay as L2, in the gradient",
        OPTIMIZERS,
        "return super().step(state, gradient, x * (1 - self.lr * self.weight_decay))",
        "return super().step(state, gradient + self.weight_decay * x, x)",
    ),
    (
        "AdamW: decay without the rate",
        OPTIMIZERS,
        "x * (1 - self.lr * self.weight_decay)",
        "x * (1 - self.weight_decay)",
    ),
    (
        "AdaMax: ε outside the maximum",
        OPTIMIZERS,
        'np.maximum(self.beta2 * state["u"], np.abs(gradient) + self.eps)',
        'np.maximum(self.beta2 * state["u"], np.abs(gradient)) + self.eps',
    ),
    (
        "AdaMax: u without decay",
        OPTIMIZERS,
        'np.maximum(self.beta2 * state["u"], np.abs(gradient) + self.eps)',
        'np.maximum(state["u"], np.abs(gradient) + self.eps)',
    ),
    ("AdaMax: m not corrected", OPTIMIZERS, "m_hat = m / (1 - beta1_t)", "m_hat = m"),
    (
        "Nadam: no schedule",
        OPTIMIZERS,
        "mu = self.beta1 * (1 - 0.5 * 0.96 ** (t * self.momentum_decay))",
        "mu = self.beta1",
    ),
    (
        "Nadam: next step's μ is this one's",
        OPTIMIZERS,
        "0.96 ** ((t + 1) * self.momentum_decay)",
        "0.96 ** (t * self.momentum_decay)",
    ),
    (
        "Nadam: power of μ instead of the product",
        OPTIMIZERS,
        '"_product": state["_product"] * mu,',
        '"_product": mu**t,',
    ),
    (
        "Nadam: m corrected by Pₜ, not Pₜ₊₁",
        OPTIMIZERS,
        'm_hat = mu_next * new["m"] / (1 - product * mu_next)',
        'm_hat = mu_next * new["m"] / (1 - product)',
    ),
    # the older ones
    (
        "Momentum: dampened",
        OPTIMIZERS,
        "new = (1 - self.momentum) * gradient if self.average else gradient",
        "new = (1 - self.momentum) * gradient",
    ),
    (
        "Momentum: average accumulates",
        OPTIMIZERS,
        "new = (1 - self.momentum) * gradient if self.average else gradient",
        "new = gradient",
    ),
    (
        "Nesterov: the other iterate, which is plain momentum here",
        OPTIMIZERS,
        "x - self.lr * (gradient + self.momentum * b)",
        "x - self.lr * b",
    ),
    (
        "Nesterov: looks ahead along all of b",
        OPTIMIZERS,
        "x - self.lr * (gradient + self.momentum * b)",
        "x - self.lr * (1 + self.momentum) * b",
    ),
    (
        "Adagrad: ε inside the root",
        OPTIMIZERS,
        "_divisor(np.sqrt(S) + self.eps, self.eps)",
        "_divisor(np.sqrt(S + self.eps), self.eps)",
    ),
    (
        "Adagrad: accumulator starts at zero",
        OPTIMIZERS,
        'return {"S": np.zeros_like(x) + self.initial_accumulator}',
        'return {"S": np.zeros_like(x)}',
    ),
    (
        "RMSprop: ε inside the root",
        OPTIMIZERS,
        "root = _divisor(np.sqrt(v) + self.eps, self.eps)",
        "root = _divisor(np.sqrt(v + self.eps), self.eps)",
    ),
    (
        "RMSprop: not centred",
        OPTIMIZERS,
        'v = np.maximum(v - new["g_mean"] ** 2, 0.0)',
        "v = np.maximum(v, 0.0)",
    ),
    (
        "RMSprop: centring unguarded against rounding",
        OPTIMIZERS,
        'v = np.maximum(v - new["g_mean"] ** 2, 0.0)',
        'v = v - new["g_mean"] ** 2',
    ),
    (
        "RMSprop: momentum averages",
        OPTIMIZERS,
        'self.momentum * state["b"] + update',
        'self.momentum * state["b"] + (1 - self.momentum) * update',
    ),
    (
        "Adadelta: accumulates lr·d",
        OPTIMIZERS,
        'D = self.rho * state["D"] + (1 - self.rho) * d**2',
        'D = self.rho * state["D"] + (1 - self.rho) * (self.lr * d) ** 2',
    ),
    (
        "Adadelta: ε outside the roots",
        OPTIMIZERS,
        'np.sqrt(state["D"] + self.eps) / _divisor(np.sqrt(v + self.eps), self.eps)',
        '(np.sqrt(state["D"]) + self.eps) / _divisor(np.sqrt(v) + self.eps, self.eps)',
    ),
    (
        "Adadelta: D of this step, not the last",
        OPTIMIZERS,
        "x - self.lr * d\n",
        "x - self.lr * np.sqrt(D + self.eps) / np.sqrt(v + self.eps) * gradient\n",
    ),
    # 0/0
    (
        "0/0 is no number",
        OPTIMIZERS,
        "if isinstance(eps, float) and eps >= _TINY:",
        "if True:",
    ),
    (
        "a root that is no number counts as 0",
        OPTIMIZERS,
        "np.where(root < _TINY, np.inf, root)",
        "np.where(root >= _TINY, root, np.inf)",
    ),
    ("the inverse of a tiny root overflows", OPTIMIZERS, "root < _TINY", "root == 0"),
    ("AdaMax: 0/0", OPTIMIZERS, "_divisor(u, self.eps)", "u"),
    # what hyperparameters may be
    ("β = 1 allowed", OPTIMIZERS, "(a >= 0) & (a < 1)", "(a >= 0) & (a <= 1)"),
    ("infinite rate allowed", OPTIMIZERS, "(a >= 0) & (a < np.inf)", "a >= 0"),
    # descend
    (
        "steps_to counts the first crossing",
        DESCENT,
        "np.argmax(above[::-1], axis=0), len(above))",
        "np.where(above[-1], 0, len(above) - np.argmin(above, axis=0)), len(above))",
    ),
    (
        "steps_to forgets the minimum",
        DESCENT,
        "~(self.gap[: last + 1] < target)",
        "~(self.loss[: last + 1] < target)",
    ),
    (
        "schedule hears the step from 1",
        DESCENT,
        'check("schedule", schedule(k),',
        'check("schedule", schedule(k + 1),',
    ),
    (
        "project left out",
        DESCENT,
        'x = returned("project", project(x), shape)',
        'returned("project", project(x), shape)',
    ),
    (
        "the problem never hears the step",
        DESCENT,
        "surface.gradient(x, k)",
        "surface.gradient(x, 0)",
    ),
    (
        "divergence warns",
        DESCENT,
        'with np.errstate(all="ignore"):  # overflow',
        "if True:  # overflow",
    ),
    (
        "divergence noticed a step late",
        DESCENT,
        "diverged[_outside(x) & (diverged < 0)] = k + 1",
        "diverged[_outside(x) & (diverged < 0)] = k + 2",
    ),
    (
        "divergence to the left unseen",
        DESCENT,
        "not np.abs(x).max(initial=0.0) <= BOUND",
        "not x.max(initial=0.0) <= BOUND",
    ),
    (
        "only NaN is divergence",
        DESCENT,
        "return ~(np.abs(x).max(axis=-1) <= BOUND)",
        "return np.isnan(x).any(axis=-1)",
    ),
    ("what follows divergence is kept", DESCENT, "values[after] = np.nan", "pass"),
    # a minimum that nobody told
    (
        "an unknown minimum counts as 0",
        CHECKS,
        'minimum = getattr(surface, "minimum", None)',
        'minimum = getattr(surface, "minimum", None) or 0.0',
    ),
    (
        "the gap above an unknown minimum",
        DESCENT,
        """        if self.minimum is None:
            raise unknown_minimum("gap")
""",
        "        self = replace(self, minimum=self.minimum or 0.0)\n",
    ),
    (
        "tune walks to an unknown minimum",
        DESCENT,
        """    if known_minimum(surface) is None:
        raise unknown_minimum("tune")
""",
        "",
    ),
    ("rounding is below the minimum", DESCENT, "self.gap < -1e-10 * scale", "self.gap < 0"),
    (
        "below measures without the loss at the start",
        DESCENT,
        "np.fmax(np.abs(self.loss[0]), abs(self.minimum or 0.0))",
        "1.0 + 0 * self.loss[0]",
    ),
    (
        "minimum and minima disagree",
        CHECKS,
        "abs(minimum - there) > 1e-9 * max(1.0, abs(minimum))",
        "abs(minimum - there) > 1e9",
    ),
    ("noise forgets the minimum", SURFACES, "            minimum=surface.minimum,\n", ""),
    # what is written for one point
    ("no shape is wrong", CHECKS, "if found.shape != sizes + last:", "if False:"),
    (
        "points beside each other are not compared",
        CHECKS,
        "if not _same(again, found) and",
        "if False and",
    ),
    ("a shape is right by accident", CHECKS, "(4 if d == 3 else 3, ", "(d, "),
    (
        "noise is taken for a fault",
        CHECKS,
        " and _same(_result(function, together)[0], found):",
        ":",
    ),
    ("not a number differs from itself", CHECKS, "equal_nan=True", "equal_nan=False"),
    ("only one point is moved", CHECKS, "for moved in range(sizes[0]):", "for moved in (0,):"),
    ("projections are not looked at", CHECKS, "    if project is not None:", "    if False:"),
    (
        "only the first step is looked at",
        CHECKS,
        "for _ in range(2):  # the second",
        "for _ in range(1):  # the second",
    ),
    ("looked at again and again", CHECKS, "    seen.add((name, axes))", "    pass"),
    # what is refused
    ("True is a whole number", CHECKS, "(bool, np.timedelta64)", "np.timedelta64"),
    ("a span of time is a whole number", CHECKS, "(bool, np.timedelta64)", "bool"),
    ("what is masked is a number", CHECKS, "value.mask.any()", "False"),
    (
        "a gradient may be complex",
        CHECKS,
        'numbers = found.dtype.kind in "iuf"',
        'numbers = found.dtype.kind in "iufc"',
    ),
    # surfaces
    ("Rosenbrock: a slip in x", SURFACES, "2 * (x - 1) - 2 * x * r", "2 * (x - 1) - x * r"),
    (
        "Beale: a slip in y",
        SURFACES,
        "r1 + 2 * r2 * y + 3 * r3 * y2",
        "r1 + 2 * r2 * y + 3 * r3 * y",
    ),
    (
        "Himmelblau: a slip",
        SURFACES,
        "4 * x * a + 2 * b, 2 * a + 4 * y * b",
        "4 * x * a + 2 * b, 4 * y * b",
    ),
    ("canyon: turns the wrong way", SURFACES, "(1 - kappa) * c * s", "(kappa - 1) * c * s"),
    (
        "canyon: without the half",
        SURFACES,
        "0.5 * (a * x * x + d * y * y) + b * x * y",
        "a * x * x + d * y * y + 2 * b * x * y",
    ),
    ("plateau: gradient twice as long", SURFACES, "0.5 * p * np.exp", "p * np.exp"),
    ("Rastrigin: 2π forgotten", SURFACES, "20 * np.pi * np.sin", "10 * np.sin"),
    (
        "differences with a fixed step",
        SURFACES,
        "h = np.cbrt(np.finfo(float).eps) * np.maximum(1.0, np.abs(x))",
        "h = np.cbrt(np.finfo(float).eps) * np.ones_like(x)",
    ),
    ("differences one-sided", SURFACES, "left[..., i] -= h[..., i]", "left[..., i] -= 0.0"),
]


def stale():
    """What is wrong with the list itself: an error that cannot be planted says nothing."""
    problems = []
    for title, file, old, new in MUTATIONS:
        found = (ROOT / "adamviz" / file).read_text(encoding="utf-8").count(old)
        if found != 1 or old == new:
            problems.append(f"{title}: this stands {found} times in {file}, not once:\n    {old}")
    return problems


def plant(folder, file=None, old=None, new=None):
    """A copy of the engine and its tests in `folder`, with one replacement."""
    copied = shutil.ignore_patterns("__pycache__")
    for name in ("adamviz", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=copied)
    if (ROOT / "pyproject.toml").exists():
        shutil.copy(ROOT / "pyproject.toml", folder)
    if file is not None:
        path = folder / "adamviz" / file
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(old, new), encoding="utf-8")


def run(mutation=(None,)):
    """`pytest`'s exit status and the first test that failed."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        plant(folder, *mutation[1:])
        tests = [f"tests/mathematics/{test}.py" for test in TESTS]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", *tests],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": name, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
        )
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    by = failed[0].split("::", 1)[1].split(" - ")[0] if failed else ""
    return done.returncode, by, done.stdout + done.stderr


def main():
    if problems := stale():
        sys.exit("\n".join(problems))
    status, _, output = run()
    if status != 0:
        sys.exit(f"the tests do not pass on the engine as it is:\n{output}")
    missed = 0
    width = max(len(title) for title, *_ in MUTATIONS)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (title, *_), (status, by, output) in zip(
            MUTATIONS, pool.map(run, MUTATIONS), strict=True
        ):
            if status not in (0, 1):
                sys.exit(f"{title}: pytest broke off\n{output}")
            missed += status == 0
            print(f"{title:{width}}  {'caught by ' + by if status else 'MISSED'}", flush=True)
    print(f"{len(MUTATIONS) - missed} of {len(MUTATIONS)} planted errors caught")
    sys.exit(missed > 0)


if __name__ == "__main__":
    main()
