"""A link to a server: it delays, cuts connections, answers 429 itself, and keeps a log of the requests.

It stands before a real registry, which tests and benchmarks reach through it.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from tests.bench.link import Delay
from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_BUSY = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Seen:
    """One request and its answer, as they passed; times are those at the client's end, in monotonic seconds.

    Attributes:
        connection: the number of the connection.
        method: of HTTP.
        path: with its query.
        began: when its first byte came.
        body: bytes of its body.
        status: of the answer; 0 if there was none.
        ended: when the last byte of the answer went out.
        received: bytes of the body of the answer.
    """

    connection: int
    method: str
    path: str
    began: float
    body: int = 0
    status: int = 0
    ended: float = 0.0
    received: int = 0


class Link:
    """A TCP proxy on a port of its own; used as a context.

    Attributes:
        log: what has passed.
        connections: how many there were.
        faults: how many of them were cut, or answered here.

    Args:
        server: HOST:PORT of the server on this machine.
        delay: seconds for each direction.
        cut: after how many bytes from the client a connection is cut, by its number; None for never.
        busy: whether the first request of a connection is answered by 429, by its number.
    """

    def __init__(
        self,
        server: str,
        *,
        delay: float = 0.0,
        cut: Callable[[int], int | None] = lambda _: None,
        busy: Callable[[int], bool] = lambda _: False,
    ) -> None:
        self.log: list[Seen] = []
        self.connections = 0
        self.faults = 0
        self.delay = delay
        self.cut, self.busy = cut, busy
        self._target = int(server.rpartition(":")[2])
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._stop: asyncio.Event | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(PATIENCE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        tasks: set[asyncio.Task[None]] = set()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            self.connections += 1
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._connected(reader, writer, self.connections)
            writer.transport.abort()
            tasks.discard(task)

        server = await asyncio.start_server(accept, "127.0.0.1", 0, backlog=256)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target)
        watch = _Watch(number, self.log)
        try:
            if self.busy(number):
                self.faults += 1
                await reader.readuntil(b"\r\n\r\n")
                writer.write(_BUSY)
                await writer.drain()
                return
            cut = self.cut(number)
            asking = _Watched(reader, watch.asked, sys.maxsize if cut is None else cut)
            up = asyncio.ensure_future(Delay(asking, there_writer, self.delay).carry())
            answering = Delay(there_reader, writer, self.delay, passed=watch.answered)
            down = asyncio.ensure_future(answering.carry())
            try:
                await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
                if not asking.left:
                    self.faults += 1
                elif up.done():
                    await down
            finally:
                for task in (up, down):
                    task.cancel()
                await asyncio.gather(up, down, return_exceptions=True)
        finally:
            there_writer.transport.abort()


class _Watched:
    """What a client sends; the connection breaks off after so many bytes."""

    def __init__(self, reader: asyncio.StreamReader, seen: Callable[[bytes], None], left: int) -> None:
        self._reader, self._seen, self.left = reader, seen, left

    async def read(self, n: int) -> bytes:
        if not self.left:
            raise ConnectionResetError
        data = await self._reader.read(min(n, self.left))
        self.left -= len(data)
        self._seen(data)
        return data


class _Watch:
    """Reads the requests and answers of one connection as they pass."""

    def __init__(self, number: int, log: list[Seen]) -> None:
        self._number = number
        self._log = log
        self._now: Seen | None = None  # nobody sends a request before the last one is answered
        self.asked = _Heads(self._request, self._request_body).feed
        self.answered = _Heads(self._answer, self._answer_body).feed

    def _request(self, line: str, headers: dict[str, str]) -> int | None:
        method, path, _ = line.split(" ", 2)
        self._now = Seen(self._number, method, path, time.monotonic())
        self._log.append(self._now)
        return None if "transfer-encoding" in headers else int(headers.get("content-length", 0))

    def _request_body(self, size: int) -> None:
        if self._now is not None:
            self._now.body += size

    def _answer(self, line: str, headers: dict[str, str]) -> int | None:
        status = int(line.split(" ")[1])
        if status < 200 or self._now is None:
            return 0
        self._now.status, self._now.ended = status, time.monotonic()
        if self._now.method == "HEAD" or status in {204, 304}:
            return 0
        return None if "transfer-encoding" in headers else int(headers.get("content-length", 0))

    def _answer_body(self, size: int) -> None:
        if self._now is not None:
            self._now.received += size
            self._now.ended = time.monotonic()


class _Heads:
    """Follows one direction of HTTP/1.1: heads, and how much body comes after each.

    Args:
        head: takes the first line and the headers; returns the bytes of the body, None for one in chunks.
        body: takes the bytes of the body that have passed.
    """

    def __init__(
        self, head: Callable[[str, dict[str, str]], int | None], body: Callable[[int], None]
    ) -> None:
        self._head, self._body = head, body
        self._text = b""
        self._left = 0
        self._chunked = False

    def feed(self, data: bytes) -> None:
        while data:
            if self._left:
                passed = min(self._left, len(data))
                self._left -= passed
                self._body(passed)
                data = data[passed:]
                continue
            end = b"\r\n" if self._chunked else b"\r\n\r\n"
            self._text += data
            text, found, data = self._text.partition(end)
            if not found:
                return
            self._text = b""
            if self._chunked:
                self._chunk(text)
            else:
                self._begin(text.decode("latin-1").lstrip())

    def _begin(self, text: str) -> None:
        line, *rest = text.split("\r\n")
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)
        }
        size = self._head(line, headers)
        self._chunked = size is None
        self._left = size or 0

    def _chunk(self, text: bytes) -> None:
        if not text:
            return  # the end of a chunk
        self._left = int(text.split(b";")[0], 16)
        if not self._left:
            self._chunked = False
            self._text = b""
