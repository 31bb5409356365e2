"""Three store paths, what stands around them, and images of them opened and written again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nixdive.image.write import write_image
from nixdive.layering.request import PlanRequest
from nixdive.layering.solve import solve
from nixdive.store.path import StorePath
from tests.opening.images import layer, store_layer, store_name

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.image.oci.spec import ImageSpec
    from nixdive.image.written import WrittenImage
    from nixdive.opening.subject import Subject

LIBC, LIB, APP = store_name("a", "libc-2"), store_name("b", "lib-1"), store_name("c", "app-3")
ROOT = layer({"etc/": None, "etc/passwd": b"root\n"})
LINKS = layer({"bin": None, "bin/app": f"/nix/store/{APP}/bin/app"})
LOW = store_layer((LIBC, {"lib": None, "lib/libc.so": b"ELF"}))
MIDDLE = store_layer((LIB, {"lib": None, "lib/lib.so": f"rpath /nix/store/{LIBC}/lib".encode()}))
TOP = store_layer((APP, {"bin": None, "bin/app": f"#!/nix/store/{LIB}/x".encode(), "libc": f"../{LIBC}"}))


def path(name: str) -> StorePath:
    return StorePath(f"/nix/store/{name}")


def names(subject: Subject) -> dict[str, set[str]]:
    closure = subject.closure
    return {
        closure.paths[i].name: {closure.paths[j].name for j in row}
        for i, row in enumerate(closure.references)
    }


def written(subject: Subject, target: Path, strategy: str, **spec: Any) -> WrittenImage:
    request = PlanRequest(strategy, subject.frame.budget(100))
    plan = solve(subject.closure, request, subject.frame)
    made: ImageSpec = replace(subject.spec, **spec)
    return write_image(subject.to_write(plan, made), target)


def diff_ids(image: WrittenImage) -> list[str]:
    return [one.diff_id for one in image.layers]


def files(subject: Subject) -> dict[bytes, tuple[Any, ...]]:
    """Return all that the store paths of a subject hold."""
    found: dict[bytes, tuple[Any, ...]] = {}
    for one in subject.closure.paths:
        for entry in subject.contents.entries(one):
            data = b""
            if entry.size:
                with subject.contents.open(entry) as file:
                    data = file.read()
            found[entry.name] = (entry.kind, entry.mode, entry.target, data)
    return found
