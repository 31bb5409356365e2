"""Blobs that are brought to the disk while they are written."""

from __future__ import annotations

import itertools
import os
import sys
from typing import TYPE_CHECKING

import pytest

from nixdive.image.writers import disk, slot_writer
from nixdive.image.writers.parts import Slot
from nixdive.image.writers.slot_writer import SlotWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = 4096


@pytest.fixture
def descriptor(tmp_path: Path) -> Iterator[int]:
    opened = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    yield opened
    os.close(opened)


def test_data_land_in_the_slot_and_whole_pages_go_to_the_disk_once(
    descriptor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[tuple[int, int]] = []
    monkeypatch.setattr(slot_writer, "_STEP", 3 * PAGE)
    monkeypatch.setattr(slot_writer, "begin_sync", lambda _, offset, size: begun.append((offset, size)))
    writer = SlotWriter(Slot(descriptor, PAGE + 512))
    pieces = [bytes([number]) * size for number, size in enumerate((5000, 1, PAGE * 9, 700, 3 * PAGE))]
    for piece in pieces:
        writer.write(piece)
    assert os.pread(descriptor, 1 << 20, 0) == bytes(PAGE + 512) + b"".join(pieces)
    assert begun[0][0] == PAGE
    assert all(size >= 3 * PAGE and size % PAGE == 0 for _, size in begun)
    assert all(one[0] + one[1] == other[0] for one, other in itertools.pairwise(begun))
    assert sum(begun[-1]) <= PAGE + 512 + sum(map(len, pieces))


@pytest.mark.parametrize("offset", [0, 512, PAGE - 1, PAGE, 7 * PAGE + 1])
def test_the_second_write_begins_with_a_page(descriptor: int, offset: int) -> None:
    first = SlotWriter(Slot(descriptor, offset)).until_page(1 << 18)
    assert (offset + first) % PAGE == 0
    assert (1 << 18) - PAGE < first <= 1 << 18


def test_a_file_is_at_least_as_long_as_what_was_reserved(descriptor: int) -> None:
    os.pwrite(descriptor, b"kept", 0)
    disk.reserve(descriptor, 0)
    assert os.fstat(descriptor).st_size == 4
    disk.reserve(descriptor, 10_000)
    assert os.pread(descriptor, 20_000, 0).rstrip(b"\0") == b"kept"


def test_what_cannot_be_reserved_or_synced_is_no_error(descriptor: int) -> None:
    reading, writing = os.pipe()
    try:
        disk.reserve(writing, 100)
        disk.begin_sync(writing, 0, 100)
    finally:
        os.close(reading)
        os.close(writing)
    disk.begin_sync(descriptor, 0, 100)


def test_other_systems_do_without(descriptor: int, monkeypatch: pytest.MonkeyPatch) -> None:
    disk._call.cache_clear()
    monkeypatch.setattr(sys, "platform", "darwin")
    try:
        disk.reserve(descriptor, 100)
        disk.begin_sync(descriptor, 0, 100)
        assert os.fstat(descriptor).st_size == 0
    finally:
        disk._call.cache_clear()
