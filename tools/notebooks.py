"""Run the notebooks and store their outputs, in one normal form.

    python tools/notebooks.py                            # every notebook
    python tools/notebooks.py notebooks/03_momentum.ipynb
    python tools/notebooks.py --no-run                   # only the normal form, outputs kept
    python tools/notebooks.py --check                    # change nothing, say what was changed
    python tools/notebooks.py --list                     # only the files of the collection

The normal form keeps diffs small and stored files truthful: no widget state, no time stamps, no
version of the machine that ran last, the same cell ids and numbers everywhere, and generated links
to the previous and next notebook. A second run changes nothing.

What git holds is in the normal form. A file in the folder need not be: whoever reads a notebook
runs it, and saves what JupyterLab adds. So the tests read it through the normal form, in which it
is what it was, and `--check` names only what saving does not change.
"""

import argparse
import base64
import contextlib
import copy
import difflib
import io
import os
import re
import subprocess
import sys
import time
from pathlib import Path

# `python3` must mean the Python that runs this file, not a kernel the user installed elsewhere.
os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from adamviz.machine import run_main

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
CONTENTS = "00_start_here.ipynb"
# Others in the folder, such as Untitled.ipynb and 03_momentum-Copy1.ipynb, are a reader's own.
NAME = re.compile(r"\d\d_[a-z0-9_]+\.ipynb")
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

# A picture inside of HTML, as in a fold.
PICTURE = re.compile(r"(?<=data:image/png;base64,)[A-Za-z0-9+/=]+")

# The markers stand on lines of their own: Markdown shows a line that begins with a comment as is.
NAVIGATION = re.compile(r"\s*<!-- nav -->.*?<!-- /nav -->\s*", re.DOTALL)


class Refusal(Exception):
    """A notebook that cannot be stored; the message says which, where and why."""


def notebooks():
    """The paths of the collection's notebooks, in their order."""
    return sorted(path for path in FOLDER.glob("*.ipynb") if NAME.fullmatch(path.name))


def files():
    """{name: text} of the collection's files, in their order."""
    return {path.name: path.read_text(encoding="utf-8") for path in notebooks()}


def stored():
    """{name: text} of what git holds for the next commit; None without git, or if it holds none."""
    listed = git("ls-files", "-z", "--", "*.ipynb")
    names = [name for name in (listed or b"").decode().split("\0") if name]
    return {name: git("show", f":./{name}").decode() for name in names} or None


def git(*arguments):
    """What git says about the folder; None where there is no git, or where it fails."""
    try:
        done = subprocess.run(["git", *arguments], cwd=FOLDER, capture_output=True)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def read(path):
    return parse(path.read_text(encoding="utf-8"), path.name)


def parse(text, name):
    try:
        return nbformat.reads(text, as_version=4)
    except Exception as error:
        raise Refusal(f"{name} is not a readable notebook: {error}") from error


def normal(name, texts):
    """The notebook `name` in its normal form, from the {name: text} of a whole collection."""
    nb = parse(texts[name], name)
    normalise(nb, navigation(name, texts))
    return nb


def title(nb):
    for cell in nb.cells:
        heading = re.search(r"^#+ +(.+?)\s*$", cell.source, re.MULTILINE)
        if cell.cell_type == "markdown" and heading:
            return heading[1]
    raise Refusal("a notebook without a heading has no title to link to")


def navigation(name, texts):
    """The block of links for one notebook of the collection {name: text}, sorted by name."""
    names = list(texts)
    here = names.index(name)
    links = []
    if here > 0 and names[here - 1] != CONTENTS:
        before = names[here - 1]
        links.append(f"[← {title(parse(texts[before], before))}]({before})")
    if name != CONTENTS:
        links.append(f"[Contents]({CONTENTS})")
    if here + 1 < len(names):
        after = names[here + 1]
        links.append(f"[{title(parse(texts[after], after))} →]({after})")
    return "<!-- nav -->\n" + " | ".join(links) + "\n<!-- /nav -->"


def normalise(nb, links):
    """Bring `nb` into the normal form, in place; `links` is the block of navigation."""
    nb.metadata = nbformat.from_dict(METADATA)
    nb.nbformat, nb.nbformat_minor = 4, 5

    for cell in nb.cells:
        cell.source = unlinked(cell)
    # Running the last cell adds an empty one; a last one of nothing but links is made anew.
    nb.cells = [cell for cell in nb.cells if cell.source.strip()]
    if not nb.cells or nb.cells[0].cell_type != "markdown":
        raise Refusal("the first cell must be Markdown: it holds the title")
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
    # In which order a reader ran the cells, and whether twice, says nothing of what they are.
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    for count, cell in enumerate(code, start=1):
        cell.execution_count = count
        cell.outputs = joined(cell.outputs)
    for number, cell in enumerate(nb.cells):
        for output in cell.get("outputs", []):
            normalise_output(output, cell, number)
    nbformat.validate(nb)


def unlinked(cell):
    """The source of a cell without the block of links."""
    if cell.cell_type != "markdown":
        return cell.source
    return NAVIGATION.sub("\n\n", cell.source).strip("\n")


def joined(outputs):
    """Outputs in which a text that came in pieces is one."""
    whole = []
    for output in outputs:
        last = whole[-1] if whole else {}
        if output.output_type == "stream" and last.get("name") == output.name:
            last.text += output.text
        else:
            whole.append(output)
    return whole


def normalise_output(output, cell, number):
    """Without the live widget every viewer shows the picture, JupyterLab before a run included."""
    if "execution_count" in output:
        output.execution_count = cell.execution_count
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
            for kind in ("image/png", "text/html"):
                pictures = [pictures_in(kind, of.get(kind, "")) for of in (data, old)]
                for now, before in zip(*pictures, strict=False):
                    if alike(now, before):
                        data[kind] = data[kind].replace(now, before)


def pictures_in(kind, text):
    """The pictures in an output of this kind, as text."""
    return PICTURE.findall(text) if kind == "text/html" else [text] if text else []


def alike(*pictures):
    from PIL import Image, ImageChops  # what makes the site has none

    one, other = (Image.open(io.BytesIO(base64.b64decode(p))).convert("RGB") for p in pictures)
    if one.size != other.size:
        return False
    return max(high for _, high in ImageChops.difference(one, other).getextrema()) <= ROUNDING


def place(cell, number):
    first = next((line for line in cell.source.splitlines() if line.strip()), "")
    return f"cell {number} ({first.strip()[:60]!r})"


def text(nb):
    return nbformat.writes(nb).rstrip("\n") + "\n"


def execute(nb, path, seconds=SECONDS_PER_CELL):
    """Run every cell in a fresh kernel; cell by cell, so that a failure can name its cell."""
    client = NotebookClient(
        nb,
        kernel_name="python3",
        timeout=seconds,
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


def abnormal(name, texts):
    """Where one of a collection {name: text} is not in the normal form, or None."""
    found, wanted = texts[name], text(normal(name, texts))
    pairs = zip([*found.splitlines(), "(end)"], [*wanted.splitlines(), "(end)"], strict=False)
    for number, (line, normal_line) in enumerate(pairs, start=1):
        if line != normal_line:
            return f"line {number} is {line.strip()[:80]!r}, not {normal_line.strip()[:80]!r}"
    return None if found == wanted else "only the end of the file differs"


def changed(name, texts, old):
    """What was done to one of the files {name: text} that saving does not do; None if nothing.

    `old` is what git holds. The answer is a sentence that also says what to type. A file in its
    normal form is as `make notebooks` leaves it: whatever is in it, the tests are to judge it.
    """
    with contextlib.suppress(Refusal):
        if not abnormal(name, texts):
            return None
    back = f"To get the original back and lose that, type: git checkout {FOLDER.name}/{name}"
    if name not in old:
        what = "is new here"
        back = "To leave it out of the collection, give it a name that begins with a letter."
    else:
        try:
            found = differences(parse(old[name], name).cells, parse(texts[name], name).cells)
        except Refusal:
            found = ["it is not a readable notebook any more"]
        if not found:
            return None
        more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
        what = f"is not what was stored: {'; '.join(found[:3])}{more}"
    return f"{name} {what}. To keep that, type: make notebooks. {back}"


def differences(old, new):
    """What was done to cells, in words: ["changed: cell 3 ('x = 1')", …].

    Empty cells do not count, nor do links, numbers, folds, and how pictures look.
    """
    old, new = ([pair for pair in enumerate(c) if unlinked(pair[1]).strip()] for c in (old, new))
    matcher = difflib.SequenceMatcher(None, *map(written, (old, new)), autojunk=False)
    found = []
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        gone, come = old[start:end], new[new_start:new_end]
        for (_, cell), (number, now) in zip(gone, come, strict=False):
            if kind == "replace":
                found.append(f"changed: {place(now, number)}")
            elif said(cell) != said(now):
                how = "another output" if said(now) else "output cleared"
                found.append(f"{how}: {place(now, number)}")
        found += [f"removed: {place(cell, number)}" for number, cell in gone[len(come) :]]
        found += [f"added: {place(cell, number)}" for number, cell in come[len(gone) :]]
    return found


def written(cells):
    return [(c.cell_type, unlinked(c), tuple(c.metadata.get("tags", []))) for _, c in cells]


def said(cell):
    """What nbval compares of a cell's outputs: texts, and that there are pictures."""
    found = []
    for output in joined(copy.deepcopy(cell.get("outputs", []))):
        data = output.get("data") or {k: output.get(k) for k in ("name", "text", "ename", "evalue")}
        data = {k: "a picture" if k.startswith("image/") else v for k, v in data.items()}
        data.pop(WIDGET, None)
        if "text/html" in data:
            data["text/html"] = PICTURE.sub("a picture", data["text/html"])
        found.append(data)
    return found


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="change nothing, say what was changed")
    mode.add_argument("--list", action="store_true", help="change nothing, print their paths")
    mode.add_argument("--no-run", action="store_true", help="normal form only, outputs kept")
    parser.add_argument("files", nargs="*", type=Path, help="these notebooks only")
    options = parser.parse_args(arguments)

    paths = sorted(p.resolve() for p in options.files) or notebooks()
    if not paths:
        print(f"No notebooks in {FOLDER.name}/.", file=sys.stderr)
        return 1
    if options.list:
        print(*(f"{FOLDER.name}/{path.name}" for path in paths), sep="\n")
        return 0
    try:
        for path in paths:
            if path not in notebooks():
                raise Refusal(f"{path.name}: not one of {FOLDER.name}/ with a name like {CONTENTS}")
        return check(paths) if options.check else store(paths, run=not options.no_run)
    except Refusal as refusal:
        print(f"\n\n{refusal}", file=sys.stderr)
        return 1


def check(paths):
    texts, old = files(), stored()
    if old is None:
        print("Without git, nobody knows what was changed in the notebooks since they were stored.")
        return 0
    found = [what for path in paths if (what := changed(path.name, texts, old))]
    for what in found:
        print(what, file=sys.stderr)
    return 1 if found else 0


def store(paths, run):
    held = stored() or {}
    for number, path in enumerate(paths, start=1):
        print(f"[{number}/{len(paths)}] {path.name} ", end="", flush=True)
        started = time.perf_counter()
        texts = files()
        try:
            nb = normal(path.name, texts)
            if run:
                execute(nb, path)
                normalise(nb, navigation(path.name, texts))
                keep_pictures(nb, parse((texts | held)[path.name], path.name))
        except Refusal as refusal:
            raise Refusal(f"{path.name}: {refusal}") from refusal
        path.write_text(text(nb), encoding="utf-8", newline="\n")
        outcome = "unchanged" if text(nb) == texts[path.name] else "written"
        print(f"{outcome} ({time.perf_counter() - started:.1f} s)")
    return 0


if __name__ == "__main__":
    run_main(main)
