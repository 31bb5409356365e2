"""Readers of existing images: docker-archives, OCI layouts and archives, streamLayeredImage's conf."""
