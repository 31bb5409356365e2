"""The layers that were made before: their digests, and as many of their blobs as there is room for."""
