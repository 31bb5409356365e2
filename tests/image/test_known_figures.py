"""dive's own test image has figures that dive's own tests state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nixdive.contents.efficiency import efficiency, hidden
from nixdive.image.readers import docker_archive
from nixdive.image.readers.archive import files_of
from nixdive.image.stored.indexed import index_image

if TYPE_CHECKING:
    from pathlib import Path


def test_dives_own_image(shared: Path) -> None:
    image = docker_archive.read(files_of(shared / "data/archives/dive-test-docker-image.tar"))[0]
    indexes = index_image(image)
    found = efficiency(indexes)
    assert found.score == pytest.approx(0.9844212134184309, abs=1e-16)
    assert (found.size, found.user_size, found.wasted_bytes) == (1_220_598, 66_237, 32_025)
    assert found.user_wasted_percent == pytest.approx(0.4834911001404049, abs=1e-16)
    assert [(file.path, file.copies, file.size) for file in found.files] == [
        (b"/root/example/somefile1.txt", 2, 12_810),
        (b"/root/saved.txt", 2, 12_810),
        (b"/root/example/somefile3.txt", 2, 6405),
    ]
    assert sum(file.size for file in hidden(indexes)) == 32_025
