"""A slow line to a server on this machine: each direction late, and of a limited rate.

    python tools/slow_line.py LISTEN TARGET ONE_WAY_MS MBIT

Passes every TCP connection to the port LISTEN on to the port TARGET, both on 127.0.0.1, until it is
interrupted; where LISTEN is 0, a free port is taken, and in any case its number is printed. Bytes
arrive ONE_WAY_MS milliseconds after they were sent, and all connections together carry MBIT
million bits a second each way. From Python:

    with slow_line(8888, 75, 10) as port:
        ...
"""

import asyncio
import contextlib
import signal
import subprocess
import sys
import time

from adamviz.machine import run_main

ADDRESS = "127.0.0.1"
PIECE = 4096  # bytes that go as one: 3 ms of a line of 10 Mbit/s
WAITING = 0.05  # seconds of sending that wait at the entrance, before a sender is held up


class Lane:
    """One direction, for all connections."""

    def __init__(self, delay, rate):
        self.delay, self.rate = delay, rate  # seconds, bytes a second
        self._free = 0.0

    async def take(self, size):
        """When so many bytes arrive at the other end. Waits while too much stands before them."""
        now = time.monotonic()
        if self._free - now > WAITING:
            await asyncio.sleep(self._free - now - WAITING / 2)
        self._free = max(self._free, time.monotonic()) + size / self.rate
        return self._free + self.delay

    async def carry(self, reader, writer):
        """What comes from one end arrives at the other, the end of it, too."""
        on_the_way = asyncio.Queue()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._deliver(on_the_way, writer))
            while piece := await reader.read(PIECE):
                on_the_way.put_nowait((await self.take(len(piece)), piece))
            on_the_way.put_nowait((time.monotonic() + self.delay, b""))

    async def _deliver(self, on_the_way, writer):
        while True:
            due, piece = await on_the_way.get()
            await asyncio.sleep(due - time.monotonic())
            if not piece:
                writer.write_eof()
                return
            writer.write(piece)
            await writer.drain()


async def _join(target, there, back, reader, writer):
    """A connection: it lasts until both of its directions have ended, or one has broken."""
    others = []
    try:
        beyond, towards = await asyncio.open_connection(ADDRESS, target)
        others.append(towards)
        async with asyncio.TaskGroup() as group:
            group.create_task(there.carry(reader, towards))
            group.create_task(back.carry(beyond, writer))
    except* OSError:
        pass  # one end is gone, and so the other goes
    finally:
        for end in (writer, *others):
            end.close()


async def _run(listen, target, delay, rate):
    there, back = Lane(delay, rate), Lane(delay, rate)
    joined = set()

    async def join(reader, writer):
        joined.add(asyncio.current_task())
        try:
            await _join(target, there, back, reader, writer)
        except asyncio.CancelledError:
            pass  # it ends with the line
        finally:
            joined.discard(asyncio.current_task())

    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    server = await asyncio.start_server(join, ADDRESS, listen)
    print(server.sockets[0].getsockname()[1], flush=True)
    await ended.wait()
    server.close()
    for task in joined:
        task.cancel()
    await asyncio.gather(*joined)


@contextlib.contextmanager
def slow_line(target, ms, mbit):
    """A line to the port `target` as a process of its own; gives the port where it begins."""
    command = [sys.executable, __file__, "0", str(target), str(ms), str(mbit)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as line:
        try:
            yield int(line.stdout.readline())
        finally:
            line.terminate()


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    listen, target, ms, mbit = sys.argv[1:]
    asyncio.run(_run(int(listen), int(target), float(ms) / 1e3, float(mbit) * 1e6 / 8))


if __name__ == "__main__":
    run_main(main)
