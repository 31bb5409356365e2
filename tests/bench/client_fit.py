"""Figures of profiles out of what was measured, and how well they foretell what they were not fitted to.

Of the logarithms of foretold over measured, the squares are made small (Levenberg and Marquardt, no figure
below 0, several starts); those that are far off count as if they were nearer (Huber), because a busy machine
makes single cases late. Round trips for a layer and layers at a time are not fitted: clients ask for them.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from nixdive.clients.client import client
from tests.bench.client_cases import KNEE_COUNTS, LINKS, Case, foretold, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from nixdive.clients.client import Client
    from tests.bench.client_cases import Row

WITHIN = 0.25
_FAR = 0.1  # of a logarithm, from where on a case counts as if it were nearer
_STEPS = 40
_PLURAL = {"push": "pushes", "pull": "pulls", "load": "loads"}
# what is fitted, with a usual value, which is where a search begins
_FIGURES = {
    "push": {"start": 0.2, "start_turns": 4.0, "layer": 0.005, "wire_byte": 1.2e-8, "tar_byte": 1e-8},
    "pull": {
        "start": 0.4,
        "wire_byte": 1.2e-8,
        "unpack_layer": 0.02,
        "unpack_byte": 5e-9,
        "unpack_entry": 5e-5,
    },
    "load": {"start": 0.2, "layer": 0.01, "tar_byte": 5e-9, "entry": 5e-5},
}


def fit(results: Path) -> None:
    """Print the figures of each profile that foretell its cases best."""
    for called, action, rows in _groups(_to_fit(results)):
        one = fitted(client(called), action, rows)
        part = getattr(one, action)
        words = ", ".join(f"{figure} = {getattr(part, figure):.3g}" for figure in _FIGURES[action])
        if action == "pull":
            words += f", overlaps = {part.overlaps}"
        errors = sorted(_error(row, one) for row in rows)
        hits = sum(error <= WITHIN for error in errors)
        print(
            f"[{called}] {action}: {words}   error: median {errors[len(errors) // 2]:.0%}, "
            f"most {errors[-1]:.0%}, {hits} of {len(errors)} within {WITHIN:.0%}",
            flush=True,
        )


def judge(results: Path) -> None:
    """Print each case with what the other images foretell of it, and how many are within a quarter."""
    tallies: dict[str, list[bool]] = {}
    for called, action, rows in _groups(_to_fit(results)):
        for app in dict.fromkeys(row.case.app for row in rows):
            one = fitted(client(called), action, [row for row in rows if row.case.app != app])
            for row in (row for row in rows if row.case.app == app):
                told = foretold(row.case, row.shape, one)
                words = " ".join(map(str, row.case))
                error = told / row.seconds - 1
                print(f"{words:60}  {row.seconds:7.2f} s  foretold {told:7.2f}  {error:+.0%}", flush=True)
                for tally in ("all", action, row.case.link or "file", app, called, f"{called} {action}"):
                    tallies.setdefault(tally, []).append(abs(error) <= WITHIN)
    for tally, hits in tallies.items():
        print(f"{tally:24} {sum(hits):4} of {len(hits):4} within {WITHIN:.0%}: {sum(hits) / len(hits):.0%}")


def held_out(results: Path) -> None:
    """Print each case that is held out with what its profile foretells, and a table of the errors."""
    groups: dict[tuple[int, str], list[float]] = {}
    for row in (row for row in read(results) if row.held):
        case, told = row.case, foretold(row.case, row.shape)
        error = told / row.seconds - 1
        print(f"{' '.join(map(str, case)):60}  {row.seconds:7.2f} s  foretold {told:7.2f}  {error:+.0%}")
        where = f"{case.app}, {case.link}" if case.link else "from a file"
        by = (_PLURAL[case.action], where, f"{case.layers} layers", client(case.client).title)
        for order, group in enumerate(("all", *by)):
            groups.setdefault((order, group), []).append(abs(error))
    print("\n| cases that are held out | | error: median | 9 of 10 at most | within 25 % |")
    print("|---|---|---|---|---|")
    for (_, group), errors in sorted(groups.items(), key=lambda one: one[0][0]):
        hits = sum(error <= WITHIN for error in errors)
        middle, most = np.quantile(errors, (0.5, 0.9), method="inverted_cdf")
        shares = " | ".join(f"{100 * one:.0f} %" for one in (middle, most, hits / len(errors)))
        print(f"| {group} | {len(errors)} | {shares} |")


def knee_table(results: Path) -> None:
    """Print seconds of a push and then a pull, foretold / measured, at each count of layers."""
    rows = {row.case: row for row in read(results)}
    hits: list[bool] = []
    for app, link, (pushing, pulling) in product(
        ("toolbox", "media"), LINKS, (("nixdive", "docker"), ("skopeo", "podman"))
    ):
        told: dict[int, float] = {}
        seen: dict[int, float] = {}
        for count in KNEE_COUNTS:
            both = [
                rows.get(Case(who, action, "next", app, count, link))
                for who, action in ((pushing, "push"), (pulling, "pull"))
            ]
            known = [one for one in both if one is not None]
            hits += [_error(one, client(one.case.client)) <= WITHIN for one in known]
            if len(known) == len(both):
                told[count] = sum(foretold(one.case, one.shape) for one in known)
                seen[count] = sum(one.seconds for one in known)
        if seen:
            cells = [
                f"{told[count]:.1f} / {seen[count]:.1f}" if count in told else "" for count in KNEE_COUNTS
            ]
            best = f"{min(told, key=told.__getitem__)} / {min(seen, key=seen.__getitem__)}"
            print("|", " | ".join((app, link, f"{pushing}, {pulling}", *cells, best)), "|")
    print(f"{sum(hits)} of {len(hits)} pushes and pulls within {WITHIN:.0%}")


def fitted(one: Client, action: str, rows: list[Row]) -> Client:
    """Return a client with the figures of an action that foretell these cases best."""
    figures = dict(_FIGURES[action])
    if action == "push":  # one that keeps digests reads no tar; to compress takes longer than to send
        del figures["tar_byte" if one.keeps_digests else "wire_byte"]
    usual = np.array(list(figures.values()))
    part = getattr(one, action)
    seconds = np.array([row.seconds for row in rows])

    def by(values: NDArray[np.float64], overlaps: bool) -> Client:  # noqa: FBT001  called here alone
        found = dict(zip(figures, (values * usual).tolist(), strict=True))
        if action == "pull":
            return replace(one, pull=replace(part, overlaps=overlaps, **found))
        return replace(one, **{action: replace(part, **found)})

    def search(overlaps: bool, begin: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:  # noqa: FBT001
        def off(values: NDArray[np.float64]) -> NDArray[np.float64]:
            tried = by(values, overlaps)
            told = np.array([foretold(row.case, row.shape, tried) for row in rows])
            found: NDArray[np.float64] = np.log(np.maximum(told, 1e-3) / seconds)
            return found

        return _least(off, begin)

    begins = [np.ones(len(usual))]
    if "wire_byte" in figures:  # which does not matter below what the fastest link takes
        begins.append(np.where(np.array(list(figures)) == "wire_byte", 0.3, 1.0))
    found = [
        (*search(overlaps, begin), overlaps)
        for overlaps in ((True, False) if action == "pull" else (True,))
        for begin in begins
    ]
    _, values, overlaps = min(found, key=lambda one: one[0])
    return by(values, overlaps)


def _least(
    off: Callable[[NDArray[np.float64]], NDArray[np.float64]], begin: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Return the least cost, and the values, none below 0, with which it comes."""
    now, damping = begin, 0.1
    residuals = off(now)
    cost = _cost(residuals)
    for _ in range(_STEPS):
        weights = 1 / np.maximum(1.0, np.abs(residuals) / _FAR)
        moves = np.maximum(now, 0.05) * 0.02
        slopes = np.column_stack(
            [
                (off(now + move * unit) - residuals) / move
                for move, unit in zip(moves, np.eye(len(now)), strict=True)
            ]
        )
        pull = slopes.T @ (weights * residuals)
        free = (now > 0) | (pull < 0)  # those at 0 that want to be less stay
        steep = slopes.T @ (weights[:, None] * slopes)
        better = False
        while damping < 1e4 and not better:
            step = np.zeros(len(now))
            inner = steep[np.ix_(free, free)]
            inner = inner + damping * np.diag(np.diag(inner) + 1e-6)
            step[free] = np.linalg.solve(inner, -pull[free])
            tried = np.maximum(now + step, 0.0)
            after = off(tried)
            better = _cost(after) < cost
            damping *= 0.3 if better else 4
        if not better or cost - _cost(after) < 1e-4 * cost:
            return cost, now
        now, residuals, cost = tried, after, _cost(after)
    return cost, now


def _cost(residuals: NDArray[np.float64]) -> float:
    """Return the sum of squares, of those that are far off of Huber's."""
    away = np.abs(residuals)
    return float(np.where(away <= _FAR, away**2, 2 * _FAR * away - _FAR**2).sum())


def _to_fit(results: Path) -> list[Row]:
    """Return the cases that profiles are fitted to."""
    found = [row for row in read(results) if not row.held]
    if not found:
        raise SystemExit(f"{results} has no cases for a fit: measure some")
    return found


def _groups(rows: Iterable[Row]) -> Iterator[tuple[str, str, list[Row]]]:
    """Yield the cases of each client and action."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.case.client, row.case.action), []).append(row)
    for (called, action), group in groups.items():
        yield called, action, group


def _error(row: Row, by: Client) -> float:
    return abs(foretold(row.case, row.shape, by) / row.seconds - 1)
