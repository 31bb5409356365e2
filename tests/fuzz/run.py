"""Fuzz one reader with atheris, guided by what of the program each input reaches.

usage: python -m tests.fuzz.run READER CORPUS [SECONDS]

CORPUS is a directory that keeps what was found to reach more; what the reader takes is put there first. What
it neither reads nor refuses ends the run with a traceback, and is kept in a file crash-* here; it belongs
into the tests of the reader. atheris is not among the dependencies of the tests: pip install atheris, with
Python 3.11.
"""

from __future__ import annotations

import json
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["nixdive"]):
    from nixdive.errors import NixdiveError
    from nixdive.yaml_text import YamlError
    from tests.fuzz.readers import readers

_GIVEN_TEXT = frozenset({"plan file", "plan label", "pipeline", "config"})


def main() -> None:
    """Fuzz until the time is over, or something is found."""
    name, corpus, seconds = sys.argv[1], Path(sys.argv[2]), (sys.argv[3:] or ["60"])[0]
    corpus.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, tempfile.TemporaryDirectory() as inputs:
        reader = readers(Path(made))[name]
        for seed in reader.seeds:
            (corpus / sha256(seed).hexdigest()).write_bytes(seed)

        def once(data: bytes) -> None:
            try:
                reader.read(data, Path(inputs))
            except (NixdiveError, YamlError):
                pass
            except (UnicodeDecodeError, json.JSONDecodeError):
                if name not in _GIVEN_TEXT:
                    raise

        options = [f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=3000", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], str(corpus), *options], once)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
