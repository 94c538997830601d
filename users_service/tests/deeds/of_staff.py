"""Staff in the admin."""

from typing import Any

from django.test import Client
from django.urls import reverse

from clinicians.tests.pages import Form
from roles.models import Permission, Role
from users_service.tests.deeds.table import Entry, deed


def admin_url(view: str, *arguments: str) -> str:
    return reverse(f"admin:roles_{view}", args=arguments)


@deed("admin: add roles.Role")
def _add_role(staff: Client, actor: str) -> list[Entry]:
    form = Form(staff, admin_url("role_add"), "role_form")
    ran(form.send(name="Own", permissions=["read:gdm_csv"]))
    changes = {
        "role": "Own",
        "recognised": [None, True],
        "permissions": {"added": ["read:gdm_csv"], "removed": []},
    }
    return [Entry(actor, "staff", "role.created", None, changes)]


def own_role() -> None:
    permission = Permission.objects.get(name="read:gdm_csv")
    Role.objects.create(name="Own").permissions.add(permission)


@deed("admin: change roles.Role")
def _change_role(staff: Client, actor: str) -> list[Entry]:
    own_role()
    form = Form(staff, admin_url("role_change", "Own"), "role_form")
    ran(form.send(recognised=None, permissions=["read:hl7_message"]))
    changes = {
        "role": "Own",
        "recognised": [True, False],
        "permissions": {"added": ["read:hl7_message"], "removed": ["read:gdm_csv"]},
    }
    return [Entry(actor, "staff", "role.changed", None, changes)]


GONE = {
    "role": "Own",
    "recognised": [True, None],
    "permissions": {"added": [], "removed": ["read:gdm_csv"]},
}


@deed("admin: delete roles.Role")
def _delete_role(staff: Client, actor: str) -> list[Entry]:
    own_role()
    ran(staff.post(admin_url("role_delete", "Own"), {"post": "yes"}))
    return [Entry(actor, "staff", "role.deleted", None, GONE)]


@deed("admin: delete_roles roles.Role")
def _delete_roles(staff: Client, actor: str) -> list[Entry]:
    own_role()
    form = {"action": "delete_roles", "_selected_action": ["Own"], "confirmed": "yes"}
    ran(staff.post(admin_url("role_changelist"), form))
    return [Entry(actor, "staff", "role.deleted", None, GONE)]


@deed("admin: add roles.Permission")
def _add_permission(staff: Client, actor: str) -> list[Entry]:
    ran(staff.post(admin_url("permission_add"), {"name": "read:new"}))
    changes = {"permission": "read:new"}
    return [Entry(actor, "staff", "permission.created", None, changes)]


def ran(answer: Any) -> None:
    """Check that the admin has done it."""
    assert answer.status_code == 302, answer.content
