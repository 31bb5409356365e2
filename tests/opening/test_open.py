"""Opening from words to a subject: links, installables, standard input, the demo and its earlier version."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.errors import MalformedGraphError, MalformedImageError, SourceError
from nixdive.layering.compare import push
from nixdive.layering.request import PlanRequest
from nixdive.layering.solve import solve
from nixdive.opening.open import open_demo, open_subject
from nixdive.progress import NullProgress
from tests.program import run
from tests.workspaces import earlier

if TYPE_CHECKING:
    from collections.abc import Callable

APP, LIB, TOOL = (
    f"/nix/store/{letter * 32}-{name}" for letter, name in (("a", "app-1"), ("b", "lib-2"), ("c", "tool-3"))
)
INFOS: list[dict[str, Any]] = [
    {"path": APP, "narSize": 9, "references": [LIB]},
    {"path": LIB, "narSize": 5, "references": []},
    {"path": TOOL, "narSize": 7, "references": [LIB]},
]
CONF: dict[str, Any] = {
    "architecture": "amd64",
    "config": {},
    "created": "1970-01-01T00:00:01+00:00",
    "customisation_layer": None,
    "from_image": None,
    "gid": "0",
    "gname": "root",
    "mtime": "1970-01-01T00:00:01+00:00",
    "os": "linux",
    "repo_tag": "streamed:7",
    "store_dir": "/nix/store",
    "store_layers": [[LIB], [APP]],
    "uid": "0",
    "uname": "root",
}


@pytest.fixture
def nix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A nix that builds these paths and knows this closure; returns the file with its arguments."""

    def stand_in(*built: str) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "built").write_text("".join(f"{path}\n" for path in built))
        (folder / "closure").write_text(json.dumps(INFOS))
        script = folder / "nix"
        script.write_text(
            f'#!/bin/sh\necho "$*" >> {folder}/words\n'
            'case " $* " in\n'
            f'*" build --out-link "*" --print-out-paths "*) cat {folder}/built ;;\n'
            f'*" path-info --json "*) cat {folder}/closure ;;\n'
            "esac\n"
        )
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        return folder / "words"

    return stand_in


def roots(subject: Any) -> list[str]:
    return [subject.closure.paths[root] for root in subject.closure.roots]


def test_installables_are_built_at_once(nix: Callable[..., Path]) -> None:
    words = nix(APP, TOOL)
    phases: list[str] = []

    class Heard(NullProgress):
        def start(self, what: str, total: int | None) -> None:
            phases.append(what)

    subject = open_subject([".#app", "nixpkgs#tool"], Heard())
    assert roots(subject) == [APP, TOOL]
    assert subject.name == "app:1"
    assert words.read_text().count(" build ") == 1
    assert "-- .#app nixpkgs#tool\n" in words.read_text()
    assert phases == ["evaluating", "reading the closure"]


def test_store_paths_and_installables_are_one_image(nix: Callable[..., Path]) -> None:
    nix(TOOL)
    subject = open_subject([APP, ".#tool"])
    assert roots(subject) == [APP, TOOL]
    assert subject.closure.nar_size == 21


def test_result_is_a_link(nix: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nix()
    place = tmp_path / "nix/store" / Path(APP).name
    place.mkdir(parents=True)
    infos = json.dumps([{"path": str(place), "narSize": 1, "references": []}])
    (tmp_path / "bin/closure").write_text(infos)
    (tmp_path / "result").symlink_to(place)
    monkeypatch.chdir(tmp_path)
    assert roots(open_subject(["./result"])) == [str(place)]
    assert roots(open_subject(["result/"])) == [str(place)]


def streamed(folder: Path) -> Path:
    """A script like those of streamLayeredImage, in a store of its own."""
    place = folder / "nix/store"
    place.mkdir(parents=True)
    conf = place / f"{'d' * 32}-image-conf.json"
    conf.write_text(json.dumps(CONF))
    script = place / f"{'f' * 32}-stream-image"
    script.write_text(f'#! /bin/bash -e\nexec "/nix/store/x/bin/stream"  {conf} "$@" \n')
    return script


def test_an_installable_may_be_an_image(nix: Callable[..., Path], tmp_path: Path) -> None:
    nix(str(streamed(tmp_path)))
    subject = open_subject([".#image"])
    assert (subject.name, subject.strategy) == ("streamed:7", "keep")
    assert subject.frame.found == ((LIB,), (APP,))


def test_a_script_that_streams_is_the_image(tmp_path: Path) -> None:
    assert open_subject([str(streamed(tmp_path))]).frame.found == ((LIB,), (APP,))


def test_an_installable_that_is_a_tar_of_anything_else_is_a_store_path(
    nix: Callable[..., Path], tmp_path: Path
) -> None:
    place = tmp_path / "nix/store" / f"{'a' * 32}-sources-1.tar.gz"
    place.parent.mkdir(parents=True)
    with tarfile.open(place, "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("sources-1/README"))
    nix(str(place))
    (tmp_path / "bin/closure").write_text(json.dumps([{"path": str(place), "narSize": 1, "references": []}]))
    for word in (".#sources", str(place), f"path:{place}"):
        assert roots(open_subject([word])) == [str(place)]
    with pytest.raises(MalformedImageError, match="it is not an image"):
        open_subject([f"image:{place}"])


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_standard_input(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    data = json.dumps(INFOS).encode()
    done = run("plan", "-", "--json", "-q", stdin=pack(data))
    assert json.loads(done.stdout)["totals"] == {"paths": 3, "nar_size": 21, "layers": 3}


def test_no_image_on_standard_input() -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("manifest.json"))
    done = run("plan", "-", "-q", stdin=made.getvalue())
    assert done.returncode == 1
    assert done.stderr.startswith("nixdive: -: manifest.json: ")


def test_a_pipe_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(json.dumps(INFOS),))
    writer.start()
    assert len(open_subject([str(pipe)]).closure) == 3
    writer.join()


def test_files_larger_than_any_closure_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIXDIVE_BOUNDS", "closure-file=1MiB")
    file = tmp_path / "large.json"
    file.write_bytes(b"[" + b" " * (1 << 20))
    with pytest.raises(SourceError, match=r"large\.json: it is no image, and larger than 1\.00 MiB"):
        open_subject([str(file)])


def test_a_packed_bomb_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bomb.json.gz"
    file.write_bytes(gzip.compress(b"[" + b" " * (140 << 20), 1))
    with pytest.raises(MalformedGraphError, match=r"bomb\.json\.gz: it unpacks to more than 128 MiB"):
        open_subject([str(file)])


def test_demo_is_a_closure_with_its_files() -> None:
    subject = open_demo()
    assert len(subject.closure) > 5
    assert subject.missing == 0


def test_demo_knows_its_earlier_version() -> None:
    subject = open_demo()
    assert subject.before is not None
    assert (subject.name, subject.before.name) == ("shop:1.5.0", "shop:1.4.0")
    plan = solve(subject.closure, PlanRequest(subject.strategy), subject.frame)
    (version,) = earlier(request=plan.request, before=subject.before)
    cost = push(plan, version.plan)
    assert 0 < cost.push_bytes < plan.nar_size
    assert cost.layers_reused > 0


def test_demo_as_a_word_is_the_demo_with_what_is_given_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    demo, named = open_demo(), open_subject(["demo"], name="stall:7")
    assert named.closure.paths == demo.closure.paths
    assert (named.name, named.spec.name, named.spec.config) == ("stall:7", "stall:7", demo.spec.config)
    linked = next(str(path) for path in demo.closure.paths if path.name.startswith("jq-"))
    more = open_subject(["demo"], contents=[linked])
    assert more.customisation is not None
    assert more.before is not None
    assert not more.before.frame.above  # jq is another one there, and so are the links
    with pytest.raises(SourceError, match="demo: it is a whole image and cannot be opened together"):
        open_subject(["demo", "demo"])


def test_demo_is_written_priced_and_told_of_by_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("write", "demo", "--name", "shop:2", "-o", "shop.tar", "--verify").returncode == 0
    assert "shop:2" in run("inspect", "shop.tar").stdout
    assert "shop-1.5.0" in run("why", "demo", "musl-1.2.3").stdout
    assert (
        "push  0 B  NAR bytes  0 new layers  12 reused" in run("plan", "demo", "--against", "shop.tar").stdout
    )
    assert "after demo" in run("plan", "shop.tar", "--against", "demo").stdout


def test_a_layer_at_the_root_is_known_by_its_bytes_and_not_by_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run("write", "demo", "--mkdir", "/srv:0755", "-o", "first.tar")
    again = ("write", "demo", "--against", "first.tar", "-o", "next.tar", "--mkdir")
    assert "0 new layers  12 reused" in run(*again, "/srv:0755").stdout
    assert "1 new layer  11 reused" in run(*again, "/srv:0700").stdout


@pytest.mark.parametrize("words", [["demo", "-q"], ["demo", "-q", "--strategy", "popularity"]])
def test_demo_without_a_terminal_tells_its_push(words: list[str], tmp_path: Path) -> None:
    lines = run(*words).stdout.splitlines()
    (push_line,) = (line for line in lines if line.startswith("after"))
    last = push_line.split()
    assert last[:3] == ["after", "shop:1.4.0", "push"]
    earlier = tmp_path / "earlier.json"
    earlier.write_text(json.dumps(INFOS))
    done = run(*words, "--against", earlier)
    assert f"\nafter {earlier}" in done.stdout
    assert "shop:1.4.0" not in done.stdout
