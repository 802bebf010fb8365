"""The lists of functions that stand beside the notebooks, in `moves/` and `races/`."""

import importlib.util
from pathlib import Path

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
