"""No text of an input, an answer or an error reaches the terminal as a command to it, or as markup."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.ui.app import NixdiveApp
from nixdive.ui.dialogs.dialog import DialogScreen
from nixdive.ui.dialogs.fields import Fold
from nixdive.visible import hidden
from nixdive.workspace.open import OpenRequest
from tests.faults import hostile
from tests.faults.hostile import NAME, TEXT
from tests.program import run
from tests.remote.registry_here import RegistryHere
from tests.store.nix.programs import put, saying
from tests.ui.conftest import busy, opened, until
from tests.ui.test_whole_terminal import Cells

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.pilot import Pilot

_IMAGES = ("archive.tar", "layout", "platforms")
_GOOD = f"/nix/store/{'a' * 32}-app-1"

# what follows the name of an image; OTHER is another one
_COMMANDS = (
    "plan IMAGE", "plan IMAGE --strategy churn", "plan IMAGE --json", "plan IMAGE -o plan.toml",
    "plan IMAGE --against OTHER", "inspect IMAGE", "inspect IMAGE --json", "inspect IMAGE --dive-json -",
    "inspect IMAGE --platform x/y", "verify IMAGE", "verify IMAGE --json", "verify IMAGE --check-store",
    "extract IMAGE -o out --force", "extract IMAGE /TEXT -o out", "extract IMAGE /NAME -o NAME",
    "why IMAGE lib-1", "why IMAGE TEXT", "compare IMAGE OTHER", "compare IMAGE OTHER --json",
    "replay IMAGE OTHER", "replay IMAGE OTHER --json", "graph IMAGE --format dot",
    "graph IMAGE --format graphml", "graph IMAGE --format gexf", "graph IMAGE --format json",
    "emit IMAGE --as layers", "emit IMAGE --as pipeline",
    "emit IMAGE --strategy nixpkgs --as nix --name a:1", "fleet IMAGE OTHER", "ci IMAGE --against OTHER",
    "ci IMAGE --markdown -", "ci IMAGE --json", "report IMAGE -o page.html", "report IMAGE --json",
    "write IMAGE -o new.tar", "write IMAGE -o new.tar --name a:1", "write IMAGE -o new.tar --name TEXT",
    "write IMAGE -o NAME --json --name a:1", "write IMAGE -o layout2 --format oci",
    "write OTHER -o new.tar --from IMAGE", "plan IMAGE:TEXT", "plan IMAGE --pin TEXT=TEXT",
    "plan IMAGE --pin *=TEXT", "plan IMAGE --exclude TEXT", "plan IMAGE --plan TEXT",
    "plan IMAGE --pipeline TEXT", "plan IMAGE --TEXT", "plan IMAGE --link TEXT", "plan IMAGE --client TEXT",
    "ci IMAGE --rule TEXT=1", "screen IMAGE", "pack TEXT -o out", "schema TEXT", "cache TEXT", "TEXT",
    "write IMAGE -o docker://TEXT", "plan docker://TEXT", "plan nix:TEXT", "write IMAGE -o TEXT/x",
    "write IMAGE -o new.tar --name a:1 --label TEXT=TEXT --env TEXT=TEXT --user TEXT",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


def _made(image: str, folder: Path) -> str:
    if image == "archive.tar":
        hostile.archive(folder / image)
    else:
        hostile.layout(folder / image, platform=image == "platforms")
    hostile.archive(folder / "other.tar", author="another")
    return image


def _safe(text: str) -> None:
    obeyed = {char for char in text if char != "\n" and hidden(char)}
    assert not obeyed, f"{obeyed}: {text[:2000]!r}"


@pytest.mark.parametrize("image", _IMAGES)
def test_what_commands_print_is_text_and_nothing_else(
    image: str, tmp_path: Path, trial: Callable[[], int]
) -> None:
    _made(image, tmp_path)
    meant = {"IMAGE": image, "OTHER": "other.tar", "TEXT": TEXT, "NAME": NAME}
    statuses = set()
    for words in _COMMANDS:
        trial()
        done = run(
            *[re.sub("IMAGE|OTHER|TEXT|NAME", lambda one: meant[one[0]], word) for word in words.split()]
        )
        assert "Traceback" not in done.stderr, words
        _safe(done.stdout)
        _safe(done.stderr)
        statuses.add(done.returncode)
    assert {1, 2, 3} <= statuses


_FILES: dict[str, tuple[str, ...]] = {
    json.dumps([{"path": f"/nix/store/{'a' * 32}-{NAME}", "narSize": 1, "references": []}]): ("plan FILE",),
    json.dumps([{"path": _GOOD, "narSize": 1, "references": [TEXT]}]): ("plan FILE",),
    json.dumps([{"path": _GOOD, "narSize": TEXT, "references": [], TEXT: 1}]): ("plan FILE",),
    json.dumps({"store_layers": [[TEXT]], "from_image": TEXT, "repo_tag": TEXT}): (
        "plan FILE", "write FILE -o x"),
    TEXT: ("plan FILE", "plan GOOD --plan FILE", "plan GOOD --pipeline FILE", "inspect FILE", "verify FILE",
           "ci IMAGE --ci-config FILE", "write GOOD -o x --config FILE"),
    f'format = "nixdive.plan/1"\n{json.dumps(TEXT)} = 1\n': ("plan GOOD --plan FILE",),
    f'format = "nixdive.plan/1"\nstrategy = {json.dumps(TEXT)}\n': ("plan GOOD --plan FILE",),
    f'format = "nixdive.plan/1"\n[[pin]]\nlayer = {json.dumps(TEXT)}\npaths = [{json.dumps(TEXT)}]\n': (
        "plan GOOD --plan FILE", "fleet GOOD --plan FILE"),
    json.dumps([["popularity_contest"], [TEXT]]): ("plan GOOD --pipeline FILE",),
    json.dumps([["subcomponent_in", [TEXT]]]): ("plan GOOD --pipeline FILE",),
    f"rules:\n  {json.dumps(TEXT)}: 1\n": ("inspect IMAGE --ci-config FILE", "ci IMAGE --ci-config FILE"),
    f"rules:\n  highestWastedBytes: {json.dumps(TEXT)}\n": ("ci IMAGE --ci-config FILE",),
    json.dumps({TEXT: TEXT, "Env": TEXT, "Labels": {TEXT: 1}}): ("write GOOD -o x --config FILE",),
}  # fmt: skip


@pytest.mark.parametrize("number", range(len(_FILES)))
def test_what_is_said_of_a_file_is_text_and_nothing_else(
    number: int, tmp_path: Path, trial: Callable[[], int]
) -> None:
    text = list(_FILES)[number]
    _made("archive.tar", tmp_path)
    (tmp_path / NAME).write_text(text, "utf-8")
    (tmp_path / "good.json").write_text(json.dumps([{"path": _GOOD, "narSize": 9, "references": []}]))
    meant = {"FILE": NAME, "GOOD": "good.json", "IMAGE": "archive.tar"}
    for words in _FILES[text]:
        trial()
        done = run(*[meant.get(word, word) for word in words.split()])
        assert "Traceback" not in done.stderr, words
        assert done.stderr or done.stdout
        _safe(done.stdout)
        _safe(done.stderr)


@pytest.mark.parametrize(
    "text", [f"{json.dumps(TEXT)} = 1", f"theme = {json.dumps(TEXT)}", f"x = '''\n{NAME[:9]}"]
)
def test_what_is_said_of_the_configuration_is_text(text: str, tmp_path: Path) -> None:
    folder = tmp_path / "home/nixdive"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(text)
    for words in (("screen",), ("demo",), ("cache",)):
        done = run(*words)
        assert "Traceback" not in done.stderr
        _safe(done.stdout + done.stderr)


def test_what_a_build_says_is_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = json.dumps({"action": "msg", "level": 0, "msg": f"error: {TEXT}", "raw_msg": TEXT})
    line = json.dumps({"action": "result", "id": 1, "type": 101, "fields": [TEXT]})
    told = f"@nix {line}\n@nix {log}\nerror: {TEXT}\n{TEXT}\n"
    for program in ("nix", "nix-store"):
        put(tmp_path, monkeypatch, program, saying(tmp_path, TEXT, told, 1))
    for words in (
        ("plan", ".#x"),
        ("plan", _GOOD),
        ("plan", "nixpkgs#hello"),
        ("write", ".#x", "-o", "x.tar"),
    ):
        done = run(*words)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        _safe(done.stdout + done.stderr)


def test_what_skopeo_says_is_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _made("archive.tar", tmp_path)
    put(tmp_path, monkeypatch, "skopeo", saying(tmp_path, TEXT, f'level=fatal msg="{TEXT}"\n{TEXT}\n', 1))
    for words in (
        ("inspect", f"docker-daemon:{TEXT}:1"),
        ("inspect", "docker-daemon:a:1"),
        ("write", "archive.tar", "-o", "docker-daemon:a:1", "--name", "a:1"),
    ):
        done = run(*words)
        assert done.returncode == 1
        _safe(done.stdout + done.stderr)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500, 302])
def test_what_a_registry_answers_is_text(status: int, tmp_path: Path) -> None:
    _made("archive.tar", tmp_path)
    legal = "".join(char for char in TEXT if char.isprintable())  # in a header there is no other
    errors = {"errors": [{"code": TEXT, "message": TEXT, "detail": TEXT}]}
    bodies = [
        json.dumps(errors).encode(),
        TEXT.encode(),
        json.dumps({"mediaType": TEXT, "config": TEXT}).encode(),
    ]
    headers = {
        "WWW-Authenticate": f'Bearer realm="{legal}",service="\x9b31m"',
        "Location": f"http://x/{legal.encode().decode('latin-1')}",
        "Content-Type": "text/\x9b31m",
        "Retry-After": "0",
    }
    with RegistryHere() as registry:
        for body in bodies:
            registry.faults.answer = lambda _, body=body: (  # type: ignore[misc]
                status,
                {name: text.encode("latin-1", "ignore").decode("latin-1") for name, text in headers.items()},
                body,
            )
            for words in (
                ("inspect", f"docker://{registry.host}/a:1"),
                ("compare", f"docker://{registry.host}/a:1", "archive.tar"),
                ("write", "archive.tar", "-o", f"docker://{registry.host}/a:1"),
            ):
                done = run(*words)
                assert done.returncode == 1
                assert "Traceback" not in done.stderr
                _safe(done.stdout + done.stderr)


# through every tab and list, and the dialogs; "settings" stands for what is behind a fold
_KEYS = (
    *("down", "down", "enter", "c", "C", "C", "down", "down", "i", "enter", "escape", "full_stop", "H", "x"),
    *("escape", "slash", "O", "W", "N", "enter", "escape", "v", "down", "v", "down", "v", "v", "v", "w", "D"),
    *("right", "right", "1", "down", "y", "Y", "S", "m", "f", "percent_sign", "escape", "p", "escape", "I"),
    *("escape", "e"),
    *("escape", "b", "escape", "equals_sign", "escape", "E", "escape", "O", *NAME[:8], "enter", "escape"),
    *("escape", "ctrl+p", *"plan", "escape", "question_mark", "escape", "c", "x", "enter", "x", "enter"),
    *("escape", "escape", "ctrl+s", "settings", "tab", "tab", "escape", "escape", "q", "escape"),
)  # fmt: skip


_DIALOGS = {
    "BudgetDialog", "CommandsDialog", "CompareDialog", "EditsDialog", "ExtractDialog", "HelpDialog",
    "LayerDialog", "LeaveDialog", "MainScreen", "OpenPlanDialog", "PinDialog", "PreviewDialog", "RateDialog",
    "SettingsDialog", "StrategyDialog", "WriteDialog",
}  # fmt: skip


def _painted(pilot: Pilot[Any]) -> str:
    """Return what is on the screen; check that it is text, and that no markup was obeyed."""
    app = pilot.app
    lines = []
    for strip in app.screen._compositor.render_strips(app.size):
        for segment in strip:
            meta = segment.style.meta if segment.style is not None else {}
            assert "app.quit" not in str(meta), meta
            assert segment.style is None or "x.invalid" not in str(segment.style.link), segment
        lines.append(strip.text)
        _safe(strip.text)
    return "\n".join(lines)


@pytest.mark.slow
@pytest.mark.parametrize("image", _IMAGES[:2])
async def test_what_is_painted_is_text_and_nothing_else(
    image: str, tmp_path: Path, trial: Callable[[], int]
) -> None:
    _made(image, tmp_path)
    app = NixdiveApp(OpenRequest((image,), against=("other.tar",), others=("other.tar",)))
    seen, dialogs = "", set[str]()
    async with app.run_test(size=(200, 50)) as pilot:
        await opened(pilot)
        for key in _KEYS:
            trial()
            if key == "settings":
                app.screen.query_one(Fold).action_open()
            else:
                await pilot.press(key)
            await until(pilot, lambda: not busy(app))
            seen += _painted(pilot)
            top = app.screen
            dialogs.add(type(top.dialog if isinstance(top, DialogScreen) else top).__name__)
    assert dialogs >= _DIALOGS
    for shown in (r"\x1b]0;OWNED", "[b]bold[/b]", "[@click=app.quit()]", r"\u202e"):
        assert shown in seen, f"{shown} is nowhere: the test looks at the wrong places"


@pytest.mark.slow
@pytest.mark.usefixtures("_pseudo_terminals")
def test_a_real_terminal_is_sent_no_command_of_an_image(tmp_path: Path) -> None:
    _made("archive.tar", tmp_path)
    with Cells(160, 40, tmp_path, "archive.tar", "--against", "other.tar") as terminal:
        terminal.shows("Layer Details")
        for key in (b"c", b"\x1b[B", b"D", b"w", b"=", b"\x1b[27u", b"\x13"):
            terminal.send(key)
            terminal.read(0.5)
        terminal.shows("Image name")
        for command in (b"OWNED\x07", b"\x1b]0;OWNED", b"\x1b]52", b"\xc2\x9b", "\u202e".encode()):
            assert command not in terminal.all
        assert b"OWNED" in terminal.all
