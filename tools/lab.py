"""Open the notebooks in JupyterLab.

python tools/lab.py                # opens the browser on the first notebook
python tools/lab.py --no-browser   # any further flag is JupyterLab's
"""

import sys

from jupyterlab.labapp import LabApp

from adamviz.machine import run_main
from notebooks import CONTENTS, FOLDER
from serve import ADDRESS, launch

USUAL = {
    "root_dir|notebook-dir|notebook_dir": f"--ServerApp.root_dir={FOLDER.parent}",
    # Not a file to open, so that the address that is printed leads there, too.
    "default_url": f"--LabApp.default_url=/lab/tree/{FOLDER.name}/{CONTENTS}",
    "ip|sock": f"--ServerApp.ip={ADDRESS}",
}


def main(arguments=None):
    given = sys.argv[1:] if arguments is None else arguments
    launch(LabApp, given, USUAL, as_root=["--allow-root"])


if __name__ == "__main__":
    run_main(main)
