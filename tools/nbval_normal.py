"""nbval reads a notebook as the other tests do, through its normal form: `pytest -p` loads this.

A file that a reader has run and saved is so what it was before.
"""

import pytest
from nbval.plugin import IPyNbFile

from tools import notebooks as tool


class Notebook(IPyNbFile):
    def setup_sanitize_files(self):
        super().setup_sanitize_files()
        # nbval leaves pictures out, and so must those in HTML be.
        self.sanitize_patterns[tool.PICTURE.pattern] = "a picture"

    def collect(self):
        items = list(super().collect())
        tool.normalise(self.nb, tool.navigation(self.path.name, tool.files()))
        kept = {id(cell) for cell in self.nb.cells}
        return [item for item in items if id(item.cell) in kept]


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    found = yield
    ours = [file for file in found if isinstance(file, IPyNbFile)]
    return [Notebook.from_parent(parent, path=file_path)] if ours else found
