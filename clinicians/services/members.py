"""The lists of a clinician that are sets: roles, locations and bookmarks.

Adding is an insert that ignores conflicts, removing a delete, both under the lock of
the clinician's row; a list is never written as a whole.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, models

from clinicians.dialects import DIALECTS
from clinicians.models import Clinician
from users_service.database.bulk import insert_rows
from users_service.database.cursors import fetch_rows
from users_service.exceptions import InvalidInput


class _Members(NamedTuple):
    relation: str
    column: str


MEMBERS = {
    "groups": _Members("clinicianrole_set", "role_id"),
    "locations": _Members("locations", "location_id"),
    "bookmarks": _Members("location_bookmarks", "location_id"),
    "bookmarked_patients": _Members("patient_bookmarks", "patient_id"),
}
"""List of the contract to the relation that holds it, and the column of its values."""

ADDING = (
    "INSERT INTO {table} (clinician_id, {column}) SELECT %s, given.id"
    " FROM ({given}) given WHERE true ON CONFLICT DO NOTHING RETURNING {column}"
)
REMOVING = (
    "DELETE FROM {table} WHERE clinician_id = %s AND {column} IN ({given})"
    " RETURNING {column}"
)
"""Each says what it did: looking first would be another round trip."""

Lists = Mapping[str, Iterable[str]]
Changes = dict[str, Any]


def present(clinician: Clinician, field: str) -> set[str]:
    """Return the members of one list."""
    rows, column = _rows(clinician, field)
    return set(rows.values_list(column, flat=True))


def add(clinician: Clinician, lists: Lists) -> Changes:
    """Add members; returns, per list that grew, `{"added": [...]}`.

    Raises InvalidInput for a list that grew beyond MAX_LIST_MEMBERS.
    """
    changes: Changes = {}
    for field, values in lists.items():
        if added := _run(ADDING, field, clinician.pk, values):
            check_size(field, _rows(clinician, field)[0].count())
            changes[field] = {"added": added}
    return changes


def check_size(field: str, number: int) -> None:
    """Refuse a list that would have more than MAX_LIST_MEMBERS members."""
    if number > settings.MAX_LIST_MEMBERS:
        message = f"At most {settings.MAX_LIST_MEMBERS} are allowed."
        raise InvalidInput(errors={field: [message]})


def remove(clinician: Clinician, lists: Lists) -> Changes:
    """Remove members; returns, per list that shrank, `{"removed": [...]}`."""
    changes: Changes = {}
    for field, values in lists.items():
        if removed := _run(REMOVING, field, clinician.pk, values):
            changes[field] = {"removed": removed}
    return changes


def _run(
    statement: str, field: str, clinician_id: str, values: Iterable[str]
) -> list[str]:
    """Add or remove members by one statement; returns those that were."""
    if not (given := sorted(set(values))):
        return []
    dialect = DIALECTS[connection.vendor]
    relation, column = MEMBERS[field]
    table = getattr(Clinician, relation).rel.related_model._meta.db_table
    sql = statement.format(table=table, column=column, given=dialect.rows_of_ids())
    parameters = [clinician_id, dialect.ids(given)]
    return sorted(row[0] for row in fetch_rows(sql, parameters))


def insert(field: str, members: Iterable[tuple[str, Iterable[str]]]) -> None:
    """Insert members of one list that are not in it yet, by clinician's id."""
    relation, column = MEMBERS[field]
    model = getattr(Clinician, relation).rel.related_model
    rows = ((clinician_id, each) for clinician_id, values in members for each in values)
    insert_rows(model, ("clinician_id", column), rows)


def _rows(clinician: Clinician, field: str) -> tuple[models.QuerySet[Any], str]:
    relation, column = MEMBERS[field]
    return getattr(clinician, relation).all(), column
