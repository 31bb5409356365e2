"""Pushing: a layout's bytes, nothing that the registry has, few requests in turn, no half images."""

from __future__ import annotations

import json
import random
import threading
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.cache.folder import Folder
from nixdive.cache.layers import LayerCache
from nixdive.contents.disk import DiskContents
from nixdive.digest import digest_of
from nixdive.errors import Cancelled, ImageError, RegistryError
from nixdive.image.base import BaseImage
from nixdive.image.oci.spec import ImageSpec
from nixdive.image.to_write import ImageToWrite
from nixdive.image.write import write_image
from nixdive.image.written import Pushed
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.request import PlanRequest
from nixdive.progress import NullProgress
from nixdive.remote import registry, repository, shipping, spool
from nixdive.remote.approach import Approach
from nixdive.remote.push import push_image
from nixdive.store.path import StorePath
from tests.image.made import archive
from tests.image.made import layer as tar_of
from tests.patience import PATIENCE
from tests.remote.registry_here import Faults, RegistryHere, errors
from tests.remote.turns import in_turn
from tests.settled import settled_files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nixdive.contents.entry import FileEntry
    from nixdive.image.written import WrittenImage
    from tests.remote.registry_here import Request

__all__ = ["settled_files"]

QUIET = NullProgress()
DIGITS = "0123456789abcdfghijk"
PATHS = tuple(StorePath(f"/nix/store/{digit * 32}-path-{digit}") for digit in DIGITS)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with store paths of 20 to 400 kB that hardly compress."""
    chance = random.Random(5)
    root = tmp_path_factory.mktemp("root")
    for number, path in enumerate(PATHS):
        folder = root / path[1:]
        folder.mkdir(parents=True)
        (folder / "data").write_bytes(chance.randbytes(20_000 * (number + 1)))
    return root


def plan_of(paths: Sequence[StorePath] = PATHS, *more: Layer) -> LayerPlan:
    layers = (*more, *(Layer(LayerKind.STORE, (path,), 1, "test") for path in paths))
    return LayerPlan(PlanRequest("each"), layers)


def push(root: Path, target: str, plan: LayerPlan | None = None, **options: Any) -> WrittenImage:
    spec = ImageSpec("app:1", compression=options.pop("compression", "gzip"))
    progress = options.pop("progress", QUIET)
    image = ImageToWrite(plan or plan_of(), spec, DiskContents(root), options.pop("base", None))
    with Approach(target, options.pop("against", ()), progress) as to:
        return push_image(image, to, jobs=2, progress=progress, **options)


@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
def test_the_bytes_are_those_of_a_layout(root: Path, tmp_path: Path, compression: str) -> None:
    layout = tmp_path / "layout"
    spec = ImageSpec("app:1", image_format="oci", compression=compression)
    written = write_image(ImageToWrite(plan_of(), spec, DiskContents(root)), layout)
    with RegistryHere() as here:
        pushed = push(root, here.url("team/app:1"), compression=compression)
        assert pushed.pushed == Pushed(len(PATHS), 0, 0)
        assert (pushed.manifest_digest, pushed.config_digest) == (
            written.manifest_digest,
            written.config_digest,
        )
        assert pushed.layers == written.layers
        _, manifest = here.store.manifests["team/app"]["1"]
        files = {file.name: file.read_bytes() for file in (layout / "blobs/sha256").iterdir()}
        assert manifest == files.pop(written.manifest_digest.removeprefix("sha256:"))
        assert {
            name.removeprefix("sha256:"): data for name, data in here.store.blobs["team/app"].items()
        } == files
        assert pushed.bytes_written == sum(one.body for one in here.log)


def test_what_is_there_is_not_sent_again(root: Path) -> None:
    with RegistryHere() as here:
        push(root, here.url("app:1"))
        here.log.clear()
        assert push(root, here.url("app:2")).pushed == Pushed(0, 0, len(PATHS))
        assert len(here.asked("HEAD")) == len(PATHS)
        assert not here.asked("PATCH")
        assert len(here.asked("PUT", "/blobs/")) == 1  # the config, which is not asked for


def test_the_blobs_of_the_manifest_that_the_tag_has_are_not_asked_for(root: Path) -> None:
    with RegistryHere() as here:
        push(root, here.url("app:1"))
        here.log.clear()
        push(root, here.url("app:1"))
        assert [one.method for one in here.log if one.method != "DELETE"] in (
            ["GET", "POST", "PUT"],
            ["POST", "GET", "PUT"],
        )
        assert not here.store.uploads.keys() - {"u0-done"} or here.asked("DELETE")


def test_the_blobs_of_an_earlier_image_are_not_asked_for(root: Path) -> None:
    with RegistryHere() as here:
        push(root, here.url("app:1"), plan_of(PATHS[1:]))
        here.log.clear()
        pushed = push(
            root, here.url("app:2"), against=["./file.tar", here.url("app:1"), "docker://other.io/app:1"]
        )
        assert pushed.pushed == Pushed(1, 0, len(PATHS) - 1)
        assert not here.asked("HEAD")
        assert len(here.asked("POST")) == 2
        assert len(here.asked("PUT", "/blobs/")) == 2


def half_known(root: Path, here: RegistryHere) -> None:
    """Push an image with half of the layers, and put the others there as well; no manifest names them."""
    push(root, here.url("app:1"))
    _, manifest = here.store.manifests["app"]["1"]
    value = json.loads(manifest)
    value["layers"] = value["layers"][::2]
    here.add_manifest("app", "2", value)
    here.log.clear()


def test_what_is_there_and_in_no_manifest_is_found_in_one_request(root: Path) -> None:
    with RegistryHere() as here:
        half_known(root, here)
        assert push(root, here.url("app:2")).pushed == Pushed(0, 0, len(PATHS))
        assert not here.asked("HEAD")
        assert len(here.asked("POST")) == 1 + len(PATHS) // 2
        assert not here.asked("PATCH")
        assert not here.asked("PUT", "/blobs/")


@pytest.mark.parametrize("status", [400, 403, 404, 405, 501])
def test_a_registry_that_refuses_such_mounts_is_asked_otherwise(root: Path, status: int) -> None:
    with RegistryHere() as here:
        half_known(root, here)

        def refuse(request: Request) -> tuple[int, dict[str, str], bytes] | None:
            return (status, {}, errors("UNSUPPORTED")) if "mount=" in request.path else None

        here.faults = Faults(refuse)
        assert push(root, here.url("app:2")).pushed == Pushed(0, 0, len(PATHS))
        assert len(here.asked("HEAD")) == len(PATHS) // 2
        assert len(here.asked("POST", "mount=")) <= registry.MOST_CONNECTIONS


def test_a_large_blob_is_asked_for_before_it_is_sent(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipping, "WHOLE", 1000)
    with RegistryHere(mounts=False) as here:
        half_known(root, here)
        assert push(root, here.url("app:2")).pushed == Pushed(0, 0, len(PATHS))
        assert len(here.asked("HEAD")) == len(PATHS) // 2


def test_blobs_of_another_repository_are_mounted(root: Path) -> None:
    with RegistryHere() as here:
        push(root, here.url("old/app:1"), plan_of(PATHS[1:]))
        here.log.clear()
        pushed = push(root, here.url("new/app:1"), against=[here.url("old/app:1")])
        assert pushed.pushed == Pushed(1, len(PATHS) - 1, 0)
        assert len(here.asked("HEAD")) == 1
        assert set(here.store.blobs["new/app"]) >= {one.digest for one in pushed.layers}


def test_a_registry_that_does_not_mount_gets_the_blobs(root: Path) -> None:
    with RegistryHere(mounts=False) as here:
        push(root, here.url("old/app:1"), plan_of(PATHS[1:]))
        here.log.clear()
        pushed = push(root, here.url("new/app:1"), against=[here.url("old/app:1")])
        assert pushed.pushed == Pushed(len(PATHS), 0, 0)
        # where an upload was begun instead of a mount, it goes on there
        assert len(here.asked("POST")) == len(PATHS) + 1


def test_what_a_manifest_promised_in_vain_is_sent(root: Path) -> None:
    with RegistryHere() as here:
        first = push(root, here.url("app:1"))
        gone = [first.layers[0].digest, first.layers[7].digest, first.config_digest]
        for digest in gone:
            del here.store.blobs["app"][digest]
        here.log.clear()
        pushed = push(root, here.url("app:1"))
        assert pushed.manifest_digest == first.manifest_digest
        assert pushed.pushed == Pushed(2, 0, len(PATHS) - 2)
        assert set(here.store.blobs["app"]) >= set(gone)
        assert len(here.asked("PUT", "/manifests/")) == 2


def test_a_manifest_that_is_refused_for_another_reason_is_not_put_twice(root: Path) -> None:
    with RegistryHere() as here:
        push(root, here.url("app:1"))

        def refuse(request: Request) -> tuple[int, dict[str, str], bytes] | None:
            if request.method == "PUT" and "/manifests/" in request.path:
                return 400, {}, errors("MANIFEST_INVALID")
            return None

        here.faults = Faults(refuse)
        here.log.clear()
        with pytest.raises(RegistryError, match="manifest invalid"):
            push(root, here.url("app:1"))
        assert len(here.asked("PUT", "/manifests/")) == 1


def many(root: Path) -> tuple[LayerPlan, LayerPlan]:
    """Two plans of 125 layers, of which one small one differs."""
    names = [f"{a}{b}" for a in DIGITS for b in DIGITS][:126]
    paths = [StorePath(f"/nix/store/{name * 16}-small") for name in names]
    for path in paths:
        folder = root / path[1:]
        if not folder.exists():
            folder.mkdir(parents=True)
            (folder / "data").write_bytes(path.encode())
    return plan_of(paths[:125]), plan_of([*paths[:60], paths[125], *paths[61:125]])


def test_one_small_layer_of_125_changed(root: Path, tmp_path: Path) -> None:
    before, after = many(root)
    cache = LayerCache(Folder.open(tmp_path / "cache"), 1 << 30, lambda _: None)
    with RegistryHere() as here:
        push(root, here.url("app:1"), before, cache=cache)
        here.log.clear()
        connections = here.connections
        here.delay = 0.2  # longer than a busy machine takes between two requests
        assert push(root, here.url("app:1"), after, cache=cache).pushed == Pushed(1, 0, 124)
        here.delay = 0
        assert len(here.log) == 6  # manifest, upload for the config; layer: begun, sent; config, manifest
        assert in_turn(here.log) <= 4
        assert here.connections - connections <= 4


def test_many_blobs_are_asked_for_and_sent_at_once(root: Path) -> None:
    before, _ = many(root)
    with RegistryHere(delay=0.02) as here:
        push(root, here.url("app:1"), before)
        assert in_turn(here.log) < len(here.log) / 4
        assert here.connections <= registry.MOST_CONNECTIONS
        here.log.clear()
        push(root, here.url("app:2"), before)
        assert in_turn(here.log) < len(here.log) / 4


def test_nothing_is_read_that_cache_and_manifest_know(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = LayerCache(Folder.open(tmp_path / "cache"), 1 << 30, lambda _: None)
    with RegistryHere() as here:
        first = push(root, here.url("app:1"), cache=cache)
        read: list[bytes] = []
        was = DiskContents.read_into

        def counted(self: DiskContents, entry: FileEntry, buffer: memoryview) -> int:
            read.append(entry.name)
            return was(self, entry, buffer)

        monkeypatch.setattr(DiskContents, "read_into", counted)
        assert push(root, here.url("app:1"), cache=cache).manifest_digest == first.manifest_digest
        assert not read
        # what the registry lacks comes out of the cache
        del here.store.blobs["app"][first.layers[3].digest]
        assert push(root, here.url("app:2"), cache=cache).pushed == Pushed(1, 0, len(PATHS) - 1)
        assert not read


def test_of_a_path_that_has_moved_its_two_layers_are_read_and_sent(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = LayerCache(Folder.open(tmp_path / "cache"), 1 << 30, lambda _: None)
    low, *others = ((path,) for path in PATHS)
    read: set[bytes] = set()
    was = DiskContents.read_into

    def noted(self: DiskContents, entry: FileEntry, buffer: memoryview) -> int:
        read.add(entry.name)
        return was(self, entry, buffer)

    def layers(*groups: tuple[StorePath, ...]) -> LayerPlan:
        return LayerPlan(
            PlanRequest("each"), tuple(Layer(LayerKind.STORE, group, 1, "test") for group in groups)
        )

    with RegistryHere() as here:
        push(root, here.url("app:1"), layers((*low, *others[0]), *others[1:]), cache=cache)
        monkeypatch.setattr(DiskContents, "read_into", noted)
        moved = push(root, here.url("app:1"), layers(low, (*others[0], *others[1]), *others[2:]), cache=cache)
    assert moved.pushed == Pushed(2, 0, len(PATHS) - 3)
    assert read == {f"{path}/data".encode() for path in PATHS[:3]}


def test_a_base_image_that_the_registry_has_is_not_sent(root: Path, tmp_path: Path) -> None:
    data = tar_of("etc/", "etc/a=1")
    base = BaseImage.open(archive(tmp_path / "base.tar", [data]))
    below = Layer(LayerKind.BASE, (), len(data), "base", diff_id=digest_of(data))
    with RegistryHere() as here:
        pushed = push(root, here.url("app:1"), plan_of(PATHS[:2], below), base=base)
        assert pushed.pushed == Pushed(3, 0, 0)
        assert pushed.layers[0].digest == digest_of(data)
        assert here.store.blobs["app"][digest_of(data)] == data


@pytest.mark.parametrize("where", ["memory", "file"])
def test_large_blobs_are_sent_in_one_go_and_resumed(
    root: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr(repository, "WHOLE", 30_000)
    monkeypatch.setattr(registry, "_FIRST_PAUSE", 0.001)
    if where == "file":
        monkeypatch.setattr(spool, "_MOST_EACH", 1000)
    with RegistryHere() as here:
        lock, left = threading.Lock(), [5000, 100, 40_000]

        def cut(request: Request) -> int | None:
            with lock:
                return left.pop() if left and request.method == "PATCH" and not request.status else None

        here.faults.cut = cut
        pushed = push(root, here.url("app:1"))
        assert not left
        for one in pushed.layers:
            assert digest_of(here.store.blobs["app"][one.digest]) == one.digest
        resumed = [one for one in here.asked("PATCH") if not one.headers["content-range"].startswith("0-")]
        assert len(resumed) == 3
        # what had arrived was not sent again
        assert sum(one.body for one in here.log) == pushed.bytes_written


@pytest.mark.parametrize("status", [400, 404, 405, 501])
def test_where_a_registry_does_not_say_how_far_an_upload_is_it_begins_anew(
    root: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(repository, "WHOLE", 30_000)
    monkeypatch.setattr(registry, "_FIRST_PAUSE", 0.001)
    with RegistryHere() as here:
        left = [5000, 40_000]

        def cut(request: Request) -> int | None:
            return left.pop() if left and request.method == "PATCH" and not request.status else None

        def say_nothing(request: Request) -> tuple[int, dict[str, str], bytes] | None:
            asked = request.method == "GET" and "/uploads/" in request.path
            return (status, {}, errors("NAME_INVALID")) if asked else None

        here.faults = Faults(say_nothing, cut)
        pushed = push(root, here.url("app:1"))
        assert not left
        for one in pushed.layers:
            assert digest_of(here.store.blobs["app"][one.digest]) == one.digest
        assert all(one.headers["content-range"].startswith("0-") for one in here.asked("PATCH"))


def test_a_registry_that_takes_little_at_once_gets_parts(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "WHOLE", 30_000)
    monkeypatch.setattr(repository, "_LEAST", 16_000)
    with RegistryHere() as here:

        def refuse(request: Request) -> tuple[int, dict[str, str], bytes] | None:
            return (413, {}, b"") if request.method == "PATCH" and request.body > 50_000 else None

        here.faults = Faults(refuse)
        push(root, here.url("app:1"))
        assert all(digest_of(data) == digest for digest, data in here.store.blobs["app"].items())
        assert here.store.manifests["app"]["1"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_tried_again(root: Path, status: int) -> None:
    chance = random.Random(status)
    with RegistryHere() as here:

        def refuse(_: Request) -> tuple[int, dict[str, str], bytes] | None:
            return (status, {"Retry-After": "0"}, b"") if chance.random() < 0.2 else None

        here.faults = Faults(refuse)
        pushed = push(root, here.url("app:1"))
        here.faults = Faults()
        assert {one.digest for one in pushed.layers} <= here.store.blobs["app"].keys()
        assert here.store.manifests["app"]["1"][1]


def test_an_upload_whose_answer_was_lost_is_not_repeated(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_FIRST_PAUSE", 0.001)
    with RegistryHere() as here:
        lost = iter([0])

        def cut(request: Request) -> int | None:
            return next(lost, None) if request.method == "PUT" and request.status == 201 else None

        here.faults.cut = cut
        pushed = push(root, here.url("app:1"), plan_of(PATHS[:1]))
        assert sum(one.body for one in here.log) == pushed.bytes_written


def test_an_upload_that_the_registry_forgot_begins_anew(root: Path) -> None:
    with RegistryHere() as here:
        forgotten = iter([1, 1, 1])

        def forget(request: Request) -> tuple[int, dict[str, str], bytes] | None:
            if request.method == "PUT" and "/uploads/" in request.path and next(forgotten, None):
                return 404, {}, errors("BLOB_UPLOAD_UNKNOWN")
            return None

        here.faults = Faults(forget)
        push(root, here.url("app:1"))
        assert here.store.manifests["app"]["1"]


@pytest.mark.parametrize("tokens", [False, True])
def test_a_login_that_may_not_push_is_told_before_anything_is_made(
    root: Path,
    own_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    tokens: bool,  # noqa: FBT001
) -> None:
    with RegistryHere(user="me:secret", tokens=tokens) as here:
        (own_home / ".docker").mkdir()
        login = {"auths": {here.host: {"username": "me", "password": "secret"}}}
        (own_home / ".docker/config.json").write_text(json.dumps(login))
        push(root, here.url("app:1"), plan_of(PATHS[:2]))
        assert here.store.manifests["app"]["1"]

        def deny(request: Request) -> tuple[int, dict[str, str], bytes] | None:
            known = "authorization" in request.headers
            return (403, {}, errors("DENIED")) if known and request.method == "POST" else None

        here.faults = Faults(deny)
        monkeypatch.setattr("nixdive.remote.push.write_packed", None)
        with pytest.raises(RegistryError) as caught:
            push(root, here.url("app:1"))
        assert "the registry denies it to the login from " in str(caught.value)


class Stopping(NullProgress):
    """Stops once so many bytes of layers were made."""

    def __init__(self, after: int) -> None:
        self.left = after

    def advance(self, amount: int, part: int | None = None) -> None:
        self.left -= amount

    def cancelled(self) -> bool:
        return self.left < 0


@pytest.mark.parametrize("compression", ["gzip", "none"])
def test_stopped_it_leaves_the_tag_as_it_was(root: Path, compression: str) -> None:
    with RegistryHere(delay=0.01) as here:
        first = push(root, here.url("app:1"), plan_of(PATHS[:1]))
        before = set(threading.enumerate())
        with pytest.raises(Cancelled):
            push(root, here.url("app:1"), progress=Stopping(1_000_000), compression=compression)
        assert digest_of(here.store.manifests["app"]["1"][1]) == first.manifest_digest
        more = set(threading.enumerate()) - before
        assert not [one for one in more if one.name.startswith(("push", "compress", "hash"))]
        assert len(more) <= registry.MOST_CONNECTIONS  # the server's own


def test_a_server_that_does_not_answer_does_not_hold_up_stopping(root: Path) -> None:
    stopped = threading.Event()

    class Asked(NullProgress):
        def cancelled(self) -> bool:
            return stopped.is_set()

    with RegistryHere() as here:

        def hang(request: Request) -> None:
            if request.method == "PUT":
                stopped.set()
                waiting.wait(PATIENCE)

        waiting = threading.Event()
        here.faults = Faults(hang)
        with pytest.raises(Cancelled):
            push(root, here.url("app:1"), progress=Asked())
        assert not waiting.is_set()
        waiting.set()


def test_the_progress_of_making_and_of_sending(root: Path) -> None:
    class Heard(NullProgress):
        def __init__(self) -> None:
            self.phases: list[tuple[str, int | None, list[int]]] = []
            self.lock = threading.Lock()

        def start(self, what: str, total: int | None) -> None:
            self.phases.append((what, total, []))

        def advance(self, amount: int, part: int | None = None) -> None:
            with self.lock:
                self.phases[-1][2].append(amount)

    heard = Heard()
    with RegistryHere(delay=0.05) as here:
        pushed = push(root, here.url("app:1"), progress=heard)
    (what, total, amounts), *sending = heard.phases
    assert (what, total) == ("pushing", sum(one.uncompressed_size for one in pushed.layers))
    assert sum(amounts) == total
    for what, total, amounts in sending:
        assert what == "sending"
        assert total is not None
        assert 0 < sum(amounts) <= total


@pytest.mark.parametrize("word", ["@sha256:" + "0" * 64, ":1@sha256:" + "0" * 64])
def test_a_digest_is_no_target(root: Path, word: str) -> None:
    with pytest.raises(ImageError, match="an image is written to a tag"):
        push(root, f"docker://127.0.0.1:1/app{word}")


def test_files_that_changed_meanwhile_are_noticed(root: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    folder = own / PATHS[0][1:]
    folder.mkdir(parents=True)
    (folder / "data").write_bytes(b"x" * 100)
    with RegistryHere() as here:

        def change(request: Request) -> None:
            if request.method == "HEAD":
                (folder / "data").write_bytes(b"y" * 100)

        here.faults = Faults(change)
        with pytest.raises(RegistryError, match="digest invalid"):
            push(own, here.url("app:1"), plan_of(PATHS[:1]), compression="none")
        assert not here.store.manifests["app"]
