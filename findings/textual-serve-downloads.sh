#!/usr/bin/env bash
# textual-serve: a download whose page is closed ends like a whole one, with a part of the file.
#
# Guess: a download that does not get all of its file fails in the browser, as one does whose connection breaks.
# What happens: the answer has no Content-Length. When the page with the screen is closed, or the program in it ends, the answer ends
#   properly with the last chunk of HTTP, status 200, after whatever had been sent. A browser, curl and aiohttp have no
#   way to tell.
# Why it matters: what is offered may be an archive of gigabytes, and the page is closed while it comes: then half a file lies among the
#   downloads, and looks finished.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
own_home
python_packages textual-serve==1.1.3 textual==8.2.8 aiohttp==3.14.5

cat >offers.py <<'END'
import io
import sys
import time
from pathlib import Path

from textual.app import App


class File(io.BytesIO):
    def read(self, size: int = -1) -> bytes:
        while self.tell() and sys.argv[1] == "slow" and not Path("closed").exists():
            time.sleep(0.05)
        return super().read(size)


class Offers(App):
    def on_ready(self) -> None:
        self.deliver_binary(File(b"x" * 200_000), save_filename="data.bin")


Offers().run()
END

cat >browser.py <<'END'
import asyncio
import socket
import sys
from pathlib import Path

import aiohttp
from aiohttp import web
from textual_serve.server import Server


async def download(kind: str) -> tuple[int, int]:
    """Return status and length of a download; if the file is slow, the page is closed after the first piece."""
    at = socket.socket()
    at.bind(("127.0.0.1", 0))
    port = at.getsockname()[1]
    runner = web.AppRunner(await Server(f"{sys.executable} offers.py {kind}", port=port)._make_app())
    await runner.setup()
    await web.SockSite(runner, at).start()
    here = f"http://127.0.0.1:{port}"
    async with aiohttp.ClientSession() as browser, asyncio.timeout(60):
        page = await browser.ws_connect(f"{here}/ws?width=80&height=24")
        while (message := await page.receive()).type != aiohttp.WSMsgType.TEXT or "_start" not in message.data:
            pass
        async with browser.get(f"{here}/download/{message.json()[1]}") as answer:
            data = await answer.content.readexactly(65536)
            if kind == "slow":
                closing = asyncio.create_task(page.close())
                data += await answer.read()  # would raise if the answer broke off
                Path("closed").touch()
                await closing
            data += await answer.read()
    await runner.cleanup()
    return answer.status, len(data)


for kind, wanted in (("quick", 200_000), ("slow", 65_536)):
    status, length = asyncio.run(download(kind))
    print(f"{kind} file of 200000 bytes: status {status}, {length} bytes, no error")
    assert (status, length) == (200, wanted)
END
if ! python browser.py >out.log 2>error.log; then cat out.log error.log >&2; changed "see above"; fi
grep bytes out.log
