"""Paths that differ in numbers of their method alone are walked as one batch."""

from collections import defaultdict
from dataclasses import fields, replace
from numbers import Real

import numpy as np

__all__ = ["attempt", "flags", "walk_together"]


def attempt(function, *arguments, **options):
    """What a function returns, or the error that it raises."""
    try:
        return function(*arguments, **options)
    except Exception as error:
        return error


def walk_together(experiments):
    """Walk what these experiments still have to walk, in as few batches as can be.

    What cannot be walked so is left to be walked alone: it says what is wrong, too.
    """
    batches = defaultdict(list)
    for experiment in experiments:
        for label in experiment.shown:
            if attempt(experiment.knows, label) is False:
                inputs = experiment.given[label]
                key = attempt(experiment.kin, label, *inputs)
                batches[key].append((experiment, label, inputs))
    for batch in batches.values():
        optimizers = [inputs[0] for _, _, inputs in batch]
        numbers = {f.name: [getattr(o, f.name) for o in optimizers] for f in fields(optimizers[0])}
        numbers = {n: values for n, values in numbers.items() if len({*values}) > 1}
        if len(batch) == 1 or not numbers:
            continue
        first, (kind, *rest) = batch[0][0], batch[0][2]
        paths = attempt(first.walk, replace(kind, **numbers), *rest)
        if isinstance(paths, Exception):  # a method for single runs alone, or too many of them
            continue
        for run, (experiment, label, inputs) in enumerate(batch):
            experiment.walked[label] = inputs, _one(paths, run, inputs[0])


def flags(optimizer):
    """The kind of a method, and all of its fields that are no numbers."""
    values = {f.name: getattr(optimizer, f.name) for f in fields(optimizer)}
    return type(optimizer), {name: v for name, v in values.items() if _is_flag(v)}


def _is_flag(value):
    return isinstance(value, (bool, np.bool_)) or not isinstance(value, Real)


def _one(paths, run, optimizer):
    """A run of a batch as the path that it is."""
    diverged = int(paths.diverged[run])
    return replace(
        paths,
        x=paths.x[:, run],
        loss=paths.loss[:, run],
        gradient=paths.gradient[:, run],
        state={name: values[:, run] for name, values in paths.state.items()},
        diverged=None if diverged < 0 else diverged,
        optimizer=optimizer,
    )
