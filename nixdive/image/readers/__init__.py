"""Images that stand somewhere: docker-archives, OCI layouts and archives, and the conf of streamLayeredImage."""
