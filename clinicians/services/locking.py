"""Every write to a stored clinician starts by locking its row.

So writes to one clinician follow each other, what they decide on stays true until
they commit, and their messages are numbered in the order of the commits.
"""

from collections.abc import Collection

from django.utils import timezone

from clinicians.models import Clinician, new_version
from roles.callers import Caller
from users_service.exceptions import NotFound, PreconditionFailed

Versions = Collection[int]


def lock_clinician(clinician_id: str, *, expected: Versions | None = None) -> Clinician:
    """Return the clinician, locked until the transaction ends, without its password.

    Raises NotFound, and PreconditionFailed unless its version is an `expected` one
    (None: any).
    """
    locked = Clinician.objects.select_for_update(no_key=True).defer("password")
    clinician = locked.filter(pk=clinician_id).first()
    if clinician is None:
        raise NotFound(f"No user found with UUID {clinician_id}")
    if expected is not None and clinician.version not in expected:
        raise PreconditionFailed
    return clinician


def touch(clinician: Clinician, *, actor: Caller, fields: Collection[str] = ()) -> None:
    """Store the changed `fields`, with who changed the clinician and a new version."""
    clinician.modified = timezone.now()
    clinician.modified_by = actor.recorded_id
    clinician.version = new_version()
    derived = ("last_name_key", "first_name_key", "search_text")
    names = derived if {"first_name", "last_name"} & set(fields) else ()
    clinician.save(
        update_fields=[*fields, *names, "modified", "modified_by", "version"]
    )
