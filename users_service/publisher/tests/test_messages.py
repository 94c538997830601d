"""What a consumer gets, to the byte (events contract)."""

import bz2
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from kombu.connection import Connection
from kombu.simple import SimpleQueue
from pytest_django.fixtures import Settings

from clinicians.testing import Api, clinician_body, json_of
from users_service.journal.models import OutboxMessage
from users_service.journal.outbox import AUDIT, CREATED, UPDATED, WELCOME, announce
from users_service.publisher.tests.rabbit import Listener
from users_service.publisher.tests.running import Deliver

pytestmark = pytest.mark.django_db(transaction=True)

REQUEST = "a-request-id"


def make_one_of_each() -> dict[str, str]:
    """Create, activate and change a clinician; return the stored body of each kind."""
    api = Api()
    body = clinician_body(email_address="ada@example.com", first_name="Zoë")
    created = api.post("/dhos/v1/clinician", body, X_Request_ID=REQUEST)
    path = f"/dhos/v1/clinician/{json_of(created)['uuid']}"
    assert api.patch(path, {"login_active": False}, X_Request_ID=REQUEST)
    return dict(OutboxMessage.objects.values_list("routing_key", "body"))


@pytest.mark.parametrize("key", [CREATED, UPDATED, WELCOME, AUDIT])
def test_bytes_and_properties(listener: Listener, deliver: Deliver, key: str) -> None:
    stored = make_one_of_each()
    row = OutboxMessage.objects.get(routing_key=key)
    deliver()

    found = next(m for m in listener.take(4) if m.delivery_info["routing_key"] == key)
    assert found.delivery_info["exchange"] == "dhos"
    assert found.body == bz2.compress(stored[key].encode())
    assert found.properties == {
        "content_type": "application/text",
        "content_encoding": "utf-8",
        "application_headers": {"compression": "application/x-bz2"},
        "delivery_mode": 2,
        "priority": 0,
        "correlation_id": REQUEST,
        "message_id": str(row.message_id),
        "timestamp": int(row.created.timestamp()),
    }


@pytest.mark.parametrize("key", [CREATED, UPDATED, WELCOME, AUDIT])
def test_a_simple_queue_of_kombu_gets_text(
    broker: Settings, deliver: Deliver, key: str
) -> None:
    del broker
    read = simple_queue(key)
    stored = make_one_of_each()
    deliver()

    message = read()
    assert message.payload == stored[key]
    assert isinstance(message.payload, str)
    assert json.loads(message.payload)
    assert message.properties["correlation_id"] == REQUEST


def simple_queue(key: str) -> Callable[[], Any]:
    """Bind a SimpleQueue as sister services do; return what reads one message."""
    connection = Connection(
        settings.RABBITMQ_HOST,
        settings.RABBITMQ_USERNAME,
        settings.RABBITMQ_PASSWORD,
        settings.RABBITMQ_VHOST,
        settings.RABBITMQ_PORT,
    )
    channel = connection.channel()
    channel.exchange_declare("dhos", "topic", durable=True, auto_delete=False)
    queue = SimpleQueue(connection, f"simple-{key}")
    channel.queue_bind(f"simple-{key}", "dhos", key)

    def read() -> Any:
        with connection, queue:
            return queue.get(timeout=30)

    return read


def test_without_compression_the_body_is_plain(
    listener: Listener, deliver: Deliver, broker: Settings
) -> None:
    broker.RABBITMQ_COMPRESSION = ""
    announce(routing_key=AUDIT, body='{"name": "Zoë"}', clinician_id=None)
    deliver()

    [message] = listener.take(1)
    assert message.body == '{"name": "Zoë"}'.encode()
    assert message.properties["application_headers"] == {}
    assert message.properties["content_type"] == "application/text"


def test_one_that_is_sent_again_is_the_same(
    listener: Listener, deliver: Deliver
) -> None:
    announce(routing_key=AUDIT, body="{}", clinician_id=None)
    deliver()
    OutboxMessage.objects.update(delivered=None)
    deliver()

    first, second = listener.take(2)
    assert first.body == second.body
    assert first.properties == second.properties


def test_one_that_no_queue_takes_is_delivered(
    broker: Settings, deliver: Deliver
) -> None:
    del broker
    announce(routing_key="dhos.nobody", body="{}", clinician_id=None)
    deliver()
    message = OutboxMessage.objects.get()
    assert message.delivered is not None
    assert message.failures == 0
