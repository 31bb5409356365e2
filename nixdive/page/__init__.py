"""A report as one HTML file: data, style, programs and the charts' library in it, and nothing from elsewhere.

Plotly draws the charts: its Python package carries the JavaScript, is kept well, and pip keeps it up to date.
The file's policy allows the two scripts in it by their hashes, and no request at all. All that comes from the
input is JSON, which the page's own script puts in place as text.
"""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

from nixdive import __version__
from nixdive.errors import MissingExtraError
from nixdive.page.template import allowed, filled, part
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping


def charts() -> str:
    """Return the JavaScript of Plotly.

    Raises:
        MissingExtraError: its package is not installed.
    """
    try:
        from plotly.offline import get_plotlyjs  # noqa: PLC0415  an extra
    except ImportError as error:
        raise MissingExtraError("a report", "plotly", "report") from error
    script: str = get_plotlyjs()
    return script


def page(document: Mapping[str, Any], library: str) -> str:
    """Return the text of a page.

    Args:
        document: nixdive.report/1.
        library: what `charts` returns.
    """
    ours = part("report.js")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {allowed(library)} {allowed(ours)}",
            "style-src 'unsafe-inline'",  # Plotly writes its rules when it starts
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    parts = {
        "policy": html.escape(policy),
        "version": html.escape(__version__),
        "title": html.escape(visible(str(document["name"]))),
        "style": part("report.css"),
        "data": _data(document),
        "library": library,
        "script": ours,
    }
    return filled("report.html", parts)


def _data(document: Mapping[str, Any]) -> str:
    """Return JSON in ASCII that no HTML reader takes for the end of its element."""
    text = json.dumps(_shown(document), separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _shown(value: Any) -> Any:
    """Return a value with all texts in it made visible."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {key: _shown(one) for key, one in value.items()}
    return [_shown(one) for one in value] if isinstance(value, list) else value
