"""The bytes: layer tars, blobs, config, manifest, and the files that hold them."""
