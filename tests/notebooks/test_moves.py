"""Every *Move* of a notebook that can be written as calls of `set`, performed on its figures.

`moves/03.py` holds the moves of notebook 03 as a list `MOVES` of functions. Each takes the list of
the notebook's figures, in the order of their cells and in their first state, and asserts what the
text says will be seen. Its docstring is the instruction, or that part of it which it performs; the
docstrings of a notebook hold its instructions to the last word.
"""

import re
from itertools import pairwise

import pytest
from beside import NAMES, every, figures, listed

from tools import notebooks as tool

EVERY, IDS = every("moves")
every_move = pytest.mark.parametrize(("name", "move"), EVERY, ids=IDS)


def prose(name):
    cells = tool.read(tool.FOLDER / name).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


@every_move
def test_a_move_shows_what_the_text_says(name, move):
    for figure in figures(name):
        figure.buttons["@reset"]()
    move(figures(name))


def words(text):
    return " ".join(re.sub(r"\W+", " ", re.sub(r"\]\([^)]*\)", "", text)).lower().split())


def instructions():
    """(notebook, text) of each **Move.**; a list that an instruction ends with belongs to it."""
    for name in NAMES:
        paragraphs = re.split(r"\n\s*\n", prose(name))
        for text, after in pairwise([*paragraphs, ""]):
            if text.startswith("**Move.**"):
                move = text.removeprefix("**Move.**")
                yield name, f"{move} {after}" if move.endswith(":") else move


INSTRUCTIONS = list(instructions())


@pytest.mark.parametrize(
    ("name", "text"), INSTRUCTIONS, ids=[f"{n[:2]}-{words(t)[:30]}" for n, t in INSTRUCTIONS]
)
def test_every_word_of_an_instruction_stands_in_the_docstring_of_a_move(name, text):
    """So a new instruction, or a new sentence of one, wants a function that performs it."""
    left = words(text)
    for move in listed("moves", name):
        left = left.replace(words(move.__doc__), "|")
    missing = [part.strip() for part in left.split("|") if part.strip()]
    assert not missing, f"tests/notebooks/moves/{name[:2]}.py performs nothing of: {missing}"


@every_move
def test_the_docstring_of_a_move_stands_in_the_notebook(name, move):
    """An instruction that was rewritten wants its move looked at again."""
    assert words(move.__doc__) in words(prose(name)), f"the notebook does not say: {move.__doc__}"
