"""The first requests of a push, which need nothing of the image: sent while it is opened and laid out."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from nixdive.errors import ImageError
from nixdive.remote.name import RemoteName, is_in_registry
from nixdive.remote.promises import earlier_ones
from nixdive.remote.registries_conf import pushed_to
from nixdive.remote.registry import Registry
from nixdive.remote.repository import Repository
from nixdive.remote.shipping import Shipping

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from nixdive.progress import Progress


class Approach:
    """A registry that is being pushed to; used as a context, by one thread.

    The manifest that the tag has now and those of earlier images are asked for, and an upload is begun. What
    comes of it, errors as well, is taken up by the push. Leaving the context by an error breaks it off.

    Attributes:
        name: the target.
        shipping: the blobs on their way.

    Args:
        target: docker://HOST/NAME:TAG.
        earlier: words for earlier images; those that are in another registry, or in none, do not matter.
        progress: asked whether to go on, and told of what is sent.

    Raises:
        ImageError: the target is not a name with a tag.
        RegistryError: a file that says how registries are reached cannot be read.
    """

    def __init__(self, target: str, earlier: Iterable[str], progress: Progress) -> None:
        self.name = name = RemoteName.parse(target)
        if name.digest is not None:
            hint = f"docker://{name.host}/{name.repository}:TAG"
            raise ImageError(f"{target}: an image is written to a tag", hint=hint)
        self._earlier = earlier_ones(
            name, [RemoteName.parse(text) for text in earlier if is_in_registry(text)]
        )
        self._registry = Registry(pushed_to(name), "pull,push", progress, others=[*self._earlier][1:])
        self.shipping = Shipping(Repository(self._registry), progress)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(self._registry)
        self._stack.enter_context(self.shipping)
        self.shipping.begin(self._earlier)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
