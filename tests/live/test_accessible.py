"""Colours that everyone can tell apart, text that everyone can read, labels, and nothing flashes.

What a screen reader and a keyboard meet in the browser is in `browser/test_accessible_lab.py`.
"""

import io
import itertools
import re

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from page import Page, drawn_in
from PIL import Image

from adamviz import Explorer, Playground, Training, descend, optimizers, sampling, surfaces
from adamviz.drawing import export, style
from adamviz.drawing.landscape import TERRAIN
from adamviz.drawing.panels import PANELS, Moments
from adamviz.live.stage import Stage
from adamviz.live.training import CURVES

# --- colours as eyes see them ---------------------------------------------------------------------

# For eyes without one of the three kinds of cones, in linear RGB: Machado, Oliveira and Fernandes
# (2009), "A physiologically-based model for simulation of color vision deficiency", severity 1.
EYES = {
    "all cones": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
# IEC 61966-2-1 (sRGB), white D65.
TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]],
)

# Between two large patches a distance of 2.3 is just seen (Mahy, Van Eycken, Oosterlinck, 1994).
# Lines are thin, and colours in thin things look alike sooner (Stone, Szafir, Setlur, 2014): four
# times as much is asked for.
APART = 10.0
READABLE = 4.5  # WCAG 2.2, success criterion 1.4.3, for text of any size


def linear(color):
    """Linear RGB, `(..., 3)`, of a colour or of values from 0 to 1."""
    c = np.asarray(to_rgb(color) if isinstance(color, str) else color, dtype=float)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(color, eye):
    """CIELAB, `(..., 3)`, of a colour as an eye sees it."""
    seen = np.clip(linear(color) @ np.transpose(EYES[eye]), 0, 1)
    t = seen @ TO_XYZ.T / TO_XYZ.sum(axis=1)
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def distance(one, other, eye):
    """CIE 1976 colour difference."""
    return np.linalg.norm(lab(one, eye) - lab(other, eye), axis=-1)


def luminance(color):
    """Relative luminance, as WCAG defines it."""
    return linear(color) @ TO_XYZ[1]


def contrast(one, other):
    one, other = luminance(one), luminance(other)
    return (np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)


def test_the_measures_have_the_known_values():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)  # a well-known limit
    assert lab("#ff0000", "all cones") == pytest.approx([53.24, 80.09, 67.20], abs=0.1)
    # Red and green of one lightness: a world apart, or nearly one.
    assert distance("#c04040", "#5f7d20", "all cones") > 5 * distance(
        "#c04040", "#5f7d20", "deuteranopia"
    )


def own_styles():
    """Every style there is, by the method's label, or the number of the variant."""
    variants = {f"variant {n}": s for n, s in enumerate(style._VARIANTS, start=1)}
    return {kind.label: s for kind, (s, _) in style.METHODS.items()} | variants


def test_no_two_styles_differ_in_colour_alone():
    """Line and marker together name a style, so that it survives a photocopier."""
    looks = [(s.line, s.marker) for s in own_styles().values()]
    assert len(looks) == len(set(looks))


@pytest.mark.parametrize("eye", EYES)
def test_lines_of_one_kind_have_colours_that_stay_apart(eye):
    """Some panels draw no markers: there, a line's kind and its colour must be enough."""
    alike = {
        (a, b): round(float(distance(s.color, t.color, eye)), 1)
        for (a, s), (b, t) in itertools.combinations(own_styles().items(), 2)
        if s.line == t.line and distance(s.color, t.color, eye) < APART
    }
    assert alike == {}


def test_no_two_methods_have_one_colour():
    """Whatever their lines: in a lecture one says "the red one"."""
    looks = {kind.label: s.color for kind, (s, _) in style.METHODS.items()}
    alike = [
        f"adamviz/drawing/style.py: {a} and {b} look alike"
        for (a, one), (b, other) in itertools.combinations(looks.items(), 2)
        if distance(one, other, "all cones") < APART
    ]
    assert alike == []


@pytest.mark.parametrize("eye", EYES)
def test_arrows_stay_apart(eye):
    """And each has a width of its own."""
    colors, widths = zip(*style.ARROWS.values(), strict=True)
    assert min(distance(a, b, eye) for a, b in itertools.combinations(colors, 2)) > APART
    assert len(set(widths)) == len(widths)


@pytest.mark.parametrize("eye", EYES)
def test_moments_stay_apart(eye):
    """Two parts of one method that are drawn alike have colours that stay apart."""
    parts = {part[0]: part[3:6] for part in Moments.parts}
    for kind in optimizers.OPTIMIZERS:
        shown = {"g"} | descend(kind(lr=0.1), surfaces.canyon(), (-4.0, 1.5), steps=1).state.keys()
        for a, b in itertools.combinations([parts[n] for n in shown & parts.keys()], 2):
            if a[1:] == b[1:]:
                assert distance(a[0], b[0], eye) > APART, kind


@pytest.mark.parametrize("eye", EYES)
def test_paths_and_arrows_stand_out_from_the_landscape(eye):
    drawn = [s.color for s in own_styles().values()] + [c for c, _ in style.ARROWS.values()]
    ground = TERRAIN(np.linspace(0, 1, 20))[:, :3]
    for color in drawn:
        assert distance(color, ground, eye).min() > 2 * APART, color


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("colors", [TERRAIN, matplotlib.colormaps["cividis"]], ids=lambda c: c.name)
def test_scales_of_colour_get_steadily_lighter(colors, eye):
    """So that more and less are told apart by lightness alone."""
    lightness = lab(colors(np.linspace(0, 1, 20))[:, :3], eye)[:, 0]
    assert (np.diff(lightness) > 0).all()


# --- text in pictures and on the page -------------------------------------------------------------

METHODS = [kind(lr=0.05) for kind in optimizers.OPTIMIZERS]


def texts_with_ground(figure):
    """Each text of a figure, with the pixels that lie under it."""
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    boxes = [t.get_window_extent() for t in texts]
    for text in texts:
        text.set_visible(False)
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[::-1, :, :3] / 255
    for text, box in zip(texts, boxes, strict=True):
        x, y = np.clip([box.intervalx, box.intervaly], 0, None).astype(int)
        under = pixels[slice(*y), slice(*x)].reshape(-1, 3)
        for halo in text.get_path_effects() or ():  # a ground of its own
            under = np.array([to_rgb(halo._gc["foreground"])])
        if len(under):
            yield text, under


@pytest.mark.parametrize("panel", PANELS)
def test_text_in_a_picture_can_be_read(panel):
    controls = ["lr", "beta1"]  # a map needs two
    explorer = Explorer(METHODS, panels=[panel], controls=controls, steps=20)
    figure = drawn_in(explorer).figure
    found = list(texts_with_ground(figure))
    assert len(found) > 5
    for text, under in found:
        # A grid line may pass behind a letter.
        assert np.quantile(contrast(text.get_color(), under), 0.1) >= READABLE, text


def test_what_a_landscape_says_of_a_lost_path_can_be_read():
    explorer = Explorer([optimizers.GradientDescent(lr=1.0)], panels=["landscape"])
    note = drawn_in(explorer).panels[0].note
    assert note.get_text()
    ground = TERRAIN(np.linspace(0, 1, 20))[:, :3]
    assert contrast(note.get_color(), ground).min() >= READABLE


def test_the_caption_can_be_read():
    explorer = Explorer(METHODS[:1])
    png = explorer.screen.still(explorer.experiment.scene())
    line = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))[:18] / 255
    dark, light = (line.reshape(-1, 3)[pick(luminance(line))] for pick in (np.argmin, np.argmax))
    assert contrast(dark, light) >= READABLE


# JupyterLab's pages in its light and dark themes.
PAGES = {"light": "#ffffff", "dark": "#111111"}


def html_shown():
    """What stands on the page as HTML, in every state that has colours, by the state's name."""
    page = Page(playground := Playground())
    playground.begin("1 gradient descent")
    assert "not yet" in page.extra["@card"]
    yield "goal not reached", page.extra["@card"]
    playground.set(**{"gradient descent.lr": 0.09})
    assert "reached" in page.extra["@card"] and "not yet" not in page.extra["@card"]
    yield "goal reached", page.extra["@card"]
    yield "link to a file", export.link(b"", "a.png")


@pytest.mark.parametrize("page", PAGES)
def test_text_on_the_page_can_be_read(page):
    """In both themes: its own colour on its own background, or both as the theme has them."""
    for state, shown in html_shown():
        for look in re.findall(r'style="([^"]*)"', shown):
            rules = dict(re.findall(r"(?:^|[\s;])(color|background): *(#\w+)", look))
            if "color" not in rules:
                assert not rules, f"{state}: {rules} without a colour for the text"
                continue
            ground = rules.get("background", PAGES[page])
            assert contrast(rules["color"], ground) >= READABLE, (state, rules)


def test_what_the_style_sheet_colours_can_be_read():
    """Text has both its colours from the theme, or both its own."""
    own = 0
    for who, rules in re.findall(r"([^{}]+)\{([^{}]*)\}", Stage._css):
        found = dict(re.findall(r"(?:^|[\s;])(color|background): *([^;]+?) *(?:;|$)", rules))
        fixed = {name: value for name, value in found.items() if value.startswith("#")}
        if "color" in fixed:
            own += 1
            assert contrast(fixed["color"], fixed["background"]) >= READABLE, who
        elif "background" in fixed:
            assert "canvas" in who or "svg" in who, who  # there is no text in it but the picture's
    assert own >= 2  # what went wrong, and that nobody answers


# --- labels ---------------------------------------------------------------------------------------

FIGURES = {
    "explorer": lambda: Explorer(
        METHODS, ["canyon", "rosenbrock"], controls=["lr", "kappa", "angle", "bias_correction"]
    ),
    "playground": Playground,
    "training": lambda: Training([METHODS[0], METHODS[6]], epochs=1, seeds=[0], width=4),
}
SILENT = ("html", "said")


def labels(item):
    return item["labels"] if "labels" in item else [item["label"]]


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_every_control_has_a_label_of_its_own(make):
    page = Page(make())
    items = [page.parts["items"][key] for key in page.keys]
    items = [item for item in items if item["kind"] not in SILENT]
    names = [name for item in items for name in labels(item)]
    assert len(names) > 7 and all(name.strip() for name in names)
    assert len(names) == len(set(names))  # or nobody knows which is which
    for item in items:
        if item["kind"] in ("button", "toggle"):
            assert item["tip"]
        if item["kind"] in ("slider", "menu") and "texts" in item:  # what is said of each stop
            assert all(text.strip() for text in item["texts"])
            assert len(item["texts"]) == len(set(item["texts"]))


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_every_figure_is_also_text(make):
    """It stands below the picture, and is the picture's alternative text where that is stored."""
    page = Page(figure := make())
    assert "@words" in page.parts["rows"] and page.words == str(figure)
    bundle, metadata = figure._repr_mimebundle_()
    assert bundle["text/plain"] == metadata["image/png"]["alt"] == str(figure)
    for label, path in figure.paths.items():
        assert f"  {label} (α = {path.optimizer.lr:.4g}" in page.words
    before = page.words
    page.stand("step", 0)
    assert page.words == str(figure) != before


# These show the losses and accuracies that stand in the lines of the methods.
SAID_BY_THE_METHODS = {"loss", "training loss", "test accuracy"}


@pytest.mark.parametrize("panel", [*PANELS, *CURVES])
def test_every_panel_is_said_in_words(panel):
    """By a line of its own, unless the lines of the methods say all of it."""
    if panel in CURVES:
        figure = Training([METHODS[6]], panels=[panel], epochs=2, seeds=[0], width=4)
    else:
        surface = sampling.linear_regression() if panel == "examples" else "canyon"
        figure = Explorer(METHODS[5:7], surface, panels=[panel], controls=["lr", "eps"], steps=20)
    (drawn,) = drawn_in(figure).panels
    lines = drawn.say(figure.experiment.scene())
    assert bool(lines) != (panel in SAID_BY_THE_METHODS)
    assert all(line.strip() for line in lines)
    assert str(figure).endswith("\n  ".join(["", *lines]))


# --- nothing flashes ------------------------------------------------------------------------------

# WCAG 2.2, 2.3.1: a flash is a pair of opposing changes of relative luminance by 0.1 or more; it
# is below the threshold where at most a quarter of a 341 × 256 pixel field changes at once.
CHANGE, FIELD = 0.1, 341 * 256 // 4


def frames(explorer, steps):
    for step in steps:
        png = explorer.screen.still(explorer.experiment.with_(step=step).scene())
        frame = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
        yield linear(np.arange(256) / 255)[frame] @ TO_XYZ[1]


@pytest.mark.parametrize(
    "panels", [("landscape", "loss"), ("moments", "effective step"), ("components", "turning")]
)
def test_play_does_not_flash(panels):
    """Eight pictures a second, but only thin things move: never a quarter of a field at once.

    All methods, in the larger of the two sizes, and counted over the whole picture.
    """
    explorer = Explorer(METHODS, "canyon", panels=panels, steps=20, size="projector")
    changed = [
        np.count_nonzero(np.abs(new - old) >= CHANGE)
        for old, new in itertools.pairwise(frames(explorer, range(21)))
    ]
    assert 0 < max(changed) < FIELD
