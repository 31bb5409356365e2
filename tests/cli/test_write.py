"""Images written again from the command line: what engines would refuse, and what becomes of the rest."""

from __future__ import annotations

import gzip
import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.workspace.workspace import Workspace
from tests.image import made
from tests.opening.images import docker_archive, layer
from tests.program import run

if TYPE_CHECKING:
    from pathlib import Path

FILES = layer({"bin": None, "bin/a": b"a" * 1000})


def image(folder: Path, name: str = "shop:1", layers: int = 1, **config: Any) -> Path:
    return docker_archive(folder / "image.tar", {name: [FILES] * layers}, **config)


def documents(file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the entry of the only image in the index of an archive, and the image's config."""
    with tarfile.open(file) as tar:

        def member(name: str) -> Any:
            found = tar.extractfile(name)
            assert found is not None
            return json.load(found)

        (entry,) = member("index.json")["manifests"]
        manifest = member(f"blobs/sha256/{entry['digest'][7:]}")
        return entry, member(f"blobs/sha256/{manifest['config']['digest'][7:]}")


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (
            {"Entrypoint": "/bin/x"},
            "shop:1: Entrypoint is not a list of strings: podman, containerd and skopeo",
        ),
        ({"Env": {"A": "1"}}, "shop:1: Env is not a list of strings: docker, podman, containerd and skopeo"),
        ({"Labels": {"a": 1}}, "shop:1: Labels is not an object of strings"),
        ({"Healthcheck": {"Interval": "30s"}}, "shop:1: Healthcheck.Interval is not a whole number"),
    ],
)
def test_an_image_that_engines_refuse_is_not_written_on(
    tmp_path: Path, config: dict[str, Any], told: str
) -> None:
    done = run("write", "-q", image(tmp_path, config=config), "-o", tmp_path / "o.tar")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"nixdive: {told}")
    assert not (tmp_path / "o.tar").exists()


def test_an_option_mends_what_engines_refuse(tmp_path: Path) -> None:
    source = image(tmp_path, config={"Entrypoint": "/bin/x", "env": ["A=1"], "Vendor": {"own": 1}})
    words = ("--entrypoint", "/bin/x", "--env", "B=2")
    assert run("write", "-q", source, "-o", tmp_path / "o.tar", *words).returncode == 0
    assert documents(tmp_path / "o.tar")[1]["config"] == {
        "Entrypoint": ["/bin/x"],
        "Env": ["A=1", "B=2"],
        "Vendor": {"own": 1},
    }


def test_a_variable_is_not_added_to_what_is_no_list(tmp_path: Path) -> None:
    source = image(tmp_path, config={"Env": {"A": "1"}})
    done = run("write", "-q", source, "-o", tmp_path / "o.tar", "--env", "B=2")
    assert (done.returncode, "--env: Env is not a list of strings" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ({"Healthcheck": {"Test": "CMD x", "Interval": "30s"}}, "Healthcheck.Test is not a list of strings"),
        ({"WorkDir": "/srv", "config": {"Cmd": ["x"]}}, "WorkDir and config are not keys of a config"),
        ({"StopTimeout": "10s"}, "StopTimeout is not a whole number"),
    ],
)
def test_a_config_file_is_refused_with_its_key(tmp_path: Path, file: dict[str, Any], told: str) -> None:
    (tmp_path / "c.json").write_text(json.dumps(file))
    done = run("write", "-q", image(tmp_path), "-o", tmp_path / "o.tar", "--config", tmp_path / "c.json")
    assert done.returncode == 1
    assert done.stderr.startswith(f"nixdive: {tmp_path / 'c.json'}: {told}")


@pytest.mark.parametrize(
    ("told", "asked", "platform"),
    [
        ({}, "arm/v7", {"architecture": "arm", "variant": "v7"}),
        ({}, "aarch64", {"architecture": "arm64"}),
        ({}, "aarch64-linux", {"architecture": "arm64"}),
        ({}, "x86_64", {"architecture": "amd64"}),
        ({}, "linux/arm64/v8", {"architecture": "arm64", "variant": "v8"}),
        ({"architecture": "arm", "variant": "v7"}, None, {"architecture": "arm", "variant": "v7"}),
        ({"architecture": "arm", "variant": "v7"}, "amd64", {"architecture": "amd64"}),
        ({"architecture": "aarch64"}, None, {"architecture": "arm64"}),
        ({"architecture": "arm64", "variant": "v8"}, None, {"architecture": "arm64", "variant": "v8"}),
        ({"architecture": "arm64", "os": ""}, None, {"architecture": "arm64"}),
        (
            {"os": "windows", "os.version": "10.0.17763", "os.features": ["win32k"]},
            None,
            {
                "architecture": "amd64",
                "os": "windows",
                "os.version": "10.0.17763",
                "os.features": ["win32k"],
            },
        ),
    ],
)
def test_the_platform_is_the_same_in_index_and_config(
    tmp_path: Path, told: dict[str, Any], asked: str | None, platform: dict[str, Any]
) -> None:
    source = image(tmp_path, **told)
    words = () if asked is None else ("--architecture", asked)
    assert run("write", "-q", source, "-o", tmp_path / "o.tar", *words).returncode == 0
    entry, config = documents(tmp_path / "o.tar")
    wanted = {"os": "linux"} | platform
    assert entry["platform"] == wanted
    kept = ("architecture", "os", "variant", "os.version", "os.features")
    assert {key: config[key] for key in kept if key in config} == wanted


@pytest.mark.parametrize("architecture", ["potato", "amd64/v7", "arm/v9"])
def test_an_architecture_that_is_none_is_refused(tmp_path: Path, architecture: str) -> None:
    done = run("write", "-q", image(tmp_path), "-o", tmp_path / "o.tar", "--architecture", architecture)
    assert (done.returncode, (tmp_path / "o.tar").exists()) == (1, False)
    assert "hint: --architecture takes amd64, arm64, arm/v7" in done.stderr


def test_a_name_that_is_too_long_is_refused_and_can_be_another(tmp_path: Path) -> None:
    source = image(tmp_path, f"{'a' * 300}:1")
    assert run("inspect", "-q", source).returncode == 0
    done = run("write", "-q", source, "-o", tmp_path / "o.tar")
    assert done.returncode == 1
    assert "engines accept at most 255" in done.stderr
    assert run("write", "-q", source, "-o", tmp_path / "o.tar", "--name", "short:1").returncode == 0


def test_containerd_finds_a_name_of_docker_hub(tmp_path: Path) -> None:
    source = image(tmp_path)
    assert run("write", "-q", source, "-o", tmp_path / "o.tar", "--name", "docker.io/x:1").returncode == 0
    entry, _ = documents(tmp_path / "o.tar")
    assert entry["annotations"]["io.containerd.image.name"] == "docker.io/library/x:1"


def test_an_image_of_127_layers_is_planned_and_written_again(tmp_path: Path) -> None:
    source = image(tmp_path, layers=127)
    for words in (("plan", source), ("inspect", source), ("plan", source, "--against", source)):
        assert run(*words, "-q").returncode == 0
    done = run("write", source, "-o", tmp_path / "o.tar")
    assert done.returncode == 0
    assert "the budget is 127 layers, and Docker's overlay2 store takes at most 125" in done.stderr
    assert "127 layers are more than some clients run: Docker's overlay2 store (125)" in done.stderr
    assert "the budget is" not in run("plan", source, "--client", "podman").stderr


_REFUSED = "its gzip data are followed by zeros, as before, and podman and skopeo refuse it; "


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("--compression", "gzip"),
            [
                f"layer 1: {_REFUSED}--compression zstd or none packs it anew",
                f"layer 2: {_REFUSED}whatever made it has to pack it anew",
            ],
        ),
        (("--compression", "none"), [f"layer 2: {_REFUSED}whatever made it has to pack it anew"]),
        (("--compression", "zstd"), [f"layer 2: {_REFUSED}whatever made it has to pack it anew"]),
    ],
)
def test_zeros_behind_a_layer_that_is_kept_are_named(
    tmp_path: Path, words: tuple[str, ...], told: list[str]
) -> None:
    path = f"nix/store/{'a' * 32}-lib-1"
    layers = [made.layer(f"{path}/", f"{path}/data=x"), made.layer("etc/", "etc/x=1"), made.layer("a=2")]
    source = made.archive(
        tmp_path / "x.tar",
        layers,
        pack=lambda data: gzip.compress(data) + bytes(0 if data is layers[2] else 512),
        os="linux",
        architecture="amd64",
    )
    done = run("write", source, "-o", tmp_path / "o.tar", "--json", *words)
    assert done.returncode == 0
    assert [line for line in done.stderr.splitlines() if "zeros" in line] == told
    assert json.loads(done.stdout)["notes"] == told


def test_a_long_label_is_written_and_ctr_is_named(tmp_path: Path) -> None:
    words = ("write", image(tmp_path), "-o", tmp_path / "o.tar", "--label", f"a={'x' * 5000}")
    told = "ctr run refuses the label a: with its value it has more than 4096 bytes"
    done = run(*words)
    assert (done.returncode, told in done.stderr, told in done.stdout) == (0, True, False)
    done = run(*words, "-q")
    assert (done.returncode, told in done.stderr, told in done.stdout) == (0, False, True)


@pytest.mark.parametrize("form", ["hybrid", "docker-archive", "oci-archive", "oci"])
def test_what_was_written_is_read_again(tmp_path: Path, form: str) -> None:
    done = run("write", image(tmp_path), "-o", tmp_path / "new", "--format", form, "--verify")
    assert done.returncode == 0, done.stderr
    assert "verifying" in done.stderr


def test_what_was_written_wrong_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Workspace.write

    def damaging(self: Workspace, *words: Any, **more: Any) -> Any:
        written = real(self, *words, **more)
        data = bytearray((tmp_path / "new").read_bytes())
        data[600] ^= 1
        (tmp_path / "new").write_bytes(data)
        return written

    monkeypatch.setattr(Workspace, "write", damaging)
    done = run("write", image(tmp_path), "-o", tmp_path / "new", "--verify", "-q")
    assert done.returncode == 1
    assert "new: it was written, and is not what it says: " in done.stderr


@pytest.mark.parametrize("target", ["-", "docker://localhost:1/x:1", "/dev/null"])
def test_only_files_are_read_again(tmp_path: Path, target: str) -> None:
    done = run("write", image(tmp_path), "-o", target, "--verify")
    assert done.returncode == 2
    assert "--verify reads a file or a directory again" in done.stderr
