"""Bulk creation: what the audit trail says, and at which cost."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinicians.testing import Api, clinician_body, recorded
from roles.models import Role
from roles.querysets import RoleQuerySet

pytestmark = pytest.mark.django_db

PATH = "/dhos/v1/clinician/bulk"


def moved_in(*items: Any) -> None:
    answer = Api().post(PATH, list(items))
    assert answer.status_code == 200, answer.content


def actions() -> list[str]:
    return [action for action, _, _ in recorded()]


def test_a_role_that_is_brought_along_is_recorded_once() -> None:
    moved_in(clinician_body(uuid="a", groups=["Hearsay", "GDM Clinician"]))
    moved_in(clinician_body(uuid="b", groups=["Hearsay"]))

    assert actions() == ["role.created", "clinician.imported", "clinician.imported"]
    changes = {"role": "Hearsay", "recognised": [None, False]}
    assert recorded()[0] == ("role.created", None, changes)


def test_a_role_that_another_request_adds_meanwhile_is_not_recorded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first look is too old: the constraint says so, and there is a second."""
    Role.objects.create(name="Hearsay", recognised=False)
    looks = [{"GDM Clinician"}, None]
    look = RoleQuerySet.kept_until_commit

    def first_too_old(roles: RoleQuerySet) -> set[str]:
        return looks.pop(0) or look(roles)

    monkeypatch.setattr(RoleQuerySet, "kept_until_commit", first_too_old)
    moved_in(clinician_body(uuid="a", groups=["Hearsay"]))

    assert looks == []
    assert actions() == ["clinician.imported"]


def test_entries_are_written_set_wise() -> None:
    def statements(number: int) -> int:
        items = [
            clinician_body(uuid=f"{number}-{each}", groups=[f"role {number}-{each}"])
            for each in range(number)
        ]
        with CaptureQueriesContext(connection) as captured:
            moved_in(*items)
        return sum("journal_auditentry" in each["sql"] for each in captured)

    assert statements(2) == statements(100) == 2
