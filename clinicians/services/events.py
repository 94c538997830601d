"""What is announced of a clinician (events contract)."""

import json
from typing import Any

from clinicians import documents
from clinicians.forms import Form
from users_service.journal import outbox


def announce_created(clinician_id: str) -> None:
    """Announce a new clinician, as it stands in this transaction."""
    _announce_state(outbox.CREATED, clinician_id)


def announce_updated(clinician_id: str) -> None:
    """Announce a change of a clinician, as it stands in this transaction."""
    _announce_state(outbox.UPDATED, clinician_id)


def announce_welcome(clinician_id: str, email_address: str) -> None:
    """Ask for a welcome e-mail."""
    body = {"email_address": email_address, "email_type": "WELCOME_EMAIL"}
    _announce(outbox.WELCOME, body, clinician_id)


def announce_activation(clinician_id: str, *, active: bool, modified_by: str) -> None:
    """Tell the audit service that somebody may log in from now on, or may not."""
    event = "login activated" if active else "login deactivated"
    data = {"clinician_id": clinician_id, "modified_by": modified_by}
    _announce_audit(event, data, clinician_id)


def announce_login(event_data: dict[str, Any], *, success: bool) -> None:
    """Tell the audit service of a login; these messages need no order."""
    _announce_audit("Login Success" if success else "Login Failure", event_data, None)


def _announce_state(routing_key: str, clinician_id: str) -> None:
    document = documents.existing(Form.EVENT, clinician_id)
    outbox.announce(
        routing_key=routing_key, body=document.json, clinician_id=clinician_id
    )


def _announce_audit(
    event_type: str, data: dict[str, Any], clinician_id: str | None
) -> None:
    body = {"event_type": event_type, "event_data": data}
    _announce(outbox.AUDIT, body, clinician_id)


def _announce(routing_key: str, body: dict[str, Any], clinician_id: str | None) -> None:
    outbox.announce(
        routing_key=routing_key, body=json.dumps(body), clinician_id=clinician_id
    )
