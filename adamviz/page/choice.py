"""Which stops of which knobs a page holds, where there is no room for all of them."""

import math

__all__ = ["Choice", "alone", "covers"]

MOST = 500  # frames of knobs that are moved alone; a longer slider keeps some of its stops
# Of so many stops one is kept; of 20 to the decade, 3 and 6 leave what is twice as much, or half.
THINNER = (1, 2, 3, 6, 12, 24, 48, 100, 200)
# Stops of a slider that are not thinned any more: while a named pair that takes more than any knob
# can be left out instead, and while a knob can. Three are where it stands and both of its ends.
FEW, FEWEST = 8, 3


class Choice:
    """The stops of knobs, and the pairs of knobs, that are held.

    At first that is all. Whatever `fit` left out before, it begins with all again, so that the same
    number of bytes is always the same choice.

    Parameters
    ----------
    plan : Plan
    keys : list of str
        Of knobs.
    pairs : list of groups
        As `shots.Plan` has them.

    Attributes
    ----------
    alone : list of str
        The knobs that are held alone.
    named : list of groups
        The pairs that should be held.
    kept : dict from key to list
        The stops that a knob has.
    each : dict from a group to float
        About how many bytes one place of it takes; of a knob alone that of `alone`.
    """

    def __init__(self, plan, keys, pairs):
        now = plan.experiment
        self.keys = keys
        self.named = [group for group in pairs if len(group) > 1 or group[0][0] == "start"]
        self._single = [group for group in pairs if group not in self.named]
        wanted = [part for group in pairs for part in group if part[0] != "start"]
        every = dict.fromkeys([*keys, *dict(wanted)])  # some are seen where another has moved
        self._wanted = {key: set() for key in every}  # stops that are named are kept
        for key, stops in wanted:
            self._wanted[key].update(stops or ())
        self._here = {key: plan.knobs[key].of(now) for key in every}
        self._here["start"] = now.start
        self._count = {key: plan.knobs[key].count(now) for key in every}
        self._sliders = {key for key in keys if plan.knobs[key].item["kind"] == "slider"}
        self.each = {}
        self.alone, self._held = [*keys], [*self.named]
        self._all_stops()

    def _all_stops(self):
        self.kept = {key: list(range(count)) for key, count in self._count.items()}
        self._nth = dict.fromkeys(self.keys, 1)  # every how many of them

    @property
    def coarse(self):
        """The keys of which some stops are left out."""
        return [key for key in self.keys if len(self.kept[key]) < self._count[key]]

    @property
    def lacks(self):
        """Whether a knob or a pair is left out."""
        return self.alone != self.keys or self._held != self.named

    @property
    def pairs(self):
        """The groups that are held, but for those that are part of another one."""
        return [g for g in self._held if not any(covers(h, g) for h in self._held if h != g)]

    @property
    def missed(self):
        """The groups that are named and not held."""
        lost = [g for g in self.named if not any(covers(h, g) for h in self._held)]
        lost += [g for g in self._single if g[0][0] not in self.alone]
        return [g for g in lost if not any(covers(h, g) for h in lost if h != g)]

    @property
    def whole(self):
        """Whether nothing is left out, and no stop."""
        return not self.coarse and not self.lacks

    def stops(self, key, wanted=None):
        """The stops of a knob that are kept, or of these the wanted, but for where it stands."""
        kept = self.kept[key] if wanted is None else wanted
        return [stop for stop in kept if stop != self._here.get(key)]

    @property
    def total(self):
        """How many bytes all that is held takes, about."""
        return sum(map(self._own, [*map(alone, self.alone), *self.pairs]))

    def weight(self, key):
        """How many bytes the stops of a knob take, about, in pairs, too."""
        return sum(map(self._own, [alone(key), *(g for g in self.pairs if key in dict(g))]))

    def _own(self, group):
        return self.each[group] * math.prod(len(self.stops(*part)) for part in group)

    def fit(self, size):
        """Leave out what does not fit into so many bytes: whether the rest does.

        Sliders keep one in two of their stops, or in more. Where that is too much, the dearest pair
        is left out, if no knob takes more; then more stops; and then the dearest knob, so that many
        cheap ones stay, one of which stops are named last of all. After each of these the others
        have all their stops again, as far as there is room.
        """
        self.alone, self._held = [*self.keys], [*self.named]
        while True:
            self._all_stops()
            while self._is_more(size) and self._thinner(FEW):
                pass
            knob = max(self.alone, key=self._dearness, default=None)
            pair = max(self._held, key=self._own, default=None)
            if (
                self._is_more(size)
                and pair
                and (knob is None or self._own(pair) >= self._own(alone(knob)))
            ):
                self._held.remove(pair)
                continue
            while self._is_more(size) and self._thinner(FEWEST):
                pass
            if not self._is_more(size):
                return True
            if knob is None:
                return False
            self.alone.remove(knob)

    def _dearness(self, key):
        return not self._wanted[key], self._own(alone(key))

    def _is_more(self, size):
        stops = sum(len(self.stops(key)) for key in self.alone)
        return stops > MOST or self.total > size

    def _thinner(self, few):
        """Leave out more stops of the slider whose stops take most."""
        keys = [key for key in self.alone if key in self._sliders and len(self.kept[key]) > few]
        keys = [key for key in keys if self._nth[key] < THINNER[-1]]
        if not keys:
            return False
        largest = max(keys, key=self.weight)
        self._nth[largest] = next(n for n in THINNER if n > self._nth[largest])
        self.kept[largest] = self._every(largest, self._nth[largest])
        return True

    def _every(self, key, n):
        """Every nth stop of a knob, counted from where it stands, and both of its ends."""
        last, here = self._count[key] - 1, round(self._here[key])
        every = {0, *range(here % n, last + 1, n), last}
        return sorted(every | self._wanted[key])


def alone(key):
    """A knob alone, as a group."""
    return ((key, None),)


def covers(group, other):
    """Whether a group has all places of another one."""
    have, want = dict(group), dict(other)
    return have.keys() == want.keys() and all(
        have[key] is None or (want[key] is not None and {*want[key]} <= {*have[key]})
        for key in have
    )
