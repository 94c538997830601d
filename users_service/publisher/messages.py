"""A stored message, and the form in which the broker gets it (events contract)."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import amqp
from django.conf import settings
from kombu.compression import compress

Lane = str | int
"""What orders messages: a clinician's id; a message's own number if it needs none."""

PERSISTENT = 2


class Message(NamedTuple):
    """A row of the outbox, as far as delivery needs it."""

    id: int
    message_id: UUID
    routing_key: str
    body: str
    correlation_id: str
    clinician_id: str | None
    created: datetime
    failures: int
    channel_errors: int
    size: int
    """Bytes of the body in memory."""

    @property
    def lane(self) -> Lane:
        """The queue of one in which this message waits for those before it."""
        return self.id if self.clinician_id is None else self.clinician_id


def encode(channel: Any, message: Message) -> amqp.Message:
    """Return the message as the broker gets it; sent again, it is the same.

    kombu's consumers hand on a body of `application/text` as the text it is.
    """
    body = message.body.encode()
    headers: dict[str, str] = {}
    if settings.RABBITMQ_COMPRESSION:
        body, headers["compression"] = compress(body, settings.RABBITMQ_COMPRESSION)
    return channel.prepare_message(
        body,
        priority=0,
        content_type="application/text",
        content_encoding="utf-8",
        headers=headers,
        properties={
            "delivery_mode": PERSISTENT,
            "correlation_id": message.correlation_id,
            "message_id": str(message.message_id),
            "timestamp": int(message.created.timestamp()),
        },
    )
