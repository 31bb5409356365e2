"""The files of layers, and what they are compared with."""
