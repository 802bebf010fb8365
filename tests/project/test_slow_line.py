"""The line of `make bench` is as slow as it says, and otherwise like any line."""

import contextlib
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from tools import slow_line

DELAY, RATE = 0.06, 8e6 / 8  # seconds one way; bytes a second


@pytest.fixture(scope="module")
def server():
    """The port of a server that answers each byte with itself, and an end with "end"."""

    def answer(connection):
        with connection:
            while data := connection.recv(65536):
                connection.sendall(data)
            connection.sendall(b"end")

    def serve():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=answer, args=[listening.accept()[0]], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def connection(server):
    with slow_line.slow_line(server, 1e3 * DELAY, 8 * RATE / 1e6) as port, to(port) as opened:
        yield opened


def to(port):
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def read(connection, size):
    """So many bytes, or all until the end."""
    data = b""
    while len(data) < size and (more := connection.recv(size - len(data))):
        data += more
    return data


def test_each_direction_is_late(connection):
    times = []
    for _ in range(5):
        began = time.monotonic()
        connection.sendall(b"x")
        assert read(connection, 1) == b"x"
        times.append(time.monotonic() - began)
    assert min(times) >= 2 * DELAY
    assert min(times) < 2 * DELAY + 0.05  # the best of them, on a machine that may be busy


def test_the_rate_is_limited_and_reached(connection):
    size = 600_000
    data = bytes(range(250)) * (size // 250)
    began = time.monotonic()
    sender = threading.Thread(target=connection.sendall, args=[data])
    sender.start()
    assert read(connection, size) == data
    took = time.monotonic() - began - 2 * DELAY
    sender.join()
    assert 0.95 < RATE * took / size < 1.5  # there and back at the same time


def test_two_connections_share_the_rate(server):
    size = 200_000
    with slow_line.slow_line(server, 0, 8 * RATE / 1e6) as port, to(port) as one, to(port) as two:
        began = time.monotonic()
        for end in (one, two):
            threading.Thread(target=end.sendall, args=[bytes(size)]).start()
        for end in (one, two):
            assert len(read(end, size)) == size
        assert time.monotonic() - began > 0.95 * 2 * size / RATE


def test_a_connection_that_is_closed_on_one_side_still_answers(connection):
    connection.sendall(b"last")
    connection.shutdown(socket.SHUT_WR)
    assert read(connection, 100) == b"lastend"


def test_a_server_that_is_not_there_ends_the_connection():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = closed.getsockname()[1]
    with slow_line.slow_line(nowhere, 1, 100) as port, to(port) as connection:
        assert read(connection, 1) == b""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_open_connections_and_says_nothing(server, number):
    command = [sys.executable, slow_line.__file__, "0", str(server), "1", "100"]
    line = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    port = int(line.stdout.readline())
    with to(port) as connection:
        connection.sendall(b"x")
        assert read(connection, 1) == b"x"
        line.send_signal(number)
        assert line.communicate(timeout=20) == ("", "")
        assert line.returncode == 0
        with contextlib.suppress(ConnectionResetError):
            assert read(connection, 1) == b""
    with pytest.raises(ConnectionRefusedError):
        to(port)
