"""What there is to tell of an image that was written, as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.sizes import prose
from nixdive.ui.draw.figures import count
from nixdive.ui.draw.line import Line, Span, cut
from nixdive.visible import visible

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.image.written import WrittenImage
    from nixdive.workspace.priced_plan import PricedPlan

_LABEL = 10


def facts(written: WrittenImage, plan_file: Path | None, plan_error: str, width: int) -> list[Line]:
    """Return the file with its size, the digests whole, and the plan file.

    Args:
        written: the image.
        plan_file: what was written beside it, or None.
        plan_error: what kept it from being written, or nothing.
        width: cells; where a digest has no room beside its label, it stands below.
    """
    words = f"   {prose(written.bytes_written)}   {count(len(written.layers), 'layer')}   "
    words += f"{written.seconds:.1f} s"
    name = cut(visible(written.target), width - len(words) - 2)
    lines: list[Line] = [(Span("✓ ", "save", bold=True), Span(name, "bright", bold=True), Span(words)), ()]
    for label, digest in (("image", written.config_digest), ("manifest", written.manifest_digest)):
        form, _, hexadecimal = digest.partition(":")
        value: Line = (Span(f"{form}:", "faint"), Span(hexadecimal))
        if width >= _LABEL + len(digest):
            lines.append((Span(f"{label:<{_LABEL}}", "dim"), *value))
        else:
            lines += [(Span(label, "dim"),), value]
    if plan_error:
        lines.append((Span(f"{'plan':<{_LABEL}}", "dim"), Span(visible(plan_error), "bad")))
    elif plan_file is not None:
        found = (Span(visible(str(plan_file))), Span("   commit it beside the flake", "dim"))
        lines.append((Span(f"{'plan':<{_LABEL}}", "dim"), *found))
    return lines


def pushed(written: WrittenImage, priced: PricedPlan) -> str:
    """Return what the next push sends, measured; nothing where there is no baseline."""
    if priced.cost is None:
        return ""
    new = [layer for layer, new in zip(written.layers, priced.cost.new, strict=True) if new]
    if not new:
        return "next push   nothing: the registry has every layer"
    packed, plain = sum(layer.size for layer in new), sum(layer.uncompressed_size for layer in new)
    before = "" if packed == plain else f"   {prose(plain)} before compression"
    return f"next push   {prose(packed)}, measured   {len(new)} of {len(written.layers)} layers{before}"
