"""The bytes of layer tars: as Nix's dockerTools, Go, and nix2container write them."""
