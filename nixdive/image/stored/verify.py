"""Read an image again and check it against its own documents."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from nixdive.contents.layer_index import Facts, index_layer
from nixdive.digest import digest_of, hex_of, is_digest, stated_in
from nixdive.errors import Cancelled, MalformedImageError
from nixdive.image.oci import media
from nixdive.image.oci.history import layer_steps
from nixdive.image.oci.manifest import FULL_NAME, LAYOUT, LAYOUT_VERSION, REFERENCE
from nixdive.image.oci.platform import Platform
from nixdive.image.readers import docker_archive, oci
from nixdive.image.readers.archive import TarFiles, files_of
from nixdive.image.readers.choice import ANY, Wanted
from nixdive.image.readers.files import Files, whole
from nixdive.image.readers.stored import json_of
from nixdive.processors import processors
from nixdive.progress import NullProgress, Progress, check
from nixdive.unpack import refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from nixdive.image.readers.oci import Manifest
    from nixdive.image.readers.stored import Descriptor, StoredImage, StoredLayer


class Problem(NamedTuple):
    """A mismatch between an image and its documents.

    Attributes:
        where: the member or blob.
        what: what is wrong with it.
    """

    where: str
    what: str


class Unchecked(NamedTuple):
    """An image, or something else, that is listed in a file and was not checked.

    Attributes:
        name: its name; the digest of its manifest where it has none.
        platform: its platform, if it states one.
        reason: why.
    """

    name: str
    platform: Platform | None
    reason: str


class Verified(NamedTuple):
    """What a check has found.

    Attributes:
        checked: how many images were checked.
        problems: what is wrong.
        unchecked: what was not checked.
    """

    checked: int
    problems: tuple[Problem, ...]
    unchecked: tuple[Unchecked, ...]


NOT_ASKED, ABSENT, ARTIFACT = "another image was asked for", "not in this file", "not an image"


def verify(
    path: Path,
    progress: Progress = NullProgress(),  # noqa: B008  it has no state
) -> tuple[Problem, ...]:
    """Return what is wrong with the images in a file or a directory, as `verify_files`."""
    return verify_files(files_of(path, damaged=True), ANY, progress).problems


def verify_files(files: Files, wanted: Wanted, progress: Progress) -> Verified:
    """Check every digest, size, diff_id, layer tar, layer count and media type.

    For an archive, all headers, its length and its end are checked too. An index may list images for other
    platforms that are not in the file, as docker saves one of them: they are not checked. Attestations,
    signatures and other artifacts are checked by digest and size.

    Args:
        files: the files; an archive opened so that damage further on is kept for its `problems`.
        wanted: which image; one that is named neither by name nor by platform means all.
        progress: notified of the bytes that are read.

    Raises:
        MalformedImageError: there is no image to check.
        ImageError: there is no image as it is wanted, or several match.
    """
    name = files.where.rpartition("/")[2]
    found = [Problem(name, what) for what in files.problems()] if isinstance(files, TarFiles) else []
    names = files.names()
    if found and not {docker_archive.MANIFEST, oci.INDEX} & names:
        raise MalformedImageError(f"{files.where}: {found[0].what}")
    if not {docker_archive.MANIFEST, oci.INDEX} & names:
        raise MalformedImageError(
            f"{files.where}: it is not an image: it has neither {docker_archive.MANIFEST} nor {oci.INDEX}",
            hint="expected a docker-archive, an OCI archive or an OCI layout",
        )
    check = _Check(files, names, wanted, progress)
    progress.start("verifying", sum(files.size(name) for name in names))
    problems = check.run()
    if not (check.checked or problems or found) and oci.INDEX in names:
        raise oci.no_image(files, oci.manifests(files))
    return Verified(check.checked, tuple(dict.fromkeys((*found, *problems))), tuple(check.unchecked))


class _Hashed(NamedTuple):
    """A layer that has been read.

    Attributes:
        packed: the digest of its blob.
        plain: the digest of its tar.
        cause: why its tar cannot be read; empty if it can.
    """

    packed: str
    plain: str
    cause: str = ""


class _Check:
    """One image being checked; problems are collected, each blob is read once."""

    def __init__(self, files: Files, names: frozenset[str], wanted: Wanted, progress: Progress) -> None:
        self.checked = 0
        self.unchecked: list[Unchecked] = []
        self._files = files
        self._names = names
        self._wanted = wanted
        self._progress = progress
        self._problems: list[Problem] = []
        self._read: dict[str, tuple[str, str]] = {}
        self._ahead: dict[str, Future[_Hashed]] = {}
        self._unwanted = False

    def run(self) -> tuple[Problem, ...]:
        """Return all problems in the order in which they were found; some may be repeated."""
        layouts: list[StoredImage] = []
        archives: list[StoredImage] = []
        if self._wanted == ANY:
            if oci.INDEX in self._names:
                self._try(oci.INDEX, lambda: layouts.extend(self._layout(self._present())))
            if docker_archive.MANIFEST in self._names:
                self._try(docker_archive.MANIFEST, lambda: archives.extend(docker_archive.read(self._files)))
        elif oci.INDEX in self._names and oci.manifests(self._files):
            layouts.extend(self._layout(self._asked()))
        else:
            archives.append(docker_archive.read_one(self._files, self._wanted))
        self.checked = len(layouts) or len(archives)
        with self._reading_ahead(layer for image in (*layouts, *archives) for layer in image.layers):
            for image in (*layouts, *archives):
                self._history(image)
                for layer in image.layers:
                    self._try(layer.member, lambda layer=layer: self._layer(layer))  # type: ignore[misc]
        for image in archives:
            self._config_name(image)
        if layouts and archives:
            self._same(layouts, archives)
        if oci.INDEX in self._names and self._wanted == ANY:
            self._stray_blobs()
        return tuple(self._problems)

    @contextmanager
    def _reading_ahead(self, layers: Iterable[StoredLayer]) -> Iterator[None]:
        """Read layers on all processors meanwhile, each once, the largest first."""
        once = {layer.member: layer for layer in layers}
        # a large layer would keep one processor busy to the end: what it is packed in is shared as well
        with ThreadPoolExecutor(processors()) as unpackers:
            pool = ThreadPoolExecutor(processors())
            try:
                for layer in sorted(once.values(), key=lambda layer: -layer.size):
                    self._ahead[layer.member] = pool.submit(self._hashed, layer, unpackers)
                yield
            finally:
                self._unwanted = True
                pool.shutdown(cancel_futures=True)

    def _say(self, where: str, what: str) -> None:
        self._problems.append(Problem(where, what))

    def _try(self, where: str, work: Callable[[], None]) -> None:
        try:
            work()
        except MalformedImageError as error:
            self._say(where, str(error).removeprefix(f"{self._files.where}: ").removeprefix(f"{where}: "))

    def _asked(self) -> list[Descriptor]:
        """Return the manifest that is wanted, as a list; the others are not checked."""
        chosen = oci.chosen(self._files, self._wanted)
        self._leave([one for one in oci.manifests(self._files) if one.digest != chosen.digest], NOT_ASKED)
        return [chosen]

    def _present(self) -> list[Descriptor]:
        """Return the manifests to check: all but those of images for other platforms that are not here."""
        found = oci.manifests(self._files)
        if not found and docker_archive.MANIFEST not in self._names:
            self._say(oci.INDEX, "it lists no manifest")
        here = [one for one in found if self._is_here(one)]
        complete = {oci.names(one)[:1] for one in here if not oci.is_artifact(self._files, one)}
        absent = [one for one in found if one not in here and self._may_lack(one, complete)]
        self._leave(absent, ABSENT)
        return [one for one in found if one not in absent]

    def _may_lack(self, entry: Descriptor, complete: Container[tuple[str, ...]]) -> bool:
        """Whether a file with some complete images may lack what is listed: other platforms, attestations."""
        if oci.said_artifact(entry):
            return bool(complete) and oci.blob(entry.digest) not in self._names
        return entry.platform is not None and oci.names(entry)[:1] in complete

    def _is_here(self, entry: Descriptor) -> bool:
        """Whether the manifest, the config and a layer of an image are in the file."""
        if oci.blob(entry.digest) not in self._names:
            return False
        try:
            stated = oci.manifest(self._files, entry)
        except MalformedImageError:
            return True  # checking it says what is wrong
        layers = [oci.blob(layer.digest) for layer in stated.layers]
        return oci.blob(stated.config.digest) in self._names and (
            not layers or any(layer in self._names for layer in layers)
        )

    def _leave(self, entries: Iterable[Descriptor], reason: str) -> None:
        for one in entries:
            name = next(iter(oci.names(one)), one.digest)
            platform = None if oci.said_artifact(one) else one.platform
            self.unchecked.append(Unchecked(name, platform, reason))

    def _layout(self, found: Sequence[Descriptor]) -> Iterator[StoredImage]:
        if oci.INDEX in self._names:
            self._try(LAYOUT, self._mark)
            self._try(oci.INDEX, self._index)
        for entry in found:
            member = oci.blob(entry.digest)
            if member not in self._names:
                self._say(member, "the manifest is missing")
                continue
            self._document(member, entry)
            if entry.media_type not in media.MANIFESTS:
                self._say(member, f"{entry.media_type!r} is not a media type of a manifest")
                continue
            try:
                stated = oci.manifest(self._files, entry)
                if oci.is_artifact(self._files, entry):
                    self._artifact(stated)
                    self._leave([entry], ARTIFACT)
                    continue
                image = oci.read(self._files, entry)
            except MalformedImageError as error:
                self._say(member, str(error).removeprefix(f"{self._files.where}: "))
                continue
            self._document(image.config_member, stated.config)
            self._listed(entry, image)
            yield image

    def _mark(self) -> None:
        """Check the file that says that this is a layout (image-layout.md)."""
        if LAYOUT not in self._names:
            self._say(LAYOUT, "it is missing")
            return
        value = json_of(self._files, LAYOUT)
        version = value.get(LAYOUT_VERSION) if isinstance(value, dict) else None
        if version != "1.0.0":
            self._say(LAYOUT, f"its {LAYOUT_VERSION} is {version!r}, not '1.0.0'")

    def _index(self) -> None:
        """Check what the index says about itself (image-index.md)."""
        value = json_of(self._files, oci.INDEX)
        version, kind = value.get("schemaVersion"), value.get("mediaType", media.INDEX)
        if version != 2 or isinstance(version, bool):
            self._say(oci.INDEX, f"its schemaVersion is {version!r}, not 2")
        if kind not in media.INDEXES:
            self._say(oci.INDEX, f"{kind!r} is not a media type of an index")

    def _listed(self, entry: Descriptor, image: StoredImage) -> None:
        """Check what an index says about an image: its platform, and that its two names agree."""
        real = Platform.of(image.config)
        if entry.platform is not None and real is not None and not entry.platform.agrees(real):
            self._say(oci.INDEX, f"it says {entry.platform} of an image for {real}")
        full, short = (entry.annotations.get(key, "") for key in (FULL_NAME, REFERENCE))
        if full and short and not full.endswith(f":{short}") and not {":", "/", "@"} & set(short):
            self._say(oci.INDEX, f"it calls one image {full} and {short}")

    def _artifact(self, stated: Manifest) -> None:
        """Check the blobs of something that is not an image: an attestation, a signature."""
        for one in (stated.config, *stated.layers):
            member = oci.blob(one.digest)
            if member not in self._names:
                self._say(member, "it is missing")
            elif one.size is not None and self._files.size(member) != one.size:
                self._say(member, f"it has {self._files.size(member)} bytes, its descriptor says {one.size}")

    def _document(self, member: str, stated: Descriptor) -> None:
        data = whole(self._files, member)
        if digest_of(data) != stated.digest:
            self._say(member, f"its digest is {digest_of(data)}")
        if len(data) != stated.size:
            self._say(member, f"it has {len(data)} bytes, its descriptor says {stated.size}")

    def _layer(self, layer: StoredLayer) -> None:
        digest, diff_id = self._hashes(layer)
        if layer.digest not in {None, digest}:
            self._say(layer.member, f"its digest is {digest}")
        if layer.diff_id != diff_id:
            self._say(layer.member, f"its diff_id is {diff_id}, the config says {layer.diff_id}")
        if layer.digest is None:
            return
        if layer.size != layer.stated_size:
            self._say(layer.member, f"it has {layer.size} bytes, its descriptor says {layer.stated_size}")
        promised = media.compression_of(layer.media_type or "")
        if promised is None:
            self._say(layer.member, f"{layer.media_type!r} is not a media type of a layer")
        elif promised != layer.compression and not media.is_usual(layer.media_type, layer.compression):
            self._say(layer.member, f"its media type says {promised}, but it is {layer.compression}")

    def _hashes(self, layer: StoredLayer) -> tuple[str, str]:
        known = self._read.get(layer.member)
        if known is not None:
            return known
        found = self._ahead[layer.member].result()
        if found.cause:
            self._say(layer.member, found.cause)
        self._read[layer.member] = found.packed, found.plain
        return found.packed, found.plain

    def _hashed(self, layer: StoredLayer, unpackers: Executor) -> _Hashed:
        """Read a layer; raise MalformedImageError where the blob itself is damaged."""
        packed = sha256()
        try:
            plain = layer.tar(self._bytes_of(layer, packed.update), unpackers, refuse)
            index = index_layer(plain, layer.where, facts=Facts.DIFF_ID)
        except MalformedImageError as error:
            return self._plain_hashes(layer, str(error).removeprefix(f"{layer.where}: "))
        return _Hashed(f"sha256:{packed.hexdigest()}", index.diff_id)

    def _plain_hashes(self, layer: StoredLayer, cause: str) -> _Hashed:
        packed, plain = sha256(), sha256()
        for data in layer.tar(self._bytes_of(layer, packed.update, again=True)):
            plain.update(data)
        return _Hashed(f"sha256:{packed.hexdigest()}", f"sha256:{plain.hexdigest()}", cause)

    def _bytes_of(
        self, layer: StoredLayer, seen: Callable[[bytes], object], *, again: bool = False
    ) -> Iterator[bytes]:
        """Give the bytes of a blob, each piece after `seen` got it; those that are read again count once."""
        for data in layer.chunks():
            check(self._progress)
            if self._unwanted:
                raise Cancelled
            seen(data)
            if not again:
                self._progress.advance(len(data))
            yield data

    def _history(self, image: StoredImage) -> None:
        filled = len(layer_steps(image.config))
        if filled > len(image.layers):
            self._say(image.config_member, f"its history has {filled} layers, the image {len(image.layers)}")

    def _config_name(self, image: StoredImage) -> None:
        digest = digest_of(whole(self._files, image.config_member))
        if stated_in(image.config_member) not in {None, digest}:
            self._say(image.config_member, f"its digest is {digest}")

    def _same(self, layouts: list[StoredImage], archives: list[StoredImage]) -> None:
        known = {(image.config_member, tuple(layer.member for layer in image.layers)) for image in layouts}
        for image in archives:
            if not image.config_member.startswith("blobs/"):
                continue
            if (image.config_member, tuple(layer.member for layer in image.layers)) not in known:
                self._say(
                    docker_archive.MANIFEST, f"the image {image.config_member} is not the one of {oci.INDEX}"
                )

    def _stray_blobs(self) -> None:
        for name in sorted(self._names):
            digest = f"sha256:{name.removeprefix('blobs/sha256/')}"
            if not name.startswith("blobs/sha256/") or name in self._read or not is_digest(digest):
                continue
            found = sha256()
            for data in self._files.chunks(name):
                check(self._progress)
                found.update(data)
                self._progress.advance(len(data))
            if found.hexdigest() != hex_of(digest):
                self._say(name, f"its digest is sha256:{found.hexdigest()}")
