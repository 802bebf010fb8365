"""Formulas in LaTeX, as MathML, which browsers typeset by themselves.

latex2mathml translates. What is done to its result here is what TeX does and browsers do not, and
what browsers no longer do: MathML Core knows no `mathvariant` but one, and no `columnalign`.
"""

import html
import re
import unicodedata
from xml.etree import ElementTree

from latex2mathml.converter import Converter

__all__ = ["BadFormula", "mathml"]

BARS = {"|", "‖"}
SIGNS = {"−", "+", "±"}
# After one of these a sign belongs to what follows, and is no operation.
BEFORE_SIGN = {"=", "<", ">", "≤", "≥", "≈", "←", ",", "(", "[", "{", "·", "×", "/", "∈", "⟹"}
LIMITS = {"max", "min"}
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
        source = re.sub(r"\{aligned\}", "{align*}", latex)
        math = Converter(display="block" if display else "inline").convert_to_element(source)
    except Exception as error:  # it has a dozen of its own, with no common parent
        raise BadFormula(f"{latex!r}: {type(error).__name__} {error}") from error
    for node in math.iter():
        node.text = html.unescape(node.text) if node.text else node.text
        # `=`, `<` and `{` are fine where they are operators.
        if re.search(r"[\\&_^$]", node.text or "") and not (node.tag == "mo" and node.text == "^"):
            raise BadFormula(f"{latex!r}: what is {node.text!r}?")
    for node in list(math.iter()):
        tidy(node, display)
    (row,) = math
    rows = apart(row) if display else [row]
    return "\n".join(written(row, display) for row in rows)


def tidy(node, display):
    """Set right what is in a node."""
    previous = None
    children = list(node)
    for i, child in enumerate(children):
        text = child.text or ""
        if child.tag == "mo" and text in BARS:
            child.attrib |= {"lspace": "0", "rspace": "0"}
        elif child.tag == "mo" and text in SIGNS and sign(previous):
            child.set("form", "prefix")
        elif child.tag == "mo" and text.isalpha() and len(text) > 1:
            # A name, such as ln: a thin space, unless something in brackets follows, or nothing.
            after = children[i + 1] if i + 1 < len(children) else None
            alone = node.tag != "mrow" or after is None or after.text in ("(", "[")
            child.attrib |= {"lspace": "0", "rspace": "0" if alone else THIN}
        previous = child
    if node.tag == "msub" and display and node[0].text in LIMITS:
        node.tag = "munder"
    if node.get("mathvariant") == "double-struck":
        del node.attrib["mathvariant"]
        node.text = double_struck(node.text)
    if node.tag == "mtd":
        node.set("class", node.attrib.pop("columnalign", "center"))
    if node.tag == "mtable" and "columnspacing" in node.attrib:
        node.set("class", "aligned")


def sign(previous):
    """Whether a sign after this node is one, and no operation."""
    return previous is None or previous.tag == "mspace" or previous.text in BEFORE_SIGN


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
