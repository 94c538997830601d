"""Announcing what became true (events contract)."""

from users_service.journal.context import request_id
from users_service.journal.models import OutboxMessage

CREATED = "dhos.D9000001"
UPDATED = "dhos.D9000002"
WELCOME = "dhos.DM000017"
AUDIT = "dhos.34837004"


def announce(*, routing_key: str, body: str, clinician_id: str | None) -> None:
    """Store a message in the caller's transaction, for delivery after its commit.

    `body` is the finished JSON text. `clinician_id` orders messages: those of one
    clinician are delivered as they were committed; None needs no order.
    """
    OutboxMessage.objects.create(
        routing_key=routing_key,
        body=body,
        correlation_id=request_id.get(),
        clinician_id=clinician_id,
    )
