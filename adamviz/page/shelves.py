"""Shelves: frames that are unpacked together, and all that a page needs to show them."""

from ..experiment import Experiment
from ..live.knobs import standing
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
        Bytes that the pack may have, with its index.
    """

    def __init__(self, plan, camera, knobs, home, budget):
        self.plan, self.camera, self.knobs, self.budget = plan, camera, knobs, budget
        self.pack, self.shelves, self._used = Pack(), [], set()
        self.first = self._now(home)
        self.home, self.small = home, {}
        self.index = {
            "now": self.first,
            "font": self.camera.screens["wide"].font,
            "tiles": home.tiles,
            "narrow": home.narrow,
            "small": self.small,
            "first": self.pack.json(self._frame(home)),
        }
        self.pack.close()
        self.index["walk"] = self.walk(home)
        self.pack.close()

    @property
    def left(self):
        """How many bytes of the budget are left."""
        index = {"shelves": self.shelves, "items": self._items(), "more": self.index}
        return self.budget - self.pack.size - self.pack.of(index)

    def packed(self, **more):
        """All of it as bytes, with more for the index."""
        return self.pack.packed(
            {**self.index, "shelves": self.shelves, "items": self._items(), **more}
        )

    def hold(self, shots, **more):
        """Frames that are unpacked together."""
        frames = [self.pack.json(self._frame(shot)) for shot in shots]
        differ = [self.differ(shot.experiment) for shot in shots]
        self.shelves.append({**more, "differ": differ, "frames": frames})
        self.pack.close()

    def takes(self, shots):
        """About how many bytes these shots would take: the first ones take more than the others."""
        mark = self._mark()
        before = self.pack.size
        for shot in shots:
            self.pack.json(self._frame(shot))
        self.pack.close()
        taken = self.pack.size - before
        self._back(mark)
        return taken

    def fits(self, hold, *arguments):
        """Hold something more, if it is within the budget."""
        mark = self._mark()
        hold(*arguments)
        self.pack.close()
        if self.left > 0:
            return True
        self._back(mark)
        return False

    def _mark(self):
        return self.pack.mark(), len(self.shelves), len(self.small)

    def _back(self, mark):
        mark, shelves, small = mark
        self.pack.back(mark)
        del self.shelves[shelves:]
        for number in list(self.small)[small:]:
            del self.small[number]

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

    def _still(self, name):
        """The number of a still; for a narrow page, "small" has that of its narrow one."""
        still, narrow, moves = self.camera.stills[name]
        number = self.pack.lists(still)
        self.small[number] = self.pack.json([self.pack.lists(narrow), moves])
        return number

    def _frame(self, shot):
        """What differs from the first, and the lists by number; or what went wrong."""
        if shot.error:
            return {"error": shot.error}
        now, first = self._now(shot), self.first
        differs = {k: v for k, v in now.items() if v != first[k]}
        if "state" in differs:
            state = first["state"].items()
            differs["state"] = {k: now["state"][k] for k, v in state if now["state"][k] != v}
        frame = {"now": differs, "stills": [self._still(name) for name in shot.names]}
        frame["moving"] = [self.pack.lists(parts) for parts in shot.moving]
        for name in ("tiles", "narrow"):
            if getattr(shot, name) != getattr(self.home, name):
                frame[name] = getattr(shot, name)
        at, (step, steps) = now["state"]["step"], (first["state"]["step"], first["steps"])
        if at != (now["steps"] if step == steps else min(step, now["steps"])):
            frame["begins"] = True  # it says itself at which step
        if shot.last is not None:
            frame["last"] = shot.last
        return frame

    def walk(self, shot):
        """The number of the words of all steps, and of the tiles that are drawn anew for each."""
        words, drawn = self.camera.walk(shot)
        tiles = {i: [self.pack.lists(parts) for parts in lists] for i, lists in drawn.items()}
        return self.pack.json({"words": words, "tiles": tiles})

    # --- rows ---------------------------------------------------------------------------------

    def _rows(self, experiment):
        """Rows of what a page can show."""
        rows = [
            [key for key in row if self._shown(key)] if isinstance(row, list) else row
            for row in self.plan.rows(experiment)
        ]
        self._used.update(key for row in rows if isinstance(row, list) for key in row)
        return [row for row in rows if row]

    def _shown(self, key):
        kind = self.plan.items[key]["kind"]
        if key in ("present", "@files", "@saved", "@making"):
            return False
        return kind != "button" or key == "@reset"

    def _items(self):
        items = {k: {**v, "aside": False} for k, v in self.plan.items.items() if k in self._used}
        for key in items.keys() & self.knobs.keys():  # of a thinned knob, the texts that are left
            items[key] |= {n: v for n, v in self.knobs[key].item.items() if n == "texts"}
        return items
