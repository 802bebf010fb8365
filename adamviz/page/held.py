"""What a page holds of a figure: the frames that a hand can reach, as far as its budget allows."""

import itertools
from dataclasses import replace

import numpy as np

from ..experiment import Experiment
from ..live.knobs import standing
from .pack import Pack
from .shots import Camera, thinned

__all__ = ["hold"]

MOST = 500  # frames of knobs that are moved alone; a longer slider keeps some of its stops
PAIRS = 200  # frames of pairs that nobody has named: each takes a tenth of a second to draw
WORDS = 8000  # steps of which there are words, but for those from where it stands
GRIDS = ((9, 7), (7, 5), (5, 5), (5, 3), (3, 3))  # of starts, the finest first
CLICKS = (48, 36)  # places of a map on which a hand may click
APART = ("step", "present")  # the page moves the first by itself, and has no second


def hold(plan, budget, live=None):
    """The pack of a plan, as bytes; `budget` is how many they should be.

    Held are where the plan stands, with the words of every step; every stop of each knob from there,
    one alone, and the pairs that the plan names, whatever they take. What is left goes to a grid of
    starts, to the words of the other steps, and to further pairs.
    """
    return _Holding(plan, budget, live).packed()


class _Holding:
    def __init__(self, plan, budget, live):
        self.plan, self.budget, self.live = plan, 0.97 * budget - 6000, live  # less the index
        self.camera, self.pack = Camera(plan), Pack()
        self.home = self.camera.shot(plan.experiment)
        if self.home.error:
            raise ValueError(f"the figure shows an error: {self.home.error}")
        self.shelves, self.used, self.notes, self.grabs, self.starts = [], set(), [], {}, []
        self.knobs = dict(plan.knobs)
        self.keys = [] if plan.still else self._movable()

    def packed(self):
        coarse = self._thin(MOST)
        singles = {key: self._alone(key) for key in self.keys}
        pairs = {pair: self._together(pair) for pair in self.plan.pairs}
        while not self._packed_alone(singles, pairs) and (more := self._thinner(singles)):
            coarse |= more
        self._say_alone(pairs, coarse)
        if not self.plan.still:
            self._hold_grabs()
            self._hold_words(singles)
            self._hold_pairs()
        self.notes.append("Everything else needs Python.")
        index = {
            "now": self.first,
            "first": self.number,
            "walk": self.walk,
            "shelves": self.shelves,
            "items": self._items(),
            "grabs": self.grabs,
            "starts": self.starts,
            "notes": self.notes,
            "live": self.live,
        }
        return self.pack.packed(index)

    # --- knobs --------------------------------------------------------------------------------

    def _movable(self):
        """The keys of knobs that are seen and have stops, as they stand in the rows."""
        rows = self.plan.rows(self.plan.experiment)
        seen = [key for row in rows if isinstance(row, list) for key in row]
        knobs, now = self.knobs, self.plan.experiment
        seen = [k for k in seen if k in knobs and k != "step" and knobs[k].count]
        return [k for k in seen if k not in now.controls or not now.idle(k)]

    def _stops(self, key):
        """The stops of a knob but its own, and where it stands."""
        knob, now = self.knobs[key], self.plan.experiment
        return [k for k in range(knob.count(now)) if k != knob.of(now)]

    def _thin(self, most):
        """Leave out stops of the longest sliders until there are few enough; which of them."""
        coarse = set()
        while sum(len(self._stops(key)) for key in self.keys) > most:
            longest = max(self.keys, key=lambda key: len(self._stops(key)))
            if not self._halve(longest):
                break
            coarse.add(longest)
        return coarse

    def _halve(self, key):
        """Leave out every second stop of a slider, counted from where it stands."""
        knob, now = self.knobs[key], self.plan.experiment
        count, here = knob.count(now), knob.of(now)
        paired = any(key in pair for pair in self.plan.pairs)
        if knob.item["kind"] != "slider" or count < 8 or paired:
            return False
        kept = {k for k in range(count) if (k - round(here)) % 2 == 0} | {0, count - 1}
        self.knobs[key] = thinned(knob, sorted(kept))
        return True

    def _thinner(self, singles):
        """Thin the longest slider further; drop the last knob where none can be."""
        order = sorted(self.keys, key=lambda key: -len(self._stops(key)))
        for key in order:
            before = self.knobs[key].changes, self._stops(key)
            if self._halve(key):
                old = dict(zip(before[1], singles[key], strict=True))
                now = self.plan.experiment
                found = [before[0](now, k) for k in before[1]]
                kept = [self.knobs[key].changes(now, k) for k in self._stops(key)]
                singles[key] = [old[before[1][found.index(change)]] for change in kept]
                return {key}
        return set()

    def _alone(self, key):
        now = self.plan.experiment
        return self.camera.shots(
            [[self.knobs[key].changes(now, stop)] for stop in self._stops(key)]
        )

    def _together(self, pair):
        now, knobs = self.plan.experiment, [self.knobs[key] for key in pair]
        every = itertools.product(*(self._stops(key) for key in pair))
        return self.camera.shots(
            [[knob.changes(now, k) for knob, k in zip(knobs, both, strict=True)] for both in every]
        )

    # --- shelves ------------------------------------------------------------------------------

    def _packed_alone(self, singles, pairs):
        """Pack all that must be there; whether it is within the budget."""
        self.pack, self.shelves = Pack(), []
        self.first = self._now(self.home)
        self.number = self.pack.json(self._frame(self.home))
        self.pack.close()
        self.walk = self._walk(self.home)
        self.pack.close()
        for key, shots in singles.items():
            stops = self._stops(key)
            self._shelf(shots, key=key, stops=stops, free=self._free(key, stops, shots))
        for shots in pairs.values():
            self._shelf(shots)
        return self.pack.size < self.budget

    def _shelf(self, shots, **more):
        """Frames that are unpacked together."""
        frames = [self._frame(shot) for shot in shots]
        differ = [self._differ(shot.experiment) for shot in shots]
        self.shelves.append({**more, "differ": differ, "frames": self.pack.json(frames)})
        self.pack.close()

    def _free(self, key, stops, shots):
        """Whether a knob leads to the same place from any of its stops: asked of a few of them."""
        if not stops or all(len(self._differ(shot.experiment)) < 2 for shot in shots):
            return False  # no other one moves along
        now, knob = self.plan.experiment, self.knobs[key]
        for shot in shots[:: max(1, len(shots) // 4)]:
            for stop, there in ((stops[0], shots[0]), (stops[-1], shots[-1])):
                if shot.error or there.error:
                    return False
                found = self.plan.follow(shot.experiment, knob.changes(shot.experiment, stop))
                if self._differ(found) != self._differ(there.experiment):
                    return False
            back = self.plan.follow(shot.experiment, knob.changes(now, knob.of(now)))
            if self._differ(back):
                return False
        return True

    # --- frames -------------------------------------------------------------------------------

    def _state(self, experiment):
        return {key: knob.of(experiment) for key, knob in self.knobs.items()} | {"present": 0}

    def _differ(self, experiment):
        """Where the knobs stand elsewhere than at first."""
        if not isinstance(experiment, Experiment):
            return {}
        state, first = self._state(experiment), self.first["state"]
        return {k: v for k, v in state.items() if v != first[k] and k not in APART}

    def _now(self, shot):
        """Where all of it stands, as a page is told."""
        return {
            "state": self._state(shot.experiment),
            **standing(shot.experiment),
            "words": shot.words,
            "font": self.camera.screen.font,
            "tiles": shot.tiles,
            "extra": self.plan.beside(shot.experiment),
            "rows": self._rows(shot.experiment),
        }

    def _frame(self, shot):
        """What differs from the first, and the lists by number; or what went wrong."""
        if shot.error:
            return {"error": shot.error}
        now, first = self._now(shot), self.first
        differs = {k: v for k, v in now.items() if v != first[k]}
        if "state" in differs:
            state = first["state"].items()
            differs["state"] = {k: now["state"][k] for k, v in state if now["state"][k] != v}
        frame = {
            "now": differs,
            "stills": [self.pack.still(data) for data in shot.stills],
            "moving": [self.pack.list(data) for data in shot.moving],
        }
        at, (step, steps) = now["state"]["step"], (first["state"]["step"], first["steps"])
        if at != (now["steps"] if step == steps else min(step, now["steps"])):
            frame["begins"] = True  # it says itself at which step
        trained = [run.trained for run in shot.experiment.scene().paths.values() if _trains(run)]
        if trained and min(trained) < now["steps"]:
            frame["last"] = min(trained)
        return frame

    def _walk(self, shot):
        """The number of the words of all steps, and of the tiles that are drawn anew for each."""
        words, drawn = self.camera.walk(shot)
        tiles = {i: [self.pack.list(data) for data in lists] for i, lists in drawn.items()}
        return self.pack.json({"words": words, "tiles": tiles})

    # --- what the budget allows ---------------------------------------------------------------

    def _fits(self, hold, *arguments):
        """Hold something more, if it is within the budget."""
        mark, shelves = self.pack.mark(), len(self.shelves)
        hold(*arguments)
        self.pack.close()
        if self.pack.size < self.budget:
            return True
        self.pack.back(mark)
        del self.shelves[shelves:]
        return False

    def _hold_grabs(self):
        """What a hand on the picture moves: the start, to a grid; or controls, to their stops."""
        scene = self.home.experiment.scene()
        for i, tile in enumerate(self.home.tiles):
            if tile["grab"] is None:
                continue
            if "start" not in self.camera.screen.grab(scene, i, *_middle(tile["grab"])):
                self.grabs[i] = self._clicks(scene, i, tile["grab"], CLICKS)[0]
                continue
            for size in GRIDS:
                if self._fits(self._grid, scene, i, tile["grab"], size):
                    self.notes.append(f"The start can be dragged to a grid of {size[0]} × {size[1]}.")
                    break

    def _clicks(self, scene, i, box, size):
        """What is moved from each place of a grid of them, row by row; and the moves."""
        left, top, width, height = box
        places = [
            (left + (c + 0.5) * width / size[0], top + (r + 0.5) * height / size[1])
            for r in range(size[1])
            for c in range(size[0])
        ]
        moves = [self.camera.screen.grab(scene, i, *place) for place in places]
        there = [self.plan.follow(self.plan.experiment, move) for move in moves]
        return {"size": size, "moved": [self._differ(e) for e in there]}, moves

    def _grid(self, scene, i, box, size):
        self.grabs[i], moves = self._clicks(scene, i, box, size)
        shots = self.camera.shots([[move] for move in moves])
        self.starts = [[shot.experiment.start, self._state(shot.experiment)["start"]] for shot in shots]
        self._shelf(shots)

    def _hold_words(self, singles):
        """The words of all steps at the stops of knobs, those first of which there are few."""
        left = WORDS
        for key in sorted(singles, key=lambda key: len(singles[key])):
            shots = singles[key]
            left -= sum(shot.experiment.steps + 1 for shot in shots if not shot.error)
            shelf = next(shelf for shelf in self.shelves if shelf.get("key") == key)
            if left < 0 or not self._fits(self._walks, shelf, shots):
                shelf.pop("walks", None)
                few = self.home.experiment.steps
                self.notes.append(f"The numbers of all {few} steps are held where no control moved.")
                return

    def _walks(self, shelf, shots):
        shelf["walks"] = [None if shot.error else self._walk(shot) for shot in shots]

    def _hold_pairs(self):
        """Further pairs, the smallest first."""
        left, label, held = PAIRS, self._labels(), []
        pairs = [p for p in itertools.combinations(self.keys, 2) if not self._named(p)]
        for pair in sorted(pairs, key=lambda pair: self._count(pair)):
            left -= self._count(pair)
            if left < 0 or not self._fits(self._shelf, self._together(pair)):
                break
            held.append(" with ".join(label[key] for key in pair))
        if held:
            more = f" and {len(held) - 3} more" if len(held) > 3 else ""
            self.notes.append(f"Held too: {', '.join(held[:3])}{more}.")

    def _named(self, pair):
        return pair in self.plan.pairs or pair[::-1] in self.plan.pairs

    def _count(self, pair):
        return len(self._stops(pair[0])) * len(self._stops(pair[1]))

    # --- what is said -------------------------------------------------------------------------

    def _say_alone(self, pairs, coarse):
        label = self._labels()
        named = "".join(f", {label[a]} with {label[b]}" for a, b in pairs)
        if self.plan.still:
            self.notes.append("Held here: what has been trained, step by step.")
        else:
            self.notes.append(f"Held here: each control alone{named}.")
        if coarse:
            some = ", ".join(label[key] for key in self.keys if key in coarse)
            self.notes.append(f"Some of the stops of {some} are left out.")

    def _labels(self):
        return {key: self.plan.items[key]["label"] for key in self.keys}

    # --- rows ---------------------------------------------------------------------------------

    def _rows(self, experiment):
        """Rows of what a page can show."""
        rows = [
            [key for key in row if self._shown(key)] if isinstance(row, list) else row
            for row in self.plan.rows(experiment)
        ]
        self.used.update(key for row in rows if isinstance(row, list) for key in row)
        return [row for row in rows if row]

    def _shown(self, key):
        kind = self.plan.items[key]["kind"]
        if key in ("present", "@files", "@saved", "@making"):
            return False
        return kind != "button" or key == "@reset"

    def _items(self):
        thin = {key: {"texts": k.item["texts"]} for key, k in self.knobs.items() if "texts" in k.item}
        items = {k: v for k, v in self.plan.items.items() if k in self.used}
        return {k: {**v, **thin.get(k, {}), "aside": False} for k, v in items.items()}


def _trains(run):
    return hasattr(run, "trained")


def _middle(box):
    left, top, width, height = box
    return left + width / 2, top + height / 2
