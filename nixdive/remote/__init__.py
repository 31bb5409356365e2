"""Registries: a client of OCI's distribution-spec 1.1, for images named docker://HOST/NAME[:TAG][@DIGEST].

`remote_image` reads manifest and config, for prices; its `layers` are descriptors with digests and bytes of
blobs, and `stored()` is the image as every other one is read, whose layers are fetched when they are read:

    from nixdive.remote.image import remote_image

    image = remote_image("docker://HOST/NAME:TAG", platform=None, progress=progress)
    image.config, image.diff_ids                      # the config, parsed; diff_ids lowest first
    [(one.digest, one.size) for one in image.layers]  # digests and bytes of the blobs, lowest first

The index and the platform are chosen as everywhere (`image.readers.choice`). Logins, proxies, TLS, retries
and plain HTTP for registries on this machine are taken care of; errors are RegistryError, in one line.
Nothing here is loaded before a docker:// is named: urllib3 takes 50 ms.
"""
