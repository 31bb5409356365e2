from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
import pytest

from nixdive.cli.image_options import config_of, refuse_transport
from nixdive.errors import ImageError

if TYPE_CHECKING:
    from pathlib import Path

NONE: dict[str, Any] = {
    "config": None,
    "cmd": None,
    "entrypoint": None,
    "user": None,
    "workdir": None,
    "stop_signal": None,
    "env": (),
    "label": (),
    "expose": (),
    "volume": (),
}


def test_nothing_given_changes_nothing() -> None:
    found = {"Cmd": ["/bin/x"], "Env": ["A=1"], "Healthcheck": {"Test": []}}
    assert config_of(found, NONE) == found


def test_every_option_has_its_key() -> None:
    options = NONE | {
        "cmd": "/bin/redis --port '63 79'",
        "entrypoint": '["/bin/sh", "-c"]',
        "user": "1000:100",
        "workdir": "/srv",
        "stop_signal": "SIGINT",
        "env": ("A=1", "B=x=y"),
        "label": ("org.opencontainers.image.title=redis",),
        "expose": ("6379", "53/udp"),
        "volume": ("/data",),
    }
    assert config_of({}, options) == {
        "Cmd": ["/bin/redis", "--port", "63 79"],
        "Entrypoint": ["/bin/sh", "-c"],
        "User": "1000:100",
        "WorkingDir": "/srv",
        "StopSignal": "SIGINT",
        "Env": ["A=1", "B=x=y"],
        "Labels": {"org.opencontainers.image.title": "redis"},
        "ExposedPorts": {"6379/tcp": {}, "53/udp": {}},
        "Volumes": {"/data": {}},
    }


def test_variable_keeps_its_place_and_has_its_last_value() -> None:
    config = config_of({"Env": ["PATH=/bin", "A=1"]}, NONE | {"env": ("PATH=/sbin", "B=2")})
    assert config["Env"] == ["PATH=/sbin", "A=1", "B=2"]


def test_file_holds_the_object_alone_or_a_whole_image_config(tmp_path: Path) -> None:
    for document in ({"Cmd": ["/x"]}, {"architecture": "amd64", "config": {"Cmd": ["/x"]}}):
        file = tmp_path / "config.json"
        file.write_text(json.dumps(document))
        assert config_of({"User": "1"}, NONE | {"config": str(file)}) == {"User": "1", "Cmd": ["/x"]}


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is nested too deeply"),
        ("[]", "does not hold a JSON object"),
        ('{"Cmd": "/bin/x"}', "Cmd is not a list of strings"),
        ('{"Env": [1]}', "Env is not a list of strings"),
        ('{"User": 0}', "User is not a string"),
        ('{"Labels": {"a": 1}}', "Labels is not an object of strings"),
        ('{"Volumes": ["/data"]}', "Volumes is not an object of empty objects"),
    ],
)
def test_wrong_file_is_told_with_its_key(tmp_path: Path, text: str, cause: str) -> None:
    file = tmp_path / "config.json"
    file.write_text(text)
    with pytest.raises(ImageError, match=cause) as caught:
        config_of({}, NONE | {"config": str(file)})
    assert str(file) in str(caught.value)


def test_missing_file() -> None:
    with pytest.raises(ImageError, match="no such file"):
        config_of({}, NONE | {"config": "/nowhere/config.json"})


@pytest.mark.parametrize("text", ['["a"', "[1]", "[[", "'open"])
def test_wrong_words_are_refused(text: str) -> None:
    with pytest.raises(click.UsageError):
        config_of({}, NONE | {"cmd": text})


@pytest.mark.parametrize(
    "wrong",
    [
        {"env": ("A",)},
        {"env": ("=1",)},
        {"label": ("x",)},
        {"expose": ("0",)},
        {"expose": ("80/icmp",)},
        {"expose": ("x",)},
        {"volume": ("data",)},
        {"workdir": "srv"},
        {"stop_signal": "sig term"},
    ],
)
def test_wrong_options_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(click.UsageError):
        config_of({}, NONE | wrong)


@pytest.mark.parametrize("target", ["image.tar", "/tmp/a:b.tar", "./docker", "out:1.tar", "docker://host/a"])
def test_files_and_what_skopeo_writes_to_pass(target: str) -> None:
    refuse_transport(target)


def test_a_transport_of_files_is_refused_with_the_option_that_says_it() -> None:
    with pytest.raises(click.UsageError, match=r"-o out\.tar --format oci-archive"):
        refuse_transport("oci-archive:out.tar")


def test_a_transport_of_no_use_is_refused_with_the_way_to_it() -> None:
    with pytest.raises(
        click.UsageError, match=r"skopeo copy --preserve-digests oci-archive:image\.tar dir:out"
    ):
        refuse_transport("dir:out")
