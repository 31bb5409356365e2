"""The files of layers."""
