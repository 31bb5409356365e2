"""The server of `nixdive serve`: the screen in a page, for whoever has the key.

The screen can write files wherever its user can. So a page of another site must not drive it, nor another
user of the machine: the page is given with the key in its address alone, and sets a cookie that browsers
send from this site only; without it there is neither the page nor a connection. A page that names this server
by another host (DNS rebinding) has no cookie for it.
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

from nixdive.cli import diagnostics

if TYPE_CHECKING:
    from aiohttp.web import Application, Request, StreamResponse, WebSocketResponse

# the page has keys from the start: its terminal is made after it has loaded
_FOCUS = """<script>
const waiting = setInterval(() => {
  const input = document.querySelector("#terminal textarea");
  if (input) { input.focus(); clearInterval(waiting); }
}, 100);
</script>
</body>"""
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self' {socket}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class ScreenServer(Server):
    """Starts a process with the screen for each page that is opened.

    Args:
        command: the command that shows the screen, for a shell.
        host: the address to listen at.
        port: the port.
        url: where browsers find it; None for host and port.
    """

    def __init__(self, command: str, host: str, port: int, url: str | None) -> None:
        shown = f"[{host}]" if ":" in host else host
        super().__init__(command, host, port, title="nixdive", public_url=url or f"http://{shown}:{port}")
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
        diagnostics.note(f"{self.public_url.rstrip('/')}/?key={self._key}")
        diagnostics.note("ctrl+c ends it")

    async def handle_index(self, request: Request) -> StreamResponse:
        """Give the page to who has the key, and nothing in it is from elsewhere."""
        key = request.query.get("key", "")
        if not (hmac.compare_digest(key.encode(), self._key.encode()) or self._knows(request)):
            raise web.HTTPForbidden(
                text="The address of this page has a key, which nixdive serve has printed.\n"
            )
        response = await super().handle_index(request)
        assert isinstance(response, web.Response)  # noqa: S101  the library makes it of a template
        response.text = (response.text or "").replace("</body>", _FOCUS)
        parts = urlsplit(self.public_url)
        socket = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
        response.headers["Content-Security-Policy"] = _POLICY.format(socket=socket)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.set_cookie(
            self._cookie, self._key, httponly=True, samesite="Strict", secure=parts.scheme == "https"
        )
        return response

    async def handle_websocket(self, request: Request) -> WebSocketResponse:
        """Connect a page of this server to a screen of its own."""
        self._refuse_strangers(request)
        return await super().handle_websocket(request)

    async def handle_download(self, request: Request) -> StreamResponse:
        """Give a file that the screen offers."""
        self._refuse_strangers(request)
        return await super().handle_download(request)

    def _refuse_strangers(self, request: Request) -> None:
        origin = request.headers.get("Origin")
        if not self._knows(request) or origin not in {None, self.public_url.rstrip("/")}:
            raise web.HTTPForbidden

    def _knows(self, request: Request) -> bool:
        """Whether the browser has the cookie."""
        given = request.cookies.get(self._cookie, "")
        return hmac.compare_digest(given.encode(), self._key.encode())
