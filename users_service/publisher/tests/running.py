"""Running publishers, in the test's own thread."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Protocol

from django.db import transaction
from pytest_django import Settings

from users_service.journal.outbox import announce, backlog
from users_service.publisher.loop import Publisher
from users_service.tests.live import PROJECT
from users_service.tests.processes import as_in_tests

SECONDS = 30
Condition = Callable[[], object]


class Deliver(Protocol):
    """Runs a publisher until a condition holds."""

    def __call__(self, until: Condition | None = None) -> None:
        """Without a condition: until nothing waits."""


def nothing_waits() -> bool:
    """Return whether everything is delivered."""
    return backlog().number == 0


def deliver_until(until: Condition | None, lock_file: Path) -> None:
    """Run a publisher until the condition, asked at every turn, holds."""
    condition = until or nothing_waits
    deadline = time.monotonic() + SECONDS
    held = False

    def enough() -> bool:
        nonlocal held
        held = held or bool(condition())
        return held or time.monotonic() > deadline

    Publisher(Event(), orphaned=enough, lock_file=lock_file).run()
    assert held, "it did not happen"


def publisher_process(
    database: dict[str, str], broker: Settings, *arguments: str
) -> "subprocess.Popen[str]":
    """Start a publisher as production does, on a database of these variables."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "publish_events", *arguments],
        env=as_in_tests(
            RABBITMQ_HOST=broker.RABBITMQ_HOST,
            RABBITMQ_PORT=str(broker.RABBITMQ_PORT),
            RABBITMQ_USERNAME=broker.RABBITMQ_USERNAME,
            RABBITMQ_PASSWORD=broker.RABBITMQ_PASSWORD,
            RABBITMQ_VHOST=broker.RABBITMQ_VHOST,
            **database,
        ),
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )


def announce_some(number: int, clinicians: int, key: str = "dhos.D9000002") -> None:
    """Store messages of so many clinicians in turn; the body counts them."""
    with transaction.atomic():
        for index in range(number):
            clinician_id = f"C{index % clinicians}"
            announce(routing_key=key, body=str(index), clinician_id=clinician_id)
