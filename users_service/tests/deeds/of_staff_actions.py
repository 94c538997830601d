"""Staff who choose rows of a list."""

from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinicians.models import Clinician, ClinicianRole
from roles.models import Role
from users_service.journal import outbox
from users_service.journal.models import OutboxMessage
from users_service.tests.deeds.table import Entry, ada, deed, with_failed_login

CLINICIANS = "clinicians_clinician"


def acted(
    staff: Client, action: str, page: str = CLINICIANS, key: object = "ada", **form: str
) -> Any:
    """Run a confirmed action on one row."""
    path = reverse(f"admin:{page}_changelist")
    chosen = {"action": action, "_selected_action": [key], "confirmed": "yes"}
    return staff.post(path, {**chosen, **form})


def ran(answer: Any) -> None:
    """Check that the action is done, and leads back to the list."""
    assert answer.status_code == 302, answer.content


def changed(actor: str, changes: Any) -> list[Entry]:
    return [Entry(actor, "staff", "clinician.changed", "ada", changes)]


@deed("admin: activate clinicians.Clinician")
def _activate(staff: Client, actor: str) -> list[Entry]:
    ada(login_active=False)
    ran(acted(staff, "activate"))
    return changed(actor, {"login_active": [False, True]})


@deed("admin: deactivate clinicians.Clinician")
def _deactivate(staff: Client, actor: str) -> list[Entry]:
    ada()
    ran(acted(staff, "deactivate"))
    return changed(actor, {"login_active": [True, False]})


@deed("admin: unlock clinicians.Clinician")
def _unlock(staff: Client, actor: str) -> list[Entry]:
    with_failed_login()
    ran(acted(staff, "unlock"))
    changes = {"failures": [1, 0]}
    return [Entry(actor, "staff", "clinician.unlocked", "ada", changes)]


@deed("admin: end_contract clinicians.Clinician")
def _end_contract(staff: Client, actor: str) -> list[Entry]:
    ada()
    ran(acted(staff, "end_contract", end="2031-01-31"))
    return changed(actor, {"contract_expiry_eod_date": [None, "2031-01-31"]})


@deed("admin: add_role clinicians.Clinician")
def _add_role(staff: Client, actor: str) -> list[Entry]:
    ada()
    ran(acted(staff, "add_role", role="GDM Superclinician"))
    return changed(actor, {"groups": {"added": ["GDM Superclinician"]}})


@deed("admin: remove_role clinicians.Clinician")
def _remove_role(staff: Client, actor: str) -> list[Entry]:
    ada()
    ran(acted(staff, "remove_role", role="GDM Clinician"))
    return changed(actor, {"groups": {"removed": ["GDM Clinician"]}})


@deed("admin: map_role clinicians.Clinician")
def _map_role(staff: Client, actor: str) -> list[Entry]:
    ada()
    old = Role.objects.create(name="Ward Sister", recognised=False)
    ClinicianRole.objects.create(clinician=Clinician.objects.get(), role=old)
    ran(acted(staff, "map_role", old="Ward Sister", new="SEND Clinician"))
    groups = {"added": ["SEND Clinician"], "removed": ["Ward Sister"]}
    return changed(actor, {"groups": groups})


@deed("admin: export_csv clinicians.Clinician")
def _export(staff: Client, actor: str) -> list[Entry]:
    ada()
    answer = acted(staff, "export_csv")
    assert answer.status_code == 200
    assert answer.getvalue()
    changes = {"clinicians": {"exported": 1}}
    return [Entry(actor, "staff", "clinicians.exported", None, changes)]


@deed("admin: set_aside journal.OutboxMessage")
def _set_aside(staff: Client, actor: str) -> list[Entry]:
    key = failed_message()
    ran(acted(staff, "set_aside", "journal_outboxmessage", key))
    changes = {"message": {"number": key, "key": outbox.UPDATED}}
    return [Entry(actor, "staff", "events.set_aside", "ada", changes)]


def failed_message() -> int:
    """Store a message of a clinician that the broker never takes; return its number."""
    outbox.announce(routing_key=outbox.UPDATED, body="{}", clinician_id="ada")
    OutboxMessage.objects.update(channel_errors=3, error="406 too large")
    return int(OutboxMessage.objects.get().pk)


@deed("admin: send_again journal.OutboxMessage")
def _send_again(staff: Client, actor: str) -> list[Entry]:
    outbox.announce(routing_key=outbox.UPDATED, body="{}", clinician_id="ada")
    OutboxMessage.objects.update(delivered=timezone.now())
    key = OutboxMessage.objects.get().pk
    ran(acted(staff, "send_again", "journal_outboxmessage", key))
    changes = {"messages": {"resent": 1}}
    return [Entry(actor, "staff", "events.resent", None, changes)]
