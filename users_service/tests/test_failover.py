"""Two real PostgreSQL servers: what callers see while one takes over from the other.

They take seconds to start, so that one test goes through all that can happen to them.
"""

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from clinicians.testing import clinician_body
from users_service.tests.acknowledged import Writers, missing
from users_service.tests.live import LiveServer, free_port
from users_service.tests.pair import (
    Pair,
    make_store,
    require_programs,
    running_pair,
    wait_until,
)

pytestmark = pytest.mark.postgresql

WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Give two servers with an empty store; no test cuts the power, so no fsync."""
    require_programs()
    with running_pair((free_port(), free_port()), "fsync=off") as running:
        make_store(running.variables)
        yield running


@pytest.fixture
def server(pair: Pair, tmp_path: Path) -> Iterator[LiveServer]:
    """Give the service on both of them; it ends first."""
    running = LiveServer(tmp_path, WEB_CONCURRENCY="2", **pair.variables)
    yield running
    running.stop()


def test_no_acknowledged_write_is_lost_and_the_service_goes_on(
    pair: Pair, server: LiveServer, record_property: Callable[[str, object], None]
) -> None:
    # What an operator does, and what `pg_ctl stop -m fast` does to each connection.
    for function in ("pg_cancel_backend", "pg_terminate_backend"):
        check_a_commit_that_did_not_wait_for_the_standby(pair, server, function)
    figure = check_a_killed_primary(pair, server)
    assert server.process.poll() is None
    record_property("figure", figure)


def check_a_commit_that_did_not_wait_for_the_standby(
    pair: Pair, server: LiveServer, ended_by: str
) -> None:
    body = clinician_body(uuid=ended_by)
    pair.standby.end(signal.SIGQUIT)
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(server.ask, "POST", "/dhos/v1/clinician", body)
        wait_until(lambda: is_waiting(pair, asked))
        pair.primary.execute(f"SELECT {ended_by}(pid) FROM ({WAITING}) AS w")
        answer = asked.result()
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    # It is there all the same, as after any COMMIT whose answer was lost.
    assert server.read(ended_by)["uuid"] == ended_by
    pair.standby.start()


def is_waiting(pair: Pair, asked: Future[requests.Response]) -> bool:
    assert not asked.done()
    return bool(pair.primary.rows(WAITING))


def check_a_killed_primary(pair: Pair, server: LiveServer) -> str:
    url = f"http://127.0.0.1:{server.port}"
    writers = Writers(url, server.headers, number=4)
    with writers.at_work():
        wait_until(lambda: len(writers.acknowledged()) >= 40)
        pair.primary.end(signal.SIGKILL)
        wait_until(lambda: writers.statuses[503])
        pair.switch()
        promoted = time.monotonic()
        wait_until(lambda: len(writers.acknowledged(since=promoted)) >= 40)
    assert writers.statuses.keys() == {200, 503}
    assert all(int(each.retry_after) > 0 for each in writers.refused())
    acknowledged = writers.acknowledged()
    assert missing(pair.primary, acknowledged) == []
    return f"{len(acknowledged)} writes acknowledged, 0 lost, the others 503"
