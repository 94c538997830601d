"""Emptying the store, in set-ups where that is allowed."""

from clinicians.models import Clinician
from roles.callers import Caller
from users_service.database.transactions import write_transaction
from users_service.journal.audit import record
from users_service.journal.models import OutboxMessage


@write_transaction
def drop_all(*, actor: Caller) -> None:
    """Delete all clinicians, what hangs on them, and undelivered messages.

    Roles and the audit trail stay; the trail gets an entry with the number.
    """
    number = Clinician.objects.count()
    Clinician.objects.all().delete()
    OutboxMessage.objects.undelivered().delete()
    record(
        actor=actor,
        action="store.emptied",
        clinician_id=None,
        changes={"clinicians": {"removed": number}},
    )
