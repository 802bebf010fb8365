"""The files around the package say the same thing, and nothing of the machine they were made on."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import mutation_check
import pytest

from tools.notebooks import notebooks

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUNTIME = {"numpy", "matplotlib", "contourpy", "pillow", "ipywidgets", "anywidget"}

# conda-forge's `matplotlib` brings a desktop toolkit of several hundred megabytes.
CONDA_NAMES = {"matplotlib": "matplotlib-base"}


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def split(requirement):
    """("numpy", ">=2.0") from "numpy>=2.0"."""
    name, bound = re.fullmatch(r"([A-Za-z0-9_.-]+?)\s*([=<>~!].*)?", requirement).groups()
    return name, bound


def conda_dependencies():
    listed = read("environment.yml").split("dependencies:")[1]
    return dict(split(line) for line in re.findall(r"^  - ([^#\n]+?)\s*(?:#.*)?$", listed, re.M))


def repository_files():
    """What git holds or would take; without git, everything outside hidden folders.

    A reader's own notebooks, which lie beside ours, are theirs.
    """
    own = set((ROOT / "notebooks").glob("*.ipynb")) - set(notebooks())
    return [path for path in all_files() if path not in own]


def all_files():
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout.decode()
        return [ROOT / name for name in sorted(set(listed.split("\0"))) if (ROOT / name).is_file()]
    return [p for p in ROOT.rglob("*") if p.is_file() and "/." not in f"/{p.relative_to(ROOT)}"]


def test_runtime_dependencies_stay_few():
    assert {split(d)[0] for d in PROJECT["dependencies"]} == RUNTIME
    assert all(split(d)[1].startswith(">=") for d in PROJECT["dependencies"])


def test_package_and_citation_have_one_version():
    cited = re.search(r"^version: (.+)$", read("CITATION.cff"), re.M)[1]
    assert cited == PROJECT["version"]


def test_conda_environment_holds_what_pyproject_asks_for():
    wanted = dict(
        split(d) for d in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["lab"]
    )
    wanted = {CONDA_NAMES.get(name, name): bound for name, bound in wanted.items()}
    assert conda_dependencies() == wanted | {"python": "=3.12", "pip": None}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no executable bit")
@pytest.mark.parametrize("script", [".ci/run", "binder/postBuild"])
def test_scripts_can_be_executed(script):
    assert os.access(ROOT / script, os.X_OK)


def test_constraints_are_plain_versions():
    lines = [line for line in read("constraints.txt").splitlines() if not line.startswith("#")]
    plain = re.compile(r'[A-Za-z0-9_.-]+==[0-9][0-9a-z.]*( ; python_version (<|>=) "3\.\d+")?')
    assert lines
    assert [line for line in lines if not plain.fullmatch(line)] == []
    assert "make constraints" in read("constraints.txt").splitlines()[0]


def test_constraints_cover_every_direct_dependency():
    pinned = {line.split("==")[0].lower() for line in read("constraints.txt").splitlines()}
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    direct = {split(d)[0] for group in groups for d in group}
    assert direct - pinned == set()


def test_lowest_versions_are_the_bounds():
    """`make test-versions` runs on them. Python 3.13 is newer than some: it has its own lines."""
    lines = [line for line in read("tests/lowest.txt").splitlines() if not line.startswith("#")]
    pinned = dict(line.split(" ;")[0].split("==") for line in lines if '>= "3.13"' not in line)
    groups = PROJECT["dependencies"], PROJECT["optional-dependencies"]["test"]
    bounds = {name: bound for group in groups for name, bound in map(split, group)}
    assert {name: f">={pinned.get(name)}" for name in bounds} == bounds
    newer = {line.split("==")[0] for line in lines if '>= "3.13"' in line}
    assert newer == {line.split("==")[0] for line in lines if '< "3.13"' in line}


def test_every_error_of_the_mutation_check_can_be_planted():
    """Where the engine changes, the check must follow, and be run again. (Not among the tests that
    the check runs: in a changed copy this one fails, whatever the error.)"""
    assert mutation_check.stale() == []
    assert len(mutation_check.MUTATIONS) >= 15
    assert Path(__file__).stem not in mutation_check.TESTS


def test_make_and_ci_do_what_the_readme_says():
    makefile = read("Makefile")
    for target in "lab demo site test test-browser test-versions bench clean".split():
        assert re.search(rf"^{target}:", makefile, re.M), target
    assert "tools/lab.py $(LAB_ARGS)" in makefile and "tools/demo.py $(DEMO_ARGS)" in makefile
    assert "--nbval " in makefile and "--nbval-cell-timeout" in makefile
    assert "make test" in read(".ci/run").splitlines()
    workflow = read(Path(".github", "workflows", "test.yml"))
    for command in ("make test", "make test-versions .+", "make test-browser"):
        assert re.search(rf"run: {command}$", workflow, re.M), command


@pytest.mark.parametrize("command", ["make lab", "make test"])
def test_readme_names_the_two_commands_early(command):
    assert command in "\n".join(read("README.md").splitlines()[:40])


# Written so that this file does not contain what it forbids. A path counts from its first slash;
# the letters before it keep web addresses and base64 pictures out.
FORBIDDEN = {
    "a path of one machine": re.compile(
        r"(?<![A-Za-z0-9+/.~$})_-])/(home|root|work|tmp|Users)/|[A-Z]:\\+[U]sers"
    ),
    "the address of a package registry": re.compile(
        r"py[p]i\.(org|python)|python[h]osted|conda\.anaconda[.]org|--[i]ndex-url|--find[-]links"
    ),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what):
    found = []
    for path in repository_files():
        try:
            content = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(content.splitlines(), start=1):
            if match := FORBIDDEN[what].search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match[0]}")
    assert found == []
