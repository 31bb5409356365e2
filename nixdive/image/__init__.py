"""The bytes of an image: layer tars, blobs, config, manifest, and the files that contain them."""
