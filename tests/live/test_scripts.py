"""Labels, names and captions in any script: readable where there is a font, else it is said.

Not every machine has a font for every script. What needs one is skipped aloud where it is missing;
that nothing warns and nothing is lost holds everywhere (warnings are errors here).
"""

import io
import logging
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib.figure import Figure
from page import Page, drawn_in
from PIL import Image

from adamviz import Control, Explorer, Playground, optimizers, surfaces
from adamviz.drawing import export, fonts
from adamviz.drawing.panel import Panel

SCRIPTS = {
    "Chinese": "动量法",
    "Japanese": "モメンタム法",
    "Korean": "모멘텀",
    "Arabic": "الزخم السريع",
    "Hindi": "संवेग क्षितिज",
    "Cyrillic": "Импульс",
    "Thai": "โมเมนตัม",
    "mixed": "动量法 Adam β₁ = 0.9, √v̂ الزخم",
    "signs": "🚀🧪\u200d ok\ufe0f 5\u20e3",
    "spaces": "全角\u3000空白",
    "dollars": "动 $x^$ 5 $ and $\\nothing$",
    "a low line": "_动",
}


@pytest.fixture(autouse=True)
def silent(capfd, caplog):
    """matplotlib warns in its log, too, which a notebook shows in red."""
    yield
    assert capfd.readouterr().err == ""
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == []


def forget():
    for function in (fonts._families, fonts._others, fonts.fitted, fonts._parts):
        function.cache_clear()


@pytest.fixture(params=["this machine's fonts", "DejaVu Sans alone"])
def machine(request, monkeypatch):
    """A machine as it is, and one without any other font."""
    if request.param == "DejaVu Sans alone":
        entries = [e for e in font_manager.fontManager.ttflist if e.name == fonts.SANS]
        monkeypatch.setattr(fonts, "fontManager", SimpleNamespace(ttflist=entries))
        monkeypatch.setattr(fonts, "findSystemFonts", list)
    forget()
    yield request.param
    forget()


def figure(words, **options):
    """A reader's words wherever they can stand, in two pictures."""
    first = surfaces.Surface(surfaces.canyon().value, minima=[(0, 0)], name=words)
    methods = {
        words: lambda lr, beta1=0.9, mood="": optimizers.Adam(lr, beta1),
        f"{words} diverges": optimizers.GradientDescent(lr=1.0),
    }
    controls = [Control("beta1", f"{words} β", [0.5, 0.9]), Control("mood", words, [words])]
    return Explorer(
        methods,
        {words: lambda: first},
        controls=["lr", *controls],
        panels=[["landscape", "loss"], ["moments", "map"]],
        steps=10,
        **options,
    )


@pytest.mark.parametrize("words", SCRIPTS.values(), ids=SCRIPTS)
def test_any_words_can_stand_everywhere(words, machine):
    page = Page(explorer := figure(words))
    lacking = fonts.lacking(words)
    said = f"no font on this machine has {' '.join(lacking)}"
    for change in ({"step": 3}, {"show": [f"{words} diverges"]}, {"show": [words], "lr": 0.2}):
        explorer.set(**change)
        assert words in str(explorer) == page.words and not page.error
        assert (str(explorer).splitlines()[-1].strip() == said) == bool(lacking)
    what = explorer.screen.rows(explorer.experiment), explorer.experiment.scene(), "projector"
    Image.open(io.BytesIO(export.still(*what))).verify()
    ET.fromstring(export.still(*what, format="svg"))
    Image.open(io.BytesIO(export.animation(*what, frames=2))).verify()


def test_what_is_lacking_is_said_once_and_by_letters_alone(machine):
    if machine != "DejaVu Sans alone":
        assert fonts.lacking("momentum β₁ Импульс الزخم") == []
        return
    assert fonts.lacking("动量动", "法\n", "\u3000\u200d") == sorted("动量法")
    assert fonts.fitted("a\u3000动\u0bbe") == ([fonts.SANS], "a □")  # a mark goes with its letter
    assert "no font" not in str(Playground())


def drawn(words):
    """Pixels of a text in a figure, and of one in an image, cut to what is not white."""
    canvas = fonts.Canvas(Figure((8, 1)))
    canvas.figure.text(0.05, 0.3, words, fontsize=20)
    canvas.draw()
    image = Image.new("RGB", (800, 100), "white")
    fonts.write(image, (10, 10), words, 20, "black")
    for pixels in (np.asarray(canvas.buffer_rgba())[..., 0], np.asarray(image)[..., 0]):
        rows, columns = np.nonzero(pixels < 128)
        yield pixels[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


@pytest.mark.parametrize("name", ["Chinese", "Japanese", "Korean", "Hindi", "Thai"])
def test_letters_are_drawn_where_there_is_a_font(name):
    """Each is another one in pixels, and none of them is a box, in a figure and in a caption."""
    letters = [c for c in SCRIPTS[name] if c.isalpha()]
    if fonts.lacking(*letters):
        pytest.skip(f"no font for {name} on this machine; Debian has some in fonts-noto")
    written = {*letters, "□"}
    for kind in zip(*map(drawn, written), strict=True):  # in a figure, then in an image
        assert len({(pixels.shape, pixels.tobytes()) for pixels in kind}) == len(written)


def test_words_of_several_fonts_stand_on_one_line_in_their_order():
    if fonts.lacking("动"):
        pytest.skip("no font for Chinese on this machine; Debian has some in fonts-noto")
    parts = fonts._parts("Adam 动 β₁ 量", 20)
    assert "".join(part for _, part in parts) == "Adam 动 β₁ 量"
    assert [part for _, part in parts] == ["Adam ", "动", " β₁ ", "量"]
    assert fonts.width("Adam 动", 20) == pytest.approx(
        fonts.width("Adam ", 20) + fonts.width("动", 20)
    )


def test_dollars_are_a_readers_own_and_mathematics_a_panels():
    """Between dollars a method's label is as it is typed, as on its button."""
    explorer = Explorer({"$x^2$": optimizers.Adam(lr=0.1)}, panels=["loss", "moments"], steps=5)
    loss, moments = drawn_in(explorer).panels
    (label,) = loss.legends[loss.axes[0]].get_texts()
    assert label._preprocess_math(label.get_text()) == ("$x^2$", False)
    title = moments.axes[0].title
    assert title._preprocess_math(title.get_text()) == ("moments: $x^2$", False)
    name = moments.axes[0].texts[0]
    assert name._preprocess_math(name.get_text()) == ("coordinate $x_1$", True)


def test_a_panel_of_ones_own_needs_to_know_nothing_of_it():
    class Own(Panel):
        title = "标题 $x_1$"

        def draw(self, scene):
            self.note = self.text(self.axes[0], 0.1, 0.5)

        def move(self, scene):
            self.note.set_text(f"第 {scene.step} 步\n{scene.focus}")

    explorer = Explorer([optimizers.Adam(lr=0.1)], panels=["loss", Own], steps=5)
    explorer.set(step=3)
    assert "  第 3 步\n  Adam" in str(explorer)
    assert ("no font" in str(explorer)) == bool(fonts.lacking("标题第步"))
