"""Stores that are named by an address: binary caches in a directory and behind HTTP, made by the real Nix."""

from __future__ import annotations

import functools
import http.server
import json
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.conftest import missing, need
from tests.conformance.programs import run
from tests.conformance.test_emit import digest
from tests.conformance.test_nix import NEWER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

NIX = ("--extra-experimental-features", "nix-command")


class Cache:
    """A binary cache with two versions of an application, and a machine with an empty store.

    Attributes:
        url: its address.
        asked: the files that were asked of it, where it is behind HTTP.
        env: variables of nixdive on the machine.
    """

    def __init__(self, url: str, asked: list[str], env: Mapping[str, str]) -> None:
        self.url = url
        self.asked = asked
        self.env = dict(env)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a directory, and notes what it was asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def signed(apps: Mapping[str, Any], debstore: Mapping[str, Any], tmp_path_factory: Any) -> tuple[Path, str]:
    """The directory of a binary cache, and the key that has signed it."""
    need("nix", root=True)
    folder: Path = tmp_path_factory.mktemp("cache")
    secret, public, place = folder / "secret", folder / "public", folder / "cache"
    run("nix-store", "--generate-binary-cache-key", "test-1", secret, public)
    paths = [apps["redis"].path, debstore["apps"]["redis"]["v2"]]
    run("nix", *NIX, "copy", "--to", f"file://{place}?secret-key={secret}&compression=zstd", *paths)
    return place, public.read_text()


@pytest.fixture
def machine(tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    """The variables of a machine whose store is empty."""
    newer = getattr(request, "param", "here") == "newer"
    if newer and not NEWER:
        missing("NIXDIVE_NEWER_NIX names no folder with a newer nix; newer_nix.sh makes one")
    path = f"{NEWER}{os.pathsep}{os.environ['PATH']}" if newer else os.environ["PATH"]
    return {
        "NIX_REMOTE": str(tmp_path / "machine"),
        "XDG_CACHE_HOME": str(tmp_path / "home"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "PATH": path,
    }


@pytest.fixture(params=["file", "http"])
def cache(
    request: pytest.FixtureRequest, signed: tuple[Path, str], machine: dict[str, str], tmp_path: Path
) -> Iterator[Cache]:
    place, key = signed
    env = machine | {"NIX_CONFIG": f"trusted-public-keys = {key}"}
    if request.param == "file":
        yield Cache(f"file://{place}", [], env)
    else:
        handler = type("_Handler", (Handler,), {"asked": []})
        serve = functools.partial(handler, directory=str(place))
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield Cache(f"http://127.0.0.1:{server.server_port}", handler.asked, env)  # type: ignore[attr-defined]
            server.shutdown()
            thread.join()
    run("chmod", "-R", "u+w", tmp_path)


@pytest.mark.parametrize("machine", ["here", "newer"], indirect=True)
def test_a_plan_needs_no_file_and_writing_fetches_them(
    apps: Mapping[str, Any], nixdive: Callable[..., str], cache: Cache, tmp_path: Path
) -> None:
    app = apps["redis"].path
    words = ("--max-layers", "14", "-q")
    plan = json.loads(nixdive("plan", app, *words, "--store", cache.url, "--json", env=cache.env))
    here = json.loads(nixdive("plan", app, *words, "--json"))
    assert plan["layers"] == here["layers"]
    assert not list((tmp_path / "machine/nix/store").glob("*-libc6-*"))
    assert not any(name.startswith("/nar/") for name in cache.asked)
    assert plan["seconds"]["wire_bytes"] != here["seconds"]["wire_bytes"]  # the cache says what packs to what

    nixdive("write", app, *words, "--store", cache.url, "-o", tmp_path / "far.tar", env=cache.env)
    nixdive("write", app, *words, "-o", tmp_path / "near.tar")
    assert digest(tmp_path / "far.tar") == digest(tmp_path / "near.tar")
    assert list((tmp_path / "machine/nix/store").glob("*-libc6-*"))
    assert not cache.asked or any(name.startswith("/nar/") for name in cache.asked)


def test_a_closure_file_says_what_is_fetched(
    apps: Mapping[str, Any], nixdive: Callable[..., str], cache: Cache, tmp_path: Path
) -> None:
    app, file = apps["redis"].path, tmp_path / "closure.json"
    file.write_text(run("nix", *NIX, "path-info", "--json", "--recursive", app))
    nixdive("write", file, "-q", "--store", cache.url, "-o", tmp_path / "far.tar", env=cache.env)
    nixdive("write", app, "-q", "-o", tmp_path / "near.tar")
    assert digest(tmp_path / "far.tar") == digest(tmp_path / "near.tar")


def test_earlier_versions_and_links_come_from_there_too(
    apps: Mapping[str, Any],
    debstore: Mapping[str, Any],
    nixdive: Callable[..., str],
    cache: Cache,
    tmp_path: Path,
) -> None:
    old, new = apps["redis"].path, debstore["apps"]["redis"]["v2"]
    words = (new, "--against", old, "--max-layers", "14", "-q", "--json")
    far = json.loads(nixdive("plan", *words, "--store", cache.url, env=cache.env))
    assert far["against"] == json.loads(nixdive("plan", *words))["against"]
    image = ("--contents", new, "--cmd", f"{old}/bin/redis", "-q", "--nix-db")
    nixdive("write", *image, "--store", cache.url, "-o", tmp_path / "far.tar", env=cache.env)
    nixdive("write", *image, "-o", tmp_path / "near.tar")
    assert digest(tmp_path / "far.tar") == digest(tmp_path / "near.tar")
    replayed = json.loads(nixdive("replay", old, new, "--store", cache.url, "-q", "--json", env=cache.env))
    assert replayed["unavoidable"] == json.loads(nixdive("replay", old, new, "-q", "--json"))["unavoidable"]


def test_what_is_not_there_or_not_trusted_is_said_in_a_line(
    apps: Mapping[str, Any], refused: Callable[..., str], cache: Cache, tmp_path: Path
) -> None:
    app, nothing = apps["redis"].path, f"/nix/store/{'0' * 32}-nothing"
    place = ("--store", cache.url, "-q")
    said = refused("plan", nothing, *place, env=cache.env).splitlines()
    assert said == [f"nixdive: {nothing} is not in {cache.url}"]
    env = cache.env | {"NIX_CONFIG": ""}
    said = refused("write", app, "-o", tmp_path / "x.tar", *place, env=env).splitlines()
    assert said[0].startswith(f"nixdive: {app}: {cache.url}: nix failed: cannot add path '/nix/store/")
    assert said[1].startswith("hint: add the key of that store to trusted-public-keys in nix.conf")
    assert not (tmp_path / "x.tar").exists()
    said = refused("plan", ".#app", *place, env=env).splitlines()
    assert said == ["nixdive: .#app: it is built here, and --store names store paths elsewhere"]


def test_a_root_on_this_machine_is_read_in_place(
    apps: Mapping[str, Any],
    nixdive: Callable[..., str],
    refused: Callable[..., str],
    signed: tuple[Path, str],
    tmp_path: Path,
) -> None:
    app, root = apps["redis"].path, tmp_path / "root"
    run("nix", *NIX, "copy", "--no-check-sigs", "--to", root, app)
    for name in (str(root), f"local?root={root}"):
        nixdive("write", app, "-q", "--store", name, "-o", tmp_path / "there.tar")
        nixdive("write", app, "-q", "-o", tmp_path / "here.tar")
        assert digest(tmp_path / "there.tar") == digest(tmp_path / "here.tar")
    run("chmod", "-R", "u+w", root)
    said = refused("plan", app, "-q", "--store", str(signed[0])).splitlines()
    assert said == [
        f"nixdive: {signed[0]}: it is a binary cache, not a store",
        f"hint: its address is file://{signed[0]}",
    ]
