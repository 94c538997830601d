"""Setting a clinician's password."""

from clinicians import documents, passwords
from clinicians.documents import Document
from clinicians.forms import Form
from clinicians.models import Clinician, normalise_email
from clinicians.services.locking import Versions, lock_clinician, row_transaction, touch
from roles.callers import Caller
from users_service.database.connections import release_connection
from users_service.exceptions import NotFound
from users_service.journal.audit import record


@passwords.in_line()
def set_password(
    *,
    actor: Caller,
    email_address: str,
    password: str,
    expected: Versions | None = None,
) -> Document:
    """Set the password of whoever has the address; returns the clinician in full.

    Raises NotFound and PreconditionFailed. The password is hashed before the
    transaction, while no connection is held.
    """
    unknown = NotFound(f"No user found with address {email_address}")
    # "" is nobody's address; None would be that of everybody without one.
    address = normalise_email(email_address) or ""
    found = Clinician.objects.filter(email_address=address)
    clinician_id = found.values_list("pk", flat=True).first()
    if clinician_id is None:
        raise unknown
    release_connection()
    encoded = passwords.make(password)
    stored = _store(
        actor=actor,
        clinician_id=clinician_id,
        address=address,
        encoded=encoded,
        expected=expected,
    )
    if stored is None:
        raise unknown
    return stored


@passwords.in_line()
def set_password_of(*, actor: Caller, clinician_id: str, password: str) -> None:
    """Set a clinician's password. Raises NotFound."""
    release_connection()
    encoded = passwords.make(password)
    _store(actor=actor, clinician_id=clinician_id, encoded=encoded)


@row_transaction
def _store(
    *,
    actor: Caller,
    clinician_id: str,
    encoded: str,
    address: str | None = None,
    expected: Versions | None = None,
) -> Document | None:
    """Store the hash, unless a given address is somebody else's or gone by now."""
    clinician = lock_clinician(clinician_id, expected=expected)
    if address is not None and clinician.email_address != address:
        return None
    clinician.password = encoded
    touch(clinician, actor=actor, fields=["password"])
    record(
        actor=actor,
        action="password.changed",
        clinician_id=clinician.pk,
        changes={"password": "changed"},
    )
    return documents.existing(Form.FULL, clinician.pk)
