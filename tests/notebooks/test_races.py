"""Every race of the notebooks, walked again and for ten times as long.

Who wins, and how many rates are good, may hold only for as long as one looks. `races/03.py` holds
the races of notebook 03 as a list `RACES` of functions without arguments. Each returns
`(name, short, long)`: one result, a dict from label to number, at the notebook's horizon and over
ten times as many steps. Its docstring begins with the claim that states it, or with the heading of
the section. `pytest -s tests/notebooks/test_races.py` prints what changes.
"""

import re
from functools import cache

import pytest
from beside import every

from tools import notebooks as tool

EVERY, IDS = every("races")
every_race = pytest.mark.parametrize(("name", "race"), EVERY, ids=IDS)

# How a notebook says in words that a result hangs on the horizon.
SAID = re.compile(
    r"longer|ten times as (long|many)|as long as one looks|thrown out|comes? back|"
    r"leaves?( the minimum)? again|\bwalks of\b"
)


@cache
def result(race):
    return race()


def near(name, race):
    """What stands near a race: its claim's paragraph, those around it, and what its cell prints.

    Paragraphs of other claims are left out. A race without a claim has its whole section, printed
    text included.
    """
    place = race.__doc__.partition(":")[0].strip()
    cells = tool.read(tool.FOLDER / name).cells
    texts = [c.source if c.cell_type == "markdown" else printed(c) for c in cells]
    if not place.startswith("Claim "):
        heading = rf"^#{{2,3}} {re.escape(place)}$"
        return re.split(heading, "\n\n".join(texts), flags=re.M)[1].partition("\n## ")[0]
    prose = "\n\n".join(c.source for c in cells if c.cell_type == "markdown")
    paragraphs = re.split(r"\n\s*\n", prose)
    (at,) = (i for i, text in enumerate(paragraphs) if f"**{place}.**" in text)
    around = [text for text in paragraphs[at - 1 : at + 3] if "**Claim" not in text]
    return "\n".join([paragraphs[at], *around, *(t for t in texts if f"{place}:" in t)])


def printed(cell):
    return "\n".join(output.get("text", "") for output in cell.outputs)


def numbers(text):
    return {float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", text)}


@every_race
def test_the_notebook_states_what_the_race_gives(name, race):
    stated = numbers(near(name, race))
    title, short, _ = result(race)
    missing = {label: n for label, n in short.items() if n is not None and n not in stated}
    assert not missing, f"{title}: not stated near {race.__doc__!r}: {missing}"


@every_race
def test_a_race_that_changes_when_looked_at_for_longer_is_said_to(name, race):
    title, short, long = result(race)
    changed = {label: (n, long[label]) for label, n in short.items() if n != long[label]}
    for label, (n, later) in changed.items():
        print(f"{name[:2]} {title}: {label}: {n}, ten times as long {later}")
    text = near(name, race)
    later = {n for _, n in changed.values() if n is not None}
    assert not changed or later & numbers(text) or SAID.search(text), f"unsaid: {changed}"


def test_some_races_are_written():
    assert len({name for name, _ in EVERY}) >= 3
