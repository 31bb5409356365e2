"""Earlier versions: closures and images, and a plan that is carried on from them."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import pytest

from nixdive.errors import MalformedImageError, SourceError
from nixdive.image.write import write_image
from nixdive.layering.compare import push
from nixdive.layering.plan import LayerKind
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from nixdive.opening.open import open_demo, open_subject
from nixdive.opening.pushed import pushed_plan
from nixdive.progress import NullProgress
from nixdive.workspace.baseline import onward, planner_after
from tests.hearing import Hearing
from tests.opening.inputs import APP, LIB, LIBC, closure_file, conf_file, path
from tests.remote.registry_here import RegistryHere
from tests.workspaces import earlier

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.layering.plan import LayerPlan

QUIET = NullProgress()


def image(
    folder: Path, request: PlanRequest, image_format: str = "hybrid", **config: Any
) -> tuple[Path, LayerPlan]:
    demo = open_demo()
    plan = solve(demo.closure, request, demo.frame)
    spec = replace(demo.spec, image_format=image_format, compression="none", config=config)
    target = folder / "image"
    write_image(demo.to_write(plan, spec), target)
    return target, plan


def test_what_does_not_concern_an_earlier_version_is_dropped(tmp_path: Path) -> None:
    file = str(closure_file(tmp_path, app=path("d", "old-app-1")))
    request = PlanRequest(pins=(Pin("Redis*", "x"), Pin("lib", "y")), exclude=(APP, LIBC))
    (version,) = earlier(file, request=request)
    assert version.plan.request.pins == ()  # what is assumed does not depend on them
    assert version.assumption == "assumed: churn in 100 layers"
    assert version.plan.request.exclude == (LIBC,)


def test_a_conf_is_laid_out_as_it_was(tmp_path: Path) -> None:
    (version,) = earlier(str(conf_file(tmp_path)), request=PlanRequest("single", max_layers=5))
    assert [layer.paths for layer in version.plan.layers] == [(LIBC,), (LIB, APP)]
    assert version.assumption == ""
    subject = open_subject([str(conf_file(tmp_path))])
    plan = planner_after([version], subject).solve(onward(PlanRequest(), version.plan))
    assert plan.request.carried == ((LIBC,), (LIB, APP))


def test_versions_are_carried_on_from_the_oldest(tmp_path: Path) -> None:
    files = [
        closure_file(tmp_path, f"{letter}.json", path(letter, f"app-{i}")) for i, letter in enumerate("dfg")
    ]
    request = PlanRequest("churn", 2)
    versions = earlier(*map(str, files), request=request)
    assert [bool(one.plan.request.carried) for one in versions] == [False, True, True]
    subject = open_subject([str(closure_file(tmp_path, "new.json", path("h", "app-9")))])
    planner, last = planner_after(versions, subject), versions[-1].plan
    assert [closure.origin for closure in planner.history] == [str(file) for file in files]
    assert planner.pushed == tuple(one.plan for one in versions)
    plan = planner.solve(onward(request, last))
    assert {layer.paths for layer in plan.layers} & {layer.paths for layer in last.layers}
    assert planner.solve(onward(PlanRequest("nixpkgs"), last)).request.carried == ()
    kept = PlanRequest(carried=(("app",), ("lib", "libc")))
    assert onward(kept, last) == kept


@pytest.mark.parametrize("image_format", ["hybrid", "docker-archive", "oci"])
def test_an_image_tells_its_plan(tmp_path: Path, image_format: str) -> None:
    request = PlanRequest("churn", 12, (Pin("musl", "base"),), rates=(("shop", 0.9),))
    target, plan = image(tmp_path, request, image_format, Labels={"a": "b"})
    (version,) = earlier(str(target))
    stored = [layer.paths for layer in plan.layers if layer.kind is LayerKind.STORE]
    assert [layer.paths for layer in version.plan.layers if layer.paths] == stored
    found = version.plan.request
    assert (found.strategy, found.max_layers, found.pins, found.rates) == (
        "churn",
        12,
        request.pins,
        request.rates,
    )
    demo = open_demo()
    carried = onward(PlanRequest("churn", 12, request.pins), version.plan)
    assert carried.rates == request.rates
    again = planner_after([version], demo).solve(carried)
    assert push(again, version.plan).push_bytes == 0


def test_an_image_that_keeps_its_layers_has_no_plan(tmp_path: Path) -> None:
    demo = open_demo()
    frame = replace(demo.frame, found=(demo.closure.paths,))
    plan = solve(demo.closure, PlanRequest("keep"), frame)
    target = tmp_path / "image.tar"
    write_image(demo.to_write(plan, demo.spec), target)
    (version,) = earlier(str(target))
    assert version.plan.request == PlanRequest("keep")
    assert version.plan.layers[0].paths == demo.closure.paths


DIFF_ID = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("history", "paths"),
    [
        (
            [{"comment": f"store paths: ['{LIBC}', '{APP}']"}, {"created_by": "x", "empty_layer": True}],
            (LIBC, APP),
        ),
        ([{"created_by": f"{LIBC} {APP}"}], (LIBC, APP)),
        ([{"created_by": f"RUN {APP} x"}], ()),
        ([{"created_by": 7, "comment": ["x"]}], ()),
        ([{}, {}], ()),
        ("odd", ()),
    ],
)
def test_histories_of_others(history: Any, paths: tuple[str, ...]) -> None:
    config = {
        "rootfs": {"diff_ids": [DIFF_ID]},
        "history": history,
    }
    plan = pushed_plan("made.tar", config, QUIET)
    assert plan.request == PlanRequest("keep")
    assert [layer.paths for layer in plan.layers] == [paths]


@pytest.mark.parametrize(
    ("label", "cause"),
    [
        ("?", "it is not TOML"),
        ("format = 'nixdive.plan/2'", r"format: its format is 'nixdive\.plan/2'"),
        ("format = 'nixdive.plan/1'\n" + "a." * 10_000 + "a = 1", "it has a name of more than 8 parts"),
        ("format = 'nixdive.plan/1'\nexclude = " + "[" * 10_000, "it is nested too deeply"),
        ("#" * (2 << 20 | 1), r"it is larger than 2\.00 MiB \(the bound plan-label; "),
    ],
    ids=["odd", "format", "dots", "deep", "long"],
)
def test_a_plan_in_a_label_that_cannot_be_read_is_no_plan(label: str, cause: str) -> None:
    config = {
        "rootfs": {"diff_ids": [DIFF_ID]},
        "history": [{"created_by": APP}],
        "config": {"Labels": {"nixdive.plan": label}},
    }
    progress = Hearing()
    plan = pushed_plan("made.tar", config, progress)
    assert plan.request == PlanRequest("keep")
    assert [layer.paths for layer in plan.layers] == [(APP,)]
    (note,) = progress.notes
    assert re.match(rf"made\.tar: label nixdive\.plan: {cause}.*; its layers are used, but not", note)


def test_a_damaged_image_is_named(tmp_path: Path) -> None:
    target, _ = image(tmp_path, PlanRequest("single"))
    target.write_bytes(target.read_bytes()[:3000])
    with pytest.raises(MalformedImageError, match="image"):
        earlier(str(target))


def test_a_daemon_is_asked_through_skopeo(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    config = {"rootfs": {"diff_ids": [DIFF_ID]}, "history": [{"created_by": APP}]}
    refused = b'time="x" level=fatal msg="reading \\"x\\": refused"\n'
    answers = [
        subprocess.CompletedProcess([], 0, json.dumps(config).encode(), b""),
        subprocess.CompletedProcess([], 1, b"", refused),
        subprocess.CompletedProcess([], 0, b"[]", b""),
    ]

    class Answered:
        def __init__(self, command: list[str], **_: Any) -> None:
            asked.append(command)
            self.returncode = answers[len(asked) - 1].returncode

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...

        def communicate(self, timeout: float | None) -> tuple[bytes, bytes]:
            answer = answers[len(asked) - 1]
            return answer.stdout, answer.stderr

    monkeypatch.setattr("nixdive.image.skopeo.subprocess.Popen", Answered)
    (version,) = earlier("docker-daemon:a:1")
    assert version.paths == (APP,)
    assert asked[0] == ["skopeo", "inspect", "--config", "docker-daemon:a:1"]
    with pytest.raises(SourceError, match='docker-daemon:a:1: skopeo: reading "x": refused'):
        earlier("docker-daemon:a:1")
    with pytest.raises(Exception, match="not a JSON object"):
        earlier("docker-daemon:a:1")


def test_of_an_image_in_a_registry_the_config_alone_is_read() -> None:
    with RegistryHere() as here:
        here.add_image("team/app:1", [b"layer"], {"history": [{"created_by": APP}]})
        (version,) = earlier(here.url("team/app:1"))
        assert version.paths == (APP,)
        assert len(here.log) == 2


def test_without_skopeo_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SourceError, match="skopeo is needed"):
        earlier("docker-daemon:a:1")
