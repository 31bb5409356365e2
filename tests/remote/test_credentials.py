"""Logins: from the files of docker and podman, and from helpers; never shown."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.errors import RegistryError
from nixdive.remote.credentials import Credentials, credentials

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "a-secret:with a colon"


def packed(user: str, password: str = SECRET) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def write(file: Path, value: Any) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(value if isinstance(value, str) else json.dumps(value))
    return file


def helper(folder: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(exist_ok=True)
    program = folder / f"docker-credential-{name}"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_nothing_is_found_where_there_is_nothing() -> None:
    assert credentials("h.io", "a") is None


@pytest.mark.parametrize("key", ["h.io", "https://h.io", "https://h.io/v1/", "https://h.io/v2/"])
def test_docker_config(own_home: Path, key: str) -> None:
    write(own_home / ".docker/config.json", {"auths": {"other.io": packed("no"), key: packed("me")}})
    found = credentials("h.io", "team/app")
    assert found is not None
    assert (found.user, found.password) == ("me", SECRET)
    assert credentials("h.io:5000", "team/app") is None


def test_docker_hub_is_kept_under_its_old_url(own_home: Path) -> None:
    write(own_home / ".docker/config.json", {"auths": {"https://index.docker.io/v1/": packed("me")}})
    found = credentials("docker.io", "library/busybox")
    assert found is not None
    assert found.user == "me"


def test_the_order_of_the_files(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def user() -> str:
        found = credentials("h.io", "a/b/c")
        assert found is not None
        return found.user

    write(own_home / ".docker/config.json", {"auths": {"h.io": packed("docker")}})
    assert user() == "docker"
    monkeypatch.setenv("DOCKER_CONFIG", str(own_home / "elsewhere"))
    write(own_home / "elsewhere/config.json", {"auths": {"h.io": packed("elsewhere")}})
    assert user() == "elsewhere"
    write(own_home / ".config/containers/auth.json", {"auths": {"h.io": packed("containers")}})
    assert user() == "containers"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(own_home / "xdg"))
    write(own_home / "xdg/containers/auth.json", {"auths": {"h.io": packed("xdg")}})
    assert user() == "xdg"
    auths = {"h.io": packed("host"), "h.io/a": packed("folder"), "h.io/a/b/c": packed("repository")}
    write(own_home / "run/containers/auth.json", {"auths": auths})
    assert user() == "repository"
    del auths["h.io/a/b/c"]
    write(own_home / "run/containers/auth.json", {"auths": auths})
    assert user() == "folder"
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(write(own_home / "named.json", {"auths": {}})))
    assert credentials("h.io", "a/b/c") is None


def test_tokens(own_home: Path) -> None:
    entry = {**packed("me", ""), "identitytoken": "refresh"}
    write(own_home / ".docker/config.json", {"auths": {"a.io": entry, "b.io": {"registrytoken": "bearer"}}})
    found, other = credentials("a.io", "x"), credentials("b.io", "x")
    assert found is not None
    assert other is not None
    assert found.identity_token == "refresh"
    assert other.registry_token == "bearer"


def test_a_helper_is_asked_on_standard_input(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper(
        tmp_path / "bin",
        "own",
        f"""read -r server; echo "$* $server" >>{tmp_path}/asked
        echo '{{"ServerURL":"x","Username":"me","Secret":"{SECRET}"}}'""",
        monkeypatch,
    )
    write(own_home / ".docker/config.json", {"credHelpers": {"h.io": "own"}, "auths": {"h.io": {}}})
    assert credentials("h.io", "a") == Credentials("docker-credential-own", "me", SECRET)
    assert credentials("other.io", "a") is None
    write(own_home / ".docker/config.json", {"credsStore": "own"})
    assert credentials("docker.io", "library/a") == Credentials("docker-credential-own", "me", SECRET)
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked == ["get h.io", "get https://index.docker.io/v1/"]


def test_an_identity_token_of_a_helper(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = json.dumps({"Username": "<token>", "Secret": SECRET})
    helper(tmp_path / "bin", "own", f"echo '{answer}'", monkeypatch)
    write(own_home / ".docker/config.json", {"credsStore": "own"})
    assert credentials("h.io", "a") == Credentials("docker-credential-own", identity_token=SECRET)


def test_a_helper_that_knows_nothing_leaves_it_to_the_file(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper(tmp_path / "bin", "own", "echo 'credentials not found in native keychain'; exit 1", monkeypatch)
    write(own_home / ".docker/config.json", {"credsStore": "own", "auths": {"h.io": packed("me")}})
    found = credentials("h.io", "a")
    assert found is not None
    assert found.user == "me"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'the keyring is locked' >&2; exit 1", "docker-credential-own: the keyring is locked"),
        (f"echo 'not JSON {SECRET}'", "docker-credential-own: its answer is not a login"),
        (
            f"""echo '{{"Username": 5, "Secret": "{SECRET}"}}'""",
            "docker-credential-own: its answer is not a login",
        ),
        (
            f"""echo '{{"Username": "a\\ud800", "Secret": "{SECRET}"}}'""",
            "docker-credential-own: its answer is not a login",
        ),
        (f"echo '{'[' * 9000}'", "docker-credential-own: its answer is not a login"),
        ("yes", "docker-credential-own: it says more than 1.00 MiB, which is no login"),
        ("yes >&2", "docker-credential-own: it says more than 1.00 MiB, which is no login"),
        (f"echo '{'no ' * 9000}'; exit 1", f"docker-credential-own: {'no ' * 100}"),
        ("kill -9 $$", "docker-credential-own: exit status -9"),
    ],
)
def test_a_helper_that_fails(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str
) -> None:
    helper(tmp_path / "bin", "own", script, monkeypatch)
    write(own_home / ".docker/config.json", {"credsStore": "own"})
    with pytest.raises(RegistryError) as caught:
        credentials("h.io", "a")
    assert str(caught.value) == said
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "script", ["exec sleep 1000", "sleep 1000 & exit 1", "exec >&- 2>&-; exec sleep 1000"]
)
def test_a_helper_that_does_not_end_is_not_waited_for(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setattr("nixdive.remote.credentials._PATIENCE", 0.3)
    helper(tmp_path / "bin", "own", script, monkeypatch)
    write(own_home / ".docker/config.json", {"credsStore": "own"})
    with pytest.raises(RegistryError, match=r"-own: it did not (answer|end) in 0\.3 seconds"):
        credentials("h.io", "a")


@pytest.mark.parametrize("name", ["../own", "a\0b", "o" * 300, "a\x1b[31m"])
def test_a_word_that_names_no_helper_is_not_started(own_home: Path, name: str) -> None:
    write(own_home / ".docker/config.json", {"credsStore": name})
    with pytest.raises(RegistryError, match="it is not the name of a credential helper") as caught:
        credentials("h.io", "a")
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("token", ["a\nb: c", "\u20ac"])
def test_a_token_that_no_header_can_hold_is_refused(own_home: Path, token: str) -> None:
    write(own_home / ".docker/config.json", {"auths": {"h.io": {"registrytoken": f"{SECRET}{token}"}}})
    with pytest.raises(RegistryError, match="registrytoken is not a token") as caught:
        credentials("h.io", "a")
    assert SECRET not in str(caught.value)


def test_a_helper_that_is_missing(own_home: Path) -> None:
    write(own_home / ".docker/config.json", {"credsStore": "nowhere-to-be-found"})
    with pytest.raises(RegistryError) as caught:
        credentials("h.io", "a")
    assert str(caught.value) == "docker-credential-nowhere-to-be-found: it is not installed"


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"auths": {"h.io": {"auth": "%%%"}}}', '{"auths": {"h.io": {"auth": "/w=="}}}'],
)
def test_a_file_that_is_malformed_is_named(own_home: Path, text: str) -> None:
    file = write(own_home / ".docker/config.json", text)
    with pytest.raises(RegistryError) as caught:
        credentials("h.io", "a")
    assert str(caught.value).startswith(f"{file}: ")


@pytest.mark.parametrize(
    "text", ["", "{}", '{"auths": []}', '{"auths": {"h.io": 5}}', '{"auths": {"h.io": {}}}']
)
def test_a_file_without_a_login(own_home: Path, text: str) -> None:
    write(own_home / ".docker/config.json", text)
    assert credentials("h.io", "a") is None


def test_a_login_does_not_show_its_secrets() -> None:
    shown = repr(Credentials("file", "me", SECRET, SECRET, SECRET))
    assert SECRET not in shown
    assert "me" in shown
