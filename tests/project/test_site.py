"""What goes into the site that runs in the browser alone: files and configuration, unbuilt.

That it runs is seen by tests/browser/test_site.py.
"""

import json
import re
import tomllib
from pathlib import Path

import pytest

from tools import build_site
from tools.notebooks import notebooks

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = {path.name for path in notebooks()}
NAMES = [
    "adamviz-0.1.0-py3-none-any.whl",
    *(f"{name}-{build_site.pins()[name]}-py3-none-any.whl" for name in build_site.WHEELS),
]
CONFIG, KERNEL = build_site.configuration()
PACKAGES = KERNEL["loadPyodideOptions"]["packages"]
LOCK = {
    "packages": {
        "matplotlib": {"depends": ["numpy", "python_dateutil"], "file_name": "matplotlib.whl"},
        "numpy": {"depends": [], "file_name": "numpy.whl"},
        "python-dateutil": {"depends": ["six"], "file_name": "python_dateutil.whl"},
        "six": {"depends": [], "file_name": "six.whl"},
        "scipy": {"depends": ["numpy"], "file_name": "scipy.whl"},
    }
}


def test_every_notebook_gets_in_and_the_files_they_link_to(tmp_path):
    build_site.stage(tmp_path, NAMES)
    inside = tmp_path / "contents"
    assert {path.name for path in (inside / "notebooks").iterdir()} == NOTEBOOKS
    for path in [*(inside / "notebooks").glob("*.ipynb"), inside / "README.md"]:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            cells = json.loads(text)["cells"]
            text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_all_that_adamviz_imports_is_loaded_by_configuration():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.match(r"[A-Za-z0-9_-]+", line)[0] for line in project["dependencies"]}
    assert names | {"adamviz"} <= set(PACKAGES)


def test_pinned_versions_are_in_the_ranges_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bounds = dict(line.split(">=") for line in project["dependencies"])
    for name in ("ipywidgets", "anywidget"):
        assert numbers(build_site.pins()[name]) >= numbers(bounds[name])


def test_what_pyodide_lacks_is_loaded_from_the_site_and_nothing_else_is():
    found = build_site.addresses(PACKAGES, NAMES)
    ours = [address for address in found if address.startswith(build_site.FROM_WORKER)]
    assert {address.rpartition("/")[2].split("-")[0] for address in ours} == {
        *("adamviz", "anywidget", "comm", "ipywidgets", "psygnal", "typing_extensions")
    }
    assert not any("/" in name for name in set(found) - set(ours))
    assert len(found) == len(PACKAGES)


def test_no_package_index_is_asked():
    assert KERNEL["disablePyPIFallback"] is True


def test_requirements_are_plain_versions():
    lines = (build_site.SITE / "requirements.txt").read_text(encoding="utf-8").splitlines()
    plain = re.compile(r"#.*|[A-Za-z0-9_.-]+==[0-9][0-9a-z.]*")
    assert [line for line in lines if not plain.fullmatch(line)] == []


def test_jupyterlab_is_led_to_headings(tmp_path):
    page = tmp_path / "index.html"
    page.write_text("<html><head><title>x</title></head><body></body></html>")
    build_site.lead_to_headings(page)
    head = page.read_text().partition("</head>")[0]
    assert "location.hash" in head and head.count("<script>") == head.count("</script>") == 1
    page.write_text("<html></html>")
    with pytest.raises(build_site.Refusal, match="not as it was"):
        build_site.lead_to_headings(page)


def test_the_runtime_is_cut_down_to_what_is_needed():
    assert set(build_site.needed(["matplotlib"], LOCK)) == {
        *("matplotlib", "numpy", "python-dateutil", "six")
    }


def test_a_package_that_is_not_what_the_lock_says_is_refused(tmp_path):
    for name in build_site.CORE:
        (tmp_path / name).write_bytes(b"")
    entry = {"depends": [], "file_name": "six.whl", "sha256": 64 * "0"}
    lock = {"info": {"version": "0.27.7"}, "packages": {"six": entry}}
    (tmp_path / build_site.LOCK).write_text(json.dumps(lock))
    (tmp_path / "six.whl").write_bytes(b"not six")
    with pytest.raises(build_site.Refusal, match=r"six\.whl is not what"):
        build_site.fill(tmp_path, "https://example.org/v0.27.7/full/pyodide.js", ["six"])
    with pytest.raises(build_site.Refusal, match=r"holds Pyodide 0\.27\.7, not 0\.28"):
        build_site.fill(tmp_path, "https://example.org/v0.28.0/full/pyodide.js", ["six"])


def test_a_folder_that_is_no_site_is_not_overwritten(tmp_path):
    (tmp_path / "precious").write_text("")
    with pytest.raises(build_site.Refusal, match="not a site"):
        build_site.build(tmp_path)
    assert (tmp_path / "precious").exists()


def test_the_workflow_publishes_the_site_with_the_runtime_inside():
    workflow = (ROOT / ".github" / "workflows" / "pages.yml").read_text(encoding="utf-8")
    assert "run: make site PYODIDE=" in workflow
    assert re.search(r"^permissions:\n  contents: read\n\n", workflow, re.MULTILINE)


def numbers(version):
    return [int(part) for part in version.split(".")]
