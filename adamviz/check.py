"""Says in plain words what an installation lacks, and how to mend it: `python -m adamviz.check`.

This must run where nothing else does: it begins with the standard library alone, and a Python that
is too old for the rest can still read it.
"""

import importlib.machinery
import json
import os
import pkgutil
import re
import sys

from .machine import run_main

__all__ = ["main"]

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PYPROJECT = os.path.join(ROOT, "pyproject.toml")
# The halves of two packages that run in the browser, each in a folder that JupyterLab looks for.
EXTENSIONS = {
    "jupyterlab_widgets": "@jupyter-widgets/jupyterlab-manager",
    "anywidget": "anywidget",
}
FINE_WITHOUT = {
    "jupyterlab": "fine if VS Code, Colab or a JupyterLab elsewhere opens the notebooks",
    "voila": "fine if you do not want to show notebooks without their code",
}


def main():
    """Print what was looked at, then what to do; returns 0 if all is well, else 1."""
    for look in (check_python, check_packages, check_front_end, check_parts, check_picture):
        advice = look()
        if advice:  # what comes after would fail for the same reason
            print("\nNot all is well. " + advice)
            return 1
    print("\nAll is well.")
    return 0


# --- the checks: each prints what it finds, and returns what to do if something is wrong ----------


def check_python():
    found, least = "{}.{}.{}".format(*sys.version_info), requirements()["python"]
    if at_least(found, least):
        return say("ok", "Python " + found)
    say("TOO OLD", f"Python {found} ({sys.executable}); {least} or newer is needed")
    return (
        f"Install Python {least} or newer, for example from https://www.python.org/downloads,\n"
        "and make a new environment with it, as README.md says under 'Without make'."
    )


def check_packages():
    least = requirements()["packages"]
    wrong = [name for name in least if not recent(name, least[name])]
    if wrong:  # and one that is missing would make others fail
        return install(wrong)
    broken = [name for name in least if not whole(name)]
    if broken:
        return install(broken, "--force-reinstall ")
    # Notebooks run in another folder than this one, which Python searches first.
    if not importlib.machinery.PathFinder.find_spec("adamviz", sys.path[1:]):
        say("MISSING", "adamviz itself: notebooks would not find it")
        return install([f'"{ROOT}"'], "--no-deps --editable ")
    return say("ok", "adamviz in " + os.path.dirname(os.path.abspath(__file__)))


def check_front_end():
    """JupyterLab, unless something else opens the notebooks, and Voilà, unless it is not wanted."""
    wrong, lab = [], requirements()["lab"]
    for name in lab:
        if not version(name) and (name != "jupyterlab" or version("ipykernel")):
            say("note", f"no {name}; {FINE_WITHOUT[name]}")
        elif not recent(name, lab[name]):
            wrong.append(name)
    if wrong:
        return install(wrong)
    return check_extensions() if version("jupyterlab") else None


def check_extensions():
    from jupyter_core.paths import jupyter_path  # knows where they are on every system

    wrong, folders = [], jupyter_path("labextensions")
    then = "\nThen start JupyterLab again, and reload its page in the browser."
    for name, extension in EXTENSIONS.items():
        places = [os.path.join(folder, *extension.split("/")) for folder in folders]
        there = [p for p in places if os.path.isfile(os.path.join(p, "package.json"))]
        if there and fits(name, there[0]):  # the first is JupyterLab's
            say("ok", name + " in the browser")
        elif there:
            say("OTHER", f"{name} in the browser is not of {version(name)}: {there[0]}")
            return "Remove that folder, which hides the one that belongs to it." + then
        else:
            say("MISSING", f"{name} in the browser: there is none of")
            print("".join(f"           {place}\n" for place in places), end="")
            wrong.append(name)
    return install(wrong, "--force-reinstall --no-deps ") + then if wrong else None


def check_parts():
    """Every module, so that none of those that a notebook imports can fail unseen."""
    import adamviz

    for part in pkgutil.walk_packages(adamviz.__path__, "adamviz."):
        try:
            importlib.import_module(part.name)
        except Exception as error:
            say("BROKEN", f"{part.name}: {type(error).__name__}: {error}")
            return install(requirements()["packages"], "--upgrade --force-reinstall ")
    return say("ok", "every part of adamviz can be imported")


def check_picture():
    try:
        from . import Explorer, optimizers

        explorer = Explorer([optimizers.Adam(lr=0.1)], "canyon", start=(-4.0, 1.5), steps=10)
        first = explorer.paths["Adam"].x[1]  # Adam's first step is α along each axis
        if abs(first - (-3.9, 1.4)).max() > 1e-6:
            raise ArithmeticError(f"Adam's first step leads to {first}, not to (-3.9, 1.4)")
        explorer._repr_mimebundle_()
    except Exception as error:
        say("BROKEN", f"a path and its picture: {type(error).__name__}: {error}")
        return install(requirements()["packages"], "--upgrade --force-reinstall ")
    return say("ok", "a path is walked and drawn")


def recent(name, least):
    """Whether a package is there and not too old."""
    found = version(name)
    if not found:
        return say("MISSING", f"{name}; {least} or newer is needed")
    if not at_least(found, least):
        return say("TOO OLD", f"{name} {found}; {least} or newer is needed")
    say("ok", f"{name} {found}")
    return True


def fits(name, place):
    """Whether an extension suits its package: anywidget's asks for the first two of its numbers."""
    if name != "anywidget":
        return True
    with open(os.path.join(place, "package.json"), encoding="utf-8") as file:
        found = json.load(file)["version"]
    return found.split(".")[:2] == version(name).split(".")[:2]


def whole(name):
    """Whether a package that is there can be used."""
    try:
        importlib.import_module("PIL" if name == "pillow" else name)
    except Exception as error:
        return say("BROKEN", f"{name}: {type(error).__name__}: {error}")
    return True


# --- what they are made of ------------------------------------------------------------------------


def say(state, what):
    print(f"{state:8} {what}")


def install(names, how=""):
    """The command that installs packages into this very Python."""
    needed = requirements()
    least = dict(needed["packages"], **needed["lab"])
    wanted = " ".join(f'"{n}>={least[n]}"' if n in least else n for n in names)
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    return (
        f"Type:\n\n    {python} -m pip install {how}{wanted}\n\n"
        "If pip calls this environment externally managed, make one of your own first: README.md,\n"
        "'Without make'."
    )


def requirements():
    """The least versions, as pyproject.toml or, where there is none, the installed package says."""
    if os.path.isfile(PYPROJECT):
        with open(PYPROJECT, encoding="utf-8") as file:
            text = file.read()
        python = re.search(r'requires-python = ">=([\d.]+)"', text).group(1)
        lists = (re.search(name + r" = \[(.*?)\]", text, re.S) for name in ("dependencies", "lab"))
        packages, lab = (re.findall(r'"([\w-]+)>=([\d.]+)', found.group(1)) for found in lists)
    else:
        from importlib import metadata

        python = metadata.metadata("adamviz")["Requires-Python"].lstrip(">=")
        listed = [re.match(r"([\w-]+)>=([\d.]+)(.*)", r) for r in metadata.requires("adamviz")]
        packages = [found.group(1, 2) for found in listed if not found.group(3)]
        lab = [found.group(1, 2) for found in listed if re.search(r"extra == .lab", found.group(3))]
    return {"python": python, "packages": dict(packages), "lab": dict(lab)}


def version(name):
    """The version of an installed package, or None."""
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def at_least(found, least):
    """Whether a version is not older than another: "3.10.1" than "3.8"."""

    def numbers(text):
        return [int(n) for n in re.match(r"\d+(\.\d+)*", text).group().split(".")]

    found, least = numbers(found), numbers(least)
    return found + [0] * (len(least) - len(found)) >= least


if __name__ == "__main__":
    run_main(main)
