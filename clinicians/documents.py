"""The read model: one SQL statement builds the JSON of a response."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from django.db import connection

from clinicians.dialects import DIALECTS
from clinicians.forms import COLUMNS, TABLE, Form
from clinicians.querysets import LIST_ORDER, ClinicianQuerySet, Ordering
from users_service.database.cursors import CHUNK_ROWS, Row, fetch_rows, stream_rows
from users_service.exceptions import NotFound

FAR = 10_000
"""From this offset on it pays to count first, and to see which end is nearer."""


class Document(NamedTuple):
    """A clinician as JSON text, with the version that it shows."""

    uuid: str
    version: int
    is_temporary: bool
    json: str

    def etag(self, form: Form = Form.FULL) -> str:
        """Return the entity tag of this state in this form."""
        return f'"{self.version:x}-{form.value}"'


class Page(NamedTuple):
    """A piece of a list as JSON texts, and how long the list is if that was asked.

    More than CHUNK_ROWS of them are read while they are consumed.
    """

    items: Iterable[str]
    total: int = 0


@dataclass
class Tally:
    """The number of a list's clinicians and the sum of their versions.

    Counted as they pass, unless it `is_final` already.
    """

    number: int = 0
    versions: int = 0
    is_final: bool = False

    def add(self, rows: Iterable[Row]) -> None:
        """Count rows of a form."""
        if self.is_final:
            return
        versions = [row[1] for row in rows]
        self.number += len(versions)
        self.versions += sum(versions)


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


def page(wanted: Wanted, *, counted: bool = False) -> Page:
    """Return a list with a limit, with the total of the same moment if `counted`."""
    in_order = wanted.clinicians.in_order
    if in_order is not None and wanted.ordering == LIST_ORDER:
        return _found_page(wanted, in_order)
    if wanted.offset >= FAR:
        return _far_page(wanted)
    if not counted:
        return Page(_piece(wanted))
    every, parameters = _chosen(wanted.clinicians)
    sql, others = _statement(wanted, f"(SELECT count(*) FROM ({every}) every)")
    rows = _rows(sql, [*parameters, *others], wanted.limit)
    first = next(rows, None)
    if first is None:
        return Page([], wanted.clinicians.count())
    return Page((row[-1] for row in chain([first], rows)), first[0])


def by_id_in_order(form: Form, ids: list[str]) -> Iterator[tuple[str, str | None]]:
    """Yield each id with the JSON of its clinician, None if there is none.

    They are read in chunks, as the result is consumed.
    """
    for start in range(0, len(ids), CHUNK_ROWS):
        chunk = ids[start : start + CHUNK_ROWS]
        found = {row.uuid: row.json for row in by_ids(form, chunk)}
        yield from ((each, found.get(each)) for each in chunk)


def _found_page(wanted: Wanted, ids: list[str]) -> Page:
    """Return a piece of those that a search has found already."""
    piece = ids[wanted.offset : wanted.offset + wanted.limit]
    found = by_id_in_order(wanted.form, piece)
    # Somebody may have been removed since.
    return Page((json for _, json in found if json is not None), len(ids))


def _far_page(wanted: Wanted) -> Page:
    """Return a page by walking to it from the nearer end of the list."""
    total = wanted.clinicians.count()
    left = total - wanted.offset
    if left <= 0:
        return Page([], total)
    if left > wanted.offset:
        return Page(_piece(wanted), total)
    backwards = wanted._replace(
        ordering=wanted.ordering.reversed(),
        offset=max(0, left - wanted.limit),
        limit=min(left, wanted.limit),
    )
    return Page(_piece(backwards, wanted.ordering), total)


def _piece(wanted: Wanted, shown: Ordering | None = None) -> Iterator[str]:
    sql, parameters = _statement(wanted, shown=shown)
    return (row[-1] for row in _rows(sql, parameters, wanted.limit))


def _rows(sql: str, parameters: Sequence[object], limit: int) -> Iterator[Row]:
    """Return the rows of a page: at once, or chunk by chunk where there may be many."""
    if limit <= CHUNK_ROWS:
        return iter(fetch_rows(sql, parameters))
    return chain.from_iterable(stream_rows(sql, parameters))


def stream(wanted: Wanted, tally: Tally | None = None) -> Iterator[str]:
    """Yield the JSON of a list of any length, from one cursor in one snapshot."""
    for rows in stream_rows(*_statement(wanted)):
        if tally is not None:
            tally.add(rows)
        yield from (row[-1] for row in rows)


def list_etag(tally: Tally, form: Form, query: str) -> str:
    """Return the entity tag of a list, from the state of all that match."""
    shape = hashlib.sha256(query.encode()).hexdigest()[:16]
    return f'"{tally.number:x}-{tally.versions:x}-{form.value}-{shape}"'


def _statement(
    wanted: Wanted, *before: str, shown: Ordering | None = None
) -> tuple[str, Sequence[object]]:
    """Return the statement for a list, and its parameters.

    `before` are columns to put before those of the form; `shown` is the order of the
    rows if it is not the one that the piece is cut out by. Django makes the part that
    chooses the clinicians; only what cuts a piece out of the list needs their order
    there.
    """
    clinicians = wanted.clinicians
    if wanted.offset or wanted.limit:
        end = wanted.offset + wanted.limit if wanted.limit else None
        ordered = clinicians.order_by(*wanted.ordering.expressions())
        clinicians = ordered[wanted.offset : end]
    chosen, parameters = _chosen(clinicians)
    sql = (
        f"{_select(wanted.form, *before)} JOIN ({chosen}) chosen"
        f" ON chosen.pk = c.uuid ORDER BY {(shown or wanted.ordering).sql('c')}"
    )
    return sql, parameters


def _chosen(clinicians: ClinicianQuerySet) -> tuple[str, tuple[object, ...]]:
    return clinicians.values("pk").query.sql_with_params()


def _select(form: Form, *before: str) -> str:
    columns = ", ".join((*before, COLUMNS[connection.vendor, form]))
    return f"SELECT {columns} FROM {TABLE}"


def _one(sql: str, parameter: str) -> Document | None:
    documents = _documents(fetch_rows(sql, [parameter]))
    return documents[0] if documents else None


def _documents(rows: list[Row]) -> list[Document]:
    return [Document(*row) for row in rows]
