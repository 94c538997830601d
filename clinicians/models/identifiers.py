"""What every row that the API shows has: an id, and who made and changed it."""

import secrets
import uuid

from django.db import models
from django.utils import timezone

from users_service.database.fields import OpaqueIdField

IDENTIFIERS = ("uuid", "created", "created_by", "modified", "modified_by")
"""The fields of an identifier block."""


def new_id() -> str:
    """Return an id for a new row: a UUID4 string."""
    return str(uuid.uuid4())


def new_version() -> int:
    """Return a version: a random number, so that no two states share one by chance.

    A counter would start again for a clinician that was removed and made anew, and
    a sum of counters over a list can stay the same when two of them change.
    40 bits, so that SQLite can add up the versions of eight million clinicians.
    """
    return secrets.randbits(40)


class IdentifierBlock(models.Model):
    """Who made a row and who changed it last, and when."""

    created = models.DateTimeField(default=timezone.now)
    created_by = OpaqueIdField()
    modified = models.DateTimeField(default=timezone.now)
    modified_by = OpaqueIdField()

    class Meta:
        abstract = True
