"""Everything that is held about one clinician, for whoever asks for it."""

from collections.abc import Iterable
from typing import Any

import orjson

from clinicians import documents
from clinicians.forms import Form
from clinicians.models import LoginGuard
from users_service.exceptions import NotFound
from users_service.journal.models import AuditEntry, OutboxMessage

AUDIT = ("created", "actor", "actor_kind", "request_id", "action", "changes")
EVENTS = ("created", "routing_key", "body", "delivered")
GUARD = ("failures", "last_failed", "locked_until")


def whole_record(clinician_id: str) -> str:
    """Return it as JSON text: the clinician, the trail, messages, and failed logins.

    Raises NotFound for somebody about whom nothing at all is held.
    """
    clinician = documents.by_id(Form.EXPORT, clinician_id)
    trail = AuditEntry.objects.about(clinician_id).order_by("created", "id")
    events = OutboxMessage.objects.filter(clinician_id=clinician_id).order_by("id")
    guard = LoginGuard.objects.filter(pk=clinician_id)
    record = {
        "clinician": clinician and orjson.Fragment(clinician.json),
        "audit": _rows(trail.values(*AUDIT)),
        "events": _rows(events.values(*EVENTS)),
        "failed_logins": _rows(guard.values(*GUARD)),
    }
    if not any(record.values()):
        raise NotFound(f"No user found with UUID {clinician_id}")
    return orjson.dumps(record, option=orjson.OPT_INDENT_2).decode()


def _rows(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return list(rows)
