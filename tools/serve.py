"""What `make lab` and `make demo` find out about the machine they are typed on.

In a container, or at the other end of SSH, there is often no browser, and the user is root, whom
JupyterLab refuses.
"""

import os
import re
import sys
import webbrowser

ADDRESS = "127.0.0.1"  # nobody but this machine
ACCESS = "ip|sock|token|auto_token|password"
BROWSER = "no-browser|browser|open_browser"


def is_root():
    return hasattr(os, "geteuid") and os.geteuid() == 0


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


def gives(flags, names):
    """Whether one of the flags has one of the names: "ip|port" are in --ip=… and --Voila.port=…."""
    return any(re.match(rf"--?(\w+\.)?({names})(=|$)", flag) for flag in flags)


def fitting(given, usual, as_root=()):
    """The flags for a server on this machine: those that are given, and the usual ones.

    `usual` is {names: flag}; one that is given by any of its names takes its place. `as_root` is
    what the server wants from root alone. What is not as everywhere is said in a line.
    """
    found = [flag for names, flag in usual.items() if not gives(given, names)]
    if is_root():
        found += as_root
        alone = f": only this machine ({ADDRESS}) can open the notebooks, with the token"
        print(f"==> Running as root{'' if gives(given, ACCESS) else alone}", flush=True)
    if not gives(given, BROWSER) and not has_browser():
        found.append("--no-browser")
        print("==> No browser can open here: open the address that is printed below", flush=True)
    return [*found, *given]
