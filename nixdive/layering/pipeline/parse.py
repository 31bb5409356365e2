"""From the JSON text of a pipeline to something that runs; every error names the stage and its position."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from nixdive.errors import PipelineError, UnknownNameError
from nixdive.json_text import parsed
from nixdive.layering.pipeline import stages
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.layering.pipeline.stages import Step, Value

_DEEPEST = 100


def pipeline_of(text: str) -> Step:
    """Return what a pipeline does to a graph.

    Args:
        text: a JSON list of stages, each a list of a name and arguments.

    Raises:
        PipelineError: it is no such list; what is returned raises it where a stage cannot do its work.
    """
    pipeline = parsed(text, lambda cause: PipelineError(f"the pipeline: {cause}"))
    _check_depth(pipeline)
    return _pipe(pipeline)


def _check_depth(value: Any) -> None:
    level = [value] if isinstance(value, list | dict) else []
    for _ in range(_DEEPEST):
        inside = (one.values() if isinstance(one, dict) else one for one in level)
        level = [one for parts in inside for one in parts if isinstance(one, list | dict)]
        if not level:
            return
    raise PipelineError("the pipeline is nested too deeply")


def _pipe(listed: Any) -> Step:
    if not isinstance(listed, list):
        raise PipelineError(f"a pipeline is a list of stages, not {_shown(listed)}")
    steps = [
        _located(number, len(listed), _name(stage), partial(_stage, stage))
        for number, stage in enumerate(listed, 1)
    ]

    def run(value: Value) -> Value:
        for step in steps:
            value = step(value)
        return value

    return run


def _located(number: int, count: int, name: str, make: Callable[[], Step]) -> Step:
    """Make a stage, now and when it runs telling where it stands in its errors."""
    where = f"stage {number} of {count}, {name}" if name else f"stage {number} of {count}"

    def told(error: PipelineError) -> PipelineError:
        return PipelineError(f"{where}: {error}", hint=error.hint)

    try:
        step = make()
    except PipelineError as error:
        raise told(error) from None

    def run(value: Value) -> Value:
        try:
            return step(value)
        except PipelineError as error:
            raise told(error) from None

    return run


def _name(stage: Any) -> str:
    return stage[0] if isinstance(stage, list) and stage and isinstance(stage[0], str) else ""


def _stage(parsed: Any) -> Step:
    if not isinstance(parsed, list) or not parsed:
        raise PipelineError(f'a stage is a list like ["limit_layers", 20], not {_shown(parsed)}')
    name, *arguments = parsed
    if not isinstance(name, str):
        raise PipelineError(f"the name of a stage is text, not {_shown(name)}")
    made = _MAKERS.get(name)
    if made is None:
        unknown = UnknownNameError("stage", name, _MAKERS)
        raise PipelineError("no stage has this name", hint=unknown.hint)
    words, make = made
    if len(arguments) != len(words):
        wanted = f"takes {' and '.join(words)}" if words else "takes nothing"
        raise PipelineError(f"it {wanted}, not {counted(len(arguments), 'argument')}")
    return make(*arguments)


def _count(argument: Any) -> int:
    if isinstance(argument, bool) or not isinstance(argument, int) or argument < 1:
        raise PipelineError(f"it takes a number of at least 1, not {_shown(argument)}")
    return argument


def _paths(argument: Any) -> frozenset[str]:
    if not isinstance(argument, list) or not all(isinstance(one, str) for one in argument):
        raise PipelineError(f"it takes a list of store paths, not {_shown(argument)}")
    return frozenset(argument)


def _path_or_paths(argument: Any) -> frozenset[str]:
    return frozenset({argument}) if isinstance(argument, str) else _paths(argument)


def _nested(argument: Any) -> Step:
    return _located(1, 1, _name(argument), partial(_stage, argument))


def _split_paths(specs: Any) -> Step:
    if not isinstance(specs, list):
        raise PipelineError(f"it takes a list of store paths, not {_shown(specs)}")
    names: set[str] = set()
    parents: set[str] = set()
    for spec in specs:
        if isinstance(spec, str):
            names.add(spec)
        elif isinstance(spec, dict) and set(spec) == {"children_of"}:
            parents |= _path_or_paths(spec["children_of"])
        else:
            raise PipelineError(f'each is a store path or {{"children_of": ...}}, not {_shown(spec)}')
    return partial(stages.split_paths, names, parents)


def _over(key: Any, stage: Any) -> Step:
    if not isinstance(key, str):
        raise PipelineError(f"the name of a part is text, not {_shown(key)}")
    return partial(stages.over, key, _nested(stage))


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


# what each stage takes in words, and how it is made of its arguments
_MAKERS: dict[str, tuple[tuple[str, ...], Callable[..., Step]]] = {
    "popularity_contest": ((), lambda: stages.popularity_contest),
    "limit_layers": (("a number",), lambda most: partial(stages.limit_layers, _count(most))),
    "split_paths": (("a list of store paths",), _split_paths),
    "subcomponent_out": (
        ("a list of store paths",),
        lambda names: partial(stages.subcomponent_out, _paths(names)),
    ),
    "subcomponent_in": (
        ("a list of store paths",),
        lambda names: partial(stages.subcomponent_in, _paths(names)),
    ),
    "over": (("the name of a part", "a stage"), _over),
    "flatten": ((), lambda: stages.flatten),
    "map": (("a stage",), lambda stage: partial(stages.map_, _nested(stage))),
    "reverse": ((), lambda: stages.reverse),
    "remove_paths": (
        ("a store path, or a list of them",),
        lambda names: partial(stages.remove_paths, _path_or_paths(names)),
    ),
    "split_every": (("a number",), lambda count: partial(stages.split_every, _count(count))),
    "pipe": (("a list of stages",), _pipe),
}
