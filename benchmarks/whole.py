"""What is measured one by one: whole lists, bulk, logins, memory and start."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import NamedTuple, Self

import requests

from benchmarks import files, load, people
from benchmarks.floors import Database
from benchmarks.routes import LARGE, logins
from benchmarks.service import Served

ROUNDS = 5
MEGABYTE = 2**20
LIST = "/dhos/v2/clinicians"
BULK = "/dhos/v1/clinician/bulk"
BULK_SIZE = 1000
LONG = 20_000
AT_ONCE = 16
LOGIN_SECONDS = 5
LOGIN_CONNECTIONS = 24
SAMPLED_SECONDS = 0.05


class Line(NamedTuple):
    """A figure, and what is aimed at."""

    what: str
    result: str
    target: str
    reached: bool


class Measuring(NamedTuple):
    """The service that is measured."""

    served: Served
    token: str
    number: int
    folder: Path

    def session(self) -> requests.Session:
        """Return a client with the token."""
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {self.token}"
        return session

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self.served.port}{path}"


def whole_lists(measuring: Measuring, database: Database, full: bool) -> Iterator[Line]:
    """Read everybody, with and without an entity tag."""
    from clinicians.forms import COLUMNS, TABLE, Form  # noqa: PLC0415
    from clinicians.querysets import LIST_ORDER  # noqa: PLC0415

    form = Form.FULL if full else Form.LIST
    name = "expanded" if full else "default"
    url = measuring.url(LIST + ("?expanded=true" if full else ""))
    session = measuring.session()
    taken, floors, etag, size = [], [], "", 0
    rounds = ROUNDS if measuring.number < LARGE else 2
    with memory_watched(measuring.served) as memory:
        for _ in range(rounds):
            seconds, etag, size = read(session, url)
            taken.append(seconds)
            columns = COLUMNS["postgresql", form]
            floors.append(database.whole_list(columns, TABLE, LIST_ORDER.sql("c")))
    ratio = median(taken) / median(floors)
    yield Line(
        f"all {measuring.number:,}, {name}, {size / MEGABYTE:.0f} MiB",
        f"{median(taken):.2f} s, {ratio:.2f} times the {median(floors):.2f} s of the "
        "database alone",
        "≤ 1.5 times",
        ratio <= 1.5,  # noqa: PLR2004
    )
    grown = memory.grown()
    yield Line(
        f"memory of a worker meanwhile, {name}",
        f"{grown:+.0f} MiB",
        "flat",
        grown <= 32,  # noqa: PLR2004 (a spool and what the allocator keeps)
    )
    before = time.perf_counter()
    answer = session.get(url, headers={"If-None-Match": etag}, timeout=600)
    seconds = time.perf_counter() - before
    unbuilt = answer.status_code == requests.codes.not_modified
    yield Line(f"unchanged, {name}", f"{seconds:.3f} s", "304", unbuilt)


def read(session: requests.Session, url: str) -> tuple[float, str, int]:
    """Read an answer to its end; returns seconds, entity tag and bytes."""
    before = time.perf_counter()
    with session.get(url, stream=True, timeout=600) as answer:
        answer.raise_for_status()
        size = sum(map(len, answer.iter_content(MEGABYTE)))
        return time.perf_counter() - before, answer.headers["ETag"], size


def bulk(measuring: Measuring) -> Iterator[Line]:
    """Create full clinicians by bulk requests."""
    session = measuring.session()
    session.headers["Content-Type"] = "application/json"
    taken = []
    for number in range(-1, ROUNDS):
        start = 10_000_000 + (number + 1) * BULK_SIZE
        items = files.lines(BULK_SIZE, full=True, start=start)
        body = b"[" + b",".join(items) + b"]"
        before = time.perf_counter()
        session.post(measuring.url(BULK), body, timeout=600).raise_for_status()
        if number >= 0:
            taken.append(time.perf_counter() - before)
    seconds = median(taken)
    what = f"bulk of {BULK_SIZE:,} full ones"
    yield Line(what, f"{seconds:.2f} s", "≤ 0.25 s", seconds <= 0.25)  # noqa: PLR2004


def login_rate(measuring: Measuring) -> Iterator[Line]:
    """Log in over so many connections that every worker has some; hash alone by turns.

    That on as many threads as hash in the service.
    """
    from django.conf import settings  # noqa: PLC0415

    workers = len(load.children(measuring.served.process_id))
    threads = settings.HASHES_AT_ONCE * workers
    calls = logins(measuring.number)
    rates, alone = [], []
    for _ in range(ROUNDS):
        alone.append(hashes(threads))
        result = load.run(
            measuring.served.port,
            calls,
            measuring.token,
            LOGIN_SECONDS,
            measuring.folder,
            connections=LOGIN_CONNECTIONS,
        )
        if result.failed:
            raise SystemExit(f"{result.failed} logins failed")
        rates.append(result.rate)
    share = median(rates) / median(alone)
    yield Line(
        f"login, {threads} hashes at a time",
        f"{median(rates):.0f}/s, {share:.0%} of the {median(alone):.0f}/s of Argon2id",
        "≥ 75 %",
        share >= 0.75,  # noqa: PLR2004
    )


def hashes(threads: int) -> float:
    """Return how many passwords a second so many threads check that do nothing else."""
    from clinicians.hashers import ClinicianArgon2PasswordHasher  # noqa: PLC0415

    hasher = ClinicianArgon2PasswordHasher()
    encoded = hasher.encode("a password", hasher.salt())
    end = time.perf_counter() + 2

    def check(_: int) -> int:
        done = 0
        while time.perf_counter() < end:
            hasher.verify("a password", encoded)
            done += 1
        return done

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(check, range(threads))) / 2


def plans(number: int) -> Iterator[Line]:
    """Ask PostgreSQL how it means to carry out the reads that are asked for all day."""
    from clinicians.tests.plans import hot_reads, unmet  # noqa: PLC0415

    ids = [people.clinician_id(index) for index in range(50)]
    location = people.location_ids(number)[0]
    reads = hot_reads(ids, people.last_name(1, 5).lower(), location)
    found = [f"{name} {each}" for name, read in reads.items() for each in unmet(read)]
    told = "; ".join(found) or f"all {len(reads)} on their indexes"
    yield Line("plans of hot reads", told, "on their indexes", not found)


def footprint(measuring: Measuring) -> Iterator[Line]:
    """Tell how much memory a worker takes after all that, and how long a start took."""
    each = [memory_of(pid) for pid in load.children(measuring.served.process_id)]
    worst = max(each)
    yield Line("memory of a worker", f"{worst:.0f} MiB", "≤ 120 MiB", worst <= 120)  # noqa: PLR2004
    started = measuring.served.started
    yield Line("start to first answer", f"{started:.1f} s", "≤ 3 s", started <= 3)  # noqa: PLR2004


def long_answers(measuring: Measuring) -> Iterator[Line]:
    """Ask for many clinicians by id, at once; tell what memory a worker takes then."""
    ids = [people.clinician_id(index) for index in range(LONG)]
    body = json.dumps(ids).encode()

    def ask(_: int) -> None:
        session = measuring.session()
        session.headers["Content-Type"] = "application/json"
        url = measuring.url("/dhos/v1/clinician_list")
        with session.post(url, body, stream=True, timeout=600) as answer:
            answer.raise_for_status()
            sum(map(len, answer.iter_content(MEGABYTE)))

    with (
        memory_watched(measuring.served) as memory,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        list(pool.map(ask, range(AT_ONCE)))
    after = max(memory_of(pid) for pid in memory.workers)
    yield Line(
        f"memory of a worker, {AT_ONCE} at once of {LONG:,} ids",
        f"{memory.peak:.0f} MiB, then {after:.0f} MiB",
        "≤ 250 MiB",
        memory.peak <= 250,  # noqa: PLR2004
    )


def memory_of(process_id: int) -> float:
    """Return the MiB of a process, with its part of what it shares (PSS)."""
    for line in Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


class memory_watched:  # noqa: N801 (a context manager)
    """Watches how much the largest worker grows while the block runs."""

    def __init__(self, served: Served) -> None:
        self.workers = load.children(served.process_id)
        self.is_over = Event()
        self.before = self.peak = self._now()

    def __enter__(self) -> Self:
        self.thread = Thread(target=self._watch)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self.thread.join()

    def grown(self) -> float:
        """Return the MiB that it grew by."""
        return self.peak - self.before

    def _now(self) -> float:
        return max(memory_of(pid) for pid in self.workers)

    def _watch(self) -> None:
        while not self.is_over.wait(SAMPLED_SECONDS):
            with suppress(OSError):
                self.peak = max(self.peak, self._now())
