"""Images in a registry: what is read for a price, what for the files, and what is said when it fails."""

from __future__ import annotations

import base64
import errno
import gc
import gzip
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.digest import digest_of
from nixdive.errors import Cancelled, ImageError, MalformedImageError, RegistryError
from nixdive.image.oci.platform import Platform
from nixdive.image.stored.inspection import inspect_stored
from nixdive.progress import NullProgress
from nixdive.remote import files
from nixdive.remote.image import remote_image
from tests.image.made import layer
from tests.remote.registry_here import INDEX, Faults, RegistryHere, described, errors

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path

    from tests.remote.registry_here import Request

QUIET = NullProgress()
LAYERS = [layer("a=1"), layer("b=2", "c=3")]
AMD64 = Platform("linux", "amd64")


def logged_in(home: Path, host: str, login: dict[str, str]) -> None:
    (home / ".docker").mkdir()
    (home / ".docker/config.json").write_text(json.dumps({"auths": {host: login}}))


def test_a_price_reads_manifest_and_config_alone() -> None:
    with RegistryHere() as here:
        digest = here.add_image("team/app:1", LAYERS, {"author": "me"})
        image = remote_image(here.url("team/app:1"), AMD64, QUIET)
        assert image.entry.digest == digest
        assert image.config["author"] == "me"
        assert [one.digest for one in image.layers] == list(map(digest_of, LAYERS))
        assert [one.size for one in image.layers] == list(map(len, LAYERS))
        assert image.diff_ids == tuple(map(digest_of, LAYERS))
        assert [one.method for one in here.log] == ["GET", "GET"]


def test_the_files_of_an_image() -> None:
    packed = gzip.compress(LAYERS[0] + bytes(files._SMALL * 3))
    with RegistryHere() as here:
        repository = "app"
        plain = gzip.decompress(packed)
        config = json.dumps(
            {"architecture": "amd64", "os": "linux", "rootfs": {"diff_ids": [digest_of(plain)]}}
        )
        layers = [described("application/vnd.oci.image.layer.v1.tar+gzip", packed)]
        described_config = described("application/vnd.oci.image.config.v1+json", config.encode())
        made = {"schemaVersion": 2, "config": described_config, "layers": layers}
        here.add_blob(repository, packed)
        here.add_blob(repository, config.encode())
        here.add_manifest(repository, "1", made)
        image = remote_image(here.url("app:1"), None, QUIET)
        stored = image.stored()
        assert stored.name == f"{here.host}/app:1"
        assert [one.compression for one in stored.layers] == ["gzip"]
        found = inspect_stored(stored, image.files, QUIET)
        assert [entry.name for entry in found.layers[0].index.entries] == [b"/a"]


def big(count: int) -> list[bytes]:
    return [layer(f"{i}={'x' * files._SMALL}") + bytes(files._SMALL) for i in range(count)]


def test_a_layer_is_fetched_when_it_is_read_and_once() -> None:
    with RegistryHere() as here:
        made = big(3)
        here.add_image("app:1", made)
        image = remote_image(here.url("app:1"), None, QUIET)
        stored = image.stored()
        begun = len(here.log)
        assert all(one.body == 0 for one in here.log)
        assert len(here.asked("GET", "/blobs/")) == 1 + 3  # the config, and the beginnings of the layers
        assert b"".join(stored.layers[1].chunks()) == made[1]
        assert len(here.log) == begun + 1
        assert b"".join(stored.layers[1].chunks()) == made[1]
        place = image.files.place(stored.layers[1].member)
        assert place.size == len(made[1])
        assert len(here.log) == begun + 1
        del stored, image
        gc.collect()


def test_a_layer_without_room_is_read_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: FileIO, data: bytes) -> None:
        file.write(data[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files, "_write", full)
    made = big(1)
    with RegistryHere() as here:
        here.add_image("app:1", made)
        image = remote_image(here.url("app:1"), None, QUIET)
        (stored,) = image.stored().layers
        assert [b"".join(stored.chunks()) for _ in range(2)] == made * 2  # fetched twice
        with pytest.raises(ImageError, match=r"cannot be kept in .*: No space left on device") as caught:
            image.files.place(stored.member)
        assert caught.value.hint == "set TMPDIR to a directory with more room"


def test_a_token_that_runs_out_between_pieces_of_a_layer(own_home: Path) -> None:
    made = big(1)
    with RegistryHere(user="me:secret", tokens=True) as here:
        here.add_image("app:1", made)
        logged_in(own_home, here.host, {"auth": base64.b64encode(b"me:secret").decode()})
        (stored,) = remote_image(here.url("app:1"), None, QUIET).stored().layers
        cuts = iter([5000])
        here.faults = Faults(cut=lambda request: next(cuts, None) if "/blobs/" in request.path else None)
        pieces = stored.chunks()
        first = next(pieces, b"")
        here.given.clear()
        assert first + b"".join(pieces) == made[0]
        assert [one.status for one in here.asked("GET", "/blobs/")][-3:] == [200, 401, 206]


@pytest.mark.parametrize("ranges", [True, False])
def test_what_breaks_off_goes_on(ranges: bool) -> None:  # noqa: FBT001
    made = big(1)
    with RegistryHere(ranges=ranges) as here:
        here.add_image("app:1", made)
        stored = remote_image(here.url("app:1"), None, QUIET).stored()
        cuts = iter([5000, 70_000])
        here.faults.cut = lambda _: next(cuts, None)
        assert b"".join(stored.layers[0].chunks()) == made[0]


def test_what_breaks_off_goes_on_where_a_range_without_an_end_is_refused() -> None:
    made = big(1)
    with RegistryHere() as here:
        here.add_image("app:1", made)
        stored = remote_image(here.url("app:1"), None, QUIET).stored()
        cuts = iter([5000])
        here.faults.cut = lambda _: next(cuts, None)
        here.faults.answer = lambda request: (
            (416, {}, b"{}") if request.headers.get("range", "").endswith("-") else None
        )
        assert b"".join(stored.layers[0].chunks()) == made[0]
        assert [one.status for one in here.asked("GET", "/blobs/")][-3:] == [200, 416, 200]


def test_a_range_that_ends_behind_a_blob_may_be_refused() -> None:
    made = big(1)
    with RegistryHere() as here:
        here.add_image("app:1", made)
        here.faults.answer = lambda request: (416, {}, b"{}") if "range" in request.headers else None
        (stored,) = remote_image(here.url("app:1"), None, QUIET).stored().layers
        assert stored.fault == ""
        assert b"".join(stored.chunks()) == made[0]


def test_a_blob_that_is_another_one_is_refused() -> None:
    made = big(1)
    with RegistryHere() as here:
        here.add_image("app:1", made)
        here.store.blobs["app"][digest_of(made[0])] = made[0][:-1] + b"x"
        stored = remote_image(here.url("app:1"), None, QUIET).stored()
        with pytest.raises(
            MalformedImageError, match=f"{digest_of(made[0])}: what the registry sends is sha256:"
        ):
            b"".join(stored.layers[0].chunks())


def test_a_layer_that_is_missing_hides_no_other() -> None:
    made = big(2)
    with RegistryHere() as here:
        here.add_image("app:1", made)
        del here.store.blobs["app"][digest_of(made[0])]
        stored = remote_image(here.url("app:1"), None, QUIET).stored()
        assert [one.fault for one in stored.layers] == ["the registry does not have it", ""]
        assert b"".join(stored.layers[1].chunks()) == made[1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rootfs": {"diff_ids": []}}, "the manifest has 2 layers, its config 0 diff_ids"),
        ({"rootfs": 5}, "it has no list of diff_ids"),
    ],
)
def test_documents_that_do_not_fit(change: dict[str, Any], said: str) -> None:
    with RegistryHere() as here:
        here.add_image("app:1", LAYERS, change)
        with pytest.raises(MalformedImageError, match=said):
            remote_image(here.url("app:1"), None, QUIET)


def test_a_platform_of_an_index_is_chosen_and_the_others_are_not_read() -> None:
    with RegistryHere() as here:
        digests = {
            name: here.add_image("app:", [LAYERS[place]], {"architecture": name})
            for place, name in enumerate(("amd64", "arm64"))
        }
        entries = [
            {"mediaType": here.store.manifests["app"][digest][0], "digest": digest, "size": 1}
            | {"platform": {"os": "linux", "architecture": name}}
            for name, digest in digests.items()
        ]
        attested = {**entries[0], "platform": {"os": "unknown", "architecture": "unknown"}}
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [attested, *entries]}
        here.add_manifest("app", "1", index, INDEX)
        for name, digest in digests.items():
            here.log.clear()
            image = remote_image(here.url("app:1"), Platform("linux", name), QUIET)
            assert image.entry.digest == digest
            assert image.config["architecture"] == name
            assert len(here.log) == 3
        with pytest.raises(ImageError, match="it is for linux/amd64 and linux/arm64, not for linux/s390x"):
            remote_image(here.url("app:1"), Platform("linux", "s390x"), QUIET)


def test_a_digest_is_held_against_what_comes() -> None:
    with RegistryHere() as here:
        digest = here.add_image("app:1", LAYERS)
        assert remote_image(here.url(f"app@{digest}"), None, QUIET).entry.digest == digest
        kind, data = here.store.manifests["app"][digest]
        here.store.manifests["app"][digest] = kind, data + b" "
        with pytest.raises(MalformedImageError, match=f"the registry sends sha256:.* for {digest}"):
            remote_image(here.url(f"app@{digest}"), None, QUIET)


@pytest.mark.parametrize("tokens", [False, True])
def test_a_login_from_the_file(own_home: Path, tokens: bool) -> None:  # noqa: FBT001
    with RegistryHere(user="me:secret", tokens=tokens) as here:
        here.add_image("app:1", LAYERS)
        with pytest.raises(RegistryError) as caught:
            remote_image(here.url("app:1"), None, QUIET)
        assert caught.value.status == 401
        logged_in(own_home, here.host, {"username": "me", "password": "secret"})
        here.log.clear()
        stored = remote_image(here.url("app:1"), None, QUIET).stored()
        assert len(stored.layers) == 2
        assert len([one for one in here.log if one.status == 401]) == 1
        assert len(here.asked("GET", "/token")) == tokens


def test_a_token_that_has_run_out_is_asked_for_anew(own_home: Path) -> None:
    made = big(1)
    with RegistryHere(user="me:secret", tokens=True) as here:
        logged_in(own_home, here.host, {"username": "me", "password": "secret"})
        here.add_image("app:1", made)
        stored = remote_image(here.url("app:1"), None, QUIET).stored()
        here.given.clear()
        assert b"".join(stored.layers[0].chunks()) == made[0]
        assert len(here.asked("GET", "/token")) == 2


def test_an_identity_token(own_home: Path) -> None:
    with RegistryHere(identity="long", tokens=True) as here:
        logged_in(own_home, here.host, {"identitytoken": "long"})
        here.add_image("app:1", LAYERS)
        assert remote_image(here.url("app:1"), None, QUIET).layers
        assert len(here.asked("POST", "/token")) == 1


def test_a_wrong_login_is_named_by_where_it_comes_from(own_home: Path) -> None:
    with RegistryHere(user="me:secret") as here:
        logged_in(own_home, here.host, {"username": "me", "password": "wrong-secret"})
        with pytest.raises(RegistryError) as caught:
            remote_image(here.url("app:1"), None, QUIET)
        file = own_home / ".docker/config.json"
        assert f"the registry does not accept the login from {file}" in str(caught.value)
        assert caught.value.hint is not None
        assert f"docker login {here.host}" in caught.value.hint
        assert "wrong-secret" not in f"{caught.value}{caught.value.hint}"


def test_a_login_is_not_sent_on_to_another_host(own_home: Path) -> None:
    made = big(1)
    with RegistryHere(user="me:secret") as here, RegistryHere() as storage:
        logged_in(own_home, here.host, {"username": "me", "password": "secret"})
        here.add_image("app:1", made)
        storage.add_image("app:1", made)

        def elsewhere(request: Request) -> tuple[int, dict[str, str], bytes] | None:
            if "/blobs/" not in request.path:
                return None
            return 307, {"Location": f"http://{storage.host}{request.path}"}, b""

        here.faults.answer = elsewhere
        stored = remote_image(here.url("app:1"), None, QUIET).stored()
        assert b"".join(stored.layers[0].chunks()) == made[0]
        assert any("authorization" in one.headers for one in here.log)
        assert storage.log
        assert not any("authorization" in one.headers for one in storage.log)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(status: int) -> None:
    with RegistryHere() as here:
        here.add_image("app:1", LAYERS)
        left = iter([status, status])

        def answer(_: Request) -> tuple[int, dict[str, str], bytes] | None:
            found = next(left, None)
            return None if found is None else (found, {"Retry-After": "0"}, errors("TOOMANYREQUESTS"))

        here.faults = Faults(answer)
        assert remote_image(here.url("app:1"), None, QUIET).layers
        assert len(here.log) == 4


def test_a_registry_that_wants_to_be_left_alone_for_long_is_left_alone() -> None:
    with RegistryHere() as here:
        here.faults = Faults(lambda _: (429, {"Retry-After": "3600"}, errors("TOOMANYREQUESTS")))
        with pytest.raises(RegistryError) as caught:
            remote_image(here.url("app:1"), None, QUIET)
        assert caught.value.hint == "try again in 3600 seconds; registries allow more with a login"
        assert len(here.log) == 1


def test_a_connection_that_is_cut_is_made_again() -> None:
    with RegistryHere() as here:
        here.add_image("app:1", LAYERS)
        cuts = iter([0])
        here.faults.cut = lambda _: next(cuts, None)
        assert remote_image(here.url("app:1"), None, QUIET).layers


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, errors("MANIFEST_UNKNOWN"), "there is no such image: manifest unknown"),
        (403, errors("DENIED"), "the registry denies it without a login: denied"),
        (400, b"\x1b[31mred", "the registry refused: 400 Bad Request"),
        (418, b'{"errors": [{"message": 5}]}', "the registry refused: 418 I'm a Teapot"),
        (599, b"[" * 10_000, "the registry failed: status 599"),
        (
            403,
            b'{"errors": [{"code": "DENIED", "message": "quota exceeded"}]}',
            "the registry has no room for it",
        ),
    ],
)
def test_refusals(status: int, body: bytes, said: str) -> None:
    with RegistryHere() as here:
        here.faults = Faults(lambda _: (status, {"Docker-Distribution-Api-Version": "registry/2.0"}, body))
        with pytest.raises(RegistryError) as caught:
            remote_image(here.url("app:1"), None, QUIET)
        assert str(caught.value).startswith(f"{here.url('app:1')}: {said}")
        assert caught.value.status == status


def test_no_registry_there() -> None:
    with RegistryHere() as here:
        url = here.url("app:1")
    with pytest.raises(RegistryError) as caught:
        remote_image(url, None, QUIET)
    assert str(caught.value) == f"{url}: {here.host} refuses connections"


def test_no_such_host() -> None:
    with pytest.raises(RegistryError) as caught:
        remote_image("docker://nowhere.invalid/app:1", None, QUIET)
    assert str(caught.value) == "docker://nowhere.invalid/app:1: no such host: nowhere.invalid"


def test_it_can_be_stopped() -> None:
    class Stopped(NullProgress):
        def cancelled(self) -> bool:
            return True

    with RegistryHere() as here, pytest.raises(Cancelled):
        remote_image(here.url("app:1"), None, Stopped())


def test_an_artifact_is_no_image() -> None:
    with RegistryHere() as here:
        empty = described(
            "application/vnd.oci.empty.v1+json", here.store.blobs["app"].setdefault(digest_of(b"{}"), b"{}")
        )
        made = {"schemaVersion": 2, "artifactType": "application/vnd.chart", "config": empty, "layers": []}
        here.add_manifest("app", "1", made)
        with pytest.raises(
            MalformedImageError,
            match=r"it is not an image, but an artifact of the type application/vnd\.chart",
        ):
            remote_image(here.url("app:1"), None, QUIET)
