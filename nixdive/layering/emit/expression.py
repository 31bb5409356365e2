"""A plan as a Nix expression: the image is written by a build, from the files in the store."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

from nixdive.errors import PlanError
from nixdive.layering.planwriter import plan_toml

if TYPE_CHECKING:
    from nixdive.layering.plan import LayerPlan

# what it relies on: exportReferencesGraph of derivations with structured attributes, Nix 2.0;
# builtins.placeholder, Nix 1.12; unsafeDiscardReferences without an experimental feature, Nix 2.18
_TEMPLATE = """\
# A container image, laid out and written by nixdive inside a build. No Nix is asked there: the graph of
# references comes with the build, the files from the store. With packages of nixpkgs:
#
#   image = pkgs.callPackage ./image.nix { inherit nixdive; roots = [ pkgs.hello ]; };
#
# With what is in the store already:
#
#   nix-build image.nix --argstr nixdive "$(command -v nixdive)" --argstr roots /nix/store/...-hello
{
  # What goes into the image, with all that it needs: packages or store paths, one or a list.
  roots,
  # The package of nixdive, or where its program is. A sandbox shows a build only what is in the store.
  nixdive,
  # What the build's result is called.
  name ? "@NAME@",
  # More words for `nixdive write`, like [ "--cmd" "${hello}/bin/hello" "--name" "hello:1.0" ]. Paths for
  # --contents belong to the roots, too.
  options ? [ ],
}:

let
  # The plan file. Its strategy lays out whatever the roots have become; a pin needs a path that it matches.
  plan = builtins.toFile "plan.toml" ''
@PLAN@  '';

  # A path as plain text says nothing to Nix of what it is part of.
  stored =
    root:
    if builtins.hasContext (toString root) then toString root else builtins.storePath (toString root);
in
derivation (
  {
    inherit name;
    system = nixdive.system or builtins.currentSystem;
    builder = if builtins.isAttrs nixdive then "${nixdive}/bin/nixdive" else toString nixdive;
    args = [
      "write"
      ".attrs.json"
      "--plan"
      plan
      "--output"
      (builtins.placeholder "out")
      "--quiet" # a build has a terminal, but its log is not a place for a bar
    ]
    ++ options;
    __structuredAttrs = true;
    exportReferencesGraph.closure = map stored (if builtins.isList roots then roots else [ roots ]);
  }
  # An image names its store paths, but needs none of them.
  // (
    if builtins.compareVersions builtins.nixVersion "2.18" >= 0 then
      { unsafeDiscardReferences.out = true; }
    else
      { }
  )
)
"""
# what would end an indented string, or begin an interpolation in it
_LITERAL = str.maketrans({"'": '${"\'"}', "$": "''$"})


def expression(plan: LayerPlan, name: str) -> str:
    """Return a Nix expression that writes the image of its roots by this plan.

    It is a function of the roots and of nixdive itself, for nix-build and for callPackage.

    Args:
        plan: its request is what the build lays out anew.
        name: what the result is called unless it is told otherwise; letters, digits and +-._?= alone.

    Raises:
        PlanError: the strategy is `keep`, which has nothing to keep in a build.
    """
    if plan.request.strategy == "keep":
        raise PlanError(
            "a build finds no layers that the strategy keep could keep",
            hint="choose another --strategy, or keep them in a pipeline: --as pipeline",
        )
    lines = indent(plan_toml(plan), "    ").translate(_LITERAL)
    return _TEMPLATE.replace("@NAME@", name).replace("@PLAN@", lines)
