"""What `make lab` and `make demo` find out about the machine they are typed on.

In a container, or at the other end of SSH, there is often no browser, and the user is root, whom
JupyterLab refuses, or somebody whose home cannot be written.
"""

import os
import re
import sys
import tempfile
import webbrowser
from pathlib import Path

from jupyter_core.paths import jupyter_config_dir, jupyter_data_dir, jupyter_runtime_dir

ADDRESS = "127.0.0.1"  # nobody but this machine
ACCESS = "ip|sock|token|auto_token|password"
BROWSER = "no-browser|browser|open_browser"


def launch(application, given, usual, as_root=()):
    """Run a server with the flags that are given, and with the usual ones.

    `usual` is {names: flag}; one that is given by any of its names takes its place. `as_root` is
    what the server wants from root alone. What is not as everywhere is said in a line.
    """
    found = [flag for names, flag in usual.items() if not gives(given, names)]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        found += as_root
        alone = f": only this machine ({ADDRESS}) can open the notebooks, with the token"
        say(f"Running as root{'' if gives(given, ACCESS) else alone}")
    if not gives(given, BROWSER) and not has_browser():
        found.append("--no-browser")
        say("No browser can open here: open the address that is printed below")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as lent:
        closed = {name: folder for name, folder in folders().items() if not can_write(folder)}
        os.environ.update({name: os.path.join(lent, name.lower()) for name in closed})
        if closed:
            say(f"{next(iter(closed.values()))} cannot be written: settings last until the end")
        application.launch_instance([*found, *given])


def say(what):
    print(f"==> {what}", flush=True)  # before what the server says


def gives(flags, names):
    """Whether one of the flags has one of the names: "ip|port" are in --ip=… and --Voila.port=…."""
    return any(re.match(rf"--?(\w+\.)?({names})(=|$)", flag) for flag in flags)


def has_browser():
    """Whether a window of a browser can open here."""
    if not any(os.environ.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")):
        # Without a display Linux offers browsers made of text, which cannot show a notebook; and
        # over SSH the window would open in front of somebody else.
        if sys.platform not in ("darwin", "win32") or "SSH_CONNECTION" in os.environ:
            return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def folders():
    """{variable: folder}: the folders in which Jupyter writes, and what can send it elsewhere."""
    lab = Path(jupyter_config_dir(), "lab")
    return {
        "JUPYTER_RUNTIME_DIR": Path(jupyter_runtime_dir()),
        "JUPYTER_DATA_DIR": Path(jupyter_data_dir()),
        "JUPYTERLAB_SETTINGS_DIR": lab / "user-settings",
        "JUPYTERLAB_WORKSPACES_DIR": lab / "workspaces",
        "IPYTHONDIR": Path(os.environ.get("IPYTHONDIR") or Path.home() / ".ipython"),
    }


def can_write(folder):
    """Whether files can be written in a folder, which need not be there yet."""
    there = next(path for path in (folder, *folder.parents) if os.path.exists(path))
    return os.path.isdir(there) and os.access(there, os.W_OK | os.X_OK)
