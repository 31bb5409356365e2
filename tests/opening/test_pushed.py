"""What a registry says of an image that was pushed: its config, and how large its blobs are."""

from __future__ import annotations

import gzip
import json

from nixdive.digest import digest_of
from nixdive.opening.pushed import remote_listing
from nixdive.progress import NullProgress
from tests.image.made import layer
from tests.remote.registry_here import RegistryHere, described


def test_blobs_that_are_compressed_are_known_by_diff_id_and_no_layer_is_read() -> None:
    first, second = layer("a=1"), layer("b=2")
    packed = gzip.compress(first)
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {"diff_ids": [digest_of(first), digest_of(second)]},
        }
    ).encode()
    with RegistryHere() as here:
        for blob in (packed, second, config):
            here.add_blob("app", blob)
        layers = [
            described("application/vnd.oci.image.layer.v1.tar+gzip", packed),
            described("application/vnd.oci.image.layer.v1.tar", second),
        ]
        described_config = described("application/vnd.oci.image.config.v1+json", config)
        here.add_manifest("app", "1", {"schemaVersion": 2, "config": described_config, "layers": layers})
        found = remote_listing(here.url("app:1"), None, NullProgress())
        assert found.wire == {digest_of(first): len(packed)}
        assert found.config["rootfs"]["diff_ids"] == [digest_of(first), digest_of(second)]
        assert [one.method for one in here.log] == ["GET", "GET"]
