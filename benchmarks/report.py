"""What a run of the benchmarks came to, as a page of Markdown."""

from collections.abc import Iterator
from typing import Any

AT_A_MILLION = 1_000_000
WITHIN = 0.9
"""At a million a route should keep so much of the share that it has at 10,000."""

ONE_CONNECTION_MS = 90
EIGHT_CONNECTIONS_MS = 500
SELECTIVE_MS = 60

INTRODUCTION = """\
# Measured

Made by `make bench`, which takes about half an hour;
[how it measures, and what the figures are worth](../benchmarks/README.md). The load,
the service and PostgreSQL share one machine.

**Share** is the rate as a part of null's in the same round: null is a route of the same
stack that checks the token and answers constant JSON. **Bare** is a Django view without
any middleware. **Alone** is the time of the same statements through psycopg, without a
service. CPU is that of the service, for each request.
"""


def page(runs: list[dict[str, Any]]) -> str:
    """Return the page for runs of several sizes."""
    small = {row["route"]: row["share"] for row in runs[0]["rows"]}
    parts = [INTRODUCTION, *("\n".join(section(run, small)) for run in runs)]
    return "\n".join(parts)


def section(run: dict[str, Any], small: dict[str, float]) -> Iterator[str]:
    """Yield the lines of one size."""
    number = run["clinicians"]
    yield f"## {number:,} clinicians"
    yield ""
    yield (
        f"{run['moment']}, {run['database']}, {run['machine']}; medians of "
        f"{run['rounds']} interleaved rounds of {run['seconds']} s over 8 connections, "
        "and of 1 s over one."
    )
    yield ""
    yield (
        "| route | requests/s | share | target | p50 ms | p99 ms | one: p50 | p95 "
        "| alone ms | CPU ms | statements |"
    )
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for each in run["rows"]:
        yield table_row(each, target(each, small, number))
    yield ""
    yield "| | result | target | |"
    yield "|---|---|---|---|"
    if number >= AT_A_MILLION:
        yield from map(line, at_a_million(run["rows"]))
    yield from map(line, (each.values() for each in run["lines"]))
    yield ""


def target(row: dict[str, Any], small: dict[str, float], number: int) -> float | None:
    """Return the share that a route should reach in a store of this size.

    Pages of a large store are measured in milliseconds instead; one clinician should be
    read as fast as in a small one.
    """
    wanted: float | None = row["target"]
    if wanted is None or number < AT_A_MILLION:
        return wanted
    if row["route"].startswith("page"):
        return None
    if row["route"].startswith("by "):
        return max(wanted, WITHIN * small[row["route"]])
    return wanted


def table_row(row: dict[str, Any], wanted: float | None) -> str:
    """Return a route's line."""
    alone = "" if row["database"] is None else f"{row['database']:.2f}"
    aimed = "" if wanted is None else f"≥ {wanted:.2f}{mark(row['share'] >= wanted)}"
    return (
        f"| {row['route']} | {row['rate']:,.0f} | {row['share']:.2f} | {aimed} "
        f"| {row['p50']:.1f} | {row['p99']:.1f} | {row['one_p50']:.1f} "
        f"| {row['one_p95']:.1f} | {alone} | {row['cpu']:.2f} | {row['statements']} |"
    )


def at_a_million(rows: list[dict[str, Any]]) -> Iterator[tuple[str, str, str, bool]]:
    """Yield what pages of a large store should reach."""
    for row in rows:
        if not row["route"].startswith("page"):
            continue
        if row["route"].endswith("q"):
            reached = row["one_p95"] <= SELECTIVE_MS
            told = f"{row['one_p95']:.0f} ms"
            yield f"{row['route']}: p95", told, f"≤ {SELECTIVE_MS} ms", reached
            continue
        reached = row["one_p50"] <= ONE_CONNECTION_MS
        told = f"{row['one_p50']:.0f} ms"
        yield (
            f"{row['route']}: one connection",
            told,
            f"≤ {ONE_CONNECTION_MS} ms",
            reached,
        )
        if not row["route"].endswith("end"):
            reached = row["p99"] <= EIGHT_CONNECTIONS_MS
            told = f"{row['p99']:.0f} ms"
            aimed = f"≤ {EIGHT_CONNECTIONS_MS} ms"
            yield f"{row['route']}: p99 of eight", told, aimed, reached


def line(figures: Any) -> str:
    """Return a line of the second table."""
    what, result, aimed, reached = figures
    return f"| {what} | {result} | {aimed} |{mark(reached)} |"


def mark(reached: bool) -> str:
    """Return what stands beside a target that was missed."""
    return "" if reached else " **short**"
