"""What the stops of a knob would show, before anybody moves it there."""

import time
from dataclasses import replace

from ..arguments import among
from ..batch import attempt, walk_together
from ..drawing.recorder import HEADLESS, parted
from ..experiment import Experiment
from .knobs import standing

__all__ = ["Ahead", "Stops"]

BLOCK = 4  # stops to one side before those to the other
MOST = 240  # of an even slider with thousands of stops the nearest
WALK = 0.03  # seconds for paths that are walked together: a hand waits no longer, unless for one


class Ahead:
    """Frames of all stops of a knob but the present one, nearest first.

    They are drawn when they are asked for, a few at a time, so that a hand that moves something
    else need not wait.

    Parameters
    ----------
    experiment : Experiment
        As it is now.
    key, knob : str, Knob
    follow : function from an experiment and arguments for `with_` to another one
    screen : Screen
        It draws them.
    state : function from an experiment to where its knobs stand
    """

    def __init__(self, experiment, key, knob, follow, screen, state):
        self.experiment, self.key, self.knob = experiment, key, knob
        self._follow, self._screen, self._state = follow, screen, state
        self._sent, self._heads, self._laid, self._left = set(), {}, None, self._order()
        self._there, self._together = {}, 1  # one alone tells how long many would take

    def _order(self):
        now, count = self.knob.of(self.experiment), self.knob.count(self.experiment)
        above, below = [k for k in range(count) if k > now], [k for k in range(count) if k < now]
        below.reverse()
        order = []
        while above or below:
            order += above[:BLOCK] + below[:BLOCK]
            del above[:BLOCK], below[:BLOCK]
        return order[:MOST]

    def next(self, seconds):
        """The next frames, `(stop, frame)` each, their bytes, and whether these are all.

        As many as can be drawn in so many seconds, and one at least.
        """
        began, frames, buffers = time.monotonic(), [], []
        draw = self._step if self.key == "step" else self._stop
        while self._left and (not frames or time.monotonic() - began < seconds):
            stop = self._left.pop(0)
            frames.append((stop, draw(stop, buffers)))
        return frames, buffers, not self._left

    def _step(self, step, buffers):
        """The words of another step, and the tiles that are drawn anew for each."""
        words, lists = self._screen.at(replace(self.experiment.scene(), step=step))
        drawn = [(str(i), -1, self._moving(buffers, str(i), list_)) for i, list_ in lists.items()]
        return {"words": words, "tiles": drawn}

    def _stop(self, stop, buffers):
        if stop not in self._there:
            self._walk([stop, *self._left][: self._together])
        found = self._there.pop(stop)
        scene = attempt(found.scene) if isinstance(found, Experiment) else found
        lists = scene if isinstance(scene, Exception) else attempt(self._screen.lists, scene)
        if isinstance(lists, Exception):
            return {"error": str(lists)}
        tiles, moving, words = lists
        drawn, laid = [], [tile.described() for tile in tiles]
        for tile, list_ in zip(tiles, moving, strict=True):
            new = tile.name not in self._sent
            self._sent.add(tile.name)
            still = _kept(buffers, tile.still) if new else -1
            drawn.append((tile.name, still, self._moving(buffers, tile.name, list_)))
        frame = {"words": words, "tiles": drawn, "changes": self._state(found)}
        if laid != self._laid:
            self._laid = frame["laid"] = laid
        return {**frame, "standing": standing(found)}

    def _moving(self, buffers, name, list_):
        """The number of a list, without its header if that of the tile's last one is the same.

        Most stops differ in their numbers alone, and headers are almost half of the bytes.
        """
        head, arrays = parted(list_)
        known = self._heads.get(name) == head
        self._heads[name] = head
        return _kept(buffers, HEADLESS + arrays if known else list_)

    def _walk(self, stops):
        """Walk to these stops together, as far as they can."""
        began, now = time.monotonic(), self.experiment
        for stop in stops:
            self._there[stop] = attempt(self._follow, now, self.knob.changes(now, stop))
        walk_together([e for e in self._there.values() if isinstance(e, Experiment)])
        took = max(time.monotonic() - began, 1e-6)
        self._together = max(1, int(len(stops) * WALK / took))


class Stops:
    """Answers a page that asks, before a hand moves a knob, what its stops would show.

    Parameters
    ----------
    knobs : dict from key to Knob
    follow, screen, state
        As for `Ahead`.
    """

    def __init__(self, knobs, follow, screen, state):
        self._knobs, self._parts = knobs, (follow, screen, state)
        self._state, self._asked, self._ahead = state, None, None

    def answer(self, message, experiment):
        """The answer to a message, and its buffers: the next frames."""
        key, base = message["key"], message["base"]
        among("a control with stops", [key], [k for k, knob in self._knobs.items() if knob.count])
        answer = {"kind": "ahead", "key": key, "base": base}
        # Frames are for where all the others stand; the page knows that as a text.
        state = self._state(experiment).items()
        if base != "".join("" if k == key else f"{k}={v};" for k, v in state):
            return {**answer, "gone": True}, []  # something has moved since
        asked, began = (key, base, message["heard"][0]), time.monotonic()
        if message["begins"] or self._asked != asked:
            self._asked = asked
            self._ahead = Ahead(experiment, key, self._knobs[key], *self._parts)
        frames, buffers, done = self._ahead.next(message["seconds"])
        took = time.monotonic() - began
        return {**answer, "frames": frames, "done": done, "took": took}, buffers

    def forget(self):
        """Let go what nobody will ask for."""
        self._asked = self._ahead = None


def _kept(buffers, data):
    buffers.append(data)
    return len(buffers) - 1
