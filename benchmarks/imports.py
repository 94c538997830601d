"""Measure moving clinicians in: `python -m benchmarks.imports`, or `--help`.

Every scenario starts from a database of its own. Peak memory is that of the command's
processes together, without the database's.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import NamedTuple

import requests

from benchmarks import files, service
from benchmarks.databases import Variables, connect, scratch_database
from benchmarks.service import PROJECT

BULK_SIZES = (1_000, 10_000)
ROUNDS = 5
PAUSE_SECONDS = 0.02
SAMPLED_SECONDS = 0.1
WARM_UP = 50
"""Requests before the ones that count."""


class Measured(NamedTuple):
    """One import: how long it took, and how much memory."""

    seconds: float
    megabytes: float


def import_file(file: Path, database: Variables) -> Measured:
    """Import a file in a process of its own; fail unless everything went in."""
    command = [sys.executable, "manage.py", "import_clinicians", str(file), "--json"]
    started = time.monotonic()
    process = subprocess.Popen(
        command, cwd=PROJECT, env=environment(database), stdout=subprocess.PIPE
    )
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, memory_of(process.pid))
        time.sleep(SAMPLED_SECONDS)
    seconds = time.monotonic() - started
    assert process.stdout is not None
    summary = process.stdout.read()
    if process.returncode or not json.loads(summary)["complete"]:
        raise SystemExit(f"the import failed: {summary.decode()}")
    return Measured(seconds, peak)


def memory_of(process_id: int) -> float:
    """Return the MiB of a process and its children, what they share counted once."""
    task = Path(f"/proc/{process_id}/task/{process_id}/children")
    try:
        ids = [process_id, *map(int, task.read_text().split())]
        return sum(map(_proportional, ids))
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return 0.0


def _proportional(process_id: int) -> float:
    for line in Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def environment(database: Variables) -> Variables:
    """Return the variables of a command that works on the database."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE_")}
    settings = {
        "ENVIRONMENT": "TEST",
        "PROXY_URL": "http://benchmark.example",
        "SECRET_KEY": "benchmarks-only-0123456789-0123456789-0123456789",
        "DJANGO_SETTINGS_MODULE": "users_service.settings",
    }
    return kept | settings | database


def migrate(database: Variables) -> None:
    """Make the tables."""
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=PROJECT, env=environment(database), check=True)


def into_empty_store(folder: Path, number: int, *, full: bool) -> None:
    """Import into an empty store on PostgreSQL."""
    file = written(folder, number, full=full)
    with scratch_database(folder) as (name, database):
        migrate(database)
        found = import_file(file, database)
        size, rows = database_size(database)
    what = "full" if full else "one product each"
    told = f"{rows / 1e6:.1f} million rows, {size / 2**30:.1f} GiB" if rows else ""
    show(f"{name}, empty, {number:,} ({what})", found, number, told)


def into_store_in_use(folder: Path, number: int) -> None:
    """Import full clinicians into a store that holds as many and serves requests."""
    first = written(folder, number, full=True)
    second = written(folder, number, full=True, start=number)
    with scratch_database(folder) as (name, database):
        service.prepare(database)
        import_file(first, database)
        with service.serving() as port, calling(port) as latencies:
            calm = len(latencies)
            found = import_file(second, database)
            during = latencies[calm:]
    worst = max(during) * 1000
    p99 = quantiles(during, n=100)[-1] * 1000
    told = (
        f"meanwhile {len(during)} requests: median {median(during) * 1000:.0f} ms, "
        f"p99 {p99:.0f} ms, slowest {worst:.0f} ms"
    )
    show(f"{name}, in use, {number:,} more (full)", found, number, told)


@contextmanager
def calling(port: int) -> Iterator[list[float]]:
    """Read and change a clinician until the block ends; gives the times it took."""
    latencies: list[float] = []
    is_over = threading.Event()
    thread = threading.Thread(target=_call, args=(port, latencies, is_over))
    thread.start()
    try:
        while thread.is_alive() and len(latencies) < WARM_UP:
            time.sleep(PAUSE_SECONDS)
        yield latencies
    finally:
        is_over.set()
        thread.join()


def _call(port: int, latencies: list[float], is_over: threading.Event) -> None:
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {service.mint()}"
    url = f"http://127.0.0.1:{port}/dhos/v1/clinician/{files.first_id()}"
    while not is_over.wait(PAUSE_SECONDS):
        started = time.monotonic()
        if len(latencies) % 2:
            body = {"job_title": str(len(latencies))}
            answer = session.patch(url, json=body, timeout=300)
        else:
            answer = session.get(url, timeout=300)
        latencies.append(time.monotonic() - started)
        answer.raise_for_status()


def into_sqlite(folder: Path, number: int) -> None:
    """Import full clinicians into an empty SQLite file, a tenth of them."""
    number //= 10
    file = written(folder, number, full=True)
    database = {"SQLITE_PATH": str(folder / "import.sqlite3")}
    migrate(database)
    found = import_file(file, database)
    show(f"SQLite, empty, {number:,} (full)", found, number)


def by_bulk_requests(folder: Path, _number: int) -> None:
    """Post bulk requests of several sizes to the service."""
    with scratch_database(folder) as (name, database):
        service.prepare(database)
        with service.serving() as port:
            start = WARM_UP
            for index in range(WARM_UP):  # every worker gets its connection
                post_bulk(port, 1, full=True, start=index)
            for full in (False, True):
                for size in BULK_SIZES:
                    taken = []
                    for _ in range(ROUNDS):
                        taken.append(post_bulk(port, size, full=full, start=start))
                        start += size
                    what = "full" if full else "one product each"
                    print(
                        f"{name}, bulk request of {size:,} ({what}): median "
                        f"{median(taken):.2f} s, {min(taken):.2f} to {max(taken):.2f} "
                        f"of {ROUNDS}",
                        flush=True,
                    )


def post_bulk(port: int, size: int, *, full: bool, start: int) -> float:
    """Post a bulk request; returns the seconds until it was answered."""
    body = b"[" + b",".join(files.lines(size, full=full, start=start)) + b"]"
    headers = {
        "Authorization": f"Bearer {service.mint()}",
        "Content-Type": "application/json",
    }
    url = f"http://127.0.0.1:{port}/dhos/v1/clinician/bulk"
    started = time.monotonic()
    answer = requests.post(url, body, headers=headers, timeout=300)
    seconds = time.monotonic() - started
    answer.raise_for_status()
    return seconds


def written(folder: Path, number: int, *, full: bool, start: int = 0) -> Path:
    """Return a file of so many clinicians, made the first time it is asked for."""
    path = folder / f"{'full' if full else 'simple'}-{start}-{number}.ndjson"
    if not path.exists():
        files.write(path, number, full=full, start=start)
    return path


def database_size(database: Variables) -> tuple[int, int]:
    """Return bytes and rows of a PostgreSQL database; zeros for another one."""
    if "DATABASE_NAME" not in database:
        return 0, 0
    with connect(database, database["DATABASE_NAME"]) as connection:
        row = connection.execute(
            "SELECT pg_database_size(current_database()),"
            " (SELECT sum(reltuples) FROM pg_class WHERE relkind = 'r')::bigint"
        ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def show(what: str, found: Measured, number: int, more: str = "") -> None:
    """Print a line of the result."""
    rate = number / found.seconds
    print(
        f"{what}: {found.seconds:.1f} s, {rate:,.0f} clinicians/s, "
        f"peak memory {found.megabytes:.0f} MiB{'; ' + more if more else ''}",
        flush=True,
    )


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.imports", description=__doc__
    )
    parser.add_argument("--clinicians", type=int, default=1_000_000)
    parser.add_argument("--only", choices=SCENARIOS)
    parser.add_argument("--folder", type=Path, help="keeps the files for another run")
    options = parser.parse_args()
    with TemporaryDirectory() as text:
        folder = options.folder or Path(text)
        if options.only:
            SCENARIOS[options.only](folder, options.clinicians)
            return
        arguments = ["--folder", str(folder), "--clinicians", str(options.clinicians)]
        for name in SCENARIOS:  # one process each, since settings are read once
            command = [sys.executable, "-m", "benchmarks.imports", "--only", name]
            subprocess.run([*command, *arguments], check=True)


SCENARIOS: dict[str, Callable[[Path, int], None]] = {
    "simple": lambda folder, number: into_empty_store(folder, number, full=False),
    "full": lambda folder, number: into_empty_store(folder, number, full=True),
    "sqlite": into_sqlite,
    "in-use": into_store_in_use,
    "bulk": by_bulk_requests,
}

if __name__ == "__main__":
    main()
