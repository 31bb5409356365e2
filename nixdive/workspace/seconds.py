"""Seconds until a plan has arrived: of the next push, of pulls, and of a release in expectation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from nixdive.clients.seconds import load_seconds, pull_seconds, push_seconds
from nixdive.layering.compare import identity, push
from nixdive.layering.plan import LayerKind
from nixdive.words import listed

if TYPE_CHECKING:
    from nixdive.clients.client import Client
    from nixdive.clients.delivery import Delivery
    from nixdive.clients.link import Link
    from nixdive.clients.seconds import Blobs, Flags, Times
    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.change.scenarios import Costs, Indices
    from nixdive.layering.plan import LayerPlan
    from nixdive.workspace.wire import Basis, WireSizes


@dataclass(frozen=True, slots=True)
class Trip:
    """Seconds of one client, on one side of the registry.

    Attributes:
        client: which.
        cold: with nothing on the other side: an empty registry, or a machine that has pulled nothing.
        after: with the baseline there; None without one.
        release: with this version there, of the release after it, in expectation.
        load: from a file instead of a registry; None for a push, and for a client that loads none.
    """

    client: Client
    cold: float
    after: float | None
    release: float
    load: float | None = None


@dataclass(frozen=True, slots=True)
class Seconds:
    """What a plan costs in time, by the clients and over the link of a delivery. All figures are estimates.

    Attributes:
        delivery: who carries the image.
        wire: wire bytes of all blobs.
        wire_push: of those that the next push sends; of all where a client compresses anew.
        basis: what the wire bytes are estimated from, most certain first; empty where they are known.
        pushes: for each client that pushes.
        pulls: for each client that pulls.
        layers: how many layers the image has.
    """

    delivery: Delivery
    wire: int
    wire_push: int
    basis: tuple[Basis, ...]
    pushes: tuple[Trip, ...]
    pulls: tuple[Trip, ...]
    layers: int

    @property
    def exact(self) -> bool:
        """Whether the wire bytes are known; else they are estimated."""
        return not self.basis

    @property
    def estimated(self) -> str:
        """What the wire bytes are estimated from, in words; empty where they are known."""
        return "" if self.exact else f"estimated from {listed(one.words for one in self.basis)}"

    @property
    def fails(self) -> tuple[Client, ...]:
        """The clients with which an image of so many layers does not run."""
        most = {one: one.most_layers for one in self.delivery.clients}
        return tuple(one for one, layers in most.items() if layers is not None and layers < self.layers)

    @property
    def next_push(self) -> float:
        """Seconds of the next push by the slowest client."""
        return max(one.cold if one.after is None else one.after for one in self.pushes)

    @property
    def release(self) -> float:
        """Seconds of a release in expectation: of the slowest push, and then of the slowest pull."""
        return max(one.release for one in self.pushes) + max(one.release for one in self.pulls)


def arrival(
    delivery: Delivery, plan: LayerPlan, sizes: WireSizes, changes: Changes, earlier: LayerPlan | None
) -> Seconds:
    """Return the seconds of a plan.

    Args:
        delivery: who carries the image.
        plan: its layers.
        sizes: knows or estimates their bytes.
        changes: of the releases to come.
        earlier: the plan that was pushed before, and that clients have; or None.
    """
    blobs = sizes.blobs(plan)
    lacking = np.array(push(plan, earlier).new if earlier else (True,) * len(plan.layers), dtype=bool)
    moved = np.arange(len(blobs)) >= _same_below(plan, earlier) if earlier else None
    way = _Way(delivery.link, blobs, lacking[:, None], None if moved is None else moved[:, None], changes)
    kept = all(one.keeps_digests for one in delivery.pushing)
    sent = blobs.wire[lacking] if kept else blobs.wire
    return Seconds(
        delivery,
        round(blobs.wire.sum()),
        round(sent.sum()),
        () if sizes.exact(plan) else sizes.basis(plan),
        tuple(way.pushed(one) for one in delivery.pushing),
        tuple(way.pulled(one) for one in delivery.pulling),
        len(plan.layers),
    )


@dataclass(frozen=True, slots=True)
class _Way:
    """What clients find: a link, layers, which of them are missing; `moved` is None without a baseline."""

    link: Link
    blobs: Blobs
    lacking: Flags
    moved: Flags | None
    changes: Changes

    def pushed(self, client: Client) -> Trip:
        push = client.push
        assert push is not None  # noqa: S101  it was chosen because it pushes
        return self._trip(client, push_seconds(push, self.link, self.blobs, self._cases))

    def pulled(self, client: Client) -> Trip:
        pull = client.pull
        assert pull is not None  # noqa: S101  it was chosen because it pulls
        moved = None
        if self.moved is not None:
            moved = np.zeros_like(self._cases)
            moved[:, 1:2] = self.moved
        load = load_seconds(client.load, self.blobs) if client.load else None
        return replace(
            self._trip(client, pull_seconds(pull, self.link, self.blobs, self._cases, moved)), load=load
        )

    @property
    def _cases(self) -> Flags:
        """What is missing where there is nothing, after the baseline, and for each of the releases."""
        return np.hstack((np.ones_like(self.lacking), self.lacking, self.changes.flags))

    def _trip(self, client: Client, times: Times) -> Trip:
        cold, after, *_ = times.tolist()
        later = None if self.moved is None else after
        return Trip(client, cold, later, self.changes.expected(times[2:]))


def _same_below(plan: LayerPlan, earlier: LayerPlan) -> int:
    """Return how many of the lowest layers of a plan are those of an earlier one, in the same order."""
    same = 0
    for one, other in zip(plan.layers, earlier.layers, strict=False):
        if identity(one) != identity(other):
            break
        same += 1
    return same


@dataclass(frozen=True, slots=True)
class Changes:
    """Which layers change in each of the releases that may come.

    Attributes:
        flags: a row for each layer, a column for each set of layers that a release changes.
        kinds: for each release the column of what it changes: many change the same layers.
        weights: how likely each release is; they add up to 1.
    """

    flags: Flags
    kinds: Indices
    weights: Costs

    def expected(self, values: Costs) -> float:
        """Return the mean over the releases, of what each column has."""
        return float(values[self.kinds] @ self.weights)

    @classmethod
    def of(cls, plan: LayerPlan, model: ChangeModel) -> Changes:
        """Return the changes of a plan of the model's closure: base layers never change."""
        scenarios, closure = model.scenarios, model.closure
        members = [
            closure.roots
            if layer.kind is LayerKind.CUSTOMISATION
            else [closure.index[path] for path in layer.paths]
            for layer in plan.layers
        ]
        rows = np.zeros((len(members), scenarios.bits.shape[1]), dtype="<u8")
        for row, paths in enumerate(members):
            if paths:
                rows[row] = scenarios.union(paths)
        flags = np.unpackbits(rows.view(np.uint8), axis=1, bitorder="little")
        sets = np.packbits(flags, axis=0).T.copy()
        known: dict[bytes, int] = {}
        kinds = np.array([known.setdefault(one.tobytes(), len(known)) for one in sets], dtype=np.int64)
        firsts = np.unique(kinds, return_index=True)[1]
        return cls(flags[:, firsts].astype(bool), kinds, model.weights / scenarios.total)
