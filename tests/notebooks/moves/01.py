"""What the *Move* paragraphs of notebook 01 say, performed; `test_moves.py` runs it."""

import numpy as np


def off(figure):
    """Degrees between −gradient and the way to the minimum, at the start of the figure."""
    downhill, way = -figure.surface.gradient(figure.start), -np.array(figure.start)
    cosine = downhill @ way / np.linalg.norm(downhill) / np.linalg.norm(way)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def look_for_the_worst_angle(figures):
    """Raise κ to 20. Drag the start around the canyon and look for the worst angle. Put it on the
    floor ($x_2 = 0$), and back on the wall. Then move κ down to 1 and up to 100.
    """
    compass = figures[0]
    compass.set(kappa=20.0)
    seen = []
    for t in np.linspace(0, 2 * np.pi, 73):
        compass.set(start=(3 * np.cos(t), 3 * np.sin(t)))
        seen.append(off(compass))
    assert 60 < max(seen) < 64.9  # never 90
    for start in ((-4, 0), (0, 1.5)):  # on the floor, and straight up the wall
        compass.set(start=start)
        assert off(compass) < 1e-6
    compass.set(start=(-4, 1.5), kappa=1.0)
    assert off(compass) < 1e-6
    compass.set(kappa=100.0)
    assert 67 < off(compass) < 68


def watch_the_angle(figures):
    """Press reset, κ = 20, and ▶: gradient descent steps along −gradient, at every point anew.
    Watch the angle.
    """
    compass = figures[0]
    compass.set(kappa=20.0)
    path = compass.paths["gradient descent"]
    for k in (30, 60):
        compass.set(start=path.x[k].tolist())
        assert off(compass) < 5
    assert abs(path.x[60, 0]) > 1  # and still it crawls


def sweep_the_rate(figures):
    """Walk. Sweep the rate from left to right, slowly near its right end. Watch three things:
    how long the floor takes, when the zigzag begins, when the loss stops falling.
    """
    sweep = figures[1]
    floor, flips, falls = [], [], []
    rates = [0.01, 0.045, 0.056, 0.09, 0.098, 0.1, 0.102, 0.112]
    for lr in rates:
        sweep.set(lr=lr)
        path = sweep.paths["gradient descent"]
        floor.append(abs(path.x[40, 0]))
        flips.append(path.x[0, 1] * path.x[1, 1] < 0)
        falls.append(path.diverged is None and path.loss[80] < path.loss[40])
    assert (np.diff(floor) < 0).all()  # the floor is sooner done
    assert flips == [lr > 1 / 20 for lr in rates]
    assert falls == [lr < 0.1 or lr == 0.1 for lr in rates]  # at 0.1 the floor's share still falls
    assert sweep.paths["gradient descent"].diverged == 84


def equally_steep(figures):
    """Walk. Raise α from left to right at κ = 20, and find the rate at which the two lines are
    equally steep. Then lower κ at a fixed α: which of the two coordinates changes? Drag the
    start: what changes in the lines, and what does not?
    """
    lines = figures[2]

    def factors():
        x = abs(lines.paths["gradient descent"].x)
        return x[1] / x[0]

    stops = [value for value in lines.experiment.stops("lr")]
    apart = []
    for lr in stops:
        lines.set(lr=lr)
        apart.append(abs(np.subtract(*factors())))
    assert stops[int(np.argmin(apart))] == 0.095  # 2/21
    lines.set(lr=0.08)
    along, across = factors()
    lines.set(kappa=10.0)
    assert np.isclose(factors()[0], along) and not np.isclose(factors()[1], across)
    before = lines.paths["gradient descent"].x
    lines.set(start=(-2.0, 1.0))
    assert np.isclose(factors()[0], along)  # the slope stays, the line moves down
    assert (abs(lines.paths["gradient descent"].x[0]) < abs(before[0])).all()


def where_the_larger_dot_is_lowest(figures):
    """Walk. Raise α·κ, and find the value at which the larger of the two dots is lowest. Read
    the step count below the picture; it is lowest a little before the crossing, and claim 1.7
    says why. Then raise κ: where does the crossing go? At last press reset and turn the canyon
    with **rotation**: what changes on the right, and in the step count?
    """
    best = figures[3]

    def needed():
        return best.paths["gradient descent"].steps_to(1e-3)

    stops = [value for value in best.experiment.stops("s") if value < 2]
    larger, steps = [], []
    for s in stops:
        best.set(s=s)
        larger.append(max(abs(1 - s / 20), abs(1 - s)))
        steps.append(needed() or np.inf)
    assert stops[int(np.argmin(larger))] == 1.9
    assert stops[int(np.argmin(steps))] == 1.8  # a little before
    crossings = []
    for kappa in (1.0, 10.0, 100.0):  # where both factors measured in one step are equal
        apart = []
        for s in stops:
            best.set(s=s, kappa=kappa)
            x = abs(best.paths["gradient descent"].x)
            apart.append(abs(np.subtract(*(x[1] / x[0]))))
        crossings.append(stops[int(np.argmin(apart))])
    assert (np.diff(crossings) > 0).all() and crossings[-1] == 1.98  # towards 2
    best.buttons["@reset"]()
    before, crossing = needed(), best.surface.view
    for degrees in (20, 45, 90):
        best.set(angle=np.radians(degrees))
        assert needed() == before
    assert best.surface.view == crossing


def turn_the_rescaled_canyon(figures):
    """Walk. Turn the canyon with **rotation**, and read the step counts."""
    cures = figures[4]
    for degrees, counts in ((0, [52, 1, 1]), (5, [52, 5, 1]), (20, [52, 25, 1]), (45, [52, 52, 1])):
        cures.set(angle=np.radians(degrees))
        assert [path.steps_to(1e-3) for path in cures.paths.values()] == counts
    one, other, _ = cures.paths.values()
    assert np.allclose(one.x, other.x)


MOVES = [
    look_for_the_worst_angle,
    watch_the_angle,
    sweep_the_rate,
    equally_steep,
    where_the_larger_dot_is_lowest,
    turn_the_rescaled_canyon,
]
