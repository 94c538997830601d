"""Staff edit roles in the admin; the audit trail says who changed what."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import Http404
from django.test import Client
from django.urls import reverse

from clinicians.testing import (
    Api,
    created,
    json_of,
    logged_in,
    set_password,
)
from clinicians.tests.pages import Form, fields_of
from roles.admin.form import RoleEdit
from roles.admin.saving import change_role
from roles.callers import Caller
from roles.models import Permission, Role
from users_service.journal.models import AuditEntry

pytestmark = pytest.mark.django_db

ADAPTER = "EPR Service Adapter"


def url(view: str, *arguments: str) -> str:
    return reverse(f"admin:roles_{view}", args=arguments)


def form_of(client: Client, name: str) -> Form:
    return Form(client, url("role_change", name), "role_form")


def send(form: Form, **changes: Any) -> None:
    answer = form.send(**changes)
    assert answer.status_code == 302, answer.context["errors"]


def entries() -> list[tuple[str, str, str, str | None, Any]]:
    return [
        (each.actor, each.actor_kind, each.action, each.clinician_id, each.changes)
        for each in AuditEntry.objects.order_by("pk")
    ]


def test_a_new_role_is_audited(admin_client: Client, admin_user: User) -> None:
    form = Form(admin_client, url("role_add"), "role_form")

    send(form, name="Auditor", permissions=["read:audit_event", "read:gdm_csv"])

    role = Role.objects.get(name="Auditor")
    assert role.recognised
    assert role.permissions.count() == 2
    changes = {
        "role": "Auditor",
        "recognised": [None, True],
        "permissions": {"added": ["read:audit_event", "read:gdm_csv"], "removed": []},
    }
    actor = f"staff:{admin_user.pk}"
    assert entries() == [(actor, "staff", "role.created", None, changes)]


def test_a_new_role_may_be_bare(admin_client: Client) -> None:
    form = Form(admin_client, url("role_add"), "role_form")

    send(form, name="Bare", recognised=None)

    assert not Role.objects.get(name="Bare").recognised
    ((*_, changes),) = entries()
    assert changes == {"role": "Bare", "recognised": [None, False]}


def test_a_name_is_taken_once(admin_client: Client) -> None:
    form = Form(admin_client, url("role_add"), "role_form")

    answer = form.send(name="GDM Clinician", permissions=["read:gdm_csv"])

    assert answer.status_code == 200
    assert "Role with this Name already exists." in answer.text
    again = fields_of(answer.text, "role_form")
    assert again["permissions"] == ["read:gdm_csv"]
    assert again["initial-permissions"] == [""]
    assert entries() == []


def test_changed_permissions_are_audited(
    admin_client: Client, admin_user: User
) -> None:
    form = form_of(admin_client, ADAPTER)

    send(form, permissions=["read:hl7_message", "read:audit_event"])

    changes = {
        "role": ADAPTER,
        "permissions": {
            "added": ["read:audit_event"],
            "removed": ["write:hl7_message"],
        },
    }
    actor = f"staff:{admin_user.pk}"
    assert entries() == [(actor, "staff", "role.changed", None, changes)]


def test_what_others_changed_meanwhile_stays(admin_client: Client) -> None:
    role = Role.objects.create(name="Busy")
    role.permissions.set(Permission.objects.filter(pk__in=["read:gdm_csv"]))
    form = form_of(admin_client, "Busy")
    meanwhile = ["read:gdm_sms", "read:gdm_pdf"]
    role.permissions.set(Permission.objects.filter(pk__in=meanwhile))
    Role.objects.filter(pk="Busy").update(recognised=False)

    # Of these the first is gone, and the last is there already.
    send(form, permissions=["read:gdm_csv", "read:gdm_rule", "read:gdm_pdf"])

    names = role.permissions.values_list("name", flat=True)
    assert sorted(names) == ["read:gdm_pdf", "read:gdm_rule", "read:gdm_sms"]
    role.refresh_from_db()
    assert not role.recognised
    ((*_, changes),) = entries()
    added = {"added": ["read:gdm_rule"], "removed": []}
    assert changes == {"role": "Busy", "permissions": added}


def test_what_somebody_else_removed_is_not_removed_again(admin_client: Client) -> None:
    form = form_of(admin_client, ADAPTER)
    Role.objects.get(pk=ADAPTER).permissions.remove(
        Permission.objects.get(pk="write:hl7_message")
    )

    send(form, permissions=["read:hl7_message"])

    assert entries() == []


def test_an_unknown_permission_is_refused(admin_client: Client) -> None:
    answer = form_of(admin_client, ADAPTER).send(permissions=["read:nothing"])

    assert answer.status_code == 200
    assert "read:nothing is not one of the available choices" in answer.text
    shown = fields_of(answer.text, "role_form")["initial-permissions"]
    assert shown == ["", "read:hl7_message", "write:hl7_message"]
    assert entries() == []


def test_recognising_a_role_is_audited(admin_client: Client) -> None:
    Role.objects.create(name="Hearsay", recognised=False)

    send(form_of(admin_client, "Hearsay"), recognised="on")

    assert Role.objects.get(name="Hearsay").recognised
    ((*_, changes),) = entries()
    assert changes == {"role": "Hearsay", "recognised": [False, True]}


def test_a_save_that_changes_nothing_is_no_edit(admin_client: Client) -> None:
    send(form_of(admin_client, ADAPTER))

    assert entries() == []


def test_a_role_that_is_gone_is_not_found() -> None:
    edit = RoleEdit(frozenset({"read:gdm_csv"}), frozenset(), recognised=None)

    with pytest.raises(Http404):
        change_role(actor=Caller(), name="Never", edit=edit)

    assert entries() == []


def test_the_name_cannot_be_changed(admin_client: Client) -> None:
    Role.objects.create(name="Idle")

    send(form_of(admin_client, "Idle"), name="Busy")

    assert Role.objects.filter(name="Idle").exists()
    assert not Role.objects.filter(name="Busy").exists()


def test_a_change_shows_in_roles_at_once_and_at_the_next_login(
    admin_client: Client,
) -> None:
    created(email_address="ada@example.org", groups=[ADAPTER])
    set_password("ada@example.org", "Correct horse 1")

    send(form_of(admin_client, ADAPTER), permissions=["read:gdm_csv"])

    assert json_of(Api().get("/dhos/v1/roles"))[ADAPTER] == ["read:gdm_csv"]
    login = json_of(logged_in("ada@example.org", "Correct horse 1"))
    assert login["permissions"] == ["read:gdm_csv"]
    assert "at the next login" in admin_client.get(url("role_change", ADAPTER)).text


def test_a_permission_can_be_added(admin_client: Client) -> None:
    send(Form(admin_client, url("permission_add"), "permission_form"), name="read:new")

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
