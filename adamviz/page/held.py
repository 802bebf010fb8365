"""What a page holds of a figure: the frames that a hand can reach from where it stands."""

from dataclasses import dataclass, replace

from ..batch import attempt, walk_together
from ..experiment import Experiment
from ..live.knobs import standing
from ..live.screen import Screen
from .pack import Pack

__all__ = ["Plan", "hold"]

APART = ("step", "present")  # the page moves the first by itself, and has no second


@dataclass(frozen=True)
class Plan:
    """A figure, as a page needs to know it.

    Attributes
    ----------
    experiment : Experiment
        Where it stands.
    panels : rows of panels, or a function from an experiment to these
    knobs : dict from key to Knob
    follow : function from an experiment and what a hand moved to another one
    beside : function from an experiment to the texts that stand beside the picture, by key
    rows : function from an experiment to rows of keys
    items : dict from key to how it is shown
    """

    experiment: Experiment
    panels: object
    knobs: dict
    follow: object
    beside: object
    rows: object
    items: dict


def hold(plan):
    """The pack of a plan, as bytes."""
    return _Holding(plan).packed()


class _Holding:
    def __init__(self, plan):
        self.plan, self.pack = plan, Pack()
        self.shelves, self.used = [], set()
        self.screen = Screen(plan.panels, "screen", plan.experiment.scene())
        self.first = self._now(plan.experiment)

    def packed(self):
        """From the present point: the words of every step, and every stop of each knob."""
        first = self._frame(self.plan.experiment)
        index = {"now": self.first, "first": self.pack.json(first)}
        self.pack.close()
        index["walk"] = self.pack.json(self._walk())
        self.pack.close()
        for key in self._movable():
            self._single(key)
        index["shelves"] = self.shelves
        index["items"] = self._items()
        return self.pack.packed(index)

    def _movable(self):
        """The keys of knobs that are seen and have stops, as they stand in the rows."""
        seen = [k for row in self.plan.rows(self.plan.experiment) if isinstance(row, list) for k in row]
        return [k for k in seen if k in self.plan.knobs and k != "step" and self.plan.knobs[k].count]

    def _single(self, key):
        """A shelf with every stop of a knob."""
        now, knob = self.plan.experiment, self.plan.knobs[key]
        stops = [k for k in range(knob.count(now)) if k != knob.of(now)]
        there = [attempt(self.plan.follow, now, knob.changes(now, k)) for k in stops]
        self._shelf({"key": key, "stops": stops}, there)

    def _shelf(self, shelf, there):
        """Frames that are unpacked together."""
        walk_together([e for e in there if isinstance(e, Experiment)])
        frames = [self._frame(e) for e in there]
        states = [{**f.get("now", {}).get("state", {})} for f in frames]
        shelf["differ"] = [
            {k: v for k, v in state.items() if k not in APART} for state in states
        ]
        self.pack.close()
        self.shelves.append({**shelf, "frames": self.pack.json(frames)})
        self.pack.close()

    # --- frames -------------------------------------------------------------------------------

    def _now(self, experiment):
        """Where all of it stands, as a page is told."""
        state = {key: knob.of(experiment) for key, knob in self.plan.knobs.items()}
        tiles, _, words = self.screen.lists(experiment.scene())
        return {
            "state": {**state, "present": 0},
            **standing(experiment),
            "words": words,
            "font": self.screen.font,
            "tiles": [tile.described() for tile in tiles],
            "extra": self.plan.beside(experiment),
            "rows": self._rows(experiment),
        }

    def _frame(self, found):
        """What differs from the first, and the lists by number; or what went wrong."""
        now = attempt(self._now, found) if isinstance(found, Experiment) else found
        if isinstance(now, Exception):
            return {"error": f"{type(now).__name__}: {now}"}
        tiles, moving, _ = self.screen.lists(found.scene())
        differs = {k: v for k, v in now.items() if v != self.first[k]}
        if "state" in differs:
            differs["state"] = {k: v for k, v in now["state"].items() if v != self.first["state"][k]}
        return {
            "now": differs,
            "stills": [self.pack.bytes(tile.still) for tile in tiles],
            "moving": [self.pack.bytes(m) for m in moving],
        }

    def _walk(self):
        """The words of all steps, and the tiles that are drawn anew for each."""
        scene, words, drawn = self.plan.experiment.scene(), [], {}
        for step in range(scene.steps + 1):
            said, lists = self.screen.at(replace(scene, step=step))
            words.append(said)
            for i, data in lists.items():
                drawn.setdefault(i, []).append(self.pack.bytes(data))
        return {"words": words, "tiles": drawn}

    # --- rows ---------------------------------------------------------------------------------

    def _rows(self, experiment):
        """Rows of what a page can show."""
        rows = [
            [k for k in row if self._shown(k)] if isinstance(row, list) else row
            for row in self.plan.rows(experiment)
        ]
        self.used.update(key for row in rows if isinstance(row, list) for key in row)
        return [row for row in rows if row]

    def _shown(self, key):
        return key != "present" and (self.plan.items[key]["kind"] != "button" or key == "@reset")

    def _items(self):
        return {k: {**v, "aside": False} for k, v in self.plan.items.items() if k in self.used}
