"""What a page holds of a figure: the frames that a hand can reach, as far as its budget allows."""

import itertools

from ..batch import attempt
from ..live.rows import keys
from .choice import Choice, alone, covers
from .grabs import Grabs
from .shelves import Shelves
from .shots import Camera, thinned

__all__ = ["hold"]

PAIRS = 400  # frames of pairs that nobody has named: each takes some milliseconds to draw
WORDS = 8000  # steps of which there are words, but for those from where it stands
TRIED = 40  # combinations of a pair for which is tried whether it matters which moves first
SAMPLE = 12  # shots from which is guessed how much room many of them take
MANY = 0.7  # of what is guessed so, many may take: they have more in common than a few
MUCH = 0.25  # of the room; where so much of it is left, more stops are tried


def hold(plan, budget, live=None):
    """The pack of a plan, as bytes; `budget` is how many they should be.

    Held are where the plan stands, with the words of every step; every stop of each knob from
    there, one alone; and the pairs that the plan names. Where that is too much, a `Choice` says
    what is left out. What room is left goes to a grid of starts, to the words of other steps, and
    to further pairs.
    """
    return _Holding(plan, budget, live).packed()


class _Holding:
    def __init__(self, plan, budget, live):
        self.plan, self.live = plan, live
        self.camera, self.held = Camera(plan), None
        self.home = self.camera.shot(plan.experiment)
        if self.home.error:
            raise ValueError(f"the figure shows an error: {self.home.error}")
        # In base64 it is a little longer, even compressed again. And the index grows: by what is
        # said, and by where a hand may grab a picture.
        grabs = sum(tile["grab"] is not None for tile in self.home.tiles + self.home.narrow)
        self.budget = 0.985 * budget - 1500 - 3000 * grabs
        self.notes, self.drawn = [], {}
        self.keys = [] if plan.still else self._movable()
        named = () if plan.still else plan.pairs
        self.dragged = [group for group in named if ("start", None) in group]
        named = [group for group in named if group not in self.dragged]
        self.choice = Choice(plan, self.keys, named)
        commute = [group for group in named if self._commute(group)]
        self.missed = [group for group in named if group not in commute]
        self.choice = Choice(plan, self.keys, commute)

    def packed(self):
        self._pack([], [])
        self._guess()
        self._pack_most(self.held.left)
        grabs = Grabs(self.plan, self.camera, self.home, self.held, self._named_starts())
        dragged = [] if self.plan.still else grabs.hold()
        self.held.index |= grabs.index
        self._hold_dragged([start for start, _ in grabs.index["starts"]])
        self._say_alone()
        self.notes += dragged
        if not self.plan.still:
            self._hold_words()
            self._hold_pairs()
        self.notes.append("Everything else needs Python.")
        return self.held.packed(notes=self.notes, live=self.live)

    # --- knobs --------------------------------------------------------------------------------

    def _movable(self):
        """The keys of knobs that are seen and have stops, as they stand in the rows."""
        seen = [*keys(self.plan.rows(self.plan.experiment))]
        knobs, now = self.plan.knobs, self.plan.experiment
        if any(self.plan.items[key].get("details") for key in seen if key.startswith("show:")):
            seen.append("focus")
        seen = [k for k in seen if k in knobs and k != "step" and knobs[k].count]
        return [k for k in seen if k not in now.controls or not now.idle(k)]

    def _guess(self):
        """Guess from some of its stops how many bytes each stop of a knob takes, and of a pair."""
        for group in [*map(alone, self.keys), *self.choice.named]:
            self.choice.each[group] = max(1.0, self._takes(group))

    def _takes(self, group):
        places, known = self._places(group), [*self.drawn.values()]
        shots = self._shots(places[:: max(1, len(places) // SAMPLE)])
        # The first of them take most: so what more of them take, or what they take after others.
        some = shots[::2] if len(shots) > 3 else known[:6]
        more = shots[1::2] if len(shots) > 3 else shots
        return (self.held.takes(some + more) - self.held.takes(some)) / max(1, len(more))

    def _commute(self, group):
        """Whether knobs lead to the same place in whatever order they are moved.

        If not, a page does not know where one of them leads once another has moved: with locked
        rates one of them moves the others along.
        """
        places = self._places(group)
        for place in places[:: max(1, len(places) // TRIED)]:
            ends = [self._moved(moves) for moves in itertools.permutations(place)]
            if any(isinstance(end, Exception) for end in ends):
                return False
            first, *others = ([k.of(end) for k in self.plan.knobs.values()] for end in ends)
            if any(other != first for other in others):
                return False
        return True

    def _moved(self, moves):
        """The experiment when knobs have moved in this order, or the error that came instead."""
        experiment = self.plan.experiment
        for key, stop in moves:
            changes = self.plan.knobs[key].changes(experiment, stop)
            experiment = attempt(self.plan.follow, experiment, changes)
            if isinstance(experiment, Exception):
                break
        return experiment

    # --- shots --------------------------------------------------------------------------------

    def _places(self, group):
        """All combinations of stops of a group of knobs, each a tuple of (key, stop)."""
        stops = ([(part[0], stop) for stop in self.choice.stops(*part)] for part in group)
        return list(itertools.product(*stops))

    def _shots(self, places):
        """What is shown where knobs stand so; nothing is drawn twice."""
        for keep in (True, False):  # of a knob alone the words may be wanted, too
            new = [p for p in places if p not in self.drawn and keep == (len(p) == 1)]
            shots = self.camera.shots((self._moved(place) for place in new), keep)
            self.drawn |= zip(new, shots, strict=True)
        return [self.drawn[place] for place in places]

    # --- shelves ------------------------------------------------------------------------------

    def _pack_most(self, room):
        """Pack as much of what should be there as there is room for."""
        choice, size = self.choice, room / MANY
        while True:
            choice.fit(size)
            self._pack(choice.alone, choice.pairs)
            weight = choice.total
            if self.held.left > 0 or not (choice.alone or choice.pairs):
                break
            size = min(self._better(room), weight - 1)  # less, whatever had been guessed
        much = 0 if choice.lacks else MUCH * room
        if choice.whole or self.held.left < much or self._better(room) <= size:
            return
        held = self.held
        choice.fit(self._better(room))
        self._pack(choice.alone, choice.pairs)
        if self.held.left <= 0:
            self.held = held
            choice.fit(size)

    def _better(self, room):
        """What size fills the room: as guessed from how much the choice that is packed takes."""
        weight = self.choice.total
        return 0.95 * room * weight / max(1, room - self.held.left)

    def _pack(self, alone, pairs):
        knobs = dict(self.plan.knobs)
        for key in self.choice.coarse:
            knobs[key] = thinned(knobs[key], self.choice.kept[key])
        self.held = Shelves(self.plan, self.camera, knobs, self.home, self.budget)
        for key in alone:
            self._hold_alone(key)
        for group in pairs:
            self._hold_pair(self._places(group))

    def _hold_alone(self, key):
        shots, kept = self._shots(self._places(alone(key))), self.choice.kept[key]
        stops = [kept.index(stop) for stop in self.choice.stops(key)]
        self.held.hold(shots, key=key, stops=stops, free=self._free(key, shots))

    def _free(self, key, shots):
        """Whether a knob leads to the same place from any of its stops: asked of a few of them."""
        if not shots or all(len(self.held.differ(shot.experiment)) < 2 for shot in shots):
            return False  # no other one moves along
        now, knob, stops = self.plan.experiment, self.plan.knobs[key], self.choice.stops(key)
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

    # --- starts -------------------------------------------------------------------------------

    def _named_starts(self):
        """The experiments at starts that are named."""
        groups = [group for group in self.choice.pairs if [*dict(group)] == ["start"]]
        return [self._moved(place) for group in groups for place in self._places(group)]

    def _hold_dragged(self, starts):
        """The starts of the grid where other knobs stand elsewhere, too."""
        for group in self.dragged:
            others = tuple(part for part in group if part[0] != "start")
            moves = [("start", start) for start in starts if start != self.plan.experiment.start]
            places = [(*place, move) for place in self._places(others) for move in moves]
            if not places or not self.held.fits(self._hold_pair, places):
                self.missed.append(group)

    # --- what the budget allows ---------------------------------------------------------------

    def _hold_words(self):
        """The words of all steps at the stops of knobs, those first of which there are few."""
        left = WORDS
        for key in sorted(self.choice.alone, key=lambda key: len(self.choice.stops(key))):
            shots = self._shots(self._places(alone(key)))
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
        left, said, choice = PAIRS, [], self.choice
        pairs = itertools.combinations([(key, None) for key in choice.alone], 2)
        pairs = [p for p in pairs if not any(covers(named, p) for named in choice.pairs)]
        pairs = [pair for pair in pairs if 0 < len(self._places(pair)) <= PAIRS]
        for pair in sorted(pairs, key=lambda pair: len(self._places(pair))):
            if not self._commute(pair):
                continue
            places = self._places(pair)
            left -= len(places)
            if left < 0 or not self.held.fits(self._hold_pair, places):
                break
            said.append(self._told(pair))
        if said:
            more = f", and {len(said) - 3} more pairs" if len(said) > 3 else ""
            self.notes.append(f"Held too: {', '.join(said[:3])}{more}.")

    def _hold_pair(self, places):
        self.held.hold(self._shots(places))

    # --- what is said -------------------------------------------------------------------------

    def _labels(self):
        labels = {key: self.plan.items[key].get("label", key) for key in self.plan.knobs}
        return {k: f"showing {v}" if k.startswith("show:") else v for k, v in labels.items()}

    def _say_alone(self):
        label, choice = self._labels(), self.choice
        alone, coarse = choice.alone, choice.coarse
        dragged = [group for group in self.dragged if group not in self.missed]
        named = "".join(f", {self._told(group)}" for group in _largest(choice.pairs) + dragged)
        if self.plan.still:
            self.notes.append("Held here: what has been trained, step by step.")
        else:
            self.notes.append(f"Held here: each control alone{named}.")
        for some, what in (
            ([label[key] for key in alone if key in coarse], "Of {} some stops are left out."),
            ([label[key] for key in self.keys if key not in alone], "{}: with Python alone."),
            (map(self._told, _largest(choice.missed + self.missed)), "Not held here: {}."),
        ):
            if some := ", ".join(some):
                self.notes.append(what.format(some))

    def _told(self, group):
        """A group in words: "α = 0.02 with μ"."""
        said, labels = [], self._labels()
        for key, stops in group:
            texts = self.plan.items[key].get("texts", ["off", "on"])
            named = (str(stop) if key == "start" else texts[stop] for stop in stops or ())
            few = " or ".join(named)
            said.append(f"{labels[key]} = {few}" if few else labels[key])
        return " with ".join(said)


def _largest(groups):
    """Those that are not a part of another one."""
    return [g for g in groups if not any({*g} < {*other} for other in groups)]
