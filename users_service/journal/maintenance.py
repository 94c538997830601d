"""What may happen to the audit trail besides growing.

Old entries are deleted, and the values about one clinician blanked; each leaves an
entry of its own. PostgreSQL refuses all else (migration 0002): a transaction has to
declare which of the two it is for, by a setting that ends with it. SQLite has no such
guard.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Literal

from django.db import connection, transaction

from users_service.database.transactions import write_transaction
from users_service.journal.audit import Actor, record
from users_service.journal.models import AuditEntry

Purpose = Literal["prune", "blank"]

BLANK = "blanked"
"""What a blanked value reads."""

BLANKING = "audit.blanked"
PRUNE_BATCH = 10_000
UPDATE_BATCH = 500


@contextmanager
def allowing(purpose: Purpose) -> Iterator[None]:
    """Let the block's transaction delete entries (prune) or blank values (blank)."""
    with transaction.atomic():
        _declare(purpose)
        yield
        _declare("")  # for a transaction around this one, which goes on


def prune(*, actor: Actor, before: datetime, batch: int = PRUNE_BATCH) -> int:
    """Delete the entries older than `before`, the oldest first; returns how many.

    In batches, each a transaction with an entry of its own that says how many went:
    whenever it is interrupted, the trail tells what is gone.
    """
    total = 0
    while removed := _prune_batch(actor=actor, before=before, batch=batch):
        total += removed
    return total


@write_transaction
def blank_clinician(*, actor: Actor, clinician_id: str) -> int:
    """Blank the values in the entries about a clinician; returns in how many.

    The names of the fields stay, and so does who did it, when and which action.
    """
    entries = AuditEntry.objects.about(clinician_id).exclude(action=BLANKING)
    changed = [entry for entry in entries if _blank(entry)]
    if changed:
        with allowing("blank"):
            AuditEntry.objects.bulk_update(
                changed, ["changes"], batch_size=UPDATE_BATCH
            )
        record(
            actor=actor,
            action=BLANKING,
            clinician_id=clinician_id,
            changes={"entries": {"blanked": len(changed)}},
        )
    return len(changed)


@write_transaction
def _prune_batch(*, actor: Actor, before: datetime, batch: int) -> int:
    oldest = AuditEntry.objects.before(before).order_by("created", "id")
    with allowing("prune"):
        doomed = AuditEntry.objects.filter(pk__in=oldest.values("pk")[:batch])
        removed, _ = doomed.delete()
    if removed:
        record(
            actor=actor,
            action="audit.pruned",
            clinician_id=None,
            changes={
                "older_than": before.isoformat(),
                "entries": {"removed": removed},
            },
        )
    return removed


def _blank(entry: AuditEntry) -> bool:
    """Replace the entry's values; returns whether there was one to replace."""
    before = entry.changes
    entry.changes = dict.fromkeys(before, BLANK)
    return bool(entry.changes != before)


def _declare(purpose: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('users.audit_maintenance', %s, true)", [purpose]
            )
