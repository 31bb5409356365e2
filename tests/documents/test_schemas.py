"""What every command prints with --json is as its schema says, and holds no key that the schema lacks."""

from __future__ import annotations

import json
from contextlib import chdir
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from nixdive.documents import NAMES, schema
from nixdive.errors import UnknownNameError
from tests.image.layouts import NAME, Layout
from tests.opening.images import docker_archive, layer, store_layer
from tests.program import run

CLOSURES = Path(__file__).parents[1] / "data/closures"
REDIS1, REDIS2, REDIS3 = (str(CLOSURES / f"debstore-redis-{v}.path-info.json.gz") for v in ("v1", "v2", "v3"))
DOT = str(CLOSURES / "formats-redis-v1.dot")
NAMES_OF_PATHS = ("d" * 32 + "-libc-1", "f" * 32 + "-app-1")

CALLS: dict[str, list[tuple[str, ...]]] = {
    "plan": [
        ("plan", REDIS1, "--json"),
        ("plan", REDIS3, "--against", REDIS1, "--against", REDIS2, "--max-layers", "9", "--json"),
        ("plan", DOT, "--strategy", "nixpkgs", "--json"),
        ("plan", REDIS1, "--pipeline", "pipeline.json", "--json"),
        ("plan", "new.tar", "--against", "old.tar", "--json"),
    ],
    "image": [
        ("write", "new.tar", "-o", "written.tar", "--json"),
        ("write", "new.tar", "-o", "layout", "--format", "oci", "--against", "old.tar", "--json"),
    ],
    "layer": [("pack", f"nix/store/{NAMES_OF_PATHS[0]}", "-o", "packed", "--json")],
    "layers": [("emit", REDIS1, "--as", "layers")],
    "inspect": [("inspect", "new.tar", "--json"), ("inspect", "new.tar", "--ci", "--json")],
    "compare": [
        ("compare", "old.tar", "new.tar", "--json"),
        ("compare", REDIS1, REDIS2, "--json"),
        ("compare", "old.tar", REDIS2, "--json"),
    ],
    "replay": [
        ("replay", REDIS1, REDIS2, "--max-layers", "9", "--json"),
        ("replay", "old.tar", "new.tar", "--json"),
    ],
    "fleet": [
        ("fleet", REDIS1, DOT.replace(".dot", ".registration"), "--max-layers", "9", "--json"),
        ("fleet", REDIS2, "--against", REDIS1, "--strategy", "nixpkgs", "--json"),
        ("fleet", "old.tar", "new.tar", "--write", "fleet.tar", "--json"),
    ],
    "verify": [("verify", "new.tar", "--json"), ("verify", "damaged.tar", "--json")],
    "graph": [
        ("graph", REDIS3, "--against", REDIS1, "--pin", "lib*=low", "--format", "json"),
        ("graph", DOT, "--strategy", "single", "--format", "json"),
        ("graph", "new.tar", "--format", "json"),
    ],
    "ci": [
        ("ci", "new.tar", "--json"),
        ("ci", "new.tar", "--against", "old.tar", "--rule", "highestPushBytes=1", "--json"),
    ],
    "report": [
        ("report", REDIS3, "--against", REDIS1, "--against", REDIS2, "--max-layers", "9", "--json"),
        ("report", DOT, "--json"),
        ("report", "new.tar", "--against", "old.tar", "--json"),
    ],
    "index": [("index", "stated", "-o", "index.tar", "--title", "both", "--json")],
    "cache": [("cache", one, "--json") for one in ("show", "prune", "clear")],
}


def strict(value: Any) -> Any:
    """Return a schema under which an object has no keys but those that are listed."""
    if isinstance(value, list):
        return [strict(one) for one in value]
    if not isinstance(value, dict):
        return value
    found = {key: strict(one) for key, one in value.items()}
    return found | ({"additionalProperties": False} if "properties" in value else {})


@cache
def validator(name: str) -> Draft202012Validator:
    found = {one: strict(json.loads(schema(one))) for one in NAMES}
    documents = [(f"nixdive.{one}/1", Resource.from_contents(value)) for one, value in found.items()]
    registry: Registry[Any] = Registry()
    return Draft202012Validator(found[name], registry=registry.with_resources(documents))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two images, a damaged one, and a pipeline that leaves a path out."""
    place = tmp_path_factory.mktemp("documents")
    root = layer({"etc/": None, "etc/x": b"x"})
    libc, app = NAMES_OF_PATHS
    old = [root, store_layer((libc, {"a": b"a" * 900})), store_layer((app, {"b": b"b" * 90}))]
    new = [*old, layer({"etc/": None, "etc/x": b"another", "etc/y": b"y"})]
    docker_archive(place / "old.tar", {"app:1": old})
    layout = Layout(place / "stated")
    image = layout.image(root, stated=True, annotations={NAME: "app:1"})
    layout.list(image, layout.attestation(image), layout.signature(image))
    data = docker_archive(place / "new.tar", {"app:2": new}).read_bytes()
    (place / "damaged.tar").write_bytes(data.replace(b"a" * 900, b"a" * 899 + b"b"))
    (place / "nix/store" / libc).mkdir(parents=True)
    (place / "nix/store" / libc / "a").write_bytes(b"a" * 900)
    (place / "pipeline.json").write_text('[["remove_paths", []], ["popularity_contest"]]')
    return place


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one(name: str) -> None:
    found = json.loads(schema(name))
    Draft202012Validator.check_schema(found)
    assert found["properties"]["format"] == {"const": f"nixdive.{name}/1"}
    assert run("schema", name).stdout == schema(name)


def test_every_document_has_a_call() -> None:
    assert set(CALLS) == set(NAMES)


@pytest.mark.parametrize(
    ("name", "words"),
    [pytest.param(name, words, id=" ".join(words[:1])) for name, calls in CALLS.items() for words in calls],
)
def test_what_is_printed_is_as_the_schema_says(name: str, words: tuple[str, ...], folder: Path) -> None:
    with chdir(folder):
        done = run(*words, "-q")
    assert done.returncode in {0, 3}, done.stderr
    validator(name).validate(json.loads(done.stdout))


def test_what_a_document_holds_of_others_has_their_schemas() -> None:
    parts = json.loads(schema("ci"))["properties"]
    others = {name: json.loads(schema(name)) for name in ("inspect", "compare", "plan")}
    gate = others["inspect"]["properties"]["ci"]["properties"]
    assert {key: parts[key] for key in ("rules", "notes")} == {key: gate[key] for key in ("rules", "notes")}
    assert parts["seconds"] == others["plan"]["properties"]["seconds"]
    for name, held in (("inspect", parts["inspect"]), ("compare", parts["compare"]["oneOf"][1])):
        for key in ("type", "properties", "required"):
            assert held[key] == others[name][key]


@pytest.mark.parametrize("name", ["nothing", "", "../plan"])
def test_other_names_have_none(name: str) -> None:
    with pytest.raises(UnknownNameError):
        schema(name)


def test_a_key_that_is_not_listed_is_noticed() -> None:
    document = {"format": "nixdive.verify/1", "ok": True, "problems": [], "checked": 1, "not_checked": []}
    assert validator("verify").is_valid(document)
    assert not validator("verify").is_valid(document | {"more": 1})
    assert not validator("verify").is_valid({"format": "nixdive.verify/1", "ok": True})
