"""A link with real bandwidth between two network namespaces, and a proxy that delays both ways.

tbf on both ends of a veth pair limits the rate. The delay comes from the proxy, on the client's side: it
holds back what it reads for half a round trip, and stops reading while more than the link's bandwidth times
its delay is on the way, so that a sender is not told that bytes have gone that have not.

As a program it is that proxy: narrow_link.py MILLISECONDS_EACH_WAY WINDOW LISTEN_PORT HOST PORT
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from nixdive.clients.link import Link

NAME = "nixdive"
CLIENT, SERVER = f"{NAME}-client", f"{NAME}-server"
ADDRESS = "10.77.0.2"  # of the server
PORT = 5000  # of the registry, and of the proxy in the client's namespace
_PIECE = 1 << 18
_SLACK = 1 << 18


def run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


class NarrowLink:
    """The namespaces, for as long as it is entered; the link between them is set as often as you like."""

    def __init__(self) -> None:
        self._proxy: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._clear()
        for name in (CLIENT, SERVER):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        run(
            "ip",
            "link",
            "add",
            f"{NAME}0",
            "netns",
            CLIENT,
            "type",
            "veth",
            "peer",
            f"{NAME}1",
            "netns",
            SERVER,
        )
        for name, device, address in ((CLIENT, f"{NAME}0", "10.77.0.1"), (SERVER, f"{NAME}1", ADDRESS)):
            run("ip", "-n", name, "addr", "add", f"{address}/24", "dev", device)
            run("ip", "-n", name, "link", "set", device, "up")
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stop()
        self._clear()

    def set(self, link: Link) -> None:
        """Make the link as fast and as long as this one."""
        self._stop()
        bits = round(link.rate * 8)
        burst = max(round(link.rate / 250), 16_000)  # a kernel's tick, and some large packets
        for name, device in ((CLIENT, f"{NAME}0"), (SERVER, f"{NAME}1")):
            limit = ("rate", f"{bits}bit", "burst", str(burst), "latency", "200ms")
            run("tc", "-n", name, "qdisc", "replace", "dev", device, "root", "tbf", *limit)
        window = round(link.rate * link.round_trip) + _SLACK
        words = [str(link.round_trip * 500), str(window), str(PORT), ADDRESS, str(PORT)]
        command = ["ip", "netns", "exec", CLIENT, sys.executable, __file__, *words]
        self._proxy = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._proxy.stdout is not None
        self._proxy.stdout.readline()

    def _stop(self) -> None:
        if self._proxy is not None:
            self._proxy.terminate()
            self._proxy.wait()
            self._proxy = None

    @staticmethod
    def _clear() -> None:
        for name in (CLIENT, SERVER):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


class _Delay:
    """One direction of a connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float, window: int
    ) -> None:
        self._reader, self._writer = reader, writer
        self._delay, self._window = delay, window
        self._waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        self._on_the_way = 0
        self._room = asyncio.Event()
        self._room.set()

    async def carry(self) -> None:
        """Carry bytes until there are no more."""
        with suppress(ConnectionError):
            await asyncio.gather(self._read(), self._write())

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
            self._writer.write(data)
            await self._writer.drain()
            self._on_the_way -= len(data)
            if self._on_the_way < self._window:
                self._room.set()


async def _proxy(delay: float, window: int, listen: int, host: str, port: int) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(host, port, limit=1 << 20)
        there = _Delay(reader, far_writer, delay, window)
        back = _Delay(far_reader, writer, delay, window)
        await asyncio.gather(there.carry(), back.carry(), return_exceptions=True)
        for one in (writer, far_writer):
            one.close()

    server = await asyncio.start_server(connected, "127.0.0.1", listen, limit=1 << 20)
    print("listening", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    milliseconds, room, at, far, to = sys.argv[1:]
    asyncio.run(_proxy(float(milliseconds) / 1000, int(room), int(at), far, int(to)))
