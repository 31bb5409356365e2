"""nixdive ci as a pipeline runs it."""

from __future__ import annotations

import gzip
import json
import random
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.image.made import archive, layer
from tests.program import run
from tests.reads import counted_reads
from tests.remote.registry_here import RegistryHere

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STORE = "nix/store"
ZLIB = f"{STORE}/{'c' * 32}-zlib-1.3"
BIG = "x" * 20_000
PATHS = (("a", "libc-2.39"), ("b", "app-1"))


def image(place: Path, *extra: str, name: str = "shop:2") -> str:
    """Return an archive of two store paths and further layers of a file each."""
    libc, app = (f"{STORE}/{char * 32}-{package}" for char, package in PATHS)
    layers = [layer(f"{libc}/lib={BIG}"), layer(f"{app}/bin={BIG}"), *(layer(one) for one in extra)]
    return str(archive(place, layers, tag=name))


@pytest.fixture
def old(tmp_path: Path) -> str:
    return image(tmp_path / "old.tar", name="shop:1")


def test_it_says_what_a_push_sends_and_how_long_it_takes(tmp_path: Path, old: str) -> None:
    new = image(tmp_path / "new.tar", f"etc/a={BIG}")
    done = run("ci", new, "--against", old, "-q")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    sent = json.loads(run("compare", old, new, "--json", "-q").stdout)["push_bytes"]
    assert sent > 20_000
    assert f"after {old}" in lines
    assert any(line.startswith("push  30.0 KiB") and "1 new layer, 2 of 3" in line for line in lines)
    assert any(line.startswith("push by nixdive") for line in lines)
    assert lines[-1] == "PASS [pass:2 skip:1]"


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ("highestPushBytes=1MB", 0),
        ("highestPushBytes=1kB", 3),
        ("highestPushSeconds=1h", 0),
        ("highestPushSeconds=0.01s", 3),
        ("highestPullSeconds=600", 0),
        ("highestPullSeconds=0", 3),
        ("highestLayerCount=2", 3),
        ("highest-layer-count=3", 0),
    ],
)
def test_a_rule_of_the_command_line_decides(tmp_path: Path, old: str, rule: str, status: int) -> None:
    new = image(tmp_path / "new.tar", f"etc/a={BIG}")
    done = run("ci", new, "--against", old, "--rule", rule, "--json", "-q")
    assert done.returncode == status, done.stdout + done.stderr
    document = json.loads(done.stdout)
    name, threshold = rule.replace("-layer-count", "LayerCount").split("=")
    (found,) = (one for one in document["rules"] if one["rule"] == name)
    assert document["ok"] == (status == 0)
    assert found["status"] == ("pass" if status == 0 else "fail")
    assert status == 3 or found["message"] == threshold


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_the_image_is_read_once(
    tmp_path: Path, pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    # to see how files compress, pieces of them are read again: of an image as small as this one, most of it
    monkeypatch.setattr("nixdive.image.sampled.Sampler.paths", lambda *_: {})
    monkeypatch.setattr("nixdive.image.sampled.Sampler.layers", lambda *_: {})
    data = random.Random(3).randbytes(4_000_000).hex()
    layers = [layer(f"{STORE}/{'a' * 32}-libc-2.39/lib={data}"), layer(f"etc/a={data}", f"etc/b={data[:9]}")]
    new = archive(tmp_path / "new.tar", layers, pack=pack)
    old = archive(tmp_path / "old.tar", [layer(f"etc/a={data[:9]}")], pack=pack)
    run("ci", new, "--against", old, "-q")  # what it loads is loaded
    with counted_reads() as reads:
        assert run("ci", new, "--against", old, "-q").returncode == 0
    # the beginning of a packed layer is read again, for the owner of its files
    assert reads.bytes < (1.1 if pack is bytes else 1.7) * new.stat().st_size


def test_it_overrides_the_file(tmp_path: Path, old: str) -> None:
    rules = tmp_path / "rules"
    rules.write_text("rules:\n  highestLayerCount: 1\n  highestLayerSize: 1MB\n")
    assert run("ci", old, "--ci-config", rules, "-q").returncode == 3
    assert run("ci", old, "--ci-config", rules, "--rule", "highestLayerCount=2", "-q").returncode == 0


def test_seconds_follow_client_and_link(tmp_path: Path, old: str) -> None:
    new = image(tmp_path / "new.tar", f"etc/a={BIG}")

    def push(*words: str) -> float:
        document = json.loads(run("ci", new, "--against", old, "--json", "-q", *words).stdout)
        (trip,) = document["seconds"]["push"]
        return float(trip["after"])

    assert push("--link", "1mbit/200ms") > push() > push("--link", "1gbit/1ms")
    assert push("--client", "skopeo", "--client", "podman") != push()


def test_markdown_and_junit_say_the_same(tmp_path: Path, old: str) -> None:
    new = image(tmp_path / "new.tar", f"etc/a={BIG}")
    markdown, junit = tmp_path / "summary.md", tmp_path / "report.xml"
    words = ("--rule", "highestPushBytes=1kB", "--markdown", markdown, "--junit", junit)
    assert run("ci", new, "--against", old, "-q", *words).returncode == 3
    text = markdown.read_text()
    assert text.startswith("### `shop:2`: 1 of 3 rules failed\n")
    sent = "**30.0 KiB** bytes of the layers as they are stored, 1 of 3 layers new"
    assert f"| next push | {sent}, after `{old}` |" in text
    (suite,) = ET.parse(junit).getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "1", "1")
    failed = {case.get("name"): case.find("failure") for case in suite}
    message = failed["highestPushBytes"]
    assert message is not None
    assert f"`{message.get('message')}`" in text
    printed = run("ci", new, "--against", old, "--rule", "highestPushBytes=1kB", "--markdown", "-", "-q")
    assert printed.stdout == text


def test_a_closure_as_earlier_version_is_assumed_to_be_laid_out(tmp_path: Path, old: str) -> None:
    export = tmp_path / "closure"
    export.write_text(
        "".join(f"/nix/store/{char * 32}-{name}\n{'0' * 52}\n20000\n\n0\n" for char, name in PATHS)
    )
    lines = run("ci", old, "--against", export, "-q").stdout.splitlines()
    sent = next(i for i, line in enumerate(lines) if line.startswith("push  "))
    assert "NAR bytes, about " in lines[sent]
    assert lines[sent + 1].startswith("assumed: ")
    summary = run("ci", old, "--against", export, "--markdown", "-", "-q").stdout
    assert f"({lines[sent + 1]}) |" in summary


def table(summary: str) -> list[str]:
    """The rows of packages in a summary."""
    return [line for line in summary.splitlines() if line.startswith(("| ~", "| +", "| −", "|  | package"))]


def test_packages_have_the_bytes_that_are_known(tmp_path: Path) -> None:
    old, new = (tmp_path / name for name in ("old.tar", "new.tar"))
    for place, version, size in ((old, "1", 20_000), (new, "2", 30_000)):
        paths = {f"{STORE}/{version * 32}-shop-{version}": size} | ({ZLIB: 5000} if version == "2" else {})
        history = [{"created_by": f"/{path}"} for path in paths]
        layers = [layer(f"{path}/bin={'x' * bytes_}") for path, bytes_ in paths.items()]
        archive(place, layers, tag=f"shop:{version}", history=history)
    here = table(run("ci", new, "--against", old, "--markdown", "-", "-q").stdout)
    assert here[0] == "|  | package | version | size | change |"
    assert [row.split(" | ")[3:] for row in here[1:]] == [
        ["29.6 KiB", "+9.77 KiB |"],
        ["5.16 KiB", "+5.16 KiB |"],
    ]
    with RegistryHere() as registry:
        assert run("write", old, "-o", registry.url("shop:1"), "-q").returncode == 0
        there = table(run("ci", new, "--against", registry.url("shop:1"), "--markdown", "-", "-q").stdout)
    assert there[0] == "|  | package | version | size |"
    assert [row.split(" | ")[3:] for row in there[1:]] == [["29.6 KiB |"], ["5.16 KiB |"]]


def test_hostile_names_are_text(tmp_path: Path) -> None:
    hostile = image(tmp_path / "new.tar", name="x|<b>`\x1b[2J&")
    junit = tmp_path / "report.xml"
    done = run("ci", hostile, "--markdown", "-", "--junit", junit, "-q")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("### `` x\\|<b>`\\x1b[2J& ``: 2 rules passed\n")
    (suite,) = ET.parse(junit).getroot()
    assert suite.get("name") == "x|<b>`\\x1b[2J&"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--rule", "highestPushBytes=1"), "highestPushBytes: it needs an earlier image"),
        (("--rule", "highestPullSeconds=1"), "highestPullSeconds: it needs an earlier image"),
        (("--rule", "highestPushByte=1"), "did you mean highestPushBytes?"),
        (("--rule", "highestPushBytes"), "is not NAME=THRESHOLD"),
        (("--rule", "highestPushSeconds=1 fortnight"), "times are written like 30s, 1.5min, 1h30m or 90"),
        (("--rule", "lowestEfficiency=90"), "ratios are written like 0.9, from 0 to 1"),
        (("--rule", "highestPushBytes=many"), "sizes are written like 20MB"),
        (("--rule", "highestLayerCount=-1"), "counts are written like 100"),
        (("--markdown", "-", "--json"), "both want standard output"),
        (("--junit", "no/such/report.xml"), "does not exist"),
        (("--against", "nothing.tar"), "nothing.tar: no such file"),
    ],
)
def test_what_is_wrong_is_said(old: str, words: tuple[str, ...], said: str) -> None:
    done = run("ci", old, "-q", *words)
    assert done.returncode in {1, 2}
    assert done.stdout == ""
    assert said in done.stderr


@pytest.mark.parametrize("threshold", ["", " "])
def test_a_rule_without_a_threshold_is_an_error(old: str, threshold: str) -> None:
    done = run("ci", old, "--rule", f"highestPushBytes={threshold}")
    assert done.returncode == 2
    assert "has no threshold" in done.stderr


def test_two_earlier_images_are_an_error(old: str) -> None:
    done = run("ci", old, "--against", "nowhere.tar", "--against", old)
    assert done.returncode == 2
    assert "--against is given twice" in done.stderr


def test_the_report_can_be_printed(old: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("ci", old, "--junit", "-", "-q")
    assert ET.fromstring(done.stdout).tag in {"testsuites", "testsuite"}
    assert not (tmp_path / "-").exists()
    both = run("ci", old, "--junit", "-", "--markdown", "-")
    assert both.returncode == 2
    assert "--markdown - and --junit - both want standard output" in both.stderr
