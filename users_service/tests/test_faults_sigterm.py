"""SIGTERM in the middle of everything: nobody who got through is cut off.

Callers that keep their connection are among them, each with its next request at once. A
connection that is idle for seconds may be closed, at SIGTERM as at any time, and a
request that is on its way at that moment meets nobody: HTTP leaves that to the caller.
"""

import http.client
import json
import os
import random
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import pytest

from clinicians.testing import clinician_body
from clinicians.tests.commanded import Store
from users_service.tests.faults_callers import (
    CUT,
    REFUSED,
    Call,
    Callers,
    findings,
    workers,
)
from users_service.tests.live import TIMEOUT, LiveServer
from users_service.tests.pair import wait_until
from users_service.tests.sizes import sized

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = sized(quick=1, soak=25)
RELOADS = sized(quick=1, soak=10)
KINDS = ("create", "list", "bulk", "create", "list", "create", "list", "create")
WORKERS = 2
AT_THE_DOOR = 20
Figure = Callable[[str, object], None]


class Service:
    """Servers one after the other, on one store."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder)
        self._folder = folder

    @contextmanager
    def running(self) -> Iterator[LiveServer]:
        """Run one for the block's time, with fewer threads than there are callers."""
        started = LiveServer(
            Path(mkdtemp(dir=self._folder)),
            **self.store.variables,
            WEB_CONCURRENCY=str(WORKERS),
            THREADS="4",
        )
        try:
            # It listens before it has workers.
            assert started.ask("GET", "/running").ok
            wait_until(lambda: len(workers(started)) == WORKERS)
            yield started
        finally:
            started.stop()


@pytest.fixture
def service(transactional_db: None, tmp_path: Path) -> Service:
    return Service(tmp_path)


def test_sigterm_cuts_no_request_off(service: Service, record_property: Figure) -> None:
    calls, caught = list[Call](), 0
    for _ in range(ROUNDS):
        with service.running() as server:
            callers, ended = ended_at_work(server)
            assert server.process.wait(TIMEOUT) == 0
        calls += callers.calls
        caught += sum(each.sent < ended < each.answered for each in callers.calls)

    found = findings(service.store, calls)
    cut = [each for each in calls if each.outcome not in {200, REFUSED}]
    answered = sum(each.outcome == 200 for each in calls)
    record_property(
        "figure",
        f"{ROUNDS} times SIGTERM, {caught} requests under way, {len(cut)} cut off; "
        f"{answered} answered, {found.whole} clinicians whole",
    )
    assert cut == []
    assert found.faults == []
    assert caught >= ROUNDS


def ended_at_work(server: LiveServer) -> tuple[Callers, float]:
    """End it at any moment; return its callers, once all were refused, and when."""
    callers = Callers(server, KINDS * 2, kept=KINDS)
    with callers.at_work():
        wait_until(lambda: len(callers.acknowledged()) > 60)
        time.sleep(random.uniform(0, 0.5))
        ended = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        callers.join()
    return callers, ended


@pytest.mark.postgresql
def test_who_is_connected_at_sigterm_is_answered_and_who_comes_later_refused(
    service: Service, record_property: Figure
) -> None:
    with service.running() as server:
        slow = Slow(server)
        stopped = workers(server)
        for each in stopped:
            os.kill(each, signal.SIGSTOP)
        # One that has not stopped yet would handle SIGTERM first.
        wait_until(lambda: all(map(is_stopped, stopped)))
        waiting = [connected(server) for _ in range(AT_THE_DOOR)]
        server.process.send_signal(signal.SIGTERM)
        try:
            wait_until(lambda: all(map(has_sigterm_to_handle, stopped)))
        finally:
            for each in stopped:
                os.kill(each, signal.SIGCONT)
        answered = [status_of(each) for each in waiting]

        wait_until(lambda: is_refused(server))
        assert server.process.poll() is None
        assert slow.finish() == 200
        assert server.process.wait(TIMEOUT) == 0
    record_property(
        "figure",
        f"of {AT_THE_DOOR} who waited at the door {answered.count(200)} answered",
    )
    assert answered == [200] * AT_THE_DOOR


class Slow:
    """A caller that has sent a part of its request."""

    def __init__(self, server: LiveServer) -> None:
        self._caller = http.client.HTTPConnection("127.0.0.1", server.port, TIMEOUT)
        self._body = json.dumps(clinician_body()).encode()
        self._caller.putrequest("POST", "/dhos/v1/clinician")
        for name, value in server.headers.items():
            self._caller.putheader(name, value)
        self._caller.putheader("Content-Type", "application/json")
        self._caller.putheader("Content-Length", str(len(self._body)))
        self._caller.endheaders(self._body[:10])

    def finish(self) -> int:
        """Send the rest; return the status of the answer."""
        self._caller.send(self._body[10:])
        return status_of(self._caller)


def connected(server: LiveServer) -> http.client.HTTPConnection:
    """Connect and ask, which the kernel lets one do before anybody accepts."""
    caller = http.client.HTTPConnection("127.0.0.1", server.port, TIMEOUT)
    caller.request("GET", "/running")
    return caller


def status_of(caller: http.client.HTTPConnection) -> int:
    """Return the status of an answer that has arrived whole; 0 if it was cut off."""
    try:
        answer = caller.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return CUT
    finally:
        caller.close()
    return answer.status


def is_stopped(process: int) -> bool:
    status = Path(f"/proc/{process}/stat").read_text()
    return status.rpartition(")")[2].split()[0] == "T"


def has_sigterm_to_handle(process: int) -> bool:
    status = Path(f"/proc/{process}/status").read_text()
    pending = status.partition("ShdPnd:")[2].split()[0]
    return bool(int(pending, 16) & 1 << signal.SIGTERM - 1)


def is_refused(server: LiveServer) -> bool:
    """Knock; while the last are let in, the kernel says nothing to who comes."""
    try:
        socket.create_connection(("127.0.0.1", server.port), timeout=0.2).close()
    except TimeoutError:
        return False
    except ConnectionRefusedError:
        return True
    raise AssertionError("somebody was let in after SIGTERM")


@pytest.mark.postgresql
def test_a_reload_cuts_no_request_off(
    service: Service, record_property: Figure
) -> None:
    with service.running() as server:
        callers = Callers(server, KINDS[:4], kept=KINDS[4:])
        with callers.at_work():
            for _ in range(RELOADS):
                before = workers(server)
                server.process.send_signal(signal.SIGHUP)
                wait_until(lambda: not {*before} & {*workers(server)})  # noqa: B023
                reloaded = time.monotonic()
                wait_until(lambda: callers.acknowledged(since=reloaded))  # noqa: B023
    record_property("figure", f"{RELOADS} reloads, {len(callers.calls)} answered")
    assert callers.outcomes.keys() == {200}
    assert findings(service.store, callers.calls).faults == []
