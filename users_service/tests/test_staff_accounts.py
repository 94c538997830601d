"""Who meets the pages of staff accounts, and what the list shows."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_otp.plugins.otp_totp.models import TOTPDevice

from clinicians.tests.pages import staff
from users_service.tests.accounts import (
    ADD,
    LIMIT,
    LIST,
    PASSWORD,
    TOOLS,
    account,
    logs_in,
    nothing_changed,
    path_of,
    text_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]


@pytest.mark.parametrize("group", ["Viewers", "Support"])
def test_other_groups_meet_no_page_of_accounts(group: str) -> None:
    bo, client = account(), staff(group)
    pages = [LIST, ADD, *(path_of(bo, page) for page in ("change", "history", *TOOLS))]
    for path in set(pages) - {path_of(bo, "unlock")}:
        assert client.get(path).status_code == 403, path
    with nothing_changed():
        for path in pages:
            assert client.post(path, {"kind": "made"}).status_code == 403, path
    assert "/admin/auth/" not in text_of(client, "/admin/")


def test_nobody_meets_them_without_a_login() -> None:
    bo = account()
    pages = [LIST, ADD, *(path_of(bo, page) for page in ("change", "history", *TOOLS))]
    with nothing_changed():
        for path in pages:
            for answer in (Client().get(path), Client().post(path, {"kind": "made"})):
                assert answer.status_code == 302
                assert answer["Location"].startswith("/admin/login/?next=")
    assert logs_in("bo", PASSWORD)


def test_administrators_are_led_there_from_the_overview() -> None:
    assert f'href="{LIST}"' in text_of(staff("Administrators"), "/admin/")


@pytest.mark.parametrize("page", ["group/", "group/add/"])
def test_groups_have_no_page(admin_client: Client, page: str) -> None:
    assert admin_client.get(f"/admin/auth/{page}").status_code == 404


def test_the_list_shows_groups_second_factor_and_state() -> None:
    client = staff("Administrators")
    bo = account("bo", "Viewers", "Support", first_name="Bo", last_name="<b>Bell")
    TOTPDevice.objects.create(user=bo)
    account("al", is_active=False)
    account("outsider", is_staff=False)
    for _ in range(LIMIT):
        logs_in("bo", "wrong")

    rows = client.get(LIST).context["cl"].result_list

    page = text_of(client, LIST)
    assert [row.username for row in rows] == ["al", "bo", "jane"]
    assert [row.has_second_factor for row in rows] == [False, True, False]
    assert [row.is_locked for row in rows] == [False, True, False]
    assert "Bo &lt;b&gt;Bell" in page
    for word in ("Active", "Inactive", "Locked"):
        assert f">{word}</span>" in page
    assert bo.password not in page


def test_the_list_takes_as_many_statements_for_many_as_for_one() -> None:
    client = staff("Administrators")
    numbers = []
    for names in ("b", "cdefg"):
        for name in names:
            account(name, "Viewers")
        with CaptureQueriesContext(
            connection,
        ) as statements:
            client.get(LIST)
        numbers.append(len(statements))
    assert numbers[0] == numbers[1]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=bell", ["bo"]),
        ("q=nobody", []),
        ("group=Support", ["bo"]),
        ("is_active__exact=0", ["al"]),
    ],
)
def test_accounts_are_found(query: str, names: list[str]) -> None:
    client = staff("Administrators")
    account("bo", "Support", last_name="Bell")
    account("al", "Viewers", is_active=False)
    rows = client.get(f"{LIST}?{query}").context["cl"].result_list
    assert [row.username for row in rows] == names


@pytest.mark.parametrize(
    "lookup", ["password__startswith", "groups__user__password__gt", "is_superuser"]
)
def test_the_list_tells_nothing_that_it_does_not_show(lookup: str) -> None:
    answer = staff("Administrators").get(f"{LIST}?{lookup}=a")
    assert answer.status_code == 400


def test_a_page_says_when_the_account_last_logged_in() -> None:
    client, bo = staff("Administrators"), account()
    assert ">Never<" in text_of(client, path_of(bo))
    bo.last_login = datetime(2026, 3, 1, 14, 2, tzinfo=UTC)
    bo.save()
    assert ">1 March 2026, 14:02<" in text_of(client, path_of(bo))
    assert "1 Mar 2026" in text_of(client, LIST)
