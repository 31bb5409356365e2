"""IMAGE OPTIONS: from the words of the command line to an ImageSpec."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nixdive.cli.config import config_of
from nixdive.cli.options import applied, reads
from nixdive.image.formats import FORMATS
from nixdive.image.moments import created, seconds
from nixdive.image.platform import host_architecture, with_architecture

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nixdive.image.spec import ImageSpec

F = TypeVar("F", bound="Callable[..., Any]")


def compression(text: str) -> str:
    """Return the text; raise click.BadParameter where no compression or level is called so."""
    name, colon, level = text.partition(":")
    if name not in {"none", "gzip", "zstd"} or (colon and name != "zstd"):
        raise click.BadParameter(f"{text!r} is not one of none, gzip, zstd, zstd:LEVEL")
    if colon and not (level.isdecimal() and level.isascii() and 1 <= int(level[:3]) <= 22):
        raise click.BadParameter(f"zstd has no level {level!r}; it has 1 to 22")
    return text


def image_options(function: F) -> F:
    """Add IMAGE OPTIONS to a command."""
    repeated: dict[str, Any] = {"multiple": True}
    return applied(
        function,
        (
            click.option(
                "--format",
                "image_format",
                type=click.Choice(FORMATS.names()),
                help="hybrid: one archive that docker, podman, ctr and skopeo load.  [default: hybrid]",
            ),
            click.option(
                "--compression",
                metavar="none|gzip|zstd[:LEVEL]",
                **reads(compression),
                help="Of each layer.  [default: gzip; none for docker-archive]",
            ),
            click.option(
                "--name", metavar="NAME:TAG", help="The image's name.  [default: from the root's name]"
            ),
            click.option("--from", "base", metavar="IMAGE", help="A base image: its layers come first."),
            click.option(
                "--config", metavar="FILE", help="JSON: the `config` object of an OCI image config."
            ),
            click.option("--cmd", metavar="WORDS|JSON", help="Default command."),
            click.option("--entrypoint", metavar="WORDS|JSON", help="Entry point."),
            click.option("--env", metavar="K=V", help="Environment variable.", **repeated),
            click.option("--user", metavar="USER[:GROUP]", help="Who the process runs as."),
            click.option("--workdir", metavar="DIR", help="Working directory."),
            click.option("--label", metavar="K=V", help="Label.", **repeated),
            click.option(
                "--expose", metavar="PORT[/PROTOCOL]", help="Port that the process listens on.", **repeated
            ),
            click.option("--volume", metavar="DIR", help="Directory that is a volume.", **repeated),
            click.option("--stop-signal", metavar="SIGNAL", help="Signal that stops the process."),
            click.option("--contents", metavar="PATH", help="Store path linked into the root.", **repeated),
            click.option(
                "--created",
                metavar="TIME",
                **reads(created),
                help="When the image says it was made: a time, or now.",
            ),
            click.option(
                "--mtime",
                metavar="TIME",
                **reads(seconds),
                help="The time of all files: a time, seconds, or now.",
            ),
            click.option("--uid", type=click.IntRange(min=0), metavar="N", help="Owner of all files."),
            click.option("--gid", type=click.IntRange(min=0), metavar="N", help="Group of all files."),
            click.option("--uname", metavar="NAME", help="Owner's name."),
            click.option("--gname", metavar="NAME", help="Group's name."),
            click.option(
                "--architecture",
                metavar="ARCH[/VARIANT]",
                help=f"What its programs run on: amd64, arm64, arm/v7.  [default: {host_architecture()}]",
            ),
            click.option(
                "--jobs", type=click.IntRange(min=1), metavar="N", help="Threads.  [default: all processors]"
            ),
        ),
    )


def image_spec(options: Mapping[str, Any], spec: ImageSpec) -> ImageSpec:
    """Return the spec with the options laid over it; its name was given to open_subject.

    Raises:
        click.UsageError: an option does not say what it should.
    """
    image_format = options["image_format"] or spec.image_format
    stamp = {
        name: options[name] for name in ("mtime", "uid", "gid", "uname", "gname") if options[name] is not None
    }
    return replace(
        spec,
        config=config_of(spec.config, options),
        platform=with_architecture(spec.platform, options["architecture"]),
        created=options["created"] or spec.created,
        stamp=replace(spec.stamp, **stamp) if stamp else spec.stamp,
        image_format=image_format,
        compression=options["compression"]
        or ("none" if image_format == "docker-archive" else spec.compression),
    )
