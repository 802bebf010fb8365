"""On any machine: a home or a checkout that is closed, no network, odd folders and consoles.

Where root may do everything, a test runs as somebody else, or without root's powers; what the
machine cannot do is skipped, and said.
"""

import contextlib
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import psutil
import pytest
from test_project import ROOT

from tools import notebooks as tool

UMLAUTS = "Übung für Alle"
FIRST = tool.notebooks()[0].name
FIGURE = """
import adamviz
bundle, _ = adamviz.Explorer([adamviz.optimizers.Adam(lr=0.1)], steps=10)._repr_mimebundle_()
print("image/png" in bundle)
"""


def works(*command):
    try:
        return subprocess.run(command, capture_output=True, timeout=60).returncode == 0
    except OSError:
        return False


def without_powers():
    """What to write before a command so that permissions hold for it, even for root."""
    if not hasattr(os, "geteuid") or os.geteuid():
        return []
    command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    if not works(*command, sys.executable, "-c", "1"):
        pytest.skip("this is root, who may write everywhere, and there is no setpriv")
    return command


def without_network():
    """What to write before a command that shall reach nothing but its own machine."""
    lonely = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    return lonely if works(*lonely, "true") else []


def plain(home, **more):
    """The environment of somebody new to this machine; for root, too, temporary files are there."""
    kept = ("PATH", "LANG", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "VIRTUAL_ENV")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    return found | {"HOME": str(home), "PYTHONPATH": str(ROOT)} | more


@pytest.fixture
def closed():
    """`closed(folder)` makes a folder, with all that is in it, one that cannot be written."""
    paths = []

    def close(folder):
        folder.mkdir(exist_ok=True)
        paths.extend([folder, *folder.rglob("*")])
        for path in paths:
            path.chmod(path.stat().st_mode & ~0o222)
        return folder

    yield close
    for path in paths:  # so that pytest can remove it
        path.chmod(path.stat().st_mode | 0o200)


def run(*command, **options):
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", errors="replace", timeout=240, **options
    )


# --- folders --------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["home", "config", "cache", "no home"])
def test_a_figure_where_a_folder_cannot_be_written(tmp_path, closed, what):
    more = {}
    home = tmp_path / "home"
    home.mkdir()
    if what == "home":
        closed(home)
    elif what == "no home":
        home = closed(tmp_path / "nowhere") / "at" / "all"
    else:
        more = {f"XDG_{what.upper()}_HOME": str(closed(tmp_path / what))}
    environment = plain(home, **more)
    done = run(*without_powers(), sys.executable, "-c", FIGURE, env=environment, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_what_matplotlib_warns_of_later_is_shown(tmp_path):
    code = (
        "import adamviz, logging; logging.getLogger('matplotlib.font_manager').warning('no font')"
    )
    done = run(sys.executable, "-c", code, env=plain(tmp_path), cwd=tmp_path)
    assert done.stderr == "no font\n"


def test_a_notebook_where_everything_is_against_it(tmp_path, closed):
    """A closed home, a read-only checkout in an odd folder, a dead proxy, no network."""
    checkout = tmp_path / UMLAUTS / "it's $HOME"
    for name in ("adamviz", "tools", "notebooks", "pyproject.toml"):
        copy, hidden = shutil.copytree, shutil.ignore_patterns("__pycache__", ".*")
        if (ROOT / name).is_dir():
            copy(ROOT / name, checkout / name, ignore=hidden)
        else:
            shutil.copy(ROOT / name, checkout / name)
    closed(checkout)
    proxies = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "all_proxy")}
    environment = plain(closed(tmp_path / "home"), PYTHONPATH=str(checkout), **proxies)
    plugin = ["-p", "tools.nbval_normal", "--nbval", "--nbval-current-env"]
    done = run(
        *[*without_network(), *without_powers(), sys.executable, "-m", "pytest", "-q", *plugin],
        f"notebooks/{FIRST}",
        env=environment,
        cwd=checkout,
    )
    assert done.returncode == 0, done.stdout
    assert done.stderr == ""


@pytest.mark.skipif(not shutil.which("make"), reason="there is no make on this machine")
def test_make_in_a_folder_with_an_odd_name(tmp_path):
    """The tools start in it, and the environment is made for it once."""
    checkout = tmp_path / f'{UMLAUTS} it\'s 100% "free" `of` $HOME'
    (checkout / ".venv" / "bin").mkdir(parents=True)
    for name in ("adamviz", "tools", "notebooks"):
        (checkout / name).symlink_to(ROOT / name)
    for name in ("Makefile", "constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, checkout)
    python = checkout / ".venv" / "bin" / "python"
    made = f'case "$2" in venv|pip) exit 0;; esac; exec "{sys.executable}" "$@"'
    python.write_text(f"#!/bin/sh\n{made}\n")
    python.chmod(0o755)
    lab = {"env": plain(tmp_path), "cwd": checkout}
    done = run("make", "lab", "LAB_ARGS=--version", **lab)
    assert done.returncode == 0, done.stderr
    assert "==> Creating an environment" in done.stdout and "==> Opening" in done.stdout
    again = run("make", "--dry-run", "lab", **lab)
    assert "Creating" not in again.stdout and "tools/lab.py" in again.stdout


# --- servers --------------------------------------------------------------------------------------


def ordinary():
    """What to write before a command so that somebody else than root runs it."""
    if os.geteuid():
        return []
    # Nobody at all, who owns what root owns: wherever Python lies, this user can read it.
    if works("unshare", "--user", sys.executable, "-c", "import jupyterlab"):
        return ["unshare", "--user"]
    pytest.skip("this is root, and unshare can make nobody else here")


@contextlib.contextmanager
def serving(tool, user, folder, *flags):
    """A running `make lab` or `make demo`: its process, its address, and the lines before that."""
    if sys.platform == "win32":
        pytest.skip("servers are started as make starts them, which Windows has not")
    if user == "root" and os.geteuid():
        pytest.skip("this is not root")
    home, temporary = folder / "home", folder / "temporary"
    for path in (home, temporary):
        path.mkdir(exist_ok=True)
    command = [sys.executable, "-u", str(ROOT / "tools" / f"{tool}.py"), *flags]
    server = subprocess.Popen(
        [*(ordinary() if user == "ordinary" else []), *command],
        env=plain(home, TMPDIR=str(temporary)),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    late = threading.Timer(60, server.kill)
    late.start()
    try:
        lines, address = [], None
        while not address and (line := server.stdout.readline()):
            lines.append(line.rstrip())
            address = re.search(r"http://\S+\?token=\w+", line)
        assert address, "\n".join(lines)
        yield server, urlsplit(address[0]), lines
    finally:
        server.send_signal(signal.SIGINT)  # as Ctrl-C
        server.communicate()
        late.cancel()
    assert list(temporary.iterdir()) == []


def fetch(address, query):
    """The status, where it leads, and the text that a browser without cookies gets."""
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    connection.request("GET", f"{address.path}?{query}")
    answer = connection.getresponse()
    found = answer.status, answer.getheader("Location", ""), answer.read().decode()
    connection.close()
    return found


def asked_for(tool):
    """What the page of a server must show."""
    return "jupyter-config-data" if tool == "lab" else f"voila/render/{FIRST}"


@pytest.mark.parametrize("user", ["ordinary", "root"])
@pytest.mark.parametrize("tool", ["lab", "demo"])
def test_a_server_opens_for_those_with_the_token_on_this_machine(tmp_path, tool, user):
    """Two of them, where another program has the usual port, and below an address with a space."""
    below = {"lab": "--ServerApp.base_url=/a%20b/", "demo": "--base_url=/a%20b/"}[tool]
    with contextlib.ExitStack() as stack:
        usual = stack.enter_context(socket.socket())
        with contextlib.suppress(OSError):  # somebody has it already
            usual.bind(("127.0.0.1", 8888 if tool == "lab" else 8866))
            usual.listen()
        (tmp_path / "second").mkdir()
        first = stack.enter_context(serving(tool, user, tmp_path))
        second = stack.enter_context(serving(tool, user, tmp_path / "second", below))
        assert first[1].port != second[1].port
        for server, address, lines in (first, second):
            assert address.hostname == "127.0.0.1" and address.port not in (8888, 8866)
            status, _, page = fetch(address, address.query)
            assert status == 200 and asked_for(tool) in page
            for wrong in ("", "token=wrong"):
                status, leads_to, page = fetch(address, wrong)
                assert status == 403 or (status == 302 and "/login?" in leads_to)
                assert asked_for(tool) not in page
            listens = [c for c in connections(server.pid) if c.status == psutil.CONN_LISTEN]
            assert {c.laddr.ip for c in listens} == {"127.0.0.1"}
            alone = "==> Running as root: only this machine (127.0.0.1) can open the notebooks"
            assert any(line.startswith(alone) for line in lines) == (user == "root")
            assert "==> No browser can open here: open the address that is printed below" in lines
        assert second[1].path.startswith("/a%20b/")
        if tool == "lab":
            assert first[1].path == f"/lab/tree/notebooks/{FIRST}"


def connections(pid):
    process = psutil.Process(pid)
    return getattr(process, "net_connections", process.connections)(kind="inet")
