"""In the figures of the notebooks no text lies on another one, and none is cut off.

In every size of picture, at the first step, in the middle and at the last, and as it is shown when
all is told: then lines have names at their ends.
"""

from functools import cache
from itertools import combinations

import numpy as np
import pytest
from beside import NAMES, figures
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from adamviz.drawing.picture import Picture
from adamviz.drawing.style import SIZES

LEADING = 0.12  # of a text's height: above and below its letters, where nothing is written


@cache
def scenes(name):
    """The panels and the scenes of each figure of a notebook: those that it has, and the told."""
    found = []
    for figure in figures(name):
        figure.buttons["@reset"]()
        now, told = figure.experiment, figure.experiment.revealed()
        rows = figure.screen.rows(now)
        steps = [0, now.steps // 2, now.steps]
        found.append((rows, [now.with_(step=step).scene() for step in steps]))
        if now.secret:
            found.append((rows, [told.scene()]))
    return found


def written(text):
    return text.get_visible() and text.get_text().strip()


def box(text):
    """Where the letters of a text are."""
    found = text.get_window_extent()
    lines = text.get_text().count("\n") + 1
    return found.padded(0, -LEADING * found.height / lines)


def tick_labels(axis):
    """The texts at the ticks that are seen."""
    axis.get_majorticklabels()  # brings them up to date
    for tick in axis.get_major_ticks():
        ends = axis.get_view_interval()
        low, place, high = axis.get_transform().transform([min(ends), tick.get_loc(), max(ends)])
        if low - 1e-9 <= place <= high + 1e-9:
            yield from (tick.label1, tick.label2)


def boxes(ax):
    """What is written in axes: the words and their box, a legend as one."""
    for part in (ax, *ax.child_axes):
        texts = [child for child in part.get_children() if isinstance(child, Text)]
        for axis in (part.xaxis, part.yaxis):
            texts += [axis.label, axis.offsetText, *tick_labels(axis)]
        yield from ((text.get_text(), box(text)) for text in texts if written(text))
        legend = part.get_legend()
        if legend and legend.get_visible():
            inside = [*legend.get_texts(), *legend.legend_handles]
            frame = legend if legend.get_frame_on() else None
            found = [frame] if frame else inside
            yield "legend", Bbox.union([each.get_window_extent() for each in found])
        for line in part.lines:  # names are marks, and have a halo that is one, too
            mark = line.get_marker()
            if isinstance(mark, Path) and line.get_visible() and not line.get_markeredgewidth():
                size = mark.get_extents()
                for place in line.get_transform().transform(line.get_xydata()):
                    if np.isfinite(place).all():
                        yield "name", Bbox(size.get_points() * line.figure.dpi / 72 + place)


def faults(picture):
    """What lies on something else, or reaches out of its tile, in words."""
    placed = []
    for tile in picture.tiles:
        left, top, width, height = tile.box
        room = Bbox.from_bounds(left, picture.height - top - height, width, height).padded(1)
        for words, found in (item for ax in tile.axes for item in boxes(ax)):
            placed.append((words, found))
            if not Bbox.union([room, found]) == room:
                yield f"{words!r} is cut off"
    for (one, here), (other, there) in combinations(placed, 2):
        shared = Bbox.intersection(here, there)
        if shared is not None and min(shared.width, shared.height) > 0.5:
            yield f"{one!r} and {other!r} overlap"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", SIZES)
def test_every_text_can_be_read(name, size):
    found = []
    for number, (rows, shown) in enumerate(scenes(name)):
        picture = Picture(rows, shown[0], size)
        for scene in shown:
            picture.render(scene)
            found += [f"{number}, step {scene.step}: {fault}" for fault in faults(picture)]
    assert found == []
