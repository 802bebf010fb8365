"""The rooms: imports run one way, and what lies in a room can be held in the head."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "adamviz"

# From left to right; a file imports from its own room and from those to its left. `__init__` names
# them all, and `check` looks at them from outside.
ROOMS = [
    ["checks", "words"],
    ["optimizers", "surfaces", "descent", "sampling"],
    ["arguments", "batch", "controls", "setting"],
    ["experiment"],
    ["network"],
    ["drawing"],
    ["page", "live"],  # a page knows no widget, see below
]
OUTSIDE = {"__init__", "check", "machine"}
MATPLOTLIB = {"matplotlib", "PIL"}
WIDGETS = {"ipywidgets", "anywidget", "traitlets", "IPython"}
UNKNOWN = {room: MATPLOTLIB | WIDGETS for rooms in ROOMS[:5] for room in rooms}
UNKNOWN["drawing"] = UNKNOWN["page"] = WIDGETS

FILES = sorted(p for p in PACKAGE.rglob("*.py") if p.relative_to(PACKAGE).parts[0] != "__pycache__")


def room(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def place(name):
    return next(number for number, rooms in enumerate(ROOMS) if name in rooms)


def imports(path):
    """The modules that a file imports, as paths of names from the top."""
    package = ["adamviz", *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            module = [*above, *(node.module or "").split(".")]
            module = [part for part in module if part]
            # `from . import style` imports a module, too.
            yield from ([*module, alias.name] for alias in node.names)


def test_every_file_has_a_room():
    known = {name for rooms in ROOMS for name in rooms} | OUTSIDE
    assert {room(path) for path in FILES} <= known


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_one_way(path):
    if room(path) in OUTSIDE:
        return
    for module in imports(path):
        assert module[0] not in UNKNOWN.get(room(path), ()), f"{path.name} imports {module[0]}"
        if module[0] == "adamviz" and module[1] not in OUTSIDE:
            assert place(module[1]) <= place(room(path)), f"{path.name} imports {module}"


@pytest.mark.parametrize(
    ("module", "unknown"),
    [
        ("optimizers, adamviz.surfaces, adamviz.descent, adamviz.sampling", MATPLOTLIB | WIDGETS),
        ("network", MATPLOTLIB | WIDGETS),
        ("experiment", MATPLOTLIB | WIDGETS),
        ("drawing.picture, adamviz.drawing.export, adamviz.drawing.curves", WIDGETS),
        ("page.html", WIDGETS),
        ("live.repertoire", WIDGETS),
    ],
)
def test_a_room_knows_nothing_of_what_lies_to_its_right(module, unknown):
    code = f"import adamviz.{module}, sys; print(*{sorted(unknown)} & sys.modules.keys())"
    code = code.replace(f"{sorted(unknown)} &", f"{set(unknown)} &")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("", "")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_and_classes_can_be_held_in_the_head(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 480
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef):
            assert node.end_lineno - node.lineno < 250, node.name


def test_the_mathematics_is_read_in_an_evening():
    lines = [len((PACKAGE / f"{n}.py").read_text(encoding="utf-8").splitlines()) for n in ROOMS[1]]
    assert sum(lines) <= 1400
