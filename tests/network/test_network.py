"""The network: backpropagation against finite differences, its digits, and who meets what."""

import re
from pathlib import Path

import numpy as np
import pytest

import adamviz
from adamviz import Training, descend, optimizers
from adamviz.network import ACTIVATIONS, Network, digits, section, sharpest, train

FOLDER = Path(adamviz.__file__).parent / "network"
(IMAGES, LABELS), (TEST_IMAGES, TEST_LABELS) = digits()
# Few examples and units, so that every weight can be moved.
SMALL = (IMAGES[:40, 18:30], LABELS[:40])


def small(depth, activation, **options):
    return Network(depth, activation, **{"width": 5, "batch": 16, "data": SMALL} | options)


def differences(function, x, h=1e-5):
    """The gradient of `function` at `x` by central differences."""
    moves = h * np.eye(len(x))
    return np.array([(function(x + m) - function(x - m)) / (2 * h) for m in moves])


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("seed", [0, 1])
def test_backpropagation_is_the_derivative_of_the_loss(depth, activation, seed):
    network = small(depth, activation, batch=None, seed=seed)
    # Away from the start, whose biases are zero, and from ReLU's kinks.
    x = network.start + np.random.default_rng(seed).normal(0, 0.1, network.start.shape)
    measured = differences(network.value, x)
    assert np.abs(network.gradient(x) - measured).max() < 1e-8 * max(1, np.abs(measured).max())


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_minibatch_gradient_is_that_of_its_examples(activation):
    network = small(3, activation)
    chosen = network.minibatch(3)
    only = small(3, activation, batch=None, data=(SMALL[0][chosen], SMALL[1][chosen]))
    assert SMALL[1][chosen].max() == SMALL[1].max()  # or the two would differ in their outputs
    assert network.gradient(network.start, 3) == pytest.approx(only.gradient(only.start), abs=1e-13)


def test_the_gradient_on_all_examples_is_the_mean_of_single_ones():
    data = IMAGES[:300], LABELS[:300]  # more than are worked on at once
    network = Network(2, "tanh", width=4, batch=None, data=data)
    one = Network(2, "tanh", width=4, batch=1, data=data)
    mean = np.mean([one.gradient(network.start, step) for step in range(300)], axis=0)
    assert network.gradient(network.start) == pytest.approx(mean, abs=1e-13)


def test_an_epoch_shows_every_example_once_but_for_the_rest():
    network = small(2, "ReLU")
    first, second = ([network.minibatch(2 * e + k) for k in range(2)] for e in range(2))
    assert network.steps_per_epoch == 2
    assert len(set(np.concatenate(first))) == 32
    assert not np.array_equal(first, second)


def test_every_method_meets_the_same_minibatches():
    met = {}
    for label, method in {"a": optimizers.GradientDescent(0.1), "b": optimizers.Adam(0.01)}.items():
        network, met[label] = small(2, "ReLU", seed=(0, 1)), []
        whole = network.minibatch

        def spy(step, whole=whole, label=label):
            met[label].append(whole(step).copy())
            return whole(step)

        network.minibatch = spy
        descend(method, network, network.start, 5)
    assert np.array_equal(met["a"], met["b"])
    assert len(met["a"]) == 1 + 5  # one before the walk, to see whether single points can be given


def test_seeds_side_by_side_are_the_single_ones():
    both = small(3, "sigmoid", seed=(4, 7))
    for row, seed in enumerate((4, 7)):
        one = small(3, "sigmoid", seed=seed)
        assert np.array_equal(both.start[row], one.start)
        assert both.gradient(both.start, 9)[row] == pytest.approx(
            one.gradient(one.start, 9), abs=1e-14
        )
        assert both.value(both.start)[row] == pytest.approx(one.value(one.start), abs=1e-14)


def test_leading_axes_are_runs():
    network = small(3, "ReLU", seed=(0, 1, 2))
    x = network.start + np.linspace(0, 0.1, 4)[:, None, None]
    assert network.gradient(x, 1).shape == x.shape == (4, 3, network.start.shape[-1])
    assert network.value(x).shape == network.accuracy(x, *SMALL).shape == (4, 3)
    assert network.norms(x).shape == (4, 3, 3)
    assert network.gradient(x, 1)[2] == pytest.approx(network.gradient(x[2], 1), abs=1e-14)
    path = descend(optimizers.Adam(np.array([[0.01], [0.1]])), network, network.start, 3)
    assert path.x.shape == (4, 2, 3, network.start.shape[-1])


def test_layers_cut_the_flat_vector_into_weights_and_biases():
    network = Network(3, width=32)
    assert [part.stop - part.start for part in network.layers] == [65 * 32, 33 * 32, 33 * 10]
    shapes = [(w.shape, b.shape) for w, b in network.unpack(network.start)]
    assert shapes == [((64, 32), (32,)), ((32, 32), (32,)), ((32, 10), (10,))]
    assert network.norms(np.ones_like(network.start)).tolist() == [1, 1, 1]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_initial_weights_have_the_stated_variance(activation):
    network = Network(3, activation, width=200, seed=3)
    for weights, biases in network.unpack(network.start):
        n, m = weights.shape
        variance = 2 / n if activation == "ReLU" else 2 / (n + m)
        assert weights.var() == pytest.approx(variance, rel=0.08)
        assert not biases.any()
        assert activation == "ReLU" or np.abs(weights).max() <= np.sqrt(6 / (n + m))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_huge_weights_overflow_nowhere(activation):
    network = small(2, activation)
    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(network.value(1e4 * network.start))
        assert np.isfinite(network.gradient(1e4 * network.start)).all()


def test_the_digits_are_whole_and_split():
    assert IMAGES.shape == (1198, 64) and TEST_IMAGES.shape == (599, 64)
    assert len(LABELS) == 1198 and len(TEST_LABELS) == 599
    assert IMAGES.min() == -1 and IMAGES.max() == 1 and IMAGES.dtype == float
    counts = np.bincount(np.concatenate([LABELS, TEST_LABELS]))
    assert counts.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert not {row.tobytes() for row in IMAGES} & {row.tobytes() for row in TEST_IMAGES}


def test_the_digits_come_with_their_source_and_licence():
    said = (FOLDER / "digits.txt").read_text(encoding="utf-8")
    for part in ("Alpaydin", "Kaynak", "10.24432/C50P49", "CC BY 4.0", "creativecommons.org"):
        assert part in said
    assert (FOLDER / "digits.npz").stat().st_size < 60_000


def test_the_file_is_the_one_that_the_script_makes():
    tools = pytest.importorskip("tools.make_digits")
    with np.load(FOLDER / "digits.npz") as file:
        images, labels = file["images"], file["labels"]
    assert images.dtype == labels.dtype == np.uint8 and images.shape == (1797, 8, 8)
    assert tools.digest(images, labels) == tools.SHA256
    assert tools.archive({"images": images, "labels": labels}) == tools.archive(
        {"images": images, "labels": labels}
    )


def test_training_reads_digits():
    run = train(optimizers.Adam(0.01), Network(3, seed=(0, 1)), 8)
    assert run.accuracy[-1].min() > 0.93
    assert (run.loss[-1] < 0.1).all()
    assert run.gradient_norms.shape == run.update_norms.shape == (9, 2, 3)
    assert np.isfinite(run.gradient_norms).all()


def test_training_is_the_walk_of_descend():
    network, adam = Network(2, "tanh", seed=(0, 1)), optimizers.Adam(0.01)
    path = descend(adam, network, network.start, 2 * network.steps_per_epoch)
    run = train(adam, network, 2)
    assert run.loss[1:] == pytest.approx(path.loss[[18, 36]], rel=1e-9)
    first = network.norms(np.abs(path.x[1] - path.x[0]))
    assert run.update_norms[0] == pytest.approx(first)
    assert run.update_norms[0].max() <= 0.01 + 1e-12  # Adam's first step is the learning rate
    of_epoch = network.norms(np.sqrt((path.gradient[18:] ** 2).mean(axis=0)))
    assert run.gradient_norms[2] == pytest.approx(of_epoch)


def test_divergence_is_reported_and_warns_of_nothing():
    run = train(optimizers.GradientDescent(1e9), Network(2), 3)
    assert run.diverged == 1
    assert np.isnan(run.loss[1:]).all()


def test_the_sharpest_direction_is_an_eigenvector():
    network = small(2, "tanh", batch=None)
    x = network.start
    hessian = np.array(
        [(network.gradient(x + m) - network.gradient(x - m)) / 2e-5 for m in 1e-5 * np.eye(len(x))]
    )
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
    largest = np.abs(values).argmax()
    direction, curvature = sharpest(network, x, rounds=300)
    assert curvature == pytest.approx(values[largest], rel=1e-4)
    assert abs(direction @ vectors[:, largest]) == pytest.approx(1, abs=1e-3)


def test_a_section_is_the_networks_own_loss():
    network = small(2, "tanh")
    rng = np.random.default_rng(0)
    centre, directions = network.start, rng.normal(size=(2, len(network.start)))
    surface = section(network, centre, directions, view=(-1, 1, -1, 1), start=(0.5, 0.5))
    p = np.array([0.3, -0.2])
    weights = centre + 0.3 * directions[0] - 0.2 * directions[1]
    assert surface.value(p) == pytest.approx(network.value(weights))
    assert surface.value(np.tile(p, (4, 3, 1))).shape == (4, 3)
    assert surface.gradient(p, 1) == pytest.approx(directions @ network.gradient(weights, 1))
    whole = section(small(2, "tanh", batch=None), centre, directions, view=(-1, 1, -1, 1), start=p)
    assert whole.gradient(p) == pytest.approx(differences(whole.value, p), abs=1e-7)
    around = np.stack(np.meshgrid(*[np.linspace(-1, 1, 30)] * 2), axis=-1)
    assert whole.minimum <= whole.value(around).min()


SEEDS = "seed must be a whole number from 0 to 9223372036854775807, or some of them"


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Network(0), "depth must be a whole number from 1 to 100, not 0"),
        (lambda: Network(2.5), "depth must be a whole number from 1 to 100, not 2.5"),
        (lambda: Network(True), "depth must be a whole number from 1 to 100, not True"),
        (lambda: Network(2, "relu"), "activation must be one of sigmoid, tanh, ReLU, not 'relu'"),
        (lambda: Network(2, width=0), "width must be a whole number from 1 to 10000, not 0"),
        (lambda: Network(2, batch=1199), "batch must be a whole number from 1 to 1198, not 1199"),
        (lambda: Network(2, seed=-1), f"{SEEDS}, not -1"),
        (lambda: Network(2, seed=()), f"{SEEDS}, not ()"),
        (lambda: Network(2, seed=10**20), f"{SEEDS}, not 100000000000000000000"),
        (lambda: Network(2, seed=(0, 2**63)), f"{SEEDS}, not (0, 9223372036854775808)"),
        (lambda: Network(2, seed=[2**63]), f"{SEEDS}, not [9223372036854775808]"),
        (lambda: Network(2, seed=10**5000), f"{SEEDS}, not a int that cannot be printed"),
        (lambda: Network(2, data=(SMALL[0], LABELS)), "data must be finite images (n, pixels)"),
        (lambda: Network(2, data=3), "data must be finite images (n, pixels)"),
        (lambda: train("adam", Network(2), 1), "optimizer must be an Optimizer"),
        (
            lambda: train(optimizers.Adam(), Network(2), -1),
            "epochs must be a whole number ≥ 0, not -1",
        ),
        (
            lambda: train(optimizers.Adam(), Network(2), True),
            "epochs must be a whole number ≥ 0, not True",
        ),
        (lambda: Training([optimizers.Adam()], panels=["loss curve"]), "panels must be"),
        (
            lambda: Training([optimizers.Adam()], depth=0),
            "depth must be a whole number from 1 to 100, not 0",
        ),
        (lambda: Training([], epochs=2), "methods must name at least one optimizer"),
        (lambda: Training([optimizers.Adam()], epochs=0), "epochs must be a whole number ≥ 1"),
        (lambda: Training([optimizers.Adam()] * 2), "methods must have a label each"),
        (lambda: Training([optimizers.Adam()], panels=("loss",)), "panels must be"),
        (lambda: Training([optimizers.Adam()], seeds=-1), "seeds must be a whole number from 0 to"),
        (lambda: train(optimizers.Adam(), small(2, "tanh"), 1), "network must be made for the"),
        (lambda: train(optimizers.Adam(), "net", 1), "network must be a Network, not 'net'"),
        (
            lambda: train(optimizers.Adam(lr=[0.1, 0.2]), Network(2), 1),
            "optimizer must have single numbers",
        ),
    ],
)
def test_wrong_arguments_name_themselves(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


def test_a_first_step_beyond_all_bounds_is_divergence():
    assert train(optimizers.GradientDescent(lr=1e200), Network(2), 2).diverged == 1


def test_without_batches_every_minibatch_is_the_whole():
    network = small(2, "tanh", batch=None)
    assert network.minibatch(3).tolist() == list(range(len(network.labels)))


@pytest.mark.parametrize(
    "change, message",
    [
        ({"centre": np.zeros(3)}, "centre must be finite numbers of the shape"),
        ({"directions": np.zeros((2, 3))}, "directions must be finite numbers of the shape"),
        ({"network": small(2, "tanh", seed=(0, 1))}, "network must have one seed, not [0, 1]"),
    ],
)
def test_wrong_sections_name_themselves(change, message):
    network = small(2, "tanh")
    given = {
        "network": network,
        "centre": network.start,
        "directions": np.eye(len(network.start))[:2],
    }
    with pytest.raises(ValueError, match=re.escape(message)):
        section(**given | change, view=(-1, 1, -1, 1), start=(0, 0))
