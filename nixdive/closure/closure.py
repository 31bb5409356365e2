"""The closure: store paths, the arrows between them, and their NAR sizes, checked once and then frozen."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Self

from nixdive.closure.reach import reach
from nixdive.errors import MalformedGraphError, UnknownPathError
from nixdive.store.path import PathGraph, PathInfo, StorePath, name_and_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import networkx as nx

    from nixdive.closure.measures import Measures


class Closure:
    """Store paths and the references between them; never changes once made.

    Every path has an index: its place in `paths`, which is sorted, so that the same closure has the same
    indices whatever order its source had. References to itself are left out of the arrows.

    Attributes:
        origin: what the user named, for messages.
        paths: all store paths, sorted.
        infos: what is known of each, by index.
        roots: indices of the requested paths, sorted.
        references: for each index the indices it refers to, sorted, without itself.
        sized: whether NAR sizes are known; if not, every path counts as one byte.
    """

    def __init__(
        self,
        origin: str,
        infos: tuple[PathInfo, ...],
        references: tuple[tuple[int, ...], ...],
        roots: tuple[int, ...],
        *,
        sized: bool,
    ) -> None:
        self.origin = origin
        self.infos = infos
        self.paths = tuple(info.path for info in infos)
        self.references = references
        self.roots = roots
        self.sized = sized

    @classmethod
    def of(cls, graph: PathGraph) -> Self:
        """Check the graph of a source and return the closure.

        Raises:
            MalformedGraphError: a path is listed twice, a reference leads to a path that is not listed, or
                paths refer to each other in a circle; it names the origin and the path.
        """
        infos = tuple(sorted(graph.infos, key=lambda info: info.path))
        index: dict[StorePath, int] = {}
        for position, info in enumerate(infos):
            if index.setdefault(info.path, position) != position:
                raise MalformedGraphError(graph.origin, info.path, "it is listed twice")
        references = tuple(_arrows(graph.origin, info, index) for info in infos)
        if graph.roots:
            roots = _roots_named(graph, index)
        else:
            referred = {target for row in references for target in row}
            roots = tuple(i for i in range(len(infos)) if i not in referred)
        closure = cls(graph.origin, infos, references, roots, sized=graph.sized)
        _ = closure.topological  # raises for a circle
        return closure

    def __len__(self) -> int:
        return len(self.paths)

    @cached_property
    def index(self) -> Mapping[StorePath, int]:
        """The index of each path."""
        return {path: i for i, path in enumerate(self.paths)}

    def find(self, path: StorePath) -> int:
        """Return the index of a path; raise UnknownPathError if it is not in the closure."""
        try:
            return self.index[path]
        except KeyError:
            raise UnknownPathError(f"{self.origin}: {path} is not in the closure") from None

    @cached_property
    def nar_sizes(self) -> tuple[int, ...]:
        """Bytes of the NAR of each path, by index."""
        return tuple(info.nar_size for info in self.infos)

    @cached_property
    def nar_size(self) -> int:
        """Bytes of all NARs together."""
        return sum(self.nar_sizes)

    @cached_property
    def referrers(self) -> tuple[tuple[int, ...], ...]:
        """For each index the indices that refer to it, sorted, without itself."""
        referrers: list[list[int]] = [[] for _ in self.paths]
        for source, row in enumerate(self.references):
            for target in row:
                referrers[target].append(source)
        return tuple(map(tuple, referrers))

    @cached_property
    def topological(self) -> tuple[int, ...]:
        """All indices, each after everything it refers to; the same order every time."""
        waiting = [len(row) for row in self.references]
        order = [i for i, count in enumerate(waiting) if count == 0]
        for done in order:
            for source in self.referrers[done]:
                waiting[source] -= 1
                if waiting[source] == 0:
                    order.append(source)
        if len(order) < len(self.paths):
            raise self._circle({i for i, count in enumerate(waiting) if count})
        return tuple(order)

    @cached_property
    def needs(self) -> Sequence[int]:
        """For each index how many it refers to, directly or not, without itself."""
        return _others(self.references, self.topological)

    @cached_property
    def users(self) -> Sequence[int]:
        """For each index how many refer to it, directly or not, without itself."""
        return _others(self.referrers, self.topological[::-1])

    @cached_property
    def by_name(self) -> Sequence[int]:
        """The position of each index when sorted by name, then by hash."""
        order = sorted(range(len(self)), key=lambda i: name_and_hash(self.paths[i]))
        places = [0] * len(order)
        for place, i in enumerate(order):
            places[i] = place
        return places

    def ordered(self, indices: Iterable[int]) -> tuple[int, ...]:
        """Return indices in the order that nixpkgs gives to the paths of a layer: `by_name`."""
        return tuple(sorted(indices, key=self.by_name.__getitem__))

    def to_networkx(self) -> nx.DiGraph[StorePath]:
        """Return the closure as a new networkx graph: its nodes are the store paths, sorted.

        An edge leads from each path to what it refers to, itself left out. The `name` of the graph is
        the origin. Each node has `name`, `package` and, where there is one, `version`; `root`, whether it was
        asked for; and where sizes are known `nar_size`, `closure_size` and `added_size`: bytes of NARs, as in
        `Measures`.
        """
        import networkx as nx  # noqa: PLC0415  it takes longer to load than most plans take to make

        graph: nx.DiGraph[StorePath] = nx.DiGraph(name=self.origin)
        roots = set(self.roots)
        for i, path in enumerate(self.paths):
            version = {"version": path.version} if path.version else {}
            graph.add_node(path, name=path.name, package=path.package, **version, root=i in roots)
            if self.sized:
                graph.nodes[path].update(
                    nar_size=self.nar_sizes[i],
                    closure_size=self.measures.closure_sizes[i],
                    added_size=self.measures.added_sizes[i],
                )
        for path, row in zip(self.paths, self.references, strict=True):
            graph.add_edges_from((path, self.paths[target]) for target in row)
        return graph

    @cached_property
    def measures(self) -> Measures:
        """Closure size, added size, depth and so on of every path."""
        from nixdive.closure.measures import measure  # noqa: PLC0415  measures are not always asked for

        return measure(self)

    def _circle(self, stuck: set[int]) -> MalformedGraphError:
        from nixdive.closure.circles import circles, named  # noqa: PLC0415  it loads networkx

        found = circles(
            {self.paths[i]: [self.paths[j] for j in self.references[i] if j in stuck] for i in sorted(stuck)}
        )
        cause = f"it refers to itself through others: {named(found)}"
        return MalformedGraphError(self.origin, found[0][0], cause)


def _others(rows: Sequence[Sequence[int]], order: Sequence[int]) -> Sequence[int]:
    return [count - 1 for count in reach(rows, order, [1] * len(order))[1]]


def _arrows(origin: str, info: PathInfo, index: Mapping[StorePath, int]) -> tuple[int, ...]:
    try:
        row = set(map(index.__getitem__, info.references))
    except KeyError as error:
        raise MalformedGraphError(
            origin,
            info.path,
            f"it refers to {error.args[0]}, which is not listed",
            hint="export the whole closure: nix-store --dump-db $(nix-store --query --requisites PATH)",
        ) from None
    row.discard(index[info.path])
    return tuple(sorted(row))


def _roots_named(graph: PathGraph, index: Mapping[StorePath, int]) -> tuple[int, ...]:
    def at(paths: Iterable[StorePath]) -> Iterable[int]:
        for path in paths:
            if path not in index:
                raise MalformedGraphError(graph.origin, path, "it was asked for, but is not listed")
            yield index[path]

    return tuple(sorted(set(at(graph.roots))))
