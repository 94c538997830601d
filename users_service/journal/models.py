"""Rows of the journal."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from users_service.database.fields import CodePointField, OpaqueIdField
from users_service.journal.querysets import (
    MAX_CHANNEL_ERRORS,
    AuditQuerySet,
    OutboxQuerySet,
)

ACTOR_LENGTH = 150
"""A token may hold a longer id; the trail keeps this much of it."""

ERROR_LENGTH = 200


class AuditEntry(models.Model):
    """Who did what to whom, stored in the transaction that did it.

    `changes` maps a field to `[old, new]`, a list to `{"added": [], "removed": []}`;
    of a password only that it changed. The clinician is named, not referenced: the
    entry outlives it. PostgreSQL refuses to change or delete an entry, outside of
    `users_service.journal.maintenance`.
    """

    # Python's clock, not the database's: SQLite would keep milliseconds, which do not
    # compare with the microseconds of a parameter, and pages are cut by this.
    created = models.DateTimeField(default=timezone.now)
    actor = CodePointField(max_length=ACTOR_LENGTH)
    actor_kind = CodePointField(max_length=20)
    request_id = CodePointField(max_length=128)
    action = CodePointField(max_length=50)
    clinician_id = OpaqueIdField(null=True)
    changes = models.JSONField(default=dict)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        # One per filter of the trail, each in the order of its pages.
        indexes = (
            models.Index(fields=["created", "id"], name="audit_by_time"),
            models.Index(
                fields=["clinician_id", "created", "id"], name="audit_about_whom"
            ),
            models.Index(fields=["actor", "created", "id"], name="audit_by_whom"),
            # Of logins: how many a day, and somebody's last. Not with IN: PostgreSQL
            # writes that in two ways, and an import makes indexes again as written.
            models.Index(
                fields=["action", "created"],
                name="audit_logins",
                condition=Q(action="login.succeeded") | Q(action="login.failed"),
            ),
            models.Index(
                fields=["clinician_id", "created", "id"],
                name="audit_last_login",
                condition=Q(action="login.succeeded"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.action} by {self.actor}"


class OutboxMessage(models.Model):
    """A message to announce, stored in the transaction that made it true.

    Messages of one clinician carry its id and are written under the lock of its row,
    so their ids follow the order of the commits. `delivered` is when the broker
    confirmed it, `failures` how often it could not take it. `channel_errors` is how
    often it broke the channel by itself, the last time with `error`; after
    MAX_CHANNEL_ERRORS it has failed, and waits for staff. See ADR 33.
    """

    created = models.DateTimeField(db_default=Now())
    message_id = models.UUIDField(default=uuid.uuid4, unique=True)
    routing_key = CodePointField(max_length=100)
    body = models.TextField()
    correlation_id = CodePointField(max_length=128)
    clinician_id = OpaqueIdField(null=True)
    delivered = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(db_default=0)
    # Bytes of `body` in the publisher's memory; null where an older release wrote it.
    size = models.PositiveIntegerField(null=True)
    # Since it was sent again; null for `created`.
    waiting_since = models.DateTimeField(null=True)
    channel_errors = models.PositiveSmallIntegerField(db_default=0)
    error = CodePointField(max_length=ERROR_LENGTH, db_default="")
    # Since when staff want it not to be delivered.
    set_aside = models.DateTimeField(null=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = "message"
        permissions = (("resend_outboxmessage", "Can send messages again"),)
        indexes = (
            models.Index(fields=["clinician_id", "id"], name="outbox_of_whom"),
            # What the publisher looks into twenty times a second: as large as the
            # backlog, and not as the table.
            models.Index(
                fields=["id"], name="outbox_undelivered", condition=Q(delivered=None)
            ),
            models.Index(
                fields=["delivered"],
                name="outbox_delivered",
                condition=Q(delivered__isnull=False),
            ),
            models.Index(
                fields=["id"],
                name="outbox_erroneous",
                condition=Q(channel_errors__gt=0),
            ),
        )

    def __str__(self) -> str:
        return f"{self.routing_key} {self.message_id}"

    @property
    def has_failed(self) -> bool:
        """Whether it waits for staff."""
        return (
            self.delivered is None
            and self.set_aside is None
            and self.channel_errors >= MAX_CHANNEL_ERRORS
        )


class DeliveryCounts(models.Model):
    """What the publishers have done since the beginning: one row, for the metrics."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    published = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0)
    retried = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "delivery counts"
        constraints = (
            models.CheckConstraint(condition=Q(id=1), name="delivery_counts_once"),
        )

    def __str__(self) -> str:
        return f"{self.published} published"
