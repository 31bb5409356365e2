"""From a file of a layer to a file on the disk: one dialog after the other."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

from nixdive.errors import ExistsError, NixdiveError, UnreadablePathError
from nixdive.sizes import prose
from nixdive.ui.contents_rows import shown
from nixdive.ui.dialogs.extract import ExtractDialog
from nixdive.ui.dialogs.extracting import ExtractingDialog
from nixdive.ui.dialogs.replace import ReplaceDialog
from nixdive.ui.figures import count
from nixdive.ui.naming import layer_name
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import App

    from nixdive.image.extract import Wanted
    from nixdive.layering.plan import LayerPlan
    from nixdive.opening import Subject
    from nixdive.progress import Progress
    from nixdive.ui.compared import Compared
    from nixdive.ui.dialogs.extract import ExtractOrder

_PIECE = 1 << 20


def extract(
    app: App[object], subject: Subject, plan: LayerPlan, *, layer: int, compared: Compared, name: bytes
) -> None:
    """Ask where to, write, and tell what was written.

    Args:
        app: the app.
        subject: what the plan is of.
        plan: the plan that is shown.
        layer: the index of the selected layer.
        compared: the files that are shown.
        name: the absolute name of the selected one.
    """
    words = f"layer {layer + 1}, {layer_name(plan.layers[layer], subject.closure)}"
    stem = "".join(letter if letter.isalnum() or letter in "-._" else "-" for letter in subject.name)

    def asked(order: ExtractOrder | None) -> None:
        if order is not None:
            begin(order, force=False)

    def begin(order: ExtractOrder, *, force: bool) -> None:
        def write(progress: Progress) -> str:
            if order.tar:
                return _layer(subject, plan, layer, order, progress, force=force)
            return _files(compared, name, order, progress, force=force)

        what = f"layer {layer + 1}" if order.tar else last
        app.push_screen(ExtractingDialog(what, write, Event()), lambda result: finished(order, result))

    def finished(order: ExtractOrder, result: str | NixdiveError | None) -> None:
        if result is None:
            app.notify("Cancelled, nothing was written")
        elif isinstance(result, str):
            app.notify(result, timeout=8, markup=False)
        elif isinstance(result, ExistsError):
            app.push_screen(ReplaceDialog(str(result)), lambda yes: begin(order, force=True) if yes else None)
        else:
            cause = "\n".join(filter(None, (str(result), result.hint)))
            app.notify(visible_lines(cause), severity="error", timeout=60, markup=False)

    last = shown(name.rpartition(b"/")[2])
    app.push_screen(
        ExtractDialog(
            last,
            folder=compared.listing.is_folder(name),
            layer=words,
            tar=f"{stem}-layer-{layer + 1}.tar",
        ),
        asked,
    )


def visible_lines(text: str) -> str:
    """Return a text of several lines, each of them made safe to show."""
    return "\n".join(map(visible, text.split("\n")))


def _layer(
    subject: Subject, plan: LayerPlan, layer: int, order: ExtractOrder, progress: Progress, *, force: bool
) -> str:
    from nixdive.image.extract_layer import extract_layer

    size = extract_layer(
        plan.layers[layer],
        subject.spec,
        subject.contents,
        order.place,
        base=subject.base,
        customisation=subject.customisation,
        force=force,
        progress=progress,
    )
    return f"Written {visible(str(order.place))}, {prose(size)}"


def _files(compared: Compared, name: bytes, order: ExtractOrder, progress: Progress, *, force: bool) -> str:
    from nixdive.image.extract import extract_tree

    done = extract_tree(
        compared.tree(name),
        name,
        order.place,
        _copier(compared, name, progress),
        force=force,
        progress=progress,
    )
    place = order.place / name.rpartition(b"/")[2].decode("utf-8", "surrogateescape")
    words = f"Written {visible(str(place))}, {count(done.names, 'name')}, {prose(done.size)}"
    if done.left_out:
        words += f"\n{count(len(done.left_out), 'device or link to nothing')} left out"
    return words


def _copier(compared: Compared, name: bytes, progress: Progress) -> Callable[[int, Sequence[Wanted]], None]:
    from nixdive.image.extract import new_file
    from nixdive.progress import check

    layers = compared.files(name)

    def copy(layer: int, wanted: Sequence[Wanted]) -> None:
        for entry, target in wanted:
            with layers[layer].open(entry) as source, new_file(target) as file:
                left = entry.size
                while data := source.read(_PIECE):
                    check(progress)
                    left -= len(data)
                    view = memoryview(data)
                    while view:
                        view = view[file.write(view) :]
                    progress.advance(len(data))
                if left:
                    raise UnreadablePathError(f"{shown(entry.name)}: its size changed while it was read")

    return copy
