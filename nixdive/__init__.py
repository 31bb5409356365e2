"""See, tune and write the layers of container images built with Nix.

The names in __all__ are public and kept stable; each is loaded on first use. docs/library.md shows them in
use.
"""

TYPE_CHECKING = False  # loading typing would take longer than all that comes before ctrl+c is answered

if TYPE_CHECKING:
    from nixdive.errors import NixdiveError
    from nixdive.layering.plan import LayerPlan
    from nixdive.layering.request import Pin, PlanRequest
    from nixdive.library import inspect, open, verify, write  # noqa: A004  nixdive.open, as gzip.open
    from nixdive.workspace.workspace import Workspace

__version__ = "0.1.0"

__all__ = [
    "LayerPlan",
    "NixdiveError",
    "Pin",
    "PlanRequest",
    "Workspace",
    "inspect",
    "open",
    "verify",
    "write",
]

_PLACES = {
    "LayerPlan": "nixdive.layering.plan",
    "NixdiveError": "nixdive.errors",
    "Pin": "nixdive.layering.request",
    "PlanRequest": "nixdive.layering.request",
    "Workspace": "nixdive.workspace.workspace",
    "inspect": "nixdive.library",
    "open": "nixdive.library",
    "verify": "nixdive.library",
    "write": "nixdive.library",
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415  as above

    value = getattr(import_module(_PLACES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})
