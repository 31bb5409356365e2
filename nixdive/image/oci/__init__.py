"""The documents of an image, in the words of the OCI image specification: config, manifest, name."""
