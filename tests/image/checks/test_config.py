"""Configs that engines refuse or lose something of, key by key."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nixdive.errors import ImageError
from nixdive.image.checks.config import checked_config, inner_config, refusals, spelled

GOOD: dict[str, Any] = {
    "ArgsEscaped": True,
    "Cmd": ["/bin/x", ""],
    "Domainname": "example",
    "Entrypoint": None,
    "Env": ["A=1", "B="],
    "ExposedPorts": {"80/tcp": {}, "81": None},
    "Healthcheck": {"Test": ["CMD", "x"], "Interval": 30_000_000_000, "Retries": 3},
    "Hostname": "h",
    "Labels": {"a": "b", "c": None},
    "OnBuild": ["RUN x"],
    "Shell": ["/bin/sh"],
    "StopSignal": "SIGRTMIN+3",
    "StopTimeout": 10,
    "Tty": False,
    "User": "1000:100",
    "Volumes": {"/data": {}},
    "WorkingDir": "/srv",
    "Memory": 0,
}


def test_what_engines_take_is_taken() -> None:
    assert list(refusals(GOOD)) == []
    assert checked_config(GOOD, "x") == GOOD


# what was tried on each engine; the last word is the first engine of those that refuse it
@pytest.mark.parametrize(
    ("config", "told", "engines"),
    [
        ({"Entrypoint": "/bin/x"}, "Entrypoint is not a list of strings", "podman, containerd and skopeo"),
        ({"Cmd": "/bin/x"}, "Cmd is not a list of strings", "podman, containerd and skopeo"),
        ({"Cmd": [1]}, "Cmd is not a list of strings", "podman, containerd and skopeo"),
        ({"Env": {"A": "1"}}, "Env is not a list of strings", "docker, podman, containerd and skopeo"),
        ({"Env": ["A"]}, "Env: 'A' is not NAME=VALUE", "containerd"),
        ({"Env": ["=x"]}, "Env: '=x' has no name", "docker, podman and containerd"),
        ({"Env": [""]}, "Env has an empty entry", "podman"),
        ({"Env": ["A=\0"]}, "Env holds a zero byte", "docker, podman and containerd"),
        ({"Cmd": ["x", "\0"]}, "Cmd holds a zero byte", "docker, podman and containerd"),
        ({"Labels": ["a=b"]}, "Labels is not an object of strings", "docker, podman, containerd and skopeo"),
        ({"Labels": {"a": 1}}, "Labels is not an object of strings", "docker, podman, containerd and skopeo"),
        ({"ExposedPorts": ["80/tcp"]}, "ExposedPorts is not an object of empty", "docker, podman"),
        ({"Volumes": {"/x": "y"}}, "Volumes is not an object of empty objects", "docker, podman"),
        ({"Volumes": {"/": {}}}, "Volumes: / cannot be a volume", "docker and podman"),
        (
            {"WorkingDir": "srv"},
            "WorkingDir 'srv' is not an absolute path",
            "docker, podman and containerd",
        ),
        ({"WorkingDir": 1}, "WorkingDir is not a string", "docker, podman, containerd and skopeo"),
        ({"User": 1000}, "User is not a string", "docker, podman, containerd and skopeo"),
        ({"StopSignal": 9}, "StopSignal is not a string", "docker, podman, containerd and skopeo"),
        ({"StopSignal": "SIGFOO"}, "StopSignal: 'SIGFOO' is not a signal", "podman"),
        ({"StopSignal": "99"}, "StopSignal: '99' is not a signal", "podman"),
        ({"StopTimeout": "10s"}, "StopTimeout is not a whole number", "docker and podman"),
        ({"StopTimeout": 1.0}, "StopTimeout is not a whole number", "docker and podman"),
        ({"StopTimeout": True}, "StopTimeout is not a whole number", "docker and podman"),
        ({"StopTimeout": 2**63}, "StopTimeout is not a whole number", "docker and podman"),
        ({"Healthcheck": []}, "Healthcheck is not an object", "docker and podman"),
        ({"Healthcheck": {"Test": "x"}}, "Healthcheck.Test is not a list of strings", "docker and podman"),
        ({"Healthcheck": {"Interval": "30s"}}, "Healthcheck.Interval is not a whole", "docker and podman"),
        ({"Tty": "yes"}, "Tty is not true or false", "docker and podman"),
        ({"Hostname": 1}, "Hostname is not a string", "docker and podman"),
        ({"OnBuild": "RUN x"}, "OnBuild is not a list of strings", "docker and podman"),
        ({"ArgsEscaped": "x"}, "ArgsEscaped is not true or false", "docker, podman, containerd and skopeo"),
    ],
)
def test_what_is_refused_is_told_with_who_refuses_it(config: dict[str, Any], told: str, engines: str) -> None:
    with pytest.raises(ImageError) as caught:
        checked_config(config, "shop:1")
    text = str(caught.value)
    assert text.startswith(f"shop:1: {told}")
    assert engines in text
    assert text.endswith(("refuse it", "refuses it"))


@pytest.mark.parametrize(
    ("config", "told", "hint"),
    [
        ({"WorkDir": "/srv"}, "WorkDir is not a key of a config", "did you mean WorkingDir?"),
        ({"Lables": {}, "Envs": []}, "Lables and Envs are not keys", "did you mean Labels and Env?"),
        (
            {"WorkDir": "/srv", "config": {"Cmd": ["x"]}},
            "WorkDir and config are not keys of a config",
            "move the keys inside config one level up",
        ),
        ({"Frobnicate": 1}, "Frobnicate is not a key of a config", None),
        ({"Healthcheck": {"Tests": []}}, "Tests is not a key of a Healthcheck", "did you mean Test?"),
        ({"Env": ["A=1"], "env": ["B=2"]}, "Env and env are the same key to engines", None),
        ({"Labels": {"a": "\udcff"}}, "it contains text that is not Unicode", None),
    ],
)
def test_what_would_be_lost_without_a_word_is_told(
    config: dict[str, Any], told: str, hint: str | None
) -> None:
    with pytest.raises(ImageError) as caught:
        checked_config(config, "shop:1")
    assert str(caught.value).startswith(f"shop:1: {told}")
    assert caught.value.hint == hint


def test_keys_that_an_image_has_already_stay() -> None:
    config = {"Vendor": [1, {"a": None}], "Healthcheck": {"Odd": 1}}
    assert checked_config(config, "x", known=config) == config


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ImageError, match=r"User is .*; Tty is .*; Cmd is .*; and 1 more"):
        checked_config({"User": 1, "Tty": 1, "Cmd": 1, "Env": 1}, "x")


@pytest.mark.parametrize(
    ("config", "hint"),
    [
        ({"Entrypoint": "/bin/x"}, 'as a list: "Entrypoint": ["/bin/x"], or --entrypoint'),
        ({"Env": {"A": "1"}}, 'as a list: "Env": ["NAME=VALUE"]'),
        ({"Volumes": ["/data"]}, 'as an object: "Volumes": {"/data": {}}'),
        ({"WorkingDir": "srv"}, "use /srv"),
        ({"Healthcheck": {"Timeout": "3s"}}, "times are whole numbers of nanoseconds: 30000000000 is 30 s"),
    ],
)
def test_the_hint_says_how_it_is_written(config: dict[str, Any], hint: str) -> None:
    with pytest.raises(ImageError) as caught:
        checked_config(config, "x")
    assert caught.value.hint == hint


def test_keys_are_spelled_as_engines_spell_them() -> None:
    config = {"env": ["A=1"], "WORKINGDIR": "/srv", "healthcheck": {"test": ["NONE"]}, "own": 1}
    assert spelled(config) == {
        "Env": ["A=1"],
        "WorkingDir": "/srv",
        "Healthcheck": {"Test": ["NONE"]},
        "own": 1,
    }


def test_a_whole_image_config_has_its_config_inside() -> None:
    inner = {"Cmd": ["x"]}
    whole = {"architecture": "amd64", "os.version": "1", "rootfs": {}, "author": "me", "config": inner}
    assert inner_config(whole, "f") is inner
    assert inner_config(inner, "f") is inner
    with pytest.raises(ImageError, match=r"f: WorkDir and config are not keys of a config"):
        inner_config({"WorkDir": "/", "config": inner}, "f")
    with pytest.raises(ImageError, match=r"f: config is not a key of a config"):
        inner_config({"User": "1", "config": inner}, "f")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=5), part, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*GOOD, "env", "x", ""]), _JSON, max_size=4))
@example({"Healthcheck": {"\n": None}})
@example({"a\nb": 1})
def test_any_json_is_taken_or_refused_in_one_line(config: dict[str, Any]) -> None:
    wrong = [str(one) for one in refusals(config, ("x", ""))]
    assert not any("\n" in words for words in wrong)
    if wrong:
        with pytest.raises(ImageError):
            checked_config(config, "x", known=("x", ""))
    else:
        found = checked_config(config, "x", known=("x", ""))
        assert json.loads(json.dumps(found)) == found
        assert checked_config(found, "x", known=("x", "")) == found
