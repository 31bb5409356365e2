"""The functions of nix/, built by the real Nix without nixpkgs: offline, in its sandbox."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.conftest import missing, need
from tests.conformance.programs import run
from tests.conformance.registries import registry
from tests.conformance.test_emit import NIX, ROOT, digest, made, package, sandbox
from tests.conformance.test_nix import NEWER
from tests.image.described import image as image_of
from tests.image.layouts import Layout
from tests.image.made import archive, layer
from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.conformance.engines import Client

__all__ = ("made", "package")  # fixtures

# of the machine, where nixpkgs would give them
PROGRAMS = "/usr/bin=/usr/bin /bin=/usr/bin /etc/alternatives=/etc/alternatives"
COPY = ("--extra-experimental-features", "nix-command", "copy")

EXPRESSION = """
{{ app, layout, linked, function }}:
let
  nixdive = import {library} {{ nixdive = "{program}"; }};
  path = builtins.storePath app;
in
nixdive.${{function}} {{
  name = "team/shop";
  tag = "7";
  contents = if linked then [ path ] else [ ];
  config = {{ Cmd = [ "${{path}}/bin/redis" "--version" ]; Env = [ "A=b c" ]; }};
  plan = /. + layout;
  directories = [ "/tmp:1777" ];
  users = [ "app:1000" ];
  perms = [ {{ path = "/tmp"; mode = "0770"; uid = 1000; }} ];
  includeNixDB = true;
  uid = 5;
  compression = "zstd";
}}
"""


@pytest.fixture
def plan(apps: Mapping[str, Any], nixdive: Callable[..., str], tmp_path: Path) -> Path:
    file = tmp_path / "shop.plan.toml"
    nixdive("plan", apps["redis"].path, "-o", file, "-q", "--max-layers", "14")
    return file


class Library:
    """The functions of nix/ on this machine, with a store of their own.

    Args:
        package: has bin/nixdive.
        store: the root of the store.
        programs: the folder of a Nix; empty for the one of this machine.

    Attributes:
        newer: whether it is not the one of this machine.
        package: has bin/nixdive.
    """

    def __init__(self, package: Path, store: Path, programs: str) -> None:
        self.newer = bool(programs)
        self._programs = programs
        self._store = store
        self._file = store.parent / "image.nix"
        self.package = package
        shown = ("--option", "sandbox", "true", "--option", "sandbox-paths", f"{sandbox(package)} {PROGRAMS}")
        self._words = (*NIX, *shown, "--store", str(store))

    def run(self, name: str, *words: str | Path) -> str:
        """Run a program of Nix; return what it prints."""
        return run(self._program_of(name), *words)

    def _program_of(self, name: str) -> str:
        return str(Path(self._programs, name)) if self._programs else name

    def derivation(self, expression: str, **arguments: str) -> str:
        """Return the derivation of an expression; what it imports is built."""
        self._file.write_text(
            expression.format(
                library=ROOT / "nix", program=self.package / "bin/nixdive", package=self.package
            )
        )
        words = [word for name, value in arguments.items() for word in ("--arg", name, value)]
        return self.run("nix-instantiate", self._file, *self._words, *words).strip()

    def built(self, derivation: str) -> Path:
        """Return the file that a derivation makes."""
        return self.realised(derivation)[0]

    def realised(self, derivation: str) -> tuple[Path, str]:
        """Return the file that a derivation makes, and the log."""
        argv = [self._program_of("nix-store"), "--realise", derivation, *self._words]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stderr
        return Path(f"{self._store}{done.stdout.strip()}"), done.stderr

    def refused(self, derivation: str) -> str:
        """Return what Nix says of a derivation that it does not build."""
        argv = [self._program_of("nix-store"), "--realise", derivation, *self._words]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode != 0
        return done.stderr

    def spread(self, derivations: Sequence[str], *builders: Path) -> str:
        """Build derivations on other machines alone, each a store with a root of its own; return the log."""
        machines = " ; ".join(f"{place} x86_64-linux - 2" for place in builders)
        words = (*self._words, "--option", "max-jobs", "0", "--option", "builders", machines)
        argv = ["nix-store", "--realise", *derivations, *words]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def references(self, derivation: str) -> str:
        """Return what the result of a derivation refers to."""
        (made,) = self.run("nix-store", "--query", "--outputs", derivation, *self._words).split()
        return self.run("nix-store", "--query", "--references", made, *self._words).strip()

    def inputs(self, derivation: str, name: str) -> list[str]:
        """Return the derivations of this name that another one needs."""
        found = self.run("nix-store", "--query", "--references", derivation, *self._words).split()
        return [one for one in found if one.endswith(f"-{name}.drv")]


@pytest.fixture(scope="module", params=["here", "newer"])
def library(
    request: pytest.FixtureRequest,
    apps: Mapping[str, Any],
    package: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Library]:
    """A library whose store has one application."""
    need("nix-build", root=True)
    if request.param == "newer" and not NEWER:
        missing("NIXDIVE_NEWER_NIX names no folder with a newer nix; newer_nix.sh makes one")
    store = tmp_path_factory.mktemp("nix") / "store"
    found = Library(package, store, NEWER if request.param == "newer" else "")
    found.run("nix", *COPY, "--no-check-sigs", "--to", store, apps["redis"].path)
    yield found
    run("chmod", "-R", "u+w", store)


@pytest.mark.parametrize("function", ["buildImage", "buildLayeredImage"])
@pytest.mark.parametrize("linked", [True, False])
def test_a_build_by_a_committed_plan_has_the_bytes_of_write(
    apps: Mapping[str, Any],
    nixdive: Callable[..., str],
    library: Library,
    plan: Path,
    tmp_path: Path,
    *,
    function: str,
    linked: bool,
) -> None:
    app = apps["redis"].path
    words = {"app": f'"{app}"', "layout": f'"{plan}"', "linked": str(linked).lower()}
    image = library.built(library.derivation(EXPRESSION, **words, function=f'"{function}"'))
    config = tmp_path / "config.json"
    config.write_text(f'{{"Cmd": ["{app}/bin/redis", "--version"], "Env": ["A=b c"]}}')
    root = ("--mkdir", "/tmp:1777", "--add-user", "app:1000", "--perm", "/tmp=0770:1000:1000", "--nix-db")
    image_words = (
        "--name",
        "team/shop:7",
        "--config",
        config,
        "--uid",
        "5",
        *(("--contents", app) if linked else ()),
    )
    nixdive(
        "write",
        app,
        "--plan",
        plan,
        "-q",
        *image_words,
        *root,
        "--compression",
        "zstd",
        "-o",
        tmp_path / "x.tar",
    )
    assert digest(image) == digest(tmp_path / "x.tar")
    assert image.name.endswith("-shop.tar")


CHANGING = """
{{ app, layout, text, uid ? 0 }}:
let
  nixdive = import {library} {{ nixdive = "{program}"; }};
  path = builtins.storePath app;
in
nixdive.buildLayeredImage {{
  name = "shop";
  config.Cmd = [ "${{path}}/bin/redis" "${{builtins.toFile "settings" "${{path}} ${{text}}"}}" ];
  plan = /. + layout;
  inherit uid;
}}
"""


def test_one_layer_is_built_again_after_one_path_changed(
    apps: Mapping[str, Any], library: Library, plan: Path
) -> None:
    words = {"app": f'"{apps["redis"].path}"', "layout": f'"{plan}"'}
    made = [library.derivation(CHANGING, **words, text=f'"{text}"') for text in ("a", "b")]
    before, after = (set(library.inputs(one, "layer")) for one in made)
    assert len(before) == len(after) == 14
    assert len(after - before) == 1
    first, second = map(library.built, made)
    assert digest(first) != digest(second)
    (layer,) = after - before
    # the document of a layer names its store paths, which from 2.18 on are no references of it
    assert bool(library.references(layer)) != library.newer


WORDS = """
{{ app, function, time }}:
let
  nixdive = import {library} {{ nixdive = "{program}"; }};
in
nixdive.${{function}} {{
  name = "Team/Shop";
  tag = null;
  contents = builtins.storePath app;
  config = null;
  fromImage = "";
  layers = null;
  perms = null;
  extraCommands = null;
  includeStorePaths = null;
  mtime = time;
  options = [ "--max-layers" "5" "--pin=lib*=base" "--uid" "7" "--compression=none" "--verify" "--user=5" ];
}}
"""


def test_words_about_layers_hold_wherever_they_stand_and_nothing_is_packed_twice(
    apps: Mapping[str, Any], library: Library
) -> None:
    words = {"app": f'"{apps["redis"].path}"'}
    parts = library.derivation(WORDS, **words, function='"buildLayeredImage"', time='"now"')
    assert len(library.inputs(parts, "layer")) == 4  # and one for the links
    layered, log = library.realised(parts)
    assert "is not used" not in log
    image = json.loads(member(layered, "manifest.json"))[0]
    found = {(one.mtime, one.uid) for name in image["Layers"][:4] for one in entries(layered, name)}
    ((time, owner),) = found
    assert (time > 1 << 30, owner) == (True, 7)
    assert re.fullmatch("team/shop:[0-9a-f]{32}", image["RepoTags"][0])
    whole = library.derivation(WORDS, **words, function='"buildImage"', time=str(time))
    # tags are of the words
    (same,) = json.loads(member(library.built(whole), "manifest.json"))
    assert (same["Layers"], same["Config"]) == (image["Layers"], image["Config"])


COMMANDS = """
{{ app, function, database }}:
let
  tools = [ "{package}" "/usr" ];
  nixdive = import {library} {{ nixdive = "{program}"; shell = "/bin/bash"; inherit tools; }};
  path = builtins.storePath app;
in
nixdive.${{function}} {{
  name = "shop";
  extraCommands = "mkdir -m 1777 tmp; mkdir bin; ln -s ${{path}}/bin/redis bin/app";
  fakeRootCommands = if function == "buildImage" then "mkdir data; chown 1000:100 data" else "";
  includeNixDB = database;
}}
"""


@pytest.mark.parametrize(("function", "database"), [("buildImage", "false"), ("buildLayeredImage", "true")])
def test_commands_make_a_layer_with_modes_and_owners_and_bring_what_it_needs(
    apps: Mapping[str, Any],
    nixdive: Callable[..., str],
    library: Library,
    function: str,
    database: str,
    tmp_path: Path,
) -> None:
    need("fakeroot")
    # Nix kills a builder whose streams are closed, and tar closes its own before it ends: here for long
    slow = library.package / "bin/tar"
    slow.write_text('#!/bin/bash\n/usr/bin/tar "$@" && exec >&- 2>&- && sleep 2\n')
    slow.chmod(0o755)
    words = {"app": f'"{apps["redis"].path}"', "function": f'"{function}"', "database": database}
    image = library.built(library.derivation(COMMANDS, **words))
    shutil.copy(image, tmp_path / "image.tar")
    found = json.loads(nixdive("plan", tmp_path / "image.tar", "--json", "-q"))
    paths = [path for layer in found["layers"] for path in layer["paths"]]
    assert apps["redis"].path in paths
    assert not [path for path in paths if "root.tar" in path]
    top = json.loads(member(image, "manifest.json"))[0]["Layers"][-1]
    made = {one.name: (oct(one.mode), one.uid, one.gid, one.linkname) for one in entries(image, top)}
    assert made["./tmp"] == ("0o1777", 0, 0, "")
    assert made["./bin/app"] == ("0o777", 0, 0, f"{apps['redis'].path}/bin/redis")
    assert made.get("./data") == (("0o755", 1000, 100, "") if function == "buildImage" else None)


PULLED = """
{{ registry, manifest, hash, app }}:
let
  nixdive = import {library} {{ nixdive = "{program}"; }};
  base = nixdive.pullImage {{
    imageName = "${{registry}}/team/base";
    imageDigest = manifest;
    finalImageName = "Base";
    finalImageTag = "9";
    inherit hash;
  }};
in
if app == "" then base else nixdive.buildImage {{
  name = "shop";
  fromImage = base;
  copyToRoot = builtins.storePath app;
  maxLayers = 20;
}}
"""


def test_an_image_is_pulled_by_its_digest_and_built_upon(
    apps: Mapping[str, Any], library: Library, tmp_path: Path
) -> None:
    layers = [layer("etc/base=1"), layer("etc/more=2")]
    base = archive(tmp_path / "base.tar", layers, os="linux", architecture="amd64")
    with registry() as host:
        target = f"docker://{host}/team/base:1"
        run("skopeo", "copy", "--dest-tls-verify=false", f"docker-archive:{base}", target)
        pushed = run("skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", target).strip()
        words = {"registry": f'"{host}"', "manifest": f'"{pushed}"'}
        told = library.refused(library.derivation(PULLED, **words, hash='""', app='""'))
        found = re.search(r"got: *(sha256-\S+)", told)
        assert found is not None, told
        hashed = {**words, "hash": f'"{found[1]}"'}
        pulled = library.built(library.derivation(PULLED, **hashed, app='""'))
    (entry,) = json.loads(member(pulled, "index.json"))["manifests"]
    assert entry["digest"] == pushed or pushed in member(pulled, blob(entry["digest"])).decode()
    # nothing is fetched any more
    image = library.built(library.derivation(PULLED, **hashed, app=f'"{apps["redis"].path}"'))
    blobs = json.loads(member(image, "manifest.json"))[0]["Layers"]
    assert [one.name for one in entries(image, blobs[1])] == ["etc/more"]
    assert any(one.name.endswith("bin/redis") for one in entries(image, blobs[-1]))


def blob(digest: str) -> str:
    """Return where an archive has a blob."""
    return f"blobs/{digest.replace(':', '/')}"


def member(image: Path, name: str) -> bytes:
    """Return a file of an archive."""
    with tarfile.open(image) as archive:
        found = archive.extractfile(name)
        assert found is not None
        return found.read()


def entries(image: Path, layer: str) -> list[tarfile.TarInfo]:
    """Return what is in a layer of an archive."""
    with tarfile.open(fileobj=io.BytesIO(member(image, layer))) as found:
        return found.getmembers()


def on(log: str, builder: Path) -> int:
    """Return how many layers a log says were built on a machine."""
    return len(re.findall(rf"building '/nix/store/[^']*-layer\.drv' on '{builder}'", log))


# the newer one has no program there that starts builds on other machines
@pytest.mark.parametrize("library", ["here"], indirect=True)
def test_other_machines_build_layers_and_one_of_them_may_go(
    apps: Mapping[str, Any], nixdive: Callable[..., str], library: Library, plan: Path, tmp_path: Path
) -> None:
    # layers that no other test has built
    words = {"app": f'"{apps["redis"].path}"', "layout": f'"{plan}"', "uid": "9"}
    made = library.derivation(CHANGING, **words, text='"elsewhere"')
    layers = library.inputs(made, "layer")
    here, there = tmp_path / "one", tmp_path / "two"
    for place in (here, there):
        place.mkdir()
    log = library.spread(layers[:6], here, there)
    first = on(log, here), on(log, there)
    assert sum(first) == 6
    assert min(first) > 0
    run("chmod", "-R", "u+w", there)
    shutil.rmtree(there)
    there.touch()
    log = library.spread([made], here, there)
    assert (on(log, here), on(log, there)) == (8, 0)
    assert f"cannot build on '{there}'" in log
    assert "building '" + made in log
    again = library.derivation(CHANGING, **words, text='"once more"')
    assert on(library.spread([again], here), here) == 1
    run("chmod", "-R", "u+w", here)


def test_what_nix2container_has_built_opens_as_the_image_that_it_is(
    apps: Mapping[str, Any],
    nixdive: Callable[..., str],
    made: list[str],
    tmp_path: Path,
) -> None:
    file = tmp_path / "image-redis.json"
    file.write_bytes(image_of(Path("/"), [apps["redis"].path]))
    made.append(run("nix-store", "--add", file).strip())
    plan = json.loads(nixdive("plan", made[-1], "--json", "-q"))
    assert [layer["paths"] for layer in plan["layers"]] == [[apps["redis"].path]]


def test_an_image_for_nix_snapshotter_becomes_one_that_needs_no_store(
    apps: Mapping[str, Any], nixdive: Callable[..., str], podman: Client, tmp_path: Path
) -> None:
    app = apps["redis"]
    paths = run("nix-store", "--query", "--requisites", app.path).split()
    notes = {f"containerd.io/snapshot/nix-store-path.{number}": path for number, path in enumerate(paths)}
    layout = Layout(tmp_path / "layout")
    mounts = layer("nix/", "nix/store/", *(f"{path[1:]}/" for path in paths))
    layout.list(layout.image(mounts, noted=[notes | {"containerd.io/snapshot/nix-layer": "true"}]))
    nixdive("write", tmp_path / "layout", "--name", "shop:1", "-o", tmp_path / "shop.tar", "-q", "--verify")
    podman.load(tmp_path / "shop.tar")
    assert app.says in podman.run("shop:1", *app.command)
    with tarfile.open(tmp_path / "shop.tar") as archive:
        names = [one.name for one in archive if one.size < 1 << 16]
        texts = [archive.extractfile(name) for name in names]
        assert not any(b"nix-store-path" in text.read() for text in texts if text is not None)
