from __future__ import annotations

import pytest

from nixdive.image.oci.moments import created, seconds


@pytest.mark.parametrize(
    ("text", "moment", "count"),
    [
        ("1970-01-01T00:00:01Z", "1970-01-01T00:00:01Z", 1),
        ("2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00Z", 1769853600),
        ("2026-01-31", "2026-01-31T00:00:00Z", 1769817600),
    ],
)
def test_a_time_is_utc(text: str, moment: str, count: int) -> None:
    assert created(text) == moment
    assert seconds(text) == count


def test_mtime_takes_seconds() -> None:
    assert seconds("0") == 0
    assert seconds("1700000000") == 1700000000


def test_now_is_a_time() -> None:
    assert created("now") > "2020"
    assert seconds("now") > 1577836800


@pytest.mark.parametrize("text", ["yesterday", "", "1969-12-31", "9999999999999", "٣"])
def test_what_no_tar_header_holds_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        seconds(text)


@pytest.mark.parametrize("text", ["yesterday", "1700000000", "0001-01-01T00:00:00"])
def test_what_no_config_holds_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        created(text)
