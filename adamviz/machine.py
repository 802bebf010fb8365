"""What differs from machine to machine, and must not show in a notebook."""

import importlib
import logging

__all__ = ["import_matplotlib"]


def import_matplotlib():
    """Import matplotlib without a word about the machine; the package does so before all else.

    Where a home or its cache folder cannot be written, matplotlib takes a temporary folder, and to
    list the machine's fonts takes it a while. It tells both in a red box, which is no fault of the
    notebook, and nothing that its reader must mend. What it warns of later is shown.
    """
    log = logging.getLogger("matplotlib")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        importlib.import_module("matplotlib.font_manager")  # at whose import it says all this
    finally:
        log.setLevel(level)
