"""Serve the notebooks as apps for a lecture: no code, large, with a page of contents.

    python tools/demo.py                  # opens the browser
    python tools/demo.py --no-browser     # any further flag is Voilà's

Everything comes from the installed packages: the lecture room needs no network.
"""

import html
import io
import os
import re
import sys
import tempfile
import threading
import webbrowser
from pathlib import Path

# Before any kernel starts: every figure begins in the present view, on the Python of this file.
os.environ["ADAMVIZ_SIZE"] = "projector"
os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from nbconvert.filters import markdown2html
from tornado.web import authenticated
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler

from adamviz.machine import import_matplotlib, run_main
from notebooks import FOLDER, notebooks, read, title
from serve import ADDRESS, launch

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "tools" / "voila"
FONT = 18  # points, as the text of the page of contents
USUAL = {
    "ip": f"--Voila.ip={ADDRESS}",
    "token|auto_token": "--Voila.auto_token=True",
}
NOT_FOR_VOILA = ["@jupyter-notebook/lab-extension"]  # where Notebook 7 is installed, too


def contents():
    """Name, title and opening question (HTML) of every notebook."""
    listed = []
    for path in notebooks():
        nb = read(path)
        _, first, *more = nb.cells[0].source.split("\n\n")
        asked = next((text for text in more if text.startswith("**Question**")), first)
        question = asked.removeprefix("**Question**")
        question = re.sub(r"\$.+?\$", formula, markdown2html(question))
        listed.append({"name": path.name, "title": title(nb), "question": question})
    return listed


def formula(match):
    """A formula as a drawing: the page of contents needs no typesetter in the browser."""
    import_matplotlib()
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import math_to_image

    drawing, source = io.StringIO(), match[0]
    font = FontProperties(size=FONT)
    depth = math_to_image(html.unescape(source), drawing, prop=font, format="svg")
    svg = drawing.getvalue().partition("<svg")[2]
    return f'<svg role="img" aria-label="{source}" style="vertical-align: -{depth}pt"{svg}'


class Contents(JupyterHandler):
    """The page of contents."""

    @authenticated
    def get(self):
        template = self.settings["voila_jinja2_env"].get_template("contents.html")
        self.write(template.render(notebooks=contents(), base_url=self.base_url))


class Goodbye(VoilaShutdownKernelHandler):
    """Ends the kernel of a page that is left, so that a lesson does not gather them."""

    def check_xsrf_cookie(self):
        """A page that is going away cannot send the token; it knows the secret kernel id."""


class Demo(Voila):
    """Voilà with a page of contents and a template of its own."""

    def setup_template_dirs(self):
        super().setup_template_dirs()
        self.voila_configuration.extension_denylist = NOT_FOR_VOILA
        self.template_paths.insert(0, str(TEMPLATES))

    def init_handlers(self):
        goodbye = url_path_join(self.server_url, r"/voila/api/shutdown/(.*)")
        own = [(self.server_url, Contents), (goodbye, Goodbye)]
        return own + super().init_handlers()

    def launch_browser(self):
        """With the token, which Voilà's own leaves out; in a file, for all can read a command."""
        token = self.identity_provider.token
        address = f"{self.connection_url}?token={token}" if token else self.connection_url
        file = {"mode": "w", "suffix": ".html", "dir": self.connection_dir, "delete": False}
        with tempfile.NamedTemporaryFile(**file) as page:
            page.write(f'<meta http-equiv="refresh" content="0; url={html.escape(address)}">')
        try:
            browser = webbrowser.get(self.browser or None)
        except webbrowser.Error as error:
            self.log.warning("No web browser found: %s.", error)
        else:
            threading.Thread(target=browser.open, args=[Path(page.name).as_uri()]).start()


def main(arguments=None):
    given = sys.argv[1:] if arguments is None else arguments
    launch(Demo, [str(FOLDER), *given], USUAL)


if __name__ == "__main__":
    run_main(main)
