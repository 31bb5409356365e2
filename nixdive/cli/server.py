"""The server of `nixdive serve`: the screen in a page, for whoever has the key.

The screen can write files wherever its user can. So a page of another site must not drive it, nor another
user of the machine: the page is given with the key in its address alone, and sets a cookie that browsers
send from this site only; without it there is neither the page nor a connection. A page that names this server
by another host (DNS rebinding) has no cookie for it.
"""

from __future__ import annotations

import asyncio
import hmac
import html
import os
import secrets
import shlex
from contextlib import aclosing
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from aiohttp import WSCloseCode, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DOWNLOAD_CHUNK_SIZE, DownloadManager
from textual_serve.server import Server, to_int

from nixdive.child import bound
from nixdive.cli import diagnostics
from nixdive.page.template import allowed, filled, part

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncGenerator, Sequence

    from aiohttp.web import Application, Request, StreamResponse, WebSocketResponse

_POLICY = (
    "default-src 'none'; script-src 'self' {script}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self' {socket}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_CELLS = (("width", 80), ("height", 24))
_MOST_CELLS = 1000  # of a row or a column: the screen takes memory for each
# what comes of a message that is not one of the page's
_WRONG = (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError)
_LEAST, _USUAL, _MOST = 6, 16, 72  # pixels of a letter
_SILENT = 60  # seconds that a download waits for its next piece: a busy machine or a slow disk takes a while


class Downloads(DownloadManager):
    """The files that screens offer.

    The library takes a screen that ends for the end of its file, and the browser then has a file that looks
    whole; and it waits for four seconds at most.
    """

    async def download(self, delivery_key: str) -> AsyncGenerator[bytes, None]:
        """Yield a file piece by piece; raise OSError where it breaks off, or KeyError if nobody offers it."""
        offer = self._active_downloads[delivery_key]
        asks: dict[str, str | int | bool | None] = {
            "type": "deliver_chunk_request",
            "key": delivery_key,
            "size": DOWNLOAD_CHUNK_SIZE,
            "name": offer.name,
        }
        try:
            while await offer.app_service.send_meta(asks):
                piece = await asyncio.wait_for(offer.incoming_chunks.get(), _SILENT)
                if piece is None:
                    break
                if not piece:
                    return
                yield piece
        finally:
            self._active_downloads.pop(delivery_key, None)
        raise ConnectionAbortedError


class ScreenService(AppService):
    """The process with the screen of one page."""

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """Start it as the library does, but without a shell."""
        self._process = await asyncio.create_subprocess_exec(
            *shlex.split(self.command),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._build_environment(width, height),
            preexec_fn=bound(os.getpid()),  # a server that is killed leaves no screen behind
        )
        self._stdin = self._process.stdin
        return self._process

    async def set_terminal_size(self, width: int, height: int) -> None:
        """Tell the screen how large the page is; raise TypeError or ValueError for what is no size."""
        await super().set_terminal_size(_cells(int(width)), _cells(int(height)))

    async def run(self) -> None:
        """Give the page what the screen paints; the page learns of its end, however it ended."""
        await super().run()
        await self.remote_close()
        if self._process is not None:
            await self._process.wait()  # else it would outlive the loop that watches it


class ScreenServer(Server):
    """Starts a process with the screen for each page that is opened.

    Args:
        command: the words that start the screen.
        title: of the page.
        host: the address to listen at.
        port: the port.
        url: where browsers find it; None for host and port.
    """

    def __init__(self, command: Sequence[str], title: str, host: str, port: int, url: str | None) -> None:
        shown = f"[{host}]" if ":" in host else host
        where = (url or f"http://{shown}:{port}").rstrip("/")
        super().__init__(shlex.join(command), host, port, title=title, public_url=where)
        self.download_manager = Downloads()
        self._key = secrets.token_urlsafe(24)
        self._cookie = f"nixdive-{port}"

    def serve(self, debug: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002  the library's signature
        """Serve until the user stops it; nothing is logged.

        Raises:
            OSError: the port cannot be had.
        """
        web.run_app(self._make_app(), host=self.host, port=self.port, print=self._say, access_log=None)

    async def on_startup(self, app: Application) -> None:
        """Say nothing yet: nobody is listened to before the port is there."""

    def _say(self, *_: object) -> None:
        """Say where the screen is."""
        diagnostics.note(f"{self.public_url}/?key={self._key}")
        diagnostics.note("ctrl+c ends it")

    async def handle_index(self, request: Request) -> StreamResponse:
        """Give the page to who has the key, and nothing in it is from elsewhere."""
        key = request.query.get("key", "")
        if not (hmac.compare_digest(key.encode(), self._key.encode()) or self._knows(request)):
            raise web.HTTPForbidden(
                text="The address of this page has a key, which nixdive serve has printed.\n"
            )
        here = urlsplit(self.public_url)
        socket = f"{'wss' if here.scheme == 'https' else 'ws'}://{here.netloc}"
        size = min(max(to_int(request.query.get("fontsize", ""), _USUAL), _LEAST), _MOST)
        script = part("screen.js")
        parts = {
            "title": html.escape(self.title),
            "static": "static",
            "socket": html.escape(f"{socket}/ws"),
            "size": str(size),
            "script": script,
        }
        response = web.Response(text=filled("screen.html", parts), content_type="text/html")
        response.headers["Content-Security-Policy"] = _POLICY.format(script=allowed(script), socket=socket)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.set_cookie(
            self._cookie, self._key, httponly=True, samesite="Strict", secure=here.scheme == "https"
        )
        return response

    async def handle_websocket(self, request: Request) -> WebSocketResponse:
        """Connect a page of this server to a screen of its own."""
        self._refuse_strangers(request)
        page = web.WebSocketResponse(heartbeat=15)
        await page.prepare(request)
        service = ScreenService(
            self.command,
            write_bytes=page.send_bytes,
            write_str=page.send_str,
            close=page.close,  # type: ignore[arg-type]  # what it returns is not looked at
            download_manager=self.download_manager,
        )
        width, height = (_cells(to_int(request.query.get(name, ""), usual)) for name, usual in _CELLS)
        try:
            await service.start(width, height)
            await self._process_messages(page, service)
        except _WRONG:
            await page.close(code=WSCloseCode.UNSUPPORTED_DATA)
        finally:
            await service.stop()
        return page

    async def handle_download(self, request: Request) -> StreamResponse:
        """Give a file that the screen offers; where it breaks off, so does the answer."""
        self._refuse_strangers(request)
        key = request.match_info["key"]
        try:
            offer = await self.download_manager.get_download_metadata(key)
        except KeyError:
            raise web.HTTPNotFound(text="Nobody offers this file any more.\n") from None
        charset = f"; charset={offer.encoding}" if offer.encoding else ""
        shown = "inline" if offer.open_method == "browser" else "attachment"
        name = quote(offer.file_name, safe="")
        response = web.StreamResponse()
        response.headers["Content-Type"] = f"{offer.mime_type}{charset}"
        response.headers["Content-Disposition"] = f"{shown}; filename*=UTF-8''{name}"
        await response.prepare(request)
        try:
            async with aclosing(self.download_manager.download(key)) as pieces:
                async for piece in pieces:
                    await response.write(piece)
        except (OSError, KeyError):
            if request.transport is not None:
                request.transport.abort()
        return response

    def _refuse_strangers(self, request: Request) -> None:
        origin = request.headers.get("Origin")
        if not self._knows(request) or origin not in {None, self.public_url}:
            raise web.HTTPForbidden

    def _knows(self, request: Request) -> bool:
        """Whether the browser has the cookie."""
        given = request.cookies.get(self._cookie, "")
        return hmac.compare_digest(given.encode(), self._key.encode())


def _cells(count: int) -> int:
    return min(max(count, 1), _MOST_CELLS)
