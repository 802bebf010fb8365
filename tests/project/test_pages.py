"""The pages to read, without a browser: text, formulas, folds, links, figures, and their budgets.

How they look and move is seen by tests/browser/test_pages.py.
"""

import base64
import io
import re
import time
from html.parser import HTMLParser

import nbformat
import pytest
from fontTools.ttLib import TTFont

import build_pages
import build_site
import formulas
import notebooks
import reading
from formulas import mathml

PATHS = notebooks.notebooks()
VOID = {"img", "br", "hr", "meta", "link", "input", "source"}
# What makes a browser ask for something, by tag.
ASKED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src"}


class Read(HTMLParser):
    """What a page has: ids, links, requests, tags that are open at a text, and text."""

    def __init__(self, text):
        super().__init__()
        self.whole = text
        self.open, self.ids, self.links, self.asked, self.tags = [], [], [], [], []
        self.words, self.formulas = [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.tags.append((tag, values))
        self.ids += [values["id"]] if "id" in values else []
        self.links += [values["href"]] if tag == "a" else []
        self.asked += [values[ASKED[tag]]] if ASKED.get(tag) in values else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data):
        if not {"pre", "code", "script", "style"} & set(self.open):
            (self.formulas if "math" in self.open else self.words).append(data)


def notebook(*cells):
    """A notebook of Markdown texts, and of code as (source, outputs) or (source, outputs, tag)."""
    made = []
    for cell in cells:
        if isinstance(cell, str):
            made.append(nbformat.v4.new_markdown_cell(cell))
        else:
            source, outputs, *tags = cell
            made.append(nbformat.v4.new_code_cell(source, outputs=outputs))
            made[-1].metadata.tags = tags
    return nbformat.v4.new_notebook(cells=made)


def printing(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def showing(metadata=None, **data):
    data = {kind.replace("_", "/", 1): value for kind, value in data.items()}
    return nbformat.v4.new_output("display_data", data, metadata=metadata or {})


def inside(*cells):
    return reading.body(notebook(*cells))[0]


def rendered(source):
    return reading.Text().render(source)


# --- text -----------------------------------------------------------------------------------------


def test_headings_have_the_anchors_of_jupyterlab():
    text, headings = reading.body(
        notebook("# Title\n\n## Is *this* right?, `no`", "### Why $\\beta^t$")
    )
    found = ["Title", "Is-this-right?,-no", "Why-$\\beta^t$"]
    assert [anchor for _, anchor, _ in headings] == found
    assert Read(text).ids == found
    assert [level for level, _, _ in headings] == [1, 2, 3]


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("03_momentum.ipynb", "03_momentum.html"),
        (
            "03_momentum.ipynb#Two-sentences,-three-formulas",
            "03_momentum.html#Two-sentences,-three-formulas",
        ),
        ("#Here", "#Here"),
        (
            "../README.md#for-teachers",
            "https://github.com/adamviz/adamviz/blob/main/README.md#for-teachers",
        ),
        ("https://arxiv.org/abs/1412.6980", "https://arxiv.org/abs/1412.6980"),
    ],
)
def test_links_lead_to_pages(link, leads):
    assert Read(rendered(f"[there]({link})")).links == [leads]


def test_the_links_to_neighbours_are_the_pages_own():
    nav = "<!-- nav -->\n[next](01_gradient_descent_in_a_canyon.ipynb)\n<!-- /nav -->"
    assert inside(f"Text.\n\n{nav}").strip() == "<p>Text.</p>"


def test_answers_stay_folded():
    text = "<details>\n<summary><b>What happened</b></summary>\n\nIt is $x$.\n\n</details>"
    found = Read(rendered(text))
    assert ("details", {}) in found.tags and ("math", {}) in found.tags


# --- formulas -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latex", "wanted"),
    [
        (r"\hat m_t", '<msub><mover accent="true"><mi>m</mi><mo>^</mo></mover><mi>t</mi></msub>'),
        (r"\mathbb E", "<mi>𝔼</mi>"),
        (r"\mathbb R", "<mi>ℝ</mi>"),
        (r"\lambda_{\max}", '<mo lspace="0" rspace="0">max</mo>'),
        (r"\ln x", '<mo lspace="0" rspace="0.1667em">ln</mo><mi>x</mi>'),
        (r"\sin(x)", '<mo lspace="0" rspace="0">sin</mo>'),
        (r"x=-1", '<mo>=</mo><mo form="prefix">−</mo><mn>1</mn>'),
        (r"x-1", "<mi>x</mi><mo>−</mo><mn>1</mn>"),
        (r"a < b", "<mo>&lt;</mo>"),
    ],
)
def test_a_formula_is_as_tex_has_it(latex, wanted):
    assert wanted in mathml(latex)


def test_bars_stand_close():
    assert mathml("|g|").count('stretchy="false"') == 2
    assert mathml("|g|").count('lspace="0" rspace="0"') == 2
    assert mathml(r"\left|g\right|").count('stretchy="true"') == 2


def test_a_page_brings_the_glyphs_of_its_formulas():
    rule = formulas.font("<p>not this: ∐</p>" + mathml(r"\sqrt{\hat v} + \Gamma"))
    data = re.fullmatch(r'@font-face .*"data:font/woff;base64,(.*)"\); }\n', rule)[1]
    glyphs = TTFont(io.BytesIO(base64.b64decode(data))).getBestCmap()
    assert {ord(c) for c in "√v𝑣^+Γ𝛤"} <= set(glyphs) and ord("∐") not in glyphs
    assert formulas.font("<p>no formula</p>") == ""


def test_rows_are_aligned():
    found = mathml(r"\begin{aligned} a &= b \\ cc &= dd \end{aligned}", display=True)
    assert found.count("<mtr>") == 2
    assert found.count('<mtd class="right">') == found.count('<mtd class="left">') == 2
    assert '<mtd class="left">' in mathml(r"\begin{cases} a & b \\ c & d \end{cases}")


def test_formulas_that_stand_side_by_side_can_stand_one_below_another():
    found = mathml(r"a=1,\qquad b=2", display=True)
    assert found.count('<math display="block">') == 2
    assert mathml(r"a=1,\qquad b=2").count("<math>") == 1


@pytest.mark.parametrize(
    "latex", [r"\unknown x", r"a_b_c", r"a & b", r"\begin{nothing}x\end{nothing}"]
)
def test_what_is_no_formula_is_refused(latex):
    with pytest.raises(formulas.BadFormula, match=re.escape(repr(latex)[:4])):
        mathml(latex)


def test_a_refusal_names_the_cell():
    with pytest.raises(notebooks.Refusal, match=r"cell 1 \('So \$"):
        inside("# T", r"So $\unknown$.")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_no_formula_of_a_notebook_is_left_as_latex(path):
    nb = notebooks.read(path)
    page = Read(reading.body(nb)[0])
    assert re.findall(r".{0,20}[\\$].{0,20}", "".join(page.words)) == []
    assert re.findall(r"[\\$&_]", "".join(page.formulas)) == []
    text = "".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")
    hats = len(re.findall(r"\\hat", text))
    assert len([t for t, a in page.tags if t == "mover" and a.get("accent") == "true"]) >= hats
    assert sum(t == "math" for t, _ in page.tags) >= len(re.findall(r"\$+[^$]+\$+", text))


# --- code and outputs -----------------------------------------------------------------------------


def test_code_is_folded_where_it_is_no_part_of_the_text():
    for cell, folded in (
        (("import numpy", []), True),
        (("print(1)", [printing("1\n")]), False),
        (("\n".join(["x = 1"] * 16), [printing("1\n")]), True),
        (("Explorer()", [showing(text_html="<img alt='a figure'>")]), True),
        (("claim()", [showing(text_html="<details><pre>4 steps</pre></details>")]), False),
    ):
        assert ('<details class="source">' in inside(cell)) is folded
        assert ('<details class="source" open>' in inside(cell)) is not folded


def test_folds_one_below_another_are_one():
    found = inside(("import a", []), ("b = 1", []), ("print(b)", [printing("1\n")]))
    assert found.count("<summary>Code</summary>") == 2 and found.count('<pre class="code">') == 3
    assert Read(found).tags.count(("details", {"class": "source"})) == 1


def test_what_a_notebook_hides_is_folded():
    nb = notebook(("print(1)", [printing("1\n")]))
    nb.cells[0].metadata.jupyter = {"source_hidden": True}
    assert '<details class="source">' in reading.body(nb)[0]


def test_a_solution_is_folded_with_its_outputs():
    found = inside(("print('<4>')", [printing("<4>\n")], "solution"))
    assert re.fullmatch(
        r'<details class="solution"><summary>Solution</summary>.*'
        r'<pre class="printed">&lt;4&gt;</pre></details>',
        found,
        re.DOTALL,
    )


def test_outputs_are_shown():
    text = inside(
        ("a", [printing("Claim 1.1: 2 < 3\n")]),
        ("b", [showing(text_html="<p>own <em>HTML</em></p>", text_plain="x")]),
        ("c", [showing(text_markdown="| a |\n|---|\n| $x^2$ |", text_plain="x")]),
        ("d", [showing(image_png="QUJD\n", text_plain='a "picture"')]),
        ("e", [showing(text_plain="array([1])")]),
    )
    assert '<pre class="printed">Claim 1.1: 2 &lt; 3</pre>' in text
    assert "<p>own <em>HTML</em></p>" in text and "<msup>" in text and "<th>a</th>" in text
    assert 'alt="a &quot;picture&quot;" src="data:image/png;base64,QUJD"' in text
    assert '<pre class="printed">array([1])</pre>' in text
    assert "text/plain" not in text


def test_a_picture_has_its_own_alternative_text():
    metadata = {"image/png": {"alt": "the readout"}}
    assert 'alt="the readout"' in inside(
        ("d", [showing(metadata, image_png="QUJD", text_plain="x")])
    )


def test_a_cell_that_complains_is_no_page():
    with pytest.raises(notebooks.Refusal, match=r"cell 0 \('f\(\)'\): it complains:\nWarning"):
        inside(("f()", [printing("Warning: f\n", "stderr")]))


def test_a_figure_that_cannot_be_shown_is_no_page():
    error = nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])
    with pytest.raises(notebooks.Refusal, match=r"cell 0 \('f\(\)'\): ValueError: no"):
        inside(("f()", [error]))


# --- pages ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages():
    """{file: what is on it} of all pages, from the outputs that are stored."""
    found = {}
    for path in PATHS:
        page = build_pages.page(path, *reading.body(notebooks.read(path)))
        found[f"{path.stem}.html"] = Read(page)
    return found


def test_links_between_pages_lead_to_headings_that_are_there(pages):
    for name, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), name
        for link in page.links:
            if ":" in link or link.startswith("../"):
                continue
            file, _, anchor = link.partition("#")
            if file.endswith(".ipynb"):
                assert file == name.replace(".html", ".ipynb")
            else:
                assert not anchor or anchor in pages[file or name].ids, f"{name}: {link}"


def test_a_page_asks_nobody_for_anything(pages):
    for name, page in pages.items():
        assert [a for a in page.asked if not a.startswith("data:")] == [], name
    style = (build_pages.SITE / "read.css").read_text(encoding="utf-8")
    assert "url(" not in style and "@import" not in style
    for name in pages:
        assert all(u.startswith('"data:') for u in re.findall(r"url\((.{6})", pages[name].whole))


def test_a_page_has_what_a_reader_of_screens_needs(pages):
    for name, page in pages.items():
        tags = [tag for tag, _ in page.tags]
        assert tags.count("h1") == tags.count("main") == tags.count("header") == 1, name
        assert ("html", {"lang": "en"}) in page.tags
        described = [a["content"] for t, a in page.tags if a.get("name") == "description"]
        assert 20 < len(described[0]) < 400 and not re.search(r"[$*\\<]", described[0]), name


def test_the_head_leads_to_neighbours_to_the_live_notebook_and_to_its_file(pages):
    page = pages["03_momentum.html"]
    rels = {a["rel"]: a["href"] for t, a in page.tags if t == "a" and "rel" in a}
    assert rels == {"prev": "02_minibatches.html", "next": "04_nesterov.html"}
    assert "../lab/index.html?path=notebooks/03_momentum.ipynb" in page.links
    assert "03_momentum.ipynb" in page.links and "../index.html" in page.links


def test_the_front_page_leads_to_answers_and_notebooks(pages):
    front = Read(build_pages.front("<p>figure</p>"))
    asked = [
        link.partition("#") for link in front.links if "#" in link and link.startswith("read/")
    ]
    questions = [anchor for _, _, anchor in asked if anchor.startswith("Question-")]
    assert [q.split(".")[0] for q in questions] == [f"Question-{n}" for n in range(1, 9)]
    for file, _, anchor in asked:
        assert anchor in pages[file.removeprefix("read/")].ids
    for path in PATHS:
        for link in (
            f"read/{path.stem}.html",
            f"read/{path.name}",
            f"./lab/index.html?path=notebooks/{path.name}",
        ):
            assert link in front.links
    tags = [tag for tag, _ in front.tags]
    assert tags.count("h1") == tags.count("main") == 1
    assert [a for a in front.asked if not a.startswith("data:")] == []


def test_a_page_that_is_too_large_is_refused(tmp_path):
    noise = base64.b64encode(bytes(range(256)) * 20).decode()
    with pytest.raises(notebooks.Refusal, match=r"x\.html is too large: [\d,]+ bytes compressed"):
        build_pages.write(tmp_path / "x.html", noise, most=50)
    with pytest.raises(notebooks.Refusal, match=r"6,828 as a file"):
        build_pages.write(tmp_path / "x.html", noise, file=50)
    assert not (tmp_path / "x.html").exists()
    assert "on disk" in build_pages.write(tmp_path / "x.html", noise)


def test_figures_share_what_a_page_may_have():
    figure = showing(image_png="QUJD", text_plain="x")
    few = notebook("# A b", ("f", [figure]), "## C d", ("g", []), ("h", [figure]))
    found = build_pages.wanted(few, "01_x.ipynb", "..")
    live = "../lab/index.html?path=notebooks/01_x.ipynb"
    assert found == [
        {"text/html": {"live": f"{live}#A-b", "budget": 600_000}},
        {"text/html": {"live": f"{live}#C-d", "budget": 600_000}},
    ]
    many = build_pages.wanted(notebook(*[("f", [figure])] * 10), "01_x.ipynb", "..")
    budget = many[0]["text/html"]["budget"]
    assert len(many) == 10 and 10 * budget < build_pages.PAGE and budget > 250_000


def test_a_folder_that_is_no_site_is_not_overwritten(tmp_path):
    (tmp_path / "precious").write_text("")
    with pytest.raises(build_site.Refusal, match="not a site"):
        build_pages.build_all([], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def test_a_figure_moves_in_its_page_and_leads_to_its_heading(tmp_path):
    code = """from adamviz import Control, Explorer, optimizers
Explorer([optimizers.Adam()], controls=[Control("lr", "α", [0.1, 0.2], 0.1)], steps=4)"""
    nb = notebook("# A figure", ("x = 1", []), (code, [showing(image_png="QUJD")]))
    path = tmp_path / "01_x.ipynb"
    nbformat.write(nb, path)
    started = time.perf_counter()
    text, headings, front, seconds = build_pages.build(path, "..")
    assert 0 < seconds <= time.perf_counter() - started
    assert front is None and [anchor for _, anchor, _ in headings] == ["A-figure"]
    assert text.count('data-adamviz="still"') == 1
    assert "_shown" not in text and "image/png;base64,QUJD" not in text
    (packed,) = re.findall(r'octet-stream">(.*?)</script>', text, re.DOTALL)
    from adamviz.page.pack import Unpacked

    live = Unpacked(base64.b64decode(packed)).index["live"]
    assert live == "../lab/index.html?path=notebooks/01_x.ipynb#A-figure"
