"""What a hand on the picture moves: the start, to the nearest that is held; or controls."""

import json

import numpy as np

from ..batch import attempt

__all__ = ["Grabs"]

GRIDS = ((9, 9), (9, 3), (3, 3))  # of starts, the finest first; each has all places of the next
CLICKS = (48, 36)  # places of a picture on which a hand may click
STARTS = (27, 27)  # places from which the nearest start is taken


class Grabs:
    """For each tile that a hand can grab what is moved from which of its places.

    Parameters
    ----------
    plan, camera : Plan, Camera
    home : Shot
        Where the figure stands.
    held : Shelves
        To which starts are added.
    named : list of experiments
        Whose starts are held already.

    Attributes
    ----------
    index : dict
        For the index of the pack: of each tile the cells of a grid, row by row, by number of the
        moves; and the starts that are held.
    """

    def __init__(self, plan, camera, home, held, named=()):
        self.plan, self.camera, self.home, self.held = plan, camera, home, held
        self._grabs = {"wide": {}, "narrow": {}}
        self._named, self._drawn = [plan.experiment, *named], {}
        self._starts = self._known([]) if named else []

    @property
    def index(self):
        return {"grabs": self._grabs, "starts": self._starts}

    def hold(self):
        """Hold what has room; a list of what is to be said."""
        notes = []
        for name, grabs in self._grabs.items():
            for i, tile in enumerate({"wide": self.home.tiles, "narrow": self.home.narrow}[name]):
                box = tile["grab"]
                if box is None:
                    continue
                if "start" not in self._move(name, i, *_centres(box, (1, 1))[0]):
                    grabs[i] = self._cells(name, i, box, CLICKS, self._differ)
                    continue
                if name == "wide":
                    notes.append(self._hold_starts(i, box))
                if self._starts:
                    grabs[i] = self._cells(name, i, box, STARTS, self._nearest)
        return notes

    def _move(self, name, i, x, y):
        return self.camera.screens[name].grab(self.home.experiment.scene(), i, x, y)

    def _cells(self, name, i, box, size, differ):
        """What is moved from each cell of a grid, by number."""
        moves, cells = {}, []
        for place in _centres(box, size):
            move = differ(self._move(name, i, *place))
            cells.append(moves.setdefault(json.dumps(move), len(moves)))
        return {"size": size, "cells": cells, "moves": [json.loads(move) for move in moves]}

    def _differ(self, move):
        return self.held.differ(self.plan.follow(self.plan.experiment, move))

    # --- starts -------------------------------------------------------------------------------

    def _hold_starts(self, i, box):
        """The finest grid of starts that has room, and what is to be said of it."""
        size = next((size for size in GRIDS if self._fits(i, box, size)), None)
        if size is None:
            return "Another start needs Python."
        return f"The start can be dragged to a grid of {size[0]} × {size[1]}."

    def _fits(self, i, box, size):
        coarse, grid = self._shots(i, box, GRIDS[-1]), size[0] * size[1]
        if self.held.takes(coarse) * grid / len(coarse) > 2 * self.held.left:
            return False  # a few take more for each than many do
        shots = self._shots(i, box, size)
        if not self.held.fits(self.held.hold, shots):
            return False
        self._starts = self._known(shot.experiment for shot in shots)
        return True

    def _known(self, there):
        """All starts that are held, and what they are called in a page."""
        there = {e.start: e for e in (*self._named, *there)}
        return [[start, self.held.state(e)["start"]] for start, e in there.items()]

    def _shots(self, i, box, size):
        starts = [self._move("wide", i, *place)["start"] for place in _centres(box, size)]
        new = [start for start in starts if start not in self._drawn]
        now, follow = self.plan.experiment, self.plan.follow
        shots = self.camera.shots(attempt(follow, now, {"start": start}) for start in new)
        self._drawn |= zip(new, shots, strict=True)
        return [self._drawn[start] for start in starts if not self._drawn[start].error]

    def _nearest(self, move):
        starts = np.array([start for start, _ in self._starts])
        scale = np.ptp(starts, axis=0) + 1e-300
        far = np.hypot(*((starts - move["start"]) / scale).T)
        return {"start": self._starts[int(far.argmin())][1]}


def _centres(box, size):
    """The centres of the cells of a grid, row by row."""
    left, top, width, height = box
    return [
        (round(left + (c + 0.5) * width / size[0], 3), round(top + (r + 0.5) * height / size[1], 3))
        for r in range(size[1])
        for c in range(size[0])
    ]
