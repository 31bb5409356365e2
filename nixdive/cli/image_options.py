"""IMAGE OPTIONS: from the words of the command line to an ImageSpec, and the target of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from nixdive import there
from nixdive.cli import complete
from nixdive.cli.annotations import annotation_options, asked_annotations, facts
from nixdive.cli.common_options import F, applied, cache_option
from nixdive.cli.plan_options import opening
from nixdive.cli.values import reads, word
from nixdive.errors import ImageError
from nixdive.image.checks.config import checked_config, inner_config, refusals, spelled
from nixdive.image.checks.refusal import raise_for
from nixdive.image.formats import FORMATS
from nixdive.image.oci.config import merged_env
from nixdive.image.oci.config_values import command, directory, mentioned, pair, port, signal
from nixdive.image.oci.moments import created, seconds
from nixdive.image.oci.platform import host_architecture, with_architecture
from nixdive.image.root.request import MOST_ID, Account, Folder, Permission, RootRequest
from nixdive.json_text import parsed
from nixdive.small_file import read_small

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from nixdive.image.oci.spec import ImageSpec, Stamp
    from nixdive.workspace.open import OpenRequest

_FORMATS = ("docker-archive", "oci", "oci-archive")
# containers-transports(5), without those that skopeo is asked to write to
_TRANSPORTS = ("dir", "sif", *_FORMATS)
_STAMP = ("mtime", "uid", "gid", "uname", "gname")
_REMOTE = ("docker", "docker-daemon", "containers-storage")
T = TypeVar("T")


def config_of(found: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the config: what was found, then the file given with --config, then the single options.

    Raises:
        ImageError: the file cannot be read or does not hold a config, or what was found cannot be added to.
        click.UsageError: an option does not say what it should.
    """
    config = spelled(found)
    if options["config"] is not None:
        config |= read_config(Path(options["config"]))
    _refuse_what_cannot_grow(config, options)
    for option, key, read in (
        ("cmd", "Cmd", command),
        ("entrypoint", "Entrypoint", command),
        ("user", "User", str),
        ("workdir", "WorkingDir", directory),
        ("stop_signal", "StopSignal", signal),
    ):
        if options[option] is not None:
            config[key] = _read(option, read, options[option])
    if options["env"]:
        for text in options["env"]:
            _read("env", pair, text)
        config["Env"] = merged_env(config.get("Env") or [], options["env"])
    if options["label"] or facts(options):
        labels = facts(options) | dict(_read("label", pair, text) for text in options["label"])
        config["Labels"] = dict(config.get("Labels") or {}) | labels
    for option, key, read in (("expose", "ExposedPorts", port), ("volume", "Volumes", directory)):
        if options[option]:
            added = {_read(option, read, text): dict[str, str]() for text in options[option]}
            config[key] = dict(config.get(key) or {}) | added
    return config


def _refuse_what_cannot_grow(config: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    for option, key in (
        ("env", "Env"),
        ("label", "Labels"),
        ("expose", "ExposedPorts"),
        ("volume", "Volumes"),
    ):
        if options[option] or (option == "label" and facts(options)):
            raise_for(f"--{option}", list(refusals({key: config.get(key)})))


def read_config(place: Path) -> dict[str, Any]:
    """Read the `config` object, alone or inside a whole image config.

    Raises:
        ImageError: it cannot be read, or engines would refuse it or lose something of it.
    """
    with there.reading(place, ImageError):
        data = read_small(place, "document", piped=True)
    value = parsed(data, lambda cause: ImageError(f"{place}: {cause}"))
    if not isinstance(value, dict):
        raise ImageError(f"{place}: it does not hold a JSON object")
    return checked_config(inner_config(value, str(place)), str(place))


def _read(option: str, read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise click.UsageError(f"--{option.replace('_', '-')}: {error}") from error


def compression(text: str) -> str:
    """Return the text; raise click.BadParameter where no compression or level is called so."""
    name, colon, level = text.partition(":")
    if name not in {"none", "gzip", "zstd"} or (colon and name != "zstd"):
        raise click.BadParameter(f"{text!r} is not one of none, gzip, zstd, zstd:LEVEL")
    if colon and not (level.isdecimal() and level.isascii() and 1 <= int(level[:3]) <= 22):
        raise click.BadParameter(f"zstd has no level {level!r}; it has 1 to 22")
    return text


COMPRESSIONS = complete.one_of("none", "gzip", "zstd")


compression_option = click.option(
    "--compression",
    metavar="none|gzip|zstd[:LEVEL]",
    **reads(compression, COMPRESSIONS),
    help="Of each layer.  [default: gzip; none for docker-archive]",
)


jobs_option = click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Threads.  [default: all processors]"
)


_base = click.option(
    "--from", "base", metavar="IMAGE", **reads(word), help="A base image: its layers come first."
)
_config = click.option(
    "--config", metavar="FILE", **reads(word), help="JSON: the `config` object of an OCI image config."
)
_contents = click.option(
    "--contents", metavar="PATH", help="Store path linked into the root.", multiple=True, **reads(word)
)


def stamp_options() -> tuple[Callable[[F], F], ...]:
    """Return the options that say the time and the owner of files."""
    return (
        click.option(
            "--mtime",
            metavar="TIME",
            **reads(seconds),
            help="The time of all files: a time, seconds, or now.",
        ),
        click.option("--uid", type=click.IntRange(0, MOST_ID), metavar="N", help="Owner of all files."),
        click.option("--gid", type=click.IntRange(0, MOST_ID), metavar="N", help="Group of all files."),
        click.option("--uname", metavar="NAME", help="Owner's name."),
        click.option("--gname", metavar="NAME", help="Group's name."),
    )


def stamp_of(options: Mapping[str, Any], stamp: Stamp) -> Stamp:
    """Return the stamp with the options laid over it."""
    return replace(stamp, **{name: options[name] for name in _STAMP if options[name] is not None})


def root_options() -> tuple[Callable[[F], F], ...]:
    """Return the options that say what is at the root of the image beside links."""
    repeated: dict[str, Any] = {"multiple": True}
    return (
        click.option(
            "--mkdir",
            "folders",
            metavar="PATH[:MODE[:UID[:GID]]]",
            help="Directory to make, like /tmp:1777.",
            **reads(Folder.parse),
            **repeated,
        ),
        click.option(
            "--passwd", is_flag=True, help="Users root and nobody: /etc/passwd, group and nsswitch.conf."
        ),
        click.option(
            "--add-user",
            "accounts",
            metavar="NAME:UID[:GID[:HOME[:SHELL]]]",
            help="Another user, with a home; with --passwd in it.",
            **reads(Account.parse),
            **repeated,
        ),
        click.option("--nix-db", is_flag=True, help="Register the store paths, for a Nix inside the image."),
        click.option(
            "--layer",
            "layers",
            metavar="TAR|DIR",
            help="Another layer on top: a tar, packed or not, or the files of a directory.",
            **reads(word),
            **repeated,
        ),
        click.option(
            "--keep-owners", is_flag=True, help="Files of --layer DIR keep their owners on the disk."
        ),
        click.option(
            "--perm",
            "permissions",
            metavar="GLOB=MODE[:UID[:GID]]",
            help="Permissions of what is at the root, like '/data/*=0770:1000'; a later one wins.",
            **reads(Permission.parse),
            **repeated,
        ),
        click.option(
            "--no-store-paths",
            is_flag=True,
            help="Leave all store paths out: links, files and --layer alone.",
        ),
    )


def root_request(options: Mapping[str, Any], config: Mapping[str, Any]) -> RootRequest:
    """Return what the options ask of the root of the image.

    Args:
        options: their values by their names.
        config: what they make of the image's config, whose store paths come into the image.
    """
    if options["nix_db"] and options["no_store_paths"]:
        raise click.UsageError("--nix-db lists the store paths that --no-store-paths leaves out")
    accounts = tuple(options["accounts"])
    return RootRequest(
        tuple(options["folders"]),
        tuple(options["permissions"]),
        accounts if accounts or options["passwd"] else None,
        options["nix_db"],
        tuple(options["layers"]),
        options["keep_owners"],
        () if options["no_store_paths"] else mentioned(config),
        not options["no_store_paths"],
    )


def image_opening(
    inputs: Iterable[str], options: Mapping[str, Any], root: RootRequest, **more: Any
) -> OpenRequest:
    """Return what a command opens that is told about the image as well.

    Args:
        inputs: the words that name it.
        options: the values of PLAN OPTIONS and of the image's by their names.
        root: what they ask of the root of the image.
        more: further attributes of the OpenRequest.

    Raises:
        click.UsageError: the options contradict each other, or ask for more layers than the clients take.
    """
    contents = tuple(options["contents"])
    return opening(
        inputs,
        options,
        name=options["name"],
        base=options["base"],
        contents=contents,
        root=root,
        cache=not options["no_cache"],
        **more,
    )


def image_only(context: click.Context) -> str:
    """Return an option that was given and changes no layout, only the image; empty if there is none."""
    about = _named(image_options, annotation_options) - _named(_base, _config, _contents, *root_options())
    given = (
        one
        for one in context.command.params
        if one.name in about and context.get_parameter_source(one.name) is ParameterSource.COMMANDLINE
    )
    return next((one.opts[0] for one in given), "")


def _named(*options: Callable[..., Any]) -> set[str | None]:
    command = click.command()(applied(lambda: None, options))
    return {one.name for one in command.params}


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
            compression_option,
            click.option(
                "--name", metavar="NAME:TAG", help="The image's name.  [default: from the root's name]"
            ),
            _base,
            _config,
            click.option("--cmd", metavar="WORDS|JSON", help="Default command."),
            click.option("--entrypoint", metavar="WORDS|JSON", help="Entry point."),
            click.option("--env", metavar="K=V", help="Environment variable.", **repeated),
            click.option("--user", metavar="USER[:GROUP]", help="The user that the process runs as."),
            click.option("--workdir", metavar="DIR", help="Working directory."),
            click.option("--label", metavar="K=V", help="Label.", **repeated),
            click.option(
                "--expose", metavar="PORT[/PROTOCOL]", help="Port that the process listens on.", **repeated
            ),
            click.option("--volume", metavar="DIR", help="Directory that is a volume.", **repeated),
            click.option(
                "--stop-signal",
                metavar="SIGNAL",
                shell_complete=complete.one_of("SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGKILL"),
                help="Signal that stops the process.",
            ),
            _contents,
            *root_options(),
            click.option(
                "--created",
                metavar="TIME",
                **reads(created),
                help="The image's creation date: a time, or now.",
            ),
            *stamp_options(),
            click.option(
                "--architecture",
                metavar="ARCH[/VARIANT]",
                shell_complete=complete.one_of(*complete.ARCHITECTURES),
                help=f"Of its programs: amd64, arm64, arm/v7.  [default: {host_architecture()}]",
            ),
            jobs_option,
            cache_option,
        ),
    )


def image_spec(options: Mapping[str, Any], spec: ImageSpec) -> ImageSpec:
    """Return the spec with the options laid over it; its name was given to open_subject.

    Raises:
        click.UsageError: an option does not say what it should.
    """
    image_format = options["image_format"] or spec.image_format
    return replace(
        spec,
        config=config_of(spec.config, options),
        platform=with_architecture(spec.platform, options["architecture"]),
        created=options["created"] or spec.created,
        stamp=stamp_of(options, spec.stamp),
        image_format=image_format,
        compression=options["compression"]
        or ("none" if image_format == "docker-archive" else spec.compression),
        annotations=asked_annotations(options),
    )


def refuse_transport(target: str, *, remote: bool = True) -> None:
    """Raise a usage error for a target like oci:DIRECTORY, which looks like a file and is none.

    Args:
        target: what the user named.
        remote: whether places that only skopeo reaches are good.
    """
    transport, colon, rest = target.partition(":")
    if not colon or transport not in (_TRANSPORTS if remote else (*_TRANSPORTS, *_REMOTE)):
        return
    if transport in _FORMATS:
        raise click.UsageError(f"-o takes a file or a directory: -o {rest} --format {transport}")
    raise click.UsageError(
        f"-o takes a file: -o image.tar, then skopeo copy --preserve-digests oci-archive:image.tar {target}"
    )
