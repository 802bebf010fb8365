"""What nbconvert makes of a notebook, in Chromium without a network: each still is there."""

import re
import zlib

import nbformat
import pytest
from test_converters import EXPORTERS, STORED, readouts, with_stills

NOTEBOOK = nbformat.read(STORED, as_version=4)


@pytest.fixture(params=EXPORTERS)
def page(request, chromium, tmp_path):
    path = tmp_path / "converted.html"
    path.write_text(with_stills(NOTEBOOK, EXPORTERS[request.param]), encoding="utf-8")
    context = chromium.new_context(viewport={"width": 1000, "height": 700}, offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    # What is finished is folded away, so that a prediction comes first; a reader opens it.
    folded = page.locator("details img + pre")
    assert folded.count() == 5 and not any(each.is_visible() for each in folded.all())
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    yield page
    context.close()


def test_stills_and_readouts_are_seen(page):
    assert page.locator("img + pre").count() == len(readouts(NOTEBOOK))
    for still, readout in zip(page.locator("img").all(), readouts(NOTEBOOK), strict=True):
        assert still.evaluate("still => still.naturalWidth") == 840
        box, below = still.bounding_box(), still.locator("+ pre").bounding_box()
        assert box["x"] + box["width"] <= 1000
        assert below["y"] >= box["y"] + box["height"]
        assert still.locator("+ pre").inner_text() == readout


def test_on_paper_each_still_is_whole(page):
    page.emulate_media(media="print")
    assert all(readout.is_visible() for readout in page.locator("img + pre").all())
    drawn = pictures_drawn(page.pdf(print_background=True))
    # One that is cut in two is drawn on two pages.
    assert len(drawn) == len(set(drawn)) == len(readouts(NOTEBOOK))


def pictures_drawn(pdf):
    """The numbers of the pictures in a PDF (ISO 32000-1, 8.8), once for each time it shows one.

    Chromium names what is drawn after the number of its object.
    """
    header = rb"(\d+) 0 obj\n<</Type /XObject\n/Subtype /Image\n/Width 840"
    pictures = set(re.findall(header, pdf))
    drawn = []
    for stream in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL):
        try:
            drawn += re.findall(rb"/X(\d+) Do", zlib.decompress(stream))
        except zlib.error:
            continue  # not a compressed one
    return [name for name in drawn if name in pictures]
