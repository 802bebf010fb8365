"""What the *Move* paragraphs of notebook 02 say, performed; `test_moves.py` runs it."""

import numpy as np


def deal_batches(figures):
    """▶: each step deals another batch. Blue is the mean of *all* rays, black the mean of the
    orange ones, which the step follows. Raise B until they agree.
    """
    examples = figures[0]
    problem, seen = examples.surface, set()
    for step in range(4):
        examples.set(step=step)
        seen.add(tuple(problem.indices(step)))
    assert len(seen) == 4
    apart = []
    for batch in (1, 8, 64, 128):
        examples.set(batch=batch, step=0)
        here = examples.paths["gradient descent"].x[0]
        black, blue = examples.surface.gradient(here, 0), examples.surface.full_gradient(here)
        apart.append(np.linalg.norm(black - blue))
    assert apart[0] > 0.5 and apart[-1] < 1e-12


def stand_on_the_minimum(figures):
    """Then set B back to 8, *step* to 0 (where the rays belong to the start), and the start to
    (0.92, 0.53), the minimum.
    """
    examples = figures[0]
    examples.set(batch=8, step=0, start=(0.92, 0.53))
    problem, here = examples.surface, examples.paths["gradient descent"].x[0]
    assert np.abs(here - problem.minima[0]).max() < 0.005  # the cross
    rays = np.linalg.norm(problem.example_gradients(here), axis=1)
    assert np.sqrt((rays**2).mean()) > 1  # the rays are not zero
    assert np.linalg.norm(problem.full_gradient(here)) < 0.02  # blue is a point
    assert np.linalg.norm(problem.gradient(here, 0)) > 0.2  # black is none


def race_of_batches(figures):
    """Walk. One step on the axis asks B examples, in both methods. Change the seed."""
    race = figures[1]
    few, whole = race.paths["minibatches"], race.paths["full batch"]
    assert (few.steps_to(0.2), whole.steps_to(0.2)) == (15, 80)
    assert whole.gap[-1] < few.gap[-1] < 0.01  # a typical seed
    lower = []
    for seed in range(10):
        race.set(seed=seed)
        lower.append(race.paths["minibatches"].gap[-1] < race.paths["full batch"].gap[-1])
    assert 0 < sum(lower) < 10  # luck


def one_full_step(figures):
    """Set B = 1 and the minibatch α to 0.045: the full batch takes a single step."""
    race = figures[1]
    race.set(batch=1, **{"minibatches.lr": 0.045})
    assert np.diff(race.paths["full batch"].x, axis=0).any(axis=1).sum() == 1
    assert race.paths["minibatches"].steps_to(0.2) is not None
    assert race.paths["full batch"].steps_to(0.2) is None


def two_kinds(figures):
    """In the menu, *tell two kinds apart* is logistic regression, where J is no quadratic; find
    good rates for it (try 1 and 2).
    """
    race = figures[1]
    race.set(surface="tell two kinds apart")
    before = [path.steps_to(0.2) for path in race.paths.values()]
    race.set(**{"minibatches.lr": 1.0, "full batch.lr": 2.0})
    after = [path.steps_to(0.2) for path in race.paths.values()]
    assert "logistic" in str(race)
    assert all(a < b for a, b in zip(after, before, strict=True))


def decay(figures):
    """Walk. δ = 0: the decaying method is the constant one. δ = 1: it stalls far from the
    minimum.
    """
    floors = figures[2]

    def smooth(label, step):
        return floors.paths[label].gap[step - 63 : step + 1].mean()

    others = "constant α", "constant α/10"
    for step in (100, 1600):  # the decaying α is lowest both times
        assert smooth("decaying α", step) < min(smooth(label, step) for label in others)
    floors.set(step=1600)
    assert "constant α/10 (α = 0.016): below 0.002 from step 983 on" in str(floors)
    floors.set(decay=0.0)
    assert np.array_equal(floors.paths["decaying α"].x, floors.paths["constant α"].x)
    floors.set(decay=1.0)
    assert smooth("decaying α", 1600) > 0.05


def clouds(figures):
    """Raise B and watch the clouds shrink. Tick *independent draws* (with replacement): the floors
    of the constant rates rise, most for the small one. Of dealt batches, what one pulls too far
    left, the others of its epoch pull back.
    """
    floors = figures[2]

    def height(label):
        return floors.paths[label].gap[800:].mean()

    dealt = {label: height(label) for label in ("constant α", "constant α/10")}
    heights = []
    for batch in (1, 8, 32, 128):
        floors.set(batch=batch)
        heights.append(height("constant α"))
    assert (np.diff(heights) < 0).all()
    floors.set(batch=8, replace=True)
    small, large = (height(label) / dealt[label] for label in ("constant α/10", "constant α"))
    assert small > large > 1  # they rise, most for the small one


def average(figures):
    """Walk. Raise β₁ from 0 to 0.95: the average gets smoother, and later at its goal, since
    $m$ starts at zero (notebook 06 repairs that).
    """
    still = figures[3]
    full = still.surface.full_gradient(np.array(still.start))
    rough, late = [], []
    for beta1 in (0.0, 0.5, 0.9, 0.95):
        still.set(beta1=beta1)
        m = still.paths["average"].state["m"]
        rough.append(((m[100:] - full) ** 2).mean())
        late.append(np.linalg.norm(m[4] - full))
    assert (np.diff(rough) < 0).all() and late[-1] > late[1]


def average_of_dealt_batches(figures):
    """Untick *independent draws*: dealt batches balance within an epoch, and the average
    profits.
    """
    still = figures[3]
    shares = []
    for replace in (True, False):
        still.set(replace=replace)
        full = still.surface.full_gradient(np.array(still.start))
        path = still.paths["average"]
        m, g = (((v[100:] - full) ** 2).mean() for v in (path.state["m"], path.gradient))
        shares.append(m / g)
    assert shares[1] < shares[0] < 0.1


MOVES = [
    deal_batches,
    stand_on_the_minimum,
    race_of_batches,
    one_full_step,
    two_kinds,
    decay,
    clouds,
    average,
    average_of_dealt_batches,
]
