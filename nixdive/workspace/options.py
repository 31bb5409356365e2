"""What a user asks of a plan before it is known what is opened: options, laid over a plan file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nixdive import there
from nixdive.errors import PipelineError, PlanError
from nixdive.layering.plan import Frame
from nixdive.small_file import read_small

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.layering.request import Pin, PlanRequest
    from nixdive.opening.subject import Subject
    from nixdive.store.path import StorePath
    from nixdive.workspace.budget import Auto


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What is asked of a plan, as far as it was said; the rest depends on the subject.

    Attributes:
        strategy: a name; None takes that of the plan file, else the subject's own.
        max_layers: the layer budget; None takes that of the plan file, else that of the plan in the label of
            an image, the subject or the newest earlier version, else the default, and so does AUTO until the
            subject is open, see `nixdive.workspace.budget`.
        pins: laid over those of the plan file, else of the plan in such a label.
        exclude: store paths to leave out, besides those of the plan file.
        pipeline: a file with a `layeringPipeline`; it means the strategy `pipeline`.
        plan_file: a plan file, whose layers are carried on.
        horizon: within how many releases what moves has to pay; None takes that of the plan file, else the
            default.

    Raises:
        PlanError: two of them contradict each other.
    """

    strategy: str | None = None
    max_layers: int | Auto | None = None
    pins: tuple[Pin, ...] = ()
    exclude: tuple[StorePath, ...] = ()
    pipeline: Path | None = None
    plan_file: Path | None = None
    horizon: int | None = None

    def __post_init__(self) -> None:
        if self.pipeline is not None and self.strategy not in {None, "pipeline"}:
            raise PlanError(f"--pipeline goes with --strategy pipeline, not with {self.strategy}")

    def request(self, subject: Subject, before: PlanRequest | None = None) -> PlanRequest:
        """Return the request that they make of a subject.

        Args:
            subject: what was opened.
            before: what holds where neither they nor a plan file say anything; None for `Subject.asked`.

        Raises:
            PlanFileError: the plan file cannot be read.
            PlanError: the pipeline cannot be read.
        """
        if self.plan_file is None:
            return self.over(before or subject.asked, subject.frame)
        from nixdive.layering.planfile import read_plan

        return self.over(read_plan(self.plan_file, subject.strategy), subject.frame)

    def over(self, request: PlanRequest, frame: Frame = Frame()) -> PlanRequest:  # noqa: B008  it is frozen
        """Return a request with the options laid over it; the plan file plays no part.

        Another strategy than that of the request lays out anew; `churn` starts from what was pushed.

        Args:
            request: what holds where an option says nothing.
            frame: what is around the store layers; what `keep` keeps raises the default budget.

        Raises:
            PlanError: the pipeline cannot be read.
        """
        strategy = self.strategy
        if self.pipeline is not None:
            strategy = "pipeline"
            request = replace(request, pipeline=_pipeline(self.pipeline))
        known = strategy == "churn" and request.hashes  # what another strategy has laid out and pushed
        if strategy not in {None, request.strategy} and not known:
            request = request.anew()
        strategy = strategy or request.strategy
        budget = frame.budget(request.max_layers) if strategy == "keep" else request.max_layers
        return replace(
            request.within(self.max_layers if isinstance(self.max_layers, int) else budget),
            strategy=strategy,
            horizon=request.horizon if self.horizon is None else self.horizon,
            pins=tuple(dict.fromkeys((*request.pins, *self.pins))),
            exclude=tuple(dict.fromkeys((*request.exclude, *self.exclude))),
        )


def _pipeline(file: Path) -> str:
    from nixdive.layering.pipeline.parse import pipeline_of

    try:
        with there.reading(file, PlanError):
            text = read_small(file, "plan-file", piped=True).decode("utf-8")
        pipeline_of(text)
    except UnicodeDecodeError as error:
        raise PlanError(f"{file}: it is not UTF-8 text") from error
    except PipelineError as error:
        cause = str(error).removeprefix("the pipeline: ")
        raise PipelineError(f"{file}: {cause}", hint=error.hint) from error
    return text
