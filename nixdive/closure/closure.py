"""The closure: store paths, the arrows between them, and their NAR sizes, checked once and then frozen."""

from __future__ import annotations

from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeAlias

from nixdive.closure.reach import reach
from nixdive.errors import MalformedGraphError, UnknownPathError
from nixdive.progress import NullProgress, Progress
from nixdive.store.path import PathGraph, PathInfo, StorePath, name_and_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import networkx as nx

    from nixdive.closure.measures import Measures

Later: TypeAlias = "Callable[[Progress], PathGraph]"
"""Returns a graph when it is asked for, and says how far it is."""


class _Links(NamedTuple):
    """What the references of a closure are needed for."""

    infos: tuple[PathInfo, ...]
    references: tuple[tuple[int, ...], ...]
    roots: tuple[int, ...]


class Closure:
    """Store paths and the references between them; never changes once made.

    Every path has an index: its place in `paths`, which is sorted, so that the same closure has the same
    indices whatever order its source had. References to itself are left out of the arrows.

    Of an image the references are in the data of its files. They are read when something asks for references,
    or for what is worked out of them; paths and sizes are known without.

    Attributes:
        origin: what the user named, for messages.
        paths: all store paths, sorted.
        nar_sizes: bytes of the NAR of each path, by index.
        sized: whether NAR sizes are known; if not, every path counts as one byte.
    """

    def __init__(self, origin: str, nar_sizes: Mapping[StorePath, int], later: Later, *, sized: bool) -> None:
        self.origin = origin
        self.paths = tuple(nar_sizes)
        self.nar_sizes = tuple(nar_sizes.values())
        self.sized = sized
        self._later = later
        self._known: _Links | None = None

    @classmethod
    def of(cls, graph: PathGraph) -> Self:
        """Check the graph of a source and return the closure.

        Raises:
            MalformedGraphError: a path is listed twice, a reference leads to a path that is not listed, or
                paths refer to each other in a circle; it names the origin and the path.
        """
        infos = sorted(graph.infos, key=attrgetter("path"))
        sizes: dict[StorePath, int] = {}
        for info in infos:
            if info.path in sizes:
                raise MalformedGraphError(graph.origin, info.path, "it is listed twice")
            sizes[info.path] = info.nar_size
        closure = cls(graph.origin, sizes, lambda _: graph, sized=graph.sized)
        closure.link()
        return closure

    @classmethod
    def later(cls, origin: str, nar_sizes: Mapping[StorePath, int], graph: Later) -> Self:
        """Return the closure of paths whose references are looked for when they are asked for.

        Args:
            origin: what the user named, for messages.
            nar_sizes: bytes of the NAR of every path.
            graph: returns the graph of exactly these paths; it is called once at most.
        """
        return cls(origin, dict(sorted(nar_sizes.items())), graph, sized=True)

    def link(self, progress: Progress = NullProgress()) -> None:  # noqa: B008  it has no state
        """Look for the references now, if they are not known yet.

        Args:
            progress: told how far that is, and asked whether to go on.

        Raises:
            MalformedGraphError: as `of`.
            Cancelled: the user stopped it.
        """
        if self._known is not None:
            return
        graph = self._later(progress)
        infos = tuple(sorted(graph.infos, key=attrgetter("path")))
        references = tuple(_arrows(graph.origin, info, self.index) for info in infos)
        if graph.roots:
            roots = _roots_named(graph, self.index)
        else:
            referred = {target for row in references for target in row}
            roots = tuple(i for i in range(len(infos)) if i not in referred)
        self._known = _Links(infos, references, roots)
        self._later = lambda _: graph
        _ = self.topological  # raises for a circle

    @property
    def linked(self) -> bool:
        """Whether its references are known, so that asking for them reads nothing."""
        return self._known is not None

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how another process makes it: from its graph, since what reads stays here."""
        roots = tuple(self.paths[i] for i in self.roots)
        return type(self).of, (PathGraph(self.origin, self.infos, roots, self.sized),)

    @cached_property
    def infos(self) -> tuple[PathInfo, ...]:
        """What is known of each path, by index."""
        return self._links.infos

    @cached_property
    def references(self) -> tuple[tuple[int, ...], ...]:
        """For each index the indices it refers to, sorted, without itself."""
        return self._links.references

    @cached_property
    def roots(self) -> tuple[int, ...]:
        """The indices of the requested paths, sorted."""
        return self._links.roots

    @property
    def _links(self) -> _Links:
        self.link()
        assert self._known is not None  # noqa: S101  it has just been made
        return self._known

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
        measures: Measures | None = vars(self).get("measures")
        if measures is not None and measures.reached:
            return _others(measures.closure_counts)
        return _others(reach(self.references, self.topological, [1] * len(self))[1])

    @cached_property
    def users(self) -> Sequence[int]:
        """For each index how many refer to it, directly or not, without itself."""
        return self._above[1]

    @cached_property
    def ways(self) -> Sequence[int]:
        """For each index how many ways lead to it and to all that refer to it, from paths that nobody needs.

        The number that nixpkgs ranks paths by (references-by-popularity/closure-graph.py), which walks the
        graph as if it were a tree.
        """
        return self._above[0]

    @cached_property
    def _above(self) -> tuple[Sequence[int], Sequence[int]]:
        # both in one pass, for no other work on a large closure takes as long
        sums, counts = reach(
            self.referrers, self.topological[::-1], ways(self.references, self.topological[::-1])
        )
        return sums, _others(counts)

    @cached_property
    def by_name(self) -> Sequence[int]:
        """The position of each index when sorted by name, then by hash."""
        names = list(map(name_and_hash, self.paths))
        order = sorted(range(len(self)), key=names.__getitem__)
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
        from nixdive.closure.measures import Measures  # noqa: PLC0415  measures are not always asked for

        return Measures(self)

    def _circle(self, stuck: set[int]) -> MalformedGraphError:
        from nixdive.closure.circles import circles, named  # noqa: PLC0415  it loads networkx

        found = circles(
            {self.paths[i]: [self.paths[j] for j in self.references[i] if j in stuck] for i in sorted(stuck)}
        )
        cause = f"it refers to itself through others: {named(found)}"
        return MalformedGraphError(self.origin, found[0][0], cause)


def ways(rows: Sequence[Sequence[int]], order: Iterable[int]) -> list[int]:
    """Return for each index how many ways lead to it, from the indices that nothing leads to.

    Args:
        rows: for each index those that it leads to.
        order: the indices, each before all that it leads to.
    """
    found = [0] * len(rows)
    for i in order:
        found[i] = found[i] or 1  # nothing leads to it
        for target in rows[i]:
            found[target] += found[i]
    return found


def _others(counts: Iterable[int]) -> Sequence[int]:
    return [count - 1 for count in counts]


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
