"""Where names stand beside lines: apart from one another, and in their order."""

import numpy as np

__all__ = ["apart", "ascending"]


def apart(heights, line, floor=0.0):
    """Rows of heights, `(n, m)`, moved so that all are a `line` apart, from the floor up to 1.

    As little as can be, in the sum of squares: counted from equally spaced lines the moved heights
    must not fall, and the nearest such are found by pooling, for each its max-min mean (Robertson,
    Wright & Dykstra 1988, theorem 1.4.4). What is NaN stays so, and takes no place.
    """
    order = np.argsort(heights, axis=1)
    wanted = np.take_along_axis(heights, order, axis=1)
    none, many = np.isnan(wanted), heights.shape[1]
    spaced = line * np.arange(many)
    free = np.where(none, 1e6, wanted - spaced)
    sums = np.cumsum(np.pad(free, ((0, 0), (1, 0))), axis=1)

    def lowest(a, i):
        return np.min([(sums[:, b] - sums[:, a]) / (b - a) for b in range(i + 1, many + 1)], axis=0)

    found = [np.max([lowest(a, i) for a in range(i + 1)], axis=0) for i in range(many)]
    room = 1 - line / 2 - line * ((~none).sum(axis=1, keepdims=True) - 1)
    low = np.minimum(floor + line / 2, room)
    moved = np.where(none, np.nan, np.clip(np.stack(found, axis=1), low, room) + spaced)
    result = np.empty_like(moved)
    np.put_along_axis(result, order, moved, axis=1)
    return result


def ascending(costs, gap):
    """The cheapest ascending levels, one for each row of costs by level, at least a gap apart."""
    sums = []
    for cost in costs:
        if sums:
            below = np.minimum.accumulate(sums[-1])[:-gap]
            cost = cost + np.concatenate([np.full(gap, np.inf), below])
        sums.append(cost)
    found, top = [], None
    for total in reversed(sums):
        found.append(int(np.argmin(total[:top])))
        top = max(found[-1] - gap + 1, 1)
    return found[::-1]
