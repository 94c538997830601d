"""An SQLite file, its four writing processes, and a disk that is full."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from django.db import connection
from requests import Response

from clinicians.testing import clinician_body
from clinicians.tests.commanded import Store
from users_service.tests.acknowledged import CREATED, Writers, missing
from users_service.tests.live import LiveServer
from users_service.tests.pair import wait_until
from users_service.tests.sizes import sized

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own faults"),
]

Figure = Callable[[str, object], None]

CLINICIAN = "/dhos/v1/clinician"
OTHERS = "nhs_smartcard_number = 'other'"
WHOLE = {
    "clinicians_clinician": "true",
    "clinicians_product": "true",
    "journal_auditentry": "action = 'clinician.created'",
}
MEBIBYTE = 2**20
FILLINGS = sized(quick=1, soak=10)
WRITERS = 16
SECONDS = sized(quick=4, soak=60)


class Disk:
    """A small file system, which something else may use up as well."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._mebibytes = 3
        self._other = folder / "other"

    def mount(self) -> None:
        """Make it. Raises CalledProcessError where that is not allowed."""
        self._run("mount", "-t", "tmpfs", "-o", self._size, "tmpfs")

    def unmount(self) -> None:
        """Throw it away."""
        self._run("umount")

    def fill(self) -> None:
        """Leave not one byte."""
        with self._other.open("ab", buffering=0) as file:
            for size in (MEBIBYTE, 4096, 1):
                write_until_refused(file.fileno(), size)

    def make_room(self) -> None:
        """Take away what filled it, and make it larger."""
        self._mebibytes += 2
        self._other.unlink()
        self._run("mount", "-o", f"remount,{self._size}")

    @property
    def _size(self) -> str:
        return f"size={self._mebibytes}m"

    def _run(self, *command: str) -> None:
        subprocess.run([*command, str(self.folder)], check=True, capture_output=True)


def write_until_refused(descriptor: int, size: int) -> None:
    try:
        while os.write(descriptor, b"\0" * size) == size:
            pass
    except OSError:
        pass


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    small = Disk(folder)
    try:
        small.mount()
    except (OSError, subprocess.CalledProcessError):
        needed = os.environ.get("REQUIRE_ALL") == "1" and os.geteuid() == 0
        (pytest.fail if needed else pytest.skip)("needs the right to mount a tmpfs")
    yield small
    small.unmount()


@pytest.fixture
def store(disk: Disk) -> Store:
    """Give the file, on the small disk."""
    return Store(disk.folder)


@contextmanager
def serving(store: Store, folder: Path) -> Iterator[LiveServer]:
    """Run the service on a file, as four processes."""
    running = LiveServer(folder, **store.variables, WEB_CONCURRENCY="4")
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def server(store: Store, tmp_path: Path) -> Iterator[LiveServer]:
    """Give a server on the small disk, which ends before that does."""
    with serving(store, tmp_path) as running:
        yield running


def crowd_of(number: int, server: LiveServer) -> Writers:
    return Writers(f"http://127.0.0.1:{server.port}", server.headers, number)


def create(server: LiveServer) -> Response:
    body = clinician_body(nhs_smartcard_number="other")
    return server.ask("POST", CLINICIAN, body)


def is_unavailable(answer: Response) -> bool:
    """Tell whether a write was refused; only as by a database that is away."""
    if answer.status_code == 200:
        return False
    assert answer.status_code == 503, answer.text
    assert answer.json()["message"] == "Database connection failed"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Retry-After"] == "5"
    return True


def was_refused(crowd: Writers) -> bool:
    return len(crowd.refused()) > 20


def check_what_is_read(server: LiveServer, store: Store) -> None:
    known = [uuid for (uuid,) in store.rows("SELECT uuid FROM clinicians_clinician")]
    listed = server.ask("GET", "/dhos/v2/clinicians?compact=true")
    assert sorted(each["uuid"] for each in listed.json()["results"]) == sorted(known)
    for each in known[-20:]:
        assert server.read(each)["uuid"] == each


def check_what_is_stored(store: Store, crowds: list[Writers], others: int) -> None:
    """Check that all that was acknowledged is there, whole, and nothing else is."""
    acknowledged = [each for crowd in crowds for each in crowd.acknowledged()]
    assert missing(store, acknowledged) == []
    creations = [each for each in acknowledged if each.job_title == CREATED]
    for table, condition in WHOLE.items():
        assert store.count(table, condition) == len(creations) + others
    assert store.count("clinicians_clinician", OTHERS) == others
    assert store.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_full_disk_refuses_writes_and_harms_nothing(
    disk: Disk, store: Store, server: LiveServer, record_property: Figure
) -> None:
    crowds: list[Writers] = []
    others = 0
    for _ in range(FILLINGS):
        crowds.append(crowd := crowd_of(8, server))
        with crowd.at_work():
            wait_until(partial(was_refused, crowd))
        assert set(crowd.statuses) == {200, 503}
        assert {each.retry_after for each in crowd.refused()} == {"5"}
        disk.fill()
        while not is_unavailable(create(server)):
            others += 1  # it went where an older one had been
        check_what_is_read(server, store)
        check_what_is_stored(store, crowds, others)
        disk.make_room()
        assert {create(server).status_code for _ in range(8)} == {200}
        others += 8
    assert server.process.poll() is None
    refused = sum(len(crowd.refused()) for crowd in crowds)
    kept = sum(len(crowd.acknowledged()) for crowd in crowds)
    figure = f"disk full {FILLINGS} times, {refused:,} writes 503"
    record_property("figure", f"{figure}, {kept:,} acknowledged, all there")


def test_what_fills_the_disk_meanwhile_keeps_nobody_from_reading(
    disk: Disk, store: Store, server: LiveServer
) -> None:
    assert create(server).status_code == 200
    disk.fill()
    check_what_is_read(server, store)
    assert is_unavailable(create(server))
    check_what_is_read(server, store)
    disk.make_room()
    assert create(server).status_code == 200


def test_many_writers_of_four_processes_all_get_their_turn(
    tmp_path: Path, record_property: Figure
) -> None:
    folder = tmp_path / "store"
    folder.mkdir()
    store = Store(folder)
    with serving(store, tmp_path) as server:
        crowd = crowd_of(WRITERS, server)
        with crowd.at_work():
            time.sleep(SECONDS)  # the promise is about a time
        assert set(crowd.statuses) == {200}, crowd.statuses
        check_what_is_stored(store, [crowd], 0)
    times = [each.answered - each.sent for each in crowd.answers]
    rate = f"{len(times) / SECONDS:.0f} writes/s for {SECONDS} s by {WRITERS} writers"
    record_property("figure", f"{rate}, none refused, slowest {max(times):.1f} s")
