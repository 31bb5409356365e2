"""The database of a Nix store, so that a Nix inside the image knows the store paths that are there."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from nixdive.errors import ImageError
from nixdive.store.nar_hash import sha256_hex

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nixdive.store.path import PathInfo

SCHEMA = b"10"
"""What Nix reads in the file `schema` beside the database; the tables below are of this version."""

# libstore/schema.sql; Nix 2.0 to 2.34 have had these tables
_TABLES = """
create table ValidPaths (
    id               integer primary key autoincrement not null,
    path             text unique not null,
    hash             text not null,
    registrationTime integer not null,
    deriver          text,
    narSize          integer,
    ultimate         integer,
    sigs             text,
    ca               text
);
create table Refs (
    referrer  integer not null,
    reference integer not null,
    primary key (referrer, reference),
    foreign key (referrer) references ValidPaths(id) on delete cascade,
    foreign key (reference) references ValidPaths(id) on delete restrict
);
create index IndexReferrer on Refs(referrer);
create index IndexReference on Refs(reference);
create trigger DeleteSelfRefs before delete on ValidPaths
  begin
    delete from Refs where referrer = old.id and reference = old.id;
  end;
create table DerivationOutputs (
    drv  integer not null,
    id   text not null,
    path text not null,
    primary key (drv, id),
    foreign key (drv) references ValidPaths(id) on delete cascade
);
create index IndexDerivationOutputs on DerivationOutputs(path);
"""
# which SQLite wrote the file last (fileformat2, 1.3.18): any fixed number, so that all write the same bytes
_WRITER, _WRITER_PLACE = 3_040_000, slice(96, 100)


def database(infos: Iterable[PathInfo], time: int) -> bytes:
    """Return the bytes of db.sqlite for some store paths.

    Derivers are left out, as nixpkgs' closureInfo does: not every source knows them, and the bytes would
    depend on it.

    Args:
        infos: the store paths; references to others are left out.
        time: when they were registered, in seconds since 1970.

    Raises:
        ImageError: the source of a path does not say what its NAR hashes to.
    """
    known = sorted(infos, key=lambda info: info.path)
    number = {info.path: place for place, info in enumerate(known, 1)}
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.execute("pragma page_size = 4096")
        connection.executescript(f"begin;{_TABLES}")
        connection.executemany(
            "insert into ValidPaths values (?, ?, ?, ?, null, ?, null, null, null)",
            [(number[info.path], info.path, f"sha256:{_hash(info)}", time, info.nar_size) for info in known],
        )
        connection.executemany(
            "insert into Refs values (?, ?)",
            sorted(
                {(number[info.path], number[to]) for info in known for to in info.references if to in number}
            ),
        )
        connection.execute("commit")
        made = bytearray(connection.serialize())
    finally:
        connection.close()
    made[_WRITER_PLACE] = _WRITER.to_bytes(4, "big")
    return bytes(made)


def _hash(info: PathInfo) -> str:
    found = sha256_hex(info.nar_hash) if info.nar_hash else None
    if found is None:
        raise ImageError(
            f"{info.path}: what its NAR hashes to is not known, so --nix-db cannot list it",
            hint="name a store path, or a closure file with hashes: nix path-info --json --recursive",
        )
    return found
