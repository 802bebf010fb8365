r"""A multilayer perceptron in plain numpy, and the handwritten digits that it learns.

Layer l computes $a_l = \varphi(a_{l-1} W_l + b_l)$ from $a_0$, the pixels; the last layer has no
φ, and its ten outputs go through softmax into the cross-entropy. All weights stand in one flat
vector, so that every optimizer of the collection can train it, and `descend` too.

The digits are the 1,797 images of 8 × 8 pixels in the test part of the UCI set "Optical Recognition
of Handwritten Digits" (Alpaydin & Kaynak 1998, DOI 10.24432/C50P49, licence CC BY 4.0), as they
come with scikit-learn. See `digits.txt`; `tools/make_digits.py` makes the file.
"""

from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from ..checks import refusal, whole
from ..words import counted

__all__ = ["ACTIVATIONS", "LARGEST", "Network", "digits"]

LARGEST = 2**63 - 1  # of all seeds: numpy holds them, and no larger ones, in one array of integers

# The function, and its derivative written with its output a.
ACTIVATIONS = {
    # tanh does not overflow where exp(−z) would.
    "sigmoid": (lambda z: 0.5 + 0.5 * np.tanh(0.5 * z), lambda a: a * (1 - a)),
    "tanh": (np.tanh, lambda a: 1 - a * a),
    "ReLU": (lambda z: np.maximum(z, 0.0), lambda a: (a > 0).astype(float)),
}


@cache
def digits():
    """`(images, labels)` to train on and `(images, labels)` to test with.

    Images are rows of 64 pixels between −1 and 1. Every third image, 599 of them, is for the test;
    the other 1,198 are for training. So the same hands are in both parts, as far as the file keeps
    a writer's images together: the test does not say how well a stranger's digits are read.
    """
    with np.load(Path(__file__).with_name("digits.npz")) as file:
        images, labels = file["images"].reshape(-1, 64) / 8.0 - 1.0, file["labels"].astype(int)
    test = np.arange(len(images)) % 3 == 2
    return (images[~test], labels[~test]), (images[test], labels[test])


class Network:
    r"""A multilayer perceptron on labelled examples: something to descend.

    Weights start at random and biases at zero: Xavier's uniform law
    $W \sim U(-a, a)$, $a = \sqrt{6/(n_{in} + n_{out})}$ for sigmoid and tanh (Glorot & Bengio 2010,
    eq. 16), and He's normal law with variance $2/n_{in}$ for ReLU (He et al. 2015, eq. 10).

    Parameters
    ----------
    depth : int, ≥ 1
        The number of layers of weights: 1 has no hidden layer.
    activation : "sigmoid", "tanh" or "ReLU"
    width : int, ≥ 1
        The units of each hidden layer.
    batch : int, or None for all examples
        How many examples a gradient uses. Each epoch shuffles the examples anew and cuts them into
        minibatches; a rest that does not fill one is left out.
    seed : int, or a sequence of them
        Chooses the initial weights and the minibatches: these depend on the seed and the step
        alone, so that every method meets the same. A sequence puts one network per seed side by
        side: `start` is then `(seeds, d)`.
    data : `(images, labels)`, optional
        The examples, by default `digits()`'s to train on.

    Examples
    --------
    >>> from adamviz import descend, optimizers
    >>> network = Network(depth=2, seed=(0, 1))
    >>> end = descend(optimizers.Adam(lr=0.01), network, network.start, 90, record="last").x[0]
    >>> (network.accuracy(end, *digits()[1]) > 0.9).tolist()
    [True, True]
    """

    minimum = 0.0

    def __init__(self, depth=2, activation="ReLU", *, width=32, batch=64, seed=0, data=None):
        if not isinstance(activation, str) or activation not in ACTIVATIONS:
            raise refusal("activation", f"one of {', '.join(ACTIVATIONS)}", activation)
        self.images, self.labels = _examples(data) if data is not None else digits()[0]
        count = len(self.labels)
        depth, width = whole("depth", depth, 1, 100), whole("width", width, 1, 10_000)
        batch = None if batch is None else whole("batch", batch, 1, count)
        try:
            seeds = np.asarray(seed)
        except ValueError:  # rows of different lengths
            seeds = np.empty(0)
        whole_ones = seeds.dtype.kind in "iu" and seeds.ndim < 2 and seeds.size
        if not whole_ones or (seeds < 0).any() or (seeds > LARGEST).any():
            raise refusal("seed", f"a whole number from 0 to {LARGEST}, or some of them", seed)
        self.depth, self.activation, self.batch, self.seeds = depth, activation, batch, seeds
        self._function, self._derivative = ACTIVATIONS[activation]
        self.name = f"digits, {counted(depth, 'layer')}, {activation}"
        outputs = int(self.labels.max()) + 1
        self.sizes = [self.images.shape[1], *[width] * (depth - 1), outputs]
        self._shapes = list(pairwise(self.sizes))
        #: Where each layer's weights and biases stand in the flat vector.
        ends = np.cumsum([0, *[(n + 1) * m for n, m in self._shapes]]).tolist()
        self.layers = [slice(a, b) for a, b in pairwise(ends)]
        self.start = np.array([self._initial(s) for s in seeds.flat])
        self.start = self.start.reshape(*seeds.shape, ends[-1])
        self.steps_per_epoch = 1 if batch is None else count // batch
        self._one_hot = np.eye(outputs)[self.labels]
        self._order = (None, None)

    def __repr__(self):
        return f"<Network {self.name}>"

    def _initial(self, seed):
        rng = np.random.default_rng(seed)
        parts = []
        for n, m in self._shapes:
            if self.activation == "ReLU":
                weights = rng.normal(0.0, np.sqrt(2 / n), n * m)
            else:
                weights = rng.uniform(-1.0, 1.0, n * m) * np.sqrt(6 / (n + m))
            parts += [weights, np.zeros(m)]
        return np.concatenate(parts)

    def minibatch(self, step):
        """The numbers of the examples that the gradient of `step` uses, one row per seed."""
        if self.batch is None:
            count = len(self.labels)
            return np.broadcast_to(np.arange(count), (*self.seeds.shape, count))
        epoch, place = divmod(step, self.steps_per_epoch)
        if self._order[0] != epoch:
            count = len(self.labels)
            order = [np.random.default_rng([s, epoch]).permutation(count) for s in self.seeds.flat]
            self._order = (epoch, np.reshape(order, (*self.seeds.shape, count)))
        return self._order[1][..., place * self.batch : (place + 1) * self.batch]

    def unpack(self, x):
        """The weights `(..., n, m)` and biases `(..., m)` of each layer, from the flat vector."""
        for layer, (n, m) in zip(self.layers, self._shapes, strict=True):
            flat = x[..., layer]
            yield flat[..., : n * m].reshape(*x.shape[:-1], n, m), flat[..., n * m :]

    def _forward(self, layers, images):
        """The output of every layer, the pixels first; of the last one before softmax."""
        outputs = [images]
        for number, (weights, biases) in enumerate(layers, start=1):
            z = outputs[-1] @ weights + biases[..., None, :]
            outputs.append(z if number == self.depth else self._function(z))
        return outputs

    def value(self, x):
        """The mean cross-entropy over all training examples, `(..., d) -> (...)`."""
        return self._each(x, lambda z: _cross_entropy(z, self.labels), self.images)

    def accuracy(self, x, images, labels):
        """The share of the images that get their label, `(..., d) -> (...)`."""
        return self._each(x, lambda z: (z.argmax(axis=-1) == labels).mean(), images)

    def _each(self, x, measure, images):
        # One network at a time: the outputs of thousands would not fit into memory.
        found = []
        for row in x.reshape(-1, x.shape[-1]):
            layers = list(self.unpack(np.ascontiguousarray(row)))
            outputs = [self._forward(layers, part)[-1] for part in _parts(images)]
            found.append(measure(np.concatenate(outputs)))
        return np.reshape(found, x.shape[:-1])

    def gradient(self, x, step=0):
        """The gradient on the minibatch of `step`, or on all examples, by backpropagation."""
        layers = list(self.unpack(x))
        if self.batch is not None:
            chosen = self.minibatch(step)
            return self._backward(layers, self.images[chosen], self._one_hot[chosen]) / self.batch
        parts = _parts(self.images), _parts(self._one_hot)
        sums = [self._backward(layers, *part) for part in zip(*parts, strict=True)]
        return sum(sums) / len(self.images)

    def _backward(self, layers, images, targets):
        """The sum over the images of the gradient of the cross-entropy."""
        outputs, gradients = self._forward(layers, images), []
        error = softmax(outputs[-1]) - targets  # its derivative by what goes into softmax
        for (weights, _), below in zip(reversed(layers), reversed(outputs[:-1]), strict=True):
            of_weights = below.swapaxes(-1, -2) @ error
            flat = of_weights.reshape(*of_weights.shape[:-2], -1)
            gradients += [error.sum(axis=-2), flat]
            if len(gradients) < 2 * self.depth:
                error = error @ weights.swapaxes(-1, -2) * self._derivative(below)
        return np.concatenate(gradients[::-1], axis=-1)

    def norms(self, x):
        """The root mean square over each layer's weights and biases, `(..., d) -> (..., depth)`."""
        return np.stack([np.sqrt((x[..., part] ** 2).mean(axis=-1)) for part in self.layers], -1)


def softmax(z):
    """Exponentials that sum to one along the last axis."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _parts(rows):
    """128 rows at a time: products this small stay on one thread, which is faster here."""
    return np.split(rows, range(128, len(rows), 128))


def _cross_entropy(z, labels):
    """The mean over examples of −log softmax(z) at the label."""
    z = z - z.max(axis=-1, keepdims=True)
    right = z[np.arange(len(labels)), labels]
    return (np.log(np.exp(z).sum(axis=-1)) - right).mean()


def _examples(data):
    """Checked `(images, labels)`."""
    try:
        images, labels = np.asarray(data[0], float), np.asarray(data[1])
        valid = images.ndim == 2 and labels.shape == images.shape[:1] and len(labels) > 0
        valid = valid and labels.dtype.kind in "iu" and labels.min() >= 0
        valid = valid and np.isfinite(images).all()
    except (TypeError, ValueError, IndexError):
        valid = False
    if not valid:
        raise ValueError(
            "data must be finite images (n, pixels) and their labels (n,), whole numbers ≥ 0, not "
            f"{data!r}"
        )
    return images, labels
