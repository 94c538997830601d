"""Staff read the audit trail in the admin, and cannot change a word of it."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from clinicians.testing import created, forget_the_trail
from clinicians.tests.pages import page_of, staff
from roles.callers import Caller
from users_service.journal.audit import record
from users_service.journal.models import AuditEntry

pytestmark = pytest.mark.django_db

ROBOT = Caller(id="dhos-robot", kind="system")
LIST = reverse("admin:journal_auditentry_changelist")


@pytest.fixture(autouse=True)
def _something_happened() -> None:
    record(
        actor=ROBOT,
        action="clinician.changed",
        clinician_id="A1",
        changes={"job_title": [None, "<b>midwife</b>"], "locations": {"added": ["w"]}},
    )
    record(actor=ROBOT, action="store.emptied", clinician_id=None, changes={})


def url(view: str, *arguments: Any) -> str:
    return reverse(f"admin:journal_auditentry_{view}", args=arguments)


def first() -> int:
    return int(AuditEntry.objects.earliest("id").pk)


def listed(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return [row.action for row in answer.context["cl"].result_list]


def test_entries_are_told_the_latest_first(admin_client: Client) -> None:
    answer = admin_client.get(LIST)

    assert listed(answer) == ["store.emptied", "clinician.changed"]
    page = answer.content.decode()
    assert "<div>The store was emptied</div>" in page
    assert "<div>Job title set to &lt;b&gt;midwife&lt;/b&gt;</div>" in page
    assert "the system dhos-robot" in page
    assert page.count("UTC") == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"action": "store.emptied"}, ["store.emptied"]),
        ({"action": "odd"}, []),
        ({"actor_kind": "clinician"}, []),
        ({"actor_kind": "system"}, ["store.emptied", "clinician.changed"]),
        ({"q": "A1"}, ["clinician.changed"]),
        ({"q": " A1 "}, ["clinician.changed"]),
        ({"q": " "}, ["store.emptied", "clinician.changed"]),
        ({"q": "A"}, []),
        ({"q": "dhos-robot"}, ["store.emptied", "clinician.changed"]),
    ],
)
def test_entries_are_narrowed_down(
    admin_client: Client, query: dict[str, str], found: list[str]
) -> None:
    assert listed(admin_client.get(LIST, query)) == found


@pytest.mark.parametrize("term", ["A1", "Ada@Example.com", "700"])
def test_a_clinician_is_searched_for_and_linked(
    admin_client: Client, term: str
) -> None:
    created(
        uuid="A1",
        first_name="Ada",
        last_name="Fernweh",
        email_address="ada@example.com",
        send_entry_identifier="700",
    )

    answer = admin_client.get(LIST, {"q": term})

    assert listed(answer) == ["clinician.created", "clinician.changed"]
    assert f'<a href="{page_of("A1")}">Ada Fernweh</a>' in answer.content.decode()


def test_a_member_of_staff_is_searched_for_by_username(admin_client: Client) -> None:
    key = User.objects.create_user("jo", first_name="Jo", last_name="Bell").pk
    jo = Caller(id=f"staff:{key}", kind="staff")
    record(actor=jo, action="password.changed", clinician_id="A1", changes={})

    answer = admin_client.get(LIST, {"q": "jo"})

    assert listed(answer) == ["password.changed"]
    assert "Jo Bell" in answer.content.decode()


def test_a_longer_list_takes_no_more_statements(
    admin_client: Client, django_assert_num_queries: Any
) -> None:
    created(uuid="A1")
    forget_the_trail()
    for number in range(3):
        who = Caller(id=f"c{number}", kind="clinician")
        record(actor=who, action="login.failed", clinician_id="A1", changes={})
    admin_client.get(LIST)

    # Session, staff and their second factor, the count, the entries, who did it, whom
    # they are about.
    with django_assert_num_queries(7):
        assert len(listed(admin_client.get(LIST))) == 3


def test_an_entry_shows_old_and_new(admin_client: Client) -> None:
    page = admin_client.get(url("change", first())).content.decode()

    assert "View audit entry" in page
    assert (
        '<tr><th scope="row">Job title</th><td>nothing</td>'
        "<td>&lt;b&gt;midwife&lt;/b&gt;</td></tr>"
        '<tr><th scope="row">Locations</th><td></td><td>w</td></tr>'
    ) in page


def test_an_entry_that_holds_no_changes_shows_no_table(admin_client: Client) -> None:
    key = AuditEntry.objects.latest("id").pk
    page = admin_client.get(url("change", key)).content.decode()

    assert "The store was emptied" in page
    assert "Before" not in page


def test_an_entry_that_is_not_there_leads_away(admin_client: Client) -> None:
    assert admin_client.get(url("change", 10**9)).status_code == 302


def test_nobody_adds_changes_or_deletes(admin_client: Client) -> None:
    key = first()
    before = AuditEntry.objects.count()

    assert admin_client.get(url("add")).status_code == 403
    assert admin_client.post(url("add"), {}).status_code == 403
    assert admin_client.post(url("change", key), {}).status_code == 403
    assert admin_client.post(url("delete", key), {"post": 1}).status_code == 403
    form = {"action": "delete_selected", "_selected_action": [key], "post": "yes"}
    admin_client.post(LIST, form)
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("group", ["Viewers", "Support", "Administrators"])
def test_every_staff_group_may_look(group: str) -> None:
    client = staff(group)

    assert client.get(LIST).status_code == 200
    assert client.get(url("change", first())).status_code == 200


def test_staff_without_the_permission_may_not() -> None:
    client = staff()

    assert client.get(LIST).status_code == 403
    assert client.get(url("change", first())).status_code == 403
