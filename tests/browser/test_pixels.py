"""What `stage.js` paints of a list, against what Agg renders of the same scene.

Both draw the same shapes on the same pixels. What differs: how much of a pixel at an edge is
covered, by some levels of 255; letters, which only Agg fits to pixels, and which are not compared;
and, by a pixel, what lies between two pixels by the last digits: a mark, or a line along them.
"""

import base64
import json
import struct
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from conftest import NOTEBOOKS
from matplotlib.text import Text
from twin import run, twins

from adamviz.drawing.picture import Picture

# Paints the lists of a tile as a `View` does, on white; gives RGBA as base64.
PAINT = """async ([still, moving, step, steps, width, height, scale]) => {
  const bytes = (text) => new DataView(
      Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const { decode, decodeStill, paint } = window.stage;
  const canvas = document.createElement("canvas");
  canvas.width = width * scale;
  canvas.height = height * scale;
  const g = canvas.getContext("2d");
  g.fillStyle = "#fff";
  g.fillRect(0, 0, canvas.width, canvas.height);
  g.setTransform(scale, 0, 0, scale, 0, 0);
  const { under, over } = decodeStill(bytes(still), "");
  for (const list of [under, decode(bytes(moving)), over]) {
    paint(g, list, { step, steps, scale, below: under });
  }
  const { data } = g.getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (let i = 0; i < data.length; i += 8192) {
    text += String.fromCharCode(...data.subarray(i, i + 8192));
  }
  return btoa(text);
}"""


def painted(page, tile, moving, scene, scale):
    """A tile in the browser: `(height, width, 3)`."""
    _, _, width, height = tile.box
    still, moving = (base64.b64encode(data).decode() for data in (tile.still, moving))
    arguments = [still, moving, scene.step, scene.steps, width, height, scale]
    data = base64.b64decode(page.evaluate(PAINT, arguments))
    return np.frombuffer(data, np.uint8).reshape(height * scale, width * scale, 4)[..., :3]


def rendered(picture, scene, scale):
    """The whole picture by Agg, and what is not compared: a mask.

    Agg fits letters to pixels, and canvases do not; so texts, and with twice the pixels legends,
    which are as wide as their texts. Legends of methods are in stills alone.
    """
    picture.render(scene)
    legends = [legend for panel in picture.panels for legend in panel.legends.values()]
    if scale > 1:  # as `export.still`: enlarged, not moved again
        picture.figure.dpi = 100 * scale
        picture.canvas.draw()
        above = [artist for panel in picture.panels for artist in panel.over]
        for artist in [*(a for panel in picture.panels for a in panel.moving), *above]:
            artist.draw(picture.canvas.get_renderer())
    pixels = np.asarray(picture.canvas.buffer_rgba())[..., :3].copy()
    hidden = np.zeros(pixels.shape[:2], bool)
    written = [t for t in picture.figure.findobj(Text) if t.get_visible() and t.get_text()]
    for artist in written + [box for box in legends if box.of_methods or scale > 1]:
        box = artist.get_window_extent(picture.canvas.get_renderer())
        # Outlines are up to 3 % wider than letters that are fitted to pixels.
        halo = 3 * scale * bool(artist.get_path_effects())
        box = box.padded(2 * scale + 0.03 * box.width + halo, 2 * scale + halo)
        x0, y0, x1, y1 = np.clip(np.rint(box.extents), 0, None).astype(int)
        hidden[max(0, len(hidden) - y1) : max(0, len(hidden) - y0), x0:x1] = True
    return pixels, hidden


def pairs(page, figure, scale, step=None, change=lambda data: data):
    """Each tile of a figure: its panel, as painted, as rendered, and what is not compared.

    `change` is done to the lists on their way to the page.
    """
    scene = figure.experiment.scene()
    scene = scene if step is None else replace(scene, step=step)
    rows, size = figure.screen.rows(figure.experiment), figure.screen.size
    # A page draws each vertex; Agg leaves out what is less than a ninth of a pixel, which moves
    # the dashes along a line of a thousand.
    with matplotlib.rc_context({"path.simplify": False}):
        lists, agg = Picture(rows, scene, size), Picture(rows, scene, size)
        moving = lists.record(scene)
        whole, hidden = rendered(agg, scene, scale)
    for tile, list_ in zip(lists.tiles, moving, strict=True):
        left, top, width, height = (scale * v for v in tile.box)
        area = np.s_[top : top + height, left : left + width]
        tile.still = changed_still(tile.still, change)
        own = painted(page, tile, change(list_), scene, scale)
        own = own[: len(whole[area])]  # the lowest box may be rounded up
        yield tile.panel, own, whole[area], hidden[area]


def changed_still(still, change):
    (length,) = struct.unpack_from("<I", still)
    under, over = change(still[4 : 4 + length]), change(still[4 + length :])
    return struct.pack("<I", len(under)) + under + over


def different(own, agg, hidden):
    """The share of pixels, in percent, that differ by more than a quarter of all there is."""
    differs = np.abs(own.astype(int) - agg).max(-1) > 64
    return 100 * differs[~hidden].mean()


# In percent of the pixels. In the notebooks a line along x that lies between two rows of pixels,
# and the frame of a map at two pixels to one, are the most that was found, 0.46; a tile moved by
# one pixel differs in 0.75 and more. In the figure below 0.013 was found, and 0.36 where the least
# of what is tried is missing.
MOST, MOST_HERE = 0.6, 0.1


@pytest.mark.parametrize("name", [path.name for path in NOTEBOOKS])
def test_canvases_show_what_agg_renders(exports, name):
    """At the step that the notebook shows, and half-way; at one and at two pixels to one."""
    found = []
    for number, figure in enumerate(twins(name)):
        for step in (None, figure.experiment.step // 2):
            for scale in (1, 2):
                for panel, *pair in pairs(exports, figure, scale, step):
                    share = round(float(different(*pair)), 3)
                    found.append((share, number, type(panel).__name__, scale, step))
    assert found
    assert [entry for entry in found if entry[0] > MOST] == []


FIGURE = """from adamviz import Explorer, optimizers
Explorer([optimizers.Nesterov(lr=0.01), optimizers.GradientDescent(lr=0.0205)], "canyon",
         controls=["lr", "kappa"], panels=["landscape", "loss", "map"], steps=60)"""


@pytest.fixture(scope="module")
def figure():
    return next(run([FIGURE]))


def shares(page, figure, change=lambda data: data):
    return [different(*pair) for _, *pair in pairs(page, figure, 1, change=change)]


def test_a_plain_figure_is_the_same(exports, figure):
    assert max(shares(exports, figure)) < MOST_HERE


@pytest.mark.parametrize("axis", [0, 1])
def test_one_pixel_off_is_seen(exports, figure, axis):
    for _, own, *agg in pairs(exports, figure, 1):
        assert different(np.roll(own, 1, axis), *agg) > MOST


def edited(data, edit):
    """A list whose header was changed by `edit`."""
    (length,) = struct.unpack_from("<I", data)
    header = json.loads(data[4 : 4 + length])
    edit(header)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<I", len(text)) + text + data[4 + length :]


def without_dashes(header):
    for style in header["styles"]:
        style[3] = 0


def without_clips(header):
    for style in header["styles"]:
        style[8] = 0


def upside_down(header):
    for op in header["ops"]:
        if op[0] == "image":
            height, matrix = op[4], op[5]
            matrix[5] += matrix[3] * height
            matrix[3] = -matrix[3]


def without_marks(header):
    header["ops"] = [op for op in header["ops"] if op[0] != "mark"]


def wider(header):
    for style in header["styles"]:
        style[2] *= 1.5


@pytest.mark.parametrize("edit", [without_dashes, without_clips, upside_down, without_marks, wider])
def test_a_list_that_lacks_something_is_seen(exports, figure, edit):
    found = shares(exports, figure, lambda data: edited(data, edit))
    assert max(found) > MOST_HERE
