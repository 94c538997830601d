"""What /healthcheck and /metrics say of the delivery of messages."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import Error
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from users_service import monitoring
from users_service.journal.models import OutboxMessage
from users_service.publisher.store import Room, Store
from users_service.publisher.tests.running import announce_some
from users_service.tests.live import free_port

pytestmark = pytest.mark.django_db

MANY = 10**9


@pytest.fixture
def nobody(settings: Settings) -> Settings:
    """A broker that is away."""
    settings.EVENTS_ENABLED = True
    settings.RABBITMQ_HOST = "127.0.0.1"
    settings.RABBITMQ_PORT = free_port()
    return settings


def checked(client: Client) -> tuple[int, dict[str, Any]]:
    response = client.get("/healthcheck")
    results = response.json()["results"]
    return response.status_code, {
        each["checker"]: (each["passed"], each["output"]) for each in results
    }


def wait_for_delivery(number: int, seconds: float) -> None:
    announce_some(number, clinicians=number)
    OutboxMessage.objects.update(created=timezone.now() - timedelta(seconds=seconds))


def test_without_a_broker_nothing_is_said_of_it(client: Client) -> None:
    wait_for_delivery(1, seconds=100_000)
    status, results = checked(client)
    assert status == 200
    assert set(results) == {"database", "migrations"}


def test_a_broker_that_answers_is_well(client: Client, broker: Settings) -> None:
    del broker
    status, results = checked(client)
    assert status == 200
    assert results["broker"] == (True, "The broker answers")
    assert results["events"] == (True, "No message waits")


def test_a_broker_that_is_away_does_not_fail_the_service(
    client: Client, nobody: Settings
) -> None:
    nobody.EVENTS_ALARM_SECONDS = 60
    wait_for_delivery(2, seconds=30)
    status, results = checked(client)
    assert status == 200
    away = "The broker does not answer: ConnectionRefusedError"
    assert results["broker"] == (True, away)
    assert results["events"] == (True, "2 messages wait, the oldest for 30 s")


def test_messages_that_wait_for_too_long_do(client: Client, nobody: Settings) -> None:
    nobody.EVENTS_ALARM_SECONDS = 60
    wait_for_delivery(1, seconds=90)
    status, results = checked(client)
    assert status == 503
    assert results["broker"][0] is False
    assert results["events"] == (False, "1 messages wait, the oldest for 90 s")


def samples(client: Client) -> dict[str, float]:
    text = client.get("/metrics").content.decode()
    found = re.findall(r"^(users_events_\w+) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in found}


def test_the_metrics_tell_of_the_delivery(client: Client) -> None:
    wait_for_delivery(4, seconds=90)
    store = Store("default")
    first, second, *_ = store.read(Room(4, MANY), loaded=set(), resting=set())
    store.mark([first])
    store.count_refused([second])
    store.count_unconfirmed(3)
    found = samples(client)
    assert 90 <= found.pop("users_events_oldest_seconds") < 150
    assert found == {
        "users_events_undelivered": 3,
        "users_events_waiting_for_staff": 0,
        "users_events_published_total": 1,
        "users_events_failed_total": 1,
        "users_events_retried_total": 4,
    }


def test_before_the_first_message_all_are_nought(client: Client) -> None:
    assert set(samples(client).values()) == {0}
    assert len(samples(client)) == 6


def test_without_a_database_the_other_metrics_are_told(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost() -> None:
        raise Error

    monkeypatch.setattr(monitoring, "backlog", lost)
    assert samples(client) == {}
    assert b"python_info{" in client.get("/metrics").content
