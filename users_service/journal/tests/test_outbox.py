"""Messages to announce."""

import pytest
from django.db import transaction

from users_service.journal import outbox
from users_service.journal.context import request_id
from users_service.journal.models import OutboxMessage

pytestmark = pytest.mark.django_db


def test_a_message_is_kept_as_given() -> None:
    token = request_id.set("request-7")
    body = '{"name": "Zoë 😀"}'

    outbox.announce(routing_key=outbox.CREATED, body=body, clinician_id="A")

    request_id.reset(token)
    message = OutboxMessage.objects.get()
    assert message.routing_key == "dhos.D9000001"
    assert message.body == body
    assert message.correlation_id == "request-7"
    assert message.clinician_id == "A"
    assert message.created is not None
    assert str(message) == f"dhos.D9000001 {message.message_id}"


def test_each_message_has_an_id_of_its_own() -> None:
    for _ in range(3):
        outbox.announce(routing_key=outbox.AUDIT, body="{}", clinician_id=None)
    ids = OutboxMessage.objects.values_list("message_id", flat=True)
    assert len(set(ids)) == 3


def test_a_message_goes_with_its_transaction() -> None:
    with transaction.atomic():
        outbox.announce(routing_key=outbox.UPDATED, body="{}", clinician_id="A")
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()


def test_routing_keys_are_those_of_the_events_contract() -> None:
    keys = (outbox.CREATED, outbox.UPDATED, outbox.WELCOME, outbox.AUDIT)
    assert keys == ("dhos.D9000001", "dhos.D9000002", "dhos.DM000017", "dhos.34837004")
