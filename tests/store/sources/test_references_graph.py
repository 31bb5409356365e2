"""The old exportReferencesGraph."""

from __future__ import annotations

import pytest

from nixdive.errors import MalformedGraphError
from nixdive.store.sources.references_graph import parse

APP, LIB = (f"/nix/store/{letter * 32}-{name}" for letter, name in (("a", "app-1"), ("b", "lib-2")))
GOOD = f"{APP}\n{APP}.drv\n2\n{APP}\n{LIB}\n{LIB}\n\n0\n"


def test_good() -> None:
    graph = parse(GOOD, "x")
    app, lib = graph.infos
    assert (app.path, app.deriver, app.references) == (APP, f"{APP}.drv", (APP, LIB))
    assert (lib.path, lib.deriver, lib.references) == (LIB, None, ())
    assert not graph.sized


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD.replace("\n2\n", "\n6\n"), f"{APP}: the file ends after 5 of 6 references"),
        (
            GOOD.replace("\n2\n", "\n?\n"),
            f"{APP}: line 3: the number of its references should stand here, not '?'",
        ),
        (APP, f"{APP}: the file ends before its deriver"),
        ("", "it holds no store paths"),
    ],
)
def test_broken(text: str, told: str) -> None:
    with pytest.raises(MalformedGraphError) as caught:
        parse(text, "x")
    assert told in str(caught.value)
