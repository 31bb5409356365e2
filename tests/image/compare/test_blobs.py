from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from nixdive.image.compare.blobs import push_blobs


@dataclass(frozen=True)
class Blob:
    diff_id: str
    digest: str | None
    size: int


def gzip(*contents: str) -> list[Blob]:
    return [Blob(one, f"gzip:{one}", 10) for one in contents]


def plain(*contents: str) -> list[Blob]:
    return [Blob(one, f"none:{one}", 25) for one in contents]


def archived(*contents: str) -> list[Blob]:
    return [Blob(one, None, 25) for one in contents]


def test_by_digest_and_exact() -> None:
    cost = push_blobs(gzip("a", "b", "c"), gzip("a"), gzip("b"))
    assert (cost.push_bytes, cost.layers_reused, cost.layers_new) == (10, 2, 1)
    assert (cost.exact, cost.packed, cost.layers_repacked, cost.repacked_bytes) == (True, True, 0, 0)


def test_a_repeated_layer_is_sent_once() -> None:
    assert push_blobs(gzip("a", "a"), gzip("b")).push_bytes == 10


def test_the_same_contents_in_other_blobs_are_reused_but_not_exact() -> None:
    cost = push_blobs(gzip("a", "b"), plain("a", "b"))
    assert (cost.push_bytes, cost.layers_reused, cost.layers_new) == (0, 2, 0)
    assert (cost.layers_repacked, cost.repacked_bytes, cost.exact) == (2, 20, False)


def test_blobs_that_the_registry_surely_lacks_are_sent() -> None:
    cost = push_blobs(gzip("a", "b"), [*gzip("a"), *plain("b")], in_registry=True)
    assert (cost.push_bytes, cost.layers_reused, cost.layers_new) == (10, 1, 1)
    assert (cost.layers_repacked, cost.repacked_bytes, cost.exact) == (1, 10, False)


def test_layers_of_a_docker_archive_count_by_contents() -> None:
    cost = push_blobs(archived("a", "b"), gzip("a"))
    assert (cost.push_bytes, cost.layers_reused, cost.layers_new, cost.layers_repacked) == (25, 1, 1, 0)
    assert not cost.exact
    assert not cost.packed
    cost = push_blobs(gzip("a", "b"), archived("a"))
    assert (cost.push_bytes, cost.layers_reused, cost.layers_repacked) == (10, 1, 0)
    assert cost.packed
    assert not cost.exact


_LAYERS = st.lists(st.sampled_from("abcdef")).flatmap(
    lambda names: st.tuples(
        *(st.sampled_from([gzip(one)[0], plain(one)[0], archived(one)[0]]) for one in names)
    )
)


@given(layers=_LAYERS, earlier=_LAYERS, in_registry=st.booleans())
def test_every_layer_is_counted_once(*, layers: list[Blob], earlier: list[Blob], in_registry: bool) -> None:
    cost = push_blobs(layers, earlier, in_registry=in_registry)
    assert cost.layers_reused + cost.layers_new == len(layers)
    assert cost.push_bytes <= sum(layer.size for layer in layers)
    assert {layer.diff_id for layer in layers} <= {one.diff_id for one in earlier} or cost.push_bytes > 0
    assert push_blobs(layers, layers).push_bytes == 0


@given(_LAYERS, _LAYERS)
def test_what_the_registry_surely_lacks_is_what_was_repacked(layers: list[Blob], earlier: list[Blob]) -> None:
    sure, unsure = push_blobs(layers, earlier, in_registry=True), push_blobs(layers, earlier)
    assert sure.push_bytes == unsure.push_bytes + unsure.repacked_bytes
    assert sure.exact == unsure.exact
