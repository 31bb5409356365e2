"""Seconds of a plan: against a baseline, from nothing, and of a release in expectation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.cache.samples import Sampled
from nixdive.clients.client import clients
from nixdive.clients.delivery import Delivery
from nixdive.clients.link import Link
from nixdive.layering.change.model import ChangeModel
from nixdive.layering.plan import Frame, Layer, LayerKind
from nixdive.layering.planner import Planner
from nixdive.layering.request import PlanRequest
from nixdive.opening.subject import LayerSizes
from nixdive.store.path import StorePath
from nixdive.workspace.pricer import Pricer
from nixdive.workspace.seconds import Changes, arrival
from nixdive.workspace.wire import EarlierBlobs, WireSizes
from tests.examples import examples
from tests.layering.made import SEEDS, closure_of, random_closure

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import LayerPlan
    from nixdive.workspace.seconds import Seconds

PULLERS = [name for name, one in clients().items() if one.pull]
RATES = st.sampled_from(["64kbit/300ms", "10mbit/80ms", "100mbit/20ms", "1gbit/1ms"])


def plan(closure: Closure, strategy: str, budget: int) -> LayerPlan:
    return Planner(closure).solve(PlanRequest(strategy, budget))


def seconds(closure: Closure, now: LayerPlan, was: LayerPlan | None, delivery: Delivery) -> Seconds:
    changes = Changes.of(now, ChangeModel.of(closure))
    return arrival(delivery, now, WireSizes(closure), changes, was)


@examples(15)
@given(SEEDS, st.sampled_from(PULLERS), RATES, st.sampled_from(["churn", "size", "each", "single"]))
def test_after_the_version_before_nothing_costs_more_than_from_nothing(
    seed: int, name: str, link: str, strategy: str
) -> None:
    closure = random_closure(seed, 30)
    now, was = plan(closure, strategy, 20), plan(closure, "size", 7)
    found = seconds(closure, now, was, Delivery.of((name,), Link.parse(link)))
    for trip in (*found.pushes, *found.pulls):
        assert trip.after is not None
        assert trip.after <= trip.cold * (1 + 1e-9)
        assert 0 <= trip.release <= trip.cold * (1 + 1e-9)
    assert found.wire_push <= found.wire


def test_what_was_pushed_already_costs_only_asking() -> None:
    closure = random_closure(3, 30)
    now = plan(closure, "churn", 20)
    found = seconds(closure, now, now, Delivery.of(("skopeo",)))
    (push,), (pull,) = found.pushes, found.pulls
    assert push.client.push is not None
    assert pull.client.pull is not None
    turn = 0.02 * push.client.push.there_turns + push.client.push.layer
    around = push.client.push.start + 0.02 * push.client.push.start_turns
    assert push.after == pytest.approx(around + turn * len(now.layers))
    assert pull.after == pytest.approx(pull.client.pull.start + 0.02 * pull.client.pull.start_turns)
    assert found.wire_push == 0
    assert found.next_push == push.after


def test_a_client_that_compresses_anew_pushes_everything() -> None:
    closure = random_closure(3, 30)
    now = plan(closure, "churn", 20)
    found = seconds(closure, now, now, Delivery.of(("docker",)))
    assert found.wire_push == found.wire
    (push,) = found.pushes
    assert push.after == push.cold == pytest.approx(push.release)


def test_without_a_baseline_nothing_is_said_of_what_comes_after_it() -> None:
    closure = random_closure(3, 30)
    found = seconds(closure, plan(closure, "churn", 20), None, Delivery.of())
    assert [trip.after for trip in (*found.pushes, *found.pulls)] == [None, None]
    assert found.next_push == found.pushes[0].cold


@examples(15)
@given(SEEDS, st.integers(1, 25), st.lists(SEEDS, max_size=3))
def test_a_layer_changes_in_as_many_releases_as_its_chance_says(
    seed: int, budget: int, past: list[int]
) -> None:
    closure = random_closure(seed, 30)
    planner = Planner(closure, history=tuple(random_closure(one, 30) for one in past))
    now = planner.solve(PlanRequest("churn", budget))
    changes = Changes.of(now, planner.model())
    chances = changes.flags[:, changes.kinds] @ changes.weights
    assert chances.tolist() == pytest.approx([layer.change_probability for layer in now.layers])
    assert changes.weights.sum() == pytest.approx(1)
    assert len({column.tobytes() for column in changes.flags.T}) == changes.flags.shape[1]


def test_base_layers_never_change_and_links_change_with_the_roots() -> None:
    closure = closure_of([[], [0]])
    model = ChangeModel.of(closure)
    frame = Frame((Layer(LayerKind.BASE, (), 5, "base"),), (Layer(LayerKind.CUSTOMISATION, (), 7, "links"),))
    now = Planner(closure, frame).solve(PlanRequest("each", 9))
    changes = Changes.of(now, model)
    chances = (changes.flags[:, changes.kinds] @ changes.weights).tolist()
    assert chances[0] == 0
    assert chances[-1] == pytest.approx(model.scenarios.probability(closure.roots))


def test_wire_bytes_are_known_or_estimated() -> None:
    closure = closure_of([[], [0]], sizes=[1000, 3000])
    base = Layer(LayerKind.BASE, (), 500, "base", diff_id="sha256:1")
    now = Planner(closure, Frame((base,))).solve(PlanRequest("single", 9))
    some, nothing = WireSizes(closure, {"sha256:1": LayerSizes(123, 500)}), WireSizes(closure)
    assert some.blobs(now).tar.tolist() == [500, 4000]
    assert some.blobs(now).wire.tolist() == pytest.approx([123, 0.39 * 4000])
    assert nothing.blobs(now).wire.tolist() == pytest.approx([0.39 * 500, 0.39 * 4000])
    assert not some.exact(now)
    frame = Frame((), (), (closure.paths,), ("sha256:2",))
    kept = Planner(closure, frame).solve(PlanRequest("keep", 9))
    exact = WireSizes(closure, {"sha256:2": LayerSizes(77, 4000)})
    assert exact.exact(kept)
    assert exact.blobs(kept).wire.tolist() == [77]
    large = WireSizes(closure, {"sha256:3": LayerSizes(1 << 20, 1 << 21)})
    assert large.blobs(kept).wire.tolist() == [2000], "half, as in the layer that is known"


def test_a_path_compresses_as_the_layer_did_in_which_it_was() -> None:
    closure = closure_of([[], [], [], []], sizes=[1000, 2000, 3000, 5000])
    same, dense, loose, new = closure.paths
    old_dense, old_loose, gone = (StorePath(f"/nix/store/{digit * 32}-old-1") for digit in "012")
    layers = (
        Layer(LayerKind.STORE, (same,), 0, "", diff_id="sha256:1"),
        Layer(LayerKind.STORE, (old_dense, old_loose), 0, "", diff_id="sha256:2"),
        Layer(LayerKind.STORE, (gone, same), 0, "", diff_id="sha256:3"),
        Layer(LayerKind.BASE, (), 7, "", diff_id="sha256:4"),
        Layer(LayerKind.STORE, (new,), 0, "", diff_id="sha256:plain"),
    )
    wire = {"sha256:1": 100, "sha256:2": 4000, "sha256:3": 9, "sha256:4": 3}
    now = dict(zip(closure.paths, closure.nar_sizes, strict=True))
    earlier = EarlierBlobs.of(layers, wire, now, {same: same, dense: old_dense, loose: old_loose})
    assert (earlier.wire, earlier.nar) == (4100, 6000), "of layers of which all sizes are known"
    each = Planner(closure).solve(PlanRequest("each", 9))
    found = dict(
        zip(
            (layer.paths for layer in each.layers),
            WireSizes(closure, {}, earlier).blobs(each).wire,
            strict=True,
        )
    )
    assert found == {
        (same,): 100,
        (dense,): pytest.approx(2000 * 4000 / 5000),
        (loose,): pytest.approx(3000 * 4000 / 5000),
        (new,): pytest.approx(5000 * 0.39),
    }
    single = Planner(closure).solve(PlanRequest("single", 9))
    assert WireSizes(closure, {}, earlier).blobs(single).wire.tolist() == [
        pytest.approx(100 + 4000 + 0.39 * 5000)
    ]
    base = Planner(closure, Frame((layers[3],))).solve(PlanRequest("single", 9))
    assert WireSizes(closure, {}, earlier).blobs(base).wire[0] == 3
    much = EarlierBlobs(wire=1 << 20, nar=1 << 21)
    assert WireSizes(closure, {}, much).blobs(single).wire.tolist() == [11000 / 2]


def test_what_no_blob_says_is_estimated_from_samples_and_that_is_said() -> None:
    closure = closure_of([[], [], []], sizes=[1 << 20, 2 << 20, 3 << 20])
    was, large, small = closure.paths
    each = Planner(closure).solve(PlanRequest("each", 9))
    delivery, changes = Delivery.of(), Changes.of(each, ChangeModel.of(closure))

    def priced(sizes: WireSizes) -> tuple[dict[StorePath, float], Seconds]:
        found = zip(each.layers, sizes.blobs(each).wire.tolist(), strict=True)
        return {layer.paths[0]: wire for layer, wire in found}, arrival(delivery, each, sizes, changes, None)

    earlier = EarlierBlobs({}, {was: 0.25}, 1 << 18, 1 << 20)
    wire, seconds = priced(WireSizes(closure, {}, earlier, {large: Sampled(1 << 20, 80)}))
    assert wire[was] == 1 << 18, "as the blob in which it was"
    assert wire[large] == 1 << 20, "as its sample says"
    assert wire[small] == pytest.approx((3 << 20) * (5 << 18) / (3 << 20)), "as all that is known"
    assert seconds.estimated == "estimated from blobs of the earlier image and samples"
    assert not seconds.exact
    _, plain = priced(WireSizes(closure, {}, earlier, plain=LayerSizes(1 << 18, 1 << 20)))
    assert plain.estimated == "estimated from samples", "of the earlier image's layers"
    _, assumed = priced(WireSizes(closure))
    assert assumed.estimated == "estimated from the usual 0.39 of NAR bytes"
    entries = WireSizes(closure, {}, earlier, {large: Sampled(1 << 20, 80)}).blobs(each).entries
    at = next(i for i, layer in enumerate(each.layers) if layer.paths == (large,))
    assert entries[at] == 80
    assert entries.sum() == pytest.approx(80 + 80 * 4 / 2), "as many in the rest as in what was listed"


def test_entries_are_known_or_estimated() -> None:
    closure = closure_of([[], [0]], sizes=[1000, 3_000_000])
    base = Layer(LayerKind.BASE, (), 500, "base", diff_id="sha256:1")
    now = Planner(closure, Frame((base,))).solve(PlanRequest("single", 9))
    assert WireSizes(closure).blobs(now).entries.tolist() == pytest.approx([500 / 31500, 3_001_000 / 31500])
    known = WireSizes(closure, {"sha256:1": LayerSizes(123, 500, 7)})
    assert known.blobs(now).entries.tolist() == pytest.approx([7, 3_001_000 / 31500])
    unread = LayerSizes(1, 1 << 40)
    dense = WireSizes(
        closure, {"sha256:2": LayerSizes(round(0.39 * (2 << 20)), 2 << 20, 2000), "sha256:3": unread}
    )
    assert dense.entry_bytes == pytest.approx((2 << 20) / 2000), "as in the layers that were read"
    few, many = (
        arrival(Delivery.of(), now, sizes, Changes.of(now, ChangeModel.of(closure)), None)
        for sizes in (WireSizes(closure), dense)
    )
    assert few.pulls[0].cold < many.pulls[0].cold
    assert (few.pulls[0].load or 0) < (many.pulls[0].load or 0)


def test_the_order_of_layers_counts_for_a_client_that_needs_all_below() -> None:
    closure = closure_of([[], [], []], sizes=[10_000_000, 20_000_000, 30_000_000])
    was = plan(closure, "each", 9)
    request = PlanRequest("each", 9, carried=tuple(layer.paths for layer in reversed(was.layers)))
    now = Planner(closure).solve(request)
    assert [layer.paths for layer in now.layers] == [layer.paths for layer in reversed(was.layers)]
    link = Link.parse("10mbit/20ms")
    overlay, store = (seconds(closure, now, was, Delivery.of((name,), link)).pulls[0] for name in PULLERS[:2])
    assert overlay.client.name == "docker"
    assert overlay.after == overlay.cold, "docker's overlay2 store begins anew where the order is another one"
    assert store.after is not None
    assert store.after < store.cold, "a store of blobs only unpacks them again"


def test_a_pricer_states_the_seconds_of_its_delivery() -> None:
    closure = random_closure(3, 30)
    fast, slow = (
        Pricer(Planner(closure), delivery=Delivery.of((), Link.parse(text))).plan(PlanRequest()).seconds
        for text in ("1gbit/1ms", "1mbit/100ms")
    )
    assert fast is not None
    assert slow is not None
    assert fast.release < slow.release
    assert np.isfinite(slow.release)
