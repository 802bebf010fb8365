r"""The optimizers, each a frozen dataclass of its hyperparameters with two methods.

`init(x)` gives the state before the first step; `step(state, gradient, x)` gives the next state
and the next iterate, and changes neither of its arguments. A state is a dict of arrays shaped
like `x`, under the names of the docstring; names with a leading underscore are book-keeping and
are not recorded.

A state may hold `rate`, the number per coordinate that multiplies the gradient, or the average of
gradients in its place, in this step. A method may do without it, as one that steps by a sign; then
the panels that draw rates leave it out.

With ε = 0 a root is 0 where no gradient has been met yet. Its inverse, and `rate`, then count as 0,
so that this coordinate stays where it is: 0/0 is not divergence. This is the pseudo-inverse of
Duchi, Hazan & Singer (2011); in torch it is NaN. Roots below 2.2e-308 count as 0, too,
for their inverse may overflow, and so do gradients whose square underflows (below about 1e-161 at
the defaults; AdaMax squares nothing).

Notation: $g_t$ is the gradient at $x_{t-1}$, $t$ counts from 1, products and roots are taken
coordinate by coordinate. Defaults and forms are those of `torch.optim` (2.x) unless a docstring
says otherwise.
"""

import re
from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np

from .checks import hyperparameter, switch

_FRACTION = (lambda a: (a >= 0) & (a < 1), "a number in [0, 1)")
_NONNEGATIVE = (lambda a: (a >= 0) & (a < np.inf), "a finite number ≥ 0")
_ALLOWED = {
    "beta1": _FRACTION,
    "beta2": _FRACTION,
    "momentum": _FRACTION,
    "rho": _FRACTION,
}
_TINY = float(np.finfo(float).tiny)


def _divisor(root, eps):
    """`root`, and inf where it is 0 or too small to have an inverse: what it divides is 0 there."""
    if isinstance(eps, float) and eps >= _TINY:  # then no root is, and none is looked at
        return root
    return np.where(root < _TINY, np.inf, root)


@dataclass(frozen=True)
class Optimizer:
    """What all optimizers share: a learning rate, and hyperparameters checked when it is made.

    Hyperparameters may be arrays; then `descend` walks one run per element.

    Raises
    ------
    ValueError
        For a rate or a size that is negative or not finite, and for a decay (`momentum`, `rho`,
        `beta1`, `beta2`) outside [0, 1).
    """

    lr: float
    label: ClassVar[str]

    def __post_init__(self):
        for field in fields(self):
            value, name = getattr(self, field.name), f"{type(self).__name__}: {field.name}"
            if isinstance(field.default, bool):
                taken = switch(name, value)
            else:
                allowed = _ALLOWED.get(field.name, _NONNEGATIVE)
                taken = hyperparameter(name, value, *allowed)
            object.__setattr__(self, field.name, taken)

    @property
    def arrays(self):
        """The hyperparameters that are arrays, by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: np.asarray(v, float) for name, v in values.items() if np.ndim(v)}

    def init(self, x):
        """The state before the first step at `x`."""
        return {}

    def step(self, state, gradient, x):
        """One step: `(state, x)` after it."""
        raise NotImplementedError


@dataclass(frozen=True)
class GradientDescent(Optimizer):
    r"""Gradient descent, or steepest descent with a fixed rate.

    $$x_t = x_{t-1} - \alpha\, g_t$$

    On a quadratic it converges for 0 < α λ < 2 in every eigen-direction λ (Nocedal & Wright,
    section 3.3). Same as `torch.optim.SGD(lr)`. The rate has no default: it depends on the problem.
    """

    label = "gradient descent"

    def step(self, state, gradient, x):
        return {"rate": self.lr}, x - self.lr * gradient


@dataclass(frozen=True)
class Momentum(Optimizer):
    r"""Gradient descent with momentum, the heavy ball of Polyak (1964).

    $$b_t = \mu\, b_{t-1} + g_t, \qquad x_t = x_{t-1} - \alpha\, b_t$$

    `average=True` keeps a moving average instead, from zero, as Adam's first moment does:
    $b_t = \mu\, b_{t-1} + (1 - \mu)\, g_t$. Both walk the same path when α is rescaled by 1 − μ,
    under any schedule of α, as long as μ stays constant. The form with α inside the memory,
    $\Delta x_t = \mu\, \Delta x_{t-1} - \alpha_t\, g_t$ (Sutskever et al. 2013, eq. 1), walks
    it too, but only as long as α stays constant. The first form is
    `torch.optim.SGD(lr, momentum)`, whose own default is 0, no momentum; its
    `dampening=1-momentum` is not the second, because torch leaves the first gradient undamped.

    State: `b`.
    """

    momentum: float = 0.9
    average: bool = False
    label = "momentum"

    def init(self, x):
        return {"b": np.zeros_like(x)}

    def step(self, state, gradient, x):
        new = (1 - self.momentum) * gradient if self.average else gradient
        b = self.momentum * state["b"] + new
        return {"b": b, "rate": self.lr}, x - self.lr * b


@dataclass(frozen=True)
class Nesterov(Optimizer):
    r"""Nesterov's accelerated gradient in the form of the libraries.

    $$b_t = \mu\, b_{t-1} + g_t, \qquad x_t = x_{t-1} - \alpha\, (g_t + \mu\, b_t)$$

    This iterate *is* the look-ahead point of Sutskever et al. (2013, eqs. 3-4): their parameters
    are θ = x + α μ b. Same as `torch.optim.SGD(lr, momentum, nesterov=True)`.

    State: `b`.
    """

    momentum: float = 0.9
    label = "Nesterov"

    def init(self, x):
        return {"b": np.zeros_like(x)}

    def step(self, state, gradient, x):
        b = self.momentum * state["b"] + gradient
        return {"b": b, "rate": self.lr}, x - self.lr * (gradient + self.momentum * b)


@dataclass(frozen=True)
class Adagrad(Optimizer):
    r"""Adagrad: each coordinate's rate shrinks with the gradients it has met.

    $$S_t = S_{t-1} + g_t^2, \qquad x_t = x_{t-1} - \alpha\, \frac{g_t}{\sqrt{S_t} + \varepsilon}$$

    Duchi, Hazan & Singer (2011), the diagonal form. As in torch, ε stands outside the root and
    `initial_accumulator` is $S_0 = 0$; optax puts ε inside and starts at 0.1. The rate falls like
    1/√t only while the gradients do not vanish.

    State: `S`.
    """

    lr: float = 0.01
    eps: float = 1e-10
    initial_accumulator: float = 0.0
    label = "Adagrad"

    def init(self, x):
        return {"S": np.zeros_like(x) + self.initial_accumulator}

    def step(self, state, gradient, x):
        S = state["S"] + gradient**2
        rate = self.lr / _divisor(np.sqrt(S) + self.eps, self.eps)
        return {"S": S, "rate": rate}, x - rate * gradient


@dataclass(frozen=True)
class RMSprop(Optimizer):
    r"""RMSprop: Adagrad that forgets, with a moving average in place of the sum.

    $$v_t = \rho\, v_{t-1} + (1 - \rho)\, g_t^2, \qquad
      u_t = \frac{g_t}{\sqrt{v_t} + \varepsilon}, \qquad x_t = x_{t-1} - \alpha\, u_t$$

    Tieleman & Hinton (2012, lecture 6e), who used ρ = 0.9; the defaults are torch's. There is no
    bias correction, so the first step is α/√(1 − ρ) long. With `momentum` the *updates* are
    summed, $b_t = \mu\, b_{t-1} + u_t$ and $x_t = x_{t-1} - \alpha\, b_t$, where Adam averages
    *gradients*. `centered=True` subtracts the square of the mean gradient from $v$ (Graves 2013).
    optax's default puts ε inside the root. With ε = 0, `centered` stops a coordinate whose
    gradients are so equal that their variance is rounded to 0.

    State: `v`; `b` with momentum; `g_mean` when centered.
    """

    lr: float = 0.01
    rho: float = 0.99
    eps: float = 1e-8
    momentum: float = 0.0
    centered: bool = False
    label = "RMSprop"

    def init(self, x):
        names = ["v"] + ["g_mean"] * self.centered + ["b"] * bool(np.any(self.momentum))
        return {name: np.zeros_like(x) for name in names}

    def step(self, state, gradient, x):
        v = self.rho * state["v"] + (1 - self.rho) * gradient**2
        new = {"v": v}
        if self.centered:
            new["g_mean"] = self.rho * state["g_mean"] + (1 - self.rho) * gradient
            # Never negative but for rounding, and rounding must not turn into NaN.
            v = np.maximum(v - new["g_mean"] ** 2, 0.0)
        root = _divisor(np.sqrt(v) + self.eps, self.eps)
        new["rate"] = self.lr / root
        update = gradient / root
        if "b" in state:
            new["b"] = update = self.momentum * state["b"] + update
        return new, x - self.lr * update


@dataclass(frozen=True)
class Adadelta(Optimizer):
    r"""Adadelta: the step's own size replaces the learning rate.

    $$v_t = \rho\, v_{t-1} + (1 - \rho)\, g_t^2, \qquad
      d_t = \frac{\sqrt{D_{t-1} + \varepsilon}}{\sqrt{v_t + \varepsilon}}\, g_t$$
    $$x_t = x_{t-1} - \alpha\, d_t, \qquad D_t = \rho\, D_{t-1} + (1 - \rho)\, d_t^2$$

    Zeiler (2012), algorithm 1, which has no α (α = 1 here); his networks were trained with
    ρ = 0.95. $D$ averages $d^2$ without the rate, as in torch. Here ε does stand inside the roots,
    and starts the walk: with ε = 0 every step is 0.

    State: `v`, `D`.
    """

    lr: float = 1.0
    rho: float = 0.9
    eps: float = 1e-6
    label = "Adadelta"

    def init(self, x):
        return {"v": np.zeros_like(x), "D": np.zeros_like(x)}

    def step(self, state, gradient, x):
        v = self.rho * state["v"] + (1 - self.rho) * gradient**2
        ratio = np.sqrt(state["D"] + self.eps) / _divisor(np.sqrt(v + self.eps), self.eps)
        d = ratio * gradient
        D = self.rho * state["D"] + (1 - self.rho) * d**2
        return {"v": v, "D": D, "rate": self.lr * ratio}, x - self.lr * d


@dataclass(frozen=True)
class Adam(Optimizer):
    r"""Adam: momentum's average over a rate per coordinate, both corrected for starting at zero.

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1)\, g_t, \qquad
      v_t = \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2$$
    $$\hat m_t = \frac{m_t}{1 - \beta_1^t}, \qquad \hat v_t = \frac{v_t}{1 - \beta_2^t}, \qquad
      x_t = x_{t-1} - \alpha\, \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}$$

    Kingma & Ba (2015), algorithm 1; the defaults are the paper's and torch's. ε stands after the
    root and after the correction (TensorFlow's "epsilon hat" stands before it). $v$ is the
    *uncentred* second moment, not a variance. `bias_correction=False` uses $m$ and $v$ as they
    are.

    State: `m`, `v`, `m_hat`, `v_hat` (equal to `m`, `v` without correction).
    """

    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    bias_correction: bool = True
    label = "Adam"

    def init(self, x):
        return {"m": np.zeros_like(x), "v": np.zeros_like(x), "_beta1_t": 1.0, "_beta2_t": 1.0}

    def moments(self, state, gradient):
        """Both moving averages, and the powers β₁ᵗ and β₂ᵗ carried along as products."""
        return {
            "m": self.beta1 * state["m"] + (1 - self.beta1) * gradient,
            "v": self.beta2 * state["v"] + (1 - self.beta2) * gradient**2,
            "_beta1_t": state["_beta1_t"] * self.beta1,
            "_beta2_t": state["_beta2_t"] * self.beta2,
        }

    def corrected(self, new, second):
        """`m_hat` and `v_hat`: the first moment and `second` over their share of the weights."""
        if not self.bias_correction:
            return new["m"], second
        return new["m"] / (1 - new["_beta1_t"]), second / (1 - new["_beta2_t"])

    def step(self, state, gradient, x):
        new = self.moments(state, gradient)
        return self.advance(new, new["v"], x)

    def advance(self, new, second, x):
        """The last line of the algorithm, with `second` as the second moment."""
        new["m_hat"], new["v_hat"] = self.corrected(new, second)
        new["rate"] = self.lr / _divisor(np.sqrt(new["v_hat"]) + self.eps, self.eps)
        return new, x - new["rate"] * new["m_hat"]


@dataclass(frozen=True)
class AdaMax(Optimizer):
    r"""AdaMax: Adam with the largest recent gradient in place of the root mean square.

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1)\, g_t, \qquad
      u_t = \max(\beta_2\, u_{t-1},\, |g_t| + \varepsilon), \qquad
      x_t = x_{t-1} - \frac{\alpha}{1 - \beta_1^t}\, \frac{m_t}{u_t}$$

    Kingma & Ba (2015), algorithm 2; α = 2e-3 is theirs. The paper has no ε; it is torch's, and
    `eps=0` gives the paper's form, where a coordinate that has met no gradient stays where it is.
    $u$ needs no correction.

    State: `m`, `m_hat`, `u`.
    """

    lr: float = 2e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    label = "AdaMax"

    def init(self, x):
        return {"m": np.zeros_like(x), "u": np.zeros_like(x), "_beta1_t": 1.0}

    def step(self, state, gradient, x):
        m = self.beta1 * state["m"] + (1 - self.beta1) * gradient
        u = np.maximum(self.beta2 * state["u"], np.abs(gradient) + self.eps)
        beta1_t = state["_beta1_t"] * self.beta1
        m_hat = m / (1 - beta1_t)
        rate = self.lr / _divisor(u, self.eps)
        return {"m": m, "u": u, "m_hat": m_hat, "rate": rate, "_beta1_t": beta1_t}, x - rate * m_hat


@dataclass(frozen=True)
class Nadam(Adam):
    r"""Nadam: Adam with Nesterov's look-ahead, and Dozat's schedule for β₁.

    $$\mu_t = \beta_1 \left(1 - \tfrac{1}{2}\, 0.96^{\,t\,\psi}\right), \qquad
      P_t = \prod_{i \le t} \mu_i, \qquad
      \hat m_t = \frac{\mu_{t+1}\, m_t}{1 - P_{t+1}} + \frac{(1 - \mu_t)\, g_t}{1 - P_t}$$

    and then as Adam; ψ is `momentum_decay`. Dozat (2016) as torch has it. Nadam is not one
    formula: with ψ = 0 the schedule is the constant μ = β₁/2, not β₁, so that is not optax's Nadam
    either, which has no schedule and uses β₁ throughout.

    State: `m`, `v`, `m_hat`, `v_hat`.
    """

    lr: float = 2e-3
    momentum_decay: float = 4e-3
    label = "Nadam"

    def init(self, x):
        return super().init(x) | {"_t": 0, "_product": 1.0}

    def moments(self, state, gradient):
        t = state["_t"] + 1
        mu = self.beta1 * (1 - 0.5 * 0.96 ** (t * self.momentum_decay))
        mu_next = self.beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * self.momentum_decay))
        return super().moments(state, gradient) | {
            "_t": t,
            "_product": state["_product"] * mu,
            "_mu": mu,
            "_mu_next": mu_next,
            "_gradient": gradient,
        }

    def corrected(self, new, second):
        mu, mu_next, product = new["_mu"], new["_mu_next"], new["_product"]
        if not self.bias_correction:
            return mu_next * new["m"] + (1 - mu) * new["_gradient"], second
        m_hat = mu_next * new["m"] / (1 - product * mu_next)
        m_hat = m_hat + (1 - mu) * new["_gradient"] / (1 - product)
        return m_hat, second / (1 - new["_beta2_t"])


@dataclass(frozen=True)
class AMSGrad(Adam):
    r"""AMSGrad: Adam whose second moment never shrinks.

    $$v^{\max}_t = \max(v^{\max}_{t-1},\, v_t), \qquad
      \hat v_t = \frac{v^{\max}_t}{1 - \beta_2^t}$$

    and then as Adam. Reddi, Kale & Kumar (2018), algorithm 2. Three forms are in use and are not
    equivalent: torch takes the maximum of the raw $v$ and corrects it afterwards (here, the
    default); optax takes the maximum of the corrected $\hat v$; the paper corrects nothing
    (`bias_correction=False`; it has no ε either).

    State: `m`, `v`, `v_max`, `m_hat`, `v_hat`.
    """

    label = "AMSGrad"

    def init(self, x):
        return super().init(x) | {"v_max": np.zeros_like(x)}

    def step(self, state, gradient, x):
        new = self.moments(state, gradient)
        new["v_max"] = np.maximum(state["v_max"], new["v"])
        return self.advance(new, new["v_max"], x)


@dataclass(frozen=True)
class AdamW(Adam):
    r"""AdamW: Adam with decoupled weight decay.

    $$x_t = (1 - \alpha \lambda)\, x_{t-1}
            - \alpha\, \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}$$

    Loshchilov & Hutter (2019), algorithm 2, with the decay times the rate as in torch. It is not
    an L2 penalty: that would add λ x to the gradient, and the division by $\sqrt{\hat v}$ would
    shrink the penalty most where gradients are largest.

    State: as Adam.
    """

    weight_decay: float = 0.01
    label = "AdamW"

    def step(self, state, gradient, x):
        return super().step(state, gradient, x * (1 - self.lr * self.weight_decay))


def update_rule(method):
    """The formulas of a method's docstring, as LaTeX without the dollar signs.

    Where they end before the step itself, the method goes on as its parent class does.
    """
    return [" ".join(f.split()) for f in re.findall(r"\$\$(.+?)\$\$", method.__doc__, re.DOTALL)]


# Every method of this file, in the order of the file; a reader's own are not among them.
OPTIMIZERS = tuple(
    kind
    for kind in globals().values()
    if isinstance(kind, type) and issubclass(kind, Optimizer) and kind is not Optimizer
)
__all__ = ["OPTIMIZERS", "Optimizer", "update_rule", *(kind.__name__ for kind in OPTIMIZERS)]
