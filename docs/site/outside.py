"""What the pages link to outside docs/: pictures come into the site, other files are in the repository."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

_PICTURES = "screenshots"
_OUTSIDE = re.compile(r"\]\(\.\./([^)\s]+)\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pictures of the repository."""
    root = Path(config.config_file_path).parent
    for picture in sorted((root / _PICTURES).glob("*.[ps][nv]g")):
        files.append(File.generated(config, f"{_PICTURES}/{picture.name}", abs_src_path=str(picture)))
    return files


def on_page_markdown(markdown: str, config: MkDocsConfig, **_: Any) -> str:
    """Turn links out of docs/ into links to where that is."""

    def inside(found: re.Match[str]) -> str:
        target = found[1]
        if target.startswith(f"{_PICTURES}/"):
            return f"]({target})"
        return f"]({config.repo_url}/blob/main/{target})"

    return _OUTSIDE.sub(inside, markdown)
