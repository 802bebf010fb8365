"""How numbers and hyperparameters are written in readouts and captions."""

from dataclasses import fields

__all__ = ["SYMBOLS", "arrival", "hyperparameters", "number", "vector"]

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


def hyperparameters(optimizer):
    """The learning rate and whatever else is not usual: `"α = 0.1, β₁ = 0.5"`."""
    parts = []
    for field in fields(optimizer):
        value = getattr(optimizer, field.name)
        if field.name == "lr" or value != field.default:
            name = SYMBOLS.get(field.name, field.name.replace("_", " "))
            if isinstance(value, bool):
                parts.append(name if value else f"no {name}")
            else:
                parts.append(f"{name} = {value:.4g}")
    return ", ".join(parts)


def arrival(path, step, target):
    """Whether a path arrives, and its loss at a step: `"below 0.001 from step 26 on; loss …"`."""
    if path.diverged is not None:
        result = f"diverged at step {path.diverged}"
    else:
        first = path.steps_to(target)
        result = (
            f"not below {target:g} at the end"
            if first is None
            else f"below {target:g} from step {first} on"
        )
    if path.diverged is None or step <= path.diverged:
        result += f"; loss {number(path.gap[step], 2)} at step {step}"
    return result
