"""Staff edit roles in the admin; the audit trail says who changed what."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from clinicians.models import Clinician
from roles.models import Permission, Role
from users_service.journal.models import AuditEntry

pytestmark = pytest.mark.django_db


def url(view: str, *arguments: str) -> str:
    return reverse(f"admin:roles_{view}", args=arguments)


def save(client: Client, url: str, **fields: Any) -> None:
    answer = client.post(url, fields)
    assert answer.status_code == 302, answer.context["errors"]


def entries() -> list[tuple[str, str, str, str | None, Any]]:
    return [
        (each.actor, each.actor_kind, each.action, each.clinician_id, each.changes)
        for each in AuditEntry.objects.order_by("pk")
    ]


def test_a_new_role_is_audited(admin_client: Client, admin_user: User) -> None:
    save(
        admin_client,
        url("role_add"),
        name="Auditor",
        recognised="on",
        permissions=["read:audit_event", "read:gdm_csv"],
    )

    role = Role.objects.get(name="Auditor")
    assert role.permissions.count() == 2
    changes = {
        "role": "Auditor",
        "recognised": [None, True],
        "permissions": {"added": ["read:audit_event", "read:gdm_csv"], "removed": []},
    }
    actor = f"staff:{admin_user.pk}"
    assert entries() == [(actor, "staff", "role.created", None, changes)]


def test_changed_permissions_are_audited(
    admin_client: Client, admin_user: User
) -> None:
    save(
        admin_client,
        url("role_change", "EPR Service Adapter"),
        recognised="on",
        permissions=["read:hl7_message", "read:audit_event"],
    )

    changes = {
        "role": "EPR Service Adapter",
        "permissions": {
            "added": ["read:audit_event"],
            "removed": ["write:hl7_message"],
        },
    }
    actor = f"staff:{admin_user.pk}"
    assert entries() == [(actor, "staff", "role.changed", None, changes)]


def test_recognising_a_role_is_audited(admin_client: Client) -> None:
    Role.objects.create(name="Hearsay", recognised=False)

    save(admin_client, url("role_change", "Hearsay"), recognised="on")

    assert Role.objects.get(name="Hearsay").recognised
    ((*_, changes),) = entries()
    assert changes == {"role": "Hearsay", "recognised": [False, True]}


def test_a_save_that_changes_nothing_is_no_edit(admin_client: Client) -> None:
    Role.objects.create(name="Idle")

    save(admin_client, url("role_change", "Idle"), recognised="on")

    assert entries() == []


def test_the_name_cannot_be_changed(admin_client: Client) -> None:
    Role.objects.create(name="Idle")

    save(admin_client, url("role_change", "Idle"), name="Busy", recognised="on")

    assert Role.objects.filter(name="Idle").exists()
    assert not Role.objects.filter(name="Busy").exists()


def test_a_deleted_role_is_audited(admin_client: Client) -> None:
    save(admin_client, url("role_delete", "EPR Service Adapter"), post="yes")

    assert not Role.objects.filter(name="EPR Service Adapter").exists()
    ((*_, action, _, changes),) = entries()
    assert action == "role.deleted"
    assert changes == {
        "role": "EPR Service Adapter",
        "recognised": [True, None],
        "permissions": {
            "added": [],
            "removed": ["read:hl7_message", "write:hl7_message"],
        },
    }


def test_roles_deleted_together_are_audited_each(admin_client: Client) -> None:
    Role.objects.bulk_create([Role(name="One"), Role(name="Two")])

    save(
        admin_client,
        url("role_changelist"),
        action="delete_selected",
        _selected_action=["One", "Two"],
        post="yes",
    )

    assert not Role.objects.filter(name__in=["One", "Two"]).exists()
    assert [(each[2], each[4]["role"]) for each in entries()] == [
        ("role.deleted", "One"),
        ("role.deleted", "Two"),
    ]


@pytest.mark.parametrize("page", ["role_delete", "role_changelist"])
def test_a_role_that_a_clinician_has_cannot_be_deleted(
    admin_client: Client, page: str
) -> None:
    name = "EPR Service Adapter"
    clinician = Clinician.objects.create(created_by="unknown", modified_by="unknown")
    clinician.roles.add(Role.objects.get(name=name))
    arguments = [name] if page == "role_delete" else []

    answer = admin_client.post(
        url(page, *arguments),
        {"action": "delete_selected", "_selected_action": [name], "post": "yes"},
    )

    assert answer.status_code == 200
    assert Role.objects.filter(name=name).exists()
    assert entries() == []


def test_the_list_counts_permissions_in_a_constant_number_of_statements(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    Role.objects.bulk_create(Role(name=f"role {n}") for n in range(50))

    with django_assert_max_num_queries(8):
        answer = admin_client.get(url("role_changelist"))

    counts = {row.name: row.permission_count for row in answer.context["cl"].queryset}
    assert counts["EPR Service Adapter"] == 2
    assert counts["role 7"] == 0
    assert '<td class="field-permission_count">2</td>' in answer.content.decode()


def test_roles_are_found_by_name(admin_client: Client) -> None:
    answer = admin_client.get(url("role_changelist"), {"q": "adapter"})

    names = [row.name for row in answer.context["cl"].queryset]
    assert names == ["EPR Service Adapter"]


def test_a_permission_can_be_added(admin_client: Client) -> None:
    save(admin_client, url("permission_add"), name="read:new")

    assert Permission.objects.filter(name="read:new").exists()
    ((*_, action, about, changes),) = entries()
    assert (action, about) == ("permission.created", None)
    assert changes == {"permission": "read:new"}


def test_a_permission_can_be_neither_changed_nor_deleted(admin_client: Client) -> None:
    change = url("permission_change", "read:hl7_message")
    delete = url("permission_delete", "read:hl7_message")

    assert admin_client.post(change, {"name": "x"}).status_code == 403
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403
    assert Permission.objects.filter(name="read:hl7_message").exists()
    assert not Permission.objects.filter(name="x").exists()
