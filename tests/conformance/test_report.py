"""Chromium draws the page of a report, and takes no name of the input for markup."""

from __future__ import annotations

import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.conformance.conftest import need
from tests.image.made import archive, layer
from tests.patience import PATIENCE
from tests.program import run

CLOSURES = Path(__file__).parents[1] / "data/closures"
HOSTILE = "</script><img src=x onerror=document.title=1><a href=//example.org>b</a>&amp;"
FILE = "<img onerror><a>b<&lt;"  # in the words of a made layer = has a meaning


@pytest.fixture(scope="module", autouse=True)
def _chromium() -> None:
    need("chromium")


class Drawn(HTMLParser):
    """The elements of a page, and the text outside scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1] not in {"script", "style"}:
            self.text += f"{data}\n"


def drawn(page: Path, profile: Path) -> tuple[Drawn, str]:
    """What is in the page when its scripts have run, and what the browser has to say about it."""
    words = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]
    words += [f"--user-data-dir={profile}", "--virtual-time-budget=5000", "--dump-dom", page.as_uri()]
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=True)
    return Drawn(done.stdout), "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


def test_a_closure_with_its_history(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    v1, v2, v3 = (CLOSURES / f"debstore-redis-{one}.path-info.json.gz" for one in ("v1", "v2", "v3"))
    history = tmp_path / "history.json"
    history.write_text(run("replay", v1, v2, v3, "--max-layers", "9", "--json", "-q").stdout)
    words = ("--against", v1, "--against", v2, "--history", history)
    assert run("report", v3, *words, "-o", page, "-q").returncode == 0
    found, said = drawn(page, tmp_path / "profile")
    assert said == ""
    assert found.elements.count("svg") >= 10  # two for each of five charts
    for text in (
        "app-redis:v3",
        "66.7 MiB",
        "libc6-2.36-9+deb12u14",
        "The figures",
        "replaced",
        "Every layout pushes",
    ):
        assert text in found.text
    # what a release costs is said at the top, and below it with the curves
    said_twice = re.search(r"the diamond is this plan: ([0-9.]+ MiB) and ([0-9.]+ s) with", found.text)
    assert said_twice
    assert f"\n{said_twice[1]}\n" in found.text
    assert f"expected, {said_twice[2]} to arrive" in found.text


def test_names_with_markup_are_text(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    path = f"nix/store/{'a' * 32}-app-1"
    layers = [layer(f"{path}/{FILE}={'x' * 5000}", f"etc/{FILE}=y"), layer(f"etc/{FILE}=z")]
    history = [{"created_by": HOSTILE, "comment": HOSTILE}] * 2
    image = archive(tmp_path / "image.tar", layers, tag=f"x:{HOSTILE}", history=history)
    done = run("report", image, "-o", page, "-q")
    assert (done.returncode, done.stderr) == (0, "")
    found, said = drawn(page, tmp_path / "profile")
    assert said == ""
    assert not {"img", "a"} & set(found.elements)
    assert f"x:{HOSTILE}" in found.text
    assert f"/etc/{FILE}" in found.text
