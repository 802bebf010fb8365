"""Formulas in LaTeX, as MathML, which browsers typeset by themselves.

latex2mathml translates. What is done to its result here is what TeX does and browsers do not, and
what browsers no longer do: MathML Core knows no `mathvariant` but one, and no `columnalign`.

A page brings its font. Many phones have none for formulas, and then brackets do not grow.
"""

import base64
import html
import io
import re
import unicodedata
from importlib.metadata import distribution
from xml.etree import ElementTree

from fontTools import subset
from latex2mathml.converter import convert_to_element

__all__ = ["BadFormula", "font", "mathml"]

ORDINARY = {"|", "‖", "/"}  # signs without space around them
SIGNS = {"−", "+", "±"}
# After one of these a sign belongs to what follows, and is no operation.
BEFORE_SIGN = {"=", "<", ">", "≤", "≥", "≈", "←", ",", "(", "[", "{", "·", "×", "/", "∈", "⟹"}
LIMITS = {"max", "min"}
# What a browser makes of single letters; U+210E is the h among them.
ITALIC = [chr(c) for c in (0x210E, *range(0x1D434, 0x1D468), *range(0x1D6E2, 0x1D71C))]
SCRIPTS = {"msub", "msup", "msubsup", "munder", "mover", "munderover"}
THIN = "0.1667em"


class BadFormula(ValueError):
    """A formula that is not understood; the message says which."""


def mathml(latex, display=False):
    """A formula as HTML: one `<math>`, or for a display those that `\\qquad` sets apart.

    Raises
    ------
    BadFormula
        For a command or an environment that is not known.
    """
    try:
        source = latex.replace("{aligned}", "{align*}")
        source = source.replace(r"\Bigl", r"\left").replace(r"\Bigr", r"\right")
        math = convert_to_element(source, display="block" if display else "inline")
    except Exception as error:  # it has a dozen of its own, with no common parent
        raise BadFormula(f"{latex!r}: {error!r}") from error
    for node in math.iter():
        node.text = html.unescape(node.text) if node.text else node.text
        # `=`, `<` and `{` are fine where they are operators.
        if re.search(r"[\\&_^$]", node.text or "") and not (node.tag == "mo" and node.text == "^"):
            raise BadFormula(f"{latex!r}: what is {node.text!r}?")
    # An environment that it does not know it leaves out without a word.
    if sum(node.tag == "mtable" for node in math.iter()) < latex.count(r"\begin{"):
        raise BadFormula(f"{latex!r}: an environment in it is not known")
    for node in list(math.iter()):
        tidy(node, display)
    (row,) = math
    rows = apart(row) if display else [row]
    return "\n".join(written(row, display) for row in rows)


def tidy(node, display):
    """Set right what is in a node."""
    children = list(node)
    for before, child, after in zip(
        [None, *children], children, [*children[1:], None], strict=False
    ):
        if child.tag == "mo" and child.text in ORDINARY:
            child.attrib |= {"lspace": "0", "rspace": "0"}
            child.attrib.setdefault("stretchy", "false")  # with \\left and \\right it is "true"
        elif child.tag == "mo" and child.text in SIGNS and is_sign(before):
            child.set("form", "prefix")
        # A function such as ln, or one with an index, such as maxᵢ.
        name = child[0] if child.tag in SCRIPTS else child
        if is_name(name) and (node.tag not in SCRIPTS or before is not None):
            name.tag = "mo"
            name.set("lspace", THIN if node.tag == "mrow" and is_value(before) else "0")
            follows = node.tag == "mrow" and after is not None and after.text not in ("(", "[")
            name.set("rspace", THIN if follows else "0")
    if node.tag == "msub" and display and node[0].text in LIMITS:
        node.tag = "munder"
    if node.tag == "mi" and "Α" <= (node.text or "") <= "Ω":  # Greek capitals stand upright
        node.set("mathvariant", "normal")
    if node.get("mathvariant") == "double-struck":
        del node.attrib["mathvariant"]
        node.text = double_struck(node.text)
    if node.tag == "mtd":
        node.set("class", node.attrib.pop("columnalign", "center"))
    if node.tag == "mtable" and "columnspacing" in node.attrib:
        node.set("class", "aligned")


def is_name(node):
    return node.tag in ("mi", "mo") and len(node.text or "") > 1 and node.text.isalpha()


def is_value(node):
    return node is not None and node.tag not in ("mo", "mspace", "mtext")


def is_sign(before):
    """Whether a sign after this node is one, and no operation."""
    return before is None or before.tag == "mspace" or before.text in BEFORE_SIGN


def double_struck(letter):
    for name in ("MATHEMATICAL DOUBLE-STRUCK CAPITAL", "DOUBLE-STRUCK CAPITAL"):
        try:
            return unicodedata.lookup(f"{name} {letter}")
        except KeyError:
            continue
    raise BadFormula(f"there is no double-struck {letter!r}")


def apart(row):
    """The rows that wide spaces set apart: where there is no room, they stand one below another."""
    rows = [ElementTree.Element("mrow")]
    for child in row:
        if child.tag == "mspace" and child.get("width") == "2em":
            rows.append(ElementTree.Element("mrow"))
        else:
            rows[-1].append(child)
    return [row for row in rows if len(row)]


def written(row, display):
    math = ElementTree.Element("math", {"display": "block"} if display else {})
    math.append(row)
    return ElementTree.tostring(math, encoding="unicode")


def font(page):
    """The style sheet's rule for the font `Formulas`, with all that the formulas of a page need.

    STIX Two Math, under the SIL Open Font License; it comes with ziamath.
    """
    formulas = "".join(re.findall(r"<math.*?</math>", page, re.DOTALL))
    if not formulas:
        return ""
    shown = {"√", *html.unescape(re.sub(r"<[^>]*>", "", formulas))}
    shown |= {letter for letter in ITALIC if unicodedata.normalize("NFKC", letter) in shown}
    options = subset.Options(flavor="woff", layout_features=["ssty"], hinting=False)
    file = distribution("ziamath").locate_file("ziamath/fonts/STIXTwoMath-Regular.ttf")
    whole = subset.load_font(io.BytesIO(file.read_bytes()), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=map(ord, shown))
    subsetter.subset(whole)
    content = io.BytesIO()
    subset.save_font(whole, content, options)
    data = base64.b64encode(content.getvalue()).decode()
    return f'@font-face {{ font-family: Formulas; src: url("data:font/woff;base64,{data}"); }}\n'
