"""Whoever counts the methods or the surfaces counts right: where there is one more, it is named."""

import json
import re

import pytest
from test_project import ROOT, repository_files

from adamviz import optimizers, surfaces

WORDS = "nought one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
WORDS = [*WORDS.split(), "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"]
NUMBER = rf"({'|'.join(WORDS)}|\d+)"
SOME = range(8, 21)  # fewer methods are a choice of some, and so many there will not be
COUNTS = [
    (rf"(?<![\w.-]){NUMBER} (?:[\w-]+ )?(?:methods|optimizers|names)\b", optimizers.OPTIMIZERS),
    (rf"\b(?:race|one) of (?:the )?{NUMBER}\b(?! (?!needs)\w)", optimizers.OPTIMIZERS),
    (rf"\ball (?:the )?{NUMBER} surfaces\b", surfaces.SURFACES),
]


def miscounts(text):
    """The phrases with a number that is not, or no longer, that of all there are."""
    for pattern, collection in COUNTS:
        for found in re.finditer(pattern, text, re.IGNORECASE):
            said = found[1].lower()
            number = WORDS.index(said) if said in WORDS else int(said)
            if number in SOME and number != len(collection):
                yield f"{found[0]!r}, but there are {len(collection)}"


def pieces(path):
    """What stands in a file, by place; of a notebook not the outputs, which are computed."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return {str(path.relative_to(ROOT)): text}
    cells = json.loads(text)["cells"]
    return {f"{path.name}, {cell['id']}": "".join(cell["source"]) for cell in cells}


FILES = [p for p in repository_files() if p.suffix in (".md", ".py", ".ipynb")]
FILES = [p for p in FILES if p.name != "test_counts.py"]  # which counts wrong on purpose


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_count_is_wrong(path):
    wrong = [f"{place}: {w}" for place, text in pieces(path).items() for w in miscounts(text)]
    assert not wrong, "\n".join(wrong)


def test_a_wrong_count_is_seen():
    for text in (
        "three methods",
        "all nine seeds",
        "one of the nineteen seeds",
        "three of the surfaces",
    ):
        assert list(miscounts(text)) == []
    more = WORDS[len(optimizers.OPTIMIZERS) + 1]
    for text in (
        f"The {more} optimizers",
        f"all {more} methods",
        f"{len(optimizers.OPTIMIZERS) + 1} different methods",
        f"## A race of {more}\n",
        f"One of the {more} needs 11 steps",
        f"room for {more} names",
        f"all {WORDS[len(surfaces.SURFACES) + 1]} surfaces",
    ):
        assert len(list(miscounts(text))) == 1, text
