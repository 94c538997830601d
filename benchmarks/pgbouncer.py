"""What PgBouncer in between costs: `python -m benchmarks.pgbouncer --help`.

Needs PostgreSQL and Debian's pgbouncer on this machine. Two services run on one scratch
database, one straight and one through PgBouncer in transaction mode, and are asked by
turns.
"""

import argparse
import os
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks import load, people, service
from benchmarks.databases import scratch_database
from benchmarks.load import Result
from benchmarks.routes import PAGE, Measured, routes
from users_service.tests import pgbouncer

KINDS = ("by id", f"page of {PAGE}", "bookmark", "update")


class Pair(NamedTuple):
    """A round of one kind of request, both ways."""

    straight: Result
    through: Result

    @property
    def ratio(self) -> float:
        """Requests a second through PgBouncer, as a share of those straight."""
        return self.through.rate / self.straight.rate


def main() -> None:
    """Measure both ways in interleaved rounds and print the table."""
    options = read_options()
    with TemporaryDirectory() as text, ExitStack() as running:
        folder = Path(text)
        database, variables = running.enter_context(scratch_database(folder))
        if "DATABASE_HOST" not in variables:
            raise SystemExit("PostgreSQL does not answer; set DATABASE_*")
        os.environ.pop("PGBOUNCER_HOST", None)
        service.prepare(variables)
        people.load(options.clinicians)
        service.analyse()
        bouncer = pgbouncer.running(
            folder,
            variables,
            port=service.free_port(),
            default_pool_size=options.servers,
        )
        way = running.enter_context(bouncer)
        straight = running.enter_context(service.started())
        through = running.enter_context(
            service.started(SERVER_PORT=str(service.free_port()), **way)
        )
        pairs = measure((straight.port, through.port), options, folder)
    print(
        f"{options.clinicians} clinicians, {database}, {options.servers} connections "
        f"behind PgBouncer, {load.generator()}, {load.CONNECTIONS} connections to the "
        f"service, medians of {options.rounds} rounds of {options.seconds} s\n"
    )
    print_table(pairs)


def read_options() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.pgbouncer", description=__doc__
    )
    parser.add_argument("--clinicians", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--seconds", type=int, default=1, help="of each round")
    parser.add_argument(
        "--servers", type=int, default=20, help="PgBouncer's default_pool_size"
    )
    return parser.parse_args()


def measure(
    ports: tuple[int, int], options: argparse.Namespace, folder: Path
) -> dict[str, list[Pair]]:
    """Ask both services in turn, the other one first in every other round."""
    token = service.mint()
    kinds = [each for each in routes(options.clinicians) if each.name in KINDS]

    def ask(port: int, kind: Measured, seconds: int) -> Result:
        result = load.run(port, kind.calls, token, seconds, folder)
        if result.failed:
            raise SystemExit(f"{kind.name}: {result.failed} requests failed")
        return result

    for kind in kinds:
        for port in ports:  # a first, unmeasured round warms everything up
            ask(port, kind, 1)
    pairs: dict[str, list[Pair]] = {kind.name: [] for kind in kinds}
    for turn in range(options.rounds):
        order = ports if turn % 2 else ports[::-1]
        for kind in kinds:
            found = {port: ask(port, kind, options.seconds) for port in order}
            pairs[kind.name].append(Pair(*(found[port] for port in ports)))
    return pairs


def print_table(pairs: dict[str, list[Pair]]) -> None:
    """Print medians: both ways, and how they compare within a round."""
    heading = f"{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}"
    print(f"{'':20}{'straight':>30}{'through PgBouncer':>30}{'ratio':>8}")
    print(f"{'':20}{heading}{heading}")
    for kind, found in pairs.items():
        straight = _medians([each.straight for each in found])
        through = _medians([each.through for each in found])
        ratio = median(each.ratio for each in found)
        print(f"{kind:20}{straight}{through}{ratio:8.2f}")


def _medians(results: list[Result]) -> str:
    rate = median(each.rate for each in results)
    p50 = median(each.p50 for each in results)
    p99 = median(each.p99 for each in results)
    return f"{rate:12.0f}{p50:9.1f}{p99:9.1f}"


if __name__ == "__main__":
    main()
