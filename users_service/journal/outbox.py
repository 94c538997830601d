"""Announcing what became true, and what is left to deliver (events contract)."""

import uuid
from collections.abc import Collection
from datetime import datetime
from sys import getsizeof
from typing import NamedTuple

from django.db.models import Count, Min, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from users_service.database.bulk import insert_rows
from users_service.database.transactions import write_transaction
from users_service.journal.audit import Actor, Fact, record, record_all
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


COLUMNS = (
    "message_id",
    "routing_key",
    "body",
    "correlation_id",
    "clinician_id",
    "size",
)


def announce(*, routing_key: str, body: str, clinician_id: str | None) -> None:
    """Store a message in the caller's transaction, for delivery after its commit.

    `body` is the finished JSON text. `clinician_id` orders messages: those of one
    clinician are delivered as they were committed; None needs no order.
    """
    message_id = uuid.uuid4().hex  # as SQLite keeps it; PostgreSQL takes either
    size = getsizeof(body)  # not len: one character may make it four times as large
    row = (message_id, routing_key, body, request_id.get(), clinician_id, size)
    insert_rows(OutboxMessage, COLUMNS, [row])


class Backlog(NamedTuple):
    """What waits for delivery."""

    number: int
    """All messages that are to be delivered, failed ones included."""

    age: float
    """Seconds for which the oldest of those that can be delivered has waited."""

    failed: int
    """Messages that wait for staff; those of the same clinicians wait behind them."""


def backlog() -> Backlog:
    """Return how much waits for delivery, and for how long."""
    waiting = OutboxMessage.objects.undelivered()
    failed = list(OutboxMessage.objects.failed().only("id", "clinician_id"))
    since = Coalesce("waiting_since", "created")
    if not failed:
        found = waiting.aggregate(number=Count("id"), oldest=Min(since))
    else:
        going = ~Q(pk__in=waiting.blocked_by(failed).values("pk"))
        found = waiting.aggregate(number=Count("id"), oldest=Min(since, filter=going))
    oldest: datetime | None = found["oldest"]
    age = (timezone.now() - oldest).total_seconds() if oldest else 0.0
    return Backlog(found["number"], max(0.0, age), len(failed))


def chosen_to_resend(
    *, numbers: Collection[int] = (), since: datetime | None = None
) -> OutboxQuerySet:
    """Return these numbers as far as they can be sent again, and those since then."""
    chosen = OutboxMessage.objects.filter(id__in=numbers).resendable()
    if since is not None:
        chosen |= OutboxMessage.objects.delivered_since(since)
    return chosen


@write_transaction
def resend(*, actor: Actor, numbers: Collection[int], since: datetime | None) -> int:
    """Have messages sent again, as they were; returns how many.

    They go out soon, in the order of their numbers.
    """
    number = chosen_to_resend(numbers=numbers, since=since).update(
        delivered=None,
        failures=0,
        waiting_since=timezone.now(),
        channel_errors=0,
        error="",
        set_aside=None,
    )
    if number:
        record(
            actor=actor,
            action="events.resent",
            clinician_id=None,
            changes={"messages": {"resent": number}},
        )
    return number


@write_transaction
def set_aside(*, actor: Actor, numbers: Collection[int]) -> int:
    """Let failed messages never be delivered; returns how many.

    Those that wait behind them go out. They are deleted when delivered ones of today
    are, and can be sent again until then.
    """
    failed = OutboxMessage.objects.filter(id__in=numbers).failed()
    found = list(failed.select_for_update().only("clinician_id", "routing_key"))
    OutboxMessage.objects.filter(pk__in=[each.pk for each in found]).update(
        set_aside=timezone.now()
    )
    facts = [
        Fact(
            each.clinician_id,
            {"message": {"number": each.pk, "key": each.routing_key}},
        )
        for each in found
    ]
    record_all(actor=actor, action="events.set_aside", facts=facts)
    return len(found)
