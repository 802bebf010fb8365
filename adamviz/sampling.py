r"""Losses that are means over examples, and the minibatches that estimate their gradients.

$$J(x) = \frac{1}{n} \sum_{i=1}^{n} J_i(x), \qquad
  g_B(x) = \frac{1}{B} \sum_{i \in \text{batch}} \nabla J_i(x)$$

Linear regression has $J_i = \frac12 (a_i \cdot x - y_i)^2$ with parameters $x$ (elsewhere θ or w),
features $a_i$ and targets $y_i$; logistic regression $J_i = \log(1 + e^{-s_i\, a_i \cdot x})$ with
$s_i = 2 y_i - 1$. Goodfellow, Bengio & Courville (2016), section 8.1.3.
"""

import numpy as np

from .checks import array, check, points, refusal, switch, whole
from .surfaces import Surface

__all__ = ["Regression", "linear_regression", "logistic_regression"]


class Regression(Surface):
    """A loss in two parameters that is the mean over n examples, and its minibatch gradients.

    `value` is the whole J, `gradient(x, step)` that step's minibatch gradient. Every epoch, that is
    every ⌊n/B⌋ steps, shuffles the examples anew and deals them out in batches of B, each example
    at most once; when B does not divide n, the rest waits for another epoch. The batches depend on
    `seed` and the step alone: all methods, and all runs that are walked at once, meet the same.

    Parameters
    ----------
    features : `(n, 2)`
        What each example multiplies the parameters with.
    targets : `(n,)`
        Any numbers for "linear", 0 or 1 for "logistic".
    kind : "linear" or "logistic"
    batch : int from 1 to n, or None
        The batch size B; None for n, the full gradient at every step.
    seed : int, ≥ 0
    replace : bool
        Draw every example independently, with replacement; then B = n is not the full gradient.
    **known : as in `Surface`; `minima`, found to rounding, is filled in.

    Raises
    ------
    ValueError
        For arrays, targets, a kind, batch or seed that is not allowed, and for data without a
        unique minimum: features on one line through 0, or classes that such a line separates.

    Examples
    --------
    >>> problem = Regression([[1, 0], [1, 1], [1, 2]], [0, 2, 1], batch=1)
    >>> problem.minima.round(3).tolist(), problem.indices(step=0).shape
    ([[0.5, 0.5]], (1,))
    """

    def __init__(
        self, features, targets, kind="linear", *, batch=None, seed=0, replace=False, **known
    ):
        if not isinstance(kind, str) or kind not in ("linear", "logistic"):
            raise refusal("kind", '"linear" or "logistic"', kind)
        self.features = array(
            "features",
            features,
            lambda a: a.size and a.shape[1:] == (2,),
            "finite numbers of the shape (n, 2)",
        )
        self.n, self.kind, self.replace = len(self.features), kind, switch("replace", replace)
        self.targets = array(
            "targets",
            targets,
            lambda y: y.shape == (self.n,),
            "finite numbers of the shape (n,)",
        )
        if kind == "logistic" and not np.isin(self.targets, (0, 1)).all():
            raise refusal("targets", "0 or 1 in a logistic regression", targets)
        self.batch = self.n if batch is None else whole("batch", batch, 1, self.n)
        self.seed, self._orders = whole("seed", seed, 0), {}
        minimum, self._hessian, self._least = self._minimise()
        name = f"{kind} regression, {self.batch} of {self.n} examples a step"
        super().__init__(self._whole_loss, **{"name": name} | known | {"minima": [minimum]})

    def _errors(self, x, rows=slice(None)):  # prediction minus target, (..., 2) -> (..., rows)
        z = x @ self.features[rows].T
        return (z if self.kind == "linear" else _logistic(z)) - self.targets[rows]

    def _whole_loss(self, x):
        if self.kind == "linear":  # from the minimum, where the sum would lose the gap's digits
            d = x - self.minima[0]
            return 0.5 * (d @ self._hessian * d).sum(axis=-1) + self._least
        total = np.zeros(x.shape[:-1])
        for a, y in zip(self.features, self.targets, strict=True):
            total += np.logaddexp(0.0, (1 - 2 * y) * (x[..., 0] * a[0] + x[..., 1] * a[1]))
        return total / self.n

    def example_gradients(self, x):
        """The gradient of every Jᵢ at `x`: `(..., 2) -> (n, ..., 2)`."""
        errors = np.moveaxis(self._errors(points(x)), -1, 0)
        return errors[..., None] * self.features.reshape(self.n, *[1] * (errors.ndim - 1), 2)

    def full_gradient(self, x):
        """The gradient of the whole J at `x`: `(..., 2) -> (..., 2)`."""
        return self._errors(points(x)) @ self.features / self.n

    def gradient(self, x, step=0):
        """The mean of the gradients of this step's batch: `(..., 2) -> (..., 2)`."""
        rows = self.indices(step)
        return self._errors(points(x), rows) @ self.features[rows] / self.batch

    def indices(self, step):
        """The examples in this step's batch, ascending: `(B,)`; `step` counts from 0."""
        epoch, place = divmod(step, self.n // self.batch)
        if epoch not in self._orders:
            rng = np.random.default_rng([self.seed, epoch])
            order = rng.integers(self.n, size=self.n) if self.replace else rng.permutation(self.n)
            self._orders[epoch] = order
        # Ascending, so that all n sum up in the order of the full gradient.
        return np.sort(self._orders[epoch][place * self.batch : (place + 1) * self.batch])

    @np.errstate(all="ignore")  # what overflows has no minimum that is found
    def _minimise(self):
        """The minimum of J by Newton's method from 0, the Hessian and ½ mean error² there."""
        x, a = np.zeros(2), self.features
        for _ in range(200):
            p = _logistic(a @ x)
            curvature = np.ones(self.n) if self.kind == "linear" else p * (1 - p)
            hessian = (a.T * curvature) @ a / self.n
            if not (np.isfinite(hessian).all() and np.linalg.cond(hessian) < 1e12):
                break
            step = np.linalg.solve(hessian, self.full_gradient(x))
            if self.kind == "logistic":  # so short that no exponent changes by more than 1
                step /= max(1.0, np.abs(a @ step).max())
            x = x - step
            if np.abs(step).max() <= 1e-14 * max(1.0, np.abs(x).max()):
                least = 0.5 * np.mean(self._errors(x) ** 2)
                if np.isfinite(least):
                    return x, hessian, least
                break
        raise ValueError(
            "features and targets must leave J one minimum: neither all features on one line "
            "through 0, nor the two classes of a logistic regression on two sides of such a line, "
            "nor numbers whose squares overflow"
        )


def linear_regression(batch=8, seed=0, n=128, noise=0.5, replace=False, data_seed=0):
    """Fit a line to n seeded points (a, y): x₁ is its height at a = 0, x₂ its slope.

    The points are y = 1 + a/2 + noise · N(0, 1), with a uniform on [−1, 3]. `data_seed` makes them;
    `batch`, `seed` and `replace` are `Regression`'s. ValueError for arguments out of range.
    """
    noise = check("noise", noise, lambda s: 0 <= s <= 1e100, "a number from 0 to 1e100")
    rng = np.random.default_rng(whole("data_seed", data_seed, 0))
    a = rng.uniform(-1, 3, whole("n", n, 3, 100_000))
    targets = 1 + a / 2 + noise * rng.normal(size=n)
    known = {"view": (-2.5, 3.5, -1.5, 2.5), "start": (-1.5, 2.0), "source": "our own data"}
    known["formula"] = r"J(x) = \frac{1}{n} \sum_i \frac{1}{2}\left(x_1 + a_i x_2 - y_i\right)^2"
    known |= {"batch": batch, "seed": seed, "replace": replace}
    return Regression(np.stack([np.ones(n), a], axis=-1), targets, **known)


def logistic_regression(batch=8, seed=0, n=128, replace=False, data_seed=0):
    """Tell two kinds of n seeded points apart: the chance of y = 1 is 1/(1 + e^(−a·x)).

    The features a are normal, with standard deviations 2 and 1 along the axes; the labels are drawn
    with x = (1, −1), so that no line separates them. Arguments as in `linear_regression`.
    """
    rng = np.random.default_rng(whole("data_seed", data_seed, 0))
    features = rng.normal(size=(whole("n", n, 3, 100_000), 2)) * [2.0, 1.0]
    labels = rng.uniform(size=n) < _logistic(features @ [1.0, -1.0])
    known = {"view": (-2.5, 3.5, -3.0, 1.0), "start": (-1.5, 0.5), "source": "our own data"}
    known["formula"] = r"J(x) = \frac{1}{n} \sum_i \log\left(1 + e^{-s_i\, a_i \cdot x}\right)"
    known |= {"batch": batch, "seed": seed, "replace": replace}
    return Regression(features, labels, "logistic", **known)


def _logistic(z):
    return 0.5 * (1 + np.tanh(0.5 * z))  # 1/(1 + e⁻ᶻ) without overflow
