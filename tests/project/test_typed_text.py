"""Nothing that a user types is ever evaluated: read from the source, not from good intentions."""

import ast
import re
from pathlib import Path

import pytest

from tools import notebooks as tool

ROOT = Path(__file__).resolve().parents[2]

CALLS = {"eval", "exec", "compile", "__import__", "input", "get_ipython"}
METHODS = {"eval", "exec", "literal_eval", "system", "popen", "run_cell", "run_line_magic"}
MODULES = {"ast", "builtins", "code", "codeop", "ctypes", "marshal", "numexpr"}
MODULES |= {"pickle", "runpy", "shelve", "subprocess", "sympy"}
# Widgets into which a user can type anything.
FREE = {"Text", "Textarea", "Combobox", "Password", "TagsInput", "FileUpload", "interact"}
FREE |= {"interactive", "interact_manual", "interactive_output"}  # they make a Text of a string
# What in the page would run a text.
RUNS = re.compile(r"\beval\b|\bFunction\(|\bimport\(|set(Timeout|Interval)\(\s*[\"'`]|\bon\w+ ?=")
PAGE = (ROOT / "adamviz/live/stage.js").read_text(encoding="utf-8")


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


def free_widgets(tree):
    """The widgets for free text that a program makes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", None))
            if name in FREE:
                yield name


def test_nothing_runs_a_text():
    found = [f"{where}: {what}" for where, text in sources() for what in evaluates(ast.parse(text))]
    assert found == []


def test_nobody_asks_for_a_text():
    found = [f"{where}: {w}" for where, text in sources() for w in free_widgets(ast.parse(text))]
    assert found == []


def test_the_page_takes_numbers_alone():
    """And what Python makes of them is checked once more, in `live/messages.py`."""
    assert not RUNS.search(PAGE)
    made = re.findall(r'element\("(input|select|textarea)", \{(.*?)\}', PAGE)
    assert {tag for tag, _ in made} == {"input", "select", "textarea"}
    kinds = {re.search(r'type: "(\w+)"', options)[1] for tag, options in made if tag == "input"}
    assert kinds == {"range", "checkbox", "number"}
    # The line of code, for copying.
    assert all("readonly" in options for tag, options in made if tag == "textarea")
    assert re.findall(r"\barea\.value\b(?! = )", PAGE) == []
    read = re.findall(r"(\w*\(?)\b(?:input|select)\.value\b(?! [!=]?==? )", PAGE)
    assert read and set(read) == {"Number("}


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


def test_what_asks_for_a_text_would_be_found():
    assert list(free_widgets(ast.parse("widgets.Text(); Textarea()"))) == ["Text", "Textarea"]
    assert list(free_widgets(ast.parse("interact(f, formula='x')"))) == ["interact"]
    assert RUNS.search("setTimeout('go()', 3)") and RUNS.search("node.onclick = f")
    assert not list(evaluates(ast.parse("re.compile('x'); np.load('x.npz')"))), "these are allowed"
