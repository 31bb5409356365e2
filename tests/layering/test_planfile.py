from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nixdive.errors import PlanFileError
from nixdive.layering.planfile import SEVERAL_IMAGES, PlannedLayer, read_plan, read_plan_file
from nixdive.layering.request import Pin, PlanRequest
from tests.layering.made import PLAN_FILE

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_read_as_it_is_meant(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(PLAN_FILE)
    assert read_plan(file) == PlanRequest(
        "size",
        60,
        (Pin("python3-3.*", "runtime"), Pin("openssl-*", "runtime")),
        rates=(("myapp", 1.0), ("glibc", 0.02)),
        carried=(("glibc", "libgcc"),),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("format = x", "it is not TOML: .*line 1"),
        ("strategy = 'size'", "format: it names no format"),
        ("format = 'nixdive.plan/2'", r"format: its format is 'nixdive\.plan/2'"),
        ("{}max_layer = 3", "max_layer: no plan file has this key"),
        ("{}max_layers = 10001", "max_layers: 10001 is not between 1 and 10000"),
        ("{}max_layers = 'many'", "max_layers: it is a number of layers, not 'many'"),
        ("{}max_layers = true", "max_layers: it is a number of layers"),
        ("{}max_layers = 9\nspare = 9", "spare: 9 is not between 0 and a layer less than max_layers"),
        ("{}spare = -1", "spare: -1 is not between 0"),
        ("{}strategy = 3", "strategy: it is a name, not 3"),
        ("{}strategy = 'popularty'", "strategy: no strategy is called 'popularty'"),
        (f"{{}}max_layers = {'9' * 5000}", "it has a number that is too large"),
        (f"{{}}exclude = {'[' * 100_000}", "it is nested too deeply"),
        ("{}pin = 3", "pin: it is a list of tables"),
        ("{}pin = [3]", "pin: it is a list of tables"),
        ("{}[[pin]]\npaths = ['a']", "pin 1: layer is the name of a layer"),
        ("{}[[pin]]\nlayer = 'x'", "pin 1: paths lists what is pinned"),
        ("{}[[pin]]\nlayer = 'x'\npaths = 'a'", "pin 1: paths is a list of texts"),
        ("{}[[pin]]\nlayer = 'x'\npath = ['a']", "pin 1: path: no plan file has this key"),
        ("{}exclude = ['/tmp/x']", "exclude: '/tmp/x' is not a store path"),
        ("{}[rates]\nglibc = 2", "rates.glibc: a rate is a number from 0 to 1"),
        ("{}[[layer]]\npackages = [1]", "layer 1: packages is a list of texts"),
        ("{}[[layer]]\nimages = ['a']", "layer 1: images: no plan file has this key"),
        ("{}layer = [{packages = ['a']}, {packages = ['b', 'a']}]", "layer 2: a: it is already in layer 1"),
        ("{}layer = [{packages = ['b', 'a', 'a']}]", "layer 1: a: it is listed twice"),
    ],
)
def test_errors_name_file_key_and_cause(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(text.replace("{}", "format = 'nixdive.plan/1'\n"))
    with pytest.raises(PlanFileError, match=f"plan.toml: {message}") as caught:
        read_plan(file)
    assert "\n" not in str(caught.value)


def test_what_holds_where_a_file_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text('format = "nixdive.plan/1"\n')
    assert read_plan(file) == PlanRequest()
    assert read_plan(file, "keep") == PlanRequest("keep")


def test_missing_binary_and_endless_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(PlanFileError, match="no such file"):
        read_plan(tmp_path / "none.toml")
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(PlanFileError, match="not UTF-8"):
        read_plan(tmp_path / "x.toml")


def test_a_frozen_layer_lists_store_paths(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text('format = "nixdive.plan/1"\n[[layer]]\npackages = ["a"]\nfrozen = ["a-1"]\n', "utf-8")
    with pytest.raises(PlanFileError, match=r"layer 1: frozen: 'a-1' is not a store path"):
        read_plan(file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a." * 5000 + "a = 1", r"it has a name of more than 8 parts: a\.a\.", id="dots"),
        pytest.param("a = {" + '"a" . ' * 20 + "a = 1}", "it has a name of more than 8 parts", id="quotes"),
        pytest.param('a = {b = """x"""", ' + "a." * 20 + "a = 1}", "it has a name of more", id="behind"),
        pytest.param("[" + "a." * 5000 + "a]", "it has a name of more than 8 parts", id="header"),
        pytest.param(
            "[rates]\n" + "".join(f"p{i} = 1\n" for i in range(20_001)),
            r"pins and rates: 20,001 patterns are more than 20,000 \(the bound patterns; ",
            id="rates",
        ),
        pytest.param(
            "[rates]\n" + "".join(f'"p{i}*" = 1\n' for i in range(1001)),
            r"pins and rates: 1,001 patterns with wildcards are more than 1,000 \(the bound wildcards; ",
            id="wildcards",
        ),
        pytest.param(f"[rates]\n{'a' * 1001} = 1", "a{157}...: a pattern may have at most 1000", id="long"),
        pytest.param("#" * (16 << 20), r"it is larger than 16\.0 MiB \(the bound plan-file; ", id="size"),
    ],
)
def test_what_would_take_minutes_is_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(f"format = 'nixdive.plan/1'\n{text}")
    with pytest.raises(PlanFileError, match=f"plan.toml: {message}"):
        read_plan(file)


def test_names_with_many_dots_are_names(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    name = "a." * 40 + "a"
    text = f'\\"\\"\\" {name}\\"'
    head = f'# {name}\nformat = "nixdive.plan/1"'
    file.write_text(f'{head}\npipeline = """\n{text}"""\n[rates]\n"{name}" = 1')
    assert read_plan(file) == PlanRequest(pipeline=f'""" {name}"', rates=((name, 1.0),))


FLEET = "format = 'nixdive.fleet/1'\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is empty"),
        ("strategy = 'size'", "it names no format"),
        ("[", "it is not TOML"),
        ("format = 'nixdive.plan/1'", r"format: its format is 'nixdive\.plan/1'"),
        (f"{FLEET}layer = 3", "list of tables"),
        (f"{FLEET}[[layer]]\npackages = ['a']", "layer 1: images is a list of texts"),
        (
            f"{FLEET}[[layer]]\nimages = ['a']\npackages = []",
            "layer 1: packages is a list of texts, at",
        ),
        (f"{FLEET}[[layer]]\nimage = ['a']", "layer 1: image: no plan file has this key"),
        (f"{FLEET}[[layer]]\nimages = ['a']\npackages = ['p']\nfrozen = []", "frozen: no plan file has"),
        (f"{FLEET}max_layers = 10001", "10001 is not between"),
        (f"{FLEET}max_layer = 12", "no plan file has this key"),
        (
            f"{FLEET}layer=[{{images = ['x', 'y'], packages = ['p']}}, {{images = ['y'], packages = ['p']}}]",
            "layer 2: p: it is already in layer 1",
        ),
    ],
)
def test_errors_in_the_file_of_several_images(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(text)
    with pytest.raises(PlanFileError, match=message) as caught:
        read_plan_file(file, SEVERAL_IMAGES, "churn")
    assert str(caught.value).startswith(str(file))


def test_a_package_may_lie_in_two_layers_that_no_image_has_both_of(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(
        f"{FLEET}layer = [{{images = ['x'], packages = ['p', 'q']}}, {{images = ['y'], packages = ['p']}}]"
    )
    assert read_plan_file(file, SEVERAL_IMAGES, "churn").layers == (
        PlannedLayer(("p", "q"), ("x",)),
        PlannedLayer(("p",), ("y",)),
    )
