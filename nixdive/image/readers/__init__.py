"""Images that stand somewhere: docker-archives, OCI layouts and archives, streamLayeredImage's conf."""
