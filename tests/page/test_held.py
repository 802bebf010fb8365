"""What a page holds: the frames that an Explorer set to the same state shows, within its budget."""

import base64
import gzip
import itertools
import re
from dataclasses import replace

import pytest

from adamviz import Control, Explorer, Playground, Training, optimizers, sampling
from adamviz.page.held import hold
from adamviz.page.html import BUDGET, CODE, LEAST, script
from adamviz.page.pack import Unpacked
from adamviz.page.shelves import Shelves

SETTINGS = {
    "surface": ["canyon", "beale"],
    "steps": 12,
    "panels": ["landscape", "loss"],
}
RATES, BETAS = [0.01, 0.1, 0.5, 1.0], [0.0, 0.5, 0.9]


def explorer(**changed):
    controls = [Control("lr", "α", RATES), Control("beta1", "β₁", BETAS), "bias_correction"]
    return Explorer([optimizers.Adam(lr=0.1)], **{"controls": controls, **SETTINGS, **changed})


def unpacked(fragment):
    return Unpacked(base64.b64decode(re.search(r"octet-stream\">(.*?)</script>", fragment)[1]))


@pytest.fixture(scope="module")
def figure():
    return explorer(pairs=[("lr", "beta1")])


@pytest.fixture(scope="module")
def held(figure):
    return unpacked(figure.html())


def frames(held):
    """Every held frame with where its knobs stand elsewhere than at first."""
    yield {}, held.json(held.index["first"])
    for shelf in held.index["shelves"]:
        yield from zip(shelf["differ"], map(held.json, shelf["frames"]), strict=True)


def moved(figure, differ):
    """What `set` takes for knobs that stand so."""
    changes = {}
    for key, number in differ.items():
        if key == "start":
            changes["start"] = tuple(float(x) for x in number.strip("()").split(", "))
        else:
            changes |= figure.knobs[key].changes(figure.experiment, number)
    return changes


def test_every_frame_is_what_an_explorer_there_shows(figure, held):
    count = 0
    for differ, frame in frames(held):
        other = explorer()
        other.set(**moved(figure, differ))
        assert [held.still(n) for n in frame["stills"]] == other._lists[1], differ
        assert [held.list(n) for n in frame["moving"]] == other._lists[2], differ
        now = {**held.index["now"], **frame["now"]}
        words = now["words"]
        assert words == str(other)
        assert now["steps"] == other.experiment.steps
        count += 1
    assert count > 40


def test_held_are_every_stop_alone_and_the_pairs_that_are_named(figure, held):
    there = [differ for differ, _ in frames(held)]
    for key in ("lr", "beta1", "bias_correction", "surface"):
        knob = figure.knobs[key]
        now = knob.of(figure.experiment)
        others = [k for k in range(knob.count(figure.experiment)) if k != now]
        assert {d[key] for d in there if {*d} - {"start"} == {key}} == {*others}, key
    for lr in range(len(RATES)):
        for beta in range(len(BETAS)):
            both = {"lr": lr, "beta1": beta}
            first = held.index["now"]["state"]
            assert {k: v for k, v in both.items() if v != first[k]} in there


def test_of_three_that_are_named_every_part_is_held():
    names = ("lr", "beta1", "bias_correction")
    held = unpacked(explorer(panels=["loss"], pairs=[names]).html())
    there, first = [differ for differ, _ in frames(held)], held.index["now"]["state"]
    every = itertools.product(range(len(RATES)), range(len(BETAS)), range(2))
    for numbers in every:
        wanted = zip(names, numbers, strict=True)
        assert {k: v for k, v in wanted if v != first[k]} in there
    assert any("α with β₁ with bias" in note for note in held.index["notes"])


def test_a_row_that_reads_as_a_formula_does_so_in_a_page():
    figure = explorer(panels=["loss"], formula="step = {lr} · {beta1} {bias_correction:→ m̂}")
    index = unpacked(figure.html()).index
    row = ["words:0", "lr", "words:1", "beta1", "bias_correction"]
    assert index["now"]["rows"][:2] == [["surface"], row]
    assert [index["items"][key]["label"] for key in row[:3]] == ["step =", "α", "·"]
    assert index["items"]["bias_correction"]["term"] == "→ m̂"


def test_of_a_dict_its_beginnings_are_held():
    named = {"lr": [0.5], "beta1": None, "bias_correction": [False]}
    held = unpacked(explorer(panels=["loss"], pairs=[named]).html())
    there, first = [differ for differ, _ in frames(held)], held.index["now"]["state"]
    for beta in range(len(BETAS)):
        for both in ({"lr": 2, "beta1": beta}, {"lr": 2, "beta1": beta, "bias_correction": 0}):
            assert {k: v for k, v in both.items() if v != first[k]} in there
    assert "α = 0.5 with β₁ with bias correction = off" in held.index["notes"][0]


def test_what_is_seen_only_after_another_move_can_be_named():
    figure = explorer(panels=["loss"], pairs=[{"bias_correction": [False], "beta1": [0.0, 0.5]}])

    def rows(experiment):
        seen = ["lr"] if experiment.values["bias_correction"] else ["lr", "beta1"]
        return [[*seen, "bias_correction"], "@picture", ["step"], "@words"]

    plan = replace(figure._plan(figure.experiment, figure.pairs), rows=rows)
    held = Unpacked(hold(plan, LEAST))
    assert "beta1" not in alone(held) and "beta1" in held.index["items"]
    there = [differ for differ, _ in frames(held)]
    assert all({"bias_correction": 0, "beta1": number} in there for number in (0, 1))


def test_starts_that_are_named_are_held_exactly():
    named = [{"start": [(1.0, 2.0)], "lr": None}, ("beta1", "start")]
    figure = explorer(panels=["landscape"], pairs=named)
    held = unpacked(figure.html())
    there = [differ for differ, _ in frames(held)]
    assert {"start": "(1.0, 2.0)"} in there and {"start": "(1.0, 2.0)", "lr": 0} in there
    starts = held.index["starts"]
    assert [[1.0, 2.0], "(1.0, 2.0)"] in starts and len(starts) > 9
    for _, start in starts[1:]:
        assert all({"beta1": beta, "start": start} in there for beta in range(2))
    (frame,) = [f for differ, f in frames(held) if differ == {"lr": 0, "start": "(1.0, 2.0)"}]
    figure.set(start=(1.0, 2.0), lr=0.01)
    assert frame["now"]["words"] == str(figure)


def test_a_named_pair_that_has_no_room_is_said():
    betas = [round(0.03 * k, 2) for k in range(33)]
    sliders = [Control("lr", "α", (0.001, 0.4, 0.001), 0.1)]
    sliders += [Control("beta1", "β₁", betas), Control("beta2", "β₂", betas)]
    names = [("lr", "beta1"), ("lr", "beta1", "beta2")]
    figure = explorer(controls=sliders, panels=["components"], steps=200, pairs=names)
    notes = unpacked(figure.html(budget=LEAST)).index["notes"]
    (said,) = [note for note in notes if note.startswith("Not held here: ")]
    assert "α with β₁ with β₂" in said


def test_two_methods_can_be_hidden_one_after_the_other():
    methods = [optimizers.Adam(lr=0.1), optimizers.Momentum(lr=0.01), optimizers.AdaMax(lr=0.1)]
    figure = Explorer(methods, controls=[], steps=9, panels=["loss"])
    held = unpacked(figure.html())
    (frame,) = [f for d, f in frames(held) if d == {"show:Adam": 0, "show:momentum": 0}]
    figure.set(show=["AdaMax"])
    assert frame["now"]["words"] == str(figure)


def test_what_depends_on_the_order_of_moves_is_not_held():
    """With locked rates one moves the others along; without, it does not: which came first?"""
    lock = ("lock", "Adam.lr")
    figure = Playground(
        [optimizers.Adam(lr=0.1), optimizers.AdaMax(lr=0.1)], steps=50, pairs=[lock]
    )
    held = unpacked(figure.html(budget=300_000))
    assert any("lr" in key for differ, _ in frames(held) for key in differ)
    assert not any("lock" in differ and "Adam.lr" in differ for differ, _ in frames(held))
    assert held.index["notes"][0] == "Held here: each control alone."


def test_where_a_named_pair_is_too_much_its_sliders_keep_every_second_stop():
    rates = [round(0.001 * k, 3) for k in range(1, 161)]
    controls = [Control("lr", "α", rates, 0.1), Control("beta1", "β₁", BETAS), "bias_correction"]
    figure = explorer(controls=controls, steps=40, pairs=[("lr", "beta1")])
    sent = figure.html(budget=LEAST)
    assert len(gzip.compress(sent.encode())) < LEAST
    held = unpacked(sent)
    texts, (first, notes) = (
        held.index["items"]["lr"]["texts"],
        map(held.index.get, ("now", "notes")),
    )
    assert 8 < len(texts) < 100 and texts[first["state"]["lr"]] == "0.1"
    there = [differ for differ, _ in frames(held)]
    for lr, beta in itertools.product(range(len(texts)), range(len(BETAS))):
        both = {"lr": lr, "beta1": beta}
        assert {k: v for k, v in both.items() if v != first["state"][k]} in there
    assert any("Of α some stops" in note for note in notes) and "α with β₁" in notes[0]


def test_the_words_of_every_step_are_held_where_it_stands(figure, held):
    walk = held.json(held.index["walk"])
    other = explorer()
    for step in range(13):
        other.set(step=step)
        assert walk["words"][step] == str(other)


def test_words_at_another_stop_are_those_of_its_steps(held):
    shelf = next(s for s in held.index["shelves"] if s.get("key") == "lr")
    walk = held.json(shelf["walks"][0])
    other = explorer()
    other.set(lr=RATES[shelf["stops"][0]], step=5)
    assert walk["words"][5] == str(other)


def test_a_start_is_held_for_each_place_of_the_grid(held):
    first, *starts = held.index["starts"]
    assert first == [[-4.0, 1.5], "(-4.0, 1.5)"] and len(starts) >= 9
    there = [differ for differ, _ in frames(held)]
    assert all({"start": name} in there for _, name in starts)
    for grabs in held.index["grabs"].values():
        (grab,) = grabs.values()
        columns, rows = grab["size"]
        assert columns * rows == len(grab["cells"])
        assert {*grab["cells"]} == {*range(len(grab["moves"]))}
        assert {move["start"] for move in grab["moves"]} <= {name for _, name in [first, *starts]}
        assert len(grab["moves"]) > 0.8 * len(starts)


@pytest.mark.parametrize(
    "pairs",
    [
        [("lr", "nothing")],
        ["lr"],
        [("lr", "lr")],
        [("lr",)],
        3,
        [("lr", "step")],
        [3],
        [{"lr": None}],
        [{"start": None}],
    ],
)
def test_pairs_must_be_two_controls(pairs):
    with pytest.raises(ValueError, match=r"^pairs must be"):
        explorer(pairs=pairs)
    with pytest.raises(ValueError, match=r"^pairs must be"):
        explorer().html(pairs=pairs)


@pytest.mark.parametrize("values", [[], 0.1, [0.2], ["much"], [None]])
def test_values_of_pairs_must_be_stops(values):
    with pytest.raises(ValueError, match=r"^lr (in pairs )?must be"):
        explorer(pairs=[{"beta1": None, "lr": values}])


@pytest.mark.parametrize("live", ["javascript:alert(1)", "", 3, "two\nlines"])
def test_live_must_be_an_address(live):
    with pytest.raises(ValueError, match=r"^live must be"):
        explorer().html(live=live)


@pytest.mark.parametrize("budget", [LEAST - 1, 0, "much", 1.5e5, None, True])
def test_a_budget_must_have_room_for_a_still(tmp_path, budget):
    with pytest.raises(ValueError, match=rf"^budget must be a whole number ≥ {LEAST}, not"):
        explorer().html(budget=budget)
    with pytest.raises(ValueError, match=r"^budget must be"):
        explorer().save(tmp_path / "adam.html", budget=budget)


def test_with_a_small_budget_it_holds_less_and_says_so():
    sliders = [Control("lr", "α", (0.001, 0.4, 0.001), 0.1), "beta1"]
    figure = explorer(controls=sliders, panels=["loss", "components"], steps=60)
    sent = figure.html(budget=LEAST)
    assert 0.5 * LEAST < len(gzip.compress(sent.encode())) < LEAST
    notes = unpacked(sent).index["notes"]
    assert any("left out" in note or "with Python alone" in note for note in notes)


def alone(held):
    """The keys of knobs that are held alone, each with how many other stops it has."""
    return {s["key"]: len(s["stops"]) for s in held.index["shelves"] if "key" in s}


def test_where_each_stop_takes_much_every_slider_keeps_a_few():
    sizes = Control("batch", "B", [1, 2, 4, 8, 16, 32, 64, 128], 8)
    figure = Explorer(
        [optimizers.GradientDescent(lr=0.1)],
        sampling.linear_regression,
        controls=[sizes, "lr", "seed"],
        panels=["examples"],
        steps=12,
    )
    sent = figure.html(budget=LEAST)
    assert 0.7 * LEAST < len(gzip.compress(sent.encode())) < LEAST
    held = unpacked(sent)
    few = alone(held)
    assert {*few} == {"batch", "lr", "seed", "show:gradient descent"} and min(few.values()) >= 1
    assert not any("with Python alone" in note for note in held.index["notes"])


def test_what_takes_most_is_left_out_and_not_the_many_that_take_little():
    surfaces = ["canyon", "beale", "rosenbrock", "himmelblau", "rastrigin", "styblinski_tang"]
    sent = explorer(surface=surfaces, panels=["landscape"]).html(budget=LEAST)
    assert len(gzip.compress(sent.encode())) < LEAST
    held = unpacked(sent)
    assert alone(held) == {"lr": 3, "beta1": 2, "bias_correction": 1, "show:Adam": 1}
    assert "surface: with Python alone." in held.index["notes"]


@pytest.mark.parametrize("wrong", [0.05, 20])
def test_a_wrong_guess_of_the_room_is_set_right(monkeypatch, wrong):
    takes = Shelves.takes
    monkeypatch.setattr(Shelves, "takes", lambda *args: wrong * takes(*args))
    rates = [round(0.01 * k, 2) for k in range(1, 201)]
    panels = ["loss"] if wrong > 1 else ["loss", "components", "landscape"]
    figure = explorer(controls=[Control("lr", "α", rates, 0.1)], panels=panels, steps=60)
    sent = figure.html(budget=LEAST)
    assert len(gzip.compress(sent.encode())) < LEAST
    there = alone(unpacked(sent))
    assert there["lr"] == 199 if wrong > 1 else 8 < there["lr"] < 199


def test_an_address_is_in_the_page():
    figure = Explorer([optimizers.Adam()], controls=[], steps=2, panels=["loss"])
    held = unpacked(figure.html(live="../lab/index.html?path=00.ipynb"))
    assert held.index["live"] == "../lab/index.html?path=00.ipynb"


def test_a_file_is_whole_and_asks_for_nothing(tmp_path, figure):
    path = tmp_path / "adam.html"
    figure.save(path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>") and text.endswith("</html>\n")
    for needed in ('<html lang="en">', 'charset="utf-8"', "width=device-width", "<title>canyon"):
        assert needed in text
    addresses = re.findall(r"(?:src|href)=[\"']?([^\"'> ]{1,20})", text)
    assert all(a.startswith("data:image/png") for a in addresses), addresses
    assert "url(" not in text and "@import" not in text


def test_the_script_is_no_longer_than_the_budget_allows_for():
    assert len(gzip.compress(script().encode())) < CODE


def test_where_nothing_can_be_written_it_says_so(tmp_path, figure):
    with pytest.raises(IsADirectoryError, match="path must be a file"):
        figure.save(tmp_path)
    with pytest.raises(FileNotFoundError, match="folder that is there"):
        figure.save(tmp_path / "no" / "adam.html")
    with pytest.raises(ValueError, match="path must be a path"):
        figure.save(3)


def test_a_figure_that_moved_is_held_from_where_it_stands():
    figure = explorer(panels=["loss"])
    figure.set(lr=0.5, step=3)
    before = str(figure)
    held = unpacked(figure.html())
    assert held.index["now"]["state"]["lr"] == 2
    assert held.index["now"]["words"] == before == str(figure)


def test_a_slider_of_many_stops_keeps_some_of_them_and_says_so():
    sliders = [Control("lr", "α", (0.001, 1.0, 0.001), 0.1), "beta1"]
    figure = explorer(controls=sliders, panels=["loss"])
    held = unpacked(figure.html())
    texts = held.index["items"]["lr"]["texts"]
    assert 100 < len(texts) < 500
    assert texts[held.index["now"]["state"]["lr"]] == "0.1"
    assert any("α" in note and "left out" in note for note in held.index["notes"])


def test_training_holds_what_is_trained():
    figure = Training([optimizers.Adam(lr=0.01)], epochs=3, step=2, seeds=(0,))
    held = unpacked(figure.html())
    first = held.json(held.index["first"])
    assert first["last"] == 2
    assert held.index["shelves"] == []
    assert held.json(held.index["walk"])["words"][1] != held.json(held.index["walk"])["words"][2]


def test_training_shows_every_epoch_as_a_live_figure_does():
    def training():
        return Training(
            [optimizers.Adam(lr=0.01), optimizers.Momentum(lr=0.1)],
            panels=["training loss", "layer gradients"],
            epochs=3,
            seeds=(0,),
        )

    held, other = unpacked(training().html()), training()
    first, walk = held.json(held.index["first"]), held.json(held.index["walk"])
    assert "last" not in first
    for step in range(4):
        other.set(step=step)
        assert walk["words"][step] == str(other)
        for i, number in enumerate(first["moving"]):
            drawn = walk["tiles"].get(str(i), [number] * 4)[step]
            assert held.list(drawn) == other._lists[2][i], (step, i)
        assert [held.still(n) for n in first["stills"]] == other._lists[1]


def test_a_playground_holds_its_card_and_its_line_of_code_within_the_budget():
    figure = Playground([optimizers.Adam(lr=0.1)], steps=50)
    fragment = figure.html(code=False)
    held = unpacked(fragment)
    assert len(base64.b64decode(re.search(r'stream">(.*?)</script>', fragment)[1])) < BUDGET
    shelf = next(s for s in held.index["shelves"] if s.get("key") == "surface")
    there = held.json(shelf["frames"][0])["now"]["extra"]["@code"]
    other = Playground([optimizers.Adam(lr=0.1)], steps=50)
    other.set(surface=list(other.experiment.surfaces)[shelf["stops"][0]])
    assert there == other.code
