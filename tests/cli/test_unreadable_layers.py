"""An image with a layer that cannot be read: the others are shown, that one is named with its cause."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from tests.program import Done, run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

HASHES = ("a" * 32, "b" * 32, "c" * 32)
PATHS = tuple(f"/nix/store/{part}-p{place}-1.0" for place, part in enumerate(HASHES))
NAMES = tuple(f"p{place}-1.0" for place in range(3))
OCI = "application/vnd.oci.image"
PLAIN = f"{OCI}.layer.v1.tar"


def tar(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return out.getvalue()


def digest(data: bytes) -> str:
    return f"sha256:{sha256(data).hexdigest()}"


TARS = tuple(tar({f"{path[1:]}/f": bytes([65 + place]) * 2000}) for place, path in enumerate(PATHS))
CONFIG = json.dumps({"rootfs": {"diff_ids": list(map(digest, TARS))}}).encode()


def docker_archive(target: Path, blobs: Sequence[bytes | None]) -> Path:
    names = [f"{place}/layer.tar" for place in range(len(blobs))]
    entry = {"Config": "config.json", "RepoTags": ["made:1"], "Layers": names}
    files = {"config.json": CONFIG, "manifest.json": json.dumps([entry]).encode()}
    files |= {name: blob for name, blob in zip(names, blobs, strict=True) if blob is not None}
    target.write_bytes(tar(files))
    return target


def layout(target: Path, blobs: Sequence[bytes | None], media_type: str = PLAIN) -> Path:
    """Write an OCI archive; the media type is that of the middle layer."""
    types = (PLAIN, media_type, PLAIN)
    stated = [blob or packed for blob, packed in zip(blobs, TARS, strict=True)]
    layers = [
        {"mediaType": kind, "digest": digest(blob), "size": len(blob)}
        for kind, blob in zip(types, stated, strict=True)
    ]
    config = {"mediaType": f"{OCI}.config.v1+json", "digest": digest(CONFIG), "size": len(CONFIG)}
    manifest = json.dumps({"schemaVersion": 2, "config": config, "layers": layers}).encode()
    entry = {"mediaType": f"{OCI}.manifest.v1+json", "digest": digest(manifest), "size": len(manifest)}
    files = {
        "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
        "index.json": json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode(),
    }
    here = (CONFIG, manifest, *(blob for blob in blobs if blob is not None))
    files |= {f"blobs/sha256/{digest(blob)[7:]}": blob for blob in here}
    target.write_bytes(tar(files))
    return target


def middle(blob: bytes | None) -> list[bytes | None]:
    return [TARS[0], blob, TARS[2]]


KINDS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda to: docker_archive(to, middle(None)), "it is missing"),
    "missing-blob": (lambda to: layout(to, middle(None)), "it is missing"),
    "cut": (lambda to: docker_archive(to, middle(TARS[1][:1400])), "it ends too early"),
    "damaged": (
        lambda to: docker_archive(to, middle(b"x" + TARS[1][1:])),
        "the checksum of a header is wrong",
    ),
    "cut-gzip": (
        lambda to: docker_archive(to, middle(gzip.compress(TARS[1])[:-20])),
        "its gzip data end too early",
    ),
    "lz4": (
        lambda to: docker_archive(to, middle(b"\x04\x22\x4d\x18" + TARS[1])),
        "it is compressed by lz4, which cannot be read here",
    ),
    "no-tar": (lambda to: docker_archive(to, middle(b"text" * 200)), "it is not a tar that can be read"),
    "media-type": (
        lambda to: layout(to, middle(TARS[1]), f"{PLAIN}+encrypted"),
        "is not the media type of a layer that can be read",
    ),
}


@pytest.fixture(params=KINDS)
def broken(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """An image whose middle layer cannot be read, and why."""
    make, cause = KINDS[request.param]
    return str(make(tmp_path / "broken.tar")), cause


def document(done: Done) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_inspect_shows_the_others(broken: tuple[str, str]) -> None:
    image, cause = broken
    done = run("inspect", "-q", image)
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[-1] for line in (lines[3], lines[5])] == [NAMES[0], NAMES[2]]
    assert lines[4].startswith("2 ")
    assert "cannot be read: " in lines[4]
    assert cause in lines[4]
    assert " unpacked without layer 2 " in lines[0]
    assert all(line.endswith("without layer 2") for line in lines[7:10])
    found = document(run("inspect", "-q", "--json", image))
    assert [cause in (layer["problem"] or "") for layer in found["layers"]] == [False, True, False]
    assert [layer["paths"] for layer in found["layers"]] == [[PATHS[0]], [], [PATHS[2]]]
    assert [layer["files"] for layer in found["layers"]] == [1, None, 1]
    assert [layer["uncompressed_size"] for layer in found["layers"]] == [len(TARS[0]), None, len(TARS[2])]
    assert found["efficiency"]["without_layers"] == [1]


def test_the_gate_stays_closed(broken: tuple[str, str], tmp_path: Path) -> None:
    image, cause = broken
    rules = tmp_path / "rules"
    rules.write_text(
        "rules:\n  lowestEfficiency: 0\n  highestWastedBytes: disabled\n"
        "  highestUserWastedPercent: disabled\n  highestLayerCount: 9\n"
    )
    done = run("inspect", "-q", "--ci", "--ci-config", str(rules), image)
    assert done.returncode == 3
    assert "FAIL  lowestEfficiency (not known without layer 2)" in done.stdout
    assert "PASS  highestLayerCount" in done.stdout
    assert "FAIL  readableLayers (layer 2 cannot be read: " in done.stdout
    assert cause in done.stderr
    rules.write_text(
        "rules:\n  lowestEfficiency: disabled\n  highestWastedBytes: disabled\n"
        "  highestUserWastedPercent: disabled\n"
    )
    assert run("inspect", "-q", "--ci", "--ci-config", str(rules), image).returncode == 3


def test_what_dive_reads_says_it_on_standard_error(broken: tuple[str, str]) -> None:
    image, cause = broken
    done = run("inspect", "-q", "--dive-json", "-", image)
    assert len(json.loads(done.stdout)["layer"]) == 3
    assert "layer 2 cannot be read" in done.stderr
    assert cause in done.stderr


def test_the_plan_has_it_in_its_place(broken: tuple[str, str]) -> None:
    image, cause = broken
    found = document(run("plan", "-q", "--json", image))
    assert [layer["paths"] for layer in found["layers"]] == [[PATHS[0]], [], [PATHS[2]]]
    assert cause in found["layers"][1]["problem"]
    assert found["without_layers"] == [1]
    text = run("plan", "-q", image).stdout
    assert "2 paths without layer 2" in text
    assert cause in text


@pytest.mark.parametrize(
    "words", [("--strategy", "churn"), ("--pin", "p*=mine"), ("--exclude", PATHS[0]), ("--max-layers", "2")]
)
def test_nothing_is_laid_out_anew(broken: tuple[str, str], words: tuple[str, ...]) -> None:
    image, cause = broken
    done = run("plan", "-q", image, *words)
    assert done.returncode == 1
    assert "nothing can be laid out anew: layer 2 cannot be read" in done.stderr
    assert cause in done.stderr


def test_it_is_not_written(broken: tuple[str, str], tmp_path: Path) -> None:
    image, cause = broken
    for words in (("write", image), ("write", PATHS[0], "--from", image)):
        target = tmp_path / "new.tar"
        done = run(*words, "-q", "-o", str(target))
        assert done.returncode == 1
        assert not target.exists()
        assert len(done.stderr.splitlines()) <= 2
    done = run("write", image, "-q", "-o", str(tmp_path / "new.tar"))
    assert "layer 2 cannot be read" in done.stderr
    assert cause in done.stderr


def test_it_is_a_baseline(broken: tuple[str, str], tmp_path: Path) -> None:
    image, _ = broken
    whole = docker_archive(tmp_path / "whole.tar", TARS)
    found = document(run("plan", "-q", "--json", str(whole), "--against", image))
    assert found["against"][0]["layers_reused"] == 2
    assert found["against"][0]["lacks"] == "without layer 2 of the earlier version"
    assert found["without_layers"] == []
    text = run("plan", "-q", str(whole), "--against", image).stdout
    assert "2 reused, without layer 2 of the earlier version" in text


def test_compare_names_it(broken: tuple[str, str], tmp_path: Path) -> None:
    image, cause = broken
    whole = docker_archive(tmp_path / "whole.tar", TARS)
    found = document(run("compare", "-q", "--json", image, str(whole)))
    assert found["layers_reused"] == 3
    ((old,), new) = (found["unread"]["old"], found["unread"]["new"])
    assert (old["layer"], new) == (1, [])
    assert cause in old["problem"]
    lines = run("compare", "-q", str(whole), image).stdout.splitlines()
    assert lines[-1].startswith("NEW: layer 2 cannot be read: ")
    assert cause in lines[-1]


def test_files_of_the_others_are_extracted(broken: tuple[str, str], tmp_path: Path) -> None:
    image, cause = broken
    done = run("extract", "-q", image, "-o", str(tmp_path / "all"))
    assert done.returncode == 3
    assert "layer 2 cannot be read" in done.stderr
    assert cause in done.stderr
    assert done.stdout.endswith(", without layer 2\n")
    files = sorted(one.read_bytes()[:1] for one in (tmp_path / "all").rglob("f"))
    assert files == [b"A", b"C"]
    # nothing lies above the third layer, but what lies above the first may have replaced its file
    for place, status in ((2, 0), (0, 3)):
        done = run("extract", "-q", image, f"{PATHS[place]}/f", "-o", str(tmp_path / str(place)))
        assert (done.returncode, done.stderr == "") == (status, not status)
        assert (tmp_path / str(place) / "f").stat().st_size == 2000
    assert run("extract", "-q", image, "--layer", "1", "-o", str(tmp_path / "one")).returncode == 0
    done = run("extract", "-q", image, "--layer", "2", "-o", str(tmp_path / "two"))
    assert done.returncode == 1
    assert cause in done.stderr
    done = run("extract", "-q", image, f"{PATHS[1]}/f", "-o", str(tmp_path / "three"))
    assert done.returncode == 1
    assert (
        "there is no such file in the image, as far as it can be read: layer 2 cannot be read" in done.stderr
    )


def test_verify_goes_on(broken: tuple[str, str]) -> None:
    image, _ = broken
    found = json.loads(run("verify", "-q", "--json", image).stdout)
    assert {problem["where"] for problem in found["problems"]} <= {
        "1/layer.tar",
        f"blobs/sha256/{digest(TARS[1])[7:]}",
    }
    assert found["problems"]


def test_an_image_of_which_no_layer_can_be_read_is_an_error(tmp_path: Path) -> None:
    image = str(docker_archive(tmp_path / "none.tar", [None, None, None]))
    for words in (("inspect",), ("plan",), ("extract", "-o", str(tmp_path / "x"))):
        done = run(words[0], image, "-q", *words[1:])
        assert done.returncode == 1
        assert "0/layer.tar: it is missing" in done.stderr


def test_a_gate_on_pushes_stays_closed_where_a_size_is_not_known(tmp_path: Path) -> None:
    whole = str(docker_archive(tmp_path / "whole.tar", TARS))
    lacking = str(docker_archive(tmp_path / "lacking.tar", middle(None)))
    stated = str(layout(tmp_path / "stated.tar", middle(None)))
    assert run("compare", "-q", whole, stated, "--fail-over", "1G").returncode == 0
    assert run("compare", "-q", whole, lacking, "--fail-over", "1G").returncode == 3
    assert not document(run("compare", "-q", "--json", whole, lacking))["complete"]
