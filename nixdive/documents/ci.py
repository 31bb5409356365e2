"""The review of an image for programs and people in CI: nixdive.ci/1, JUnit's XML and Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from nixdive.documents.compare import compare_document
from nixdive.documents.inspect import gate_document, inspect_document
from nixdive.documents.plan import seconds_document
from nixdive.image.gate import Status
from nixdive.sizes import prose, signed
from nixdive.visible import visible
from nixdive.words import brief, counted, unread_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nixdive.layering.versions import Change, Changes
    from nixdive.store.path import StorePath
    from nixdive.workspace.compare import Difference
    from nixdive.workspace.review import Review

_PACKAGES = 200  # that changed, in a summary: the largest differences
_MARKS = {Status.PASS: "passed", Status.FAIL: "**failed**", Status.SKIP: "off"}


def ci_document(found: Review, notes: Sequence[str] = ()) -> dict[str, Any]:
    """Return the JSON document nixdive.ci/1.

    Args:
        found: the review.
        notes: what the user should know about the file of rules, a line each.
    """
    return {
        "format": "nixdive.ci/1",
        **gate_document(found.results, notes),
        "earlier": found.earlier,
        "inspect": inspect_document(found.image),
        "compare": None if found.difference is None else compare_document(found.difference),
        "seconds": None if found.seconds is None else seconds_document(found.seconds),
    }


def ci_junit(found: Review) -> str:
    """Return the rules as a report in JUnit's XML: a test suite with a test case for each rule.

    What is not allowed in XML is escaped as everywhere.
    """
    counts = [sum(one.status is status for one in found.results) for status in (Status.FAIL, Status.SKIP)]
    name = visible(found.name)
    suites = Element("testsuites")
    suite = SubElement(
        suites,
        "testsuite",
        name=name,
        tests=str(len(found.results)),
        failures=str(counts[0]),
        errors="0",
        skipped=str(counts[1]),
    )
    for one in found.results:
        case = SubElement(suite, "testcase", classname=name, name=one.rule)
        if one.status is Status.FAIL:
            SubElement(case, "failure", message=visible(one.message), type="rule")
        elif one.status is Status.SKIP:
            SubElement(case, "skipped", message=visible(one.message))
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="unicode")}\n'


def ci_markdown(found: Review) -> str:
    """Return the summary of a review in GitHub's Markdown, for a comment or the summary of a job.

    Whatever names hold, they are text inside code spans.
    """
    judged = sum(one.status is not Status.SKIP for one in found.results)
    passed = f"{counted(judged, 'rule')} passed" if judged != 1 else "the rule passed"
    rows = [(one.rule, _MARKS[one.status], code(one.message)) for one in found.results]
    verdict = f"{len(found.failed)} of {counted(judged, 'rule')} failed" if found.failed else passed
    blocks = [
        [f"### {code(found.name)}: {verdict}"],
        _table(("", ""), _facts(found)),
        _table(("rule", "", ""), rows),
        [f"- {code(line)}" for line in unread_lines(found.image.unread)],
        _changed(found.difference, found.sizes),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def code(text: str) -> str:
    """Return a text as a code span that no table and no markup breaks out of."""
    shown = visible(text).replace("|", "\\|")
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence, room = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{room}{shown}{room}{fence}" if shown.strip() else ""


def _facts(found: Review) -> Iterable[tuple[str, str]]:
    image, difference, seconds = found.image, found.difference, found.seconds
    layers = counted(len(image.layers), "layer")
    if difference is not None and found.earlier is not None:
        new = f"{difference.layers_new} of {layers} new"
        assumed = f" ({difference.assumption})" if difference.assumption else ""
        sent, kind = difference.sends
        yield "next push", f"**{sent}** {kind}, {new}, after {code(found.earlier)}{assumed}"
    yield "size", f"{prose(image.size)} in {layers}"
    if image.mounts is not None:
        yield "mounted", image.mounts.words
    if difference is not None and difference.mounts_old is not None:
        yield "mounted before", difference.mounts_old.words
    if seconds is not None:
        for what, trips in (("push", seconds.pushes), ("pull", seconds.pulls)):
            for one in trips:
                after = "" if one.after is None else f", then {brief(one.after)}"
                yield f"{what} by {one.client.name}", f"{brief(one.cold)} for the first{after}"
        yield "link", f"{seconds.delivery.link}; seconds are estimates"
    figures = image.efficiency
    yield "efficiency", f"{figures.score:.2%}"
    yield (
        "wasted",
        f"{prose(figures.wasted_bytes)}, of which {prose(image.reclaimable_bytes)} no container sees",
    )


def _changed(difference: Difference | None, sizes: Mapping[StorePath, int]) -> list[str]:
    if difference is None or difference.changes is None:
        return []
    rows = _rows(difference.changes, sizes, sized=difference.sized)
    if not rows:
        return []
    more = len(rows) - _PACKAGES
    last = ["", f"and {more} more"] if more > 0 else []
    head = f"<details><summary>{counted(len(rows), 'package')} changed</summary>"
    titles = (
        "",
        "package",
        "version",
        *(["size"] if sizes else []),
        *(["change"] if difference.sized else []),
    )
    return [head, "", *_table(titles, rows[:_PACKAGES]), *last, "", "</details>"]


def _rows(changes: Changes, sizes: Mapping[StorePath, int], *, sized: bool) -> list[Sequence[str]]:
    """Return a row for each package: largest changes first, or where those are not known, largest first."""

    def row(mark: str, name: str, version: str, now: StorePath | None, delta: int | None) -> Sequence[str]:
        size = [prose(sizes[now]) if now is not None and now in sizes else ""] if sizes else []
        return (mark, name, version, *size, *([signed(delta) if delta is not None else ""] if sized else []))

    def weight(one: Change) -> int:
        return abs(one.delta) if sized else sizes.get(one.new, 0)

    changed = sorted(changes.changed, key=lambda one: (-weight(one), one.name))
    return [
        *(row("~", code(one.name), code(one.words("→")), one.new, one.delta) for one in changed),
        *(row("+", code(path.name), "", path, sizes.get(path)) for path in changes.added),
        *(row("−", code(path.name), "", None, None) for path in changes.removed),
    ]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]
