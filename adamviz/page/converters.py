"""What converters of notebooks can be told, so that a figure is its still with its readout.

A figure's output bears its readout as `metadata["image/png"]["alt"]`. Some converters pass it on,
such as nbviewer's; nbconvert's own templates but the classic one do not, nor does myst-nb. And of a
notebook that they have run, both prefer the live widget, which needs scripts from elsewhere and a
kernel. Both can be extended; the README has the commands.
"""

from .html import said

__all__ = ["AltText", "stills"]

WIDGET = "application/vnd.jupyter.widget-view+json"
WHOLE = "break-inside: avoid"  # in print


def stills(notebook, resources):
    """For nbconvert, a preprocessor: each figure as its still, with the readout below it.

    The readout is the still's alternative text, too. Other outputs stay as they are.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Changed in place.
    resources : dict

    Returns
    -------
    both of them
    """
    live = False
    for output in _outputs(notebook):
        data = output["data"]
        readout = output.get("metadata", {}).get("image/png", {}).get("alt")
        if readout and readout == data.get("text/plain"):  # else it is not a figure of ours
            data.pop(WIDGET, None)
            data["text/html"] = f"<div style='{WHOLE}'>{said(data['image/png'], readout)}</div>"
        live = live or WIDGET in data
    if not live:  # their state is nearly all of a page, and asks for a script from elsewhere
        notebook["metadata"].pop("widgets", None)
    return notebook, resources


def _outputs(notebook):
    for cell in notebook["cells"]:
        yield from (output for output in cell.get("outputs", []) if "data" in output)


class AltText:
    """For myst-nb, a renderer: PNGs with the alternative text that their output bears.

    An installed adamviz is one (the entry point is in `pyproject.toml`).
    """

    mime_priority_overrides = ()

    @staticmethod
    def handle_mime(renderer, data, inline):
        """A picture as a list of one node; None for what is none, or has no such text."""
        alt = data.output_metadata.get("image/png", {}).get("alt")
        if data.mime_type != "image/png" or not alt:
            return None
        (image,) = renderer.render_image(data)
        image.setdefault("alt", alt)  # an author's own comes first
        return [image]
