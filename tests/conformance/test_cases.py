"""Small inputs, each with what nixdive has to make of it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.conftest import missing, need
from tests.conformance.programs import run
from tests.program import run as program

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.conformance.engines import Client
    from tests.program import Done

STARGZ = "containerd.io/snapshot/stargz/toc.digest"
SOURCE = "org.opencontainers.image.source"
# the maker of the cases extracts a tar of its own with a filter, which the first releases of Python 3.11 lack
_MAKING = """
import runpy, sys, tarfile
if not hasattr(tarfile, "data_filter"):
    plain = tarfile.TarFile.extractall
    tarfile.TarFile.extractall = lambda tar, path=".", members=None, *, filter=None: plain(tar, path, members)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def small(debstore: Mapping[str, Any]) -> str:
    """A store path of one file, which needs nothing else."""
    need("nix-store")
    closure = run("nix-store", "--query", "--requisites", debstore["apps"]["redis"]["v1"]).split()
    alone = [
        path for path in closure if run("nix-store", "--query", "--references", path).strip() in {"", path}
    ]
    return min(alone, key=lambda path: int(run("nix-store", "--query", "--size", path)))


@pytest.fixture(scope="module")
def made(shared: Path, small: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    need("tar", "zstd")
    maker = shared / "cases/make.py"
    if not os.path.lexists(maker):
        missing(f"{maker} is not there")
    folder = tmp_path_factory.mktemp("cases")
    run(sys.executable, "-c", _MAKING, maker, folder, env={"STORE_PATH": small})
    return folder


@pytest.fixture
def here(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with the cases, as the current one."""
    monkeypatch.chdir(made)
    return made


def done(*words: str | Path) -> str:
    """Run the program, which must succeed, and return what it prints."""
    ended = program(*words)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def document(*words: str | Path) -> Any:
    return json.loads(done(*words, "--json"))


def refused(*words: str | Path) -> str:
    """Run the program, which must refuse in one line and a hint, and return them."""
    ended: Done = program(*words)
    assert (ended.returncode, ended.stdout) == (1, "")
    problem, *hint = ended.stderr.splitlines()
    assert problem.startswith("nixdive: ")
    assert [line[:6] for line in hint] in ([], ["hint: "])
    return ended.stderr


def paths(*words: str | Path) -> set[str]:
    return {path for layer in document("plan", "-q", *words)["layers"] for path in layer["paths"]}


def member(file: Path, name: str) -> bytes:
    with tarfile.open(file) as tar:
        found = tar.extractfile(name)
        assert found is not None
        return found.read()


def manifest_of(index: bytes, blob: Callable[[str], bytes]) -> tuple[Any, Any, Any]:
    """Return the one entry of an index, its manifest, and its config."""
    (entry,) = json.loads(index)["manifests"]
    manifest = json.loads(blob(entry["digest"][7:]))
    return entry, manifest, json.loads(blob(manifest["config"]["digest"][7:]))


def in_archive(file: Path) -> tuple[Any, Any, Any]:
    return manifest_of(member(file, "index.json"), lambda digits: member(file, f"blobs/sha256/{digits}"))


def test_a_file_in_an_environment_is_that_environment(debstore: Mapping[str, Any]) -> None:
    need("nix-store")
    top = debstore["apps"]["gosvc"]["v1"]
    closure = run("nix-store", "--query", "--requisites", top).split()
    (environment,) = (path for path in closure if path.endswith("-gosvc-env"))
    link = next(file for file in Path(environment, "sbin").iterdir() if file.is_symlink())
    assert paths(link) == set(run("nix-store", "--query", "--requisites", environment).split())


def test_a_layout_keeps_its_other_images(here: Path, small: str, tmp_path: Path) -> None:
    layout = shutil.copytree(here / "layout", tmp_path / "layout")
    before = {file: file.read_bytes() for file in layout.glob("blobs/sha256/*")}
    done("write", "-q", small, "--name", "shop:new", "--format", "oci", "-o", layout)
    entries = json.loads((layout / "index.json").read_bytes())["manifests"]
    tags = [entry["annotations"]["org.opencontainers.image.ref.name"] for entry in entries]
    assert tags == ["v1", "v2", "v3", "new"]
    assert {file: file.read_bytes() for file in before} == before


@pytest.mark.parametrize("name", ["/", "/hs"])
def test_a_hard_link_to_a_symbolic_link_is_extracted(name: str, here: Path, tmp_path: Path) -> None:
    done("extract", "-q", "hardlink-to-symlink.tar", name, "-o", tmp_path / "x")
    assert str((tmp_path / "x/hs").readlink()) == "t"
    assert sorted(file.name for file in (tmp_path / "x").iterdir()) == (
        ["hs", "s", "t"] if name == "/" else ["hs"]
    )


def test_a_conf_of_2023_is_read_as_its_own_script_did(here: Path) -> None:
    plan = document("plan", "-q", "conf-of-2023.json")
    assert next(layer["paths"] for layer in plan["layers"]) == ["/nix/store/" + "a" * 32 + "-app-1.0"]


def test_a_conf_without_store_paths_is_the_customisation_layer(here: Path, tmp_path: Path) -> None:
    assert paths("conf-no-store-paths.json") == set()
    done("write", "-q", "conf-no-store-paths.json", "-o", tmp_path / "o.tar")
    assert len(in_archive(tmp_path / "o.tar")[1]["layers"]) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["conf-entrypoint-string.json"], ["Entrypoint is not a list of strings"]),
        (["entrypoint-string.tar"], ["Entrypoint is not a list of strings"]),
        (["conf-env-object.json"], ["Env is not a list of strings"]),
        (["SMALL", "--name", "s:1", "--config", "config-healthcheck.json"], ["Healthcheck.Test"]),
        (["SMALL", "--name", "s:1", "--config", "config-misspelt.json"], ["WorkDir and config are not keys"]),
        (["SMALL", "--name", "s:1", "--from", "arm64.tar"], ["linux/arm64/v8", "linux/amd64"]),
        (["name-of-300.tar"], ["at most 255"]),
        (["SMALL", "--name", "n" * 256], ["at most 255"]),
        (["SMALL", "--name", "s:1", "--from", "layers-125.tar", "--max-layers", "125"], ["at most 125"]),
    ],
    ids=lambda value: " ".join(value)[:40],
)  # fmt: skip
def test_it_is_refused_before_anything_is_written(
    words: list[str], told: list[str], here: Path, small: str, tmp_path: Path
) -> None:
    said = refused(
        "write", "-q", *(small if word == "SMALL" else word for word in words), "-o", tmp_path / "o.tar"
    )
    for one in told:
        assert one in said
    assert not os.listdir(tmp_path)  # noqa: PTH208


@pytest.mark.parametrize(
    ("stated", "platform"),
    [
        ("arm/v7", {"architecture": "arm", "variant": "v7"}),
        ("aarch64", {"architecture": "arm64"}),
        ("x86_64", {"architecture": "amd64"}),
    ],
)
def test_an_architecture_is_spelled_as_go_does(
    stated: str, platform: dict[str, str], here: Path, small: str, tmp_path: Path
) -> None:
    done("write", "-q", small, "--name", "s:1", "--architecture", stated, "-o", tmp_path / "o.tar")
    entry, _, config = in_archive(tmp_path / "o.tar")
    assert entry["platform"] == platform | {"os": "linux"}
    assert {key: config.get(key) for key in platform} == platform


def test_a_variant_stays_with_its_architecture_alone(here: Path, tmp_path: Path) -> None:
    done("write", "-q", "armv7.tar", "-o", tmp_path / "o.tar")
    assert in_archive(tmp_path / "o.tar")[0]["platform"] == {
        "architecture": "arm",
        "os": "linux",
        "variant": "v7",
    }
    done("write", "-q", "armv7.tar", "--architecture", "amd64", "-o", tmp_path / "other.tar")
    entry, _, config = in_archive(tmp_path / "other.tar")
    assert entry["platform"] == {"architecture": "amd64", "os": "linux"}
    assert "variant" not in config


@pytest.mark.parametrize(("platform", "layer"), [("linux/amd64", 0), ("linux/amd64/v3", 1)])
def test_of_two_variants_the_one_that_was_asked_for_is_taken(platform: str, layer: int, here: Path) -> None:
    layers = [one["diff_id"] for one in document("inspect", "-q", "plain.tar")["layers"]]
    seen = document("inspect", "-q", "amd64-and-v3.tar", "--platform", platform)
    assert [one["diff_id"] for one in seen["layers"]] == [layers[layer]]


def test_what_an_image_says_of_itself_stays(here: Path, tmp_path: Path) -> None:
    done("write", "-q", "annotated.tar", "--format", "oci", "-o", tmp_path / "o")
    blobs = tmp_path / "o/blobs/sha256"
    index = (tmp_path / "o/index.json").read_bytes()
    _, manifest, config = manifest_of(index, lambda digits: (blobs / digits).read_bytes())
    assert manifest["annotations"] == {SOURCE: "https://git.example/x"}
    assert [layer["annotations"] for layer in manifest["layers"]] == [{STARGZ: "sha256:" + "1" * 64}]
    assert config["author"] == "Team"


@pytest.mark.parametrize(
    ("file", "layers"),
    [
        ("sparse-file.tar", 1),
        ("zstd-skippable-first.tar", 1),
        ("oci-manifest-without-layers.tar", 2),
        ("v7.tar", 2),
        ("layers-127.tar", 127),
        ("docker-archive:plain.tar", 2),
        ("oci:layout:v2", 1),
    ],
)
def test_what_engines_load_is_read(file: str, layers: int, here: Path) -> None:
    seen = document("inspect", "-q", file)
    assert [layer["problem"] for layer in seen["layers"]] == [None] * layers
    assert len(document("plan", "-q", file)["layers"]) == layers


def test_a_file_with_holes_has_its_whole_size(here: Path, tmp_path: Path) -> None:
    done("extract", "-q", "sparse-file.tar", "-o", tmp_path / "x")
    data = (tmp_path / "x/sparse/log").read_bytes()
    assert len(data) == 2 << 20
    assert data.strip(b"\0") == b"A" * 4096 + bytes((1 << 20) - 4096) + b"B" * 4096


def test_a_layer_without_a_name_is_said_to_have_none(here: Path) -> None:
    assert "a layer has no name" in refused("inspect", "-q", "layer-path-empty.tar")


def test_docker_hubs_names_are_written_in_full(here: Path, small: str, tmp_path: Path) -> None:
    done("write", "-q", small, "--name", "docker.io/x:1", "-o", tmp_path / "o.tar")
    entry = in_archive(tmp_path / "o.tar")[0]
    assert entry["annotations"]["io.containerd.image.name"] == "docker.io/library/x:1"


@pytest.mark.parametrize(
    "words", [["inspect"], ["verify"], ["plan"], ["extract", "-o", "OUT"]], ids=lambda words: words[0]
)
@pytest.mark.parametrize("how", ["-", "pipe"])
def test_an_image_comes_through_a_pipe(how: str, words: list[str], here: Path, tmp_path: Path) -> None:
    command, *more = (str(tmp_path / "out") if word == "OUT" else word for word in words)
    place = "-" if how == "-" else "<(cat plain.tar)"
    argv = shlex.join([sys.executable, "-m", "nixdive", command, "-q"])
    run("bash", "-c", f"{argv} {place} {shlex.join(more)} < plain.tar")
    if words[0] == "extract":
        assert (tmp_path / "out/bin/a").read_bytes() == b"a" * 1000


@pytest.mark.parametrize("base", ["-", "docker-archive:plain.tar", "oci:layout:v1"])
def test_a_base_is_named_as_any_image(base: str, here: Path, small: str, tmp_path: Path) -> None:
    words = ("write", "-q", small, "--name", "s:1", "--from", base, "-o", tmp_path / "o.tar")
    ended = program(*words, stdin=(here / "plain.tar").read_bytes())
    assert ended.returncode == 0, ended.stderr
    assert len(in_archive(tmp_path / "o.tar")[1]["layers"]) == (3 if base != "oci:layout:v1" else 2)


def test_an_archive_is_verified_by_its_transport(here: Path) -> None:
    assert "is right" in done("verify", "-q", "docker-archive:plain.tar")


def test_printed_commands_work_for_a_name_with_a_colon(here: Path, podman: Client) -> None:
    lines = done("write", "-q", "plain.tar", "-o", "c:d.tar").splitlines()
    commands = [line.partition(":  ")[2] or line.strip() for line in lines]
    (load,) = (one for one in commands if one.startswith("podman"))
    own = shlex.join(podman.load_words[: podman.load_words.index("load")])
    run("sh", "-c", load.replace("podman load", f"{own} load"), env=podman.env)
    podman.remove("shop:1")
    (push,) = (one for one in commands if one.startswith("skopeo"))
    run("sh", "-c", push.replace("docker://HOST/shop:1", "dir:pushed"), env=podman.env)
    _, manifest, _ = in_archive(here / "c:d.tar")
    assert json.loads((here / "pushed/manifest.json").read_bytes()) == manifest


def test_an_archive_opened_by_its_transport_keeps_its_name(here: Path, tmp_path: Path) -> None:
    done("write", "-q", "oci-archive:annotated.tar", "-o", tmp_path / "o.tar")
    assert json.loads(member(tmp_path / "o.tar", "manifest.json"))[0]["RepoTags"] == ["annotated:1"]
