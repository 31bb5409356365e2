"""The files of store paths, wherever they lie."""
