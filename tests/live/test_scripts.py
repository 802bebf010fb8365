"""Labels, names and captions in any script: readable where there is a font, else it is said.

A font for a script is nothing that every machine has. What needs one is skipped aloud where it is
missing; that nothing warns and nothing is lost holds everywhere (warnings are errors here).
"""

import io
import logging
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import font_manager
from PIL import Image

from adamviz import Control, Explorer, optimizers, surfaces
from adamviz.drawing import export, fonts

SCRIPTS = {
    "Chinese": "动量法",
    "Japanese": "モメンタム法",
    "Korean": "모멘텀",
    "Arabic": "الزخم السريع",
    "Hindi": "संवेग क्षितिज",
    "Cyrillic": "Импульс",
    "mixed": "动量法 Adam β₁ = 0.9, √v̂ الزخم",
    "Thai": "โมเมนตัม",
    "sign": "🚀 \N{COMBINING ENCLOSING KEYCAP} ok\ufe0f",
}
LATIN = "momentum"
NOWHERE = "\U000105c0"  # a letter of Todhri; where a font has it, take another one


@pytest.fixture
def few(monkeypatch):
    """A machine on which DejaVu Sans alone is installed."""
    clear()
    own = [e for e in font_manager.fontManager.ttflist if e.name == "DejaVu Sans"]
    monkeypatch.setattr(fonts, "fontManager", SimpleNamespace(ttflist=own))
    monkeypatch.setattr(fonts, "findSystemFonts", list)
    yield
    clear()


def clear():
    for function in (fonts._families, fonts._others, fonts.fitted, fonts._parts):
        function.cache_clear()


@pytest.fixture(autouse=True)
def silent(capfd, caplog):
    """matplotlib warns in its log, too, which a notebook shows in red."""
    yield
    assert capfd.readouterr().err == ""
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []


def figure(label, surface="canyon", **options):
    """All places where a reader's words can stand, in two pictures."""
    controls = ["lr", Control("beta1", f"{label} β", [0.5, 0.9]), Control("mood", label, [label])]
    methods = {label: lambda lr, beta1=0.9, mood="": optimizers.Adam(lr, beta1)}
    methods["diverges"] = optimizers.GradientDescent(lr=1.0)
    panels = [["landscape", "loss"], ["moments", "map"]]
    named = {surface: lambda: surfaces.Surface(surfaces.canyon().value, name=surface)}
    return Explorer(methods, named, controls=controls, panels=panels, steps=10, **options)


def missing(label):
    said = [f"no font on this machine has {c}" for c in label]
    return said


@pytest.mark.parametrize("label", SCRIPTS.values(), ids=SCRIPTS)
@pytest.mark.parametrize("size", ["screen", "projector"])
def test_any_script_can_be_drawn_everywhere(label, size):
    explorer = figure(label, label, size=size)
    explorer.set(step=3)
    lacking = fonts.lacking(label)
    said = f"no font on this machine has {' '.join(lacking)}"
    assert (said in str(explorer).splitlines()[-1]) == bool(lacking)
    assert label in str(explorer)
    what = explorer.screen.rows(explorer.experiment), explorer.experiment.scene(), size
    Image.open(io.BytesIO(export.still(*what))).verify()
    ET.fromstring(export.still(*what, "svg"))
    if size == "screen":  # it takes most of the time
        Image.open(io.BytesIO(export.animation(*what, frames=2))).verify()


def inks(words, format):
    """What is drawn of a text: pixels of an axes' title and of the caption, or paths."""
    explorer = Explorer({words: optimizers.Adam(lr=0.1)}, panels=["moments"], steps=5)
    experiment = explorer.experiment
    data = export.still(explorer.screen.rows(experiment), experiment.scene(), format=format)
    if format == "svg":
        paths = ET.fromstring(data).iter("{http://www.w3.org/2000/svg}path")
        return sorted(e.get("d") or "" for e in paths if e.get("id"))
    picture = explorer.screen.picture
    top = np.asarray(picture.frame().convert("L"))[:50]
    return [top.tobytes()]


@pytest.mark.parametrize("name", ["Chinese", "Japanese", "Korean", "Hindi", "Thai"])
@pytest.mark.parametrize("format", ["png", "svg"])
def test_letters_are_drawn_where_there_is_a_font(name, format):
    """None of them is a box, and two texts of one length are two pictures."""
    label = SCRIPTS[name]
    if fonts.lacking(label):
        pytest.skip(f"this machine has no font for {name}: such as those of fonts-noto")
    assert fonts.fitted(label)[1] == label
    other = label[1:] + label[0]
    seen = inks(label, format), inks(other, format), inks("□" * len(label), format)
    assert seen[0] != seen[2]
    assert format == "svg" or seen[0] != seen[1]
