"""The screen in Chromium: keys, the mouse, writing and downloading, and the end.

The page draws on a canvas, so a terminal beside it reads what the page is sent.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pyte
import pytest

from nixdive.image.stored.verify import verify
from tests.cli.test_serve import origin, served
from tests.conformance.conftest import missing, need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 120_000  # milliseconds


@dataclass
class Shown:
    """A page with the screen.

    Attributes:
        page: it, of Playwright.
        screen: what is on the screen.
        asked: the addresses of all requests.
        said: what the console of the browser says that is an error; warnings tell of a busy machine.
    """

    page: Any
    screen: pyte.Screen
    asked: list[str]
    said: list[str] = field(default_factory=list)

    def until(self, text: str, *, there: bool = True) -> None:
        """Wait until a text is on the screen, or is not."""

        end = time.monotonic() + PATIENCE / 1000
        while any(text in line for line in self.screen.display) is not there:
            assert time.monotonic() < end, "\n".join([text, *self.screen.display])
            self.page.wait_for_timeout(50)  # in which frames are received

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def click(self, text: str) -> None:
        """Click into the middle of the first place where a text is, once it is there."""
        self.until(text)
        row = next(row for row, line in enumerate(self.screen.display) if text in line)
        column = self.screen.display[row].index(text) + len(text) / 2
        box = self.page.locator(".xterm-screen").bounding_box()
        across, down = box["width"] / self.screen.columns, box["height"] / self.screen.lines
        self.page.mouse.click(box["x"] + column * across, box["y"] + (row + 0.5) * down)


@pytest.fixture(scope="module", name="browser")
def _browser() -> Iterator[Any]:
    need("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        missing("playwright is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"], timeout=PATIENCE
        )
        yield browser
        browser.close()


@pytest.fixture(name="shown")
def _shown(browser: Any, tmp_path: Path) -> Iterator[Shown]:
    """The demo in a page of 1200 by 750 pixels, all of it on the screen; its folder is that of the test."""
    with served(tmp_path, "demo") as address:
        context = browser.new_context(
            viewport={"width": 1200, "height": 750}, permissions=["clipboard-read", "clipboard-write"]
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on(
            "console",
            lambda line: said.append(line.text) if line.type == "error" else None,
        )
        page.on("pageerror", lambda error: said.append(str(error)))
        screens: list[pyte.Screen] = []

        def opened(socket: Any) -> None:
            query = parse_qs(urlsplit(socket.url).query)
            screen = pyte.Screen(int(query["width"][0]), int(query["height"][0]))
            stream = pyte.ByteStream(screen)
            screens.append(screen)
            socket.on("framereceived", lambda data: stream.feed(data) if isinstance(data, bytes) else None)

        page.on("websocket", opened)
        with page.expect_websocket():
            page.goto(address)
        while not screens:
            page.wait_for_timeout(50)  # in which events come
        shown = Shown(page, screens[0], asked, said)
        shown.until("B does it")  # the last that comes by itself
        try:
            yield shown
            here = {origin(address), origin(address).replace("http", "ws")}
            assert {f"{urlsplit(one).scheme}://{urlsplit(one).netloc}" for one in asked} <= here
        finally:
            context.close()


def test_keys(shown: Shown) -> None:
    shown.press("?")
    shown.until("● Keys")
    shown.press("Escape")
    shown.until("● Keys", there=False)
    shown.press("]")
    shown.until("13 of 125")
    shown.press("z")
    shown.until("12 of 125")
    assert shown.said == []


def test_the_mouse(shown: Shown) -> None:
    shown.click("oniguruma-6.9.8")
    shown.until("layer 1 oniguruma")
    shown.click("tzdata")
    shown.until("layer 6 of 12")
    assert shown.said == []


def test_what_is_copied_is_in_the_clipboard(shown: Shown) -> None:
    shown.click("musl-1.2.3")
    shown.until("layer 5 musl")
    shown.press("y")
    shown.until("Copied ")
    copied = shown.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("/nix/store/")
    assert copied.endswith("-musl-1.2.3")


def test_an_image_is_written_and_downloaded(shown: Shown, tmp_path: Path) -> None:
    shown.press("Control+s")
    shown.until("● Write image")
    shown.until("in gzip")  # what it foresees
    shown.press("Enter")
    shown.until("● Written")
    shown.until("Download")
    for _ in range(3):  # from the commands to the third button
        shown.press("Tab")
    with shown.page.expect_download() as found:
        shown.press("Enter")
    assert found.value.suggested_filename == "shop-1.5.0.tar"
    got = tmp_path / "downloaded.tar"
    found.value.save_as(got)
    assert got.read_bytes() == (tmp_path / "shop-1.5.0.tar").read_bytes()
    assert not verify(got)


def test_its_end_is_said_and_it_opens_again(shown: Shown) -> None:
    shown.press("q")
    again = shown.page.get_by_role("button", name="Open it again")
    again.wait_for()
    assert again.evaluate("one => one === document.activeElement")
    with shown.page.expect_websocket() as found:
        shown.press("Enter")
    found.value.wait_for_event(
        "framereceived", lambda data: isinstance(data, bytes) and b"shop" in data, timeout=PATIENCE
    )
