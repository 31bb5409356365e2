"""Two images beside each other: their blobs, and the files outside store paths."""
