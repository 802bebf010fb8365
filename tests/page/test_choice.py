"""What is left out of a page where there is no room: stops, then pairs, then what takes most."""

import pytest

from adamviz import Control, Explorer, optimizers
from adamviz.page.choice import Choice, alone, covers

KEYS = ["lr", "beta1", "bias_correction", "surface"]
BOTH = (("lr", None), ("beta1", None))
SOME = (("lr", (4, 20)), ("beta1", None))
RATES = [round(0.01 * k, 2) for k in range(1, 41)]


@pytest.fixture(scope="module")
def plan():
    controls = [Control("lr", "α", RATES, 0.1), "beta1", "bias_correction"]
    surfaces = ["canyon", "beale", "rosenbrock"]
    figure = Explorer([optimizers.Adam()], surfaces, controls=controls, steps=5, panels=["loss"])
    return figure._plan(figure.experiment, ())


def choice(plan, pairs=(), **each):
    made = Choice(plan, KEYS, [*pairs])
    made.each = {alone(key): each.get(key, 10) for key in KEYS} | dict.fromkeys(pairs, 10)
    return made


def test_where_there_is_room_nothing_is_left_out(plan):
    made = choice(plan, [BOTH])
    assert made.fit(10**6) and made.whole
    assert len(made.stops("lr")) == 39


def test_stops_of_the_slider_that_takes_most_go_first(plan):
    made = choice(plan)
    assert made.fit(0.7 * made.total) and made.coarse
    assert {made.kept["lr"][0], made.kept["lr"][-1]} == {0, 39} and 9 in made.kept["lr"]


def test_a_pair_goes_before_a_slider_keeps_but_its_ends(plan):
    made = choice(plan, [BOTH])
    assert made.fit(300) and made.pairs == []
    assert len(made.kept["lr"]) > 8 and made.alone == KEYS


def test_sliders_keep_their_ends_before_a_knob_goes(plan):
    made = choice(plan)
    assert made.fit(100) and made.alone == KEYS
    assert 3 <= len(made.kept["lr"]) <= 4


def test_the_knob_that_takes_most_goes_and_the_others_have_their_stops_again(plan):
    made = choice(plan, surface=10_000)
    assert made.fit(2_000)
    assert made.alone == KEYS[:-1] and made.coarse == []


def test_the_same_room_is_the_same_choice_whatever_was_left_out_before(plan):
    made = choice(plan, [BOTH], surface=10_000)
    other = choice(plan, [BOTH], surface=10_000)
    for size in (10**6, 300, 25_000, 50):
        made.fit(size)
    made.fit(500)
    other.fit(500)
    assert (made.kept, made.alone, made.pairs) == (other.kept, other.alone, other.pairs)


def test_where_not_even_one_knob_has_room_none_is_held(plan):
    made = choice(plan)
    assert made.fit(0) and made.alone == [] and not made.whole


def test_stops_that_are_named_are_kept_and_no_others_count_in_their_pair(plan):
    made = choice(plan, [SOME])
    betas = len(made.stops("beta1"))
    assert made.weight("lr") == 10 * (39 + 2 * betas)
    assert made.fit(0.6 * made.total) and made.pairs == [SOME] and made.coarse
    assert {0, 4, 9, 20, 39} <= {*made.kept["lr"]}


def test_a_stop_that_is_named_alone_is_kept_and_takes_no_more_room(plan):
    made = choice(plan, [(("lr", (4, 20)),)])
    assert made.pairs == [] and made.fit(100)
    assert {*made.kept["lr"]} == {0, 4, 9, 20, 39}


def test_a_knob_of_which_stops_are_named_goes_last(plan):
    named = (("lr", (4, 20)),)
    made = choice(plan, [named], lr=1000, surface=900)
    assert made.fit(4_500) and made.alone == KEYS[:-1] and made.missed == []
    assert made.fit(3_000) and made.alone == [] and made.missed == [named]


def test_a_slider_of_which_all_stops_are_named_has_all_of_them(plan):
    made = choice(plan, [(("lr", tuple(range(40))),)])
    assert made.fit(0.95 * made.total) and "lr" not in made.coarse
    assert made.coarse or made.alone != KEYS


def test_a_part_of_a_pair_is_counted_alone_where_the_pair_has_no_room(plan):
    made = choice(plan, [SOME, BOTH])
    assert made.fit(10**6) and made.pairs == [BOTH] and made.missed == []
    assert made.fit(500) and made.pairs == [SOME] and made.missed == [BOTH]
    assert made.fit(100) and made.pairs == [] and made.missed == [BOTH]


def test_a_group_covers_what_has_no_other_places():
    assert covers(BOTH, SOME) and covers(SOME, SOME) and covers(SOME, SOME[::-1])
    assert not covers(SOME, BOTH) and not covers(SOME, (("lr", (4, 5)), ("beta1", None)))
    assert not covers(BOTH, BOTH[:1]) and not covers(BOTH[:1], BOTH)
