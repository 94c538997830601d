"""Staff read the journal in the admin, and cannot change a word of it."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from roles.callers import Caller
from users_service.journal import outbox
from users_service.journal.audit import record
from users_service.journal.models import AuditEntry, OutboxMessage

pytestmark = pytest.mark.django_db

PAGES = ["auditentry", "outboxmessage"]


@pytest.fixture(autouse=True)
def _something_happened() -> None:
    actor = Caller(id="dhos-robot", kind="system")
    record(
        actor=actor,
        action="clinician.changed",
        clinician_id="A1",
        changes={"job_title": [None, "midwife"]},
    )
    record(actor=actor, action="store.emptied", clinician_id=None, changes={})
    outbox.announce(routing_key=outbox.UPDATED, body='{"x": 1}', clinician_id="A1")
    outbox.announce(routing_key=outbox.AUDIT, body='{"x": 2}', clinician_id=None)


def url(model: str, view: str, *arguments: Any) -> str:
    return reverse(f"admin:journal_{model}_{view}", args=arguments)


def row_of(model: str) -> int:
    kind = AuditEntry if model == "auditentry" else OutboxMessage
    return int(kind.objects.earliest("id").pk)


def listed(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return [str(row).split()[0] for row in answer.context["cl"].result_list]


def staff(*groups: str) -> Client:
    user = User.objects.create_user("jane", is_staff=True)
    user.groups.set(Group.objects.filter(name__in=groups))
    client = Client()
    client.force_login(user)
    return client


def test_audit_entries_are_listed_the_latest_first(admin_client: Client) -> None:
    answer = admin_client.get(url("auditentry", "changelist"))

    assert listed(answer) == ["store.emptied", "clinician.changed"]


def test_messages_are_listed_the_latest_first(admin_client: Client) -> None:
    answer = admin_client.get(url("outboxmessage", "changelist"))

    assert listed(answer) == [outbox.AUDIT, outbox.UPDATED]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"action": "store.emptied"}, ["store.emptied"]),
        ({"actor_kind": "clinician"}, []),
        ({"q": "A1"}, ["clinician.changed"]),
        ({"q": "A"}, []),
        ({"q": "dhos-robot"}, ["store.emptied", "clinician.changed"]),
    ],
)
def test_audit_entries_are_narrowed_down(
    admin_client: Client, query: dict[str, str], found: list[str]
) -> None:
    assert listed(admin_client.get(url("auditentry", "changelist"), query)) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"routing_key": outbox.AUDIT}, [outbox.AUDIT]),
        ({"q": "A1"}, [outbox.UPDATED]),
    ],
)
def test_messages_are_narrowed_down(
    admin_client: Client, query: dict[str, str], found: list[str]
) -> None:
    assert listed(admin_client.get(url("outboxmessage", "changelist"), query)) == found


def test_an_entry_shows_what_changed(admin_client: Client) -> None:
    page = admin_client.get(url("auditentry", "change", row_of("auditentry")))

    assert "View audit entry" in page.content.decode()
    assert "{&quot;job_title&quot;: [null, &quot;midwife&quot;]}" in (
        page.content.decode()
    )


def test_a_message_shows_no_body(admin_client: Client) -> None:
    path = url("outboxmessage", "change", row_of("outboxmessage"))
    with CaptureQueriesContext(connection) as statements:
        page = admin_client.get(path)

    assert outbox.UPDATED in page.content.decode()
    assert "&quot;x&quot;" not in page.content.decode()
    read = [each["sql"] for each in statements if "outboxmessage" in each["sql"]]
    assert read
    assert not [sql for sql in read if '"body"' in sql]


@pytest.mark.parametrize("model", PAGES)
def test_nobody_adds_changes_or_deletes(admin_client: Client, model: str) -> None:
    key = row_of(model)
    before = (AuditEntry.objects.count(), OutboxMessage.objects.count())

    assert admin_client.get(url(model, "add")).status_code == 403
    assert admin_client.post(url(model, "add"), {}).status_code == 403
    assert admin_client.post(url(model, "change", key), {}).status_code == 403
    assert admin_client.post(url(model, "delete", key), {"post": 1}).status_code == 403
    form = {"action": "delete_selected", "_selected_action": [key], "post": "yes"}
    admin_client.post(url(model, "changelist"), form)
    assert (AuditEntry.objects.count(), OutboxMessage.objects.count()) == before


@pytest.mark.parametrize("model", PAGES)
@pytest.mark.parametrize("group", ["Viewers", "Support", "Administrators"])
def test_every_staff_group_may_look(model: str, group: str) -> None:
    client = staff(group)

    assert client.get(url(model, "changelist")).status_code == 200
    assert client.get(url(model, "change", row_of(model))).status_code == 200


@pytest.mark.parametrize("model", PAGES)
def test_staff_without_the_permission_may_not(model: str) -> None:
    client = staff()

    assert client.get(url(model, "changelist")).status_code == 403
    assert client.get(url(model, "change", row_of(model))).status_code == 403
