"""A link with a round trip, on loopback: a TCP proxy that delays what passes, however much that is.

usage: python -m tests.bench.link MILLISECONDS PORT

Puts a round trip of so long before a port of 127.0.0.1, and prints its own port.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 1 << 16


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Write what is read, each piece so many seconds after it came, in its order."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while data := await reader.read(_CHUNK):
        due = max(due + 1e-9, loop.time() + delay)  # a heap keeps no order of equal times
        loop.call_at(due, writer.write, data)
    ended = asyncio.Event()
    loop.call_at(max(due + 1e-9, loop.time() + delay), ended.set)
    await ended.wait()
    if writer.can_write_eof() and not writer.is_closing():
        writer.write_eof()


async def _serve(delay: float, port: int) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.gather(_pass_on(reader, back, delay), _pass_on(there, writer, delay))
        except OSError:
            pass  # one side is gone; so is the other
        finally:
            back.close()
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextlib.contextmanager
def link(place: str, round_trip: float) -> Iterator[str]:
    """Give the HOST:PORT behind which a HOST:PORT of loopback is, with a round trip of so many seconds."""
    words = [sys.executable, "-m", "tests.bench.link", str(1000 * round_trip), place.rpartition(":")[2]]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]) / 2000, int(sys.argv[2])))
