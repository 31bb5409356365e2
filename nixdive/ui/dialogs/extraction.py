"""From a file of a layer to a file on the disk: one dialog after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.markup import escape

from nixdive.errors import ExistsError, NixdiveError
from nixdive.sizes import prose
from nixdive.ui.dialogs.dialog import DialogScreen
from nixdive.ui.dialogs.extract import ExtractDialog
from nixdive.ui.dialogs.replace import ReplaceDialog
from nixdive.ui.dialogs.working import WorkingDialog
from nixdive.ui.jobs import tell
from nixdive.ui.naming import file_name, layer_name
from nixdive.visible import visible
from nixdive.words import counted

if TYPE_CHECKING:
    from textual.app import App

    from nixdive.layering.plan import LayerPlan
    from nixdive.opening import Subject
    from nixdive.progress import Progress
    from nixdive.ui.dialogs.extract import ExtractOrder
    from nixdive.workspace.files.comparison import Compared

_NOTE = "It appears when it is complete; cancelled, it leaves nothing."


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
        working = WorkingDialog(f"Extracting {escape(what)}", _NOTE, write)
        screen: DialogScreen[str | NixdiveError] = DialogScreen(working)
        app.push_screen(screen, lambda result: finished(order, result))

    def finished(order: ExtractOrder, result: str | NixdiveError | None) -> None:
        if result is None:
            app.notify("Cancelled, nothing was written")
        elif isinstance(result, str):
            app.notify(result, timeout=8, markup=False)
        elif isinstance(result, ExistsError):
            replace: DialogScreen[bool] = DialogScreen(ReplaceDialog(str(result)))
            app.push_screen(replace, lambda yes: begin(order, force=True) if yes else None)
        else:
            tell(app, result)

    last = file_name(name.rpartition(b"/")[2])
    dialog = ExtractDialog(
        last, folder=compared.listing.is_folder(name), layer=words, tar=f"{stem}-layer-{layer + 1}.tar"
    )
    screen: DialogScreen[ExtractOrder] = DialogScreen(dialog)
    app.push_screen(screen, asked)


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
    from nixdive.image.layer_files import copied_from

    done = extract_tree(
        compared.tree(name),
        name,
        order.place,
        copied_from(compared.files(name), progress),
        force=force,
        progress=progress,
    )
    place = order.place / name.rpartition(b"/")[2].decode("utf-8", "surrogateescape")
    words = f"Written {visible(str(place))}, {counted(done.names, 'name')}, {prose(done.size)}"
    if done.left_out:
        words += f"\n{counted(len(done.left_out), 'device or link to nothing')} left out"
    return words
