from __future__ import annotations

import pytest

from nixdive.digest import digest_of, hex_of, stated_in

DIGITS = hex_of(digest_of(b""))


@pytest.mark.parametrize(
    "member", [f"blobs/sha256/{DIGITS}", f"{DIGITS}.json", f"sha256:{DIGITS}", f"./{DIGITS}"]
)
def test_a_file_may_be_named_by_its_digest(member: str) -> None:
    assert stated_in(member) == digest_of(b"")


@pytest.mark.parametrize("member", ["config.json", f"{DIGITS[:-1]}.json", f"{DIGITS.upper()}.json", ""])
def test_other_names_state_none(member: str) -> None:
    assert stated_in(member) is None
