"""The playground: its line of code, its lock, its goals and its files, without a browser."""

import base64
import io
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, fields

import numpy as np
import pytest
from PIL import Image

from adamviz import Playground, optimizers, rates, sampling, surfaces, tune
from adamviz.live.goals import GOALS
from adamviz.live.playground import METHODS

WILD = {"gradient descent.lr": 0.5, "Adam.lr": 0.2, "Adam.beta1": 0.5}


def again(line, **names):
    return eval(line, {"Playground": Playground, "optimizers": optimizers, **names})


def file(playground, kind):
    """The name and the bytes that the page offers after a button was pressed."""
    playground._files.make(kind)
    saved = playground._files.saved.value
    name, mime, data = re.match(
        r'<a download="([^"]+)" href="data:([a-z/+]+);base64,([^"]+)"', saved
    ).groups()
    return name, mime, base64.b64decode(data)


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
    assert second.screen.image.value == first.screen.image.value
    assert {k: v for k, v in second.values.items()} == first.values


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
        assert "ValueError" not in playground.words.value
    assert playground.surface.sigma == 0.5 and playground.surface.seed == 9
    playground = Playground([optimizers.Adam(lr=0.1)], sampling.linear_regression)
    playground.set(seed=3)
    here = playground.paths["Adam"].gradient[0]
    assert here == pytest.approx(sampling.linear_regression(seed=3).gradient([-1.5, 2.0], 0))


def test_a_surface_of_the_collection_may_be_given_by_its_function():
    playground = Playground([optimizers.Adam(lr=0.1)], surfaces.sloping_canyon)
    assert "'sloping_canyon'" in playground.code
    assert str(again(playground.code)) == str(playground)
    assert len(playground.board.surface.options) == len(surfaces.SURFACES)


def test_a_file_that_cannot_be_made_says_so(monkeypatch):
    playground = Playground()
    with monkeypatch.context() as patch:
        patch.setattr("adamviz.live.playground.still", lambda *what: 1 / 0)
        playground._files.make("png")
    assert "failed: ZeroDivisionError" in playground._files.saved.value


def test_the_end_stays_the_end_when_the_walk_gets_longer():
    playground = Playground()
    playground.set(steps=50)
    playground.set(steps=1000)
    assert playground.board.step.value == playground.board.play.value == 1000


def test_all_methods_have_sliders_for_all_they_have():
    playground = Playground()
    wanted = {f"{k}.{f.name}" for k, method in METHODS.items() for f in fields(method)}
    assert {name for name in playground.values if "." in name} == wanted
    for kind in optimizers.OPTIMIZERS:
        playground.board.focus.value = kind.label
        assert kind.label in playground.paths  # choosing it shows it
        shown = [*playground._rates.children, *playground._rest.children]
        for name in (f"{kind.label}.{f.name}" for f in fields(kind)):
            assert playground.board.controls[name] in shown


def test_the_first_rates_are_the_best_on_their_canyon():
    for label in ("gradient descent", "momentum", "Nesterov", "Adam"):
        found = tune(METHODS[label], surfaces.canyon(), (-4.0, 1.5), 300, lr=rates(1e-5, 10))
        assert METHODS[label] == found.optimizer


def test_the_lock_keeps_the_ratios():
    playground = Playground(lock=True)
    first = playground.values
    slider = playground.board.controls["Adam.lr"]
    for value in (0.2, 10.0, 1e-5, 0.2):
        slider.value = value
    for name in (name for name in first if name.endswith(".lr")):
        assert playground.values[name] / first[name] == pytest.approx(2, rel=0.07)
    slider.value = 0.1
    assert playground.values == first
    playground.board.controls["lock"].value = False
    slider.value = 1.0
    assert playground.values == first | {"Adam.lr": 1.0, "lock": False}


def test_the_number_of_steps_is_a_slider():
    playground = Playground()
    playground.board.controls["steps"].value = 100
    assert (playground.board.step.max, playground.board.step.value) == (100, 100)
    assert all(len(path.x) == 101 for path in playground.paths.values())
    playground.set(step=40)
    playground.board.controls["steps"].value = 500
    assert (playground.board.play.max, playground.board.step.value) == (500, 40)
    playground.board.reset.click()
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
    playground = Playground([optimizers.Adam(lr=3.0)], "beale", step=5)
    playground.board.controls["goal"].value = name
    assert playground.check().startswith("not yet: ")
    assert playground.check() in str(playground) and "not yet" in playground._card.value
    playground.set(**SOLVED[name])
    assert playground.check().startswith("reached: ")
    assert "reached" in playground._card.value
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
    playground.board.controls["goal"].value = "1 gradient descent"
    playground.set(**SOLVED["1 gradient descent"])
    playground.set(**change)
    assert playground.check().startswith(f"not yet: {why}")


@pytest.mark.parametrize("panel", ["loss", "moments"])
def test_files_hold_the_picture_also_of_a_diverged_path(panel):
    playground = Playground()
    playground.set(**WILD, show=["gradient descent", "Adam"], step=9, steps=100, panel=panel)
    before = playground.screen.image.value

    name, mime, data = file(playground, "png")
    assert (name, mime) == ("adamviz-canyon.png", "image/png")
    image = Image.open(io.BytesIO(data)).convert("RGB")
    screen = playground.screen.picture.size.width, playground.screen.picture.height
    assert image.size == tuple(2 * n for n in screen)
    bundle, _ = playground._repr_mimebundle_()
    shown = Image.open(io.BytesIO(bundle["image/png"])).convert("RGB")
    for color in ([0xBD, 0x1F, 0x01], [0x00, 0x70, 0x1A]):  # Adam's path, and its step's arrow
        large, small = (
            (abs(np.asarray(i).astype(int) - color).max(axis=2) < 40).sum() for i in (image, shown)
        )
        assert 3 < large / small < 6 and small > 50  # twice as wide, as long, as thick

    name, mime, data = file(playground, "svg")
    assert mime == "image/svg+xml"
    root = ET.fromstring(data.decode())
    assert root.tag.endswith("svg")
    for color in ("#4a4a4a", "#bd1f01"):  # of the two methods: what moves is in the file, too
        assert color in data.decode()

    name, mime, data = file(playground, "gif")
    assert mime == "image/gif"
    gif = Image.open(io.BytesIO(data))
    assert gif.n_frames == 60 and gif.size == screen
    assert "60 of 101 iterates" in playground._files.saved.value
    assert playground._files.progress.value == playground._files.progress.max == 61
    assert playground.screen.image.value == before


def test_a_file_of_a_state_that_is_gone_is_not_offered():
    playground = Playground()
    playground._files.make("png")
    assert playground._files.saved.value
    playground.set(step=3)
    assert not playground._files.saved.value


def test_the_seed_is_dead_without_noise():
    playground = Playground()
    assert playground.board.controls["seed"].disabled
    playground.set(sigma=1.0)
    assert not playground.board.controls["seed"].disabled


def test_projector_keeps_the_panel():
    playground = Playground(panel="moments", size="projector")
    assert "size='projector'" in playground.code
    playground.board.controls["panel"].value = "loss"
    assert playground.screen.picture.size.width == 1160


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
