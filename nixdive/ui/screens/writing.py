"""From the form to the written image: one dialog after the other."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

from nixdive.errors import NixdiveError
from nixdive.ui.dialogs.write import WriteDialog
from nixdive.ui.dialogs.writing import WritingDialog
from nixdive.ui.dialogs.written import WrittenDialog

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

    from nixdive.image.spec import ImageSpec
    from nixdive.image.written import WrittenImage
    from nixdive.layering.plan import LayerPlan
    from nixdive.opening import Subject
    from nixdive.ui.dialogs.write import Order


def write(
    app: App[object],
    subject: Subject,
    spec: ImageSpec,
    plan: LayerPlan,
    done: Callable[[ImageSpec], None],
) -> None:
    """Ask where to, write, and show what was written.

    Args:
        app: the app.
        subject: what is written.
        spec: what the form begins with.
        plan: the layers.
        done: called with what was asked for when the image is there.
    """

    def asked(order: Order | None) -> None:
        if order is not None:
            dialog = WritingDialog(order, plan, subject, Event())
            app.push_screen(dialog, lambda result: finished(order, result))

    def finished(order: Order, result: WrittenImage | NixdiveError | None) -> None:
        if result is None:
            app.notify("Cancelled, nothing was written")
        elif isinstance(result, NixdiveError):
            cause = "\n".join(filter(None, (str(result), result.hint)))
            app.notify(cause, severity="error", timeout=60, markup=False)
        else:
            done(order.spec)
            app.push_screen(WrittenDialog(result, order.spec.name, order.plan_file))

    app.push_screen(WriteDialog(spec, plan), asked)
