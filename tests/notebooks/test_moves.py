"""Every *Move* of a notebook that can be written as calls of `set`, performed on its figures.

`moves/03.py` holds the moves of notebook 03 as a list `MOVES` of functions. Each takes the list of
the notebook's figures, in the order of their cells and in their first state, and asserts what the
text says will be seen. Its docstring is the instruction, or that part of it which it performs; the
docstrings of a notebook hold its instructions to the last word.
"""

import ast
import re
from functools import cache
from itertools import pairwise

import pytest
from beside import NAMES, every, listed

from tools import notebooks as tool

EVERY, IDS = every("moves")
every_move = pytest.mark.parametrize(("name", "move"), EVERY, ids=IDS)


def prose(name):
    cells = tool.read(tool.FOLDER / name).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


@cache
def figures(name):
    """The figures of a notebook: what a cell ends with that can be moved and has paths.

    Its cells are run in order, solutions apart, to the last one that has stored a picture.
    """
    cells = tool.read(tool.FOLDER / name).cells
    shows = [any("image/png" in out.get("data", {}) for out in c.get("outputs", [])) for c in cells]
    assert any(shows), f"{name} has stored no picture: run it with tools/notebooks.py"
    found, names = [], {"__name__": "__main__"}
    for cell in cells[: len(shows) - shows[::-1].index(True)]:
        if cell.cell_type != "code" or "solution" in cell.metadata.get("tags", []):
            continue
        tree = ast.parse(cell.source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, name, "exec"), names)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), name, "eval"), names)
            if hasattr(value, "set") and hasattr(value, "paths"):
                found.append(value)
    return found


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
