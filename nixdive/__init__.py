"""nixdive: see, tune and write the layers of container images built with Nix."""

__version__ = "0.1.0"
