"""Names where the eye is: at the ends of lines, and on the regions of a map."""

import itertools

import numpy as np
import pytest

from adamviz import Control, Experiment, optimizers, rates, surfaces
from adamviz.drawing.apart import apart, ascending
from adamviz.drawing.picture import Picture

THREE = [optimizers.GradientDescent(0.018), optimizers.Momentum(0.003), optimizers.Adam(0.1)]


def drawn(panel, experiment):
    picture = Picture([panel], experiment.scene())
    picture.record(experiment.scene())
    return picture.panels[0]


def placed(panel):
    """Where the names of a loss stand, as fractions of the axes: by label."""
    names = panel.ends.items()
    return {k: (n.get_xdata()[0], n.get_ydata()[0]) for k, n in names if n.get_visible()}


def test_names_stand_at_the_ends_of_lines_and_apart():
    panel = drawn("loss", Experiment(THREE, steps=60))
    found, (ax,) = placed(panel), panel.axes
    assert [*found] == [method.label for method in THREE]
    line = 9.5 * 100 / 72 / ax.bbox.height  # the height of a line of type
    heights = sorted(y for _, y in found.values())
    assert min(np.diff(heights)) > line and heights[-1] < 1
    for label, (x, y) in found.items():
        last = ax.transAxes.inverted().transform(
            ax.transData.transform((60, panel.lines[label].get_ydata()[-1]))
        )
        assert x == pytest.approx(last[0], abs=0.02) and abs(y - last[1]) < 3 * line


def test_names_stand_in_the_order_of_the_ends_and_not_over_lines():
    methods = [optimizers.GradientDescent(0.018), optimizers.Adagrad(1.0), optimizers.Adam(0.1)]
    panel = drawn("loss", Experiment(methods, steps=60))
    (ax,), lines = panel.axes, {label: panel.lines[label].get_ydata() for label in panel.lines}
    found = placed(panel)
    assert sorted(found, key=lambda k: found[k][1]) == sorted(lines, key=lambda k: lines[k][-1])
    for label, (x, y) in found.items():
        right, middle = ax.transAxes.transform((x, y))
        width, height = panel.ends[label].size
        for other in lines.values():
            places = ax.transData.transform(np.stack([np.arange(61), other], axis=1))
            beside = (places[:, 0] > right - width) & (places[:, 0] < right)
            assert (np.abs(places[beside, 1] - middle) > height / 2).all()


def test_the_cheapest_ascending_levels_are_found():
    draw = np.random.default_rng(0)
    for count in (1, 2, 3):
        costs = draw.integers(0, 9, (count, 7)) + draw.random((count, 7))
        every = itertools.product(range(7), repeat=count)
        fit = [levels for levels in every if (np.diff(levels) >= 2).all()]
        best = min(fit, key=lambda levels: sum(costs[range(count), levels]))
        assert tuple(ascending([*costs], 2)) == best


@pytest.mark.parametrize(("count", "legend"), [(1, 1), (2, 0), (6, 0), (7, 7)])
def test_one_line_needs_no_name_and_many_have_a_legend(count, legend):
    methods = [kind(lr=0.01) for kind in optimizers.OPTIMIZERS[:count]]
    panel = drawn("loss", Experiment(methods, steps=9))
    assert len(placed(panel)) == (0 if legend else count)
    (own,) = panel.legends.values()
    assert len(own.get_texts()) == legend


@pytest.mark.parametrize("kind", [optimizers.Adam, optimizers.Momentum])
def test_arrows_have_their_names_beyond_their_tips_apart_and_within_the_axes(kind):
    panel = drawn("landscape", Experiment([kind(lr=0.01)], steps=60))
    (ax,), boxes = panel.axes, []
    for name, arrow in panel.arrows.items():
        assert panel.called[name].get_visible()
        x, y = panel.called[name].get_xdata(), panel.called[name].get_ydata()
        ends = ax.transAxes.inverted().transform(ax.transData.transform(arrow.get_path().vertices))
        tip, place, size = ends[1::2], np.stack([x, y], axis=1), panel.called[name].size
        away = np.abs((place - tip)[:-1] * ax.bbox.size)
        assert (away < size / 2 + 4 * 13).all()  # within some lines of the tip
        half = size / 2 / ax.bbox.size
        assert ((place - half)[:-1] >= 0).all() and ((place + half)[:-1] <= 1).all()
        assert np.isnan(place[-1]).all()  # at the last step there is no arrow
        boxes.append((place[:-1], half))
    for i, (place, half) in enumerate(boxes):
        for other, least in boxes[:i]:
            assert (np.abs(place - other) > half + least).any(axis=1).all()


@pytest.mark.parametrize("start", [(-4, 0), (-4, 1.5), (0, 2), (3, -1)])
def test_the_name_of_an_arrow_that_ends_at_the_minimum_leaves_its_cross_free(start):
    method = optimizers.GradientDescent(lr=1.0)
    panel = drawn("landscape", Experiment([method], surfaces.canyon(1), start=start, steps=1))
    (ax,), name = panel.axes, panel.called["step"]
    tip = panel.arrows["step"].get_path().vertices[1]
    assert np.allclose(tip, 0)
    place = np.stack([name.get_xdata()[0], name.get_ydata()[0]])
    away = (place - ax.transAxes.inverted().transform(ax.transData.transform(tip))) * ax.bbox.size
    assert (np.abs(away) > name.size / 2 + 6).any()  # its cross is 12 pixels wide


def test_no_name_for_an_arrow_that_is_not_there():
    panel = drawn("landscape", Experiment([optimizers.GradientDescent(0.01)], steps=9))
    assert [k for k, n in panel.called.items() if n.get_visible()] == ["−gradient", "step"]
    assert not panel.legends


def regions(**options):
    controls = [Control("lr", values=rates(1e-4, 1)), "momentum"]
    experiment = Experiment([optimizers.Momentum(0.003)], controls=controls, steps=100, **options)
    panel = drawn("map", experiment)
    names = {k: t.get_position() for k, t in panel.regions.items() if t.get_visible()}
    return panel, names, experiment


def test_a_map_names_its_regions_on_themselves():
    panel, names, experiment = regions()
    assert [*names] == ["too slow", "arrives", "diverged"]
    target = experiment.target
    assert panel.loss[names["arrives"]] < target < panel.loss[names["too slow"]]
    assert np.isnan(panel.loss[names["diverged"]])
    x, y = names["too slow"]
    assert (panel.loss[x + 1 :, y] < target).any()  # a larger rate would arrive there


def test_a_region_that_is_not_there_has_no_name():
    _, names, _ = regions(target=1e-30)
    assert [*names] == ["diverged"]
    panel, names, _ = regions(secret=True)
    assert names == {} and panel.later.get_visible()  # it says when the map will be there
    assert not regions()[0].later.get_visible()


def test_words_of_moments_stand_at_the_step_and_apart():
    panel = drawn("moments", Experiment([optimizers.Adam(0.1)], steps=60))
    for i, ax in enumerate(panel.axes):
        words = [panel.called[name, i] for name in ("g", "m", "m_hat", "v", "v_hat")]
        assert all(word.get_visible() for word in words)
        x, y = (np.stack([word.lines[0].get_data()[k] for word in words]) for k in (0, 1))
        assert x.shape == (5, 61) and (np.abs(x - np.arange(61) / 60) < 0.2).all()
        assert (np.diff(np.sort(y, axis=0), axis=0) > 0.89 * panel.line_height(ax)).all()
        assert (y > 0).all() and (y < 1).all()
    assert not panel.called["b", 0].get_visible()


def test_heights_keep_apart_their_order_and_what_is_none():
    found = apart(np.array([[0.5, 0.5, 0.45], [0.0, 0.9, np.nan], [np.nan] * 3]), 0.1)
    assert found[0] == pytest.approx([0.4833, 0.5833, 0.3833], abs=1e-3)
    assert found[1, :2] == pytest.approx([0.05, 0.9]) and np.isnan(found[1, 2])
    assert np.isnan(found[2]).all()
    # What has room stays where it is.
    assert apart(np.array([[0.2, 0.6, 0.6, 0.6]]), 0.1)[0] == pytest.approx([0.2, 0.5, 0.6, 0.7])
    crowded = apart(np.zeros((1, 4)), 0.1, floor=0.2)
    assert crowded[0].min() >= 0.25 - 1e-12 and np.diff(np.sort(crowded[0])) == pytest.approx(0.1)
