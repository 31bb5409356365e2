"""ANNOTATION OPTIONS: what is said of an image beside what it runs (image-spec, annotations.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from nixdive.cli.common_options import F, applied
from nixdive.cli.values import reads, word
from nixdive.image.oci.config_values import pair

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEYS = "org.opencontainers.image."


class _Fact(NamedTuple):
    """One of the keys that the specification names, as an option."""

    name: str
    metavar: str
    help: str
    key: str = ""

    @property
    def option(self) -> str:
        return self.name.replace("_", "-")


_FACTS = (
    _Fact("title", "TEXT", "What the image is called by people."),
    _Fact("description", "TEXT", "What is in it."),
    _Fact("source", "URL", "Where its source code is."),
    _Fact("revision", "TEXT", "The revision of its source code, like a commit."),
    _Fact("image_version", "TEXT", "The version of what is in it.", "version"),
    _Fact("url", "URL", "Where more is said about it."),
    _Fact("documentation", "URL", "Where its documentation is."),
    _Fact("authors", "TEXT", "Who answers for it."),
    _Fact("vendor", "TEXT", "Who distributes it."),
    _Fact("licenses", "SPDX", "The licences of what is in it: MIT AND Apache-2.0."),
)


def annotation_options(function: F) -> F:
    """Add ANNOTATION OPTIONS to a command."""
    return applied(
        function,
        (
            *(
                click.option(f"--{one.option}", one.name, metavar=one.metavar, help=one.help, **reads(word))
                for one in _FACTS
            ),
            click.option(
                "--annotation",
                "annotations",
                metavar="K=V",
                multiple=True,
                help="An annotation; one that an option above sets, too, has this value.",
                **reads(pair),
            ),
        ),
    )


def facts(options: Mapping[str, Any]) -> dict[str, str]:
    """Return what the options that have a name of their own say, by the keys of the specification."""
    return {
        f"{_KEYS}{one.key or one.name}": options[one.name]
        for one in _FACTS
        if options.get(one.name) is not None
    }


def asked_annotations(options: Mapping[str, Any]) -> dict[str, str]:
    """Return all annotations that are asked for."""
    return facts(options) | dict(options["annotations"])
