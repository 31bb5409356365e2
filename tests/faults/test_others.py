"""Other programs, temporary files and secrets: what of this one is seen or obeyed elsewhere."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from nixdive.errors import SourceError, masked
from tests.faults.attack import made_image
from tests.program import run
from tests.remote.registry_here import RegistryHere
from tests.store.nix.programs import put, saying

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_STORE = f"/nix/store/{'0' * 32}"
_SECRET = "s3cr3t-W0rd"
_LOGIN = base64.b64encode(f"me:{_SECRET}".encode()).decode()


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tmp").mkdir()
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "DOCKER_CONFIG"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[RegistryHere]:
    """A registry that wants a login, which the file of docker's logins has."""
    with RegistryHere(user=f"me:{_SECRET}") as here:
        (tmp_path / "home").mkdir(exist_ok=True)
        (tmp_path / "home/config.json").write_text(json.dumps({"auths": {here.host: {"auth": _LOGIN}}}))
        yield here


@pytest.mark.parametrize("word", ["--impure", "-f", "--option", "--store=x", "-I", "--", "--help"])
def test_no_program_takes_a_word_for_an_option(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trial: Callable[[], int]
) -> None:
    """What the user named comes behind --, or is only the end of an argument."""
    body = f"echo END >> $0.words\n{saying(tmp_path, '', '', 1)}"
    logs = [put(tmp_path, monkeypatch, name, body) for name in ("nix", "nix-store", "skopeo")]
    image = made_image(tmp_path / "image.tar", 1)
    for words in (
        ("plan", "--", word),
        ("plan", "--", f"nix:{word}"),
        ("plan", "--", f".#{word}"),
        ("plan", f"--against={word}", "--", f"{_STORE}-a"),
        ("write", "-o", "x.tar", f"--contents={word}", "--", f"{_STORE}-a"),
        ("inspect", "--", f"docker-daemon:{word}"),
        ("inspect", "--", f"containers-storage:{word}"),
        ("write", image, "-o", f"docker-daemon:{word}", "--name", "a:1"),
        ("why", "--", f"{_STORE}-a", word),
        ("pack", "-o", "out", "--", word),
    ):
        trial()
        done = run(*words)
        assert done.returncode in {1, 2}, (words, done.stdout)
        assert "Traceback" not in done.stderr
    runs = [one.splitlines() for log in logs if log.exists() for one in log.read_text().split("END\n")]
    assert any(f".#{word}" in one for one in runs)
    for one in runs:
        options = one[: one.index("--")] if "--" in one else one
        assert word not in options, one
        assert all(not option.startswith(f"{word}=") for option in options)


_TEMPORARY = {
    "a packed archive": ("inspect", "packed"),
    "an image in a registry": ("plan", "--strategy", "churn", "REMOTE"),
    "an image for a daemon": ("write", "image.tar", "-o", "docker-daemon:a:1", "--name", "a:1"),
    "an image to a registry": (
        "write",
        "packed",
        "-o",
        "REMOTE",
        "--strategy",
        "churn",
        "--compression",
        "zstd",
    ),
}


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace lists the calls")
@pytest.mark.parametrize("what", _TEMPORARY)
def test_temporary_files_are_for_their_user_alone(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registry: RegistryHere
) -> None:
    image = made_image(tmp_path / "image.tar", 1)
    (tmp_path / "packed").write_bytes(gzip.compress(image.read_bytes(), 1))
    remote = f"docker://{registry.host}/a:1"
    assert run("write", image, "-o", remote).returncode == 0
    put(tmp_path, monkeypatch, "skopeo", "exit 0\n")
    words = [remote if word == "REMOTE" else word for word in _TEMPORARY[what]]
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    tracer = ["strace", "-f", "-y", "-s", "999", "-qq", "-o", "log", "-e", "trace=openat,open,mkdir,mkdirat"]
    done = subprocess.run(
        [*tracer, "bash", "-c", 'umask 0; exec "$@"', "run", sys.executable, "-m", "nixdive", *words],
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    made = [
        line
        for line in (tmp_path / "log").read_text().splitlines()
        if f"{tmp_path}/tmp" in line and re.search(r"O_CREAT|O_TMPFILE|mkdir", line) and " = -1 " not in line
    ]
    assert made
    for line in made:
        mode = re.search(r", 0([0-7]+)(\)| <)", line)
        assert mode is not None, line
        if ".part/" not in line:  # what is in a folder that nobody else enters may be as it is
            assert not int(mode[1], 8) & 0o077, line
    assert list((tmp_path / "tmp").iterdir()) == []


def test_no_message_holds_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registry: RegistryHere
) -> None:
    host, login = registry.host, f"me:{_SECRET}@{registry.host}"
    image = made_image(tmp_path / "image.tar", 1)
    for name in ("nix", "nix-store"):
        put(tmp_path, monkeypatch, name, f"echo error: cannot fetch git+https://me:{_SECRET}@x/ >&2; exit 1")
    helper = tmp_path / "docker-credential-said"
    helper.write_text(f'#!/bin/sh\necho \'{{"Username": 5, "Secret": "{_SECRET}"}}\'\n')
    helper.chmod(0o755)
    said = ""

    def tried(*words: str, status: int = 1) -> None:
        nonlocal said
        done = run(*words)
        assert done.returncode == status, (words, done.stderr)
        said += done.stdout + done.stderr

    tried("write", str(image), "-o", f"docker://{host}/a:1", status=0)
    tried("inspect", f"docker://{host}/a:1", status=0)
    for words in (
        ("inspect", f"docker://{host}/b:1"),
        ("inspect", f"docker://{login}/a:1"),
        ("write", str(image), "-o", f"docker://{login}/a:1"),
        ("compare", str(image), f"docker://{login}/a:1"),
        ("inspect", f"https://{login}/a.tar"),
        ("plan", f"git+https://{login}/x"),
        ("plan", f"git+https://{login}/x#y"),
        ("plan", f"{_STORE}-a?store=https://{login}"),
    ):
        tried(*words)
    proxy = f"http://me:{_SECRET}@127.0.0.1:9"
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, proxy)
    tried("inspect", "docker://example.invalid/a:1")
    for config in (
        {"auths": {host: {"auth": f"!{_SECRET}"}}},
        {"auths": {host: {"auth": [_SECRET]}}},
        {"auths": {host: _SECRET}},
        {"auths": {host: {"auth": base64.b64encode(f"you:{_SECRET}".encode()).decode()}}},
        {"credHelpers": {host: "said"}},
        {"credsStore": "said"},
    ):
        (tmp_path / "home/config.json").write_text(json.dumps(config))
        tried("inspect", f"docker://{host}/a:1")
    assert "docker login" in said
    for secret in (_SECRET, _LOGIN, base64.b64encode(_SECRET.encode()).decode()):
        assert secret not in said, said[max(said.index(secret) - 200, 0) :][:400]


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace lists the programs")
def test_no_argument_of_a_program_holds_a_secret(tmp_path: Path, registry: RegistryHere) -> None:
    image = made_image(tmp_path / "image.tar", 1)
    for words in (
        ("write", image, "-o", f"docker://{registry.host}/a:1"),
        ("inspect", f"docker://{registry.host}/a:1"),
    ):
        tracer = ["strace", "-f", "-v", "-s", "9999", "-qq", "-o", "log", "-e", "trace=execve"]
        done = subprocess.run(
            [*tracer, sys.executable, "-m", "nixdive", *words], check=False, capture_output=True
        )
        assert done.returncode == 0, done.stderr
        log = (tmp_path / "log").read_text()
        assert _SECRET not in log
        assert _LOGIN not in log


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "git+https://user:hidden@host.invalid/shop#app"),
        ("plan", f"{_STORE}-a", "--store", "https://user:hidden@host.invalid"),
        ("plan", "closure.json", "--against", "git+https://user:hidden@host.invalid/shop#app"),
        ("plan", "git+https://user:p@hidden@host.invalid/shop#app"),
        ("plan", "git+https://ghp_hidden0123456789abcdef@host.invalid/shop#app"),
        ("plan", "https://host.invalid/shop.tar.gz?private_token=hidden#app"),
        ("plan", f"{_STORE}-a", "--store", "https://host.invalid?X-Amz-Signature=hidden&x=1"),
    ],
)
def test_no_program_is_given_a_password_among_its_arguments(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closure.json").write_text(f'[{{"path": "{_STORE}-a", "narSize": 1, "references": []}}]')
    logs = [put(tmp_path, monkeypatch, name, "echo $@ >> $0.words") for name in ("nix", "nix-store")]
    done = run(*words)
    assert done.returncode == 1
    assert "an address with a password is not given to nix" in done.stderr
    assert "hidden" not in done.stderr
    assert not [log for log in logs if log.exists() and "hidden" in log.read_text()]


def test_passwords_in_addresses_are_masked() -> None:
    assert masked("git+https://me:pass@host/x: no") == "git+https://me:***@host/x: no"
    assert masked("http://:pass@host") == "http://:***@host"
    assert masked("http://me:p@ss:1@host/") == "http://me:***@host/"
    assert masked("git+https://ghp_0123456789abcdefghij@host/x") == "git+https://***@host/x"
    assert masked("'s3://b?a=1&sig=x&X-Amz-Signature=y' no") == "'s3://b?a=1&sig=***&X-Amz-Signature=***' no"
    unchanged = (
        "docker://host:5000/a:1@sha256:0", "docker://a:1@sha256:0", "https://me@host:80/", "a:b@c", "oci:x:y",
        "?signal=1&design=2", "git+ssh://git@host/x?ref=token", "https://team@host/x",
    )  # fmt: skip
    for text in unchanged:
        assert masked(text) == text
    error = SourceError("x://a:b@c", hint="y://a:b@c", lines=["z://a:b@c"])
    assert (str(error), error.hint, error.lines) == ("x://a:***@c", "y://a:***@c", ("z://a:***@c",))
