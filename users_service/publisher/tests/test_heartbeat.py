"""A file tells a container's health check that the publisher has not come to a stop."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from users_service.publisher.tests.running import SECONDS, publisher_process
from users_service.tests.live import database_variables, free_port


@contextmanager
def running(folder: Path, broker: Settings, heartbeat: Path) -> Iterator[None]:
    process = publisher_process(
        database_variables(folder), broker, "--heartbeat", str(heartbeat)
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)


def is_touched(heartbeat: Path) -> bool:
    """Date the file back, as soon as it is there; return whether it is touched."""
    deadline = time.monotonic() + SECONDS
    while not heartbeat.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.utime(heartbeat, (0, 0))
    while heartbeat.stat().st_mtime == 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    return heartbeat.stat().st_mtime > 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("broker_is_there", [True, False])
def test_it_beats_whether_messages_get_through_or_not(
    broker: Settings, tmp_path: Path, *, broker_is_there: bool
) -> None:
    if not broker_is_there:
        broker.RABBITMQ_PORT = free_port()
    heartbeat = tmp_path / "alive"
    with running(tmp_path, broker, heartbeat):
        assert is_touched(heartbeat)
        assert is_touched(heartbeat)


def test_a_file_that_cannot_be_written_is_named(
    settings: Settings, tmp_path: Path
) -> None:
    settings.EVENTS_ENABLED = True
    absent = tmp_path / "nowhere" / "alive"
    with pytest.raises(CommandError, match=rf"{absent}: No such file or directory"):
        call_command("publish_events", heartbeat=absent)
