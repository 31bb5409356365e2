"""The loops of the search in C, where they could be built: the same results as by numpy, bit for bit.

Arrays are in C's order, and may not share memory with one that is written to. `scale` is what a scenario of
each word weighs. Whatever is not as long as it has to be is a ValueError, and an index of nothing an
IndexError. What takes long lets other threads run.
"""

from nixdive.layering.change.scenarios import Bits, Costs, Indices, Weights

def kinds() -> list[str]:
    """Return the kinds of loops that this processor runs, the quickest last: that is used."""

def use(kind: str) -> None:
    """Use another kind of loops from now on, in this process."""

def unite(bits: Bits, sizes: Costs, atoms: Indices, scale: Weights, union: Bits) -> tuple[float, float]:
    """Return the bytes of a layer and the weight of its scenarios; and put those into a row."""

def best_cut(bits: Bits, sizes: Costs, orders: Indices, scale: Weights) -> tuple[float, int, int]:
    """Return what the best cut in one of some orders saves, in which order, and how many are before it."""

def unions(bits: Bits, sizes: Costs, rows: Indices, others: Indices, scale: Weights, found: Costs) -> None:
    """Work out bytes times weight of layers together with others, pair by pair."""

def merges(
    bits: Bits, sizes: Costs, weights: Costs, at: int, start: int, scale: Weights, found: Costs
) -> None:
    """Work out what it costs to merge a layer with each other one from `start` on; infinity for itself."""

def pairs(bits: Bits, sizes: Costs, weights: Costs, scale: Weights, found: Costs) -> None:
    """Work out what it costs to merge each layer with each of the others."""

def merge_all(
    bits: Bits,
    sizes: Costs,
    weights: Costs,
    costs: Costs,
    again: Costs,
    scale: Weights,
    made: Indices,
    paid: Costs,
) -> None:
    """Merge the two layers for which that costs least, until one is left; all but the scale is changed.

    Args:
        bits: the scenarios of each layer.
        sizes: its bytes.
        weights: the weight of its scenarios.
        costs: what each pair costs.
        again: what each layer costs besides, where it is changed.
        scale: what scenarios weigh.
        made: which layer took which one in.
        paid: what that cost.
    """

def weigh_others(bits: Bits, atoms: Indices, ends: Indices, scale: Weights, found: Costs) -> None:
    """Work out for each atom of each layer the weight of the layer without it.

    Args:
        bits: the scenarios of each atom.
        atoms: those of one layer after those of another.
        ends: where each layer ends.
        scale: what scenarios weigh.
        found: the weights.
    """

def homes(
    bits: Bits,
    sizes: Costs,
    weights: Costs,
    atom_bits: Bits,
    atom_sizes: Costs,
    atoms: Indices,
    lie: Indices,
    saved: Costs,
    scale: Weights,
    best: Indices,
    gains: Costs,
) -> None:
    """Find for each atom the other layer in which it costs least.

    Args:
        bits: the scenarios of each layer.
        sizes: its bytes.
        weights: the weight of its scenarios.
        atom_bits: the scenarios of all atoms.
        atom_sizes: their bytes.
        atoms: those that are asked for.
        lie: the layer in which each of them lies.
        saved: what it saves there to take it out.
        scale: what scenarios weigh.
        best: the layers that are found.
        gains: what it saves to move each atom there.
    """

def move_all(
    bits: Bits,
    sizes: Costs,
    weights: Costs,
    atom_bits: Bits,
    atom_sizes: Costs,
    first: Indices,
    after: Indices,
    wanted: Indices,
    scale: Weights,
    worth: float,
) -> int:
    """Move atoms one after another where that saves; return how many were moved.

    Args:
        bits: the scenarios of each layer; changed, as are the next two.
        sizes: its bytes.
        weights: the weight of its scenarios.
        atom_bits: the scenarios of all atoms.
        atom_sizes: their bytes.
        first: an atom of each layer; changed.
        after: for each atom another one of the same layer, or -1; changed.
        wanted: an atom, the layer it is in, and where it may go; changed: those that were moved come first.
        scale: what scenarios weigh.
        worth: the part of what is saved that the move may cost.
    """

def scores(
    images: Bits,
    bits: Bits,
    sizes: Costs,
    expected: Costs,
    counts: Costs,
    renewal: Costs,
    pull: float,
    needy: Bits,
    reach: Costs,
    rows: Indices,
    others: Indices,
    table: Costs,
    anew: bool,
    scale: Weights,
    found: Costs,
) -> None:
    """Work out what the merges of layers of a fleet cost for what they help, as `fleet.fit` does.

    Args:
        images: the images that use each layer.
        bits: its scenarios.
        sizes: its bytes.
        expected: its bytes times weight.
        counts: how many images use it.
        renewal: what it costs besides to change it.
        pull: what a byte that one image pulls counts beside one that is pushed.
        needy: the images that have too many layers.
        reach: what it counts, by how many of those a merge helps.
        rows: the layers that are asked for.
        others: those that they may be merged with.
        table: bytes times weight of layers together, which is kept there; without rows where there is none.
        anew: whether that is worked out again.
        scale: what scenarios weigh.
        found: a row for each layer that is asked for; infinity where a merge helps nothing.
    """
