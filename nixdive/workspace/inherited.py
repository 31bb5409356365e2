"""What the plan of the image that was pushed last asks for, where the user says nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from nixdive.layering.pins import patterns_of
from nixdive.visible import visible
from nixdive.words import counted, listed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.request import Pin, PlanRequest
    from nixdive.opening.subject import Subject
    from nixdive.workspace.baseline import Baseline
    from nixdive.workspace.options import PlanOptions

_NAMED = 3  # pins that are named


class Asked(NamedTuple):
    """What is asked of a subject.

    Attributes:
        request: the request; nothing is carried on yet but the layers of a plan file.
        note: what of it comes from the plan of an earlier image, in a line; empty where nothing does.
    """

    request: PlanRequest
    note: str = ""


def asked_of(options: PlanOptions, subject: Subject, baseline: Baseline | None) -> Asked:
    """Return what options ask of a subject whose earlier versions are known.

    Budget, pins and rates of the plan in the label of the newest earlier image hold as those of a plan file
    would: a budget that the options name goes before its own, their pins stand beside its own, and before
    those that claim the same paths. Pins that match nothing any more are left out. Nothing is taken where a
    plan file is named, where the subject is an image with a plan of its own, and where its layers stay.

    Raises:
        PlanFileError: the plan file cannot be read.
        PlanError: the pipeline cannot be read.
    """
    plain = options.request(subject)
    told = baseline.last.told if baseline is not None else None
    own = subject.base.asked if subject.base is not None and subject.base.opened else None
    if told is None or own is not None or options.plan_file is not None or plain.strategy == "keep":
        return Asked(plain)
    pins, gone = _sorted_out(subject.closure, told.pins, options)
    before = replace(subject.asked, max_layers=told.max_layers, spare=told.spare, pins=pins, rates=told.rates)
    request = options.request(subject, before)
    parts = []
    if request.max_layers != plain.max_layers:
        parts.append(f"budget {request.max_layers}")
    parts += [counted(len(some), noun) for some, noun in ((pins, "pin"), (told.rates, "rate")) if some]
    held = f"kept from its plan: {listed(parts)}" if parts else ""
    if gone:
        names = listed((visible(str(pin)) for pin in gone), _NAMED)
        dropped = f"pins that match nothing here, or claim what another pin has, are dropped: {names}"
        held = f"{held}; {dropped}" if held else dropped
    assert baseline is not None  # noqa: S101  it has told something
    return Asked(request, f"{baseline.last.input}: {held}" if held else "")


def _sorted_out(
    closure: Closure, pins: Sequence[Pin], options: PlanOptions
) -> tuple[tuple[Pin, ...], list[Pin]]:
    """Return the pins that can be met beside those of the options, and the others."""
    patterns = patterns_of(closure)
    excluded = {closure.index[path] for path in options.exclude if path in closure.index}
    taken: dict[int, str] = {}

    def places(pin: Pin) -> Collection[int]:
        return [i for i in patterns.matched(pin.pattern) if i not in excluded]

    for pin in options.pins:
        taken |= dict.fromkeys(places(pin), pin.layer)
    kept, gone = [], []
    for pin in pins:
        found = places(pin)
        if found and all(taken.get(i, pin.layer) == pin.layer for i in found):
            taken |= dict.fromkeys(found, pin.layer)
            kept.append(pin)
        else:
            gone.append(pin)
    return tuple(kept), gone
