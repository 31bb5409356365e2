"""Images that no tool for Nix has made: layers of all sorts, none, and many."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nixdive.errors import BudgetError, PlanError
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from nixdive.opening.open import open_subject
from nixdive.workspace.options import PlanOptions
from tests.hearing import Hearing
from tests.opening.images import digest, docker_archive, layer, oci_layout, store_layer, store_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

from tests.examples import examples
from tests.opening.opened import (
    APP,
    LIB,
    LIBC,
    LINKS,
    LOW,
    MIDDLE,
    ROOT,
    TOP,
    diff_ids,
    files,
    names,
    path,
    written,
)

MIXED = layer(
    {"nix": None, "nix/store": None, f"nix/store/{LIB}": None, f"nix/store/{LIB}/x": b"x", "etc/x": b""}
)


ODD_LAYERS: dict[str, tuple[Sequence[bytes], set[str]]] = {
    # with other files: its paths are not free
    "mixed": ((LOW, MIXED, TOP), {LIBC, APP}),
    # a path of which two layers have a part each
    "parts": ((LOW, MIDDLE, store_layer((LIB, {"more": b"x"})), TOP), {LIBC, APP}),
    "part of a mixed one": ((LOW, MIDDLE, MIXED, TOP), {LIBC, APP}),
    # together with a path that stays
    "company": ((store_layer((LIBC, {"x": b""}), (LIB, {"y": b""})), MIXED, TOP), {APP}),
    # taken away by a layer above
    "whiteout": ((LOW, MIDDLE, layer({f"nix/store/.wh.{LIB}": b""}), TOP), {LIBC, APP}),
    "whiteout inside": ((LOW, MIDDLE, layer({f"nix/store/{LIB}/.wh.lib": b""}), TOP), {LIBC, APP}),
    "store emptied": ((LOW, MIDDLE, layer({"nix/store/.wh..wh..opq": b""}), TOP), {APP}),
    "store removed": ((LOW, MIDDLE, layer({".wh.nix": b""}), TOP), {APP}),
    "store elsewhere": ((LOW, MIDDLE, layer({"nix": "/data/nix"}), TOP), {APP}),
    "other owner": ((LOW, layer({f"nix/store/{LIB}": None}, uid=7), TOP), {LIBC, APP}),
    "no parents": ((layer({f"nix/store/{LIBC}/lib/a": b"x"}),), {LIBC}),
    "no store path": ((layer({"nix/store/.links": None}), TOP), {APP}),
    "nothing": ((), set()),
    "empty layers": ((layer({}), LOW, layer({"nix/": None})), {LIBC}),
}


@pytest.mark.parametrize("name", ODD_LAYERS)
def test_odd_layers(name: str, tmp_path: Path) -> None:
    layers, free = ODD_LAYERS[name]
    target = docker_archive(tmp_path / "x.tar", {"x:1": layers})
    subject = open_subject([str(target)])
    assert {one.base for found in subject.frame.found for one in found} == free
    kept = written(subject, tmp_path / "kept", "keep", compression="none")
    assert diff_ids(kept) == [digest(one) for one in layers]
    for strategy in ("single", "each", "churn"):
        made = written(subject, tmp_path / strategy, strategy, compression="none")
        again = open_subject([str(tmp_path / strategy)])
        assert files(again) == files(subject), strategy
        stays = [digest(one) for one in layers if digest(one) not in subject.frame.diff_ids]
        assert [one for one in diff_ids(made) if one in stays] == stays


def test_paths_that_stay_cannot_go_elsewhere(tmp_path: Path) -> None:
    target = docker_archive(tmp_path / "x.tar", {"x:1": (LOW, MIXED, TOP)})
    subject = open_subject([str(target)])
    for request in (
        PlanRequest("keep", pins=(Pin("lib-1", "x"),)),
        PlanRequest("size", exclude=(path(LIB),)),
    ):
        with pytest.raises(PlanError, match="stays as it is"):
            solve(subject.closure, request, subject.frame)


def test_an_image_without_store_paths(tmp_path: Path) -> None:
    target = docker_archive(tmp_path / "x.tar", {"x:1": (ROOT, LINKS)})
    subject = open_subject([str(target)])
    assert len(subject.closure) == 0
    for strategy in ("keep", "churn", "nixpkgs", "single"):
        assert diff_ids(written(subject, tmp_path / strategy, strategy)) == [digest(ROOT), digest(LINKS)]


def test_circles_are_opened_always_alike(tmp_path: Path) -> None:
    other = {LIBC: LIB, LIB: APP, APP: LIBC}
    layers = [store_layer((name, {"to": f"/nix/store/{to}".encode()})) for name, to in other.items()]
    closures = []
    for i, order in enumerate((layers, layers[::-1])):
        heard = Hearing()
        file = docker_archive(tmp_path / f"{i}.tar", {"x:1": order})
        closures.append(names(open_subject([str(file)], heard)))
        (note,) = heard.notes
        assert note == (
            f"{file}: store paths refer to each other in a circle: libc-2 -> lib-1 -> app-3 -> libc-2; "
            "the reference from app-3 to libc-2 is left out"
        )
    assert closures[0] == closures[1] == {"libc-2": {"lib-1"}, "lib-1": {"app-3"}, "app-3": set()}


def test_of_many_circles_one_is_named(tmp_path: Path) -> None:
    left, right = store_name("d", "left"), store_name("f", "right")
    rows = {LIBC: (LIB, APP), LIB: (APP,), APP: (LIB, LIBC), left: (right,), right: (left,)}
    layers = [
        store_layer((name, {"to": " ".join(f"/nix/store/{to}" for to in row).encode()}))
        for name, row in rows.items()
    ]
    heard = Hearing()
    open_subject([str(docker_archive(tmp_path / "x.tar", {"x:1": layers}))], heard)
    (note,) = heard.notes
    assert "a circle: libc-2 -> app-3 -> libc-2, and 1 more circle; the reference from " in note
    assert note.endswith(" is left out, and 2 other references")


def test_an_image_without_circles_is_opened_in_silence(tmp_path: Path) -> None:
    heard = Hearing()
    open_subject([str(docker_archive(tmp_path / "x.tar", {"x:1": (LOW, MIDDLE, TOP)}))], heard)
    assert not heard.notes


@examples(25)
@given(
    st.lists(st.lists(st.sampled_from("abcdf"), unique=True, max_size=3), max_size=5),
    st.integers(0, 2**32),
    st.sampled_from(["none", "gzip", "zstd"]),
)
@example([["a"], ["a"], []], 132, "none")  # a layer that repeats another one, below one that is empty
def test_any_layers_stay_or_are_laid_out_anew(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[list[str]], seed: int, packing: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    chance = random.Random(seed)
    layers = []
    for letters in drawn:
        made: dict[str, bytes | str | None] = {}
        for letter in letters:
            made[f"nix/store/{store_name(letter, 'p')}"] = None
            to = f"/nix/store/{store_name(chance.choice('abcdf'), 'p')}"
            some: list[bytes | str] = [b"data", to.encode(), "target"]
            for _ in range(chance.randrange(3)):
                made[f"nix/store/{store_name(letter, 'p')}/{chance.choice('xyz')}"] = some[
                    chance.randrange(3)
                ]
        if chance.random() < 0.3:
            made[chance.choice(["etc/x", f"nix/store/.wh.{store_name('a', 'p')}"])] = b""
        layers.append(layer(made))
    subject = open_subject([str(oci_layout(folder / "x", [(None, {}, layers)], packing))])
    assert diff_ids(written(subject, folder / "kept", "keep")) == [digest(one) for one in layers]
    written(subject, folder / "new", chance.choice(["each", "single", "popularity"]))
    assert files(open_subject([str(folder / "new")])) == files(subject)


def test_more_layers_than_the_usual_budget_are_kept(tmp_path: Path) -> None:
    layers = [
        store_layer((store_name(letter, f"p-{i}"), {"x": b""})) for i in range(4) for letter in LETTERS[:30]
    ]
    subject = open_subject([str(docker_archive(tmp_path / "x.tar", {"x:1": [ROOT, *layers]}))])
    assert diff_ids(written(subject, tmp_path / "kept", "keep")) == [digest(one) for one in (ROOT, *layers)]
    assert len(written(subject, tmp_path / "churn", "churn").layers) <= 121
    found = PlanOptions().request(subject)
    assert found == PlanRequest("keep", max_layers=121)
    assert PlanOptions(max_layers=7).request(subject).max_layers == 7
    assert PlanOptions(strategy="size").request(subject).max_layers == 100
    assert len(solve(subject.closure, PlanRequest("keep", 7), subject.frame).layers) == 7
    many = docker_archive(tmp_path / "many.tar", {"x:1": [layer({f"{i}": b""}) for i in range(126)]})
    deep = open_subject([str(many)])  # podman loads it
    request = PlanOptions().request(deep)
    assert len(solve(deep.closure, request, deep.frame).layers) == request.max_layers == 126
    with pytest.raises(BudgetError, match="budget 125 is below the 126 base = 126 layers") as caught:
        solve(deep.closure, PlanRequest("churn", 125), deep.frame)
    assert caught.value.hint == "raise --max-layers"
    assert len(written(deep, tmp_path / "deep", "keep").layers) == 126


LETTERS = "0123456789abcdfghijklmnpqrsvwxyz"
