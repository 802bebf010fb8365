"""What Binder will build and open: the badges, and the image as repo2docker describes it.

repo2docker itself reads the folder and writes the Dockerfile here; only building the image would
need Docker.
"""

import os
import re
import subprocess
import sys
import warnings
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from test_project import PROJECT, ROOT, conda_dependencies, read

with warnings.catch_warnings():
    # Its import of python-json-logger goes by a former name.
    warnings.filterwarnings("ignore", "pythonjsonlogger.jsonlogger has been moved")
    from repo2docker.app import Repo2Docker

BINDER = ROOT / "binder"
BADGE = r"\[!\[[^\]]+\]\(https://[^)]+\)\]\(([^)]+)\)"
# What stands before the path of a notebook, and which package answers it.
ROADS = {"lab/tree/": "jupyterlab", "voila/render/": "voila"}


@pytest.fixture
def pack(monkeypatch):
    """The build pack that repo2docker chooses for this repository, by its own rules."""
    monkeypatch.chdir(ROOT)  # where it looks for its files
    app = Repo2Docker()
    packs = (kind(base_image=app.base_image) for kind in app.buildpacks)
    pack = next((pack for pack in packs if pack.detect()), None)
    assert pack is not None
    pack.platform = "linux/amd64"  # mybinder.org's
    return pack


def test_repo2docker_reads_our_environment(pack):
    assert type(pack).__name__ == "CondaBuildPack"
    assert Path(pack.environment_yaml_path) == Path("binder/environment.yml")
    assert len(pack.environment_yaml["dependencies"]) == len(conda_dependencies())
    update = 'env update -p ${NB_PYTHON_PREFIX} --file "binder/environment.yml"'
    assert pack.render({}).count(update) == 1


def test_the_image_has_the_python_we_ask_for(pack):
    assert f"={pack.python_version}" == conda_dependencies()["python"]
    # One environment for the server and the kernel, not a copy of Python for each.
    assert not pack.separate_kernel_env
    files = [Path(name).name for name in pack.get_build_script_files()]
    assert f"environment.py-{pack.python_version}-linux-64.lock" in files


def test_the_environment_is_built_before_the_repository_is_copied(pack):
    """So that a new commit finds the layer with the packages in the cache."""
    dockerfile = pack.render({})
    assert dockerfile.index("env update") < dockerfile.index("COPY --chown=1000:1000 src/ ")


def test_the_image_runs_our_script_and_nothing_else(pack):
    assert pack.get_post_build_scripts() == ["binder/postBuild"]
    assert pack.get_start_script() is None
    dockerfile = pack.render({})
    copied = dockerfile.index("COPY --chown=1000:1000 src/ ")
    assert dockerfile.index("RUN ./binder/postBuild") > copied
    assert sorted(p.name for p in BINDER.iterdir()) == ["environment.yml", "postBuild"]


def test_root_and_binder_have_the_same_environment():
    """With a binder folder repo2docker ignores the root's file; a link breaks on Windows."""
    copy = BINDER / "environment.yml"
    assert not copy.is_symlink()
    assert copy.read_bytes() == (ROOT / "environment.yml").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="runs in Binder's Linux")
@pytest.mark.parametrize("outcome", [0, 3])
def test_post_build_installs_the_package(tmp_path, outcome):
    """And fails where pip fails: Binder would otherwise start without the package."""
    script = BINDER / "postBuild"
    assert os.access(script, os.X_OK)
    stub = tmp_path / "python"  # notes what it is asked to do
    stub.write_text(f'#!/bin/sh\npwd > "$0.where"\necho "$@" >> "$0.args"\nexit {outcome}\n')
    stub.chmod(0o755)
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    done = subprocess.run([script], cwd=ROOT, env=os.environ | {"PATH": path}, check=False)
    assert done.returncode == outcome
    assert (tmp_path / "python.args").read_text().split() == "-m pip install --no-deps -e .".split()
    assert Path((tmp_path / "python.where").read_text().strip()) == ROOT


def roads(text):
    """(road, notebook) of each address at Binder in `text`."""
    found = []
    for address in re.findall(r"https://mybinder\.org/v2/[^)\s\"\\]+", text):
        parts = urlsplit(address)
        source = urlsplit(PROJECT["urls"]["Source"]).path
        # A tag, not a branch: each new commit would build the image anew.
        assert parts.path == f"/v2/gh{source}/v{PROJECT['version']}"
        query = parse_qs(parts.query, strict_parsing=True)
        assert list(query) == ["urlpath"]
        found.append(re.fullmatch(r"(\w+/\w+/)(.+)", query["urlpath"][0]).groups())
    return found


def test_badges_open_the_first_notebook_and_the_playground():
    badges = re.findall(BADGE, "\n".join(read("README.md").splitlines()[:20]))
    assert roads(" ".join(badges)) == [
        ("lab/tree/", "notebooks/00_start_here.ipynb"),
        ("voila/render/", "notebooks/12_playground.ipynb"),
    ]


@pytest.mark.parametrize("name", ["README.md", "notebooks/00_start_here.ipynb"])
def test_what_links_to_binder_open_is_there(name):
    found = roads(read(name))
    assert found
    for road, notebook in found:
        assert (ROOT / notebook).is_file()
        assert ROADS[road] in conda_dependencies()
