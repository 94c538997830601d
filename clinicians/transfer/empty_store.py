"""An empty store on PostgreSQL, which an import may have for itself."""

from django.db import OperationalError, connection, models, transaction

from clinicians.models import Clinician
from roles.models import Role
from users_service.journal.models import AuditEntry

SMALL_TRAIL = 10_000
"""An audit trail with more entries keeps its indexes: others are writing to it."""


def holds_empty_store() -> bool:
    """Take hold of an empty store until the transaction ends; tell whether it is held.

    Only PostgreSQL's. One that somebody is using right now is not taken.
    """
    if connection.vendor != "postgresql" or Clinician.objects.exists():
        return False
    # Roles as well: dropping a foreign key takes the table that it refers to.
    taken: list[type[models.Model]] = [*filled_tables(), Role]
    tables = ", ".join(model._meta.db_table for model in taken)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE NOWAIT")
    except OperationalError:
        return False
    return not Clinician.objects.exists()


def filled_tables() -> list[type[models.Model]]:
    """Return the models whose rows come with clinicians.

    The audit trail is one of them while it is small.
    """
    hanging = [each.related_model for each in Clinician._meta.related_objects]
    trail = [] if AuditEntry.objects.all()[SMALL_TRAIL:].exists() else [AuditEntry]
    return [Clinician, *hanging, *trail]
