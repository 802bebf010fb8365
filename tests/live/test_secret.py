"""A figure that asks for a prediction keeps its secret, and what answers it lies folded."""

import base64
import html
import re

import numpy as np
import pytest
from page import List

from adamviz import Explorer, Playground, Training, folded, optimizers, sampling, surfaces
from adamviz.drawing.panel import FAINT
from adamviz.drawing.panels import PANELS
from adamviz.live import folded as module

METHODS = [optimizers.Adam(lr=0.1), optimizers.Momentum(lr=0.003)]
CUT = 30  # the first step that two schedules make differently


def rounds(x, step):
    return np.stack([np.where(step % 3, -1.0, 3.0) + 0 * x[..., 0], 0 * x[..., 0]], axis=-1)


ONLINE = surfaces.Surface(lambda x: x[..., 0], rounds, name="online", start=(0, 0))
WALKED = {"online": ONLINE, "examples": sampling.linear_regression}


def figure(panel, later, first=CUT, **options):
    """Every step from the `first` on is so many times as long."""
    surface, arguments = WALKED.get(panel, "canyon"), {}
    if panel == "components":
        arguments = {"overlay": lambda scene, i: scene.paths["Adam"].x[:, i]}
    return Explorer(
        METHODS,
        surface,
        panels=[(panel, arguments)],
        controls=["beta1", "beta2"],
        steps=60,
        schedule=lambda: lambda step: 1.0 if step < first else later,
        **options,
    )


def seen(shown):
    """What a front end without widgets has of a figure."""
    bundle, metadata = shown._repr_mimebundle_()
    return bundle["image/png"], bundle["text/plain"], metadata["image/png"]["alt"]


@pytest.mark.parametrize("panel", PANELS)
def test_what_comes_later_changes_nothing(panel):
    # Axes have room for all steps, and these two need the same.
    one, other = (figure(panel, later, secret=True) for later in (0.89, 0.8))
    for step in (0, 10, CUT - 1):
        one.set(step=step)
        other.set(step=step)
        assert seen(one) == seen(other)
    one.set(step=60)
    other.set(step=60)
    assert seen(one)[:2] != seen(other)[:2]


@pytest.mark.parametrize("panel", PANELS)
def test_the_first_state_does_not_tell_where_the_first_step_goes(panel):
    one, other = (figure(panel, later, first=0, secret=True) for later in (0.89, 0.85))
    assert seen(one) == seen(other)


def test_it_opens_at_step_0_and_there_a_divergence_is_not_told():
    def made(later):
        schedule = lambda: lambda step: later if step > 5 else 1.0  # noqa: E731
        return Explorer([optimizers.GradientDescent(lr=0.018)], schedule=schedule, secret=True)

    one, other = made(1.0), made(100.0)
    assert one.experiment.step == 0 == other.experiment.step
    assert seen(one) == seen(other)
    gone = other.paths["gradient descent"].diverged
    for step in (gone - 1, gone):
        other.set(step=step)
        assert (f"diverged at step {gone}" in str(other)) == (step == gone)
    assert seen(one)[0] != seen(other)[0]


def test_an_arrival_is_told_by_the_step_that_arrives():
    shown = Explorer(METHODS, steps=200, secret=True)
    first = shown.paths["Adam"].steps_to(1e-3)
    for step in (0, first - 1, first):
        shown.set(step=step)
        assert (f"below 0.001 from step {first} on" in str(shown)) == (step == first)
        assert "at the end" not in str(shown)


def test_a_path_that_leaves_again_is_not_said_to_have_arrived():
    """What is told of a step holds up to there: nobody knows yet whether it stays."""
    shown = Explorer([optimizers.Momentum(lr=0.003)], target=1.0, steps=200, secret=True)
    below = shown.paths["momentum"].gap < 1.0
    again = int(np.flatnonzero(np.diff(below.astype(int)) == 1)[1]) + 1  # it comes a second time
    first = int(below.argmax())
    for step, told in ((first, first), (again - 1, None), (again, again)):
        shown.set(step=step)
        assert ("from step" in str(shown)) == (told is not None), step
        assert told is None or f"from step {told} on" in str(shown)


@pytest.mark.parametrize("panel", PANELS)
def test_at_the_last_step_all_is_told_as_ever(panel):
    secret, usual = figure(panel, 0.9, secret=True), figure(panel, 0.9)
    assert str(secret) != str(usual)
    finished = secret.finished()
    assert repr(finished) == str(usual)
    assert secret.experiment.step == 0
    secret.set(step=60)
    assert str(secret) == str(usual)
    secret.buttons["@reset"]()
    assert secret.experiment.step == 0 and secret.experiment.secret


def faint(shown):
    lists = [List(data) for data in shown.widget.moving]
    return sum(style[1] == FAINT for drawn in lists for style in drawn.styles)


@pytest.mark.parametrize("panel", ["landscape", "loss", "moments", "turning"])
def test_a_page_gets_no_line_of_what_is_to_come(panel):
    assert faint(figure(panel, 0.9)) > 0
    secret = figure(panel, 0.9, secret=True)
    assert faint(secret) == 0
    secret.set(step=60)
    assert faint(secret) == 0  # or a page would have them when it walks back


def test_a_playground_keeps_it_too():
    made = Playground(goal="1 gradient descent", kappa=20.0, steps=100, target=1e-6, secret=True)
    assert "goal" not in str(made)
    names = {"Playground": Playground, "optimizers": optimizers}
    again = eval(made.code, names)
    assert str(again) == str(made) and again.experiment.secret
    made.set(step=100)
    assert "goal 1 gradient descent: not yet" in str(made)


@pytest.mark.parametrize("panel", ["layer gradients", "layer updates"])
def test_a_training_opens_without_its_first_step(panel):
    stills, said = [], []
    for correct in (True, False):  # without the correction the first step is 3.16 times as long
        method = optimizers.Adam(lr=0.02, bias_correction=correct)
        made = Training([method], panels=[panel], depth=2, epochs=1, seeds=(0,), secret=True)
        still, words, _ = seen(made)
        stills.append(still)
        said.append(words.replace(", no bias correction", ""))
    assert stills[0] == stills[1] and said[0] == said[1]
    made.set(step=1)
    assert seen(made)[0] != stills[0]


def test_a_training_that_is_finished_leaves_the_figure_untrained():
    made = Training([optimizers.Adam(lr=0.01)], depth=2, epochs=2, seeds=(0,), secret=True)
    before = seen(made)
    assert "epoch 2 of 2" in repr(made.finished())
    assert seen(made) == before
    assert made.paths["Adam"].trained == 0


@pytest.mark.parametrize("wrong", ["yes", 1, None])
def test_a_wrong_secret_is_refused(wrong):
    with pytest.raises(ValueError, match=r"secret must be True or False"):
        Explorer(METHODS, secret=wrong)


# --- folds ------------------------------------------------------------------------------------


def parts(fold):
    """The plain text of a fold, and its HTML without what folds it."""
    bundle = fold._repr_mimebundle_()
    shown = re.fullmatch(
        r"<details>\n<summary>(.+)</summary>\n(<img .+>\n)?<pre style=\"[^\"]*\">(.*)</pre>\n"
        r"</details>",
        bundle["text/html"],
        re.DOTALL,
    )
    return bundle["text/plain"], *shown.groups()


@pytest.fixture
def displayed(monkeypatch):
    found = []
    monkeypatch.setattr(module, "display", found.append)
    return found


def test_what_is_printed_is_folded_as_one_output(displayed, capsys):
    with folded("Claim 3.1"):
        print("Claim 3.1: α < 2 & α > 1")
        print("  <b>two</b> lines")
    assert capsys.readouterr().out == ""
    ((plain, title, picture, inside),) = map(parts, displayed)
    assert plain == "Claim 3.1: α < 2 & α > 1\n  <b>two</b> lines"
    assert title == "<b>Claim 3.1</b> (predict first)" and picture is None
    assert "<b>" not in inside and html.unescape(inside) == plain


def test_an_error_goes_on_and_what_was_printed_is_there(displayed):
    with pytest.raises(ZeroDivisionError), folded("Claim <1>", hint="try & see"):
        print("so far", 1)
        print(1 / 0)
    ((plain, title, _, _),) = map(parts, displayed)
    assert plain == "so far 1" and title == "<b>Claim &lt;1&gt;</b> (try &amp; see)"
    with pytest.raises(ZeroDivisionError), folded("Claim 2"):
        print(1 / 0)
    assert len(displayed) == 1


@pytest.mark.parametrize("wrong", ["", "two\nlines", 3])
def test_a_wrong_title_is_refused(wrong):
    with pytest.raises(ValueError, match="title"), folded(wrong):
        pass
    with pytest.raises(ValueError, match="hint"):
        figure("loss", 0.9).finished(wrong)


def test_the_finished_picture_has_its_readout_below_and_as_its_alternative_text():
    label = 'a "quoted" <b>label</b>'
    made = Explorer({label: METHODS[0]}, steps=20, secret=True)
    plain, title, picture, inside = parts(made.finished("try first"))
    assert title == "<b>The finished figure</b> (try first)"
    assert plain == html.unescape(inside) == html.unescape(re.search('alt="([^"]*)"', picture)[1])
    data = base64.b64decode(re.search(r"base64,([^\"]+)", picture)[1])
    assert data.startswith(b"\x89PNG") and len(data) < 40_000
