"""Staff look at stored messages, and have delivered ones sent again."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clinicians.testing import nothing_written, recorded, settled
from clinicians.tests.pages import fields_of, page_of, staff
from users_service.admin.events import SEND_AGAIN
from users_service.journal import outbox
from users_service.journal.models import OutboxMessage

pytestmark = pytest.mark.django_db

LIST = "admin:journal_outboxmessage_changelist"
RESENT = ("events.resent", None, {"messages": {"resent": 1}})


@pytest.fixture(autouse=True)
def _messages() -> None:
    """Ada's is delivered, that of somebody gone waits, and so does a login's."""
    settled(uuid="ada")
    outbox.announce(routing_key=outbox.UPDATED, body='{"x": 1}', clinician_id="ada")
    OutboxMessage.objects.update(delivered=timezone.now())
    outbox.announce(routing_key=outbox.CREATED, body='{"x": 2}', clinician_id="gone")
    OutboxMessage.objects.filter(delivered=None).update(failures=2)
    outbox.announce(routing_key=outbox.AUDIT, body='{"x": 3}', clinician_id=None)


def page(client: Client, **query: str) -> str:
    answer = client.get(reverse(LIST), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def kinds(client: Client, **query: str) -> list[str]:
    answer = client.get(reverse(LIST), query)
    rows = answer.context["cl"].result_list
    return [outbox.KINDS[row.routing_key] for row in rows]


def act(client: Client, keys: Any, **form: str) -> Any:
    data = {"action": "send_again", "_selected_action": list(keys), **form}
    return client.post(reverse(LIST), data)


def said(answer: Any) -> list[str]:
    assert answer.status_code == 302, answer.content.decode()
    return [str(each) for each in get_messages(answer.wsgi_request)]


def keys() -> list[int]:
    return list(OutboxMessage.objects.order_by("pk").values_list("pk", flat=True))


def waiting() -> list[bool]:
    rows = OutboxMessage.objects.order_by("pk")
    return [row.delivered is None for row in rows]


def fail_the_created_one() -> int:
    chosen = OutboxMessage.objects.get(routing_key=outbox.CREATED)
    OutboxMessage.objects.filter(pk=chosen.pk).update(
        channel_errors=3, error="406 message size 1 is larger than <b>"
    )
    return int(chosen.pk)


def test_failed_message_is_shown_with_its_reason_and_found_by_its_state() -> None:
    failed = fail_the_created_one()
    client = staff("Viewers")
    shown = page(client, state="failed")
    assert '<span class="badge bad">Failed</span> 406 message size 1' in shown
    assert "larger than &lt;b&gt;" in shown
    assert kinds(client, state="failed") == ["Clinician created"]
    assert failed in [row.pk for row in OutboxMessage.objects.undelivered()]


def test_failed_message_is_set_aside_after_confirmation() -> None:
    failed = fail_the_created_one()
    client = staff("Administrators")

    asked = act(client, keys(), action="set_aside")
    assert "Set 1 message aside" in asked.content.decode()
    answer = act(client, keys(), action="set_aside", confirmed="yes")

    assert said(answer) == ["1 message was set aside."]
    assert kinds(client, state="set_aside") == ["Clinician created"]
    assert kinds(client, state="failed") == []
    act(client, [failed], confirmed="yes")
    again = OutboxMessage.objects.get(pk=failed)
    assert (again.set_aside, again.channel_errors, again.error) == (None, 0, "")


def test_message_that_has_not_failed_is_not_set_aside() -> None:
    answer = act(staff("Administrators"), keys(), action="set_aside", confirmed="yes")
    assert said(answer) == ["Nothing was done: none of the chosen messages has failed."]


@pytest.mark.parametrize("group", ["Viewers", "Support"])
def test_only_who_may_send_again_sets_aside(group: str) -> None:
    failed = fail_the_created_one()
    with nothing_written():
        act(staff(group), [failed], action="set_aside", confirmed="yes")


@pytest.mark.parametrize("group", ["Viewers", "Support", "Administrators"])
def test_the_list_tells_in_words(group: str) -> None:
    shown = page(staff(group))

    for words in (
        "Clinician changed",
        "Clinician created",
        "Login or activation",
        f'<a href="{page_of("ada")}"><bdi>Ada Invented</bdi></a>',
        '<td class="field-about">gone</td>',
        '<td class="field-about">—</td>',
        '<span class="badge warn">Waiting, failed 2 times</span>',
        '<span class="badge quiet">Waiting</span>',
    ):
        assert words in shown
    assert "&quot;x&quot;" not in shown
    assert '"x"' not in shown


def test_one_failure_is_told(admin_client: Client) -> None:
    OutboxMessage.objects.filter(failures=2).update(failures=1)

    assert "Waiting, failed once" in page(admin_client)


def test_an_unknown_kind_is_told_by_its_key(admin_client: Client) -> None:
    OutboxMessage.objects.update(routing_key="dhos.OTHER")

    assert page(admin_client).count("dhos.OTHER</a>") == 3


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Login or activation", "Clinician created", "Clinician changed"]),
        ({"state": "waiting"}, ["Login or activation", "Clinician created"]),
        ({"state": "delivered"}, ["Clinician changed"]),
        (
            {"state": "odd"},
            ["Login or activation", "Clinician created", "Clinician changed"],
        ),
        ({"routing_key": outbox.CREATED}, ["Clinician created"]),
        ({"q": "ada"}, ["Clinician changed"]),
        ({"q": "ad"}, []),
    ],
)
def test_the_list_is_narrowed_down(
    admin_client: Client, query: dict[str, str], found: list[str]
) -> None:
    assert kinds(admin_client, **query) == found


def test_a_message_is_found_by_its_correlation_id(admin_client: Client) -> None:
    OutboxMessage.objects.filter(clinician_id="ada").update(correlation_id="abc-1")

    assert kinds(admin_client, q="abc-1") == ["Clinician changed"]
    assert kinds(admin_client, q="abc") == []


def test_more_messages_are_no_more_statements(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        uuid = f"c{number}"
        outbox.announce(routing_key=outbox.UPDATED, body="{}", clinician_id=uuid)

    with django_assert_max_num_queries(8):
        page(admin_client)


def test_sending_again_is_confirmed(admin_client: Client) -> None:
    with nothing_written():
        answer = act(admin_client, keys())
    shown = answer.content.decode()
    assert 'value="Yes, send 1 again"' in shown
    assert "<li><bdi>Clinician changed, " in shown
    assert "&quot;x&quot;" not in shown

    answer = admin_client.post(reverse(LIST), fields_of(shown, "confirm_form"))

    assert said(answer) == ["1 message goes out again."]
    assert waiting() == [True, True, True]
    assert recorded() == [RESENT]
    failed = OutboxMessage.objects.order_by("pk").values_list("failures", flat=True)
    assert list(failed) == [0, 2, 0]


def test_several_are_told_by_their_number(admin_client: Client) -> None:
    OutboxMessage.objects.update(delivered=timezone.now())

    answer = act(admin_client, keys(), confirmed="yes")

    assert said(answer) == ["3 messages go out again."]


def test_waiting_ones_are_not_counted(admin_client: Client) -> None:
    with nothing_written():
        answer = act(admin_client, keys()[1:], confirmed="yes")

    assert said(answer) == [SEND_AGAIN.nobody]


@pytest.mark.parametrize("forged", ["abc", "9" * 30, "\0", ""])
def test_a_forged_choice_gets_a_message(admin_client: Client, forged: str) -> None:
    with nothing_written():
        answer = act(admin_client, [forged], confirmed="yes")

    assert said(answer) == [
        "Nothing was done: none of the chosen ones is there any more."
    ]


@pytest.mark.parametrize("group", ["Viewers", "Support"])
def test_others_send_nothing_again(group: str) -> None:
    client = staff(group)
    assert 'value="send_again"' not in page(client)

    with nothing_written():
        act(client, keys(), confirmed="yes")


def test_administrators_send_again() -> None:
    client = staff("Administrators")
    assert 'value="send_again"' in page(client)

    assert said(act(client, keys(), confirmed="yes")) == ["1 message goes out again."]


@pytest.mark.parametrize("model", ["outboxmessage", "auditentry"])
def test_what_is_not_shown_cannot_be_asked_for(
    admin_client: Client, model: str
) -> None:
    path = reverse(f"admin:journal_{model}_changelist")
    for lookup in ("body__contains", "request_id__startswith", "created"):
        assert admin_client.get(path, {lookup: "a"}).status_code == 400
    since = "2030-01-31 00:00:00+00:00"
    assert admin_client.get(path, {"created__gte": since}).status_code == 200
