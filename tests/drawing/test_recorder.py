"""What a recorder notes, decoded again: the places, styles, letters and pixels of matplotlib."""

import numpy as np
import pytest
from live.page import List, still
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle, PathPatch
from matplotlib.path import Path

from adamviz import Experiment, optimizers
from adamviz.drawing.arrow import Arrow
from adamviz.drawing.line import Line
from adamviz.drawing.panel import Role
from adamviz.drawing.picture import Picture
from adamviz.drawing.recorder import Recorder

WIDTH, HEIGHT, DPI = 400, 300, 100
BOX = (30, 20, 300, 200)
UNIT = 1 / 16  # the grid of places, in pixels
POINT = DPI / 72


def axes():
    ax = Figure((WIDTH / DPI, HEIGHT / DPI), dpi=DPI).add_axes((0.1, 0.1, 0.8, 0.8))
    ax.set(xlim=(0, 10), ylim=(0, 1))
    return ax


def record(*artists):
    return List(Recorder(WIDTH, HEIGHT, DPI).record(artists, BOX))


def pixels(ax, points):
    """Where points of the data lie, from the corner of the box, y downwards."""
    x, y = ax.transData.transform(points).T
    return np.stack([x - BOX[0], HEIGHT - y - BOX[1]], axis=1)


def the(kind, *artists):
    """The only op of a kind, its style, and the list."""
    found = record(*artists)
    (op,) = found.of(kind)
    return op, found.styles[op[1]], found


def test_places_are_those_of_matplotlib():
    points = np.random.default_rng(0).uniform((0, 0), (10, 1), (500, 2))
    ax = axes()
    (line,) = ax.plot(*points.T)
    (_, _, number, codes, role, _), _, found = the("path", line)
    places = found.places(number)
    assert found.units[number] == 16 and (codes, role) == (-1, 0)
    assert np.abs(places - pixels(ax, points)).max() <= UNIT / 2 + 1e-9
    assert np.ptp(places, axis=0).min() > 100  # it is no point


def test_what_is_far_away_keeps_its_direction():
    points = np.array([(5, 0.5), (5, 40.0), (1e200, 0.5)])
    ax = axes()
    (line,) = ax.plot(*points.T)
    op, _, found = the("path", line)
    places = found.places(op[2])
    assert found.units[op[2]] == 0 and found.arrays[op[2]].dtype == np.float32
    assert places[:2] == pytest.approx(pixels(ax, points)[:2], rel=1e-6)
    assert places[2, 0] == 1e6 and places[2, 1] == pytest.approx(places[0, 1])


@pytest.mark.parametrize("far", [False, True])
def test_a_gap_is_a_gap(far):
    points = np.repeat([(1, 0.1), (2, np.nan), (3, 0.3), (np.nan, 0.4), (5, 0.5)], 4, axis=0)
    points[-1, 1] = 1e3 if far else 0.5
    ax = axes()
    (line,) = ax.plot(*points.T)
    op, _, found = the("path", line)
    places, gaps = found.places(op[2]), np.isnan(points).any(axis=1)
    assert (found.units[op[2]] == 0) == far
    assert np.array_equal(np.isnan(places).any(axis=1), gaps)
    assert places[~gaps] == pytest.approx(pixels(ax, points[~gaps]), rel=1e-6, abs=UNIT)


def test_a_dashed_line_has_its_dashes_and_where_they_begin():
    (line,) = axes().plot([1, 2], [0.1, 0.9], linestyle=(2, (3, 1)), linewidth=2, color="#bd1f01")
    _, style, _ = the("path", line)
    color, alpha, width, dashes, cap, join, fill, *_ = style
    assert (color, alpha, width) == ("#bd1f01", 1, pytest.approx(2 * POINT, abs=1e-3))
    # In widths of the line, in points: first the offset.
    assert dashes == pytest.approx([4 * POINT, 6 * POINT, 2 * POINT], abs=1e-3)
    assert (cap, join, fill) == ("butt", "round", 0)


def test_ends_of_lines_are_called_as_a_canvas_calls_them():
    caps = {"butt": "butt", "projecting": "square", "round": "round"}
    for given, called in caps.items():
        (line,) = axes().plot([1, 2], [0.1, 0.9], solid_capstyle=given, solid_joinstyle="miter")
        _, style, _ = the("path", line)
        assert (style[3], style[4], style[5]) == (0, called, "miter")


@pytest.mark.parametrize(("alpha", "stroke", "fill"), [(None, 0.8, 0.25), (0.5, 0.5, 0.5)])
def test_an_alpha_of_the_artist_goes_before_those_of_its_colours(alpha, stroke, fill):
    ax = axes()
    patch = ax.add_patch(
        Circle((5, 0.5), 0.2, fc=(0, 1, 0, 0.25), ec=(0, 0, 1, 0.8), alpha=alpha, linewidth=3)
    )
    (_, _, number, codes, *_), style, found = the("path", patch)
    assert style[:2] == ["#0000ff", stroke] and style[6:8] == ["#00ff00", fill]
    # A circle stays one: the codes of its curves are there.
    path = patch.get_path()
    assert np.array_equal(found.arrays[codes], path.codes)
    expected = pixels(ax, patch.get_patch_transform().transform(path.vertices))
    assert np.abs(found.places(number) - expected).max() <= UNIT


def test_what_has_no_width_has_no_line():
    patch = axes().add_patch(Circle((5, 0.5), 0.2, fc="#123456", linewidth=0))
    _, style, _ = the("path", patch)
    assert (style[0], style[6]) == (0, "#123456")
    (line,) = axes().plot([1, 2], [0.1, 0.9], color=(1, 0, 0, 0))
    _, style, _ = the("path", line)
    assert style[0] == 0


def test_what_is_clipped_to_its_axes():
    ax = axes()
    (line,) = ax.plot([-5, 20], [0.1, 0.9])
    _, style, _ = the("path", line)
    (left, top), (right, bottom) = pixels(ax, [(0, 1), (10, 0)])
    assert style[8] == pytest.approx([left, top, right - left, bottom - top], abs=0.01)
    line.set_clip_on(False)
    _, style, _ = the("path", line)
    assert style[8] == 0


def test_what_is_clipped_to_a_path():
    ax = axes()
    (line,) = ax.plot([1, 9], [0.1, 0.9])
    triangle = Path([(2, 0.1), (8, 0.1), (5, 0.9), (2, 0.1)], closed=True)
    line.set_clip_path(triangle, ax.transData)
    _, style, found = the("path", line)
    places, codes = style[8]
    assert np.array_equal(found.arrays[codes], triangle.codes)
    assert np.abs(found.places(places) - pixels(ax, triangle.vertices)).max() <= UNIT


def test_markers_are_an_outline_at_places():
    points = np.array([(1, 0.2), (4, 0.5), (9, 0.9)])
    ax = axes()
    look = {"marker": "s", "markersize": 6, "mfc": "#00ff00", "mec": "#ff0000", "linestyle": ""}
    (line,) = ax.plot(*points.T, **look)
    (_, _, places, outline, codes, role, snapped, every), style, found = the("mark", line)
    assert np.abs(found.places(places) - pixels(ax, points)).max() <= UNIT
    assert np.ptp(found.places(outline), axis=0) == pytest.approx(6 * POINT, abs=2 * UNIT)
    assert found.arrays[codes][-1] == Path.CLOSEPOLY and (role, snapped, every) == (0, 1, 0)
    assert (style[0], style[6]) == ("#ff0000", "#00ff00")


def test_a_line_that_moves_has_all_its_places_and_says_which_are_marked():
    x = np.linspace(1, 9, 30)
    for every, noted in ((slice(2, None, 5), [2, 5]), (3, [0, 3]), (None, 0)):
        line = axes().add_line(Line(x, x / 10, marker="o", markevery=every))
        line.role = Role("trail")
        (_, _, places, *_, said), _, found = the("mark", line)
        assert len(found.places(places)) == 30 and said == noted
        assert line.get_markevery() == every


def test_a_few_places_are_exact():
    points = np.array([(1.23456, 0.2), (4.56789, 0.5)])
    ax = axes()
    (line,) = ax.plot(*points.T)
    op, _, found = the("path", line)
    assert found.units[op[2]] == 0
    assert found.places(op[2]) == pytest.approx(pixels(ax, points), rel=1e-6)


def test_arrows_are_their_tails_and_tips():
    ax = axes()
    ends = np.array([(1, 0.2), (4, 0.5), (5, 0.5), (9, 0.1)])
    arrow = ax.add_artist(Arrow(3.0, color="#00701a"))
    arrow.set_path(Path(ends))
    arrow.role = Role("point", 0, 2)
    (_, _, tails, tips, width, role), style, found = the("arrows", arrow)
    for number, there in ((tails, ends[::2]), (tips, ends[1::2])):
        assert np.abs(found.places(number) - pixels(ax, there)).max() <= UNIT
    assert (width, role) == (3.0, ["point"])
    assert (style[0], style[6]) == (0, "#00701a")


def test_a_line_along_the_pixels_is_snapped_and_another_is_not():
    ax = axes()
    along, across = ax.plot([1, 9], [0.5, 0.5])[0], ax.plot([1, 9], [0.1, 0.9])[0]
    assert [the("path", line)[0][5] for line in (along, across)] == [1, 0]


@pytest.mark.parametrize("angle", [0, 90])
def test_a_text_is_the_outline_of_its_letters(angle):
    ax = axes()
    text = ax.text(3, 0.4, "Adam β₁ −3", fontsize=12, rotation=angle, color="#123456")
    ax.figure.canvas.draw()
    (_, _, x, y, turned, scale, outline, codes), style, found = the("text", text)
    assert turned == pytest.approx(np.radians(angle), abs=1e-4)
    assert (style[0], style[6]) == (0, "#123456")
    assert len(found.arrays[codes]) == len(found.places(outline)) > 100
    # As g.translate(x, y), g.rotate(-turned) and g.scale(scale, scale) put it.
    c, s = np.cos(turned), np.sin(turned)
    seen = scale * found.places(outline) @ [[c, -s], [s, c]] + (x, y)
    box = text.get_window_extent()
    low = box.x0 - BOX[0], HEIGHT - box.y1 - BOX[1]
    high = box.x1 - BOX[0], HEIGHT - box.y0 - BOX[1]
    # Letters that are fitted to pixels are up to 4 % wider than their outlines.
    fitted = 0.04 * max(box.width, box.height)
    assert np.abs(seen.min(axis=0) - low).max() < fitted
    assert np.abs(seen.max(axis=0) - high).max() < fitted


@pytest.mark.parametrize("size", [7.4, 9.5, 12])
def test_a_text_stands_in_the_middle_where_it_should(size):
    ax = axes()
    text = ax.text(5, 0.4, "a long title with many narrow letters", fontsize=size, ha="center")
    (_, _, x, _, _, scale, outline, _), _, found = the("text", text)
    places = x + scale * found.places(outline)[:, 0]
    middle = ax.transData.transform((5, 0.4))[0] - BOX[0]
    assert (places.min() + places.max()) / 2 == pytest.approx(middle, abs=1)


def test_of_mathematics_the_formula_is_written():
    text = axes().text(3, 0.4, r"$\sqrt{v}$", fontsize=12)
    plain = axes().text(3, 0.4, r"\$\sqrt{v}\$", fontsize=12)
    formula, typed = (len(record(t).places(record(t).of("text")[0][6])) for t in (text, plain))
    assert 0 < formula < typed


@pytest.mark.parametrize("origin", ["lower", "upper"])
def test_an_image_stands_upright(origin):
    rng = np.random.default_rng(1)
    data = rng.integers(0, 255, (3, 5, 3), dtype=np.uint8)
    ax = axes()
    image = ax.imshow(
        data, origin=origin, interpolation="none", extent=(0, 10, 0, 1), aspect="auto"
    )
    op, _, found = the("image", image)
    _, _, number, width, height, (a, b, c, d, e, f) = op
    assert (width, height) == (5, 3)  # a cell is a pixel: the browser enlarges
    drawn = found.arrays[number].reshape(height, width, 4)
    for row in range(height):
        for column in range(width):
            u, v = column + 0.5, row + 0.5
            place = a * u + c * v + e, b * u + d * v + f
            x = 10 * (column + 0.5) / 5
            y = (row + 0.5) / 3 if origin == "lower" else 1 - (row + 0.5) / 3
            (there,) = pixels(ax, [(x, y)])
            assert abs(place[0] - there[0]) < 0.1
            # The row that is drawn at this place is the one of the data.
            rows = [b * 0.5 + d * (r + 0.5) + f for r in range(height)]
            nearest = int(np.argmin(np.abs(np.array(rows) - there[1])))
            assert abs(rows[nearest] - there[1]) < 0.1
            assert np.array_equal(drawn[nearest, column, :3], data[row, column])
    assert (drawn[..., 3] == 255).all()


def test_a_role_is_noted():
    line = axes().plot([1, 2, 3], [0.1, 0.2, 0.3], marker="o")[0]
    line.role = Role("trail", 2, 3)
    found = record(line)
    assert found.of("path")[0][4] == found.of("mark")[0][5] == ["trail", 2, 3]
    patch = PathPatch(Path([(0, 0), (1, 0), (1, 1)]))
    axes().add_artist(patch).role = Role("handle")
    assert record(patch).of("path")[0][4] == ["handle"]


def test_how_a_line_looks_is_asked_once_and_again_when_it_is_set(monkeypatch):
    ax, asked = axes(), []
    line = ax.add_line(Line([1, 9], [0.1, 0.9], color="#ff0000", marker="o"))
    line.role = Role("trail")
    recorder, draw = Recorder(WIDTH, HEIGHT, DPI), Line.draw
    monkeypatch.setattr(Line, "draw", lambda self, r: (asked.append(self), draw(self, r)))

    def recorded(box=BOX):
        found = List(recorder.record([line], box))
        (path,), (mark,) = found.of("path"), found.of("mark")
        assert found.places(path[2]) == pytest.approx(found.places(mark[2]))
        return found.styles[path[1]], found.places(path[2])

    style, places = recorded()
    line.set_data([2, 3, 5], [0.2, 0.9, 0.2])
    again, moved = recorded()
    assert len(asked) == 1 and again == style and (len(places), len(moved)) == (2, 3)
    assert np.abs(moved - pixels(ax, [(2, 0.2), (3, 0.9), (5, 0.2)])).max() <= UNIT
    ax.set_xlim(0, 20)
    assert np.abs(recorded()[1] - pixels(ax, [(2, 0.2), (3, 0.9), (5, 0.2)])).max() <= UNIT
    assert len(asked) == 1
    for count, look in enumerate(({"color": "#0000ff"}, {"linewidth": 7.0}, {"marker": "s"}), 2):
        line.set(**look)
        recorded()
        assert len(asked) == count
    assert recorded()[0][0] == "#0000ff"
    recorded((0, 0, 300, 200))
    assert len(asked) == 5


def test_a_line_without_places_is_asked_again():
    line = axes().add_line(Line([], [], marker="o"))
    recorder = Recorder(WIDTH, HEIGHT, DPI)
    recorder.record([line], BOX)
    line.set_data([1, 9], [0.1, 0.9])
    assert [op[0] for op in List(recorder.record([line], BOX)).ops] == ["path", "mark"]


def test_what_is_there_twice_is_sent_once():
    ax = axes()
    lines = [ax.plot([1, 9], [0.1, 0.9], color="#112233")[0] for _ in range(3)]
    found = record(*lines)
    assert (len(found.of("path")), len(found.styles), len(found.arrays)) == (3, 1, 1)


def test_a_collection_is_drawn_path_by_path():
    segments = [[(1, 0.1), (2, 0.2)], [(3, 0.3), (4, 0.9)]]
    ax = axes()
    found = record(ax.add_collection(LineCollection(segments, colors=["#ff0000", "#0000ff"])))
    for op, segment, color in zip(found.of("path"), segments, ["#ff0000", "#0000ff"], strict=True):
        assert np.abs(found.places(op[2]) - pixels(ax, segment)).max() <= UNIT
        assert found.styles[op[1]][0] == color


# --- pictures -------------------------------------------------------------------------------------


def scene(**options):
    options = {"controls": ["lr", "kappa"], "steps": 100} | options
    return Experiment([optimizers.Adam(lr=0.1)], **options).scene()


def test_the_same_still_has_the_same_name():
    first, again = (Picture(["landscape", "loss"], scene()) for _ in range(2))
    for picture in (first, again):
        picture.record(scene())
    names = [tile.name for tile in first.tiles]
    assert names == [tile.name for tile in again.tiles] and len({*names}) == 2
    assert [tile.still for tile in first.tiles] == [tile.still for tile in again.tiles]


def test_only_what_changed_gets_a_new_still():
    picture, now = Picture(["landscape", "loss"], scene()), scene()
    picture.record(now)
    landscape, loss = ((tile.still, tile.name) for tile in picture.tiles)
    panel = picture.panels[1]
    panel.limits(panel.axes[0], 1e-7, 1e3)
    move = panel.move
    panel.move = lambda scene: (move(scene), panel.limits(panel.axes[0], 1e-7, 1e3))
    picture.record(now)
    assert picture.tiles[0].still is landscape[0] and picture.tiles[0].name == landscape[1]
    assert picture.tiles[1].still != loss[0] and picture.tiles[1].name != loss[1]
    panel.move = move
    picture.record(now)
    assert (picture.tiles[1].still, picture.tiles[1].name) == loss


def test_words_that_move_are_in_the_still_and_not_in_every_move():
    picture = Picture(["landscape"], scene())
    (moving,) = map(List, picture.record(scene()))
    under, _ = still(picture.tiles[0].still)
    numbers = {op[3] for op in moving.of("mark") if op[3] < 0}
    assert numbers == {-1, -2, -3} and len(under.words) == 3
    for number, (places, codes) in zip((-1, -2, -3), under.words, strict=True):
        letters = under.places(places)[under.arrays[codes] != Path.CLOSEPOLY]
        # In the middle of the place where it stands, and as wide as it is.
        wide = [*picture.panels[0].called.values()][-1 - number].size[0]
        assert letters[:, 0].max() == pytest.approx(wide / 2, abs=1)
        assert letters[:, 0].min() == pytest.approx(-wide / 2, abs=1)


def test_legends_lie_over_what_moves():
    picture = Picture([("components", {"overlay": lambda scene, i: np.ones(101)})], scene())
    picture.record(scene())
    tile = picture.tiles[0]
    under, over = still(tile.still)
    assert under.of("text") and over.of("text")
    legend = picture.panels[0].legends[tile.axes[0]].get_window_extent()
    place = legend.x0 - tile.box[0], picture.height - legend.y1 - tile.box[1]
    marks = [over.places(op[2])[0] for op in over.of("path")]
    assert min(np.abs(np.array(marks) - place).sum(axis=1)) < 20


def test_a_page_has_rows_for_methods_and_no_legend_of_them():
    picture = Picture(["loss"], scene())
    picture.record(scene())
    (legend,) = picture.panels[0].legends.values()
    assert legend.of_methods and legend.get_visible()
    under, over = still(picture.tiles[0].still)
    assert len(over.of("text")) == 2  # the target, and its halo
    picture.panels[0].legends.clear()
    legend.remove()
    picture.panels[0].stale = True
    picture.record(scene())
    assert len(still(picture.tiles[0].still)[0].ops) == len(under.ops)


def test_what_moves_is_small():
    """Four bytes for each place, once, and a header that does not grow with the steps."""
    sizes = []
    for steps in (100, 200):
        now = scene(steps=steps)
        sizes.append([len(moving) for moving in Picture(["landscape", "loss"], now).record(now)])
    short, long = np.array(sizes)
    # At each step the landscape has a place, and three arrows with two ends each.
    wanted = np.array([4 * (1 + 3 * 2), 4])
    assert (short <= 100 * wanted + 2000).all()
    assert (np.abs(long - short - 100 * wanted) < 20).all()  # numbers in the header get longer
