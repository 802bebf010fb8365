"""`python -m adamviz.check` where something is missing, too old or broken."""

import ast
import importlib.metadata
import json
import os
import re
import subprocess
import sys

import pytest
from test_project import PROJECT, ROOT, split

import adamviz
from adamviz import check

LEAST = {name: bound.removeprefix(">=") for name, bound in map(split, PROJECT["dependencies"])}


def run(folder, *options, gone=()):
    """The exit code and what is printed, with `folder` searched first and some modules gone.

    Not in the repository's folder, so that nothing is found just because it stands there.
    """
    (folder / "sitecustomize.py").write_text(f"""
import sys
from importlib import metadata

class Gone:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {list(gone)}:
            raise ModuleNotFoundError(f"No module named {{name!r}}")

def from_name(name, found=metadata.Distribution.from_name):
    if name in {list(gone)}:
        raise metadata.PackageNotFoundError(name)
    return found(name)

metadata.Distribution.from_name = from_name
sys.meta_path.insert(0, Gone())
""")
    path = os.pathsep.join([str(folder), str(ROOT)])
    done = subprocess.run(
        [sys.executable, *options, "-m", "adamviz.check"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert not done.stderr
    return done.returncode, done.stdout


def test_here_all_is_well(tmp_path):
    code, said = run(tmp_path)
    assert code == 0, said
    assert said.endswith("\nAll is well.\n")
    for name in [*LEAST, "jupyterlab", "voila"]:
        assert f"{name} {importlib.metadata.version(name)}\n" in said


def test_a_python_without_any_package(tmp_path):
    code, said = run(tmp_path, "-S")
    assert code == 1
    for name, least in LEAST.items():
        assert f"MISSING  {name}; {least} or newer is needed" in said
    wanted = " ".join(f'"{name}>={least}"' for name, least in LEAST.items())
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    assert f"{python} -m pip install {wanted}\n" in said


@pytest.mark.parametrize("name", LEAST)
def test_a_missing_package(tmp_path, name):
    code, said = run(tmp_path, gone=[name])
    assert code == 1
    assert f"MISSING  {name}; {LEAST[name]} or newer is needed" in said
    assert f'-m pip install "{name}>={LEAST[name]}"\n' in said
    assert said.count("MISSING") == 1


@pytest.mark.parametrize("name", [*LEAST, "jupyterlab", "voila"])
def test_an_old_package(tmp_path, name):
    old = tmp_path / f"{name}-0.1.dist-info"
    old.mkdir()
    (old / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1\n")
    code, said = run(tmp_path)
    assert code == 1
    assert f"TOO OLD  {name} 0.1; " in said
    assert f'-m pip install "{name}>=' in said


def test_a_broken_package(tmp_path):
    (tmp_path / "anywidget.py").write_text("raise OSError('half of it is gone')")
    code, said = run(tmp_path)
    assert code == 1
    assert "BROKEN   anywidget: OSError: half of it is gone" in said
    assert f'-m pip install --force-reinstall "anywidget>={LEAST["anywidget"]}"\n' in said


def test_front_ends_may_live_elsewhere(tmp_path):
    code, said = run(tmp_path, gone=["jupyterlab", "voila"])
    assert code == 0, said
    assert "note     no jupyterlab; fine if " in said and "note     no voila; fine if " in said


def test_but_something_must_open_a_notebook(tmp_path):
    code, said = run(tmp_path, gone=["jupyterlab", "voila", "ipykernel"])
    assert code == 1
    assert "MISSING  jupyterlab" in said


def write_extension(folder, version):
    (folder / "package.json").write_text(json.dumps({"version": version}))


def test_a_half_in_the_browser_that_belongs_to_another_version(tmp_path, monkeypatch, capsys):
    """JupyterLab takes the first that it finds, and then shows nothing."""
    first, second = tmp_path / "user/anywidget", tmp_path / "environment/anywidget"
    for folder, version in (first, "0.9.18"), (second, importlib.metadata.version("anywidget")):
        folder.mkdir(parents=True)
        write_extension(folder, version)
    manager = tmp_path / "environment/@jupyter-widgets/jupyterlab-manager"
    manager.mkdir(parents=True)
    write_extension(manager, "5.0.15")
    folders = [str(first.parent), str(second.parent)]
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda sub: folders)
    assert check.main() == 1
    said = capsys.readouterr().out
    assert "OTHER    anywidget in the browser is not of" in said and f": {first}\n" in said
    assert "Remove that folder" in said
    folders.reverse()
    assert check.check_extensions() is None
    assert "ok       anywidget in the browser" in capsys.readouterr().out


def test_halves_in_the_browser_are_where_jupyter_searches(tmp_path, monkeypatch, capsys):
    for folder in ("labextensions", "labextensions/anywidget"):
        (tmp_path / folder).mkdir()
    write_extension(tmp_path / "labextensions/anywidget", importlib.metadata.version("anywidget"))
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda sub: [str(tmp_path / sub)])
    assert check.main() == 1
    said = capsys.readouterr().out
    assert "ok       anywidget in the browser" in said
    assert "MISSING  jupyterlab_widgets in the browser" in said
    assert str(tmp_path / "labextensions" / "@jupyter-widgets" / "jupyterlab-manager") in said
    assert "-m pip install --force-reinstall --no-deps jupyterlab_widgets\n" in said


def test_a_copy_that_is_not_installed(monkeypatch, capsys):
    elsewhere = [folder for folder in sys.path if folder not in ("", str(ROOT))]
    monkeypatch.setattr(sys, "path", [str(ROOT), *elsewhere])
    assert check.main() == 1
    said = capsys.readouterr().out
    assert "MISSING  adamviz itself" in said and f'--editable "{ROOT}"' in said


@pytest.mark.parametrize("part", ["live.playground", "live.training", "network.slices", "sampling"])
def test_a_broken_part(monkeypatch, capsys, part):
    """Whatever a notebook imports: none of these is needed for the picture that is drawn."""
    monkeypatch.setitem(sys.modules, f"adamviz.{part}", None)
    assert check.main() == 1
    said = capsys.readouterr().out
    assert re.search(rf"^BROKEN   adamviz\.[\w.]+: \w+: .*adamviz\.{part}\b", said, re.M)
    assert "a path is walked" not in said


def test_every_part_is_imported(tmp_path):
    """What is in the package's folder and what the check imports is the same."""
    files = [p.relative_to(ROOT).with_suffix("") for p in (ROOT / "adamviz").rglob("*.py")]
    named = {".".join(p.parts).removesuffix(".__init__") for p in files}
    code = (
        "import sys; from adamviz import check; check.check_parts(); "
        "print(*[n for n in sys.modules if n.startswith('adamviz')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert not done.stderr
    assert set(done.stdout.split("\n")[-2].split()) == named


def test_a_wrong_picture(monkeypatch, capsys):
    monkeypatch.setattr("adamviz.optimizers.Adam.step", lambda self, state, g, x: (state, x))
    assert check.main() == 1
    assert "BROKEN   a path and its picture: " in capsys.readouterr().out


def test_an_old_python(monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 9, 18, "final", 0))
    assert check.main() == 1
    said = capsys.readouterr().out
    least = PROJECT["requires-python"].removeprefix(">=")
    assert f"TOO OLD  Python 3.9.18 ({sys.executable}); {least} or newer is needed" in said


@pytest.mark.parametrize("name", ["__init__", "check", "machine"])
def test_an_old_python_can_read_it(name):
    source = (ROOT / "adamviz" / f"{name}.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))


def test_metadata_says_the_same_as_pyproject(monkeypatch):
    """The package is also installed without its pyproject.toml."""
    from_file = check.requirements()
    assert from_file["packages"] == LEAST
    lines = PROJECT["dependencies"] + [
        f"{requirement}; extra == '{extra}'"
        for extra, listed in PROJECT["optional-dependencies"].items()
        for requirement in listed
    ]
    monkeypatch.setattr(check, "PYPROJECT", "there is none")
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: lines)
    monkeypatch.setattr(
        importlib.metadata,
        "metadata",
        lambda name: {"Requires-Python": PROJECT["requires-python"]},
    )
    assert check.requirements() == from_file


@pytest.mark.parametrize(
    ("found", "least", "expected"),
    [("2.0", "2.0", True), ("2", "2.0", True), ("3.10.1", "3.8", True), ("2.0.1", "2.0.2", False)],
)
def test_versions_are_compared_as_numbers(found, least, expected):
    assert check.at_least(found, least) is expected


def test_an_import_says_where_to_ask(tmp_path):
    """Nothing but the names themselves needs the dependencies."""
    code = "import adamviz\ntry: adamviz.Explorer\nexcept ImportError as e: print(e)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    missing = re.search(r"^adamviz cannot start: No module named '(\w+)'", done.stdout)
    assert missing and missing[1] in LEAST, done.stdout + done.stderr
    assert "python -m adamviz.check" in done.stdout
    with pytest.raises(AttributeError):
        _ = adamviz.no_such_name
