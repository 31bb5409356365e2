"""Makes what the wheel has besides the sources: manual pages, and the loops of the search in C."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODULE = "nixdive/layering/kernel.abi3.so"
SOURCES = "nixdive/layering/c"
# products are not fused with sums, so that costs are those of numpy to the last bit
OPTIONS = ["-std=c11", "-O3", "-g0", "-ffp-contract=off", "-fvisibility=hidden"]


class NotBuiltError(Exception):
    """Why there are no loops in C."""


class Made(BuildHookInterface):  # type: ignore[type-arg]
    """Adds share/man/man1, where `man` looks beside the program; and the loops, where they can be built."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make both in a temporary folder, and name them as data and module of the wheel.

        Of an installation that is editable the module is put beside the sources.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="nixdive-build-")
        pages, built = Path(self._folder.name, "man"), Path(self._folder.name, "c")
        self._write_pages(pages)
        build_data["shared_data"] = {
            str(page): f"share/man/man1/{page.name}" for page in sorted(pages.iterdir())
        }
        beside = Path(self.root, MODULE)
        if version == "editable":
            beside.unlink(missing_ok=True)
        try:
            module = self._build(built)
        except NotBuiltError as error:
            self.app.display_warning(f"nixdive: no loops in C, numpy will do their work: {error}")
            return
        build_data |= {"pure_python": False, "tag": f"cp311-abi3-{_platform()}"}
        if version == "editable":
            shutil.copy(module, beside)
        else:
            build_data["force_include"][str(module)] = MODULE

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002  as above
        """Remove the folder."""
        self._folder.cleanup()

    def _write_pages(self, folder: Path) -> None:
        sys.path.insert(0, self.root)
        try:
            from nixdive.cli.manual import write  # noqa: PLC0415  it is not there before
        finally:
            sys.path.remove(self.root)
        folder.mkdir()
        write(folder)

    def _build(self, folder: Path) -> Path:
        """Build the module in a folder and return it; raises NotBuiltError."""
        from setuptools import Distribution, Extension  # noqa: PLC0415  only a wheel needs it
        from setuptools.command.build_ext import build_ext  # noqa: PLC0415
        from setuptools.errors import BaseError, CCompilerError  # noqa: PLC0415

        _look_for_tools()
        files = sorted(map(str, Path(self.root, SOURCES).glob("*.c")))
        extension = Extension("kernel", files, extra_compile_args=OPTIONS, py_limited_api=True)
        command = build_ext(Distribution({"name": "nixdive", "ext_modules": [extension]}))
        command.build_lib, command.build_temp = str(folder), str(folder / "objects")
        try:
            command.ensure_finalized()
            command.run()
        except (BaseError, CCompilerError) as error:
            raise NotBuiltError("the compiler failed, as it says above") from error
        return Path(command.get_ext_fullpath("kernel"))


def _look_for_tools() -> None:
    """Raise NotBuiltError where it is plain that nothing can be built."""
    if sys.implementation.name != "cpython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        raise NotBuiltError("this Python lacks the stable ABI")
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    if shutil.which(compiler) is None:
        raise NotBuiltError(f"{compiler}: there is no such C compiler")
    header = Path(sysconfig.get_path("include"), "Python.h")
    if not header.exists():
        raise NotBuiltError(f"{header}: it is missing; packages like python3-dev have it")


def _platform() -> str:
    from packaging.tags import sys_tags  # noqa: PLC0415  as above; hatchling needs it too

    # a wheel that is built here need not run on the older systems that manylinux and musllinux name
    return next(tag.platform for tag in sys_tags() if "linux_" not in tag.platform[1:])
