"""Reading leaves the collection as it was: what a run and a save in JupyterLab write is no change.

The other way round, what a reader really changed is named in a sentence, and never overwritten.
"""

import base64
import copy
import io
import json
import os
import random
import shutil
import subprocess
import sys

import nbformat
import pytest
from jupyter_server.services.contents.filemanager import FileContentsManager
from nbclient import NotebookClient
from nbformat.sign import NotebookNotary
from PIL import Image
from test_project import ROOT, repository_files

from tools import notebooks as tool

ALL = [path.name for path in tool.notebooks()]
NAMES = sorted(sorted(ALL, key=lambda name: (tool.FOLDER / name).stat().st_size)[:2])  # to be quick
FIRST, SHOWS = NAMES


def git(folder, *arguments):
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def copied(folder, names):
    """A copy of notebooks of the collection in `folder`/notebooks, as git holds them."""
    if not shutil.which("git"):
        pytest.skip("there is no git on this machine")
    made = folder / tool.FOLDER.name
    made.mkdir(exist_ok=True)
    texts = {name: text for name, text in tool.files().items() if name in names}
    for name in names:
        write(made / name, tool.text(tool.normal(name, texts)))
    git(folder, "init", "--quiet")
    git(folder, "add", f"{made.name}/*")
    return made


@pytest.fixture
def collection(tmp_path, monkeypatch):
    """Two notebooks in a folder that the tool takes for the collection's."""
    folder = copied(tmp_path, NAMES)
    monkeypatch.setattr(tool, "FOLDER", folder)
    return folder


def write(path, text):
    path.write_text(text, encoding="utf-8", newline="\n")


def as_run(nb):
    """What JupyterLab holds of a notebook after *Run All Cells*, with every setting that adds."""
    nb = copy.deepcopy(nb)
    nb.metadata.kernelspec.display_name = "Python 3 (ipykernel)"
    nb.metadata.language_info.version = "3.12.4"
    nb.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    nb.metadata.toc = {"base_numbering": 1}
    for number, cell in enumerate(nb.cells):
        cell.metadata.trusted = True
        cell.metadata.editable = True
        if cell.cell_type == "code":
            cell.metadata.execution = {"iopub.execute_input": "2026-11-28T10:00:00.000Z"}
            cell.metadata.scrolled = True
            cell.metadata.collapsed = False
            cell.execution_count = number + 40
        for output in cell.get("outputs", []):
            if "execution_count" in output:
                output.execution_count = number + 40
            if "image/png" in output.get("data", {}):
                view = {"model_id": "5f0e", "version_major": 2, "version_minor": 0}
                output.data[tool.WIDGET] = view
    return nb


def save(folder, name, nb):
    """As JupyterLab's server does, when it is sent `nb`."""
    notary = NotebookNotary(db_file=":memory:", secret=b"of this test")
    manager = FileContentsManager(root_dir=str(folder), notary=notary)
    manager.save({"type": "notebook", "format": "json", "content": nb}, name)


def check(capsys):
    """The status of `--check`, and what it says of each changed notebook."""
    status = tool.main(["--check"])
    return status, capsys.readouterr().err.splitlines()


def test_a_run_and_a_save_of_every_notebook_is_no_change(tmp_path, monkeypatch, capsys):
    for path in repository_files():
        copy_of_it = tmp_path / path.relative_to(ROOT)
        copy_of_it.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy_of_it)  # which can be written, even if the original cannot
    folder = copied(tmp_path, ALL)
    monkeypatch.setattr(tool, "FOLDER", folder)
    texts = tool.files()
    for name in ALL:
        save(folder, name, as_run(tool.parse(texts[name], name)))
    saved = tool.files()
    assert all(saved[name] != texts[name] for name in ALL)
    assert check(capsys) == (0, [])

    # The tests of the notebooks say of this copy what they say of the stored one.
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "tests/notebooks/test_notebooks.py",
        "tests/project/test_site.py",
    ]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert tool.files() == saved  # and nothing is written

    assert tool.main(["--no-run"]) == 0
    assert tool.files() == texts


def test_a_notebook_that_really_ran_is_no_change(collection, capsys):
    """With the state of its widgets and the times of its cells, which settings can add."""
    nb = tool.read(collection / FIRST)
    where = {"metadata": {"path": str(ROOT)}}
    NotebookClient(nb, kernel_name="python3", resources=where, record_timing=True).execute()
    assert "widgets" in nb.metadata and tool.WIDGET in nbformat.writes(nb)
    save(collection, FIRST, nb)
    assert check(capsys) == (0, [])

    plugin = ["-p", "tools.nbval_normal", "--nbval", "--nbval-current-env"]
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir", str(ROOT), *plugin]
    done = subprocess.run(
        [*command, str(collection / FIRST)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_pictures_of_another_machine_give_way_to_those_in_git(collection, monkeypatch):
    """`make notebooks` restores the stored form, and would not do so from a reader's file."""
    texts = tool.files()
    nb = as_run(tool.read(collection / SHOWS))
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            repaint(output.get("data", {}), packed_otherwise)
    save(collection, SHOWS, nb)
    monkeypatch.setattr(tool, "execute", lambda nb, path: None)
    assert tool.main([str(collection / SHOWS)]) == 0
    assert tool.files() == texts


def repaint(data, other):
    """Put other pictures into an output, into a fold as well."""
    for kind in ("image/png", "text/html"):
        for picture in tool.pictures_in(kind, data.get(kind, "")):
            data[kind] = data[kind].replace(picture, other(picture))


def packed_otherwise(picture):
    """The same picture in another file."""
    made = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(picture))) as opened:
        opened.save(made, "png", compress_level=1)
    return base64.b64encode(made.getvalue()).decode()


# --- what readers do ------------------------------------------------------------------------------


def first_code(nb):
    """The first cell that shows something."""
    return next(cell for cell in nb.cells if cell.get("outputs"))


def numbers_out_of_order(nb):
    counts = list(range(1, len(nb.cells) + 1))
    random.Random(1).shuffle(counts)
    for cell, count in zip(nb.cells, counts, strict=True):
        if cell.cell_type == "code":
            cell.execution_count = count if count % 3 else None


def empty_cells(nb):
    """Shift+Enter in the last cell adds one; B adds one below, A one above."""
    for place in (0, 3, len(nb.cells)):
        nb.cells.insert(place, nbformat.v4.new_code_cell(""))


def unfolded(nb):
    for cell in nb.cells:
        cell.metadata.pop("jupyter", None)


def folded(nb):
    first_code(nb).metadata.jupyter = {"outputs_hidden": True, "source_hidden": True}


def texts_in_pieces(nb):
    """As they come from the kernel, where a front end does not join them."""
    for cell in nb.cells:
        for output in [o for o in cell.get("outputs", []) if o.output_type == "stream"]:
            lines = output.text.splitlines(keepends=True)
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=t) for t in lines]


def of_an_older_front_end(nb):
    nb.nbformat_minor = 4
    for cell in nb.cells:
        del cell["id"]


def other_pictures(nb):
    """Another processor's, or another version's of matplotlib."""
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            repaint(output.get("data", {}), lambda picture: base64.b64encode(b"another").decode())


def links_removed(nb):
    nb.cells[-1].source = tool.unlinked(nb.cells[-1])


READING = [numbers_out_of_order, empty_cells, unfolded, folded, texts_in_pieces]
READING += [of_an_older_front_end, other_pictures, links_removed]


@pytest.mark.parametrize("use", READING)
def test_reading_is_no_change(collection, capsys, use):
    nb = as_run(tool.read(collection / SHOWS))
    use(nb)
    write(collection / SHOWS, json.dumps(nb, indent=2))
    assert check(capsys) == (0, [])
    nb = tool.normal(SHOWS, tool.files())
    counts = [cell.execution_count for cell in nb.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


def code(nb):
    first_code(nb).source = "x = 'my own'\n" + first_code(nb).source


def prose(nb):
    nb.cells[0].source += "\n\nRead this twice."


def added(nb):
    nb.cells.insert(2, nbformat.v4.new_code_cell("mine = 1"))


def added_on_top(nb):
    nb.cells.insert(0, nbformat.v4.new_code_cell("mine = 1"))


def removed(nb):
    nb.cells.remove(first_code(nb))


def moved(nb):
    nb.cells.insert(1, nb.cells.pop(nb.cells.index(first_code(nb))))


def cleared(nb):
    first_code(nb).update(outputs=[], execution_count=None)


def another_output(nb):
    """As after cells in another order, or an error."""
    first_code(nb).outputs = [nbformat.v4.new_output("stream", name="stdout", text="7\n")]


def an_error(nb):
    error = {"ename": "NameError", "evalue": "name 'np' is not defined", "traceback": []}
    first_code(nb).outputs = [nbformat.v4.new_output("error", **error)]


def a_widget_alone(nb):
    data = {tool.WIDGET: {"model_id": "1"}, "text/plain": "IntSlider(value=3)"}
    first_code(nb).outputs = [nbformat.v4.new_output("display_data", data=data)]


def no_solution(nb):
    next(cell for cell in nb.cells if cell.metadata.get("tags")).metadata.tags = []


CHANGES = {
    code: "changed: cell",
    prose: "changed: cell 0 (",
    added: "added: cell 2 ('mine = 1')",
    added_on_top: "added: cell 0 ('mine = 1')",
    removed: "removed: cell",
    moved: "added: cell 1 (",
    cleared: "output cleared: cell",
    another_output: "another output: cell",
    an_error: "another output: cell",
    a_widget_alone: "another output: cell",
    no_solution: "changed: cell",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_named_in_a_sentence_and_kept(collection, capsys, change):
    nb = as_run(tool.read(collection / SHOWS))
    change(nb)
    save(collection, SHOWS, nb)
    kept = (collection / SHOWS).read_bytes()
    status, (said,) = check(capsys)
    assert status == 1
    assert said.startswith(f"{SHOWS} is not what was stored: ") and CHANGES[change] in said
    assert " To keep that, type: make notebooks. " in said
    assert (collection / SHOWS).read_bytes() == kept
    command = said.partition("To get the original back and lose that, type: ")[2]
    assert command == f"git checkout notebooks/{SHOWS}"
    git(collection.parent, *command.split()[1:])
    assert check(capsys) == (0, [])


def test_many_changes_are_one_sentence(collection, capsys):
    for name in NAMES[:2]:
        nb = tool.read(collection / name)
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.update(outputs=[], execution_count=None)
        save(collection, name, nb)
    status, said = check(capsys)
    assert status == 1 and [line.split()[0] for line in said] == NAMES[:2]
    assert all(line.count("output cleared") == 3 and "; and " in line for line in said)


def test_a_file_that_is_no_notebook_is_said(collection, capsys):
    write(collection / SHOWS, "<<<<<<< HEAD")
    status, (said,) = check(capsys)
    assert status == 1
    assert f"{SHOWS} is not what was stored: it is not a readable notebook any more" in said


def test_what_is_kept_is_judged_by_the_tests_alone(collection, capsys):
    """After `make notebooks`, which stores it in the normal form."""
    nb = tool.read(collection / SHOWS)
    code(nb)
    save(collection, SHOWS, nb)
    assert tool.main(["--no-run", str(collection / SHOWS)]) == 0
    assert "my own" in (collection / SHOWS).read_text(encoding="utf-8")
    capsys.readouterr()
    assert check(capsys) == (0, [])


@pytest.mark.parametrize("name", ["Untitled.ipynb", "03_momentum-Copy1.ipynb", "my notes.ipynb"])
def test_other_notebooks_in_the_folder_are_the_readers_own(collection, capsys, name):
    save(collection, name, nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")]))
    assert [path.name for path in tool.notebooks()] == NAMES
    assert check(capsys) == (0, [])
    assert tool.main(["--list"]) == 0
    assert capsys.readouterr().out.split() == [f"notebooks/{name}" for name in NAMES]
    assert tool.main(["--no-run", str(collection / name)]) == 1
    assert "with a name like" in capsys.readouterr().err


def test_a_new_notebook_of_the_collection_is_run_or_renamed(collection, capsys):
    save(collection, "13_mine.ipynb", as_run(tool.read(collection / SHOWS)))
    status, said = check(capsys)
    assert status == 1
    assert "13_mine.ipynb is new here. To keep that, type: make notebooks. " in said[-1]
    assert "git checkout" not in said[-1]


def test_without_git_nothing_is_known(collection, capsys, monkeypatch):
    shutil.rmtree(collection.parent / ".git")
    assert tool.main(["--check"]) == 0
    assert capsys.readouterr().out.startswith("Without git, ")
    monkeypatch.setenv("PATH", "")
    assert tool.stored() is None
