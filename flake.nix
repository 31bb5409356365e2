{
  description = "See, tune and write the layers of container images built with Nix";

  # nixdive.lib { nixdive = package; system = "x86_64-linux"; } has buildImage: see docs/nix.md
  outputs = _: { lib = import ./nix; };
}
