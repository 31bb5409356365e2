{
  description = "See, tune and write the layers of container images built with Nix";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { nixpkgs, ... }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      each =
        function:
        builtins.listToAttrs (
          map (system: {
            name = system;
            value = function nixpkgs.legacyPackages.${system};
          }) systems
        );
      package = pkgs: pkgs.callPackage ./nix/package.nix { };
    in
    {
      # nixdive.lib { nixdive = package; system = "x86_64-linux"; } has buildImage, without any nixpkgs: see docs/nix.md
      lib = import ./nix;

      # pkgs.nixdive, and its functions as pkgs.nixdive.tools
      overlays.default = final: _: { nixdive = package final; };

      packages = each (pkgs: {
        default = package pkgs;
      });

      devShells = each (pkgs: {
        default = pkgs.mkShell {
          inputsFrom = [ (package pkgs) ];
          packages = [
            pkgs.ruff
          ]
          ++ map (name: pkgs.python3.pkgs.${name}) [
            "hypothesis"
            "import-linter"
            "jsonschema"
            "mypy"
            "pyte"
            "pytest"
            "pytest-asyncio"
            "pytest-xdist"
          ];
        };
      });
    };
}
