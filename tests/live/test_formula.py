"""Controls that stand in a formula: words between them, and terms that ticks switch on."""

import pytest
from page import Page

from adamviz import Control, Explorer, optimizers


def method(lr, average, divide):
    return optimizers.Adam(lr, 0.9 * average, 0.99, bias_correction=divide)


def made(formula, **options):
    controls = [
        Control("lr", "α", [0.1, 0.2]),
        Control("average", "① average", [False, True]),
        Control("divide", "② divide", [False, True]),
    ]
    options = {"controls": controls, "panels": ["loss"], "steps": 5} | options
    return Explorer({"mine": method}, formula=formula, **options)


WHOLE = "step = {lr} · g {divide:→ √v}\n/ ({average:m}+ ε )"


def test_controls_stand_between_the_words_of_the_formula():
    page = Page(made(WHOLE))
    rows, items = page.parts["rows"], page.parts["items"]
    for row, kinds, labels in (
        (rows[0], "words slider words tick", ["step =", "α", "· g", "② divide"]),
        (rows[1], "words tick words", ["/ (", "① average", "+ ε )"]),
    ):
        assert [items[key]["kind"] for key in row] == kinds.split()
        assert [items[key]["label"] for key in row] == labels
        assert not any("width" in items[key] for key in row)
    assert [items[key].get("term") for key in ("lr", "divide", "average")] == [None, "→ √v", "m"]
    page.stand("divide", 1)
    assert page.figure.values["divide"] is True


def test_without_a_formula_they_stand_in_a_row_as_ever():
    page = Page(made(None))
    assert page.parts["rows"][0] == ["lr", "average", "divide"]
    assert all("width" in page.parts["items"][key] for key in page.parts["rows"][0])


def test_a_menu_of_surfaces_comes_first_and_a_method_keeps_its_own():
    formula = "{kappa} and {beta2}"
    figure = Explorer(
        [optimizers.Adam(lr=0.1)],
        ["canyon", "rosenbrock"],
        controls=["Adam.lr", "beta2", "kappa"],
        formula=formula,
    )
    first, second, third = Page(figure).parts["rows"][:3]
    assert (first, second) == (["surface"], ["kappa", "words:0", "beta2"])
    assert "Adam.lr" in third


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("{lr} {average}", "each of lr, average, divide once"),
        ("{lr} {average} {divide} {lr}", "each of lr, average, divide once"),
        ("{lr} {average} {divide} {mood}", "each of lr, average, divide once"),
        ("{lr} {average} {divide} {}", "each of lr, average, divide once"),
        ("{lr!r} {average} {divide}", "each of lr, average, divide once"),
        ("{lr} {average} {divide", "each of lr, average, divide once"),
        ("{lr} {average} {divide} }", "each of lr, average, divide once"),
        ("{lr:α} {average} {divide}", "without a term for lr"),
        ("", "formula must be"),
        ("{lr}\n\n{average} {divide}", "formula must be"),
        ("{lr}\t{average} {divide}", "formula must be"),
        (3, "formula must be"),
        (["lr"], "formula must be"),
    ],
)
def test_a_wrong_formula_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        made(wrong)
