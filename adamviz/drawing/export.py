"""What a picture shows, as a file for slides: a still in PNG or SVG, a walk as an animated GIF.

Each is made from a picture of its own, so that the one on the screen is left alone.
"""

import base64
import html
import io
from dataclasses import replace

import numpy as np
from PIL import Image

from .fonts import SvgCanvas
from .picture import Picture

__all__ = ["animation", "link", "still"]

_MIME = {"png": "image/png", "svg": "image/svg+xml", "gif": "image/gif"}


def still(rows, scene, size="screen", format="png"):
    """The scene as bytes: "png" with twice the pixels of the screen, or "svg"."""
    picture = _picture(rows, scene, size)
    picture.render(scene)
    for panel in picture.panels:
        for artist in panel.over:
            artist.set_zorder(10)  # as on the screen, over all that moves
    look = {"va": "top", "fontsize": picture.size.font, "parse_math": False}
    caption = picture.figure.text(0.01, 0.99, picture.caption, **look)
    # Outlines in an SVG are up to 3 % wider than letters that are fitted to pixels.
    fit = 0.95 * picture.figure.bbox.width / max(1.0, caption.get_window_extent().width)
    caption.set_fontsize(picture.size.font * min(1.0, fit))
    out = io.BytesIO()
    canvas = picture.canvas if format == "png" else SvgCanvas(picture.figure)
    dpi = 200 if format == "png" else 72  # of an SVG, fixed by matplotlib
    canvas.print_figure(out, format=format, dpi=dpi)
    return out.getvalue()


def animation(rows, scene, size="screen", *, frames=60, progress=lambda done, all: None):
    """The walk as the bytes of a GIF, in at most `frames` pictures evenly spaced over the steps.

    `progress(done, all)` is called after each.
    """
    picture, images = _picture(rows, scene, size), []
    count = min(frames, scene.steps + 1)
    steps = np.linspace(0, scene.steps, count).round().astype(int).tolist()
    for done, step in enumerate(steps, start=1):
        picture.render(replace(scene, step=step))
        images.append(picture.frame())
        progress(done, count + 1)
    # One palette for all, or the colours would flicker; coverage keeps the thin lines' colours.
    sample = np.concatenate([np.asarray(images[i]) for i in (0, count // 3, count - 1)])
    palette = Image.fromarray(sample).quantize(255, method=Image.Quantize.MAXCOVERAGE)
    images = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    out, times = io.BytesIO(), [100] * (count - 1) + [2000]
    images[0].save(out, "GIF", save_all=True, append_images=images[1:], duration=times, loop=0)
    progress(count + 1, count + 1)
    return out.getvalue()


def _picture(rows, scene, size):
    """A picture of its own, without the hint to the hand."""
    picture = Picture(rows, scene, size)
    for ax in picture.figure.axes:
        ax.set_title(ax.get_title().replace(" (drag the start)", ""), fontsize=picture.size.font)
    return picture


def link(data, name):
    """HTML that saves `data` as the file `name`, from the page alone: no server is asked."""
    address = f"data:{_MIME[name.rpartition('.')[2]]};base64,{base64.b64encode(data).decode()}"
    name, size = html.escape(name, quote=True), f"{len(data) / 1000:.0f} kB"
    look = "color:inherit; text-decoration:underline"  # readable in every theme
    return f'<a download="{name}" href="{address}" style="{look}">save {name}</a> ({size})'
