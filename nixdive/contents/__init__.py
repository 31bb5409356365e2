"""The files of store paths, on a disk or in an image."""
