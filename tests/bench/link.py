"""A link with a round trip: a TCP proxy that delays what passes both ways.

usage: link.py MILLISECONDS_EACH_WAY LISTEN_PORT HOST PORT [WINDOW]

Listens on 127.0.0.1 (port 0 takes a free one) and prints the port. Without a window it delays what passes,
however much that is. With one it stops reading while so many bytes are on the way, so that a sender is not
told that bytes have gone that have not.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PIECE = 1 << 18


class Reader(Protocol):
    """What bytes come from; no bytes are its end."""

    async def read(self, n: int) -> bytes: ...


class Delay:
    """One direction of a connection.

    Args:
        reader: where bytes come from.
        writer: where they go.
        delay: seconds that they are on the way.
        window: bytes that are on the way at once; no more are read.
        passed: is told what goes out.
    """

    def __init__(
        self,
        reader: Reader,
        writer: asyncio.StreamWriter,
        delay: float,
        window: int = sys.maxsize,
        passed: Callable[[bytes], None] = lambda _: None,
    ) -> None:
        self._reader, self._writer = reader, writer
        self._delay, self._window, self._passed = delay, window, passed
        self._waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        self._on_the_way = 0
        self._room = asyncio.Event()
        self._room.set()

    async def carry(self) -> None:
        """Carry bytes until there are no more, or the connection breaks off at one end."""
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._read())
                both.create_task(self._write())
        except* OSError:
            pass

    async def _read(self) -> None:
        while True:
            await self._room.wait()
            data = await self._reader.read(_PIECE)
            self._waiting.put_nowait((time.monotonic() + self._delay, data))
            self._on_the_way += len(data)
            if self._on_the_way >= self._window:
                self._room.clear()
            if not data:
                return

    async def _write(self) -> None:
        while True:
            moment, data = await self._waiting.get()
            if (wait := moment - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            if not data:
                if self._writer.can_write_eof():
                    self._writer.write_eof()
                return
            self._passed(data)
            self._writer.write(data)
            await self._writer.drain()
            self._on_the_way -= len(data)
            if self._on_the_way < self._window:
                self._room.set()


async def _proxy(delay: float, listen: int, host: str, port: int, window: int) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(host, port, limit=1 << 20)
        there = Delay(reader, far_writer, delay, window)
        back = Delay(far_reader, writer, delay, window)
        await asyncio.gather(there.carry(), back.carry(), return_exceptions=True)
        for one in (writer, far_writer):
            one.close()

    server = await asyncio.start_server(connected, "127.0.0.1", listen, limit=1 << 20)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


@contextlib.contextmanager
def link(place: str, round_trip: float) -> Iterator[str]:
    """Give the HOST:PORT behind which a HOST:PORT of loopback is, with a round trip of so many seconds."""
    words = [str(500 * round_trip), "0", "127.0.0.1", place.rpartition(":")[2]]
    with subprocess.Popen([sys.executable, __file__, *words], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


if __name__ == "__main__":
    milliseconds, at, far, to, *room = sys.argv[1:]
    window = int(room[0]) if room else sys.maxsize
    asyncio.run(_proxy(float(milliseconds) / 1000, int(at), far, int(to), window))
