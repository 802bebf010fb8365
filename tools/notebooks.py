"""Run the notebooks and store their outputs, in one normal form.

    python tools/notebooks.py                            # every notebook
    python tools/notebooks.py notebooks/03_momentum.ipynb
    python tools/notebooks.py --no-run                   # only the normal form, outputs kept
    python tools/notebooks.py --check                    # change nothing, say what is not normal

The normal form keeps diffs small and stored files truthful: no widget state, no time stamps, no
version of the machine that ran last, the same cell ids everywhere, and generated links to the
previous and next notebook. A second run changes nothing.
"""

import argparse
import base64
import copy
import io
import os
import re
import sys
import time
from pathlib import Path

# `python3` must mean the Python that runs this file, not a kernel the user installed elsewhere.
os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
CONTENTS = "00_start_here.ipynb"
SECONDS_PER_CELL = 120
SECONDS_TO_START = 120
ROUNDING = 2  # of 255 levels: what another processor's order of adding makes of a colour

WIDGET = "application/vnd.jupyter.widget-view+json"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}
KEPT_CELL_METADATA = {"jupyter", "slideshow", "tags"}
FOLDED = {"outputs_hidden": True, "source_hidden": True}

# The markers stand on lines of their own: Markdown shows a line that begins with a comment as is.
NAVIGATION = re.compile(r"\s*<!-- nav -->.*?<!-- /nav -->\s*", re.DOTALL)


class Refusal(Exception):
    """A notebook that cannot be stored; the message says which, where and why."""


def notebooks():
    return sorted(FOLDER.glob("*.ipynb"))


def read(path):
    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except Exception as error:
        raise Refusal(f"{path.name} is not a readable notebook: {error}") from error


def title(nb):
    for cell in nb.cells:
        heading = re.search(r"^#+ +(.+?)\s*$", cell.source, re.MULTILINE)
        if cell.cell_type == "markdown" and heading:
            return heading[1]
    raise Refusal("a notebook without a heading has no title to link to")


def navigation(path):
    """The block of links for one notebook, from the sorted list of all of them."""
    names = [p.name for p in notebooks()]
    here = names.index(path.name)
    links = []
    if here > 0 and names[here - 1] != CONTENTS:
        links.append(f"[← {title(read(FOLDER / names[here - 1]))}]({names[here - 1]})")
    if path.name != CONTENTS:
        links.append(f"[Contents]({CONTENTS})")
    if here + 1 < len(names):
        links.append(f"[{title(read(FOLDER / names[here + 1]))} →]({names[here + 1]})")
    return "<!-- nav -->\n" + " | ".join(links) + "\n<!-- /nav -->"


def normalise(nb, links):
    """Bring `nb` into the normal form, in place; `links` is the block of navigation."""
    nb.metadata = nbformat.from_dict(METADATA)
    nb.nbformat, nb.nbformat_minor = 4, 5

    if not nb.cells or nb.cells[0].cell_type != "markdown":
        raise Refusal("the first cell must be Markdown: it holds the title")
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            cell.source = NAVIGATION.sub("\n\n", cell.source).strip("\n")
    # A last cell that held nothing but links is made anew below.
    while not nb.cells[-1].source.strip():
        nb.cells.pop()
    if nb.cells[-1].cell_type != "markdown":
        nb.cells.append(nbformat.v4.new_markdown_cell(""))
    for cell in (nb.cells[0], nb.cells[-1]):
        if links not in cell.source:
            cell.source = f"{cell.source}\n\n{links}".lstrip("\n")

    for number, cell in enumerate(nb.cells):
        cell.id = f"cell-{number}"
        kept = {k: v for k, v in cell.metadata.items() if k in KEPT_CELL_METADATA and v}
        if "solution" in kept.get("tags", []):
            kept["jupyter"] = FOLDED
        cell.metadata = nbformat.from_dict(kept)
        if cell.cell_type == "code":
            if not cell.source.strip():
                cell.outputs, cell.execution_count = [], None
            for output in cell.outputs:
                normalise_output(output, cell, number)
    nbformat.validate(nb)


def normalise_output(output, cell, number):
    """Without the live widget every viewer shows the picture, JupyterLab before a run included."""
    data = output.get("data", {})
    if WIDGET in data:
        if "image/png" not in data:
            raise Refusal(
                f"{place(cell, number)} shows a widget without a still picture: GitHub and nbviewer"
                " would show nothing. Its MIME bundle needs image/png and text/plain."
            )
        del data[WIDGET]
        output.metadata.pop(WIDGET, None)


def keep_pictures(nb, stored):
    """A picture that is the stored one but for rounding stays the stored one."""
    for cell, old_cell in zip(nb.cells, stored.cells, strict=False):
        pairs = zip(cell.get("outputs", []), old_cell.get("outputs", []), strict=False)
        for data, old in ((o.get("data", {}), p.get("data", {})) for o, p in pairs):
            if "image/png" in data and "image/png" in old and alike(data, old):
                data["image/png"] = old["image/png"]


def alike(*pictures):
    from PIL import Image, ImageChops  # what makes the site has none

    one, other = (
        Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("RGB")
        for data in pictures
    )
    if one.size != other.size:
        return False
    return max(high for _, high in ImageChops.difference(one, other).getextrema()) <= ROUNDING


def place(cell, number):
    first = next((line for line in cell.source.splitlines() if line.strip()), "")
    return f"cell {number} ({first.strip()[:60]!r})"


def text(nb):
    return nbformat.writes(nb).rstrip("\n") + "\n"


def execute(nb, path):
    """Run every cell in a fresh kernel; cell by cell, so that a failure can name its cell."""
    client = NotebookClient(
        nb,
        kernel_name="python3",
        timeout=SECONDS_PER_CELL,
        startup_timeout=SECONDS_TO_START,
        resources={"metadata": {"path": str(path.parent)}},
        store_widget_state=False,
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],  # no notes about its transport between ours
    )
    where = "the start of the kernel"
    try:
        with client.setup_kernel():
            for number, cell in enumerate(nb.cells):
                where = place(cell, number)
                client.execute_cell(cell, number)
    except CellExecutionError as error:
        traceback = re.sub(r"\x1b\[[0-9;]*m", "", error.traceback)
        raise Refusal(f"{where} failed with {error.ename}: {error.evalue}\n\n{traceback}") from None
    except Exception as error:  # a time limit, a kernel that died or never answered
        raise Refusal(f"{where} failed: {error}") from error


def first_difference(stored, normal):
    pairs = zip([*stored.splitlines(), "(end)"], [*normal.splitlines(), "(end)"], strict=False)
    for number, (found, wanted) in enumerate(pairs, start=1):
        if found != wanted:
            return f"line {number} is {found.strip()[:80]!r}, normal is {wanted.strip()[:80]!r}"
    return "only the end of the file differs"


def check(path):
    """What keeps the stored file from being in its normal form, or None."""
    stored = path.read_text(encoding="utf-8")
    nb = read(path)
    normalise(nb, navigation(path))
    return None if text(nb) == stored else first_difference(stored, text(nb))


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="change nothing, report")
    mode.add_argument("--no-run", action="store_true", help="normal form only, outputs kept")
    parser.add_argument("files", nargs="*", type=Path, help="these notebooks only")
    options = parser.parse_args(arguments)

    paths = sorted(p.resolve() for p in options.files) or notebooks()
    if not paths:
        print(f"No notebooks in {FOLDER.name}/.", file=sys.stderr)
        return 1
    abnormal = 0
    for number, path in enumerate(paths, start=1):
        print(f"[{number}/{len(paths)}] {path.name} ", end="", flush=True)
        try:
            if path not in notebooks():
                raise Refusal(f"it is not in the folder {FOLDER.name}/")
            if options.check:
                problem = check(path)
                abnormal += problem is not None
                print(f"is not normal: {problem}" if problem else "is normal")
                continue
            started = time.perf_counter()
            before = path.read_text(encoding="utf-8")
            nb = read(path)
            normalise(nb, navigation(path))
            if not options.no_run:
                stored = copy.deepcopy(nb)
                execute(nb, path)
                normalise(nb, navigation(path))
                keep_pictures(nb, stored)
            path.write_text(text(nb), encoding="utf-8", newline="\n")
            outcome = "unchanged" if text(nb) == before else "written"
            print(f"{outcome} ({time.perf_counter() - started:.1f} s)")
        except Refusal as refusal:
            print(f"\n\n{path.name}: {refusal}", file=sys.stderr)
            return 1
    if abnormal:
        print("\nTo make them normal: python tools/notebooks.py --no-run", file=sys.stderr)
    return 1 if abnormal else 0


if __name__ == "__main__":
    sys.exit(main())
