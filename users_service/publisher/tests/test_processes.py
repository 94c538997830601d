"""Servers and publishers as production runs them, and what ends them abruptly."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from users_service.publisher.tests import rabbit
from users_service.publisher.tests.proxy import Proxy
from users_service.publisher.tests.rabbit import HOST, PORT, Listener, wait_for
from users_service.publisher.tests.running import publisher_process
from users_service.tests.live import LiveServer, at_once, database_variables
from users_service.tests.sizes import sized

pytestmark = pytest.mark.django_db(transaction=True)

CLINICIANS = sized(quick=8, soak=40)
CHANGES = 10
KILLS = sized(quick=4, soak=20)


class Service:
    """A server and any number of publishers on one database."""

    def __init__(self, folder: Path, broker: Settings) -> None:
        self.broker = broker
        self.server = LiveServer(folder)
        self.database = (
            {"SQLITE_PATH": str(folder / "db.sqlite3")}
            if connection.vendor == "sqlite"
            else database_variables(folder)
        )
        self.publishers: list[Any] = []

    def publish(self) -> None:
        """Start one more publisher."""
        self.publishers.append(publisher_process(self.database, self.broker))

    def kill(self) -> None:
        """Kill the publisher that has run longest, and start another."""
        victim = self.publishers.pop(0)
        victim.kill()
        victim.wait()
        victim.stdout.close()
        self.publish()

    def stop(self) -> None:
        """End everything."""
        for each in self.publishers:
            each.send_signal(signal.SIGTERM)
            each.stdout.read()
            each.stdout.close()
            each.wait(timeout=30)
        self.server.stop()

    def change(self, clinician_id: str) -> list[int]:
        """Change a clinician again and again; return the statuses."""
        path = f"/dhos/v1/clinician/{clinician_id}"
        return [
            self.server.ask("PATCH", path, {"job_title": str(number)}).status_code
            for number in range(CHANGES)
        ]

    def waiting(self) -> int:
        """Return how many messages wait, as the metrics tell."""
        lines = self.server.ask("GET", "/metrics").text.splitlines()
        name = "users_events_undelivered "
        [value] = [line for line in lines if line.startswith(name)]
        return int(float(value.removeprefix(name)))


@pytest.fixture
def service(
    transactional_db: None, broker: Settings, tmp_path: Path
) -> Iterator[Service]:
    found = Service(tmp_path, broker)
    yield found
    found.stop()


def titles(messages: list[Any]) -> dict[str, list[str]]:
    """Return what was told of each clinician, at first sight, in its order."""
    seen: set[str] = set()
    told: dict[str, list[str]] = {}
    for message in messages:
        if message.properties["message_id"] not in seen:
            seen.add(message.properties["message_id"])
            body = json.loads(rabbit.text_of(message))
            told.setdefault(body["uuid"], []).append(body["job_title"])
    return told


EXPECTED = ["midwife", *map(str, range(CHANGES))]


def make(service: Service) -> list[str]:
    return [service.server.created()["uuid"] for _ in range(CLINICIANS)]


def test_while_the_broker_is_away_every_write_is_answered(
    service: Service, listener: Listener
) -> None:
    with Proxy((HOST, PORT)) as proxy:
        proxy.cut()
        service.broker.RABBITMQ_HOST = "127.0.0.1"
        service.broker.RABBITMQ_PORT = proxy.port
        service.publish()
        ids = make(service)
        statuses = at_once(service.change, ids, threads=4)
        assert {status for each in statuses for status in each} == {200}
        assert service.waiting() == CLINICIANS * (CHANGES + 1)
        proxy.open()
        wait_for(lambda: service.waiting() == 0)
    assert titles(listener.rest()) == dict.fromkeys(ids, EXPECTED)


@pytest.mark.parametrize("publishers", [1, 2])
def test_a_publisher_that_is_killed_loses_and_reorders_nothing(
    service: Service,
    listener: Listener,
    publishers: int,
    record_property: Callable[[str, object], None],
) -> None:
    for _ in range(publishers):
        service.publish()
    ids = make(service)
    for number in range(KILLS):
        wait_for(lambda: len(listener) > 0)
        service.kill()
        at_once(service.change, ids[number::KILLS], threads=2)
    wait_for(lambda: service.waiting() == 0)
    assert titles(listener.rest()) == dict.fromkeys(ids, EXPECTED)
    told = f"{KILLS} kills, {publishers} running: {len(ids) * len(EXPECTED)} events"
    record_property("figure", f"{told} told in order, none lost")
