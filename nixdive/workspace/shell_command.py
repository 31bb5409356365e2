"""The words for a shell that plan what is shown: as far as options can say it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from nixdive.errors import NixdiveError
from nixdive.workspace.baseline import onward
from nixdive.workspace.inherited import asked_of
from nixdive.workspace.options import PlanOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nixdive.layering.request import PlanRequest
    from nixdive.workspace.open import OpenRequest
    from nixdive.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """A command that plans what is shown.

    Attributes:
        words: the program, the command, and what it is given.
        plan_file: the plan file that has to be written first, for no options say what is in it; empty where
            none has to be.
    """

    words: tuple[str, ...]
    plan_file: str = ""

    @property
    def text(self) -> str:
        """The command as it is typed in a shell."""
        return shlex.join(self.words)


def shell_command(workspace: Workspace, opened: OpenRequest, plan_file: str) -> ShellCommand:
    """Return the shortest command that plans as the request that is shown.

    Options are only taken for that where they make the very same request.

    Args:
        workspace: what is shown.
        opened: how it was opened.
        plan_file: where a plan file would be written.
    """
    start, end = _around(opened)
    wanted = workspace.shown.request
    for options, replans in _candidates(workspace, opened, wanted):
        try:
            made = _made(workspace, options, replans=replans)
        except NixdiveError:  # a file that it was opened with is not there any more
            continue
        if made == _plain(workspace, wanted):
            return ShellCommand((*start, *_words(options, replans=replans), *end))
    return ShellCommand((*start, "--plan", plan_file, *end), plan_file)


def _around(opened: OpenRequest) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what stands before and behind the options that say what is asked of the plan."""
    start = ("nixdive", "plan", *(("demo",) if opened.demo else opened.inputs))
    end: list[str] = []
    for earlier in opened.against:
        end += ["--against", earlier]
    if opened.platform is not None:
        end += ["--platform", str(opened.platform)]
    if opened.store:
        end += ["--store", opened.store]
    if opened.reserve:
        end += ["--reserve", str(opened.reserve)]
    return start, tuple(end)


def _candidates(
    workspace: Workspace, opened: OpenRequest, wanted: PlanRequest
) -> Iterator[tuple[PlanOptions, bool]]:
    """Yield options that may ask for the request, and whether to plan from scratch; the shortest first."""
    asked = opened.asked if isinstance(opened.asked, PlanOptions) else PlanOptions()
    files = dict.fromkeys((None, asked.plan_file))
    pipelines = dict.fromkeys((None, asked.pipeline))
    for file, pipeline, replans in product(files, pipelines, (False, True)):
        plain = PlanOptions(plan_file=file, pipeline=pipeline)
        try:
            before = asked_of(plain, workspace.subject, workspace.baseline).request
        except NixdiveError:
            continue
        yield (
            replace(
                plain,
                strategy=None if wanted.strategy in {before.strategy, "pipeline"} else wanted.strategy,
                max_layers=None if wanted.max_layers == before.max_layers else wanted.max_layers,
                pins=tuple(pin for pin in wanted.pins if pin not in before.pins),
                exclude=tuple(path for path in wanted.exclude if path not in before.exclude),
                horizon=None if wanted.horizon == before.horizon else wanted.horizon,
            ),
            replans,
        )


def _made(workspace: Workspace, options: PlanOptions, *, replans: bool) -> PlanRequest:
    """Return the request that options make, as when a subject is opened with them."""
    request = asked_of(options, workspace.subject, workspace.baseline).request
    if replans:
        request = request.anew()
    elif workspace.baseline:
        request = onward(request, workspace.baseline.plan)
    return _plain(workspace, request)


def _plain(workspace: Workspace, request: PlanRequest) -> PlanRequest:
    """Return a request without what changes nothing: where nothing was pushed, nothing is carried on."""
    return request if workspace.baseline else replace(request, carry_on=False)


def _words(options: PlanOptions, *, replans: bool) -> Iterator[str]:
    if options.plan_file is not None:
        yield from ("--plan", str(options.plan_file))
    if options.pipeline is not None:
        yield from ("--pipeline", str(options.pipeline))
    if options.strategy is not None:
        yield from ("--strategy", options.strategy)
    if options.max_layers is not None:
        yield from ("--max-layers", str(options.max_layers))
    for pin in options.pins:
        yield from ("--pin", str(pin))
    for path in options.exclude:
        yield from ("--exclude", path)
    if options.horizon is not None:
        yield from ("--horizon", str(options.horizon))
    if replans:
        yield "--replan"
