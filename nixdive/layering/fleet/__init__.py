"""Several images for one registry: layers are planned together, each with the images that use it."""
