from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Input, TextArea

from nixdive.image.oci.spec import ImageSpec, Stamp
from nixdive.ui.dialogs.fields import Entry, Fold
from nixdive.ui.dialogs.settings import SettingsDialog
from nixdive.ui.dialogs.write import WriteDialog
from nixdive.ui.dialogs.written import WrittenDialog
from nixdive.workspace.settings import SETTINGS, differing
from tests.ui.conftest import wait_for
from tests.ui.writing import config_of

if TYPE_CHECKING:
    from pathlib import Path

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
KEY = TEXT.filter(lambda text: "=" not in text)
PLACE = st.text("abc 'é\n", max_size=5).map("/{}".format)
SPECS = st.builds(
    ImageSpec,
    name=st.just("x:1"),
    config=st.fixed_dictionaries(
        {},
        optional={
            "Cmd": st.lists(TEXT, min_size=1),
            "Entrypoint": st.lists(TEXT, min_size=1),
            "Env": st.dictionaries(KEY, TEXT, min_size=1).map(
                lambda found: [f"{key}={value}" for key, value in found.items()]
            ),
            "Labels": st.dictionaries(KEY, TEXT, min_size=1),
            "User": st.text("abc:1", min_size=1),
            "WorkingDir": st.text("ab/", max_size=4).map("/{}".format),
            "ExposedPorts": st.sets(st.integers(1, 65535), min_size=1).map(
                lambda ports: {f"{port}/udp": {} for port in ports}
            ),
            "Volumes": st.dictionaries(PLACE, st.just({}), min_size=1),
            "StopSignal": st.sampled_from(["SIGINT", "9"]),
            "Healthcheck": st.just({"Test": ["NONE"]}),
        },
    ),
    stamp=st.builds(Stamp, mtime=st.integers(0, 8**11 - 1), uid=st.integers(0, 9), gid=st.integers(0, 9)),
    compression=st.sampled_from(["none", "gzip", "zstd", "zstd:19"]),
)


@given(SPECS)
def test_what_the_fields_show_is_what_they_read(spec: ImageSpec) -> None:
    again = spec
    for setting in SETTINGS:
        again = setting.laid(again, setting.shown(spec))
    assert again == spec


@given(SPECS)
def test_an_emptied_field_takes_its_part_away(spec: ImageSpec) -> None:
    for setting in SETTINGS:
        spec = setting.laid(spec, "")
    assert set(spec.config) <= {"Cmd", "Healthcheck"}
    assert spec.stamp == Stamp(uname="", gname="")


@pytest.mark.parametrize(
    ("name", "text", "cause"),
    [
        ("entrypoint", "'open", "closing"),
        ("env", "A=1\nB", "not K=V"),
        ("labels", "=1", "not K=V"),
        ("workdir", "srv", "absolute"),
        ("ports", "80 x", "PORT"),
        ("volumes", "/data data", "absolute"),
        ("stop-signal", "stop!", "not a signal"),
        ("level", "30", "1 to 22"),
        ("created", "yesterday", "not a time"),
        ("mtime", "-1", "not a time"),
        ("architecture", "potato", "not one that Go knows"),
        ("architecture", "arm64/v7", "arm64 has no variant 'v7'"),
        ("owner", "root", "not the number"),
        ("owner", "1:99999999999999", "not the number"),
    ],
)
def test_what_cannot_be_read_is_told(name: str, text: str, cause: str) -> None:
    (setting,) = (one for one in SETTINGS if one.name == name)
    with pytest.raises(ValueError, match=cause):
        setting.laid(ImageSpec("x:1", compression="zstd"), text)


@pytest.mark.parametrize(
    ("text", "platform", "shown"),
    [
        ("aarch64", "linux/arm64", "arm64"),
        ("arm/v7", "linux/arm/v7", "arm/v7"),
        ("linux/386", "linux/386", "386"),
    ],
)
def test_an_architecture_is_spelled_as_go_spells_it(text: str, platform: str, shown: str) -> None:
    (setting,) = (one for one in SETTINGS if one.name == "architecture")
    spec = setting.laid(ImageSpec("x:1"), text)
    assert (str(spec.platform), setting.shown(spec)) == (platform, shown)


@pytest.mark.parametrize("value", [None, 1, "x", ["a", 1], {"a": 1}])
@pytest.mark.parametrize("key", ["Entrypoint", "Env", "User", "Labels", "ExposedPorts"])
def test_a_config_of_other_types_is_shown_as_far_as_it_goes(key: str, value: Any) -> None:
    for setting in SETTINGS:
        assert isinstance(setting.shown(ImageSpec("x:1", {key: value})), str)


def test_what_differs_is_named() -> None:
    assert differing(ImageSpec("x:1")) == ()
    assert differing(ImageSpec("x:1", {"User": "1", "Labels": {"a": "b"}})) == ("user", "labels")


pytestmark = pytest.mark.usefixtures("in_folder")


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 16)])
async def test_settings_are_written(demo: Any, tmp_path: Path, size: tuple[int, int]) -> None:
    async with demo(size) as (pilot, _):
        await pilot.press("ctrl+s")
        form = await wait_for(pilot, WriteDialog)
        form.query_one(Fold).focus()
        await pilot.press("enter")
        dialog = await wait_for(pilot, SettingsDialog)
        keep = dialog.query_one("#keep")
        assert keep.region in dialog.region, "the buttons are always there"
        assert keep.region.area
        dialog.query_one("#labels", TextArea).text = "a=b\nc=d=e"
        dialog.query_one("#user", Input).value = "1000"
        dialog.query_one("#workdir", Input).value = "srv"
        await pilot.pause()
        assert "is not an absolute path" in dialog.query_one("#of-workdir", Entry).cause
        await pilot.press("ctrl+s")
        assert pilot.app.screen is dialog.screen
        assert pilot.app.focused is dialog.query_one("#workdir")
        dialog.query_one("#workdir", Input).value = "/srv"
        await pilot.press("ctrl+s")
        await wait_for(pilot, WriteDialog)
        assert form.query_one(Fold).facts == "environment, user, workdir, labels"
        form.query_one("#target").focus()
        await pilot.press("enter")
        await wait_for(pilot, WrittenDialog)
    config = config_of(tmp_path / "shop-1.5.0.tar")["config"]
    assert config["User"] == "1000"
    assert config["WorkingDir"] == "/srv"
    assert {key: config["Labels"][key] for key in "ac"} == {"a": "b", "c": "d=e"}
    assert config["Env"] == ["PATH=/bin", "TERM=xterm"], "what nobody touched stays"


async def test_settings_that_are_closed_change_nothing(demo: Any) -> None:
    async with demo() as (pilot, _):
        await pilot.press("ctrl+s")
        form = await wait_for(pilot, WriteDialog)
        form.query_one(Fold).focus()
        await pilot.press("space")
        dialog = await wait_for(pilot, SettingsDialog)
        dialog.query_one("#user", Input).value = "1000"
        await pilot.press("escape")
        await wait_for(pilot, WriteDialog)
        assert form.query_one(Fold).facts == "environment"
