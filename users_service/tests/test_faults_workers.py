"""kill -9 of workers under load: what they were at is whole, or it never was."""

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from clinicians.tests.commanded import Store
from users_service.tests.faults_callers import CUT, Callers, findings, workers
from users_service.tests.live import LiveServer
from users_service.tests.pair import wait_until
from users_service.tests.sizes import sized

pytestmark = pytest.mark.django_db(transaction=True)

KILLS = sized(quick=3, soak=50)
WORKERS = 2
KINDS = ("create", "bulk", "create", "bulk", "create", "bulk")


def test_a_killed_worker_leaves_no_halves_and_is_replaced(
    transactional_db: None,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    store = Store(tmp_path)
    folder = tmp_path / "server"
    folder.mkdir()
    server = LiveServer(folder, **store.variables, WEB_CONCURRENCY=str(WORKERS))
    callers = Callers(server, KINDS)
    try:
        with callers.at_work():
            for _ in range(KILLS):
                wait_until(lambda: len(workers(server)) == WORKERS)
                kill_the_oldest_at_work(server, callers)
            wait_until(lambda: len(workers(server)) == WORKERS)
    finally:
        server.stop()
    store.settle()

    found = findings(store, callers.calls)
    answers = callers.outcomes
    record_property(
        "figure",
        f"{KILLS} kills, {answers[CUT]} requests cut off (of them {found.unanswered} "
        f"stored), {len(found.faults)} halves or losses; {answers[200]} acknowledged, "
        f"{found.whole} clinicians whole",
    )
    assert found.faults == []
    assert answers.keys() == {200, CUT}


def kill_the_oldest_at_work(server: LiveServer, callers: Callers) -> None:
    """Kill a worker at any moment of its work, and wait until the server answers.

    After the second kill, who answers is a replacement.
    """
    time.sleep(random.uniform(0, 0.5))
    os.kill(workers(server)[0], signal.SIGKILL)
    killed = time.monotonic()
    for kind in ("create", "bulk"):
        wait_until(
            lambda: any(each.kind == kind for each in callers.acknowledged(killed))  # noqa: B023
        )
