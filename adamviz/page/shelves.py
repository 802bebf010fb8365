"""Shelves: frames that are unpacked together, and all that a page needs to show them."""

from ..experiment import Experiment
from ..live.knobs import standing
from ..live.rows import keys
from .pack import Pack

__all__ = ["Shelves"]

APART = ("step", "present", "narrow")  # the page moves the first by itself, and has no other


class Shelves:
    """The shots of a figure in a pack, found by where the knobs stand elsewhere than at first.

    Parameters
    ----------
    plan : Plan
    camera : Camera
    knobs : dict from key to Knob
    home : Shot
        Where the figure stands.
    budget : int
        Bytes that the pack may have.
    """

    def __init__(self, plan, camera, knobs, home, budget):
        self.plan, self.camera, self.knobs, self.budget = plan, camera, knobs, budget
        self.pack, self.shelves, self._used = Pack(), [], set()
        self.first, self.laid = self._now(home), self._laid(home)
        self._home = self.pack.json(self._frame(home))
        self.pack.close()
        self._words = self.walk(home)
        self.pack.close()

    @property
    def within(self):
        """Whether all of it is within the budget."""
        return self.pack.size < self.budget

    def packed(self, **more):
        """All of it as bytes, with more for the index."""
        index = {"now": self.first, "laid": self.laid, "first": self._home, "walk": self._words}
        return self.pack.packed({**index, "shelves": self.shelves, "items": self._items(), **more})

    def hold(self, shots, **more):
        """Frames that are unpacked together."""
        frames = [self._frame(shot) for shot in shots]
        differ = [self.differ(shot.experiment) for shot in shots]
        self.shelves.append({**more, "differ": differ, "frames": self.pack.json(frames)})
        self.pack.close()

    def fits(self, hold, *arguments):
        """Hold something more, if it is within the budget."""
        mark, shelves = self.pack.mark(), len(self.shelves)
        hold(*arguments)
        self.pack.close()
        if self.within:
            return True
        self.pack.back(mark)
        del self.shelves[shelves:]
        return False

    # --- frames -------------------------------------------------------------------------------

    def state(self, experiment):
        """Where the knobs stand, as the page knows them."""
        return {key: knob.of(experiment) for key, knob in self.knobs.items()} | {
            "present": 0,
            "narrow": 0,
        }

    def differ(self, experiment):
        """Where the knobs stand elsewhere than at first."""
        if not isinstance(experiment, Experiment):
            return {}
        state, first = self.state(experiment), self.first["state"]
        return {k: v for k, v in state.items() if v != first[k] and k not in APART}

    def _now(self, shot):
        """Where all of it stands, as a page is told."""
        state, experiment = self.state(shot.experiment), shot.experiment
        now = {"state": state, **standing(experiment), "words": shot.words}
        for name, control in experiment.controls.items():
            if not isinstance(state[name], int):  # of a thinned knob, too
                now["texts"][name] = control.written(experiment.values[name])
        return {**now, "extra": self.plan.beside(experiment), "rows": self._rows(experiment)}

    def _laid(self, shot):
        """The tiles; a still is known by its number, which is shorter than its name."""
        tiles = [
            {**tile, "name": str(self.pack.still(still))}
            for tile, still in zip(shot.tiles, shot.stills, strict=True)
        ]
        return {"font": self.camera.screen.font, "tiles": tiles}

    def _frame(self, shot):
        """What differs from the first, and the lists by number; or what went wrong."""
        if shot.error:
            return {"error": shot.error}
        now, first = self._now(shot), self.first
        differs = {k: v for k, v in now.items() if v != first[k]}
        if "state" in differs:
            state = first["state"].items()
            differs["state"] = {k: now["state"][k] for k, v in state if now["state"][k] != v}
        laid = self._laid(shot)
        frame = {
            "now": differs,
            **({} if laid == self.laid else {"laid": laid}),
            "stills": [self.pack.still(data) for data in shot.stills],
            "moving": [self.pack.list(data) for data in shot.moving],
        }
        at, (step, steps) = now["state"]["step"], (first["state"]["step"], first["steps"])
        if at != (now["steps"] if step == steps else min(step, now["steps"])):
            frame["begins"] = True  # it says itself at which step
        trained = [
            run.trained for run in shot.experiment.scene().paths.values() if hasattr(run, "trained")
        ]
        if trained and min(trained) < now["steps"]:
            frame["last"] = min(trained)
        return frame

    def walk(self, shot):
        """The number of the words of all steps, and of the tiles that are drawn anew for each."""
        words, drawn = self.camera.walk(shot)
        tiles = {i: [self.pack.list(data) for data in lists] for i, lists in drawn.items()}
        return self.pack.json({"words": words, "tiles": tiles})

    # --- rows ---------------------------------------------------------------------------------

    def _rows(self, experiment):
        """Rows of what a page can show."""
        rows = self._left(self.plan.rows(experiment))
        self._used.update(keys(rows))
        return rows

    def _left(self, rows):
        found = []
        for row in rows:
            if isinstance(row, dict):
                inner = self._left(row["rows"])
                row = {**row, "rows": inner} if inner else None
            elif isinstance(row, list):
                row = [key for key in row if self._shown(key)]
            found += [row] if row else []
        return found

    def _shown(self, key):
        kind = self.plan.items[key]["kind"]
        if key in ("present", "@full", "@files", "@saved", "@making"):
            return False
        return kind != "button" or key == "@reset"

    def _items(self):
        items = {k: {**v, "aside": False} for k, v in self.plan.items.items() if k in self._used}
        for key in items.keys() & self.knobs.keys():  # of a thinned knob, the texts that are left
            items[key] |= {n: v for n, v in self.knobs[key].item.items() if n == "texts"}
        return items
