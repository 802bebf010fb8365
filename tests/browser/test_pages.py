"""The pages that `make pages` builds, in headless Chromium, in Firefox and in WebKit.

ADAMVIZ_SITE_NOTEBOOKS=all     every page, not only 00 and 01
ADAMVIZ_PAGES=folder           the pages that have been built there, instead of new ones
ADAMVIZ_SCREENSHOTS=folder     and how they looked is saved there
"""

import base64
import gzip
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import engines
import pytest
from conftest import NOTEBOOKS, ROOT
from test_page import axe  # noqa: F401, a fixture

from adamviz.page.pack import Unpacked

ALL = os.environ.get("ADAMVIZ_SITE_NOTEBOOKS") == "all"
CHOSEN = [path.stem for path in NOTEBOOKS if ALL or path.name[:2] in ("00", "01")]
FRONT = "index"
WALK = (Path(__file__).parent / "walk.js").read_text(encoding="utf-8")
SCREENSHOTS = os.environ.get("ADAMVIZ_SCREENSHOTS")
MINUTE = 60  # seconds
BEGUN = "!document.querySelector('[data-adamviz=still], [data-adamviz=comes]')"
PAPER = 718, 1046  # pixels of A4 within margins of a centimetre

each_page = pytest.mark.parametrize("name", CHOSEN)
each_page_and_the_front = pytest.mark.parametrize("name", [FRONT, *CHOSEN])


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """`built(name)` is the path of a page; it is built when it is first asked for."""
    given = os.environ.get("ADAMVIZ_PAGES")
    folder = Path(given).resolve() if given else tmp_path_factory.mktemp("pages")

    def built(name):
        path = folder / ("index.html" if name == FRONT else f"read/{name}.html")
        if not path.exists():
            stem = NOTEBOOKS[0].stem if name == FRONT else name
            files = [] if ALL else [ROOT / "notebooks" / f"{stem}.ipynb"]
            command = [
                sys.executable,
                ROOT / "tools" / "build_pages.py",
                "--output",
                folder,
                *files,
            ]
            done = subprocess.run(command, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
            print(f"\n{done.stdout}", end="")
        return path

    return built


@pytest.fixture
def open_page(chromium, built):
    """Opens a page; its `problems` are what went wrong, and what was asked for elsewhere."""
    contexts = []

    def open(name, **options):
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
        contexts.append(context)
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on(
            "console", lambda m: m.type in ("error", "warning") and page.problems.append(m.text)
        )
        page.on("request", lambda r: r.url.startswith("http") and page.problems.append(r.url))
        page.goto(built(name).as_uri())
        if options.get("java_script_enabled", True):
            page.wait_for_function(BEGUN, timeout=MINUTE * 1000)
        return page

    yield open
    for context in contexts:
        context.close()


def unfold(page):
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")


def screenshot(page, name, moment):
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"page-{name}-{moment}.png")


@each_page_and_the_front
def test_every_control_goes_to_both_ends(open_page, name):
    page = open_page(name)
    screenshot(page, name, "top")
    figures = page.locator("[data-adamviz]").count()
    page.set_default_timeout(10 * MINUTE * 1000)
    found = page.evaluate(f"{WALK} walkAll()")
    print(f"\n{name}: {[len(moved) for moved, _ in found]} controls moved")
    assert [wrong for _, wrong in found] == [[]] * figures
    assert figures > 0 and all(moved for moved, _ in found)
    assert page.problems == []


@each_page_and_the_front
@pytest.mark.parametrize(("width", "height"), [(390, 844), (820, 1180)])
def test_nothing_scrolls_sideways(open_page, name, width, height):
    page = open_page(
        name, viewport={"width": width, "height": height}, is_mobile=True, has_touch=True
    )
    screenshot(page, name, f"{width}")
    unfold(page)
    time.sleep(0.3)
    room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert room == [width, width]
    assert page.problems == []


@each_page_and_the_front
def test_the_page_is_as_small_as_it_must_be(built, name):
    content = built(name).read_bytes()
    sent = len(gzip.compress(content))
    print(f"\n{name}: {sent:,} bytes compressed, {len(content):,} as a file")
    sent_most, file_most = (500_000, 500_000) if name == FRONT else (3_000_000, 6_000_000)
    assert sent <= sent_most and len(content) <= file_most
    for figure in re.findall(
        r'<div class="adamviz-page".*?\n</div>\n', content.decode(), re.DOTALL
    ):
        assert len(gzip.compress(figure.encode())) <= 600_000


@each_page_and_the_front
def test_every_combination_that_a_figure_names_is_held(built, name):
    packs = re.findall(r'octet-stream">(.*?)</script>', built(name).read_text(encoding="utf-8"))
    notes = [note for pack in packs for note in Unpacked(base64.b64decode(pack)).index["notes"]]
    assert packs and [note for note in notes if note.startswith("Not held here")] == []


@each_page_and_the_front
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_readers_of_screens_find_no_serious_fault(open_page, axe, name, scheme):  # noqa: F811
    page = open_page(name, color_scheme=scheme)
    unfold(page)
    screenshot(page, name, scheme)
    page.add_script_tag(path=axe)
    faults = page.evaluate(
        """axe.run().then(r => r.violations.map(
            v => [v.id, v.impact, v.nodes.length, v.nodes[0].html.slice(0, 200)]))"""
    )
    assert [fault for fault in faults if fault[1] in ("serious", "critical")] == []
    print(f"\n{name}: {faults}")


@each_page_and_the_front
def test_on_paper_every_still_is_whole_with_its_readout(open_page, name):
    width, height = PAPER
    page = open_page(name, viewport={"width": width, "height": height})
    page.emulate_media(media="print")
    figures = page.locator("[data-adamviz]:visible").count()
    boxes = page.locator(".adamviz-print:visible").evaluate_all(
        """boxes => boxes.map(b => {
            const image = b.querySelector('img'), words = b.querySelector('pre').innerText;
            const tall = (e) => e.getBoundingClientRect().height;
            const fits = b.scrollWidth <= b.clientWidth;
            return [tall(b), fits, tall(image), words, image.alt, getComputedStyle(b).breakInside];
        })"""
    )
    assert len(boxes) == figures > 0
    for tall, fits, picture, words, said, inside in boxes:
        assert tall < height and fits and picture > 100 and inside == "avoid"
        assert words.strip() == said.strip() != ""
    pdf = page.pdf(format="A4", margin=dict.fromkeys(("top", "bottom", "left", "right"), "1cm"))
    assert pdf.count(b"/Subtype /Image") >= figures
    if SCREENSHOTS:
        (Path(SCREENSHOTS) / f"page-{name}.pdf").write_bytes(pdf)


@each_page_and_the_front
def test_without_scripts_all_is_there_but_the_moves(open_page, name):
    page = open_page(name, java_script_enabled=False)
    screenshot(page, name, "without-scripts")
    hosts = page.locator("[data-adamviz=still]")
    assert hosts.count() > 0
    for host in hosts.all():
        if not host.is_visible():
            continue  # in a fold
        image = host.locator("img")
        assert image.is_visible() and image.bounding_box()["height"] > 100
        assert host.locator("pre").inner_text() == image.get_attribute("alt")
    for formula in page.locator("main > p math").all():
        assert formula.bounding_box()["width"] > 2
    assert page.problems == []


def test_the_front_page_leads_to_files_that_are_there(built, open_page):
    page, folder = open_page(FRONT), built(FRONT).parent
    links = page.locator("a").evaluate_all("links => links.map(a => a.getAttribute('href'))")
    there = [link.partition("#") for link in links if link.startswith("read/")]
    assert len(there) == 1 + 8 + 2 * len(NOTEBOOKS)
    for file, _, anchor in there:
        if (folder / file).exists():
            assert not anchor or f'id="{anchor}"' in (folder / file).read_text(encoding="utf-8")
        else:
            assert not ALL and file[5:7] != "00"


def test_all_code_opens_at_once(open_page):
    page = open_page(CHOSEN[0])
    closed = page.locator(".source:not([open])").count()
    button = page.get_by_role("button", name="Show all code")
    button.click()
    assert closed > 0 and page.locator(".source:not([open])").count() == 0
    page.get_by_role("button", name="Show less code").click()
    assert page.locator(".source:not([open])").count() == closed


def test_a_link_to_a_heading_stays_there_while_figures_begin(open_page, built):
    page = open_page(CHOSEN[0])
    address = f"{built(CHOSEN[0]).as_uri()}#Your-eight-questions"
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector("[data-adamviz=moves]")
    time.sleep(3.5)
    top = page.locator("#Your-eight-questions").bounding_box()["y"]
    assert 0 <= top < 100


@each_page_and_the_front
@pytest.mark.parametrize("engine", [engines.firefox, engines.webkit], ids=["firefox", "webkit"])
def test_in_firefox_and_webkit(engine, tmp_path, built, name):
    path = built(name)
    try:
        with engine(tmp_path) as do:
            found = walked(do, path)
    except engines.Missing as missing:
        pytest.skip(str(missing))
    assert [wrong for _, wrong in found if wrong] == []
    assert found and all(moved for moved, _ in found)


def walked(do, path):
    def ask(script):
        return do("ExecuteScript", script=script, args=[])

    def until(expression, seconds):
        deadline = time.monotonic() + seconds
        while not (found := ask(f"return {expression}")):
            assert time.monotonic() < deadline, expression
            time.sleep(0.3)
        return found

    do("SetWindowRect", width=engines.WIDTH, height=engines.HEIGHT)
    do("Navigate", url=path.as_uri())
    until(f"document.readyState === 'complete' && {BEGUN}", MINUTE)
    # Each formula has a size, and its hats stand above their letters.
    assert ask(
        """const above = (m) => m.lastElementChild.getBoundingClientRect().top
            <= m.firstElementChild.getBoundingClientRect().top;
        const seen = [...document.querySelectorAll('math')].filter(m => !m.closest('details'));
        return seen.every(m => m.getBoundingClientRect().width > 1)
            && [...document.querySelectorAll('main > p mover')].every(above);"""
    )
    ask(f"{WALK} walkAll().catch((error) => {{ window.walked = [[[], [`${{error}}`]]]; }});")
    return until("window.walked", 10 * MINUTE)
