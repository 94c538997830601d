"""kill -9 of PostgreSQL under write load, and what callers see until it is back.

Its processes are killed, not the machine: what they had written is the kernel's by
then, so that nothing is lost without fsync either.
"""

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from users_service.tests.acknowledged import Answer, Writers, missing
from users_service.tests.live import LiveServer, free_port
from users_service.tests.pair import (
    Server,
    make_store,
    require_programs,
    servers,
    wait_until,
)
from users_service.tests.sizes import sized

pytestmark = pytest.mark.postgresql

ROUNDS = sized(quick=1, soak=10)
# At once, or after longer than a request waits for a connection.
SECONDS_AWAY = sized(quick=1.0, soak=8.0)
WRITES = 40
WRITERS = 6


@pytest.fixture
def database() -> Iterator[Server]:
    """Give a server of our own, with an empty store."""
    require_programs()
    with servers([free_port()], "fsync=off") as (only,):
        only.create()
        make_store(only.variables)
        yield only


@pytest.fixture
def service(database: Server, tmp_path: Path) -> Iterator[LiveServer]:
    running = LiveServer(tmp_path, WEB_CONCURRENCY="2", **database.variables)
    yield running
    running.stop()


class Outage(NamedTuple):
    """When the server was killed, and when it took connections again."""

    killed: float
    back: float


def test_a_killed_postgresql_loses_no_acknowledged_write(
    database: Server,
    service: LiveServer,
    record_property: Callable[[str, object], None],
) -> None:
    writers = Writers(f"http://127.0.0.1:{service.port}", service.headers, WRITERS)
    outages = list[Outage]()
    with writers.at_work():
        wait_until(lambda: len(writers.acknowledged()) >= WRITES)
        for _ in range(ROUNDS):
            outages.append(killed_and_back(database, writers))
            back = outages[-1].back
            wait_until(lambda: len(writers.acknowledged(back)) >= WRITES)  # noqa: B023
            # So that nobody still waits because of this time when the next one comes.
            wait_until(lambda: len(at_work_since(back, writers)) == WRITERS)  # noqa: B023

    lost = missing(database, writers.acknowledged())
    refused = writers.refused()
    after = max(0.0, *last_refusals(outages, refused))
    longest = max(each.answered - each.sent for each in refused)
    record_property(
        "figure",
        f"{ROUNDS} kills, {len(writers.acknowledged())} writes acknowledged, "
        f"{len(lost)} lost; {len(refused)} answered with 503, after {longest:.1f} s at "
        f"the longest, the last {after:.1f} s after PostgreSQL took connections again",
    )
    assert lost == []
    assert writers.statuses.keys() == {200, 503}
    assert all(int(each.retry_after) > 0 for each in refused)
    assert service.process.poll() is None


def killed_and_back(database: Server, writers: Writers) -> Outage:
    """Kill the server in the middle of it all; start it once callers have noticed."""
    killed = time.monotonic()
    database.crash()
    wait_until(lambda: any(each.answered > killed for each in writers.refused()))
    time.sleep(SECONDS_AWAY)
    database.start()
    return Outage(killed, time.monotonic())


def at_work_since(moment: float, writers: Writers) -> set[str]:
    """Return which writers have been told since that something is stored."""
    return {each.card.split("-")[1] for each in writers.acknowledged(moment)}


def last_refusals(outages: list[Outage], refused: list[Answer]) -> list[float]:
    """Return, for each outage, the seconds from its end to the last 503 after it.

    What is answered after the next one has begun is due to that.
    """
    ends = [each.killed for each in outages[1:]] + [math.inf]
    return [
        max(each.answered for each in refused if each.answered < end) - outage.back
        for outage, end in zip(outages, ends, strict=True)
    ]
