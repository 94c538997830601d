"""Rows of the journal."""

import uuid

from django.db import models
from django.db.models.functions import Now

from users_service.database.fields import CodePointField, OpaqueIdField


class AuditEntry(models.Model):
    """Who did what to whom, stored in the transaction that did it.

    `changes` maps a field to `[old, new]`, a list to `{"added": [], "removed": []}`;
    of a password only that it changed. The clinician is named, not referenced: the
    entry outlives it.
    """

    created = models.DateTimeField(db_default=Now())
    actor = CodePointField(max_length=150)
    actor_kind = CodePointField(max_length=20)
    request_id = CodePointField(max_length=128)
    action = CodePointField(max_length=50)
    clinician_id = OpaqueIdField(null=True)
    changes = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = (models.Index(fields=["clinician_id", "-id"], name="audit_by_whom"),)

    def __str__(self) -> str:
        return f"{self.action} by {self.actor}"


class OutboxMessage(models.Model):
    """A message to announce, stored in the transaction that made it true.

    Messages of one clinician carry its id and are written under the lock of its row,
    so their ids follow the order of the commits.
    """

    created = models.DateTimeField(db_default=Now())
    message_id = models.UUIDField(default=uuid.uuid4, unique=True)
    routing_key = CodePointField(max_length=100)
    body = models.TextField()
    correlation_id = CodePointField(max_length=128)
    clinician_id = OpaqueIdField(null=True)

    class Meta:
        indexes = (models.Index(fields=["clinician_id", "id"], name="outbox_of_whom"),)

    def __str__(self) -> str:
        return f"{self.routing_key} {self.message_id}"
