"""Build the pages to read: every notebook, run anew, with figures that move without Python.

    python tools/build_pages.py                                  # all, and the front page
    python tools/build_pages.py notebooks/03_momentum.ipynb      # this page alone
    python tools/build_pages.py --output _site

A page needs no other file and asks nobody for anything. Beside it lies its notebook.
"""

import argparse
import gzip
import re
import shutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from html import unescape
from pathlib import Path
from urllib.parse import quote

import nbformat
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from adamviz.machine import run_main
from adamviz.page.html import BUDGET, script
from build_site import not_overwritten
from formulas import font
from notebooks import CONTENTS, Refusal, execute, notebooks, read, title, unlinked
from reading import REPOSITORY, Text, anchors, body, figures, leads_to

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "site"
PUBLISHED = "https://adamviz.github.io/adamviz"
# What a page may have, as sent compressed and as a file.
PAGE, FILE = 3_000_000, 6_000_000
FRONT = 500_000
TEXT = 200_000  # of PAGE for text and script
FIRST = 300_000  # of FRONT for its figure, which base64 makes a third longer
FRONT_FIGURE = "application/vnd.adamviz.front"
SECONDS_PER_CELL = 1800  # a cell that shows a figure also draws all that its page holds
ICON = (
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>"
    "<rect width='32' height='32' rx='6' fill='%230a58b5'/><path d='M5 7l7 15 5-9 4 8 6-4' "
    "fill='none' stroke='white' stroke-width='3' stroke-linejoin='round'/></svg>"
)

# Run in the kernel before the first cell. A figure that is the output of a cell is then shown as
# the page shows it: `wanted` has {kind: how} for each, in their order.
SHOWN = """
def _shown(*wanted):
    from IPython import get_ipython
    from adamviz.live.figure import Figure

    places = iter(wanted)

    def bundle(figure):
        kinds = next(places)
        return {{kind: figure.html(code=False, **how) for kind, how in kinds.items()}}

    get_ipython().display_formatter.mimebundle_formatter.for_type(Figure, bundle)


_shown(*{wanted!r})
del _shown
"""


def live(name, anchor=None, lab=".."):
    """The address at which a notebook runs with Python, at a heading; `lab` is where that is."""
    heading = f"#{quote(anchor)}" if anchor else ""
    return f"{lab}/lab/index.html?path=notebooks/{name}{heading}"


def wanted(nb, name, lab):
    """For the kernel: how a page shows each figure of a notebook, in their order."""
    counts, found = figures(nb), []
    share = min(BUDGET, (PAGE - TEXT) // max(1, sum(counts)))
    for count, anchor in zip(counts, anchors(nb), strict=True):
        how = {"live": live(name, anchor, lab), "budget": share}
        found += [{"text/html": how} for _ in range(count)]
        if count and len(found) == count and name == CONTENTS:  # the first figure of all
            there = live(name, anchor, "." if lab == ".." else lab)
            found[0][FRONT_FIGURE] = {"live": there, "budget": FIRST}
    return found


def run(path, lab):
    """Run a notebook for its page; returns it with what its cells have shown."""
    nb = read(path)
    plan = wanted(nb, path.name, lab)
    nb.cells.insert(0, nbformat.v4.new_code_cell(SHOWN.format(wanted=plan)))
    execute(nb, path, SECONDS_PER_CELL)
    del nb.cells[0]
    return nb


def build(path, lab):
    """Run a notebook, and return its page's parts: what `write` needs, and the front's figure."""
    started = time.perf_counter()
    try:
        nb = run(path, lab)
        inside, headings = body(nb)
    except Refusal as refusal:
        raise Refusal(f"{path.name}: {refusal}") from None
    first = next(
        (
            o.data[FRONT_FIGURE]
            for c in nb.cells
            for o in c.get("outputs", [])
            if FRONT_FIGURE in o.get("data", {})
        ),
        None,
    )
    return inside, headings, first, time.perf_counter() - started


def template(name):
    environment = Environment(
        loader=FileSystemLoader(SITE), autoescape=True, keep_trailing_newline=True
    )
    style = (SITE / "read.css").read_text(encoding="utf-8")
    heading = (SITE / "heading.js").read_text(encoding="utf-8")
    environment.globals |= {"style": Markup(style), "heading": Markup(heading)}
    environment.globals |= {"icon": Markup(ICON), "repository": REPOSITORY}
    return environment.get_template(name)


def described(path):
    """What other pages say of a notebook."""
    nb = read(path)
    time = re.search(r"\*\*Time\*\* about (\d+) minutes", nb.cells[0].source)
    return {
        "title": title(nb),
        "file": path.name,
        "page": leads_to(path.name),
        "minutes": time and time[1],
    }


def page(path, inside, headings, lab=".."):
    """The HTML of a page."""
    paths = notebooks()
    here = paths.index(path)
    before = described(paths[here - 1]) if here else None
    after = described(paths[here + 1]) if here + 1 < len(paths) else None
    return template("page.html").render(
        title=title(read(path)),
        description=plain(question(read(path))),
        name=path.stem,
        before=before,
        after=after,
        live=live(path.name, lab=lab),
        headings=[(anchor, Markup(text)) for level, anchor, text in headings if level == 2],
        body=Markup(inside),
        font=Markup(font(inside)),
        script=Markup(script() if 'data-adamviz="still"' in inside else ""),
    )


def question(nb):
    """What a notebook asks, as Markdown; where it does not ask, what it is."""
    _, first, *more = unlinked(nb.cells[0]).split("\n\n")
    asked = next((text for text in more if text.startswith("**Question**")), first)
    return asked.removeprefix("**Question**").strip()


def plain(markdown):
    """Markdown as a line of text."""
    return " ".join(unescape(re.sub(r"<[^>]*>", "", Text().render(markdown))).split())


def front(figure, lab="."):
    """The HTML of the front page, with a figure that moves."""
    first, *_ = paths = notebooks()
    nb = read(first)
    listed = [described(path) | {"live": live(path.name, lab=lab)} for path in paths]
    return template("front.html").render(
        description=plain(question(nb)),
        figure=Markup(figure),
        first=listed[0],
        questions=questions(nb),
        notebooks=listed,
        script=Markup(script()),
    )


def questions(nb):
    """The rows of the table of questions: what is asked, and where it is answered, briefly."""
    table = next(c.source for c in nb.cells if c.source.startswith("## Your eight questions"))
    rows = re.findall(r"^\| (\d) \| \[(.+?)\]\((.+?)\) \| (.+?) \|", table, re.M)
    return [
        {"asked": text, "page": f"{leads_to(CONTENTS)}{anchor}", "answer": plain(answer)}
        for _, text, anchor, answer in rows
    ]


def write(path, text, most=PAGE, file=FILE):
    """Write a page, if it is as small as it must be; returns how large it is, in words."""
    content = text.encode()
    sent, whole = len(gzip.compress(content)), len(content)
    if sent > most or whole > file:
        raise Refusal(f"{path.name} is too large: {sent:,} bytes compressed, {whole:,} as a file.")
    path.write_bytes(content)
    return f"{sent / 1e3:,.0f} kB sent, {whole / 1e3:,.0f} kB on disk"


def build_all(paths, output):
    """Build the pages of these notebooks, and the front page if the first is among them."""
    not_overwritten(output)
    folder = output / "read"
    folder.mkdir(parents=True, exist_ok=True)
    inside = (output / "lab").is_dir()
    started = time.perf_counter()
    with ProcessPoolExecutor() as pool:
        coming = {pool.submit(build, path, ".." if inside else PUBLISHED): path for path in paths}
        for number, done in enumerate(as_completed(coming), start=1):
            path = coming[done]
            try:
                text, headings, first, seconds = done.result()
            except Refusal:
                pool.shutdown(cancel_futures=True)
                raise
            html = page(path, text, headings, ".." if inside else PUBLISHED)
            size = write(folder / f"{path.stem}.html", html)
            shutil.copy(path, folder)
            print(f"[{number}/{len(paths)}] {path.stem}: {size}, {seconds:.0f} s", flush=True)
            if first:
                html = front(first, "." if inside else PUBLISHED)
                size = write(output / "index.html", html, FRONT, FRONT)
                print(f"    the front page: {size}", flush=True)
    print(f"==> {len(paths)} pages in {folder}, {time.perf_counter() - started:.0f} s in all.")
    print(f"    To look at them: {output / 'index.html'}")
    if inside:
        print("    and at JupyterLite, too, with http://127.0.0.1:8080 in a browser, after")
        print(f"    python3 -m http.server --bind 127.0.0.1 --directory {output} 8080")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT / "_site", help="where they are built")
    parser.add_argument("files", nargs="*", type=Path, help="the pages of these notebooks only")
    options = parser.parse_args(arguments)
    paths = [path.resolve() for path in options.files] or notebooks()
    try:
        build_all(paths, options.output)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    run_main(main)
