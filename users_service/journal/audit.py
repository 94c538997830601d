"""Recording who did what."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from users_service.database.bulk import insert_rows
from users_service.journal.context import request_id
from users_service.journal.models import ACTOR_LENGTH, AuditEntry

COLUMNS = (
    "created",
    "actor",
    "actor_kind",
    "request_id",
    "action",
    "clinician_id",
    "changes",
)

Changes = Mapping[str, Any]
"""Field to `[old, new]`, list to `{"added": [...], "removed": [...]}`."""


class Actor(Protocol):
    """Whoever a change is put down to: a caller of the API, or a member of staff."""

    @property
    def id(self) -> str:
        """The id that the trail names."""

    @property
    def kind(self) -> str:
        """What the id is one of: clinician, system, staff and so on."""


class Operator(NamedTuple):
    """Whoever runs a management command."""

    id: str
    kind: str = "operator"


class Fact(NamedTuple):
    """What one entry says, apart from who and when."""

    clinician_id: str | None
    changes: Changes


def record(
    *, actor: Actor, action: str, clinician_id: str | None, changes: Changes
) -> None:
    """Store an audit entry in the caller's transaction."""
    record_all(actor=actor, action=action, facts=[Fact(clinician_id, changes)])


def record_all(*, actor: Actor, action: str, facts: Iterable[Fact]) -> None:
    """Store one entry per fact, set-wise, in the caller's transaction."""
    texts = ((each.clinician_id, json.dumps(each.changes)) for each in facts)
    record_texts(actor=actor, action=action, facts=texts)


def record_texts(
    *, actor: Actor, action: str, facts: Iterable[tuple[str | None, str]]
) -> None:
    """Store one entry per clinician's id and changes, which are JSON text already."""
    who = _who(actor, action)
    now = timezone.now().isoformat()
    rows = ((now, *who, clinician_id, changes) for clinician_id, changes in facts)
    insert_rows(AuditEntry, COLUMNS, rows)


def record_staged(*, actor: Actor, action: str, table: str) -> None:
    """Store one entry per row of a table, which has clinician_id and changes."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    sql = (
        f"INSERT INTO {AuditEntry._meta.db_table} ({', '.join(COLUMNS)})"  # noqa: S608
        f" SELECT %s, %s, %s, %s, %s, clinician_id, changes FROM {table}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [now, *_who(actor, action)])


def _who(actor: Actor, action: str) -> tuple[str | None, ...]:
    """Return the values of COLUMNS from `actor` to `action`."""
    return actor.id[:ACTOR_LENGTH], actor.kind, request_id.get(), action


def keyed_hash(text: str) -> str:
    """Return what tells equal texts without telling the text, for the trail.

    People type passwords where a username belongs: without SECRET_KEY nobody can
    try which text it was.
    """
    return salted_hmac(
        "users_service.journal.audit", text, algorithm="sha256"
    ).hexdigest()
