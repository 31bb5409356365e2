from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from nixdive.cli.annotations import annotation_options
from nixdive.cli.image_options import image_options, image_spec
from nixdive.cli.plan_options import asked, plan_options
from nixdive.errors import PlanError
from nixdive.image.oci.spec import ImageSpec
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.strategies import STRATEGIES
from nixdive.opening.open import open_demo
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from pathlib import Path

PATH = "/nix/store/" + "a" * 32 + "-redis-7.0"


def values(decorate: Any, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    command = click.command()(decorate(lambda **options: found.update(options)))
    command.main(list(words), standalone_mode=False)
    return found


def request_of(*words: str, default: str = "churn") -> PlanRequest:
    subject = open_demo()
    return asked(values(plan_options, *words)).request(replace(subject, strategy=default))


def spec_of(*words: str, spec: ImageSpec | None = None) -> ImageSpec:
    options = values(lambda command: annotation_options(image_options(command)), *words)
    return image_spec(options, spec or ImageSpec("redis:v1"))


def test_no_option_is_the_default_request() -> None:
    budget = open_demo().budget
    assert request_of() == PlanRequest(max_layers=budget)
    assert request_of(default="keep") == PlanRequest(strategy="keep", max_layers=budget)


def test_every_plan_option_lands_in_the_request(tmp_path: Path) -> None:
    pipeline = tmp_path / "pipeline.json"
    pipeline.write_text('[["popularity_contest"]]')
    words = ("--max-layers", "40", "--pin", "glibc*=base", "--pin", "a=b=c", "--exclude", PATH, "--pipeline")
    assert request_of(*words, str(pipeline)) == PlanRequest(
        strategy="pipeline",
        max_layers=40,
        pins=(Pin("glibc*", "base"), Pin("a=b", "c")),
        exclude=(StorePath.parse(PATH),),
        pipeline='[["popularity_contest"]]',
    )


@pytest.mark.parametrize(
    "words",
    [
        ("--strategy", "churn-or-so"),
        ("--max-layers", "0"),
        ("--max-layers", "many"),
        ("--pin", "glibc"),
        ("--exclude", "glibc"),
        ("--strategy", "size", "--pipeline", "x"),
    ],
)
def test_wrong_words_are_usage_errors(words: tuple[str, ...]) -> None:
    with pytest.raises(click.UsageError):
        request_of(*words)


def test_missing_pipeline_names_the_file() -> None:
    with pytest.raises(PlanError, match=r"/nowhere/p\.json: no such file"):
        request_of("--pipeline", "/nowhere/p.json")


def test_help_lists_the_strategies() -> None:
    command = click.command()(plan_options(lambda **_: None))
    help_text = CliRunner().invoke(command, ["--help"]).output
    assert "|".join(STRATEGIES.names()) in help_text.replace("\n", "").replace(" ", "")


def test_no_image_option_changes_nothing() -> None:
    spec = ImageSpec("redis:v1", config={"Cmd": ["/x"]}, created="2026-01-01T00:00:00Z")
    assert spec_of(spec=spec) == spec


def test_docker_archive_is_not_compressed_unless_asked() -> None:
    assert spec_of("--format", "docker-archive").compression == "none"
    assert spec_of("--format", "docker-archive", "--compression", "zstd:3").compression == "zstd:3"
    assert spec_of("--format", "oci").compression == "gzip"


def test_stamp_and_metadata() -> None:
    spec = spec_of(
        *("--mtime", "5", "--uid", "1000", "--gid", "100", "--uname", "me", "--gname", "us"),
        *("--created", "2026-01-31", "--architecture", "arm64", "--cmd", "/bin/x y"),
    )
    assert (spec.stamp.mtime, spec.stamp.uid, spec.stamp.gid, spec.stamp.uname, spec.stamp.gname) == (
        *(5, 1000, 100),
        *("me", "us"),
    )
    assert (spec.created, str(spec.platform)) == ("2026-01-31T00:00:00Z", "linux/arm64")
    assert spec.config == {"Cmd": ["/bin/x", "y"]}


@pytest.mark.parametrize(
    "text", ["lz4", "gzip:9", "zstd:0", "zstd:23", "zstd:", "zstd:x", "none:1", "", "zstd:99999"]
)
def test_compression_that_does_not_exist_is_a_usage_error(text: str) -> None:
    with pytest.raises(click.UsageError):
        spec_of("--compression", text)


@given(st.integers(1, 22))
def test_zstd_takes_its_levels(level: int) -> None:
    assert spec_of("--compression", f"zstd:{level}").compression == f"zstd:{level}"
