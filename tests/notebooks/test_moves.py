"""Every *Move* of a notebook that can be written as calls of `set`, performed on its figures.

`moves/03.py` holds the moves of notebook 03 as a list `MOVES` of functions. Each takes the list of
the notebook's figures, in the order of their cells and in their first state, and asserts what the
text says will be seen. Its docstring begins with the first words of the instruction.
"""

import ast
import re
from functools import cache

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


@pytest.mark.parametrize("name", [name for name in NAMES if "**Move.**" in prose(name)])
def test_every_notebook_has_its_moves(name):
    assert listed("moves", name), f"tests/notebooks/moves/{name[:2]}.py has no list MOVES"


def words(text):
    return re.sub(r"\W+", " ", re.sub(r"\]\([^)]*\)", "", text)).lower().split()


@every_move
def test_the_instruction_of_a_move_stands_in_the_notebook(name, move):
    """An instruction that was rewritten wants its move looked at again."""
    wanted = " ".join(words(move.__doc__)[:6])
    assert wanted in " ".join(words(prose(name))), f"no instruction begins: {wanted}"
