"""A link with real bandwidth between two network namespaces, and a delay both ways.

tbf on both ends of a veth pair limits the rate. The delay comes from the proxy of `link`, on the client's
side.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Self

from tests.bench import link as delay

if TYPE_CHECKING:
    from types import TracebackType

    from nixdive.clients.link import Link

NAME = "nixdive"
CLIENT, SERVER = f"{NAME}-client", f"{NAME}-server"
ADDRESS = "10.77.0.2"  # of the server
PORT = 5000  # of the registry, and of the proxy in the client's namespace
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
        words = [str(link.round_trip * 500), str(PORT), ADDRESS, str(PORT), str(window)]
        command = ["ip", "netns", "exec", CLIENT, sys.executable, delay.__file__, *words]
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
