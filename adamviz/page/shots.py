"""Shots: what a figure shows at a place that a hand can reach, drawn for a page."""

from dataclasses import dataclass, replace
from itertools import combinations, islice

import numpy as np

from ..batch import attempt, walk_together
from ..checks import listed, refusal
from ..experiment import Experiment
from ..live.screen import Screen
from .pack import apart

__all__ = ["Camera", "Plan", "Shot", "named", "thinned"]

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
    pairs : tuple of groups of knobs
        Of which every combination must be held. A group is a tuple of `(key, stops)`; None for all
        stops. Of "start" the stops are places, and all are those of a grid.
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
    tiles, narrow : list of dicts
        As the page knows them: panels side by side, and one below another as for a phone.
    names : list of str
        Of what stands still in each tile: it is in `Camera.stills`.
    moving : list
        What moves, taken apart by `pack.apart`.
    words : str
    last : int or None
        The last step that is known, where it is not the last of all.
    error : str
        What went wrong, if anything did; then there is nothing else.
    """

    experiment: object = None
    tiles: tuple = ()
    narrow: tuple = ()
    names: tuple = ()
    moving: tuple = ()
    words: str = ""
    last: int | None = None
    error: str = ""


class Camera:
    """Draws shots of a plan, on screens of its own.

    What moves is drawn once. On a narrow page the axes are of another size, and stand elsewhere; so
    of each still it is known where in its narrow one the places are.

    Attributes
    ----------
    screens : dict from "wide" and "narrow" to Screen
    stills : dict from name to (still, narrow still, moves)
        Both taken apart by `pack.apart`. A move is, for each of the axes, their box in either, and
        `[a, b, c, d]`: a place `(x, y)` is at `(a x + b, c y + d)` in the narrow one.
    """

    def __init__(self, plan):
        self.plan, scene = plan, plan.experiment.scene()
        sizes = {"wide": "screen", "narrow": "narrow"}
        self.screens = {name: Screen(plan.panels, size, scene) for name, size in sizes.items()}
        self.stills, self._narrow = {}, {}

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
        tiles, moving, words = self.screens["wide"].lists(scene)
        described, names = [_described(tile) for tile in tiles], [tile.name for tile in tiles]
        kind = repr(described)
        if kind not in self._narrow or not {*names} <= self.stills.keys():
            self._narrow[kind] = self._narrowed(scene, tiles)
        moving = [apart(data) for data in moving]
        ends = [path.trained for path in scene.paths.values() if hasattr(path, "trained")]
        last = min(ends) if ends and min(ends) < scene.steps else None
        return Shot(experiment, described, self._narrow[kind], names, moving, words, last)

    def _narrowed(self, scene, tiles):
        """The tiles of a narrow page; what stands still in them is noted."""
        narrow = self.screens["narrow"].stills(scene)
        for tile, small in zip(tiles, narrow, strict=True):
            moves = [_move(tile, small, *axes) for axes in zip(tile.axes, small.axes, strict=True)]
            stills = apart(tile.still, still=True), apart(small.still, still=True)
            self.stills.setdefault(tile.name, (*stills, moves))
        return [_described(tile) for tile in narrow]

    def walk(self, shot):
        """The words at every step of a shot, and the lists of tiles drawn anew for each."""
        scene, screen, words, drawn = shot.experiment.scene(), self.screens["wide"], [], {}
        screen.lists(scene)
        for step in range(scene.steps + 1):
            said, lists = screen.at(replace(scene, step=step))
            words.append(said)
            for i, data in lists.items():
                drawn.setdefault(i, []).append(apart(data))
        return words, drawn


def _described(tile):
    return {k: v for k, v in tile.described().items() if k != "name"}


def _move(tile, small, ax, narrow):
    """From places in axes of a tile to those in the narrow one."""
    boxes, ends = [], np.array([ax.get_xlim(), ax.get_ylim()]).T
    places = []
    for where, axes in ((tile, ax), (small, narrow)):
        (left, top, *_), box, height = where.box, axes.bbox, axes.figure.bbox.height
        place = box.x0 - left, height - box.y1 - top, *box.size
        boxes.append([round(float(v), 4) for v in place])
        places.append((axes.transData.transform(ends) - (left, height - top)) * (1, -1))
    (x, y), (to_x, to_y) = (place.T for place in places)
    a, c = np.diff(to_x) / np.diff(x), np.diff(to_y) / np.diff(y)
    move = [float(v) for v in (a[0], to_x[0] - a[0] * x[0], c[0], to_y[0] - c[0] * y[0])]
    return [*boxes, [round(v, 5) for v in move]]


def named(pairs, knobs, experiment):
    """Combinations of knobs that are named, checked: a tuple of groups as `Plan.pairs` has them.

    Of a sequence of names, which may be moved in any order, every part is a group, too; of a dict,
    whose knobs are moved one after the other, its beginnings are. Of one knob alone these are stops
    that are not left out.
    """
    known = [key for key, knob in knobs.items() if knob.count and key != "step"]
    known += ["start"] if "start" in knobs else []
    allowed = (
        f"a list of pairs, two or more names each of {', '.join(known)}, or dicts from these to a "
        "list of values, or to None for all"
    )
    found = {}
    for pair in listed("pairs", pairs, allowed):
        values = pair if isinstance(pair, dict) else dict.fromkeys(listed("pairs", pair, allowed))
        least = 2 if values is not pair or any(v is None for v in values.values()) else 1
        if any(key not in known for key in values) or not least <= len(values) == len(pair):
            raise refusal("pairs", allowed, pair)
        stops = (_stops(knobs[k], experiment, k, wanted) for k, wanted in values.items())
        group = tuple(zip(values, stops, strict=True))
        for size in range(1, len(group) + 1):
            parts = [group[:size]] if isinstance(pair, dict) else combinations(group, size)
            for part in parts:
                if size > 1 or part[0][1]:
                    found.setdefault(frozenset(part), part)
    return tuple(found.values())


def _stops(knob, experiment, key, values):
    """The stops of a knob for these values, or None for all."""
    if values is None:
        return None
    allowed = "a list of its values, at least one, or None for all"
    there = [experiment.with_(**{key: v}) for v in listed(f"{key} in pairs", values, allowed)]
    stops = {other.start if key == "start" else knob.of(other) for other in there}
    if not stops or any(isinstance(stop, float) for stop in stops):
        raise refusal(f"{key} in pairs", allowed, values)
    return tuple(sorted(stops))


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
