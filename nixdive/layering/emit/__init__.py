"""Plans in nixpkgs' own terms: as a `layeringPipeline`, and as a Nix expression."""
