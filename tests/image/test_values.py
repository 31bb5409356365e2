from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.contents.entry import Kind
from nixdive.errors import ImageError, MalformedImageError
from nixdive.image.oci.config import merged_env
from nixdive.image.oci.name import ImageName
from nixdive.image.readers.stream_conf import StreamConf, stream_conf
from nixdive.image.root.tree import Tree
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.contents.disk import DiskContents
    from nixdive.layering.plan import LayerPlan


@pytest.mark.parametrize(
    ("text", "shown", "full"),
    [
        ("redis", "redis:latest", "docker.io/library/redis:latest"),
        ("team/app:V1", "team/app:V1", "docker.io/team/app:V1"),
        ("ghcr.io/a/b:1", "ghcr.io/a/b:1", "ghcr.io/a/b:1"),
        ("localhost:5000/b", "localhost:5000/b:latest", "localhost:5000/b:latest"),
        ("docker.io/x:1", "docker.io/library/x:1", "docker.io/library/x:1"),
        ("index.docker.io/x:1", "docker.io/library/x:1", "docker.io/library/x:1"),
        ("docker.io/team/x:1", "docker.io/team/x:1", "docker.io/team/x:1"),
    ],
)
def test_names(text: str, shown: Any, full: Any) -> None:
    name = ImageName.parse(text)
    assert (str(name), name.full) == (shown, full)


@pytest.mark.parametrize("text", ["", ":1", "a b", "a:", "a:b:c", "-a", "a//b", "é", "a:" + "x" * 129, "a\n"])
def test_names_that_are_none(text: str) -> None:
    with pytest.raises(ImageError):
        ImageName.parse(text)


@pytest.mark.parametrize(
    ("prefix", "most"),
    [("", 255 - len("docker.io/library/")), ("team/", 255 - len("docker.io/team/")), ("ghcr.io/", 247)],
)
def test_a_name_is_as_long_as_engines_take(prefix: str, most: int) -> None:
    assert len(ImageName.parse(f"{prefix}{'a' * most}:1").full) == 255 + len(":1")
    with pytest.raises(ImageError, match=r"a…': with its registry it is 256 .* at most 255"):
        ImageName.parse(f"{prefix}{'a' * (most + 1)}:1")


def test_variables_keep_their_place_and_take_the_last_value() -> None:
    assert merged_env(["A=1", "B=2"], ["C=3", "A=4", "A=5"]) == ["A=5", "B=2", "C=3"]


def test_links_show_the_files_of_store_paths_at_the_root(plan: LayerPlan, contents: DiskContents) -> None:
    paths = [path for layer in plan.layers[:2] for path in layer.paths]
    made = {entry.name: entry for entry in Tree.links(paths, contents).entries}
    assert made[b"/bin"].kind is Kind.DIRECTORY
    assert made[b"/bin/run"].target == paths[1].encode() + b"/bin/run"
    assert all(name.rpartition(b"/")[0] in {b"", *made} for name in made)


def test_a_store_path_that_is_a_link_shows_the_files_that_it_leads_to(
    plan: LayerPlan, contents: DiskContents, store: Path
) -> None:
    app = plan.layers[0].paths[0]
    link, again, odd, loop = (StorePath(f"{app.store_dir}/{letter * 32}-link") for letter in "zxwv")
    for path, target in ((link, app), (again, link.base), (odd, "/etc"), (loop, loop.base)):
        (store / path[1:]).symlink_to(target)
    assert Tree.links([again], contents) == Tree.links([app], contents)
    for path in (odd, loop):
        with pytest.raises(ImageError, match="it is not a directory"):
            Tree.links([path], contents)


def test_a_directory_and_a_file_of_one_name_are_told(
    plan: LayerPlan, contents: DiskContents, store: Path
) -> None:
    paths = [path for layer in plan.layers[:2] for path in layer.paths]
    (store / paths[1][1:] / "lib").write_text("a file")
    with pytest.raises(ImageError, match=r"0-low/lib and .*1-app/lib"):
        Tree.links(paths, contents)


_CONF: dict[str, Any] = {
    "architecture": "amd64", "config": {}, "store_dir": "/nix/store", "from_image": None, "store_layers": [],
    "customisation_layer": None, "repo_tag": "a:b", "created": "now", "mtime": "1970-01-01T00:00:01+00:00",
    "uid": "1", "gid": "2", "uname": "u", "gname": "g",
}  # fmt: skip


def conf_of(path: Path) -> StreamConf:
    found = stream_conf(path.read_bytes(), str(path), path.parent)
    assert found is not None
    return found


def test_a_stream_conf_is_read(tmp_path: Path) -> None:
    (tmp_path / "conf").write_text(json.dumps(_CONF | {"from_image": "base.tar"}))
    conf = conf_of(tmp_path / "conf")
    assert conf.from_image == tmp_path / "base.tar"
    assert (conf.stamp.mtime, conf.stamp.uid, conf.stamp.gname) == (1, 1, "g")
    assert conf.created.endswith("Z")


@pytest.mark.parametrize(
    ("key", "value"),
    [("mtime", "soon"), ("uid", "x"), ("store_layers", [["/etc"]]), ("store_layers", 3), ("repo_tag", None),
     ("config", []), ("store_dir", 1)],
)  # fmt: skip
def test_an_odd_stream_conf_is_told_with_its_key(tmp_path: Path, key: str, value: Any) -> None:
    (tmp_path / "conf").write_text(
        json.dumps(_CONF | {"store_layers": [["/nix/store/" + "0" * 32 + "-a"]], key: value})
    )
    with pytest.raises(MalformedImageError, match=key):
        conf_of(tmp_path / "conf")
