from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import ContentSwitcher

from nixdive.ui.config.config import Wishes
from nixdive.ui.config.session import (
    MOST_SUBJECTS,
    Session,
    View,
    keep_session,
    read_session,
    same_path,
)
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.panes.closure.pane import ClosurePane
from tests import openssl
from tests.ui.conftest import settled

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from nixdive.closure.closure import Closure

FULL = Session(
    "nixdive-light", -8, {"plan": False}, {"shop:1": View("push", 3, "/nix/store/x", {"closure": "NAR"})}
)


def test_what_is_kept_is_read(tmp_path: Path) -> None:
    file = tmp_path / "new" / "session.json"
    keep_session(file, FULL)
    assert read_session(file) == FULL
    assert [one.name for one in file.parent.iterdir()] == ["session.json"]


def test_the_oldest_subjects_are_forgotten() -> None:
    session = Session()
    for i in range(MOST_SUBJECTS + 10):
        session = session.seen(f"s{i}", View(layer=i))
    session = session.seen("s20", View())
    assert len(session.views) == MOST_SUBJECTS
    assert "s9" not in session.views
    assert list(session.views)[-1] == "s20"


def test_what_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    keep_session(tmp_path / "file" / "session.json", FULL)
    keep_session(tmp_path, FULL)
    assert read_session(tmp_path) == Session()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["format", "theme", "boundary", "panes", "views", "tab", "layer", "path", "orders"]
            ),
            below,
        )
    ),
)


@given(JSON)
def test_what_is_damaged_is_forgotten(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    file = tmp_path_factory.getbasetemp() / "damaged.json"
    if isinstance(value, dict):
        value["format"] = "nixdive.session/1"
    file.write_text(json.dumps(value))
    session = read_session(file)
    assert type(session.boundary) is int
    assert all(isinstance(view, View) for view in session.views.values())
    file.write_text(json.dumps(value)[:-1])
    read_session(file)


def test_a_path_is_found_in_the_next_release(closure: Closure) -> None:
    lib = next(path for path in closure.paths if path.name == "lib-2.0")
    assert same_path(lib, closure) == closure.index[lib]
    assert same_path(lib.replace("lib-2.0", "lib-1.9").replace("llll", "aaaa"), closure) == closure.index[lib]
    assert same_path("/nix/store/" + "a" * 32 + "-other-1", closure) is None
    assert same_path("", closure) is None


async def test_the_screen_looks_as_it_was_left(demo: Any, tmp_path: Path) -> None:
    wishes = Wishes(memory=tmp_path / "session.json")
    async with demo(wishes=wishes) as (pilot, screen):
        await pilot.press("s", "j", "j", "w", "less_than_sign", "3", "1", "j", "right_square_bracket")
        await settled(pilot, screen)
        screen.app.theme = "nixdive-light"
        path, name = screen.selection.path, screen.workspace.subject.name
        await pilot.press("z")
        await settled(pilot, screen)
        await pilot.press("q")
    session = read_session(tmp_path / "session.json")
    assert (session.theme, session.boundary, session.panes) == ("nixdive-light", -4, {"layer-details": False})
    assert session.views[name].layer == 1
    async with demo(wishes=wishes, theme=session.theme) as (pilot, screen):
        await pilot.pause()
        assert screen.selection.path == path
        assert screen.selection.layer == 1
        assert screen.query_one(ClosurePane).branches.order.value == "NAR"
        assert screen.query_one("#tabs", ContentSwitcher).current == "why"
        assert screen.query_one("#left").size.width == 55
        assert not screen.query_one("#layer-details", Drawn).display
        assert screen.app.theme == "nixdive-light"
        assert screen.workspace.shown.at == 0  # edits are not remembered
        await pilot.press("q")
    assert read_session(tmp_path / "session.json") == session


async def test_what_is_gone_is_passed_over(demo: Any, tmp_path: Path) -> None:
    file = tmp_path / "session.json"
    view = View("no such tab", 999, "/nix/store/x", {"closure": "no such order", "gone": "x"})
    async with demo() as (_, screen):
        name = screen.workspace.subject.name
    keep_session(file, Session("no such theme", 999, {"gone": True}, {name: view}))
    async with demo(wishes=Wishes(memory=file), theme="no such theme") as (pilot, screen):
        await pilot.pause()
        assert screen.app.theme == "nixdive"
        assert screen.selection.layer == len(screen.workspace.priced.plan.layers) - 1
        assert screen.query_one("#right").size.width == 34


async def test_without_a_memory_nothing_is_written(demo: Any) -> None:
    async with demo() as (pilot, screen):
        assert screen.arrangement._memory is None
        await pilot.press("q")
        assert screen.app._exit


def test_the_path_that_was_selected_is_the_one_of_its_series() -> None:
    both = openssl.closure_of(openssl.path("f", "app-2.0"), openssl.path("a", "openssl-1.1.1x"), openssl.NEW)
    for name, now in (("openssl-3.0.14", "openssl-3.0.15"), ("openssl-1.1.1w", "openssl-1.1.1x")):
        at = same_path(openssl.path("g", name), both)
        assert at is not None
        assert both.paths[at].name == now
