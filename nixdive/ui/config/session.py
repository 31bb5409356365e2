"""What the screen looked like when it was left, so that it looks so the next time."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from nixdive import there
from nixdive.errors import WriteError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nixdive.closure.closure import Closure

FORMAT: Final = "nixdive.session/1"
MOST_SUBJECTS: Final = 50
_MOST_BYTES: Final = 1 << 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class View:
    """What was looked at of one subject.

    Attributes:
        tab: the tab that was shown.
        layer: the index of the selected layer.
        path: the selected store path, or empty.
        orders: what tabs were sorted by.
    """

    tab: str = ""
    layer: int = 0
    path: str = ""
    orders: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Session:
    """What is remembered.

    Attributes:
        theme: the name of the theme that the user chose, or empty.
        boundary: how far the boundary between the sides was moved.
        panes: for panes that the user folded or opened, whether they are open.
        views: for each subject what was looked at, the one that was left last at the end.
    """

    theme: str = ""
    boundary: int = 0
    panes: Mapping[str, bool] = field(default_factory=dict)
    views: Mapping[str, View] = field(default_factory=dict)

    def seen(self, subject: str, view: View) -> Session:
        """Return the session with what was looked at of a subject; the oldest ones are forgotten."""
        rest = {name: one for name, one in self.views.items() if name != subject}
        kept = dict([*rest.items(), (subject, view)][-MOST_SUBJECTS:])
        return replace(self, views=kept)


def read_session(file: Path) -> Session:
    """Return what is remembered; of what is missing or damaged, nothing."""
    try:
        with there.opened(file) as opened:
            value = json.loads(opened.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return Session()
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        return Session()
    views = {name: _view(one) for name, one in _table(value, "views").items() if isinstance(one, dict)}
    return Session(
        theme=_get(value, "theme", ""),
        boundary=_get(value, "boundary", 0),
        panes={name: one for name, one in _table(value, "panes").items() if isinstance(one, bool)},
        views=views,
    )


def keep_session(file: Path, session: Session) -> None:
    """Remember; where it cannot be written, nothing is lost but that."""
    from nixdive.beside import write_text  # as below: the first frame does not wait for it

    value = {
        "format": FORMAT,
        "theme": session.theme,
        "boundary": session.boundary,
        "panes": dict(session.panes),
        "views": {
            name: {"tab": view.tab, "layer": view.layer, "path": view.path, "orders": dict(view.orders)}
            for name, view in session.views.items()
        },
    }
    with suppress(OSError, WriteError):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_text(file, json.dumps(value, indent=1) + "\n")


def same_path(said: str, closure: Closure) -> int | None:
    """Return the index of the store path that was selected, or of the same package in another release."""
    from nixdive.layering.versions import origins
    from nixdive.store.path import StorePath

    try:
        path = StorePath.parse(said)
    except ValueError:
        return None
    return next((closure.index[new] for new in origins(closure.paths, [path])), None)


def _view(value: Mapping[str, Any]) -> View:
    orders = {name: one for name, one in _table(value, "orders").items() if isinstance(one, str)}
    return View(_get(value, "tab", ""), _get(value, "layer", 0), _get(value, "path", ""), orders)


def _table(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return _get(table, name, dict[str, Any]())


def _get(table: Mapping[str, Any], name: str, default: T) -> T:
    value = table.get(name)
    # True is an int to Python
    return value if type(value) is type(default) else default
