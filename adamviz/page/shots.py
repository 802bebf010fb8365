"""Shots: what a figure shows at a place that a hand can reach, drawn for a page."""

from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from ..batch import attempt, walk_together
from ..checks import listed, refusal
from ..experiment import Experiment
from ..live.screen import Screen
from .pack import apart

__all__ = ["Camera", "Layout", "Plan", "Shot", "named", "thinned"]

TOGETHER = 64  # experiments that are walked together


@dataclass(frozen=True)
class Plan:
    """A figure, as a page needs to know it.

    Attributes
    ----------
    experiment : Experiment
        Where it stands.
    panels : function from an experiment to rows of panels
    knobs : dict from key to Knob
    follow : function from an experiment and what a hand moved to another one
    beside : function from an experiment to the texts that stand beside the picture, by key
    rows : function from an experiment to rows of keys
    items : dict from key to how it is shown
    pairs : sequence of pairs of keys, or of more than two
        Those of which every combination must be held.
    still : bool
        Whether no knob but the step can be moved without Python.
    """

    experiment: Experiment
    panels: object
    knobs: dict
    follow: object
    beside: object
    rows: object
    items: dict
    pairs: tuple = ()
    still: bool = False


@dataclass(frozen=True)
class Layout:
    """The lists of a picture, taken apart by `pack.apart`.

    Attributes
    ----------
    tiles : list of dicts
        As the page knows them.
    stills, moving : list
    """

    tiles: list
    stills: list
    moving: list


@dataclass(frozen=True)
class Shot:
    """What is shown for an experiment.

    Attributes
    ----------
    experiment : Experiment
    wide, narrow : Layout or None
        Panels side by side, and one below another as for a phone.
    words : str
    last : int or None
        The last step that is known, where it is not the last of all.
    error : str
        What went wrong, if anything did; then there is nothing else.
    """

    experiment: object = None
    wide: Layout = None
    narrow: Layout = None
    words: str = ""
    last: int | None = None
    error: str = ""


class Camera:
    """Draws shots of a plan, on screens of its own.

    Attributes
    ----------
    screens : dict from "wide" and "narrow" to Screen
    """

    def __init__(self, plan):
        self.plan, scene = plan, plan.experiment.scene()
        sizes = {"wide": "screen", "narrow": "narrow"}
        self.screens = {name: Screen(plan.panels, size, scene) for name, size in sizes.items()}
        self._stills = {}

    def shots(self, experiments, keep=False):
        """A shot for each of these experiments, or of the errors that came instead of them.

        Those that are not to `keep` have let their paths go: a thousand of them would take a lot of
        room.
        """
        shots = []
        experiments = iter(experiments)
        while together := list(islice(experiments, TOGETHER)):
            walk_together([e for e in together if isinstance(e, Experiment)])
            for experiment in together:
                shot = self.shot(experiment)
                if not keep and not shot.error:
                    shot = replace(shot, experiment=experiment.anew())
                shots.append(shot)
        return shots

    def shot(self, found):
        """The shot of an experiment, or of the error that came instead."""
        shot = attempt(self._shot, found) if isinstance(found, Experiment) else found
        if isinstance(shot, Exception):
            return Shot(found, error=f"{type(shot).__name__}: {shot}")
        return shot

    def _shot(self, experiment):
        scene = experiment.scene()
        wide, words = self._layout("wide", scene)
        narrow, _ = self._layout("narrow", scene)
        ends = [path.trained for path in scene.paths.values() if hasattr(path, "trained")]
        last = min(ends) if ends and min(ends) < scene.steps else None
        return Shot(experiment, wide, narrow, words, last)

    def _layout(self, name, scene):
        tiles, moving, words = self.screens[name].lists(scene)
        described, stills = [tile.described() for tile in tiles], []
        for tile in tiles:
            if tile.name not in self._stills:
                self._stills[tile.name] = apart(tile.still, still=True)
            stills.append(self._stills[tile.name])
        return Layout(described, stills, [apart(data) for data in moving]), words

    def walk(self, shot):
        """The words at every step of a shot, and by layout the lists of tiles drawn anew for each.

        As a dict from layout to a dict from tile to lists, taken apart.
        """
        words, wide = self._steps("wide", shot)
        _, narrow = self._steps("narrow", shot) if wide else ([], {})
        return words, {"wide": wide, "narrow": narrow}

    def _steps(self, name, shot):
        scene, screen, words, drawn = shot.experiment.scene(), self.screens[name], [], {}
        screen.lists(scene)
        for step in range(scene.steps + 1):
            said, lists = screen.at(replace(scene, step=step))
            words.append(said)
            for i, data in lists.items():
                drawn.setdefault(i, []).append(apart(data))
        return words, drawn


def named(pairs, knobs):
    """Pairs of keys of knobs, or three and more, checked: a tuple of tuples."""
    known = [key for key, knob in knobs.items() if knob.count and key != "step"]
    allowed = f"a list of pairs, two or more names each of {', '.join(known)}"
    found = []
    for pair in listed("pairs", pairs, allowed):
        pair = tuple(listed("pairs", pair, allowed))
        if any(key not in known for key in pair) or not 2 <= len(set(pair)) == len(pair):
            raise refusal("pairs", allowed, pair)
        found.append(pair)
    return tuple(found)


def thinned(knob, kept):
    """A knob on some of its stops alone; between two of them it stands on no stop."""
    item, of = dict(knob.item), knob.of
    if "texts" in item:
        item["texts"] = [item["texts"][k] for k in kept]

    def stands(experiment):
        now = of(experiment)
        return kept.index(now) if now in kept else float(np.interp(now, kept, range(len(kept))))

    return replace(
        knob,
        item=item,
        of=stands,
        changes=lambda e, k: knob.changes(e, kept[k]),
        count=lambda e: len(kept),
    )
