"""Paths that differ in numbers of their method alone are walked as one batch."""

from collections import defaultdict
from dataclasses import replace
from numbers import Real

from .arguments import parameters
from .descent import Trajectory

__all__ = ["attempt", "walk_together"]


def attempt(function, *arguments, **options):
    """What a function returns, or the error that it raises."""
    try:
        return function(*arguments, **options)
    except Exception as error:
        return error


def walk_together(experiments):
    """Walk what these experiments still have to walk, each path once, in as few batches as can be.

    What cannot be walked so is left to be walked alone: it says what is wrong, too.
    """
    batches = defaultdict(lambda: defaultdict(list))  # by kin and by numbers: who asks for a path
    for experiment in experiments:
        for label in experiment.shown:
            if attempt(experiment.knows, label) is False:
                attempt(_ask, batches, experiment, label)
    for runs in batches.values():
        paths = attempt(_walk, runs)
        if isinstance(paths, Exception):  # a method for single runs alone, or too many of them
            continue
        for path, asking in zip(paths, runs.values(), strict=True):
            for experiment, label in asking:
                experiment.walked[label] = experiment.given[label], path


def _ask(batches, experiment, label):
    optimizer, *rest = experiment.given[label]
    numbers, flags = _split(optimizer)
    kin = type(optimizer), *flags.items(), experiment.kin(label, optimizer, *rest)
    batches[kin][tuple(numbers.values())].append((experiment, label))


def _walk(runs):
    """The path of each run of a batch."""
    asking = [first for first, *_ in runs.values()]
    optimizers = [experiment.given[label][0] for experiment, label in asking]
    experiment, label = asking[0]
    first, *rest = experiment.given[label]
    if len(runs) == 1:
        return [experiment.walk(first, *rest)]
    columns = zip(_split(first)[0], zip(*runs, strict=True), strict=True)
    numbers = {name: values for name, values in columns if len({*values}) > 1}
    paths = experiment.walk(replace(first, **numbers), *rest)
    return [_one(paths, run, optimizer) for run, optimizer in enumerate(optimizers)]


def _split(optimizer):
    """The fields of a method by name: its numbers, and what is none."""
    numbers, flags = {}, {}
    for name in parameters(optimizer):
        value = getattr(optimizer, name)
        number = isinstance(value, Real) and not isinstance(value, bool)
        (numbers if number else flags)[name] = value
    return numbers, flags


def _one(paths, run, optimizer):
    """A run of a batch as the path that it is."""
    diverged = int(paths.diverged[run])
    return Trajectory(
        paths.x[:, run],
        paths.loss[:, run],
        paths.gradient[:, run],
        {name: values[:, run] for name, values in paths.state.items()},
        None if diverged < 0 else diverged,
        optimizer,
        paths.steps,
        paths.minimum,
    )
