"""What a page holds of a figure: the frames that a hand can reach, as far as its budget allows."""

import itertools

from ..live.rows import keys
from .shelves import Shelves
from .shots import Camera, thinned

__all__ = ["hold"]

MOST = 500  # frames of knobs that are moved alone; a longer slider keeps some of its stops
PAIRS = 200  # frames of pairs that nobody has named: each takes a tenth of a second to draw
WORDS = 8000  # steps of which there are words, but for those from where it stands
GRIDS = ((9, 7), (7, 5), (5, 5), (5, 3), (3, 3))  # of starts, the finest first
CLICKS = (48, 36)  # places of a map on which a hand may click


def hold(plan, budget, live=None):
    """The pack of a plan, as bytes; `budget` is how many they should be.

    Held are where the plan stands, with the words of every step; every stop of each knob from
    there, one alone; and the pairs that the plan names, whatever they take. What is left goes to a
    grid of starts, to the words of the other steps, and to further pairs.
    """
    return _Holding(plan, budget, live).packed()


class _Holding:
    def __init__(self, plan, budget, live):
        # In base64 it is a little longer, even compressed again; and there is an index.
        self.plan, self.budget, self.live = plan, 0.985 * budget - 8000, live
        self.camera, self.held = Camera(plan), None
        self.home = self.camera.shot(plan.experiment)
        if self.home.error:
            raise ValueError(f"the figure shows an error: {self.home.error}")
        self.notes, self.grabs, self.starts = [], {}, []
        self.knobs = dict(plan.knobs)
        self.keys = [] if plan.still else self._movable()

    def packed(self):
        coarse = self._thin(MOST)
        singles = {key: self._alone(key) for key in self.keys}
        pairs = {pair: self._together(pair) for pair in self.plan.pairs}
        while not self._packed_alone(singles, pairs) and singles:
            coarse |= self._thinner(singles) or self._dropped(singles)
        self._say_alone(singles, pairs, coarse)
        if not self.plan.still:
            self._hold_grabs()
            self._hold_words(singles)
            self._hold_pairs()
        self.notes.append("Everything else needs Python.")
        return self.held.packed(
            grabs=self.grabs, starts=self.starts, notes=self.notes, live=self.live
        )

    # --- knobs --------------------------------------------------------------------------------

    def _movable(self):
        """The keys of knobs that are seen and have stops, as they stand in the rows."""
        seen = [*keys(self.plan.rows(self.plan.experiment))]
        knobs, now = self.knobs, self.plan.experiment
        if any(self.plan.items[key].get("details") for key in seen if key.startswith("show:")):
            seen.append("focus")
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
        """Thin the longest slider further; which of them."""
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

    def _dropped(self, singles):
        """Leave out the last knob: with none of them elsewhere it needs Python."""
        singles.popitem()
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
        self.held = Shelves(self.plan, self.camera, self.knobs, self.home, self.budget)
        for key, shots in singles.items():
            stops = self._stops(key)
            self.held.hold(shots, key=key, stops=stops, free=self._free(key, stops, shots))
        for shots in pairs.values():
            self.held.hold(shots)
        return self.held.within

    def _free(self, key, stops, shots):
        """Whether a knob leads to the same place from any of its stops: asked of a few of them."""
        if not stops or all(len(self.held.differ(shot.experiment)) < 2 for shot in shots):
            return False  # no other one moves along
        now, knob = self.plan.experiment, self.knobs[key]
        for shot in shots[:: max(1, len(shots) // 4)]:
            for stop, there in ((stops[0], shots[0]), (stops[-1], shots[-1])):
                if shot.error or there.error:
                    return False
                found = self.plan.follow(shot.experiment, knob.changes(shot.experiment, stop))
                if self.held.differ(found) != self.held.differ(there.experiment):
                    return False
            back = self.plan.follow(shot.experiment, knob.changes(now, knob.of(now)))
            if self.held.differ(back):
                return False
        return True

    # --- what the budget allows ---------------------------------------------------------------

    def _hold_grabs(self):
        """What a hand on the picture moves: the start, to a grid; or controls, to their stops."""
        scene = self.home.experiment.scene()
        for i, tile in enumerate(self.home.tiles):
            if tile["grab"] is None:
                continue
            if "start" not in self.camera.screen.grab(scene, i, *_middle(tile["grab"])):
                self.grabs[i] = self._clicks(scene, i, tile["grab"], CLICKS)[0]
                continue
            grid = scene, i, tile["grab"]
            size = next((s for s in GRIDS if self.held.fits(self._grid, *grid, s)), None)
            if size is None:
                self.grabs, self.starts = {}, []
                self.notes.append("Another start needs Python.")
            else:
                self.notes.append(f"The start can be dragged to a grid of {size[0]} × {size[1]}.")

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
        return {"size": size, "moved": [self.held.differ(e) for e in there]}, moves

    def _grid(self, scene, i, box, size):
        self.grabs[i], moves = self._clicks(scene, i, box, size)
        shots = self.camera.shots([[move] for move in moves])
        self.starts = [
            [shot.experiment.start, self.held.state(shot.experiment)["start"]] for shot in shots
        ]
        self.held.hold(shots)

    def _hold_words(self, singles):
        """The words of all steps at the stops of knobs, those first of which there are few."""
        left = WORDS
        for key in sorted(singles, key=lambda key: len(singles[key])):
            shots = singles[key]
            left -= sum(shot.experiment.steps + 1 for shot in shots if not shot.error)
            shelf = next(shelf for shelf in self.held.shelves if shelf.get("key") == key)
            if left < 0 or not self.held.fits(self._walks, shelf, shots):
                shelf.pop("walks", None)
                self.notes.append("Numbers of all steps are held where no control has moved.")
                return

    def _walks(self, shelf, shots):
        shelf["walks"] = [None if shot.error else self.held.walk(shot) for shot in shots]

    def _hold_pairs(self):
        """Further pairs, the smallest first."""
        left, label, said = PAIRS, self._labels(), []
        pairs = [p for p in itertools.combinations(self.keys, 2) if not self._named(p)]
        for pair in sorted(pairs, key=lambda pair: self._count(pair)):
            left -= self._count(pair)
            if left < 0 or not self.held.fits(self.held.hold, self._together(pair)):
                break
            said.append(" with ".join(label[key] for key in pair))
        if said:
            more = f", and {len(said) - 3} more pairs" if len(said) > 3 else ""
            self.notes.append(f"Held too: {', '.join(said[:3])}{more}.")

    def _labels(self):
        labels = {key: self.plan.items[key]["label"] for key in self.keys}
        return {k: f"showing {v}" if k.startswith("show:") else v for k, v in labels.items()}

    def _named(self, pair):
        return pair in self.plan.pairs or pair[::-1] in self.plan.pairs

    def _count(self, pair):
        return len(self._stops(pair[0])) * len(self._stops(pair[1]))

    # --- what is said -------------------------------------------------------------------------

    def _say_alone(self, singles, pairs, coarse):
        label = self._labels()
        named = "".join(f", {label[a]} with {label[b]}" for a, b in pairs)
        if self.plan.still:
            self.notes.append("Held here: what has been trained, step by step.")
        else:
            self.notes.append(f"Held here: each control alone{named}.")
        for some, what in (
            ([key for key in singles if key in coarse], "Of {} some stops are left out."),
            ([key for key in self.keys if key not in singles], "{}: with Python alone."),
        ):
            if some:
                self.notes.append(what.format(", ".join(label[key] for key in some)))


def _middle(box):
    left, top, width, height = box
    return left + width / 2, top + height / 2
