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
import webbrowser
from urllib.parse import urlsplit

import pytest
from test_project import ROOT

from tools import notebooks as tool
from tools import serve

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


def python_at(path, first):
    """A Python that does something else first."""
    path.write_text(f'#!/bin/sh\n{first}\nexec "{sys.executable}" "$@"\n')
    path.chmod(0o755)


@pytest.mark.skipif(not shutil.which("make"), reason="there is no make on this machine")
def test_make_in_a_folder_with_an_odd_name(tmp_path):
    """The tools start in it, and the environment is made for it once."""
    checkout = tmp_path / f'{UMLAUTS} it\'s 100% "free" `of` $HOME'
    (checkout / ".venv" / "bin").mkdir(parents=True)
    for name in ("adamviz", "tools", "notebooks"):
        (checkout / name).symlink_to(ROOT / name)
    for name in ("Makefile", "constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, checkout)
    python_at(checkout / ".venv" / "bin" / "python", 'case "$2" in venv|pip) exit 0;; esac')
    lab = {"env": plain(tmp_path), "cwd": checkout}
    done = run("make", "lab", "LAB_ARGS=--version", **lab)
    assert done.returncode == 0, done.stderr
    assert "==> Creating an environment" in done.stdout and "==> Opening" in done.stdout
    again = run("make", "--dry-run", "lab", **lab)
    assert "Creating" not in again.stdout and "tools/lab.py" in again.stdout


@pytest.mark.skipif(not shutil.which("make"), reason="there is no make on this machine")
def test_make_in_a_closed_folder_says_what_to_type(tmp_path, closed):
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in ("Makefile", "constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, checkout)
    closed(checkout)
    python_at(tmp_path / "python", ":")
    python = "PYTHON=../python"  # whose path has no spaces, wherever this runs
    done = run(*without_powers(), "make", "lab", python, env=plain(tmp_path), cwd=checkout)
    assert done.returncode == 2 and "make VENV=/path/to/a/folder" in done.stdout, done.stderr


# --- servers --------------------------------------------------------------------------------------


def users():
    """{user: what to write before a command} of an ordinary user and of root, as far as can be."""
    if sys.platform == "win32":
        pytest.skip("servers are started as make starts them, which Windows has not")
    if os.geteuid():
        return {"ordinary": []}
    # Somebody who owns what root owns, but has no powers: wherever Python lies, they can read it.
    somebody = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    able = works(*somebody, sys.executable, "-c", "1")
    return {"root": []} | ({"ordinary": somebody} if able else {})


class Server:
    """`make lab` or `make demo`, typed by somebody."""

    def __init__(self, tool, folder, before, flags):
        self.temporary = folder / "temporary"
        self.temporary.mkdir(parents=True)
        self.process = subprocess.Popen(
            [*before, sys.executable, "-u", str(ROOT / "tools" / f"{tool}.py"), *flags],
            env=plain(folder, TMPDIR=str(self.temporary)),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self.late = threading.Timer(120, self.process.kill)
        self.late.start()
        self.said = []

    def wait(self):
        """Until it prints its address, which this gives."""
        while line := self.process.stdout.readline():
            self.said.append(line.rstrip())
            if address := re.search(r"http://\S+\?token=\w+", line):
                return urlsplit(address[0])
        raise AssertionError("\n".join(self.said))

    def stop(self):
        self.process.send_signal(signal.SIGINT)  # as Ctrl-C
        self.process.communicate()
        self.late.cancel()


def answers(host, port):
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True


def fetch(address, query):
    """The status, where it leads, and the text that a browser without cookies gets."""
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    connection.request("GET", f"{address.path}?{query}")
    answer = connection.getresponse()
    found = answer.status, answer.getheader("Location", ""), answer.read().decode()
    connection.close()
    return found


# The usual port, the name of a flag for an address with a space in it, what a page must show.
SERVERS = {
    "lab": (8888, "ServerApp.base_url", "jupyter-config-data"),
    "demo": (8866, "base_url", f"voila/render/{FIRST}"),
}


@pytest.mark.parametrize("tool", SERVERS)
def test_servers_open_with_their_token_on_this_machine_alone(tmp_path, tool):
    """One after another, where another program has the port; the last below an odd address."""
    port, below, shown = SERVERS[tool]
    running, addresses = {}, {}
    with contextlib.ExitStack() as stack:
        usual = stack.enter_context(socket.socket())
        usual.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):  # somebody has it already
            usual.bind(("127.0.0.1", port))
            usual.listen()
        for user, before in users().items():
            flags = [f"--{below}=/a%20b/"] if running or len(users()) == 1 else []
            running[user] = Server(tool, tmp_path / user, before, flags)
            stack.callback(running[user].stop)
            addresses[user] = running[user].wait()
        assert len({port} | {address.port for address in addresses.values()}) == 1 + len(running)
        assert [*addresses.values()][-1].path.startswith("/a%20b/")
        for user, address in addresses.items():
            assert address.hostname == "127.0.0.1"
            # Addresses of this machine, too, which answer if it listens to the whole network.
            assert not any(answers(other, address.port) for other in ("127.0.0.2", "::1"))
            status, _, page = fetch(address, address.query)
            assert status == 200 and shown in page
            for wrong in ("", "token=wrong"):
                status, leads_to, page = fetch(address, wrong)
                assert status == 403 or (status == 302 and "/login?" in leads_to)
                assert shown not in page
            said = running[user].said
            assert "==> No browser can open here: open the address that is printed below" in said
            root = "==> Running as root: only this machine (127.0.0.1) can open the notebooks"
            assert [line.startswith(root) for line in said].count(True) == (user == "root")
            if tool == "lab":
                assert address.path.endswith(f"/lab/tree/notebooks/{FIRST}")
    assert [list(server.temporary.iterdir()) for server in running.values()] == [[]] * len(running)
    if len(running) < 2:
        pytest.skip(f"tried as {' '.join(running)} alone: this machine has no other user for us")


class Recorder:
    """Stands for a server, and keeps the flags with which it would start."""

    @classmethod
    def launch_instance(cls, flags):
        cls.flags = flags


USUAL = {"ip|sock": "--A.ip=127.0.0.1", "root_dir|notebook-dir": "--A.root_dir=here"}


@pytest.mark.parametrize(
    ("given", "left_out"),
    [
        ([], []),
        (["--port=9"], []),
        (["--ip=0.0.0.0"], ["--A.ip=127.0.0.1"]),
        (["--B.ip=0.0.0.0", "x.ipynb"], ["--A.ip=127.0.0.1"]),
        (["--sock", "s"], ["--A.ip=127.0.0.1"]),
        (["--notebook-dir=there"], ["--A.root_dir=here"]),
        (["--no-browser"], ["--no-browser"]),
        (["--browser=firefox"], ["--no-browser"]),
        (["--A.open_browser=True"], ["--no-browser"]),
    ],
)
def test_flags_that_are_given_win(monkeypatch, given, left_out):
    monkeypatch.setattr(serve, "has_browser", lambda: False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    serve.launch(Recorder, given, USUAL, as_root=["--allow-root"])
    wanted = [flag for flag in [*USUAL.values(), "--no-browser"] if flag not in left_out]
    assert Recorder.flags == [*wanted, *given]


@pytest.mark.parametrize("given", ["--ip=0.0.0.0", "--token=", "--A.token=a", "--A.password=b"])
def test_root_is_promised_nothing_where_flags_change_who_may_enter(monkeypatch, capsys, given):
    monkeypatch.setattr(serve, "has_browser", lambda: True)
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    for flags, said in ((["--port=9"], "only this machine"), ([given], "")):
        serve.launch(Recorder, flags, USUAL, as_root=["--allow-root"])
        assert "--allow-root" in Recorder.flags
        assert ("only this machine" in capsys.readouterr().out) == bool(said)


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"DISPLAY": ""}, False),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"SSH_CONNECTION": "a b", "DISPLAY": "localhost:10.0"}, True),
        ("linux", {"BROWSER": "helper.sh"}, True),  # VS Code's, which opens the window elsewhere
        ("darwin", {}, True),
        ("darwin", {"SSH_CONNECTION": "a b"}, False),
        ("win32", {}, True),
    ],
)
def test_where_a_browser_can_open(monkeypatch, platform, environment, expected):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(os, "environ", environment)
    monkeypatch.setattr(webbrowser, "get", lambda: "one")
    assert serve.has_browser() is expected
    monkeypatch.setattr(webbrowser, "get", raiser(webbrowser.Error))
    assert serve.has_browser() is False


def raiser(error):
    def get():
        raise error

    return get


def test_a_server_is_lent_the_folders_that_are_closed(tmp_path, closed):
    """One line says so."""
    (tmp_path / "program.py").write_text("""
import os
import serve

class Server:
    def launch_instance(flags):
        print([os.environ.get(name) for name in serve.folders()])

serve.launch(Server, [], {})
""")
    for home, lent in ((closed(tmp_path / "home"), True), (tmp_path, False)):
        environment = plain(home, PYTHONPATH=str(ROOT / "tools"))
        done = run(*without_powers(), sys.executable, tmp_path / "program.py", env=environment)
        assert done.stderr == ""
        assert done.stdout.count(" cannot be written: settings last until the end") == lent
        assert ("None" in done.stdout) == (not lent)


# --- consoles -------------------------------------------------------------------------------------

CONSOLES = {
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "cp437": {"PYTHONIOENCODING": "cp437"},
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "strict utf-8": {"PYTHONIOENCODING": "utf-8:strict"},
    "C": {"LC_ALL": "C"},
    "C, as it was": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}
PRINTS = """
import sys
from adamviz.machine import run_main

def main():
    print("Übung: β₂ → 0,999 ✓", "\\udc84")
    print("Übung: β₂ → 0,999 ✓", "\\udc84", file=sys.stderr)
    print("the end")
    return 3

run_main(main)
"""
every_console = pytest.mark.parametrize("console", CONSOLES)


@every_console
def test_what_a_console_cannot_write_is_replaced(tmp_path, console):
    program = tmp_path / "program.py"
    program.write_text(PRINTS, encoding="utf-8")
    environment = plain(tmp_path, **CONSOLES[console])
    done = run(sys.executable, "-S", str(program), env=environment, cwd=tmp_path)
    assert done.returncode == 3 and done.stdout.endswith("the end\n")
    assert "Traceback" not in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sh")
@pytest.mark.parametrize("end", [">&-", "2>&-", ">&- 2>&-", "| true", "| head -c 1", "2>&1 | true"])
def test_nobody_needs_to_read_what_is_printed(tmp_path, end):
    program = tmp_path / "program.py"
    program.write_text(PRINTS.replace("main():", "main():\n    print('x' * 10**6)"), "utf-8")
    command = f'"{sys.executable}" -S "{program}" {end}'
    done = run("sh", "-c", command, env=plain(tmp_path), cwd=tmp_path)
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr
    assert done.returncode == (0 if "|" in end else 3)


@pytest.mark.parametrize("console", ["ascii", "C, as it was"])
def test_the_check_on_any_console(tmp_path, console):
    """Of a copy whose folder has letters that the console has not."""
    if console == "C, as it was" and not sys.prefix.isascii():
        pytest.skip(f"in such a locale Python itself does not start from {sys.prefix}")
    copied = tmp_path / f"{UMLAUTS} ✓"
    shutil.copytree(ROOT / "adamviz", copied / "adamviz")
    shutil.copy(ROOT / "pyproject.toml", copied)
    environment = plain(tmp_path, PYTHONPATH=str(copied), **CONSOLES[console])
    done = run(sys.executable, "-m", "adamviz.check", env=environment, cwd=tmp_path)
    assert done.stderr == ""
    assert f"adamviz in {tmp_path}{os.sep}" in done.stdout and "r Alle ?" in done.stdout
    assert done.stdout.endswith("\nAll is well.\n") and done.returncode == 0


@pytest.mark.parametrize("path", sorted((ROOT / "tools").glob("*.py")), ids=lambda path: path.name)
def test_every_tool_starts_so_that_it_can_print(path):
    source = path.read_text(encoding="utf-8")
    assert source.count("__name__") == source.endswith(
        '\n\nif __name__ == "__main__":\n    run_main(main)\n'
    )
