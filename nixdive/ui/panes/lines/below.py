"""The lines below the panes: the last edit and its price, what files are compared with, and the keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from nixdive.contents.difference import Change
from nixdive.layering.verdict import verdict
from nixdive.sizes import prose, signed
from nixdive.ui.draw.line import Line, Span, cut, shorten, spread, width
from nixdive.ui.draw.line import width as line_width
from nixdive.ui.panes.contents.rows import LETTERS, ROLES
from nixdive.ui.panes.contents.tree import ALL
from nixdive.ui.verbs import BY_ID, MAIN, Foot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.ui.config.keymap import KeySigns
    from nixdive.workspace.history import Edit
    from nixdive.workspace.price import Price

_ORDER = (Change.ADDED, Change.REMOVED, Change.MODIFIED, Change.UNMODIFIED)

# the ends of verdicts that a narrow line spares
_SHORT = (
    (" releases", ""), (" release", ""), ("never pays back", "never"), (" with each", ""), (" at once", ""),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EditReceipt:
    """What the line tells of an edit.

    Attributes:
        edit: the edit.
        undone: whether it was undone.
        price: what it costs once and with each release, or None where sizes are unknown.
    """

    edit: Edit
    undone: bool
    price: Price | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an edit cannot be made.

    Attributes:
        cause: in one line.
        remedy: what can be done about it, with its key; or empty.
    """

    cause: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Proposed:
    """The best next edit.

    Attributes:
        edit: the step.
        price: what it costs and saves.
        release: NAR bytes that a release is expected to push without it.
        hint: what a beginner has to know besides; or empty.
    """

    edit: Edit
    price: Price
    release: int
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Marked:
    """The layers that are marked for a merge.

    Attributes:
        layers: how many.
        size: their bytes, or None where sizes are unknown.
        other: the number of the layer that the only marked one is merged with; None where several are marked.
        merges: what merging them does and costs; None while that is worked out, or where nothing is merged.
        refusal: why they cannot be merged; None where they can.
    """

    layers: int
    size: int | None
    other: int | None = None
    merges: EditReceipt | None = None
    refusal: Refusal | None = None


Said: TypeAlias = EditReceipt | Refusal | Proposed | Marked | str
"""What the edit line says; plain words are a hint."""


def edit_line(
    what: Said,
    width: int,
    keys: KeySigns,
    *,
    undo: bool = False,
    redo: bool = False,
) -> Line:
    """Return what there is to say of edits; at the right the keys that undo and redo.

    Args:
        what: the last edit and its price, a refusal, the best next edit, marked layers, or a hint.
        width: cells.
        keys: the keys that verbs have now.
        undo: whether there is an edit to undo.
        redo: whether there is one that was undone.
    """
    right: list[Span] = []
    words = width >= 100 or (width >= 80 and not (undo and redo))
    for verb, there, gap in (("undo", undo, " "), ("redo", redo, "  " if words else " ")):
        if there and (key := keys.first(verb)):
            right.append(Span(f"{gap}{key}", "accent", bold=True, action=f"screen.do('{verb}')"))
            right.append(Span(f" {verb}" if words else "", "dim"))
    if isinstance(what, EditReceipt):
        left = told(what, width, width - line_width(right) - 1)
    elif isinstance(what, Proposed):
        left = proposed(what, keys.first("best"), width, width - line_width(right) - 1)
    elif isinstance(what, Marked):
        left = marked(what, keys.first("merge"), width, width - line_width(right) - 1)
    elif isinstance(what, Refusal):
        left = (Span(" refused: ", "bad", bold=True), *_why(what))
    else:
        left = (Span(f" {what}", "dim"),)
    return spread(left, (*right, Span(" ")), width)


def told(what: EditReceipt, cells: int, room: int) -> Line:
    """Return an edit with its price and the verdict; where it is narrow the edit is cut, never the price.

    Args:
        what: the edit.
        cells: of the screen.
        room: cells for the line.
    """
    gap = Span("   " if cells >= 100 else " ")
    room -= len(gap.text)
    done, leads = _edit(what)
    price = prices(what, cells, room - line_width((*done, *leads)))
    if line_width((*done, *leads, *price)) > room:  # what it leads to goes before what the price amounts to
        price = prices(what, cells, room - line_width(done))
    left = room - line_width(price)
    words = (*done, *leads) if line_width((*done, *leads)) <= left else done
    return (*shorten(words, left), gap, *price)


def prices(what: EditReceipt, cells: int, room: int) -> Line:
    """Return what an edit costs once and with each release, and what that amounts to where it has room.

    Args:
        what: the edit; its price is known.
        cells: of the screen.
        room: cells that are left beside the edit's own words.
    """
    if what.price is None:
        return (Span("no price: the input gives no sizes", "dim"),)
    wide = cells >= 100
    assumed = what.price.assumption  # another registry is imagined: nothing is paid once
    ways = [what.price.later, ("", what.price.later[1]), ("", "")]
    forms = [_chips(what.price, later, wide=wide) for later in ways]
    price = next((list(form) for form in forms if line_width(form) <= room), list(forms[-1]))
    if cells < 80:
        return tuple(price)
    if what.price.estimate:
        was, now = map(prose, what.price.estimate)
        words = f"{was.removesuffix(now[-4:])} → {now}"
        price.append(Span(f"   estimate {words}" if wide else f"  est. {words}"))
    elif not what.undone:
        words = what.edit.note or assumed or verdict(what.price.push or 0, what.price.release or 0)
        texts = [f"   {words}"] if wide else []
        texts.append(f"  {short(words)}")
        left = room - line_width(price)
        # the price alone tells it too, and the title what is assumed; a note stands nowhere else
        text = next((text for text in texts if len(text) <= left), texts[-1] if what.edit.note else "")
        price.append(Span(text))
    return tuple(price)


def _chips(price: Price, later: tuple[str, str], *, wide: bool) -> Line:
    """Return what an edit costs once and with each release, each with how much longer that takes, if said."""
    once = ("next push" if wide else "push") if price.assumption else "once"
    line = [_chip(price.push or 0, later[0], once)]
    if price.release is not None:
        line.append(Span("   " if wide else " "))
        line.append(_chip(price.release, later[1], "each release" if wide else "a release"))
    return tuple(line)


def marked(what: Marked, key: str, cells: int, room: int) -> Line:
    """Return how many layers are marked, how large they are, and what merging them costs.

    Args:
        what: the marked layers.
        key: what merges them; empty where no key does.
        cells: of the screen.
        room: cells for the line.
    """
    size = "" if what.size is None else f", {prose(what.size)}"
    line = [Span(f" {what.layers} marked{size}", "bright", bold=True), Span("   " if cells >= 100 else "  ")]
    action = "screen.do('merge')"
    if what.refusal is not None:
        return (*line, Span("no merge: ", "bad", bold=True), *_why(what.refusal))
    if what.layers == 1 and what.other is None:
        return (*line, Span("mark one more to merge them", "dim"))
    words = "merges" if what.other is None else f"merges it with {what.other}"
    line.append(Span(f"{key} " if key else "", "accent", bold=True, action=action))
    line.append(Span(f"{words}: ", "dim", action=action))
    if what.merges is None:
        return (*line, Span("…", "dim"))
    return (*line, *prices(what.merges, cells, room - line_width(line)))


def _why(what: Refusal) -> Line:
    return (Span(what.cause, "bad"), Span(f": {what.remedy}" if what.remedy else "", "dim"))


def proposed(what: Proposed, key: str, cells: int, room: int) -> Line:
    """Return the best next edit with its price, and the key that does it.

    Args:
        what: the edit; with a hint, in a sentence that says what can be won.
        key: what does it; empty where no key does.
        cells: of the screen.
        room: cells for the line.
    """
    action = "screen.do('best')"
    once, release = what.price.push or 0, what.price.release or 0
    does = (
        Span(f"{key} " if key else "", "accent", bold=True, action=action),
        Span("does it", "dim", action=action),
    )
    if what.hint and release < 0 and once <= 0 and cells >= 80:
        words = f"{what.edit.what} → {what.edit.result}" if what.edit.result else what.edit.what
        won = Span(f" saves {prose(-release)} of the ")
        won_of = (
            f"{prose(what.release)} that each release pushes: "
            if cells >= 100
            else f"{prose(what.release)} a release: "
        )
        line = (Span(" "), Span(words, "bright", bold=True), won, Span(won_of), *does)
        hint = Span(f"   {what.hint}", "dim")
        return (*line, hint) if line_width((*line, hint)) <= room else line
    receipt = EditReceipt(what.edit, undone=False, price=what.price)
    lead = Span(" next:" if cells >= 80 else "", "dim")
    end = (Span("   "), *does) if cells >= 100 else (Span("  "), does[0]._replace(text=key))
    return (lead, *told(receipt, cells, room - len(lead.text) - line_width(end)), *end)


def short(verdict_words: str) -> str:
    """Return a verdict in fewer words: pays back in 3, never, dearer, saves; or that something is assumed."""
    if verdict_words.startswith("assumed"):
        return "assumed"
    for more, fewer in _SHORT:
        verdict_words = verdict_words.removesuffix(more) + (fewer if verdict_words.endswith(more) else "")
    return verdict_words


def _edit(what: EditReceipt) -> tuple[Line, Line]:
    """Return what is done, and what it leads to."""
    edit = what.edit
    done = [Span(f" {edit.mark} " if edit.mark and not what.undone else " ", "pin")]
    if what.undone:
        done.append(Span("undone: ", "dim"))
    done.append(Span(edit.what, "bright", bold=True))
    leads = (Span(" → ", "dim"), Span(edit.result, "bright", bold=True)) if edit.result else ()
    return tuple(done), leads


def _chip(size: int, later: str, when: str) -> Span:
    text = f" {signed(size)}{later and f' {later}'} {when} "
    if not size:
        return Span(text, "text", bold=True, ground="panel")
    role = "pay" if size > 0 else "save"
    return Span(text, role, bold=True, ground=f"{role}-ground")


@dataclass(frozen=True, slots=True)
class Compares:
    """What the line says.

    Attributes:
        kinds: the kinds of change that are shown.
        against: what the files are compared with, in words.
        absent: the earlier version that they would be compared with if its files were here; else empty.
        whole: whether all layers from the first to the selected one count.
        in_tree: whether the keys go to the files, where ^a is for added ones as in dive.
    """

    kinds: frozenset[Change] = ALL
    against: str = ""
    absent: str = ""
    whole: bool = False
    in_tree: bool = False


def compare_line(what: Compares, width: int, keys: KeySigns) -> Line:
    """Return the line, which stands over the edit line while files are shown; words go before keys."""
    wide = width >= 100
    left: list[Span] = [Span(" shown  " if wide else " ", "dim")]
    for kind in _ORDER:
        shown = kind in what.kinds
        action = f"screen.do('contents.{kind.value}')"
        left.append(Span(LETTERS[kind], ROLES[kind] if shown else "line", bold=shown, action=action))
        if wide:
            words = f" {kind.value}" if shown else f" {'─' * len(kind.value)}"
            left.append(Span(words, "dim", action=action))
        left.append(Span("  " if wide else " "))
    right = (*_keys(what, keys, wide=wide), Span(" "))
    start = Span("  compare " if wide else "", "dim")
    room = width - line_width((*left, start, *right)) - 2
    words = cut(f"with {what.against}", room) if what.against and room > 8 else ""
    middle = [start, Span(words, "bright", bold=True, action="screen.do('compare.with')")]
    if what.absent and len(what.absent) + 18 <= room - len(words):
        middle.append(Span(f"   {what.absent} has no files here", "dim"))
    return spread((*left, *middle), right, width)


def _keys(what: Compares, keys: KeySigns, *, wide: bool) -> Line:
    words = (" this layer", " all layers below") if wide else (" layer", " all")
    shown = (keys.first("compare.layer"), keys.first("compare.toggle" if what.in_tree else "compare.all"))
    line: list[Span] = []
    for key, verb, word in zip(shown, ("compare.layer", "compare.all"), words, strict=True):
        chosen = what.whole is (verb == "compare.all")
        action = f"screen.do('{verb}')"
        line.append(Span("  " if line else ""))
        line.append(Span(key, "accent" if chosen else "dim", bold=chosen, action=action))
        line.append(Span(word, "text" if chosen else "dim", action=action))
    return tuple(line)


def key_bar(left: Sequence[Foot], right: Sequence[Foot], keys: KeySigns, cells: int) -> Line:
    """Return keys from the left as far as they have room, the ones that must not miss at the right."""
    spans = [_spans(foot, keys) for foot in (*left, *right)]
    weights = [(foot.weight, width(line)) for foot, line in zip((*left, *right), spans, strict=True)]
    kept = fitting(weights, cells - 3)
    start = (span for i in kept if i < len(left) for span in spans[i])
    end = (span for i in kept if i >= len(left) for span in spans[i])
    return spread((Span(" "), *start), (*end, Span(" ")), cells)


def fitting(wanted: Sequence[tuple[int, int]], cells: int) -> list[int]:
    """Return which of some things have room side by side, those of most weight first.

    Args:
        wanted: the weight and the cells of each.
        cells: the room.
    """
    kept = []
    for i in sorted(range(len(wanted)), key=lambda i: (-wanted[i][0], i)):
        if wanted[i][1] > cells:
            break
        cells -= wanted[i][1]
        kept.append(i)
    return sorted(kept)


def _spans(foot: Foot, keys: KeySigns) -> Line:
    shown = " ".join(filter(None, (keys.first(verb) for verb in foot.ids)))
    verb = BY_ID[foot.does or foot.ids[0]]
    action = f"screen.do('{verb.id}')" if verb in MAIN else f"screen.{verb.does}"
    if not shown:
        return ()
    return (
        Span(f"{shown} ", "accent", bold=True, action=action),
        Span(f"{foot.label}  ", "text", action=action),
    )
