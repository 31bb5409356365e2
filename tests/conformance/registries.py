"""Registries that are started for a test."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from tests.conformance.programs import daemon, own_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@contextlib.contextmanager
def registry(
    program: str = "docker-registry",
    more: Sequence[str] = (),
    *,
    data: Path | None = None,
    tls: tuple[Path, Path] | None = None,
) -> Iterator[str]:
    """HOST:PORT of a registry that is empty at first.

    Args:
        program: docker-registry, which is distribution 2; registry, which is distribution 3; or crane.
        more: further lines of distribution's configuration.
        data: where distribution keeps what it has; None for a folder of its own.
        tls: the files of its certificate and its key, for distribution.
    """
    with own_folder("registry") as folder:
        log = folder / "log"
        if program == "crane":
            words = ["crane", "registry", "serve", "--address", "127.0.0.1:0"]
            marker = "serving on port "
        else:
            secured = f", tls: {{certificate: {tls[0]}, key: {tls[1]}}}" if tls else ""
            lines = [
                "version: 0.1",
                f"storage: {{filesystem: {{rootdirectory: {data or folder / 'data'}}}}}",
                f'http: {{addr: "127.0.0.1:0", secret: here{secured}}}',
                *more,
            ]
            (folder / "config.yml").write_text("\n".join(lines))
            words = [program, "serve", f"{folder}/config.yml"]
            marker = "listening on 127.0.0.1:"
        port = re.compile(rf"{marker}(\d+)\b")
        with daemon(*words, log=log, ready=lambda: port.search(log.read_text()) is not None):
            found = port.search(log.read_text())
            assert found is not None
            yield f"127.0.0.1:{found[1]}"
