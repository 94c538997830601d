"""Choosing clinicians in the admin's list, and an action."""

from typing import Any

from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from clinicians.models import Clinician
from clinicians.testing import settled
from roles.models import Role

LIST = "admin:clinicians_clinician_changelist"
OLD = "Ward Sister"
ACTIONS: dict[str, dict[str, str]] = {
    "activate": {},
    "deactivate": {},
    "unlock": {},
    "end_contract": {"end": "2031-01-31"},
    "add_role": {"role": "SEND Clinician"},
    "remove_role": {"role": "GDM Clinician"},
    "map_role": {"old": OLD, "new": "SEND Clinician"},
    "export_csv": {},
}


def two() -> None:
    """Store Ada, who is active, and Bo, who is not."""
    Role.objects.create(name=OLD, recognised=False)
    settled(uuid="bo", first_name="Bo", last_name="", login_active=False)
    settled(uuid="ada")


def chosen(
    client: Client, action: str, ids: Any = ("ada", "bo"), query: str = "", **form: Any
) -> Any:
    """Choose clinicians in the list, and an action."""
    data = {"action": action, "_selected_action": list(ids), **form}
    return client.post(reverse(LIST) + query, data)


def confirmed(
    client: Client, action: str, ids: Any = ("ada", "bo"), **form: Any
) -> Any:
    """Choose them, and confirm it."""
    return chosen(client, action, ids, confirmed="yes", **form)


def said(answer: Any) -> list[str]:
    """Return the messages of an action that leads back to the list."""
    assert answer.status_code == 302, answer.content.decode()
    return [str(each) for each in get_messages(answer.wsgi_request)]


def active() -> dict[str, bool]:
    """Return who is active."""
    return dict(Clinician.objects.values_list("pk", "login_active"))
