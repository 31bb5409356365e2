"""Whatever a reader is given, it is read, or refused by an error of the house.

More of it: NIXDIVE_EXAMPLES=1000 pytest tests/fuzz
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.errors import NixdiveError
from nixdive.yaml_text import YamlError
from tests.examples import examples
from tests.fuzz.readers import Reader, readers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from hypothesis.strategies import DataObject

NAMES = (
    "closure", "nix2container", "conf", "layer", "image", "packed", "packed layer", "plan file", "plan label",
    "pipeline",
    "config", "rules", "session", "cache", "challenge", "config of a layout", "manifest of a layout",
    "index of a layout", "oci-layout of a layout", "manifest from a registry", "config from a registry",
    "history", "registries.conf", "logins", "settings of an image", "skopeo's folder", "build log",
    "token", "refusal",
)  # fmt: skip
_ODD = st.one_of(
    st.sampled_from(
        [b"\0", b"\n", b"9" * 20, b"-1", b'"', b"[", b"{", b"\xff", b"\xed\xa0\x80", b"null", b"1e999"]
    ),
    st.binary(min_size=1, max_size=8),
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Reader]:
    return readers(tmp_path_factory.mktemp("seeds"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inputs")


def _changed(data: bytes, chance: DataObject) -> bytes:
    """Return an input with some bytes changed, added or cut out, or its JSON with another value somewhere."""
    if data[:1] in {b"{", b"["} and chance.draw(st.booleans(), "json"):
        return json.dumps(_other(json.loads(data), chance)).encode()
    for _ in range(chance.draw(st.integers(1, 4))):
        at = chance.draw(st.integers(0, max(len(data) - 1, 0)))
        match chance.draw(st.sampled_from(["flip", "put", "cut", "end", "twice"])):
            case "flip" if data:
                data = data[:at] + bytes([data[at] ^ 1 << chance.draw(st.integers(0, 7))]) + data[at + 1 :]
            case "put":
                odd = chance.draw(_ODD)
                data = data[:at] + odd + data[at + len(odd) * chance.draw(st.integers(0, 1)) :]
            case "cut":
                data = data[:at] + data[at + chance.draw(st.integers(1, 40)) :]
            case "end":
                data = data[:at]
            case _:
                data = data[:at] + data[at : at + 600] + data[at:]
    return data


def _other(value: Any, chance: DataObject) -> Any:
    inside = (
        list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    )
    if not inside or chance.draw(st.integers(0, 3)) == 0:
        return chance.draw(_VALUES)
    key = chance.draw(st.sampled_from(inside))
    value[key] = _other(value[key], chance)
    return value


@pytest.mark.parametrize("name", NAMES)
def test_what_is_read_is_read_or_refused(
    name: str, every: Mapping[str, Reader], folder: Path, trial: Callable[[], int]
) -> None:
    reader = every[name]

    @examples(40)
    @given(st.data())
    def tried(chance: DataObject) -> None:
        trial()
        data = _changed(chance.draw(st.sampled_from(reader.seeds)), chance)
        try:
            reader.read(data, folder)
        except (NixdiveError, YamlError):
            pass
        except (UnicodeDecodeError, json.JSONDecodeError):
            assert name in {"plan file", "plan label", "pipeline", "config"}, "they are given text"

    tried()


def test_all_readers_are_tried_and_take_what_they_are_given(
    every: Mapping[str, Reader], folder: Path
) -> None:
    assert tuple(every) == NAMES
    for reader in every.values():
        for seed in reader.seeds:
            reader.read(seed, folder)
