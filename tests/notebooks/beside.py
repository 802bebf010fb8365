"""The notebooks' figures, and the lists of functions beside them, in `moves/` and `races/`."""

import importlib.util
from functools import cache
from pathlib import Path

import needed

from tools import notebooks as tool

NAMES = [path.name for path in tool.notebooks()]


def listed(folder, name):
    """The list, MOVES or RACES, in the folder's file for one notebook; empty without a file."""
    file = Path(__file__).parent / folder / f"{name[:2]}.py"
    if not file.exists():
        return []
    spec = importlib.util.spec_from_file_location(f"{folder}_{name[:2]}", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, folder.upper())


def every(folder):
    """(notebook, function) for each function of each list, and a name for each pair."""
    pairs = [(name, function) for name in NAMES for function in listed(folder, name)]
    return pairs, [f"{name[:2]}-{function.__name__}" for name, function in pairs]


@cache
def figures(name):
    """The figures of a notebook: what a cell ends with that can be moved and has paths.

    Of its cells that is run which they need, solutions apart; so they must say what is stored.
    """
    cells = [cell for cell in tool.read(tool.FOLDER / name).cells if cell.cell_type == "code"]
    cells = [cell for cell in cells if "solution" not in cell.metadata.get("tags", [])]
    stored = [[out.data for out in c.outputs if "image/png" in out.get("data", {})] for c in cells]
    assert any(stored), f"{name} has stored no picture: run it with tools/notebooks.py"
    sources = [(cell.source, bool(shown)) for cell, shown in zip(cells, stored, strict=True)]
    found = needed.run(sources, {"__name__": "__main__"})
    for number, figure in found.items():
        assert [str(figure)] == [data["text/plain"] for data in stored[number]]
    return list(found.values())
