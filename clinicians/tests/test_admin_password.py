"""Staff set a temporary password, shown once, and unlock a login."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinicians import passwords
from clinicians.models import LoginGuard
from clinicians.testing import (
    logged_in,
    nothing_written,
    recorded,
    set_password,
    settled,
)
from clinicians.tests.pages import page_of, staff
from users_service.exceptions import Unavailable

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]

ADDRESS = "ada@example.com"


@pytest.fixture(autouse=True)
def _ada() -> None:
    settled(uuid="ada", email_address=ADDRESS)


def path_of(tool: str, clinician_id: str = "ada") -> str:
    return reverse(f"admin:clinicians_clinician_{tool}", args=[clinician_id])


def shown_password(answer: Any) -> str:
    assert answer.status_code == 200
    found = re.search(r'class="password-shown">([^<]+)<', answer.content.decode())
    assert found
    return found[1]


@pytest.mark.parametrize("group", ["Support", "Administrators"])
def test_a_password_is_made_up_shown_once_and_logs_in(group: str) -> None:
    client = staff(group)
    assert "made" in client.get(path_of("password")).content.decode()

    answer = client.post(path_of("password"), {"kind": "made"})

    password = shown_password(answer)
    assert re.fullmatch(r"([a-hjkmnp-z2-9]{4}-){3}[a-hjkmnp-z2-9]{4}", password)
    assert "no-store" in answer["Cache-Control"]
    assert logged_in(ADDRESS, password).status_code == 200
    assert recorded()[0] == ("password.changed", "ada", {"password": "changed"})
    for path in (page_of("ada"), path_of("password")):
        assert password not in client.get(path).content.decode()


def test_two_made_up_ones_differ(admin_client: Client) -> None:
    answers = [
        admin_client.post(path_of("password"), {"kind": "made"}) for _ in range(2)
    ]
    assert shown_password(answers[0]) != shown_password(answers[1])


def test_a_typed_password_is_taken_as_it_is(admin_client: Client) -> None:
    form = {"kind": "typed", "password": " spaced: <b>out</b> "}
    answer = admin_client.post(path_of("password"), form)
    assert shown_password(answer) == " spaced: &lt;b&gt;out&lt;/b&gt; "
    assert logged_in(ADDRESS, " spaced: <b>out</b> ").status_code == 200


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("", "This field may not be blank."),
        ("x" * 1025, "Ensure this field has no more than 1024 characters."),
    ],
)
def test_a_typed_password_has_to_meet_the_apis_rules(
    admin_client: Client, password: str, message: str
) -> None:
    with nothing_written():
        answer = admin_client.post(
            path_of("password"), {"kind": "typed", "password": password}
        )
    assert answer.context["form"].errors == {"password": [message]}


def test_a_clinician_without_an_address_gets_one_too(admin_client: Client) -> None:
    settled(uuid="bo", send_entry_identifier="B-7")
    answer = admin_client.post(path_of("password", "bo"), {"kind": "made"})
    assert logged_in("B-7", shown_password(answer)).status_code == 200


@pytest.mark.parametrize("unlocks", [True, False])
def test_it_unlocks_as_well_if_so_chosen(admin_client: Client, unlocks: bool) -> None:
    locked()
    form = {"kind": "typed", "password": "Correct horse 2"}
    answer = admin_client.post(
        path_of("password"), form | ({"unlock": "on"} if unlocks else {})
    )
    assert answer.status_code == 200
    status = 200 if unlocks else 403
    assert logged_in(ADDRESS, "Correct horse 2").status_code == status


def locked() -> None:
    set_password(ADDRESS, "Correct horse 1")
    for _ in range(10):
        assert logged_in(ADDRESS, "wrong").status_code == 403
    assert logged_in(ADDRESS, "Correct horse 1").status_code == 403


@pytest.mark.parametrize("group", ["Support", "Administrators"])
def test_a_login_is_unlocked(group: str) -> None:
    locked()
    client = staff(group)
    assert "after 10 failed logins" in client.get(page_of("ada")).content.decode()

    answer = client.post(path_of("unlock"))

    assert (answer.status_code, answer["Location"]) == (302, page_of("ada"))
    page = client.get(page_of("ada")).content.decode()
    assert "<bdi>Ada Invented</bdi> was unlocked." in page
    assert logged_in(ADDRESS, "Correct horse 1").status_code == 200
    assert ("clinician.unlocked", "ada", {"failures": [10, 0]}) in recorded()


def test_unlocking_who_is_not_locked_says_so(admin_client: Client) -> None:
    with nothing_written():
        admin_client.post(path_of("unlock"))
    page = admin_client.get(page_of("ada")).content.decode()
    assert "<bdi>Ada Invented</bdi> was not locked." in page


def test_a_look_does_not_unlock(admin_client: Client) -> None:
    assert admin_client.get(path_of("unlock")).status_code == 405


@pytest.mark.parametrize("tool", ["password", "unlock"])
def test_viewers_do_neither(tool: str) -> None:
    locked()
    client = staff("Viewers")
    before = LoginGuard.objects.get().failures
    with nothing_written():
        assert client.post(path_of(tool), {"kind": "made"}).status_code == 403
    assert LoginGuard.objects.get().failures == before
    assert client.get(path_of("password")).status_code == 403


@pytest.mark.parametrize("tool", ["password", "unlock"])
def test_nobody_of_that_id_leads_back_to_the_list(
    admin_client: Client, tool: str
) -> None:
    answer = admin_client.post(path_of(tool, "nobody"), {"kind": "made"})
    assert answer.status_code == 302
    assert answer["Location"] == "/admin/clinicians/clinician/"


def test_too_many_at_once_are_asked_to_wait(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_: str) -> str:
        raise Unavailable("Too many passwords are being checked", retry_after=1)

    monkeypatch.setattr(passwords, "make", busy)
    with nothing_written():
        answer = admin_client.post(path_of("password"), {"kind": "made"})
    assert answer.context["form"].non_field_errors() == [
        "Too many passwords are being checked. Try again in a moment."
    ]


def test_the_link_to_the_trail_names_the_clinician(admin_client: Client) -> None:
    answer = admin_client.get(path_of("history"))
    assert answer.status_code == 302
    assert answer["Location"] == "/admin/journal/auditentry/?q=ada"
