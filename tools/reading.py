"""A notebook that has run, as the inside of a page to read: text, folds, code, outputs, figures.

The text is made by nbconvert's own Markdown, formulas by `formulas.py`, and headings have the
anchors of JupyterLab, so that every link of a notebook leads to the same place.
"""

import base64
import html
import re

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from formulas import BadFormula, mathml
from notebooks import Refusal, place, unlinked

__all__ = ["Text", "anchors", "body", "figures"]

REPOSITORY = "https://github.com/adamviz/adamviz"
LONG = 15  # lines of code: more, in the middle of a text, are in its way
FOLDED = '<details class="source"><summary>Code</summary>\n'
NEAR = re.compile(r"([(\[]*)(<math>.*?</math>)([)\].,;:!?]*)")
NOTEBOOK = re.compile(r"(\d\d_\w+)\.ipynb(#.*)?")


class Text(IPythonRenderer):
    """Markdown as JupyterLab shows it, with MathML and with links between pages."""

    def __init__(self):
        super().__init__(escape=False)
        self.headings = []  # (level, anchor, HTML) of each, in their order
        self._formulas = {}

    def render(self, source):
        # No line ends between a formula and a bracket or a comma beside it.
        return NEAR.sub(
            lambda found: (
                f'<span class="near">{found[0]}</span>' if found[1] + found[3] else found[0]
            ),
            MarkdownWithMath(renderer=self).render(source),
        )

    def inline_math(self, body):
        found = mathml(body)
        self._formulas[found] = f"${body}$"
        return found

    def block_math(self, body):
        return f'<span class="formula">{mathml(body, display=True)}</span>'

    def latex_environment(self, name, body):
        return self.block_math(rf"\begin{{{name}}}{body}\end{{{name}}}")

    def heading(self, text, level, **attrs):
        source = text
        for found, latex in self._formulas.items():
            source = source.replace(found, html.escape(latex))
        anchor = html.unescape(re.sub(r"<[^>]*>", "", source)).replace(" ", "-")
        self.headings.append((level, anchor, text))
        escaped = html.escape(anchor)
        link = f'<a class="anchor" href="#{escaped}" aria-label="link to here">¶</a>'
        return f'<h{level} id="{escaped}">{text}{link}</h{level}>\n'

    def link(self, text, url, title=None):
        return super().link(text, leads_to(url), title)

    def table(self, text):
        return f'<div class="table"><table>\n{text}</table></div>\n'


def leads_to(url):
    """Where a link of a notebook leads from its page."""
    notebook = NOTEBOOK.fullmatch(url)
    if notebook:
        return f"{notebook[1]}.html{notebook[2] or ''}"
    if url.startswith("../"):
        return f"{REPOSITORY}/blob/main/{url.removeprefix('../')}"
    return url


def anchors(nb):
    """The anchor of the last heading before each code cell, or None; in the order of the cells."""
    text, found = Text(), []
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            text.render(unlinked(cell))
        elif cell.cell_type == "code":
            found.append(text.headings[-1][1] if text.headings else None)
    return found


def figures(nb):
    """How many outputs of each code cell have a picture, as the notebook is stored."""
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    return [sum("image/png" in output.get("data", {}) for output in cell.outputs) for cell in code]


def body(nb):
    """The inside of the page, and its headings as (level, anchor, HTML)."""
    text, parts = Text(), []
    for number, cell in enumerate(nb.cells):
        try:
            if cell.cell_type == "markdown":
                parts.append(text.render(unlinked(cell)))
            elif cell.cell_type == "code":
                parts.append(code(cell, text))
        except (BadFormula, Refusal) as problem:
            raise Refusal(f"{place(cell, number)}: {problem}") from None
    # Folds one below another are one.
    return "\n".join(parts).replace(f"</details>\n\n{FOLDED}", ""), text.headings


def code(cell, text):
    """A code cell: what it says, with the code folded where it is no part of the text."""
    source = highlight(cell.source, PythonLexer(), HtmlFormatter(nowrap=True))
    source = f'<pre class="code"><code>{source}</code></pre>'
    outputs = "\n".join(output(o, text) for o in cell.outputs)
    if "solution" in cell.metadata.get("tags", []):
        return (
            f'<details class="solution"><summary>Solution</summary>\n{source}\n{outputs}</details>'
        )
    begin = FOLDED if is_aside(cell) else FOLDED.replace(">", " open>", 1)
    return f"{begin}{source}</details>\n{outputs}"


def is_aside(cell):
    """Whether a reader of the text can do without this code.

    So can one without what prepares and what draws. What prints a claim's numbers stays: it is what
    the claim rests on.
    """
    hidden = cell.metadata.get("jupyter", {}).get("source_hidden")
    drawn = any("<img" in o.get("data", {}).get("text/html", "") for o in cell.outputs)
    return hidden or drawn or not cell.outputs or len(cell.source.splitlines()) > LONG


def output(output, text):
    """One output of a cell, in the richest form that a page has."""
    if output.output_type == "stream":
        if output.name == "stderr":
            raise Refusal(f"it complains:\n{output.text}")
        return printed(output.text)
    if output.output_type == "error":  # of a figure that cannot be shown; the cell itself has run
        raise Refusal(f"{output.ename}: {output.evalue}")
    data = output.get("data", {})
    said = data.get("text/plain", "")
    if "text/html" in data:
        moves = 'data-adamviz="still"' in data["text/html"]
        return f'<div class="{"figure" if moves else "shown"}">\n{data["text/html"]}</div>'
    if "text/markdown" in data:
        return text.render(data["text/markdown"])
    if "image/svg+xml" in data:
        return picture(
            "image/svg+xml", base64.b64encode(data["image/svg+xml"].encode()).decode(), said
        )
    for kind in ("image/png", "image/jpeg"):
        if kind in data:
            return picture(kind, data[kind], output.metadata.get(kind, {}).get("alt", said))
    return printed(said)


def printed(text):
    return f'<pre class="printed">{html.escape(text.rstrip(), quote=False)}</pre>'


def picture(kind, data, said):
    data = "".join(data.split())
    return f'<img class="picture" alt="{html.escape(said)}" src="data:{kind};base64,{data}">'
