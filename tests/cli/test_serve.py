"""nixdive serve: a browser gets the screen, and nobody else gets anything."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import re
import select
import signal
import socket
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web

from nixdive.cli import server
from nixdive.cli.examples import EXAMPLES
from tests.given import words_of
from tests.patience import PATIENCE
from tests.program import run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = pytest.mark.slow
REDIS = Path(__file__).parents[1] / "data/closures/debstore-redis-v1.path-info.json.gz"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def begun(folder: Path, *words: str | Path) -> tuple[subprocess.Popen[str], str]:
    """Start it, and return it with the address that it says; on another port if somebody takes the first."""
    own = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"), str(folder / "own"))
    while True:
        port = free_port()
        program = [sys.executable, "-m", "nixdive", "serve", *map(str, words), "--port", str(port)]
        running = subprocess.Popen(
            program,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            env=os.environ | own,
        )
        assert running.stderr is not None
        address = running.stderr.readline().strip()
        if address.startswith(f"http://127.0.0.1:{port}/?key="):
            return running, address
        with running:
            assert f"127.0.0.1, port {port}: " in address, address + running.stderr.read()


@contextmanager
def served(folder: Path, *words: str | Path, said_at_last: str = "") -> Iterator[str]:
    """The address with its key."""
    running, address = begun(folder, *words)
    with running:
        assert running.stderr is not None
        try:
            assert running.stderr.readline() == "ctrl+c ends it\n"
            yield address
        finally:
            running.send_signal(signal.SIGINT)
            printed, said = running.communicate(timeout=PATIENCE)
        assert running.returncode == 0, said
        assert said == ""
        assert said_at_last in printed


async def seen(connection: aiohttp.ClientWebSocketResponse, text: str) -> str:
    """Read what the screen paints until a text is among it."""
    found = ""
    async with asyncio.timeout(PATIENCE):
        while text not in found:
            message = await connection.receive()
            assert message.type in {aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT}, message
            if message.type is aiohttp.WSMsgType.BINARY:
                found += message.data.decode("utf-8", "replace")
    return found


async def closed(connection: aiohttp.ClientWebSocketResponse) -> None:
    """Read what the screen paints until the server ends the connection."""
    async with asyncio.timeout(PATIENCE):
        while (await connection.receive()).type not in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}:
            pass


def origin(address: str) -> str:
    return f"http://{urlsplit(address).netloc}"


@asynccontextmanager
async def admitted(address: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser that has opened an address, and so has its cookie."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.get(address):
            pass
        yield browser


@asynccontextmanager
async def connected(
    browser: aiohttp.ClientSession, address: str, query: str = ""
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """The connection that a page opens to its screen."""
    url = f"{origin(address).replace('http', 'ws')}/ws{query}"
    async with browser.ws_connect(url, origin=origin(address)) as connection:
        yield connection


async def test_a_browser_gets_the_screen(tmp_path: Path) -> None:
    with served(tmp_path, REDIS, "--max-layers", "9") as address:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            async with browser.get(address) as page:
                assert page.status == 200
                policy = page.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert f"connect-src 'self' ws://{urlsplit(address).netloc};" in policy
                assert "samesite=strict" in page.headers["Set-Cookie"].lower()
                assert "textual.js" in await page.text()
            url = f"{origin(address).replace('http', 'ws')}/ws?width=120&height=36"
            async with browser.ws_connect(url, origin=origin(address)) as connection:
                assert "app-redis:v1" in await seen(connection, "app-redis:v1")
                await connection.send_json(["stdin", "?"])
                await seen(connection, "Keys")


async def test_a_page_asks_nothing_of_other_hosts_and_nothing_that_is_not_there(tmp_path: Path) -> None:
    with served(tmp_path, REDIS) as address:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            async with browser.get(address) as page:
                text = await page.text()
                policy = page.headers["Content-Security-Policy"]
            named = re.findall(r"""(?:src|href)="([^"]+)"|url\("([^"]+)"\)""", text)
            places = {one or other for one, other in named}
            assert {place for place in places if place.startswith("data:")}, (
                "an icon, else browsers ask for one"
            )
            for place in (place for place in places if not place.startswith("data:")):
                assert place.startswith("static/"), place
                async with browser.get(f"{origin(address)}/{place}") as found:
                    assert found.status == 200, place
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert f"<title>nixdive {REDIS}</title>" in text


async def test_a_page_says_what_keeps_its_input_from_being_opened(tmp_path: Path) -> None:
    file = tmp_path / "v1.json"
    file.write_text('{"a"')
    with served(tmp_path, file, said_at_last="it is not JSON") as address:
        async with (
            admitted(address) as browser,
            connected(browser, address, "?width=120&height=36") as connection,
        ):
            await seen(connection, "JSON")  # a word, for lines are wrapped
            await connection.send_json(["stdin", "\r"])
            await closed(connection)


async def test_a_page_learns_that_its_screen_could_not_start(tmp_path: Path) -> None:
    plan = tmp_path / "app.plan.toml"
    plan.write_text('format = "nixdive.plan/1"')
    with served(tmp_path, REDIS, "--plan", plan, said_at_last="no such file") as address:
        plan.unlink()
        async with admitted(address) as browser, connected(browser, address) as connection:
            await seen(connection, "such")
            await connection.send_json(["stdin", "\r"])
            await closed(connection)


async def test_nobody_else_gets_anything(tmp_path: Path) -> None:
    with served(tmp_path, REDIS) as address:
        here = origin(address)
        socket_url = f"{here.replace('http', 'ws')}/ws"
        async with aiohttp.ClientSession() as stranger:
            for path in ("/", "/?key=", "/?key=wrong", "/?key=%C3%A9", "/download/x"):
                async with stranger.get(f"{here}{path}") as page:
                    assert page.status == 403, path
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await stranger.ws_connect(socket_url)
        async with admitted(address) as browser:
            for other in ("https://example.org", "http://127.0.0.1:1", "null"):
                with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                    await browser.ws_connect(socket_url, origin=other)


@pytest.mark.parametrize(
    "message",
    [
        "no JSON", "1", "{}", "[]", '["stdin"]', '["stdin", 1]', r'["stdin", "\ud800"]',
        '["resize", "large"]',
        '["resize", {"width": "x", "height": null}]', f"[{'[' * 100_000}",
    ],
    ids=range(10),
)  # fmt: skip
async def test_a_message_that_no_page_sends_ends_its_screen_alone(tmp_path: Path, message: str) -> None:
    with served(tmp_path, REDIS) as address:
        async with admitted(address) as browser:
            async with connected(browser, address, "?width=120&height=36") as connection:
                await connection.send_str(message)
                await closed(connection)
            async with browser.get(origin(address)) as page:
                assert page.status == 200


OFFERS = """
import io, os, sys, time
from textual.app import App

class File(io.BytesIO):
    def read(self, size=-1):
        if self.tell() > 0:
            while sys.argv[1:] and not os.path.exists(sys.argv[1]):
                time.sleep(0.05)
        return super().read(size)

class Offers(App):
    def on_ready(self):
        self.deliver_binary(File(b"x" * 100_000), save_filename="my shop é.tar")

Offers().run()
"""


@asynccontextmanager
async def offered(
    folder: Path, *, waits: bool
) -> AsyncIterator[tuple[aiohttp.ClientWebSocketResponse, aiohttp.ClientResponse]]:
    """A page whose screen offers a file of 100,000 bytes, and the answer to who asks for it.

    If it waits, the second piece does not come before the test is over.
    """
    (folder / "offers.py").write_text(OFFERS)
    port, over = free_port(), folder / "over"
    command = [sys.executable, str(folder / "offers.py"), *([str(over)] if waits else [])]
    serving = server.ScreenServer(command, "offers", "127.0.0.1", port, None)
    runner = web.AppRunner(await serving._make_app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    address = f"http://127.0.0.1:{port}/?key={serving._key}"
    try:
        async with admitted(address) as browser, connected(browser, address) as page:
            async with browser.get(f"{origin(address)}/download/{await first_offer(page)}") as answer:
                yield page, answer
            over.touch()
    finally:
        over.touch()
        await runner.cleanup()


async def first_offer(page: aiohttp.ClientWebSocketResponse) -> str:
    """The key of the first file that a screen offers."""
    async with asyncio.timeout(PATIENCE):
        while True:
            message = await page.receive()
            if message.type is aiohttp.WSMsgType.TEXT and message.json()[0] == "deliver_file_start":
                return str(message.json()[1])


async def test_a_file_comes_whole_and_under_its_name(tmp_path: Path) -> None:
    async with offered(tmp_path, waits=False) as (_, answer):
        assert await answer.read() == b"x" * 100_000
        assert answer.content_disposition is not None
        assert answer.content_disposition.filename == "my shop é.tar"


async def test_a_file_that_breaks_off_with_its_page_does_not_look_whole(tmp_path: Path) -> None:
    async with offered(tmp_path, waits=True) as (page, answer):
        assert await answer.content.readexactly(65536) == b"x" * 65536
        await asyncio.gather(page.close(), breaks_off(answer))


async def test_a_file_whose_next_piece_does_not_come_does_not_look_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_SILENT", 0.2)
    async with offered(tmp_path, waits=True) as (_, answer):
        await breaks_off(answer)


async def breaks_off(answer: aiohttp.ClientResponse) -> None:
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()


async def test_a_page_of_any_size_is_one_of_a_size_that_can_be_painted(tmp_path: Path) -> None:
    with served(tmp_path, REDIS) as address:
        async with (
            admitted(address) as browser,
            connected(browser, address, "?width=2000000000&height=36") as connection,
        ):
            await seen(connection, "app-redis:v1")
            await connection.send_json(["resize", {"width": 2_000_000_000, "height": 36}])
            await connection.send_json(["stdin", "?"])
            await seen(connection, "Keys")


@pytest.mark.skipif(sys.platform != "linux", reason="Linux ends a process with the one that started it")
async def test_a_server_that_is_killed_leaves_no_screen(tmp_path: Path) -> None:
    running, address = begun(tmp_path, REDIS)
    with running:
        async with admitted(address) as browser, connected(browser, address) as connection:
            await seen(connection, "app-redis:v1")
            (child,) = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
            # its streams stay open, so that their end does not end it
            held = [os.open(f"/proc/{child}/fd/{number}", os.O_RDWR) for number in range(3)]
            screen = os.pidfd_open(int(child))
            running.kill()
            ended, _, _ = await asyncio.to_thread(select.select, [screen], [], [], PATIENCE)
            for one in (*held, screen):
                os.close(one)
    assert ended


def test_its_example_is_a_call(tmp_path: Path) -> None:
    (line,) = EXAMPLES["serve"]
    words, _ = words_of(line, {"./result": str(REDIS), "old.tar": str(REDIS), "8080": str(free_port())})
    with served(tmp_path, *words[1:-2]) as address:
        assert address


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ((REDIS, "--max-layers", "x"), 2, "--max-layers"),
        ((REDIS, "--nonsense"), 2, "--nonsense"),
        (("-",), 2, "- can be read only once"),
        ((REDIS, "--against", "/dev/stdin"), 2, "/dev/stdin can be read only once"),
        ((REDIS, "--port", "0"), 2, "--port"),
        ((REDIS, "--url", "example.org"), 2, "is not http://HOST or https://HOST"),
        ((REDIS, "--url", "https://example.org/shop"), 2, "has a path"),
        ((REDIS, "--url", "https://me:hidden@example.org"), 2, "a login in it would be printed"),
        ((REDIS, "--url", "http://["), 2, "is no URL"),
        (("no.json",), 1, "no.json: no such file"),
        ((REDIS, "--against", "no.tar"), 1, "no.tar: no such file"),
        ((REDIS, "--with", "no.tar"), 1, "no.tar: no such file"),
        ((REDIS, "--plan", "no.toml"), 1, "no.toml: no such file"),
        ((REDIS, "--pipeline", "no.json"), 1, "no.json: no such file"),
        (("demo", "--against", "no.tar"), 1, "no.tar: no such file"),
    ],
)
def test_wrong_calls(words: tuple[str | Path, ...], status: int, told: str) -> None:
    done = run("serve", *words)
    assert done.returncode == status
    assert told in done.stderr


def test_a_port_that_is_taken() -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        port = one.getsockname()[1]
        words = [sys.executable, "-m", "nixdive", "serve", str(REDIS), "--port", str(port)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 1
    assert f"127.0.0.1, port {port}: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_package_is_named() -> None:
    with mock.patch.dict("sys.modules", {"textual_serve.server": None, "nixdive.cli.server": None}):
        done = run("serve", REDIS)
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        1,
        "nixdive: nixdive serve needs the package textual-serve, which is not installed",
    )
