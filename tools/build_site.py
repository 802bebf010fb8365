"""Build what runs in the browser alone: JupyterLite with the notebooks and all they need.

The front page of the site, and the pages to read, come from `build_pages.py`.

    make site                     # Python itself then comes from a content delivery network
    make site PYODIDE=.pyodide    # or from the site: the runtime of this folder goes into it

Files missing in that folder are downloaded into it, the core with npm; every package must have the
SHA-256 that the runtime's own lock file says.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from pathlib import Path

from adamviz.machine import run_main
from notebooks import Refusal, notebooks

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "site"
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
CORE = ["pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip"]
LOCK = "pyodide-lock.json"

# Not in Pyodide; from the versions in site/requirements.txt. (typing_extensions is, but not in the
# copy of Pyodide with which the tests build the site.) The kernel loads what its
# configuration lists; the others are there for whoever asks for ipywidgets' dependencies.
WHEELS = [
    *("ipywidgets", "jupyterlab_widgets", "widgetsnbextension", "comm"),
    *("anywidget", "psygnal", "typing_extensions"),
]

# A worker resolves an address against its own: <site>/extensions/@jupyterlite/<kernel>/static/.
FROM_WORKER = "../../../../pypi/"


def configuration():
    """The site's `jupyter-lite.json`, and the kernel's options in it."""
    config = json.loads((SITE / "jupyter-lite.json").read_text(encoding="utf-8"))
    return config, config["jupyter-config-data"]["litePluginSettings"][KERNEL]


def pins():
    """{"ipywidgets": "8.1.7", …} from site/requirements.txt."""
    lines = (SITE / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def contents():
    """What the reader finds in the site, relative to the root of the repository."""
    texts = ["README.md", "CONTRIBUTING.md", "LICENSE", "LICENSE-TEXT.md", "CITATION.cff"]
    texts.append("docs/explorer.png")
    return [*notebooks(), *(ROOT / name for name in texts)]


def wheels(folder):
    """Download the wheels that Pyodide has not, and make that of adamviz."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    wanted = [f"{name}=={pins()[name]}" for name in WHEELS]
    # Of psygnal, which is compiled for most machines, the wheel that runs on any.
    pure = ["--only-binary=:all:", "--platform=any"]
    run([*pip, "download", "--no-deps", *pure, "--dest", folder, *wanted])
    run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT])


def addresses(packages, names):
    """`packages` as Pyodide loads them: the wheels in `names` by address, the others by name.

    Pyodide's `packages` takes names from its lock file, and addresses of wheels; it does not know
    JupyterLite's index of wheels.
    """
    site = {name.split("-")[0].replace("_", "-"): name for name in names}
    return [FROM_WORKER + site[p] if p in site else p for p in packages]


def needed(packages, lock):
    """The entries of a lock file that `packages` need, themselves included, by name."""
    found, todo = {}, list(packages)
    while todo:
        name = todo.pop().replace("_", "-")
        if name not in found:
            found[name] = lock["packages"][name]
            todo += found[name]["depends"]
    return found


def fill(folder, url, packages):
    """Download what is missing of the runtime into `folder`, and check it.

    `url` is that of `pyodide.js` on the network. Returns the lock file's content, with nothing in
    it but `packages` and what they need.
    """
    folder.mkdir(parents=True, exist_ok=True)
    version = re.search(r"/v([0-9.]+)/", url)[1]
    if not all((folder / name).is_file() for name in [*CORE, LOCK]):
        core(folder, version)
    lock = json.loads((folder / LOCK).read_text(encoding="utf-8"))
    if lock["info"]["version"] != version:
        raise Refusal(f"{folder} holds Pyodide {lock['info']['version']}, not {version}.")
    entries = needed(packages, lock)
    for entry in entries.values():
        path = folder / entry["file_name"]
        there = path.is_file()
        content = path.read_bytes() if there else download(url.rpartition("/")[0], path.name)
        if hashlib.sha256(content).hexdigest() != entry["sha256"]:
            raise Refusal(f"{path.name} is not what {LOCK} says." + there * f" Remove {path}.")
        if not there:
            path.write_bytes(content)
    return lock | {"packages": entries}


def core(folder, version):
    """Download the part of Pyodide that is no package; npm checks that it is the published one."""
    print(f"    downloading the core of Pyodide {version} with npm", flush=True)
    if not shutil.which("npm"):
        raise Refusal(f"{folder} lacks the core of Pyodide, and there is no npm to get it with.")
    with tempfile.TemporaryDirectory() as scratch:
        run(["npm", "pack", "--silent", "--pack-destination", scratch, f"pyodide@{version}"])
        with tarfile.open(next(Path(scratch).glob("*.tgz"))) as archive:
            for name in [*CORE, LOCK]:
                (folder / name).write_bytes(archive.extractfile(f"package/{name}").read())


def download(address, name):
    print(f"    downloading {name}", flush=True)
    try:
        with urllib.request.urlopen(f"{address}/{name}", timeout=60) as answer:
            return answer.read()
    except OSError as error:
        raise Refusal(f"{address}/{name} could not be downloaded: {error}") from error


def stage(folder, wheel_names):
    """Write what JupyterLite builds from into `folder`, all but the wheels and the runtime."""
    for path in contents():
        copy = folder / "contents" / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".ipynb":
            write_json(copy, joined(json.loads(path.read_text(encoding="utf-8"))))
        else:
            shutil.copy(path, copy)
    # The overrides: this JupyterLab takes the arrow keys from a slider that has the focus, so they
    # are bound again, outside widgets; and all cells stay in the page, or it jumps under the hand.
    for name in ("jupyter_lite_config.json", "overrides.json"):
        shutil.copy(SITE / name, folder / name)
    config, kernel = configuration()
    options = kernel["loadPyodideOptions"]
    options["packages"] = addresses(options["packages"], wheel_names)
    write_json(folder / "jupyter-lite.json", config)


def joined(notebook):
    """A notebook whose stored outputs hold text, not lists of lines.

    A server joins them; here nobody does, and JupyterLab's table of contents wants text.
    """
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            data |= {k: "".join(v) for k, v in data.items() if isinstance(v, list)}
    return notebook


def inside(folder, runtime):
    """Put the needed part of the Pyodide in `runtime` where JupyterLite looks for it."""
    _, kernel = configuration()
    ours = {name.replace("_", "-") for name in (*WHEELS, "adamviz")}
    names = set(kernel["loadPyodideOptions"]["packages"]) - ours
    lock = fill(runtime, kernel["pyodideUrl"], names)
    target = folder / "static" / "pyodide"
    target.mkdir(parents=True)
    for name in [*CORE, *(entry["file_name"] for entry in lock["packages"].values())]:
        shutil.copy(runtime / name, target / name)
    write_json(target / LOCK, lock)


def lead_to_headings(page):
    """Make the page of JupyterLab open a notebook at the heading that its address names."""
    script = (SITE / "heading.js").read_text(encoding="utf-8")
    text = page.read_text(encoding="utf-8")
    if text.count("</head>") != 1:
        raise Refusal(f"{page.name} of JupyterLab is not as it was: it has no one </head>.")
    page.write_text(text.replace("</head>", f"<script>\n{script}</script>\n</head>"), "utf-8")


def not_overwritten(output):
    """Refuse a folder that is not empty and no site."""
    ours = (output / "jupyter-lite.json").is_file() or (output / "read").is_dir()
    if output.exists() and not ours and any(output.iterdir()):
        raise Refusal(f"{output} is not a site: it would be overwritten.")


def build(output, runtime=None):
    """Build the site anew in the folder `output`, and Pyodide from `runtime` if given."""
    not_overwritten(output)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        print("==> The wheels: adamviz, ipywidgets, anywidget", flush=True)
        wheels(folder / "wheels")
        stage(folder, [path.name for path in (folder / "wheels").glob("*.whl")])
        if runtime is not None:
            print("==> The runtime", flush=True)
            inside(folder, runtime)
        print("==> The site", flush=True)
        run([sys.executable, "-m", "jupyterlite_core", "build"], cwd=folder)
        lead_to_headings(folder / "site" / "lab" / "index.html")
        shutil.rmtree(output, ignore_errors=True)
        shutil.copytree(folder / "site", output)


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def run(command, **options):
    """Run quietly; what was said is shown only if it failed."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    if done.returncode:
        raise Refusal(f"{done.stdout}\n{' '.join(map(str, command))} failed.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT / "_site", help="where it is built")
    parser.add_argument("--pyodide", type=Path, help="a folder with, or for, the runtime")
    options = parser.parse_args()
    try:
        build(options.output, options.pyodide and options.pyodide.resolve())
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in options.output.rglob("*") if path.is_file())
    print(f"==> JupyterLite is in {options.output}, {size / 1e6:.0f} MB", flush=True)
    return 0


if __name__ == "__main__":
    run_main(main)
