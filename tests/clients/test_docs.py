"""The table of clients in the documentation is that of the data."""

from __future__ import annotations

from pathlib import Path

from nixdive.clients.client import Client, Reuse, clients
from nixdive.sizes import prose

DOCS = Path(__file__).parents[2] / "docs/clients.md"
PULLS = {Reuse.BLOB: "what it lacks, by blob", Reuse.CHAIN: "what it lacks, and all above it"}


def row(one: Client) -> str:
    push = "no" if one.push is None else "blobs as they are" if one.push.keeps_digests else "compresses anew"
    pull = "no" if one.pull is None else PULLS[one.pull.reuse]
    most = one.most_layers or "no limit"
    takes = [", ".join(one.compressions)]
    takes += [f"config {prose(one.most_config)}"] if one.most_config else []
    takes += [f"label {prose(one.most_label)}"] if one.most_label else []
    known = f"| `{one.name}` | {one.version}, {one.date} | {most} | {one.limit} |"
    return f"{known} {push} | {pull} | {'; '.join(takes)} |"


def test_each_client_has_its_row() -> None:
    table = [line for line in DOCS.read_text("utf-8").splitlines() if line.startswith("| `")][1:]
    assert table == [row(one) for one in clients().values()]
