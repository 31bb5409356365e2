"""closureInfo's registration."""

from __future__ import annotations

import pytest

from nixdive.errors import MalformedGraphError
from nixdive.store.sources.registration import parse

APP, LIB = (f"/nix/store/{letter * 32}-{name}" for letter, name in (("a", "app-1"), ("b", "lib-2")))
GOOD = f"{APP}\nsha256:{'0' * 64}\n1000\n{APP}.drv\n2\n{APP}\n{LIB}\n{LIB}\n{'0' * 64}\n0\n\n0\n"


def test_good() -> None:
    graph = parse(GOOD, "x")
    app, lib = graph.infos
    assert (app.path, app.nar_size, app.deriver, app.references) == (APP, 1000, f"{APP}.drv", (APP, LIB))
    assert (lib.path, lib.nar_size, lib.deriver, lib.references) == (LIB, 0, None, ())
    assert graph.sized


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            GOOD.replace("\n1000\n", "\n-1000\n"),
            f"{APP}: line 3: its NAR size should stand here, not '-1000'",
        ),
        (GOOD.replace("\n1000\n", "\n\n"), f"{APP}: line 3: its NAR size should stand here, not ''"),
        (GOOD.replace("\n2\n", "\n3\n"), f"{'0' * 64}"),
        (GOOD.replace("\n2\n", "\nmany\n"), f"{APP}: line 5: the number of its references"),
        (GOOD.replace("\n2\n", f"\n{10**12}\n"), f"{APP}: the file ends after 7 of {10**12} references"),
        (f"{APP}\nsha256:0\n", f"{APP}: the file ends before its NAR size"),
        (
            GOOD.replace(f"\n{LIB}\n{LIB}\n", f"\nlib\n{LIB}\n"),
            f"{APP}: its references: 'lib' is no store path",
        ),
    ],
)
def test_broken(text: str, told: str) -> None:
    with pytest.raises(MalformedGraphError) as caught:
        parse(text, "some.registration")
    assert str(caught.value).startswith("some.registration: ")
    assert told in str(caught.value)
