from __future__ import annotations

import pytest

from nixdive.image.tars.go_pattern import go_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("", "/x", True),
        (".*", "/x", True),
        ("/tmp$", "/nix/store/x/tmp", True),
        ("/tmp$", "/nix/store/x/tmp\n", False),  # for Python it is before the end of a line
        ("/tmp$", "/nix/store/x/tmp/y", False),
        ("^/nix/store/[^/]*-gtk+-3.0", "/nix/store/x-gtk-3.0", True),
        (r"\.so(\.\d+)?$", "/lib/x.so.6", True),
        ("bin/(sudo|su)$", "/bin/su", True),
        ("(?P<name>a)b", "ab", True),
        ("a{2,3}b", "xaab", True),
        ("a{b", "a{b", True),
        ("[^a-c]$", "abd", True),
        (r"[\]x]", "]", True),
        ("ü*$", "üü", True),
        ("^.$", "ü", True),
        (r"\d", "٣", False),
        (r"\s", "\v", False),
        (r"a\z", "a", True),
    ],
)
def test_it_finds_what_go_finds(pattern: str, text: str, *, found: bool) -> None:
    assert bool(go_pattern(pattern).search(text)) is found


NOT_TAKEN = (
    r"(a+)+ (a|b)* a** a*+ (?i)a (?=a) [[:alpha:]] \pL \Qa\E ( .*.*.*.* * ^* \ [ [a ) \1 (?P=x) (?#x) [\S]",
    r"[a--b] \ü",
)


@pytest.mark.parametrize("pattern", [*" ".join(NOT_TAKEN).split(), "a|" * 9, "a?" * 9, "a" * 2000])
def test_what_is_none_or_could_take_long_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        go_pattern(pattern)
