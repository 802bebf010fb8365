"""What `stage.js` paints of a list, against what Agg renders of the same scene."""

import base64

import numpy as np
import pytest
from conftest import NOTEBOOKS
from matplotlib.text import Text
from twin import twins

from adamviz.drawing.picture import Picture
from adamviz.live.stage import Stage

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
    paint(g, list, { step, steps, scale });
  }
  const { data } = g.getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (let i = 0; i < data.length; i += 8192) {
    text += String.fromCharCode(...data.subarray(i, i + 8192));
  }
  return btoa(text);
}"""


@pytest.fixture(scope="module")
def page(chromium):
    page = chromium.new_page()
    page.set_content("<!doctype html>")
    page.evaluate(
        """async (source) => {
            const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
            window.stage = await import(url);
        }""",
        Stage._esm,
    )
    yield page
    page.close()


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
    which are as wide as their texts.
    """
    picture.render(scene)
    legends = [legend for panel in picture.panels for legend in panel.legends.values()]
    if scale > 1:  # as `export.still`: enlarged, not moved again
        picture.figure.dpi = 100 * scale
        picture.canvas.draw()
        for artist in [*(a for panel in picture.panels for a in panel.moving), *legends]:
            artist.draw(picture.canvas.get_renderer())
    pixels = np.asarray(picture.canvas.buffer_rgba())[..., :3].copy()
    hidden = np.zeros(pixels.shape[:2], bool)
    written = [t for t in picture.figure.findobj(Text) if t.get_visible() and t.get_text()]
    for artist in written + legends * (scale > 1):
        box = artist.get_window_extent(picture.canvas.get_renderer())
        # Outlines are up to 3 % wider than letters that are fitted to pixels.
        box = box.padded(2 * scale + 0.03 * box.width, 2 * scale)
        x0, y0, x1, y1 = np.clip(np.rint(box.extents), 0, None).astype(int)
        hidden[max(0, len(hidden) - y1) : max(0, len(hidden) - y0), x0:x1] = True
    return pixels, hidden


def pairs(page, figure, scale):
    """Each tile of a figure: its panel, as painted, as rendered, and what is not compared."""
    scene = figure.experiment.scene()
    rows, size = figure.screen.rows(figure.experiment), figure.screen.size
    lists, agg = Picture(rows, scene, size), Picture(rows, scene, size)
    moving = lists.record(scene)
    whole, hidden = rendered(agg, scene, scale)
    for tile, list_ in zip(lists.tiles, moving, strict=True):
        left, top, width, height = (scale * v for v in tile.box)
        area = np.s_[top : top + height, left : left + width]
        own = painted(page, tile, list_, scene, scale)[: len(whole[area])]  # a box is rounded
        yield tile, list_, own, whole[area], hidden[area]


def differences(one, other, apart=64):
    """Where pixels differ by more than `apart` of 255, and where also from all their neighbours."""
    one, other = one.astype(int), other.astype(int)
    differs = np.abs(one - other).max(-1) > apart

    def unlike(a, b):
        padded = np.pad(b, ((1, 1), (1, 1), (0, 0)), mode="edge")
        height, width = a.shape[:2]
        shifted = (padded[i : i + height, j : j + width] for i in range(3) for j in range(3))
        return np.min([np.abs(a - s).max(-1) for s in shifted], axis=0) > apart

    return differs, unlike(one, other) | unlike(other, one)
