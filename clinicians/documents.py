"""The read model: one SQL statement builds the JSON of a response."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.db import connection

from clinicians.dialects import DIALECTS
from clinicians.forms import STATEMENTS, Form
from clinicians.querysets import LIST_ORDER, ClinicianQuerySet, Ordering
from users_service.database.cursors import Row, fetch_rows, stream_rows
from users_service.exceptions import NotFound


class Document(NamedTuple):
    """A clinician as JSON text, with the version that it shows."""

    uuid: str
    version: int
    is_temporary: bool
    json: str

    def etag(self, form: Form = Form.FULL) -> str:
        """Return the entity tag of this state in this form."""
        return f'"{self.version:x}-{form.value}"'


class Wanted(NamedTuple):
    """A list of clinicians: which, in what form and order, from where, how many.

    A limit of 0 means all.
    """

    form: Form
    clinicians: ClinicianQuerySet
    ordering: Ordering = LIST_ORDER
    offset: int = 0
    limit: int = 0


def by_id(form: Form, clinician_id: str) -> Document | None:
    """Return one clinician by id."""
    return _one(f"{_select(form)} WHERE c.uuid = %s", clinician_id)


def by_email(form: Form, address: str) -> Document | None:
    """Return one clinician by its normalised address."""
    return _one(f"{_select(form)} WHERE c.email_address = %s", address)


def existing(form: Form, clinician_id: str) -> Document:
    """Return one clinician who is known to exist, as in the write that made it."""
    document = by_id(form, clinician_id)
    if document is None:
        raise NotFound(f"No user found with UUID {clinician_id}")
    return document


def by_ids(form: Form, ids: list[str]) -> list[Document]:
    """Return those of the clinicians that exist, in no order."""
    dialect = DIALECTS[connection.vendor]
    sql = f"{_select(form)} WHERE {dialect.all_of('c.uuid')}"
    return _documents(fetch_rows(sql, [dialect.ids(ids)]))


def page(wanted: Wanted) -> Iterator[str]:
    """Yield the JSON of a list with a limit."""
    sql, parameters = _statement(wanted)
    return (row[-1] for row in fetch_rows(sql, parameters))


def stream(wanted: Wanted) -> Iterator[str]:
    """Yield the JSON of a list of any length, from one cursor in one snapshot."""
    sql, parameters = _statement(wanted)
    for rows in stream_rows(sql, parameters):
        yield from (row[-1] for row in rows)


def list_etag(wanted: Wanted, *, total: int, versions: int, query: str) -> str:
    """Return the entity tag of a list, from the state of all that match."""
    shape = hashlib.sha256(query.encode()).hexdigest()[:16]
    return f'"{total:x}-{versions:x}-{wanted.form.value}-{shape}"'


def _statement(wanted: Wanted) -> tuple[str, Sequence[object]]:
    """Return the statement for a list, and its parameters.

    Django makes the part that chooses the clinicians; only what cuts a piece out of
    the list needs their order there.
    """
    clinicians = wanted.clinicians
    if wanted.offset or wanted.limit:
        end = wanted.offset + wanted.limit if wanted.limit else None
        ordered = clinicians.order_by(*wanted.ordering.expressions())
        clinicians = ordered[wanted.offset : end]
    chosen, parameters = clinicians.values("pk").query.sql_with_params()
    sql = (
        f"{_select(wanted.form)} JOIN ({chosen}) chosen ON chosen.pk = c.uuid"
        f" ORDER BY {wanted.ordering.sql('c')}"
    )
    return sql, parameters


def _select(form: Form) -> str:
    return STATEMENTS[connection.vendor, form]


def _one(sql: str, parameter: str) -> Document | None:
    documents = _documents(fetch_rows(sql, [parameter]))
    return documents[0] if documents else None


def _documents(rows: list[Row]) -> list[Document]:
    return [Document(*row) for row in rows]
