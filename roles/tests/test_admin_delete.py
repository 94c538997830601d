"""Roles go when staff delete them, unless clinicians have them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinicians.testing import created, forget_the_trail, recorded
from clinicians.tests.pages import Form, fields_of
from roles.admin.saving import delete_roles
from roles.callers import Caller
from roles.models import Permission, Role

pytestmark = pytest.mark.django_db

LIST = reverse("admin:roles_role_changelist")
ADAPTER = "Lab Adapter"


@pytest.fixture(autouse=True)
def _adapter(db: None) -> None:
    """Store a role that is none of the platform's."""
    role = Role.objects.create(name=ADAPTER)
    names = ("read:hl7_message", "write:hl7_message")
    role.permissions.set(Permission.objects.filter(pk__in=names))


KEPT_BOTH = (
    "2 roles kept: clinicians have them, or the platform's services count on them."
)


def page_of(name: str) -> str:
    return reverse("admin:roles_role_delete", args=[name])


def chosen(client: Client, *names: str) -> Any:
    data = {"action": "delete_roles", "_selected_action": names}
    answer = client.post(LIST, data)
    assert answer.status_code == 200
    return answer


def confirmed(client: Client, answer: Any) -> list[str]:
    answer = client.post(LIST, fields_of(answer.text, "confirm_form"), follow=True)
    return [str(message) for message in answer.context["messages"]]


def names() -> set[str]:
    return set(Role.objects.values_list("name", flat=True))


def test_a_deleted_role_is_audited(admin_client: Client) -> None:
    form = Form(admin_client, page_of(ADAPTER))

    answer = form.send()

    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert ADAPTER not in names()
    removed = ["read:hl7_message", "write:hl7_message"]
    changes = {
        "role": ADAPTER,
        "recognised": [True, None],
        "permissions": {"added": [], "removed": removed},
    }
    assert recorded() == [("role.deleted", None, changes)]
    assert Permission.objects.filter(pk__in=removed).count() == 2


def test_a_role_that_a_clinician_has_stays(admin_client: Client) -> None:
    created(groups=[ADAPTER], last_name="Fernweh")
    forget_the_trail()

    for answer in (
        admin_client.get(page_of(ADAPTER)),
        admin_client.post(page_of(ADAPTER), {"post": "yes"}),
    ):
        assert answer.status_code == 200
        assert f"<h1>Delete the role {ADAPTER}</h1>" in answer.text
        people = "/admin/clinicians/clinician/?role=Lab+Adapter"
        assert f'<a href="{people}">1 clinician</a> has the role {ADAPTER}.' in (
            answer.text
        )
        assert "Fernweh" not in answer.text
    assert ADAPTER in names()
    assert recorded() == []


def test_the_number_of_those_who_have_it_is_told(admin_client: Client) -> None:
    for _ in range(2):
        created(groups=[ADAPTER])

    page = admin_client.get(page_of(ADAPTER)).text

    assert f">2 clinicians</a> have the role {ADAPTER}." in page


def test_roles_deleted_together_are_audited_each(admin_client: Client) -> None:
    Role.objects.bulk_create([Role(name="One"), Role(name="Two", recognised=False)])

    page = chosen(admin_client, "One", "Two")

    assert "<h1>Delete 2 roles</h1>" in page.text
    assert {"One", "Two"} <= names()
    assert confirmed(admin_client, page) == ["2 roles deleted."]
    assert not {"One", "Two"} & names()
    assert recorded() == [
        ("role.deleted", None, {"role": "One", "recognised": [True, None]}),
        ("role.deleted", None, {"role": "Two", "recognised": [False, None]}),
    ]


def test_of_those_deleted_together_some_stay(admin_client: Client) -> None:
    Role.objects.create(name="One")
    created(groups=[ADAPTER])
    forget_the_trail()

    page = chosen(admin_client, "One", ADAPTER)

    assert (
        f"<li><bdi>{ADAPTER}, which 1 clinician has</bdi></li><li><bdi>One</bdi></li>"
        in page.text
    )
    assert confirmed(admin_client, page) == [
        "1 role deleted.",
        "1 role kept: clinicians have it, or the platform's services count on it.",
    ]
    assert ADAPTER in names()
    assert [(action, changes["role"]) for action, _, changes in recorded()] == [
        ("role.deleted", "One")
    ]


def test_all_may_stay(admin_client: Client) -> None:
    for name in (ADAPTER, "System", "System"):
        created(groups=[name])

    page = chosen(admin_client, ADAPTER, "System")

    assert "<li><bdi>System, which 2 clinicians have</bdi></li>" in page.text
    assert confirmed(admin_client, page) == [KEPT_BOTH]
    assert {ADAPTER, "System"} <= names()


def test_a_role_that_is_gone_is_none_to_delete() -> None:
    assert delete_roles(actor=Caller(), names=["Never"]) == []
    assert recorded() == []


def test_djangos_way_to_delete_is_not_offered(admin_client: Client) -> None:
    assert "delete_selected" not in admin_client.get(LIST).text


def test_role_of_the_platform_cannot_be_deleted_and_the_page_says_why(
    admin_client: Client,
) -> None:
    for answer in (
        admin_client.get(page_of("System")),
        admin_client.post(page_of("System"), {"post": "yes"}),
    ):
        assert "System is a role of the platform." in answer.text
    page = chosen(admin_client, "System", "DEA Collector")
    assert confirmed(admin_client, page) == [KEPT_BOTH]
    assert {"System", "DEA Collector"} <= names()
    assert recorded() == []
