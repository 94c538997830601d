"""Recording who did what."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

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
    who = (actor.id[:ACTOR_LENGTH], actor.kind, request_id.get(), action)
    now = timezone.now().isoformat()
    rows = ((now, *who, clinician_id, changes) for clinician_id, changes in facts)
    insert_rows(AuditEntry, COLUMNS, rows)


def keyed_hash(text: str) -> str:
    """Return what tells equal texts without telling the text, for the trail.

    People type passwords where a username belongs: without SECRET_KEY nobody can
    try which text it was.
    """
    return salted_hmac(
        "users_service.journal.audit", text, algorithm="sha256"
    ).hexdigest()
