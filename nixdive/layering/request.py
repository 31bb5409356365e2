"""What the user asks of a plan: the whole editing state of the screen is a history of these values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Self

from nixdive.errors import PinError
from nixdive.layering.stamp import layer_hash

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from nixdive.layering.plan import LayerPlan
    from nixdive.store.path import StorePath

# no client runs more; which one runs how many is not for a plan to know, see nixdive.clients
MOST_LAYERS = 10_000
DEFAULT_MAX_LAYERS = 100
DEFAULT_HORIZON = 5  # releases
MOST_RELEASES = 1000
DEFAULT_STRATEGY = "churn"


def pinnable(path: StorePath) -> tuple[str, ...]:
    """Return the texts of a path that the pattern of a pin is held against."""
    return path, path.name, path.package, path.lineage


@dataclass(frozen=True, slots=True)
class Pin:
    """Paths that belong into one layer, alone there, under every strategy.

    Attributes:
        pattern: a shell pattern on the store path, on its name (openssl-3.0.14-bin), on its package (openssl)
            or on its lineage (openssl-bin).
        layer: the name of the layer.
    """

    pattern: str
    layer: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the pin that GLOB=LAYER describes; raise PinError when it does not."""
        pattern, equals, layer = text.rpartition("=")
        if not (pattern and equals and layer):
            raise PinError(f"pin {text!r} is not GLOB=LAYER", hint="for example: --pin 'openssl-*=base'")
        try:
            text.encode()
        except UnicodeEncodeError as error:  # Python's stand-ins for what is not text on the command line
            raise PinError(f"pin {text!r} is not UTF-8 text") from error
        return cls(pattern, layer)

    def matches(self, path: StorePath) -> bool:
        """Whether the pin takes this path."""
        return any(fnmatchcase(text, self.pattern) for text in pinnable(path))

    def __str__(self) -> str:
        return f"{self.pattern}={self.layer}"


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What a plan has to meet.

    Attributes:
        strategy: the name of the strategy for the paths that are not pinned.
        max_layers: the layer budget: ALL layers of the final image, base and customisation layers included.
        pins: in the order in which they were made.
        exclude: store paths that go into no layer.
        pipeline: the `layeringPipeline` JSON that the strategy `pipeline` runs, or None.
        rates: how often packages change by themselves, per release: a pattern like that of a pin, and a
            number from 0 to 1; the first one that matches holds.
        carried: what lay in each layer of an earlier plan, lowest first, as store paths or as the names of a
            plan file: then the layers stay as they were. Empty to lay out anew.
        hashes: for each carried layer what its store paths hash to, as `layer_hash` gives it; "" for one that
            is to stay together whatever has become of its paths. Empty where nobody knows.
        frozen: layers that keep their bytes: each has exactly these store paths, in this order.
        horizon: within how many releases a plan that is carried on has to bring back what is pushed now for
            them; with 0 as little as possible is pushed now.
        assumed: how an earlier version is taken to be laid out of which only the closure is known: strategy
            and layer budget. None takes those of the request itself.
        carry_on: whether `churn` carries on the layers that were pushed last, where `carried` has none.
        spare: how many layers of the budget stay free where layers are carried on: people who put layers
            together do not want others cut for the room. Paths that are new, pins and frozen layers may have
            it.
    """

    strategy: str = DEFAULT_STRATEGY
    max_layers: int = DEFAULT_MAX_LAYERS
    pins: tuple[Pin, ...] = ()
    exclude: tuple[StorePath, ...] = ()
    pipeline: str | None = None
    rates: tuple[tuple[str, float], ...] = ()
    carried: tuple[tuple[str, ...], ...] = ()
    hashes: tuple[str, ...] = ()
    frozen: tuple[tuple[StorePath, ...], ...] = ()
    horizon: int = DEFAULT_HORIZON
    assumed: tuple[str, int] | None = None
    carry_on: bool = False
    spare: int = 0

    def carrying(self, layers: Sequence[Sequence[str]], hashes: Sequence[str] = ()) -> PlanRequest:
        """Return the request that carries layers on.

        Args:
            layers: what lay in each, lowest first.
            hashes: of those that there were; none for layers that are to stay as they are said.
        """
        return replace(self, carried=tuple(map(tuple, layers)), hashes=tuple(hashes))

    def carrying_on(self, plan: LayerPlan) -> PlanRequest:
        """Return the request that carries the store layers of an earlier plan on."""
        return self.carrying(plan.stored, tuple(map(layer_hash, plan.stored)))

    def anew(self) -> PlanRequest:
        """Return the request that carries nothing on."""
        return replace(self.carrying(()), carry_on=False, spare=0)

    def within(self, max_layers: int) -> PlanRequest:
        """Return the request with another budget; a lower one takes what is spare before it takes layers."""
        spare = max(self.spare - max(self.max_layers - max_layers, 0), 0)
        return replace(self, max_layers=max_layers, spare=spare)

    @property
    def assumption(self) -> tuple[str, int]:
        """Strategy and layer budget by which versions of which only the closure is known are laid out."""
        usual = DEFAULT_STRATEGY if self.strategy == "keep" else self.strategy
        return self.assumed or (usual, self.max_layers)

    def narrowed(self, paths: Collection[StorePath]) -> PlanRequest:
        """Return the request without the pins, exclusions and frozen layers that these paths cannot meet."""
        return replace(
            self,
            pins=tuple(pin for pin in self.pins if any(map(pin.matches, paths))),
            exclude=tuple(path for path in self.exclude if path in paths),
            frozen=tuple(layer for layer in self.frozen if all(path in paths for path in layer)),
        )

    def laid_out_by(self, strategy: str) -> PlanRequest:
        """Return the request that leaves all to a strategy: nothing is pinned, frozen or carried."""
        return replace(self.anew(), strategy=strategy, pins=(), frozen=())
