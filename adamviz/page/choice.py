"""Which stops of which knobs a page holds, where there is no room for all of them."""

import math

__all__ = ["Choice"]

MOST = 500  # frames of knobs that are moved alone; a longer slider keeps some of its stops
# Of so many stops one is kept; of 20 to the decade, 3 and 6 leave what is twice as much, or half.
THINNER = (1, 2, 3, 6, 12, 24, 48, 100, 200)
# Stops of a slider that are not thinned any more: while a named pair can be left out instead, and
# while a knob can. Three are where it stands and both of its ends.
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
    pairs : list of tuples of keys

    Attributes
    ----------
    alone, pairs : lists
        What is held of keys and pairs.
    kept : dict from key to list
        The stops that a knob has.
    each : dict from a key or a pair to float
        About how many bytes one place of it takes.
    """

    def __init__(self, plan, keys, pairs):
        now = plan.experiment
        self.keys, self._pairs = keys, pairs
        self._here = {key: plan.knobs[key].of(now) for key in keys}
        self._count = {key: plan.knobs[key].count(now) for key in keys}
        self._sliders = {key for key in keys if plan.knobs[key].item["kind"] == "slider"}
        self.each = {}
        self.alone, self.pairs = [*keys], [*pairs]
        self._all_stops()

    def _all_stops(self):
        self.kept = {key: list(range(count)) for key, count in self._count.items()}
        self._nth = dict.fromkeys(self.keys, 1)  # every how many of them

    @property
    def coarse(self):
        """The keys of which some stops are left out."""
        return [key for key in self.keys if self._nth[key] > 1]

    @property
    def lacks(self):
        """Whether a knob or a pair is left out."""
        return self.alone != self.keys or self.pairs != self._pairs

    @property
    def whole(self):
        """Whether nothing is left out, and no stop."""
        return not self.coarse and not self.lacks

    def stops(self, key):
        """The stops of a knob that are kept, but for where it stands."""
        return [stop for stop in self.kept[key] if stop != self._here[key]]

    def weight(self, *keys):
        """How many bytes the stops of some knobs take, about, in pairs, too."""
        count = {key: len(self.stops(key)) for key in self.keys}
        groups = [(key,) for key in keys] + [p for p in self.pairs if {*p} & {*keys}]
        return sum(math.prod(count[k] for k in group) * self.each[group] for group in groups)

    def fit(self, size):
        """Leave out what does not fit into so many bytes: whether the rest does.

        Sliders keep one in two of their stops, or in more. Where that is too much, pairs are left
        out, the last one first; then more stops; and then the dearest knob, so that many cheap ones
        stay. After each of these the others have all their stops again, as far as there is room.
        """
        self.alone, self.pairs = [*self.keys], [*self._pairs]
        while True:
            self._all_stops()
            few = FEW if self.pairs else FEWEST
            while self._is_more(size) and (self._thinner(FEW) or self._thinner(few)):
                pass
            if not self._is_more(size):
                return True
            if self.pairs:
                self.pairs.pop()
            elif self.alone:
                self.alone.remove(max(self.alone, key=self.weight))
            else:
                return False

    def _is_more(self, size):
        stops = sum(len(self.stops(key)) for key in self.alone)
        return stops > MOST or self.weight(*self.alone) > size

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
        return sorted(every)
