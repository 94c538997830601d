"""The audit trail."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from roles.callers import Caller, staff_caller
from users_service.journal.audit import Fact, Operator, keyed_hash, record, record_all
from users_service.journal.context import request_id
from users_service.journal.models import AuditEntry

pytestmark = pytest.mark.django_db

ROBOT = Caller(id="dhos-robot", kind="system", system_id="dhos-robot")


def test_an_entry_says_who_did_what_to_whom() -> None:
    token = request_id.set("request-7")
    changes = {"job_title": ["old", None], "groups": {"added": ["ä"], "removed": []}}

    record(actor=ROBOT, action="clinician.changed", clinician_id="A", changes=changes)

    request_id.reset(token)
    entry = AuditEntry.objects.get()
    assert entry.actor == "dhos-robot"
    assert entry.actor_kind == "system"
    assert entry.request_id == "request-7"
    assert entry.action == "clinician.changed"
    assert entry.clinician_id == "A"
    assert entry.changes == changes
    assert abs(timezone.now() - entry.created) < timedelta(minutes=5)
    assert str(entry) == "clinician.changed by dhos-robot"


def test_outside_requests_there_is_no_request() -> None:
    record(actor=staff_caller(7), action="x", clinician_id=None, changes={})
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.actor_kind, entry.request_id) == ("staff:7", "staff", "")
    assert entry.clinician_id is None
    assert entry.changes == {}


def test_entries_of_many_are_set_wise() -> None:
    facts = [Fact(str(number), {"n": [None, number]}) for number in range(2500)]
    record_all(actor=ROBOT, action="clinician.imported", facts=facts)
    stored = AuditEntry.objects.order_by("id").values_list("clinician_id", "changes")
    assert list(stored) == facts


def test_nothing_to_record() -> None:
    record_all(actor=ROBOT, action="x", facts=[])
    assert not AuditEntry.objects.exists()


def test_an_entry_goes_with_its_transaction() -> None:
    with transaction.atomic():
        record(actor=ROBOT, action="x", clinician_id="A", changes={})
        transaction.set_rollback(True)
    assert not AuditEntry.objects.exists()


def test_an_actor_with_a_long_id_is_cut() -> None:
    record(actor=Operator("x" * 200), action="x", clinician_id=None, changes={})
    assert AuditEntry.objects.get().actor == "x" * 150


def test_a_keyed_hash_tells_equal_texts_and_depends_on_the_key() -> None:
    hashed = keyed_hash("Pass@word1!")
    assert keyed_hash("Pass@word1!") == hashed != keyed_hash("Pass@word1")
    assert len(hashed) == 64
    with override_settings(SECRET_KEY="another"):
        assert keyed_hash("Pass@word1!") != hashed
