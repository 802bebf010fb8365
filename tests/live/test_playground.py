"""The playground: its line of code, its lock, its goals and its files, without a browser."""

import base64
import io
import xml.etree.ElementTree as ET
from dataclasses import dataclass, fields

import numpy as np
import pytest
from page import Page, drawn_in, saved
from PIL import Image

from adamviz import Playground, optimizers, rates, sampling, surfaces, tune
from adamviz.live.goals import GOALS
from adamviz.live.playground import METHODS

WILD = {"gradient descent.lr": 0.5, "Adam.lr": 0.2, "Adam.beta1": 0.5}


def again(line, **names):
    return eval(line, {"Playground": Playground, "optimizers": optimizers, **names})


def file(page, kind):
    """The name and the bytes that the page offers after a button was pressed."""
    page.press(f"@{kind}")
    name, mime, data = saved(page.extra["@saved"])
    return name, mime, base64.b64decode(data)


def shown(page):
    """The rows of methods above the picture: of each the keys of its own controls, by its name."""
    rows = [row for row in page.parts["rows"] if isinstance(row, list) and "show:" in row[0]]
    return {row[0][5:]: row[1:-1] for row in rows}


@pytest.mark.parametrize(
    "state",
    [
        {},
        WILD | {"step": 7, "steps": 100, "start": (1.0, -0.5)},
        {"show": ["Nadam", "RMSprop"], "RMSprop.momentum": 0.5, "Adadelta.rho": 0.95},
        {"kappa": 20.0, "angle": float(np.radians(45)), "sigma": 1.0, "seed": 4, "target": 1e-6},
        {"surface": "sloping canyon", "panel": "moments", "lock": True, "focus": "momentum"},
        {"show": [], "goal": "4 Rosenbrock"},
        {"Adam.bias_correction": False, "momentum.average": True, "RMSprop.centered": True},
    ],
    ids=lambda state: ", ".join(state),
)
def test_the_line_of_code_makes_the_same_state(state):
    first = Playground()
    first.set(**state)
    second = again(first.code)
    assert str(second) == str(first)
    assert second.code == first.code
    one, other = Page(first), Page(second)
    assert (other.picture, other.keys) == (one.picture, one.keys)
    assert second.values == first.values
    # The surface with which a playground begins comes first in its menu.
    assert other.state == one.state | {"surface": other.state["surface"]}
    assert one.extra["@code"] == first.code


def test_a_surface_and_a_method_of_ones_own():
    @dataclass(frozen=True)
    class Sign(optimizers.Optimizer):
        label = "sign descent"

        def step(self, state, gradient, x):
            return {}, x - self.lr * np.sign(gradient)

    bowl = surfaces.Surface(lambda x: (x**2).sum(axis=-1), name="my bowl", minima=[(0, 0)])
    first = Playground([Sign(lr=0.05)], bowl)
    first.set(**{"sign descent.lr": 0.1}, sigma=0.5)
    assert first.code == "Playground([Sign(lr=0.1)], my_bowl, sigma=0.5)"
    assert str(again(first.code, Sign=Sign, my_bowl=bowl)) == str(first)
    first.set(surface="beale")
    assert "'beale'" in first.code


def test_a_function_that_has_its_own_noise_or_seed_keeps_them():
    def hill(kappa=10.0, *, sigma=0.0):
        return surfaces.NoisySurface(surfaces.canyon(kappa), sigma, seed=9)

    for own in (sampling.linear_regression, hill):
        playground = Playground([optimizers.Adam(lr=0.1)], own)
        playground.set(seed=3, sigma=0.5, kappa=20.0)
        assert not Page(playground).error
    assert playground.surface.sigma == 0.5 and playground.surface.seed == 9
    playground = Playground([optimizers.Adam(lr=0.1)], sampling.linear_regression)
    playground.set(seed=3)
    here = playground.paths["Adam"].gradient[0]
    assert here == pytest.approx(sampling.linear_regression(seed=3).gradient([-1.5, 2.0], 0))


def test_a_surface_of_the_collection_may_be_given_by_its_function():
    playground = Playground([optimizers.Adam(lr=0.1)], surfaces.sloping_canyon)
    assert "'sloping_canyon'" in playground.code
    assert str(again(playground.code)) == str(playground)
    assert len(Page(playground).parts["items"]["surface"]["texts"]) == len(surfaces.SURFACES)


def test_a_file_that_cannot_be_made_says_so(monkeypatch):
    page = Page(Playground())
    with monkeypatch.context() as patch:
        patch.setattr("adamviz.live.playground.still", lambda *what: 1 / 0)
        page.press("@png")
    assert "failed: ZeroDivisionError" in page.extra["@saved"]
    assert file(page, "png")[0] == "adamviz-canyon.png"


def test_the_end_stays_the_end_when_the_walk_gets_longer():
    playground = Playground()
    playground.set(steps=50)
    playground.set(steps=1000)
    page = Page(playground)
    assert page.state["step"] == page.now["steps"] == 1000


def test_all_methods_have_sliders_for_all_they_have():
    page = Page(playground := Playground())
    wanted = {f"{k}.{f.name}" for k, method in METHODS.items() for f in fields(method)}
    assert {name for name in playground.values if "." in name} == wanted
    for kind in optimizers.OPTIMIZERS:
        page.stand("focus", kind.label)
        assert kind.label in playground.paths  # choosing it shows it
        rows = shown(page)
        assert [*rows] == [*playground.paths]
        assert {*rows.pop(kind.label)} == {f"{kind.label}.{f.name}" for f in fields(kind)}
        assert all(own == [f"{label}.lr"] for label, own in rows.items())


def test_the_method_that_is_shown_comes_into_focus_where_the_focus_goes():
    page = Page(playground := Playground())
    assert playground.experiment.focus == "Adam"
    page.move("show:Adam", 0)
    assert playground.experiment.focus == "momentum" and "Adam" not in playground.paths
    page.show()
    assert "no method is shown" in page.words and not page.error
    page.move("show:Nadam", 1)
    assert [*playground.paths] == ["Nadam"] and playground.experiment.focus == "Nadam"


def test_the_first_rates_are_the_best_on_their_canyon():
    for label in ("gradient descent", "momentum", "Nesterov", "Adam"):
        found = tune(METHODS[label], surfaces.canyon(), (-4.0, 1.5), 300, lr=rates(1e-5, 10))
        assert METHODS[label] == found.optimizer


def test_the_lock_keeps_the_ratios():
    page = Page(playground := Playground(lock=True))
    first = playground.values
    for value in (0.2, 10.0, 1e-5, 0.2):
        page.stand("Adam.lr", value)
    for name in (name for name in first if name.endswith(".lr")):
        assert playground.values[name] / first[name] == pytest.approx(2, rel=0.07)
    page.stand("Adam.lr", 0.1)
    assert playground.values == first
    page.stand("lock", False)
    page.stand("Adam.lr", 1.0)
    assert playground.values == first | {"Adam.lr": 1.0, "lock": False}


def test_the_number_of_steps_is_a_slider():
    page = Page(playground := Playground())
    page.stand("steps", 100)
    assert (page.now["steps"], page.state["step"]) == (100, 100)
    assert all(len(path.x) == 101 for path in playground.paths.values())
    page.stand("step", 40)
    page.stand("steps", 500)
    assert (page.now["steps"], page.state["step"]) == (500, 40)
    page.press("@reset")
    assert str(playground) == str(Playground())


SOLVED = {
    "1 gradient descent": {"gradient descent.lr": 0.09},
    "2 momentum": {"momentum.lr": 0.028, "momentum.momentum": 0.7},
    "3 Adam": {"Adam.lr": 0.4, "Adam.beta1": 0.5},
    "4 Rosenbrock": {"momentum.lr": 0.0018},
    "5 noise": {"gradient descent.lr": 0.025},
    "6 three minima": {"RMSprop.lr": 1.0, "show": ["gradient descent", "RMSprop", "Adam"]},
}


@pytest.mark.parametrize("name", GOALS)
def test_each_goal_begins_unreached_and_can_be_reached(name):
    page = Page(playground := Playground([optimizers.Adam(lr=3.0)], "beale", step=5))
    page.stand("goal", name)
    assert playground.check().startswith("not yet: ")
    assert playground.check() in page.words and "not yet" in page.extra["@card"]
    playground.set(**SOLVED[name])
    assert playground.check().startswith("reached: ")
    assert "reached" in page.extra["@card"]
    assert again(playground.code).check() == playground.check()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"kappa": 10.0}, "κ must stay 20 (now 10)"),
        ({"surface": "beale"}, "the surface must stay canyon"),
        ({"sigma": 1.0}, "the noise σ must stay 0 (now 1)"),
        ({"target": 0.1}, "the target must stay 1e-06 (now 0.1)"),
        ({"steps": 500}, "steps must stay 100 (now 500)"),
        ({"start": (0.0, 0.0)}, "the start must stay (-4, 1.5)"),
        ({"show": ["Adam"]}, "gradient descent must be shown"),
        ({"show": []}, "no method is shown"),
        ({"gradient descent.lr": 0.5}, "gradient descent diverged at step"),
    ],
)
def test_a_goal_cannot_be_reached_by_changing_it(change, why):
    playground = Playground()
    Page(playground).stand("goal", "1 gradient descent")
    playground.set(**SOLVED["1 gradient descent"])
    playground.set(**change)
    assert playground.check().startswith(f"not yet: {why}")


@pytest.mark.parametrize("panel", ["loss", "moments"])
def test_files_hold_the_picture_also_of_a_diverged_path(panel):
    playground = Playground()
    playground.set(**WILD, show=["gradient descent", "Adam"], step=9, steps=100, panel=panel)
    page = Page(playground)
    before = page.picture

    name, mime, data = file(page, "png")
    assert (name, mime) == ("adamviz-canyon.png", "image/png")
    image = Image.open(io.BytesIO(data)).convert("RGB")
    screen = drawn_in(playground).size.width, drawn_in(playground).height
    assert image.size == tuple(2 * n for n in screen)
    bundle, _ = playground._repr_mimebundle_()
    shown = Image.open(io.BytesIO(bundle["image/png"])).convert("RGB")
    for color in ([0xBD, 0x1F, 0x01], [0x00, 0x70, 0x1A]):  # Adam's path, and its step's arrow
        large, small = (
            (abs(np.asarray(i).astype(int) - color).max(axis=2) < 40).sum() for i in (image, shown)
        )
        assert 3 < large / small < 6 and small > 50  # twice as wide, as long, as thick

    name, mime, data = file(page, "svg")
    assert mime == "image/svg+xml"
    root = ET.fromstring(data.decode())
    assert root.tag.endswith("svg")
    for color in ("#4a4a4a", "#bd1f01"):  # of the two methods: what moves is in the file, too
        assert color in data.decode()

    made = []
    page.widget.observe(lambda change: made.append(change.new["extra"].get("@making")), "now")
    name, mime, data = file(page, "gif")
    assert mime == "image/gif"
    gif = Image.open(io.BytesIO(data))
    assert gif.n_frames == 60 and gif.size == screen
    assert "60 of 101 iterates" in page.extra["@saved"]
    assert made == [pytest.approx(k / 61) for k in range(1, 62)] + [None]
    assert page.picture == before


def test_a_file_of_a_state_that_is_gone_is_not_offered():
    page = Page(Playground())
    page.press("@png")
    assert page.extra["@saved"]
    page.stand("step", 3)
    assert not page.extra["@saved"]


def test_the_seed_is_dead_without_noise():
    page = Page(Playground())
    assert "seed" in page.now["idle"]
    page.stand("sigma", 1.0)
    assert "seed" not in page.now["idle"]


def test_projector_keeps_the_panel():
    playground = Playground(panel="moments", size="projector")
    assert "size='projector'" in playground.code
    Page(playground).stand("panel", "loss")
    assert drawn_in(playground).size.width == 1160 and playground.values["panel"] == "loss"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"methods": ["Adam"]}, "methods: .* must be an Optimizer or a function"),
        ({"methods": [optimizers.Adam()] * 2}, "methods must have a label each"),
        ({"surface": "hill"}, "surface must be among canyon.*not 'hill'"),
        ({"surface": 3}, "surface must be a name, a Surface or a function, not 3"),
        ({"alpha": 3}, "settings must be among kappa.*not 'alpha'"),
        ({"panel": "los"}, "panel must be among loss.*not 'los'"),
        ({"goal": "win"}, "goal must be among none.*not 'win'"),
        ({"show": ["Adaam"]}, "show must be among .*not 'Adaam'"),
        ({"steps": 0}, "steps must be a whole number ≥ 1, not 0"),
    ],
)
def test_wrong_arguments_name_themselves(arguments, message):
    with pytest.raises(ValueError, match=message):
        Playground(**arguments)
