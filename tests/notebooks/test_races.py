"""Every race of the notebooks, walked again and for ten times as long.

Who wins, and how many rates are good, may hold only for as long as one looks. `races/03.py` holds
the races of notebook 03 as a list `RACES` of functions without arguments. Each returns
`(name, short, long)`: one result, a dict from label to number, at the notebook's horizon and over
ten times as many steps. Its docstring begins with the claim that states it, or with the heading of
the section; `(printed)` at the end of its first line says that some of the numbers do not stand in
the text, only below the cell.

If the two differ, the docstring ends with `Longer:` and the notebook's own words about the longer
walk, `…` where some are left out and `{label}` where the number found must stand. What these words
say without a number the function asserts. `pytest -s tests/notebooks/test_races.py` prints what
changes.
"""

import inspect
import re
from functools import cache

import pytest
from beside import every

from tools import notebooks as tool

EVERY, IDS = every("races")
# What asks for one race stands side by side, so that one process walks it once for all.
every_race = pytest.mark.parametrize(("name", "race"), EVERY, ids=IDS, scope="module")

# How a notebook says in words that it looks for longer.
SAID = re.compile(
    r"longer|ten times as|a hundred epochs|rates that stay|"
    r"(over|within|after|in|until step|to step|looked at for|walks of) \d[\d, ]{2,}",
    re.IGNORECASE,
)


@cache
def result(race):
    return race()


def near(name, race, outputs=True):
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
    folds = re.compile(r"^</?details.*?$(\n<summary>.*$)?", re.M)  # what lies in one is said, too
    paragraphs = re.split(r"\n\s*\n", folds.sub("", prose))
    (at,) = (i for i, text in enumerate(paragraphs) if f"**{place}.**" in text)
    around = [text for text in paragraphs[at - 1 : at + 3] if "**Claim" not in text]
    said = [text for text in texts if outputs and f"{place}:" in text]
    return "\n".join([paragraphs[at], *around, *said])


def printed(cell):
    """What a cell prints, in a fold or not."""
    found = (output.get("data", output) for output in cell.outputs)
    return "\n".join(o.get("text", o.get("text/plain") if "text/html" in o else "") for o in found)


def numbers(text):
    return {float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", text)}


@every_race
def test_the_notebook_states_what_the_race_gives(name, race):
    only_printed = "(printed)" in race.__doc__.splitlines()[0]
    stated = numbers(near(name, race, outputs=only_printed))
    title, short, _ = result(race)
    missing = {label: n for label, n in short.items() if n is not None and n not in stated}
    assert not missing, f"{title}: not stated near {race.__doc__!r}: {missing}"


def longer(race):
    """The notebook's words about the longer walk, as the race quotes them; empty without."""
    return " ".join(race.__doc__.partition("Longer:")[2].split())


@every_race
def test_what_the_longer_walk_gives_stands_where_the_notebook_speaks_of_it(name, race):
    title, short, long = result(race)
    changed = {label: (n, long[label]) for label, n in short.items() if n != long[label]}
    for label, (n, later) in changed.items():
        print(f"{name[:2]} {title}: {label}: {n}, ten times as long {later}")
    quote = longer(race)
    if not quote and not changed:
        return
    assert quote, f"{race.__doc__!r} quotes no sentence about {changed}"
    assert SAID.search(quote), f"not of a longer walk: {quote}"
    found = re.sub(r"\{(.+?)\}", lambda label: f"{long[label[1]]:g}", quote)
    text = " ".join(near(name, race).split())
    missing = [part for part in found.split(" … ") if part not in text]
    assert not missing, f"not near {race.__doc__.partition(':')[0]}: {missing}"
    if quote == found:
        assert "assert " in inspect.getsource(race), f"nothing asserts: {quote}"


def test_some_races_are_written():
    assert len({name for name, _ in EVERY}) >= 3
