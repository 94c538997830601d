"""Clinicians as a CSV file for staff."""

from contextlib import ExitStack
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest

from clinicians import documents
from clinicians.documents import Wanted
from clinicians.forms import Form
from clinicians.models import Clinician
from clinicians.transfer.exporting import exported
from clinicians.transfer.reading import Format
from roles.callers import acting_staff
from users_service.api.spools import Spool
from users_service.database.connections import release_connection
from users_service.journal.audit import record
from users_service.local_date import today


def csv_of(request: HttpRequest, chosen: QuerySet[Clinician]) -> FileResponse:
    """Return the file of the chosen clinicians, and record that they were exported.

    It is written to disk before it is sent: so the trail says how many are in it
    before the first byte leaves, memory stays flat, no slow reader holds a connection
    to the database, and a fault on the way is an error page instead of half a file.
    """
    wanted: Any = chosen.prefetch_related(None).order_by()
    items = documents.stream(Wanted(Form.EXPORT, wanted))
    texts = exported(items, Format.CSV, with_passwords=False)
    with ExitStack() as closing:
        spool = closing.enter_context(Spool())
        number = -1  # the first text is the line of the columns' names
        for text in texts:
            spool.write(text.encode())
            number += 1
        spool.rewind()
        _record(request, number)
        closing.pop_all()  # the answer closes it, once it is read
    name = f"clinicians-{today()}.csv"
    answer = FileResponse(
        spool,
        as_attachment=True,
        filename=name,
        content_type="text/csv; charset=utf-8",
    )
    # Django would keep it until the answer is sent.
    release_connection()
    return answer


def _record(request: HttpRequest, number: int) -> None:
    record(
        actor=acting_staff(request),
        action="clinicians.exported",
        clinician_id=None,
        changes={"clinicians": {"exported": number}},
    )
