"""Measure the read routes: `make bench`, or `python -m benchmarks --help`."""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks import load, people, service
from benchmarks.databases import scratch_database
from benchmarks.load import Result
from benchmarks.routes import Measured, routes


class Row(NamedTuple):
    """A line of the table: medians of all rounds, latencies in milliseconds."""

    route: str
    requests_per_second: float
    ratio_to_null: float
    p50: float
    p99: float
    statements: int


def main() -> None:
    """Load a scratch database, measure every route in turn, print the table."""
    options = read_options()
    with TemporaryDirectory() as text:
        folder = Path(text)
        with scratch_database(folder) as (database, variables):
            service.prepare(variables)
            people.load(options.clinicians)
            service.analyse()
            rows = measure(routes(options.clinicians), options, folder)
    if options.json:
        print(json.dumps([row._asdict() for row in rows], indent=2))
        return
    print(
        f"{options.clinicians} clinicians, {database}, {load.generator()}, "
        f"{load.CONNECTIONS} connections, medians of {options.rounds} rounds "
        f"of {options.seconds} s\n"
    )
    print_table(rows)


def read_options() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--clinicians", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each round")
    parser.add_argument("--json", action="store_true", help="print JSON, not a table")
    return parser.parse_args()


def measure(
    measured: list[Measured], options: argparse.Namespace, folder: Path
) -> list[Row]:
    """Measure in interleaved rounds, so that a slow minute hits all routes alike."""
    token = service.mint()
    counts = [service.statements(each.calls[0], token) for each in measured]
    results: list[list[Result]] = [[] for _ in measured]
    with service.serving() as port:
        for each in measured:  # a first, unmeasured round warms everything up
            load.run(port, each.calls, token, 1, folder)
        for _ in range(options.rounds):
            for each, found in zip(measured, results, strict=True):
                found.append(load.run(port, each.calls, token, options.seconds, folder))
    return list(_rows(measured, counts, results))


def _rows(
    measured: list[Measured], counts: list[int], results: list[list[Result]]
) -> Iterable[Row]:
    null = median(each.rate for each in results[0])
    for route, count, found in zip(measured, counts, results, strict=True):
        if failed := sum(each.failed for each in found):
            raise SystemExit(f"{route.name}: {failed} requests failed")
        rate = median(each.rate for each in found)
        p50 = median(each.p50 for each in found)
        p99 = median(each.p99 for each in found)
        yield Row(route.name, rate, rate / null, p50, p99, count)


def print_table(rows: list[Row]) -> None:
    """Print the rows under their headings."""
    print(
        f"{'route':22}{'requests/s':>11}{'to null':>9}"
        f"{'p50 ms':>9}{'p99 ms':>9}{'statements':>12}"
    )
    for row in rows:
        print(
            f"{row.route:22}{row.requests_per_second:11.0f}{row.ratio_to_null:9.2f}"
            f"{row.p50:9.1f}{row.p99:9.1f}{row.statements:12}"
        )


if __name__ == "__main__":
    main()
