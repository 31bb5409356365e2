"""Real registries: pushing to them and reading from them, with and without a login, over bad links."""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.digest import digest_of
from tests.conformance import registries
from tests.conformance.conftest import need
from tests.conformance.programs import own_folder
from tests.conformance.tokens import CERTIFICATE, ISSUER, SERVICE, Signer, token_server
from tests.image.layouts import AMD64, ARM64, NAME, Layout
from tests.image.made import layer
from tests.patience import PATIENCE
from tests.remote.link import Link
from tests.remote.turns import in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Run = Callable[..., str]

KINDS = ["docker-registry", "registry", "crane"]  # distribution 2, distribution 3, go-containerregistry
PASSWORD = "secret"  # of the registries here
HASHED = "$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a"  # of it, by bcrypt
LOGINS = ["basic", "token"]


@dataclass(frozen=True)
class Running:
    """A registry that runs, and how it is reached.

    Attributes:
        kind: its program.
        host: HOST:PORT.
        env: variables that name what is needed for it.
    """

    kind: str
    host: str
    env: Mapping[str, str]


@pytest.fixture(scope="module")
def cache() -> Iterator[Mapping[str, str]]:
    """Variables that name a cache: each layer is compressed once for all tests here."""
    with own_folder("cache") as folder:
        yield {"XDG_CACHE_HOME": str(folder)}


@pytest.fixture(params=KINDS)
def running(request: pytest.FixtureRequest, cache: Mapping[str, str]) -> Iterator[Running]:
    need(request.param)
    with registries.registry(request.param) as host:
        yield Running(request.param, host, cache)


@pytest.fixture(
    scope="module", params=[f"{kind} {login}" for kind in KINDS for login in LOGINS if kind != "crane"]
)
def locked(request: pytest.FixtureRequest, cache: Mapping[str, str]) -> Iterator[Running]:
    """A registry that wants a login, which is in a file."""
    kind, login = request.param.split()
    need(kind, "openssl")
    with own_folder("login") as folder, token_server(Signer.make(folder), f"me:{PASSWORD}") as realm:
        (folder / "htpasswd").write_text(f"me:{HASHED}\n")
        more = {
            "basic": f"auth: {{htpasswd: {{realm: here, path: {folder}/htpasswd}}}}",
            "token": f'auth: {{token: {{realm: "{realm}", service: {SERVICE}, issuer: {ISSUER}, '
            f"rootcertbundle: {folder}/{CERTIFICATE}}}}}",
        }[login]
        with registries.registry(kind, [more]) as host:
            packed = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
            auth = folder / "auth.json"
            auth.write_text(json.dumps({"auths": {host: {"auth": packed}}}))
            yield Running(kind, host, {**cache, "REGISTRY_AUTH_FILE": str(auth)})


WRITE = ("write", "--max-layers", "25", "--json", "-q")


def test_an_image_goes_in_and_comes_out(
    apps: Mapping[str, Any], nixdive: Run, running: Running, tmp_path: Path
) -> None:
    app, env = apps["redis"].path, running.env
    place = f"docker://{running.host}/team/redis:v1"
    first = json.loads(nixdive(*WRITE, app, "-o", place, env=env))
    count = len(first["layers"])
    assert first["pushed"] == {"sent": count, "mounted": 0, "there": 0}
    nixdive(*WRITE, app, "-o", tmp_path / "layout", "--format", "oci", env=env)
    layout = json.loads((tmp_path / "layout/index.json").read_text())
    assert layout["manifests"][0]["digest"] == first["manifest_digest"]
    again = json.loads(nixdive(*WRITE, app, "-o", place, env=env))
    assert again["pushed"] == {"sent": 0, "mounted": 0, "there": count}
    assert layers_of(nixdive("inspect", place, "--json", "-q")) == layers_of(first)
    nixdive("write", place, "-o", tmp_path / "again", "--format", "oci", "-q")
    blobs = {file.name for file in (tmp_path / "again/blobs/sha256").iterdir()}
    assert {digest.removeprefix("sha256:") for digest in layers_of(first)} <= blobs


def layers_of(document: str | Mapping[str, Any]) -> list[str]:
    found = json.loads(document) if isinstance(document, str) else document
    return [layer["digest"] for layer in found["layers"]]


def test_layers_of_another_repository_are_mounted(
    apps: Mapping[str, Any], nixdive: Run, running: Running
) -> None:
    app, env = apps["redis"].path, running.env
    old, new = (f"docker://{running.host}/{name}/redis:v1" for name in ("old", "new"))
    first = json.loads(nixdive(*WRITE, app, "-o", old, env=env))
    popular = ("--strategy", "popularity")
    second = json.loads(nixdive(*WRITE, app, "-o", new, *popular, "--against", old, env=env))
    shared, all_of_it = {*layers_of(first)} & {*layers_of(second)}, {*layers_of(second)}
    assert shared
    mounted = 0 if running.kind == "crane" else len(shared)  # crane's begins an upload instead
    assert second["pushed"] == {"sent": len(all_of_it) - mounted, "mounted": mounted, "there": 0}
    assert layers_of(nixdive("inspect", new, "--json", "-q")) == layers_of(second)


def test_a_login_is_taken_from_the_file(
    apps: Mapping[str, Any], nixdive: Run, refused: Run, locked: Running
) -> None:
    app, env = apps["redis"].path, locked.env
    place, other = (f"docker://{locked.host}/{name}/redis:v1" for name in ("team", "other"))
    assert f"docker login {locked.host}" in refused(*WRITE, app, "-o", place)
    first = json.loads(nixdive(*WRITE, app, "-o", place, env=env))
    assert first["pushed"]["sent"] == len(first["layers"])
    told = json.loads(nixdive("plan", app, "--against", place, "--json", "-q", env=env))
    assert told["against"]
    second = json.loads(nixdive(*WRITE, app, "-o", other, "--against", place, env=env))
    assert second["pushed"] == {"sent": 0, "mounted": len(first["layers"]), "there": 0}


@pytest.mark.parametrize("fault", ["cut", "busy"])
def test_a_bad_link(apps: Mapping[str, Any], nixdive: Run, running: Running, fault: str) -> None:
    """Half of the first connections break off in the middle of an upload, or are answered by 429."""
    app, env = apps["redis"].path, running.env

    def is_bad(number: int) -> bool:
        return bool(number % 2) and number < 30

    def cut(number: int) -> int | None:
        return 700_000 if fault == "cut" and is_bad(number) else None

    def busy(number: int) -> bool:
        return fault == "busy" and is_bad(number)

    name = "app/redis:v1"
    with Link(running.host, cut=cut, busy=busy) as link:
        written = json.loads(nixdive(*WRITE, app, "-o", f"docker://{link.host}/{name}", env=env))
        assert link.faults
    seen = nixdive("inspect", f"docker://{running.host}/{name}", "--json", "-q")
    assert layers_of(seen) == layers_of(written)


def test_few_requests_in_turn(apps: Mapping[str, Any], nixdive: Run, running: Running) -> None:
    app, env = apps["redis"].path, running.env
    with Link(running.host, delay=0.025) as link:
        place = f"docker://{link.host}/turns/redis:v1"
        nixdive(*WRITE, app, "-o", place, env=env)
        link.log.clear()
        nixdive(*WRITE, app, "-o", place, env=env)
        assert sorted(one.method for one in link.log if one.method != "DELETE") == ["GET", "POST", "PUT"]
        assert in_turn(link.log) <= 3


def test_an_index_goes_in_with_what_is_about_its_images(
    nixdive: Run, running: Running, tmp_path: Path
) -> None:
    need("skopeo")
    images = []
    for name, platform in (("amd64", AMD64), ("arm64", ARM64)):
        layout = Layout(tmp_path / name)
        image = layout.image(layer(f"etc/name={name}"), platform=platform, annotations={NAME: "shop:2"})
        images.append(image["digest"])
        layout.list(image, layout.attestation(image), layout.signature(image), layout.cosign(image))
    places, to = [tmp_path / "amd64", tmp_path / "arm64"], f"docker://{running.host}/team/shop"
    words = ("--title", "Shop", "--json", "-q")
    written = json.loads(nixdive("index", *places, "-o", f"{to}:2", *words, env=running.env))
    raw = skopeo("inspect", "--raw", f"{to}:2")
    assert digest_of(raw) == written["digest"]
    index = json.loads(raw)
    assert [one["digest"] for one in index["manifests"][:2]] == images
    assert len(index["manifests"]) == 4
    assert len(written["companions"]) == 4
    for one in written["companions"]:
        reference = f":{one['tag']}" if one["tag"] else f"@{one['digest']}"
        assert digest_of(skopeo("inspect", "--raw", f"{to}{reference}")) == one["digest"]
    skopeo("copy", "--all", "--preserve-digests", f"{to}:2", f"oci:{tmp_path / 'back'}:2")
    entries = json.loads((tmp_path / "back/index.json").read_bytes())["manifests"]
    assert [entry["digest"] for entry in entries] == [written["digest"]]
    assert "is right, of 2 images\n" in nixdive("verify", tmp_path / "back")


def skopeo(command: str, *words: str) -> bytes:
    """What skopeo says; the registries here speak without TLS."""
    plain = {"inspect": ["--tls-verify=false"], "copy": ["--src-tls-verify=false"]}[command]
    done = subprocess.run(
        ["skopeo", command, *plain, *words], capture_output=True, check=True, timeout=PATIENCE
    )
    return done.stdout
