"""What belongs to a method and to a surface is there; what is missing is named with its place."""

from dataclasses import dataclass, fields

import pytest
from make_reference import SETTINGS
from test_optimizers import DEFAULTS, DIVIDING, IN_RULES, STATES
from test_reference import CASES, COVERAGE, PAPERS
from test_surfaces import LITERATURE, VALUES

from adamviz import optimizers, surfaces
from adamviz.controls import CONTROLS
from adamviz.drawing.style import METHODS
from adamviz.words import SYMBOLS

HERE = "tests/mathematics/"


def missing_of_method(kind):
    """What a method lacks, in words that say where it goes."""
    name, lacks = kind.__name__, []

    def need(there, place, what=name):
        if not there:
            lacks.append(f"{place} needs an entry for {what}")

    need(kind in METHODS, "adamviz/drawing/style.py: METHODS")
    for field in fields(kind):
        need(field.name in CONTROLS, "adamviz/controls.py: CONTROLS", field.name)
        if not isinstance(field.default, bool):
            need(field.name in SYMBOLS, "adamviz/words.py: SYMBOLS", field.name)
            need(field.name in IN_RULES, f"{HERE}test_optimizers.py: IN_RULES", field.name)
    need(kind in STATES, f"{HERE}test_optimizers.py: STATES")
    default = {field.name for field in fields(kind) if hasattr(kind, field.name)}
    need(kind in DEFAULTS or not default, f"{HERE}test_optimizers.py: DEFAULTS")
    divides = "eps" in {field.name for field in fields(kind)}
    listed = kind in {type(optimizer) for optimizer in DIVIDING}
    need(listed or not divides, f"{HERE}test_optimizers.py: DIVIDING")
    covered, given = set(COVERAGE.get(name, ())), set(SETTINGS.get(name, ()))
    of_papers = {type(optimizer) for optimizer in PAPERS.values()}
    need(
        covered or kind in of_papers,
        f"{HERE}test_reference.py: COVERAGE or, where no library has it, PAPERS",
    )
    for column in sorted(covered | given):
        what = f"{name}, {column!r}"
        need(column in covered, f"{HERE}test_reference.py: COVERAGE", what)
        need(column in given, f"{HERE}make_reference.py: SETTINGS", what)
        stored = any((case["method"], case["column"]) == (name, column) for case in CASES)
        need(stored, f"{HERE}reference.npz, which make_reference.py makes,", what)
    return lacks


def missing_of_surface(name):
    """What a surface lacks, in words that say where it goes."""
    tables = {"LITERATURE": LITERATURE, "VALUES": VALUES}
    lacks = [
        f"{HERE}test_surfaces.py: {table} needs an entry for {name}"
        for table, known in tables.items()
        if name not in known
    ]
    if not len(surfaces.SURFACES[name]().minima):
        lacks.append(f"adamviz/surfaces.py: {name} needs its minima")
    return lacks


@pytest.mark.parametrize("kind", optimizers.OPTIMIZERS, ids=lambda kind: kind.__name__)
def test_nothing_of_a_method_is_missing(kind):
    assert not missing_of_method(kind), "\n".join(missing_of_method(kind))


@pytest.mark.parametrize("name", surfaces.SURFACES)
def test_nothing_of_a_surface_is_missing(name):
    assert not missing_of_surface(name), "\n".join(missing_of_surface(name))


def test_every_missing_thing_is_named_with_its_place(monkeypatch):
    @dataclass(frozen=True)
    class Unknown(optimizers.Optimizer):
        beta3: float = 0.9
        eps: float = 0.0

    assert missing_of_method(Unknown) == [
        "adamviz/drawing/style.py: METHODS needs an entry for Unknown",
        "adamviz/controls.py: CONTROLS needs an entry for beta3",
        "adamviz/words.py: SYMBOLS needs an entry for beta3",
        "tests/mathematics/test_optimizers.py: IN_RULES needs an entry for beta3",
        "tests/mathematics/test_optimizers.py: STATES needs an entry for Unknown",
        "tests/mathematics/test_optimizers.py: DEFAULTS needs an entry for Unknown",
        "tests/mathematics/test_optimizers.py: DIVIDING needs an entry for Unknown",
        "tests/mathematics/test_reference.py: COVERAGE or, where no library has it, PAPERS "
        "needs an entry for Unknown",
    ]
    monkeypatch.setitem(surfaces.SURFACES, "unknown", lambda: surfaces.Surface(abs))
    assert missing_of_surface("unknown") == [
        "tests/mathematics/test_surfaces.py: LITERATURE needs an entry for unknown",
        "tests/mathematics/test_surfaces.py: VALUES needs an entry for unknown",
        "adamviz/surfaces.py: unknown needs its minima",
    ]
