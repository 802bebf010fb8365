"""Every race of the notebooks, walked again and for ten times as long.

Who wins, and how many rates are good, may hold only for as long as one looks. `races/03.py` holds
the races of notebook 03 as a list `RACES` of functions without arguments. Each returns
`(name, short, long)`: one result, a dict from label to number, at the notebook's horizon and over
ten times as many steps. Its docstring begins with the claim that states it, or with the heading of
the section. `pytest -s tests/test_races.py` prints what changes.
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


def sections(name):
    """(heading, Markdown and printed text) of each section."""
    found = [["", ""]]
    for cell in tool.read(tool.FOLDER / name).cells:
        if cell.cell_type == "code":
            found[-1][1] += "".join(f"\n{out.get('text', '')}" for out in cell.outputs)
            continue
        first, *parts = re.split(r"^#{2,3} +(.+)$", cell.source, flags=re.M)
        found[-1][1] += f"\n\n{first}"
        found += [list(pair) for pair in zip(parts[::2], parts[1::2], strict=True)]
    return found


def near(name, race):
    """The section that states the race: the one with its claim, or with its heading."""
    place = race.__doc__.partition(":")[0].strip()
    claim = re.fullmatch(r"Claim (\d+\.\d+)", place, re.I)
    for heading, text in sections(name):
        if f"**Claim {claim[1]}.**" in text if claim else heading == place:
            return text
    raise AssertionError(f"{race.__name__}: {name} has no {place!r}")


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
