"""Shots: what a figure shows at a place that a hand can reach, drawn for a page."""

from dataclasses import dataclass, replace

import numpy as np

from ..batch import attempt, walk_together
from ..checks import listed, refusal
from ..experiment import Experiment
from ..live.screen import Screen

__all__ = ["Camera", "Plan", "Shot", "named", "thinned"]


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
    pairs : sequence of pairs of keys
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
class Shot:
    """What is shown for an experiment.

    Attributes
    ----------
    experiment : Experiment
    tiles : list of dicts
        As the page knows them.
    stills, moving : list of bytes
        Their lists.
    words : str
    error : str
        What went wrong, if anything did; then there is nothing else.
    """

    experiment: object = None
    tiles: tuple = ()
    stills: tuple = ()
    moving: tuple = ()
    words: str = ""
    error: str = ""


class Camera:
    """Draws shots of a plan, on a screen of its own."""

    def __init__(self, plan):
        self.plan = plan
        self.screen = Screen(plan.panels, "screen", plan.experiment.scene())

    def shots(self, moved):
        """A shot for each of these moves from where the plan stands, dicts for `with_`."""
        found = [attempt(self._moved, moves) for moves in moved]
        walk_together([e for e in found if isinstance(e, Experiment)])
        return [self.shot(e) for e in found]

    def _moved(self, moves):
        experiment = self.plan.experiment
        for move in moves:
            experiment = self.plan.follow(experiment, move)
        return experiment

    def shot(self, found):
        """The shot of an experiment, or of the error that came instead."""
        scene = attempt(found.scene) if isinstance(found, Experiment) else found
        lists = scene if isinstance(scene, Exception) else attempt(self.screen.lists, scene)
        if isinstance(lists, Exception):
            return Shot(found, error=f"{type(lists).__name__}: {lists}")
        tiles, moving, words = lists
        described = [tile.described() for tile in tiles]
        return Shot(found, described, [tile.still for tile in tiles], moving, words)

    def walk(self, shot):
        """The words at every step of a shot, and the lists of tiles drawn anew for each."""
        scene, words, drawn = shot.experiment.scene(), [], {}
        self.screen.lists(scene)
        for step in range(scene.steps + 1):
            said, lists = self.screen.at(replace(scene, step=step))
            words.append(said)
            for i, data in lists.items():
                drawn.setdefault(i, []).append(data)
        return words, drawn


def named(pairs, knobs):
    """Pairs of keys of knobs, checked: a tuple of tuples."""
    known = [key for key, knob in knobs.items() if knob.count and key != "step"]
    allowed = f"pairs of two of {', '.join(known)}"
    found = []
    for pair in listed("pairs", pairs, f"a list of {allowed}"):
        pair = tuple(listed("pairs", pair, allowed))
        if len(pair) != 2 or pair[0] == pair[1] or any(key not in known for key in pair):
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
