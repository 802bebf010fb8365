"""How numbers and hyperparameters are written in readouts and captions."""

from dataclasses import fields

import numpy as np

__all__ = ["SYMBOLS", "arrival", "counted", "hyperparameters", "number", "vector"]

SYMBOLS = {
    "lr": "α",
    "momentum": "μ",
    "rho": "ρ",
    "beta1": "β₁",
    "beta2": "β₂",
    "eps": "ε",
    "weight_decay": "λ",
    "momentum_decay": "ψ",
    "initial_accumulator": "S₀",
}


def number(value, digits=3):
    """A number in a readout: few digits, so that every numpy agrees on them."""
    if value != value:
        return "none"
    if abs(value) < 1e-12:
        return "0" if value == 0 else "< 1e-12"
    return f"{value:.{digits}g}"


def vector(x, digits=3):
    """A point or a vector in a readout."""
    return f"({', '.join(number(v, digits) for v in x)})"


def counted(many, thing):
    """`"1 seed"` or `"2 seeds"`."""
    return f"{many} {thing}{'' if many == 1 else 's'}"


def hyperparameters(optimizer):
    """The learning rate and whatever else is not usual: `"α = 0.1, β₁ = 0.5"`.

    Fields with `repr=False` are not told.
    """
    parts = []
    for field in fields(optimizer):
        value = getattr(optimizer, field.name)
        if not field.repr:
            continue
        if field.name == "lr" or value != field.default:
            name = SYMBOLS.get(field.name, field.name.replace("_", " "))
            if isinstance(value, bool):
                parts.append(name if value else f"no {name}")
            else:
                parts.append(f"{name} = {value:.4g}")
    return ", ".join(parts)


def arrival(path, step, target, secret=False):
    """Whether a path arrives, and its loss at a step: `"below 0.001 from step 26 on; loss …"`.

    Where the least value is unknown nothing arrives: the loss is said as it is. Of a `secret` no
    more is said than what has happened by this step.
    """
    last = min(step, path.steps) if secret else path.steps
    ends = last == path.steps
    here = path.diverged is None or step <= path.diverged
    result = []
    if path.diverged is not None and path.diverged <= last:
        result = [f"diverged at step {path.diverged}"]
    elif path.minimum is None:
        if ends:
            k = int(np.nanargmin(path.loss))
            result = [f"lowest loss {number(path.loss[k])} at step {k} (minimum unknown)"]
    else:
        first = path.steps_to(target, last)
        if first is not None:
            result = [f"below {target:g} from step {first} on"]
        elif ends:
            result = [f"not below {target:g} at the end"]
    if here:
        loss = path.loss[step] if path.minimum is None else path.gap[step]
        result.append(f"loss {number(loss, 2)} at step {step}")
    if path.minimum is not None and path.below is not None and path.below <= last:
        result.append(f"at step {path.below} below the minimum that was given")
    return "; ".join(result)
