"""A plan as the layers of nix2container: a list for the `layers` of its buildImage.

Its buildLayer takes what a layer needs along, and leaves out what is listed in the `layers.json` of other
layers. So each layer is given a list of what is not its own, and comes out with just the paths of the plan,
whatever they refer to. Source: default.nix and nix/layers.go of nix2container.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.layering.plan import LayerKind
from nixdive.words import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import LayerPlan
    from nixdive.store.path import StorePath

_TEMPLATE = """\
# The layers of a container image for nix2container, laid out by nixdive, lowest first:
#
#   nix2container.buildImage {
#     name = "shop";
#     layers = import ./layers.nix { inherit (nix2container) buildLayer; inherit (pkgs) writeTextDir; };
#     config.Cmd = [ "${shop}/bin/shop" ];
#   }
{ buildLayer, writeTextDir }:

let
  layers = [
@LAYERS@  ];

  # A store path that is there, by its name alone.
  stored = path: builtins.appendContext path { ${path} = { path = true; }; };

  # buildLayer takes along what the paths need, but for what another layer lists.
  listing =
    numbers:
    let
      paths = builtins.concatMap (number: (builtins.elemAt layers number).paths) numbers;
    in
    writeTextDir "layers.json" (builtins.toJSON [ { paths = map (path: { inherit path; }) paths; } ])
    // {
      nestedLayers = [ ];
    };

  layer =
    { paths, needs }:
    buildLayer {
      deps = map stored paths;
      layers = if needs == [ ] then [ ] else [ (listing needs) ];
    }
    // {
      # what is listed there is no layer of the image
      nestedLayers = [ ];
    };
in
map layer layers
"""
_NAMES = 3


def nix2container_layers(closure: Closure, plan: LayerPlan) -> str:
    """Return a Nix expression: a function of nix2container's buildLayer that returns the layers of a plan.

    Args:
        closure: what was laid out.
        plan: how; its base layers and those above the store are nix2container's own business.
    """
    layers = [layer.paths for layer in plan.layers if layer.kind is LayerKind.STORE]
    return _TEMPLATE.replace("@LAYERS@", "".join(_layer(paths, layers, closure) for paths in layers))


def _layer(paths: Sequence[StorePath], layers: Sequence[Sequence[StorePath]], closure: Closure) -> str:
    below = _reached(closure, paths)
    needs = [i for i, other in enumerate(layers) if other is not paths and not below.isdisjoint(other)]
    lines = [f"    # {listed([path.package for path in paths], _NAMES)}", "    {", "      paths = ["]
    lines += [f'        "{path}"' for path in paths]
    lines += ["      ];", f"      needs = [ {''.join(f'{i} ' for i in needs)}];", "    }"]
    return "".join(f"{line}\n" for line in lines)


def _reached(closure: Closure, paths: Sequence[StorePath]) -> set[StorePath]:
    """Return some store paths with all that they need."""
    waiting = [closure.index[path] for path in paths]
    found = set(waiting)
    while waiting:
        new = [to for to in closure.references[waiting.pop()] if to not in found]
        found.update(new)
        waiting += new
    return {closure.paths[i] for i in found}
