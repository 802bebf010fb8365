"""What differs from machine to machine, and must not show: folders, consoles, code pages.

It needs the standard library alone: `adamviz.check` uses it where nothing else can be imported.
"""

import importlib
import logging
import os
import sys

__all__ = ["import_matplotlib", "run_main"]


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


def run_main(main):
    """End the program with what `main()` returns, whatever console its output goes to.

    What a code page or a locale cannot write is replaced. Where nobody reads any further, as after
    `| head`, the program ends without a word.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # there is none where it was closed
            stream.reconfigure(errors="replace")
    try:
        status = main()
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        # Python itself writes what is left once more, at the very end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    sys.exit(status)
