"""Each notebook in a real Notebook 7, its first figure moved."""

import moves
import pytest
from conftest import NOTEBOOKS


@pytest.mark.parametrize("name", [path.name for path in NOTEBOOKS])
def test_first_figure_answers(open_notebook, name):
    moves.try_first_figure(open_notebook(name, "notebook7"), name)
