"""nixpkgs' `layeringPipeline`: a small language that takes a graph of store paths apart into layers."""
