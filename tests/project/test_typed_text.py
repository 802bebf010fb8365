"""Nothing that a user types is ever evaluated: read from the source, not from good intentions."""

import ast
from pathlib import Path

import pytest

from tools import notebooks as tool

ROOT = Path(__file__).resolve().parents[2]

CALLS = {"eval", "exec", "compile", "__import__", "input", "get_ipython"}
METHODS = {"eval", "exec", "literal_eval", "system", "popen", "run_cell", "run_line_magic"}
MODULES = {"ast", "builtins", "code", "codeop", "ctypes", "marshal", "numexpr"}
MODULES |= {"pickle", "runpy", "shelve", "subprocess", "sympy"}
# Widgets into which a user can type anything; those for numbers hand over numbers alone.
FREE = {"Text", "Textarea", "Combobox", "Password", "TagsInput", "FileUpload", "interact"}
FREE |= {"interactive", "interact_manual", "interactive_output"}  # they make a Text of a string
READING = {"value", "observe", "on_submit", "on_msg", "get_state", "trait_values"}


def sources():
    """(where, Python) of every module of the package and every code cell of the notebooks."""
    for path in sorted((ROOT / "adamviz").rglob("*.py")):
        yield path.name, path.read_text(encoding="utf-8")
    for path in tool.notebooks():
        for number, cell in enumerate(tool.read(path).cells):
            if cell.cell_type == "code":
                yield f"{path.name}, cell {number}", cell.source


def evaluates(tree):
    """What in a program could run a text as a program."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in CALLS:
            yield node.id
        elif isinstance(node, ast.Attribute) and node.attr in METHODS:
            yield f".{node.attr}"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""] if not node.level else []
            yield from (f"import {name}" for name in names if name.partition(".")[0] in MODULES)
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            yield "allow_pickle"


def name_of(node):
    """`line` of `line` or of `self.line`."""
    return getattr(node, "attr", getattr(node, "id", None))


def free_widgets(tree):
    """The names that hold a widget for free text; None for one that has no name."""
    named = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            targets, values = node.targets, [node.value]
            if isinstance(node.value, ast.Tuple) and isinstance(targets[0], ast.Tuple):
                targets, values = targets[0].elts, node.value.elts
            named |= {id(v): name_of(t) for t, v in zip(targets, values, strict=False)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) in FREE:
            yield named.get(id(node))


def readings(tree, names):
    """Where what stands in one of these widgets is read, or listened to."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or isinstance(node.ctx, ast.Store):
            continue
        if node.attr in READING and name_of(node.value) in names:
            yield f"{name_of(node.value)}.{node.attr}"


def test_nothing_runs_a_text():
    found = [f"{where}: {what}" for where, text in sources() for what in evaluates(ast.parse(text))]
    assert found == []


def test_text_that_can_be_typed_is_never_read():
    trees = [(where, ast.parse(text)) for where, text in sources()]
    free = [(where, name) for where, tree in trees for name in free_widgets(tree)]
    assert free == [("playground.py", "_line")]  # the line of code, for copying
    found = [f"{where}: {what}" for where, tree in trees for what in readings(tree, {"_line"})]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "eval(box.value)",
        "f = eval",
        "compile(text, '', 'eval')",
        "np.load(name, allow_pickle=True)",
        "from ast import literal_eval",
        "import os.path, sympy.abc",
        "frame.eval('x + 1')",
        "os.system('ls')",
    ],
)
def test_a_text_that_runs_would_be_found(text):
    assert list(evaluates(ast.parse(text)))


def test_a_text_that_is_read_would_be_found():
    for text in (
        "self.box = widgets.Text()\nf(self.box.value)",
        "box, n = Textarea(), 3\nbox.observe(f)",
    ):
        tree = ast.parse(text)
        assert list(free_widgets(tree)) == ["box"]
        assert list(readings(tree, {"box"}))
    assert list(free_widgets(ast.parse("interact(f, formula='x')"))) == [None]
    assert not list(readings(ast.parse("self.box.value = 'x'"), {"box"}))
    assert not list(evaluates(ast.parse("re.compile('x'); np.load('x.npz')"))), "these are allowed"
