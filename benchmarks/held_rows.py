"""Measure what others see while rows of clinicians are held.

`python -m benchmarks.held_rows`, or --help. First an import updates clinicians of a
large store, all or none, beside writers (half of them change clinicians of the file)
and readers. Then one row is locked for as long as thirty bookmarks of it are tried.
Ends with status 1 if anybody else was refused for want of a row.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from benchmarks import imports, service
from benchmarks.admin import named
from benchmarks.callers import (
    CLINICIAN,
    OF_FILE,
    OTHER,
    READ,
    Answer,
    Beside,
    Caller,
    Chosen,
)
from benchmarks.databases import Variables, scratch_database
from benchmarks.login_storm import PASSWORD, login_headers
from benchmarks.service import PROJECT

CALM_SECONDS = 10
BOOKMARKS = 30
MAX_REFUSED = 0.01
"""Of all writes, beside an import."""

NOT_IN_FILE = (
    "created",
    "created_by",
    "modified",
    "modified_by",
    "password_hash",
    "password_salt",
)
LOCKING = "SELECT FROM clinicians_clinician WHERE uuid = %s FOR NO KEY UPDATE"


def main() -> None:
    """Measure both, print the figures, and end with status 1 if they are not right."""
    options = read_options()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        stored = imports.written(
            options.folder or folder, options.clinicians, full=True
        )
        name, database = prepared(stack, folder, stored, options)
        update = folder / "update.ndjson"
        chosen = write_update(update, stored, options)
        print(f"{name}, {options.clinicians:,} clinicians", flush=True)
        token = service.mint()
        with service.started() as served:
            caller = Caller(served.port, token)
            beside = Beside(caller, chosen, options.callers, options.pause)
            faults = [
                *measure_import(beside, update, database),
                *measure_held_row(caller, chosen.others[0]),
            ]
        close_connections()
    if faults:
        raise SystemExit("\n".join(faults))


def prepared(
    stack: ExitStack, folder: Path, stored: Path, options: argparse.Namespace
) -> tuple[str, Variables]:
    """Return name and variables of a database that holds what is in the file."""
    if options.database:
        service.prepare(named(options.database))
        return options.database, named(options.database)
    name, database = stack.enter_context(scratch_database(folder))
    if "DATABASE_NAME" not in database:
        raise SystemExit("This needs PostgreSQL: SQLite locks no rows.")
    service.prepare(database)
    imports.import_file(stored, database)
    service.analyse()
    return name, database


def read_options() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.held_rows", description=__doc__
    )
    parser.add_argument("--clinicians", type=int, default=1_000_000)
    parser.add_argument("--changed", type=int, default=20_000)
    parser.add_argument("--callers", type=int, default=30, help="writers, and readers")
    parser.add_argument(
        "--lists", action="store_true", help="update a location and a product as well"
    )
    parser.add_argument(
        "--pause", type=float, default=0.6, help="seconds between a caller's requests"
    )
    parser.add_argument("--folder", type=Path, help="keeps the file for another run")
    parser.add_argument("--database", help="filled by the same file already")
    return parser.parse_args()


def write_update(path: Path, stored: Path, options: argparse.Namespace) -> Chosen:
    """Write the file that updates clinicians from all over the store."""
    chosen = Chosen([], [])
    step = max(2, options.clinicians // options.changed)
    mark = f"{random.getrandbits(32):08x}"
    with stored.open("rb") as lines, path.open("wb") as file:
        for number, line in enumerate(lines):
            if number % step > 1 or len(chosen.others) == options.changed:
                continue
            item = orjson.loads(line)
            if number % step:
                chosen.others.append(item["uuid"])
                continue
            chosen.of_file.append(item["uuid"])
            file.write(orjson.dumps(changed(item, mark, lists=options.lists)) + b"\n")
    return chosen


def changed(item: dict[str, Any], mark: str, *, lists: bool) -> dict[str, Any]:
    """Return a clinician with another job; and with another location and product."""
    kept = {name: value for name, value in item.items() if name not in NOT_IN_FILE}
    kept["job_title"] = f"job {mark}"
    if lists:
        first, *products = item["products"]
        kept["products"] = [{**first, "closed_reason": mark}, *products]
        kept["locations"] = [*item["locations"][1:], f"ward {mark}"]
    return kept


def measure_import(beside: Beside, update: Path, database: Variables) -> Iterator[str]:
    """Print what callers see without and beside an import; yield what is wrong."""
    with beside.calling() as answers:
        time.sleep(CALM_SECONDS)
        calm = len(answers)
        started = time.perf_counter()
        summary = import_update(update, database)
        seconds = time.perf_counter() - started
        ended = len(answers)
    show("calm", answers[:calm])
    show("beside the import", answers[calm:ended])
    print(
        f"{summary['updated']:,} updated in {seconds:.1f} s, their rows held for "
        f"{summary['rows_held_seconds']} s; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    yield from faults_of(answers[calm:ended])


def import_update(file: Path, database: Variables) -> dict[str, Any]:
    """Update from the file, all or none; return the summary, fail if it did not."""
    command = [sys.executable, "manage.py", "import_clinicians", str(file), "--json"]
    done = subprocess.run(
        [*command, "--on-conflict", "update"],
        cwd=PROJECT,
        env=imports.environment(database),
        stdout=subprocess.PIPE,
        check=False,
    )
    summary: dict[str, Any] = json.loads(done.stdout)
    if not summary["complete"]:
        raise SystemExit(f"the import failed: {summary}")
    return summary


def show(when: str, answers: list[Answer]) -> None:
    """Print how reads and writes were answered."""
    for kind in (READ, OF_FILE, OTHER):
        taken = [each.seconds * 1000 for each in answers if each.kind == kind]
        refused = number_refused(answers, kind)
        percentiles = quantiles(taken, n=100)
        print(
            f"{when:18} {kind:20} {len(taken):6} answers, {refused} x 503; ms: "
            f"p50 {percentiles[49]:.0f}, p99 {percentiles[98]:.0f}, "
            f"longest {max(taken):.0f}"
        )


def number_refused(answers: list[Answer], *kinds: str) -> int:
    """Return how many answers of these kinds are 503."""
    return sum(
        each.status == HTTPStatus.SERVICE_UNAVAILABLE and each.kind in kinds
        for each in answers
    )


def faults_of(answers: list[Answer]) -> Iterator[str]:
    """Yield what was answered beside an import and should not be."""
    wrong = {each.status for each in answers} - {200, 204, 503}
    if wrong:
        yield f"There are answers of status {sorted(wrong)}."
    if refused := number_refused(answers, READ):
        yield f"{refused} reads were refused."
    if refused := number_refused(answers, OTHER):
        yield f"{refused} writes to clinicians that the file lacks were refused."
    writes = sum(each.kind != READ for each in answers)
    if number_refused(answers, OF_FILE) > MAX_REFUSED * writes:
        yield f"More than {MAX_REFUSED:.0%} of all writes were refused."


def measure_held_row(caller: Caller, clinician_id: str) -> Iterator[str]:
    """Lock a row, try to change it, and ask for other things; yield what is wrong."""
    from django.db import connection, transaction  # noqa: PLC0415

    path = f"{CLINICIAN}/{clinician_id}"
    address = json.loads(caller.ask("GET", path).text)["email_address"]
    body = {"password": PASSWORD}
    caller.ask("PATCH", f"{CLINICIAN}?email={address}", body)
    slowest: Counter[str] = Counter()
    with (
        ThreadPoolExecutor(BOOKMARKS) as pool,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(LOCKING, [clinician_id])
        mark = f"{path}/location/a-ward/bookmark"
        waiting = [pool.submit(caller.ask, "POST", mark) for _ in range(BOOKMARKS)]
        while not all(each.done() for each in waiting):
            for name, asked in others(path, caller.token, address).items():
                answer = caller.ask("GET", *asked)
                slowest[name] = max(slowest[name], int(answer.seconds * 1000))
                if answer.status != HTTPStatus.OK:
                    yield f"{name} is answered {answer.status} beside a held row."
        refused = Counter(each.result().status for each in waiting)
    told = ", ".join(f"{name} {taken} ms" for name, taken in slowest.items())
    print(f"a held row: bookmarks of it {dict(refused)}; slowest: {told}", flush=True)
    if set(refused) != {HTTPStatus.SERVICE_UNAVAILABLE}:
        yield "A bookmark of a held row is not refused."


def others(path: str, token: str, address: str) -> dict[str, tuple[Any, ...]]:
    """Return what is asked for beside a held row: path, body and headers."""
    login = (f"{CLINICIAN}/login", None, login_headers(token, address))
    asked: dict[str, tuple[Any, ...]] = {
        each: (each,) for each in ("/running", "/healthcheck")
    }
    return asked | {"read": (path,), "login": login}


def close_connections() -> None:
    """Let go of the database, so that a scratch one can be dropped."""
    from django.db import connections  # noqa: PLC0415

    connections.close_all()


if __name__ == "__main__":
    main()
