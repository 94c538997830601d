"""Announcing what became true, and what is left to deliver (events contract)."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from users_service.database.bulk import insert_rows
from users_service.database.transactions import write_transaction
from users_service.journal.audit import Actor, record
from users_service.journal.context import request_id
from users_service.journal.models import OutboxMessage
from users_service.journal.querysets import OutboxQuerySet

CREATED = "dhos.D9000001"
UPDATED = "dhos.D9000002"
WELCOME = "dhos.DM000017"
AUDIT = "dhos.34837004"
KINDS = {
    CREATED: "Clinician created",
    UPDATED: "Clinician changed",
    WELCOME: "Welcome e-mail",
    AUDIT: "Login or activation",
}
"""What people call a message with this routing key."""


COLUMNS = ("message_id", "routing_key", "body", "correlation_id", "clinician_id")


def announce(*, routing_key: str, body: str, clinician_id: str | None) -> None:
    """Store a message in the caller's transaction, for delivery after its commit.

    `body` is the finished JSON text. `clinician_id` orders messages: those of one
    clinician are delivered as they were committed; None needs no order.
    """
    message_id = uuid.uuid4().hex  # as SQLite keeps it; PostgreSQL takes either
    row = (message_id, routing_key, body, request_id.get(), clinician_id)
    insert_rows(OutboxMessage, COLUMNS, [row])


class Backlog(NamedTuple):
    """What waits for delivery; `age` of the oldest in seconds, 0 if nothing waits."""

    number: int
    age: float


def backlog() -> Backlog:
    """Return how much waits for delivery, and for how long."""
    waiting = OutboxMessage.objects.undelivered()
    oldest = waiting.order_by("id").values_list("created", flat=True).first()
    if oldest is None:
        return Backlog(0, 0.0)
    age = (timezone.now() - oldest).total_seconds()
    return Backlog(waiting.count(), max(0.0, age))


def chosen_to_resend(
    *, numbers: Collection[int] = (), since: datetime | None = None
) -> OutboxQuerySet:
    """Return the delivered messages of these numbers, and those delivered `since`."""
    chosen = OutboxMessage.objects.filter(id__in=numbers, delivered__isnull=False)
    if since is not None:
        chosen |= OutboxMessage.objects.delivered_since(since)
    return chosen


@write_transaction
def resend(*, actor: Actor, numbers: Collection[int], since: datetime | None) -> int:
    """Have delivered messages sent again, as they were; returns how many.

    They go out soon, in the order of their numbers.
    """
    number = chosen_to_resend(numbers=numbers, since=since).update(
        delivered=None, failures=0
    )
    if number:
        record(
            actor=actor,
            action="events.resent",
            clinician_id=None,
            changes={"messages": {"resent": number}},
        )
    return number
