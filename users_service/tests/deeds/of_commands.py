"""Management commands."""

import json
from io import StringIO
from tempfile import NamedTemporaryFile
from typing import Any

import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from clinicians.management.commands.create_demo_clinicians import demo_clinician
from clinicians.models import REQUIRED
from clinicians.testing import clinician_body
from users_service.journal.models import OutboxMessage
from users_service.journal.outbox import UPDATED, announce
from users_service.tests.deeds.table import (
    Entry,
    ada,
    an_entry,
    deed,
    stored_product_of,
    with_failed_login,
)

PRODUCT = {"uuid": "P1", "product_name": "GDM", "opened_date": "2024-01-31"}


@deed("manage.py create_demo_clinicians")
def _demo(_staff: Client, _actor: str) -> list[Entry]:
    call_command("create_demo_clinicians", "--number", "1", verbosity=0)
    given = demo_clinician(0)
    given["products"] = [stored_product_of(given["uuid"])]
    changes: dict[str, Any] = {
        name: {"added": sorted(value) if name != "products" else value}
        if isinstance(value, list)
        else [None, value]
        for name, value in given.items()
        if value not in (None, [])
    }
    return [Entry("demo", "system", "clinician.imported", given["uuid"], changes)]


@deed("manage.py import_clinicians")
def _import(_staff: Client, _actor: str) -> list[Entry]:
    item = clinician_body(uuid="ada", groups=["Hearsay"], products=[PRODUCT])
    with NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([item], file)
        file.flush()
        call_command("import_clinicians", file.name, "--by", "jane", stdout=StringIO())
    changes = {
        **{name: [None, item[name]] for name in REQUIRED},
        "uuid": [None, "ada"],
        "login_active": [None, True],
        "can_edit_ews": [None, False],
        "groups": {"added": ["Hearsay"]},
        "locations": {"added": item["locations"]},
        "products": {"added": [PRODUCT]},
    }
    role = {"role": "Hearsay", "recognised": [None, False]}
    return [
        Entry("jane", "operator", "role.created", None, role),
        Entry("jane", "operator", "clinician.imported", "ada", changes),
    ]


@deed("manage.py import_clinicians (--on-conflict update)")
def _replace(_staff: Client, _actor: str) -> list[Entry]:
    shown = ada(products=[PRODUCT], job_title="nurse")
    item = clinician_body(uuid="ada", products=[PRODUCT], locations=["L2"])
    with NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([item], file)
        file.flush()
        call_command(
            "import_clinicians",
            file.name,
            *("--on-conflict", "update", "--by", "jane"),
            stdout=StringIO(),
        )
    assert shown["job_title"] == "nurse"
    changes = {
        "job_title": ["nurse", "midwife"],
        "locations": {"added": ["L2"], "removed": ["L1"]},
    }
    return [Entry("jane", "operator", "clinician.changed", "ada", changes)]


@deed("manage.py prune_audit")
def _prune(_staff: Client, _actor: str) -> list[Entry]:
    with time_machine.travel("2020-01-30"):
        an_entry()
    kept = an_entry()
    call_command("prune_audit", "--older-than", "2020-01-31", "--by", "jane")
    changes = {"older_than": "2020-01-31T00:00:00+00:00", "entries": {"removed": 1}}
    return [kept, Entry("jane", "operator", "audit.pruned", None, changes)]


@deed("manage.py blank_audit")
def _blank(_staff: Client, _actor: str) -> list[Entry]:
    blanked = an_entry("ada")
    kept = an_entry("grace")
    call_command("blank_audit", "ada", "--by", "jane")
    changes = {"entries": {"blanked": 1}}
    return [
        blanked._replace(changes={"job_title": "blanked"}),
        kept,
        Entry("jane", "operator", "audit.blanked", "ada", changes),
    ]


@deed("manage.py events")
def _resend(_staff: Client, _actor: str) -> list[Entry]:
    announce(routing_key=UPDATED, body="{}", clinician_id="ada")
    OutboxMessage.objects.update(delivered=timezone.now())
    call_command("events", "--resend-since", "2020-01-31", "--by", "jane")
    changes = {"messages": {"resent": 1}}
    return [Entry("jane", "operator", "events.resent", None, changes)]


@deed("manage.py unlock_clinician")
def _unlock(_staff: Client, _actor: str) -> list[Entry]:
    with_failed_login()
    call_command("unlock_clinician", "ada", "--by", "jane")
    changes = {"failures": [1, 0]}
    return [Entry("jane", "operator", "clinician.unlocked", "ada", changes)]


@deed("manage.py erase_clinician")
def _erase(_staff: Client, _actor: str) -> list[Entry]:
    with_failed_login()
    blanked = an_entry("ada")
    kept = an_entry("grace")
    call_command("erase_clinician", "ada", "--by", "jane")
    counts = {
        "fields": 7,
        "passwords": 1,
        "list_members": 2,
        "products": 1,
        "login_guards": 1,
        "messages": 1,
        "audit_entries": 1,
    }
    changes = {kind: {"erased": number} for kind, number in counts.items()}
    return [
        blanked._replace(changes={"job_title": "blanked"}),
        kept,
        Entry("jane", "operator", "audit.blanked", "ada", {"entries": {"blanked": 1}}),
        Entry("jane", "operator", "clinician.erased", "ada", changes),
    ]
