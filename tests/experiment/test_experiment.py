"""Experiments: what a figure would show if its controls stood elsewhere, without any widget."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from adamviz import Control, Experiment, optimizers, surfaces
from adamviz.network import Lessons
from tools import notebooks as tool

ROOT = Path(__file__).resolve().parents[2]
METHODS = [optimizers.Momentum(lr=0.01), optimizers.Adam(lr=0.1)]

# A product of matrices adds up in another order for many points than for one (a sum over examples,
# a slice of a network): the last digits differ, and a walk carries that on.
TOGETHER = 1e-12


@pytest.mark.parametrize("path", tool.notebooks(), ids=lambda path: path.name)
def test_stops_walked_together_are_those_walked_alone(path):
    """Every control of every figure of the notebooks, in a process that has no widgets."""
    folders = [str(ROOT), str(ROOT / "tests" / "notebooks")]
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("without_widgets.py"), path],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(folders)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert found
    assert [line for line in found if not line[-1] <= TOGETHER] == []


def test_another_one_leaves_the_first_alone():
    first = Experiment(METHODS, ["canyon", "rosenbrock"], controls=["Adam.lr", "kappa"])
    text, values = first.scene().readout, dict(first.values)
    other = first.with_(**{"Adam.lr": 0.2, "kappa": 10.0}, start=(1, 1), step=3, show=["Adam"])
    assert other.values == {"Adam.lr": 0.2, "kappa": 10.0}
    assert (other.start, other.step, other.shown) == ((1.0, 1.0), 3, ("Adam",))
    assert first.scene().readout == text and first.values == values
    assert other.anew().scene().readout == other.scene().readout != text
    with pytest.raises(AttributeError, match=r"frozen: with_\(step=…\)"):
        first.step = 3


def test_only_what_changed_is_walked():
    first = Experiment(METHODS, controls=["Adam.lr"])
    before, after = first.scene().paths, first.with_(**{"Adam.lr": 0.2}).scene().paths
    assert after["momentum"] is before["momentum"]
    assert after["Adam"] is not before["Adam"]
    assert first.with_(step=3).scene().paths == before
    # Hidden and shown again it is the same path, too.
    hidden = first.with_(show=["Adam"])
    assert hidden.scene().paths.keys() == {"Adam"}
    assert hidden.with_(show=["Adam", "momentum"]).scene().paths["momentum"] is before["momentum"]


@pytest.mark.parametrize("change", [{"steps": 100}, {"steps": 20}, {"step": 7, "steps": 20}])
def test_the_end_stays_the_end(change):
    first = Experiment(METHODS, steps=60)
    assert first.with_(**change).step == change.get("step", change["steps"])
    assert first.with_(step=30).with_(steps=20).step == 20
    assert first.with_(step=30).with_(steps=100).step == 30


def test_controls_called_steps_and_target_set_these():
    controls = [Control("steps", "steps", [20, 40]), Control("target", "target", [1e-3, 1.0], 1.0)]
    first = Experiment(METHODS, controls=controls, steps=60)
    assert (first.steps, first.step, first.target) == (20, 20, 1.0)
    assert len(first.with_(steps=40).scene().paths["Adam"].x) == 41
    with pytest.raises(ValueError, match="steps must be a stop"):
        first.with_(steps=41)
    assert [len(s.paths["Adam"].x) for s in first.scenes("steps").values()] == [21, 41]


def test_a_stop_that_raises_is_a_stop_with_a_message():
    def fragile(lr, size):
        if size == 2:
            raise ValueError("no size 2 today")
        return optimizers.Adam(lr * size)

    first = Experiment({"fragile": fragile}, controls=["lr", Control("size", "size", [1, 2, 3])])
    found = first.scenes("size")
    assert str(found[2]) == "no size 2 today"
    for size in (1, 3):
        assert found[size].paths["fragile"].optimizer.lr == first.values["lr"] * size


def test_a_surface_that_raises_at_a_stop_leaves_the_others_alone():
    def hill(kappa):
        if kappa > 500:
            raise ValueError("too steep")
        return surfaces.canyon(kappa)

    found = Experiment(METHODS, hill, controls=["kappa"]).scenes("kappa")
    failed = [kappa for kappa, scene in found.items() if isinstance(scene, Exception)]
    assert failed == [kappa for kappa in found if kappa > 500]


def test_a_method_for_single_runs_alone_is_walked_one_by_one():
    @dataclass(frozen=True)
    class Careful(optimizers.Optimizer):
        label = "careful"

        def step(self, state, gradient, x):
            rate = self.lr if self.lr < 0.5 else 0.5  # of an array Python cannot tell
            return {"rate": rate}, x - rate * gradient

    first = Experiment([Careful(lr=0.01)], steps=20)
    for lr, scene in first.scenes("lr").items():
        assert np.array_equal(
            scene.paths["careful"].x,
            first.with_(lr=lr).anew().scene().paths["careful"].x,
            equal_nan=True,
        )


def test_a_readout_tells_of_a_method_what_its_fields_want_told():
    @dataclass(frozen=True)
    class Divided(optimizers.Optimizer):
        by: float = 1.0
        kappa: float = field(default=1.0, repr=False)
        label = "divided"

        def step(self, state, gradient, x):
            return {}, x - self.lr * gradient / self.kappa

    readout = Experiment([Divided(lr=0.1, by=2.0, kappa=3.0)], steps=1).scene().readout
    assert "  divided (α = 0.1, by = 2): " in readout


def test_paths_of_other_kinds_are_not_walked_together():
    """A flag, another class, another state: a batch has one of each."""
    methods = {
        "RMSprop": optimizers.RMSprop(lr=0.05),
        "either": lambda kind: {"a": optimizers.Adam, "b": optimizers.Adagrad}[kind](lr=0.1),
        "Adam": optimizers.Adam(lr=0.1),
    }
    controls = ["RMSprop.momentum", "Adam.bias_correction", Control("kind", "kind", ["a", "b"])]
    first = Experiment(methods, controls=controls, steps=20)
    for name in first.controls:
        for stop, scene in first.scenes(name).items():
            twin = first.with_(**{name: stop}).anew().scene()
            for label, path in scene.paths.items():
                assert path.state.keys() == twin.paths[label].state.keys(), (name, stop)
                assert np.array_equal(path.x, twin.paths[label].x)


KINDS = [
    Control("lr", "", [0.1, 0.2, 0.3]),
    Control("kappa", "", (1, 9, 2), 3),
    Control("bias_correction", "", [False, True]),
    Control("where", "", ["left", "right"]),
]


def shifted(where, kappa):
    hill = surfaces.canyon(kappa)
    return surfaces.Surface(hill.value, start=(-1, 1) if where == "left" else (1, 1))


@pytest.mark.parametrize(
    ("name", "some"),
    [
        ("lr", [0.3, 0.1]),
        ("kappa", [9, 1, 5]),
        ("bias_correction", [False]),
        ("where", ["right"]),
        ("surface", ["canyon", "shifted"]),
        ("focus", ["Adam"]),
        ("step", [5, 4, 0]),
        ("lr", []),
    ],
)
def test_some_stops_are_those_of_all(name, some):
    """In the order that is asked for, so that the nearest can be walked first."""
    first = Experiment(METHODS, [shifted, "canyon"], controls=KINDS, steps=5)
    every, found = first.anew().scenes(name), first.anew().scenes(name, some)
    assert set(every) == set(first.stops(name)) and list(found) == some
    for stop, scene in found.items():
        assert scene.readout == every[stop].readout
        assert scene.step == every[stop].step and scene.focus == every[stop].focus
        for label, path in scene.paths.items():
            assert np.array_equal(path.x, every[stop].paths[label].x)


def test_stops_may_come_from_numpy():
    first = Experiment(METHODS, controls=KINDS[:2], steps=5)
    rates = first.stops("lr")
    assert list(first.scenes("lr", np.array(rates)[::2])) == rates[::2]
    (stop,) = first.scenes("kappa", np.array([3.0]))
    assert type(stop) is int  # as it stands in `stops`


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lr", 0.15),
        ("lr", [0.1]),
        ("kappa", 2),
        ("kappa", True),
        ("bias_correction", 1),
        ("where", "Left"),
        ("surface", "beale"),
        ("focus", None),
        ("step", 6),
        ("step", "5"),
    ],
)
def test_what_is_no_stop_has_no_scene(name, value):
    first = Experiment(METHODS, [shifted, "canyon"], controls=KINDS, steps=5)
    with pytest.raises(ValueError, match=rf"stops must be among those of '{name}', .*, not "):
        first.scenes(name, [first.stops(name)[0], value])
    with pytest.raises(ValueError, match=rf"stops must be a list of stops of '{name}', not"):
        first.scenes(name, "stop")
    with pytest.raises(ValueError, match=r"controls must be among .*, not 'show'"):
        first.scenes("show", [["Adam"]])


@dataclass(frozen=True)
class Counted(optimizers.GradientDescent):
    """Says how many runs are walked whenever a walk begins."""

    label = "counted"

    def init(self, x):
        if np.shape(x) != (2,) or x.any():  # zeros are asked for the names of the state alone
            WALKED.append(len(np.atleast_2d(x)))
        return super().init(x)


WALKED = []


def test_a_slice_is_one_batch_and_what_stays_is_walked_once():
    methods = {"moved": Counted(lr=0.1), "still": Counted(lr=0.2)}
    first = Experiment(methods, controls=[Control("moved.lr", "", [0.1, 0.2, 0.3, 0.4])], steps=5)
    first.anew().scenes("moved.lr", [0.2, 0.3])  # once for all, the class is looked at
    WALKED.clear()
    found = first.scenes("moved.lr", [0.2, 0.3])
    assert sorted(WALKED) == [1, 3]  # the method where it stands, and at two stops
    assert found[0.2].paths["still"] is found[0.3].paths["still"]
    WALKED.clear()
    first.scene()
    assert WALKED == []
    first.scenes("moved.lr", [0.1, 0.4])
    first.scenes("step")
    assert WALKED == [1]


def test_what_belongs_to_one_method_is_not_asked_of_the_others():
    asked = []

    def average(lr):
        asked.append(lr)
        return optimizers.Momentum(lr)

    methods = {"average": average, "Adam": optimizers.Adam(lr=0.1)}
    first = Experiment(methods, controls=["average.lr", "Adam.lr"], steps=5)
    asked.clear()
    first.scenes("Adam.lr")
    first.scenes("step")
    assert len(asked) == 1
    moved = first.with_(**{"average.lr": 0.2}, start=(1, 1)).scene().paths["average"]
    assert (moved.optimizer.lr, *moved.x[0]) == (0.2, 1.0, 1.0)


def test_menus_and_the_step_have_scenes_too():
    first = Experiment(METHODS, ["canyon", "beale"], steps=5)
    assert list(first.scenes("surface")) == ["canyon", "beale"]
    assert [scene.focus for scene in first.scenes("focus").values()] == ["momentum", "Adam"]
    assert [scene.step for scene in first.scenes("step").values()] == list(range(6))
    with pytest.raises(ValueError, match=r"controls must be among .*, not 'kappa'"):
        first.scenes("kappa")


# --- a slider never takes a method's rate away ----------------------------------------------------


def test_a_shared_name_makes_a_control_for_each_where_they_begin_differently():
    first = Experiment([optimizers.Momentum(lr=0.01), optimizers.Adam(lr=0.1, beta1=0.5)])
    assert first.values == {"momentum.lr": 0.01, "Adam.lr": 0.1}
    assert first.controls["Adam.lr"].label == "Adam: learning rate α"
    assert {label: path.optimizer.lr for label, path in first.scene().paths.items()} == {
        "momentum": 0.01,
        "Adam": 0.1,
    }
    betas = Experiment([optimizers.Adam(beta1=0.5), optimizers.Nadam()], controls=["beta1"])
    assert betas.values == {"Adam.beta1": 0.5, "Nadam.beta1": 0.9}


def test_one_control_where_they_agree_or_a_control_asks_for_it():
    agreed = [optimizers.Momentum(lr=0.1), optimizers.Adam(lr=0.1)]
    assert Experiment(agreed).values == {"lr": 0.1}
    assert Experiment(METHODS, controls=[Control("lr", start=0.05)]).values == {"lr": 0.05}


def test_a_function_that_takes_a_divided_name_gets_a_control_of_its_own():
    methods = {"sum": METHODS[0], "Adam": METHODS[1], "f": lambda lr=0.5: optimizers.Adam(lr)}
    first = Experiment(methods)
    assert first.values == {"sum.lr": 0.01, "Adam.lr": 0.1, "f.lr": 0.5}
    assert first.with_(**{"f.lr": 0.2}).scene().paths["f"].optimizer.lr == 0.2


def test_two_controls_of_one_name_are_refused():
    with pytest.raises(ValueError, match=r"controls must differ, but two are called 'Adam\.lr'"):
        Experiment(METHODS, controls=["lr", "Adam.lr"])


@pytest.mark.parametrize(
    ("control", "message"),
    [
        (
            "rho",
            r"among what methods, surfaces and schedule take \(lr, momentum, average, beta1, .*, "
            r"kappa, drop\), or a Control for a panel, not 'rho'",
        ),
        ("Adam.rho", r"among what 'Adam' takes \(Adam\.lr, Adam\.beta1, .*\), not 'Adam\.rho'"),
        ("own.lr", r"among what 'own' takes \(nothing\), not 'own\.lr'"),
        (Control("Adam.mood", "", ["a"]), r"among what 'Adam' takes \(.*\), not 'Adam\.mood'"),
        (Control("Adam.kappa"), r"among what 'Adam' takes \(.*\), not 'Adam\.kappa'"),
    ],
)
def test_a_name_that_nothing_takes_makes_no_dead_slider(control, message):
    methods = [*METHODS, lambda: optimizers.Adam(lr=0.1)]
    methods = dict(zip(["momentum", "Adam", "own"], methods, strict=True))

    def falling(drop=1.0):
        return lambda step: drop**step

    with pytest.raises(ValueError, match=f"controls must be {message}"):
        Experiment(
            methods, lambda kappa=3.0: surfaces.canyon(kappa), controls=[control], schedule=falling
        )


def test_what_any_of_them_takes_is_no_dead_slider():
    methods = {"Adam": METHODS[1], "own": lambda rho: optimizers.RMSprop(0.1, rho)}
    surface = [lambda sigma: surfaces.NoisySurface(surfaces.canyon(), sigma), surfaces.canyon]
    names = ["own.rho", "beta1", "sigma", "angle", "seed"]
    first = Experiment(
        methods, surface, controls=names, schedule=lambda seed: lambda step: 1 / (seed + 1)
    )
    assert list(first.values) == names


def test_a_whole_control_may_be_for_a_panel_alone():
    first = Experiment(METHODS, controls=["lr", Control("rho"), Control("mood", "", ["a", "b"])])
    assert [scene.values["mood"] for scene in first.scenes("mood").values()] == ["a", "b"]
    assert first.scene().values["rho"] == 0.0


# --- lessons --------------------------------------------------------------------------------------


def test_lessons_train_up_to_the_epoch_that_is_shown():
    first = Lessons([optimizers.Adam(0.01)], depth=2, epochs=3, seeds=(0,), step=1)
    assert first.scene().paths["Adam"].trained == 1
    later = first.with_(step=3)
    assert [scene.step for scene in later.frames()] == [2, 3, 3]
    assert later.scene().paths["Adam"] is first.scene().paths["Adam"]
    assert later.anew().scene().readout == later.scene().readout
    assert list(later.scenes("activation")) == ["sigmoid", "tanh", "ReLU"]
    few = later.anew().scenes("depth", [2, 1])
    assert [scene.paths["Adam"].trained for scene in few.values()] == [3, 3]


def test_a_method_without_a_rate_gets_no_control_in_lessons():
    fixed = {"fixed": lambda: optimizers.Adam(0.01), "Adam": optimizers.Adam(0.01)}
    first = Lessons(fixed, depth=2, epochs=1, seeds=(0,))
    assert list(first.controls) == ["depth", "activation", "Adam.lr"]
    assert list(first.scene().paths) == ["fixed", "Adam"]
