"""Measure the API: `make bench`, or `python -m benchmarks --help`.

Every route is measured in turn, round after round, so that a slow minute of the machine
hits all of them; beside it stand what a request costs that does nothing (null), the
framework alone (bare), and the database alone.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from benchmarks import imports, load, people, report, service, whole
from benchmarks.databases import Variables, scratch_database
from benchmarks.floors import Database
from benchmarks.load import Result
from benchmarks.routes import BARE, LARGE, Call, Measured, routes
from benchmarks.service import Served
from benchmarks.whole import Measuring

SIZES = (10_000, 1_000_000)
SAMPLES = 10
"""So many requests of a kind are looked at for their statements."""


class Round(NamedTuple):
    """One turn of a route: over eight connections and over one, and the CPU it took."""

    eight: Result
    one: Result
    cpu_milliseconds: float
    """Of the service, for each request over eight connections."""


def main() -> None:
    """Measure each size in a process of its own, and write down what came out."""
    options = read_options()
    if options.only:
        print(json.dumps(measured(options.only, options)))
        return
    runs = [run_apart(number, options) for number in options.clinicians or SIZES]
    text = report.page(runs)
    print(text)
    if options.write:
        options.write.write_text(text)


def read_options() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--clinicians",
        type=int,
        action="append",
        help="a size of the store; may be given again (default: 10,000 and 1,000,000)",
    )
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=1, help="of each round")
    parser.add_argument("--write", type=Path, help="a file for the result")
    parser.add_argument("--only", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def run_apart(number: int, options: argparse.Namespace) -> dict[str, Any]:
    """Measure one size in a new process, since settings are read once."""
    load.generator()
    command = [sys.executable, "-m", "benchmarks", "--only", str(number)]
    command += ["--rounds", str(options.rounds), "--seconds", str(options.seconds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    run: dict[str, Any] = json.loads(done.stdout)
    return run


def measured(number: int, options: argparse.Namespace) -> dict[str, Any]:
    """Fill a store with so many clinicians and measure everything there."""
    with TemporaryDirectory() as text, ExitStack() as running:
        folder = Path(text)
        database, variables = running.enter_context(scratch_database(folder))
        if "DATABASE_HOST" not in variables:
            raise SystemExit("PostgreSQL does not answer; set DATABASE_*")
        fill(variables, folder, number)
        served = running.enter_context(service.started())
        bare = running.enter_context(
            service.started(
                DJANGO_SETTINGS_MODULE="benchmarks.bare",
                SERVER_PORT=str(service.free_port()),
            )
        )
        token = service.mint()
        alone = Database(variables)
        running.callback(alone.close)
        measuring = Measuring(served, token, number, folder)
        rows = list(table(measuring, bare, alone, options))
        lines = list(others(measuring, alone))
    return {
        "clinicians": number,
        "database": database,
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "moment": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "rounds": options.rounds,
        "seconds": options.seconds,
        "rows": rows,
        "lines": [line._asdict() for line in lines],
    }


def fill(variables: Variables, folder: Path, number: int) -> None:
    """Import so many clinicians, and tidy up as autovacuum does before long."""
    service.prepare(variables)
    file = folder / "people.ndjson"
    with file.open("w") as lines:
        for item in people.items(number):
            lines.write(json.dumps(item) + "\n")
    imports.import_file(file, variables)
    file.unlink()
    service.give_passwords()
    service.analyse()


def table(
    measuring: Measuring, bare: Served, alone: Database, options: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    """Yield a row for each route: medians of interleaved rounds."""
    every = routes(measuring.number)
    null, writes = every[0], [kind for kind in every if kind.writes]
    reads = [kind for kind in every if not kind.writes]
    reads.insert(1, Measured("bare", [Call(BARE)]))
    # Reads first: writes leave behind what autovacuum takes away before long.
    for kinds in (reads, [null, *writes]):
        rounds: list[list[Round]] = [[] for _ in kinds]
        for number in range(-1, options.rounds):  # the first warms everything up
            for kind, found in zip(kinds, rounds, strict=True):
                served = bare if kind.name == "bare" else measuring.served
                taken = one_round(measuring, served, kind, options.seconds)
                if number >= 0:
                    found.append(taken)
        for kind, found in zip(kinds, rounds, strict=True):
            if kind is not null or kinds is reads:
                yield row(measuring, alone, kind, found, rounds[0])


def one_round(
    measuring: Measuring, served: Served, kind: Measured, seconds: int
) -> Round:
    """Measure one kind of request once; fail unless all are answered."""
    arguments = (served.port, kind.calls, measuring.token)
    before = load.cpu_seconds(served.process_id)
    eight = load.run(*arguments, seconds, measuring.folder)
    cpu = load.cpu_seconds(served.process_id) - before
    one = load.run(*arguments, 1, measuring.folder, connections=1)
    if failed := eight.failed + one.failed:
        raise SystemExit(f"{kind.name}: {failed} requests failed")
    return Round(eight, one, 1000 * cpu / max(1, eight.rate * seconds))


def row(
    measuring: Measuring,
    alone: Database,
    kind: Measured,
    rounds: list[Round],
    null: list[Round],
) -> dict[str, Any]:
    """Return the route's figures; its share is that of null in the same round."""
    calls = kind.calls[:SAMPLES]
    statements = [service.statements(call, measuring.token) for call in calls]
    floor = None
    if statements[0] and not kind.writes:
        floor = alone.milliseconds(statements)
    shares = [
        each.eight.rate / other.eight.rate
        for each, other in zip(rounds, null, strict=True)
    ]
    counts = sorted(set(map(len, statements)))
    return {
        "route": kind.name,
        "rate": median(each.eight.rate for each in rounds),
        "share": median(shares),
        "target": kind.target,
        "p50": median(each.eight.p50 for each in rounds),
        "p99": median(each.eight.p99 for each in rounds),
        "one_p50": median(each.one.p50 for each in rounds),
        "one_p95": median(each.one.p95 for each in rounds),
        "cpu": median(each.cpu_milliseconds for each in rounds),
        "database": floor,
        "statements": " to ".join(map(str, sorted({counts[0], counts[-1]}))),
    }


def others(measuring: Measuring, alone: Database) -> Iterator[whole.Line]:
    """Yield the figures that are no rates of a route."""
    yield from chain(
        whole.whole_lists(measuring, alone, full=False),
        whole.whole_lists(measuring, alone, full=True)
        if measuring.number < LARGE
        else (),
        whole.bulk(measuring),
        whole.login_rate(measuring),
        whole.footprint(measuring),
        whole.long_answers(measuring),
        whole.plans(measuring.number) if measuring.number >= LARGE else (),
    )


if __name__ == "__main__":
    main()
