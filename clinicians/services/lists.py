"""Adding one member to a clinician's list, or taking one out."""

from clinicians.services import members
from clinicians.services.locking import lock_clinician, row_transaction, touch
from roles.callers import Caller
from users_service.journal.audit import record


@row_transaction
def change_membership(
    *, actor: Caller, clinician_id: str, field: str, value: str, present: bool
) -> None:
    """See to it that a list has `value`, or has it not. Raises NotFound.

    Nothing is announced, and nothing moves when it was so already.
    """
    clinician = lock_clinician(clinician_id)
    change = members.add if present else members.remove
    changes = change(clinician, {field: [value]})
    if not changes:
        return
    touch(clinician, actor=actor)
    record(
        actor=actor,
        action="clinician.changed",
        clinician_id=clinician.pk,
        changes=changes,
    )
