"""Staff accounts get passwords, are locked out and let in again."""

from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from clinicians.testing import recorded
from clinicians.tests.pages import staff
from users_service.admin.staff import deeds
from users_service.tests.accounts import (
    LIMIT,
    LIST,
    PASSWORD,
    TOOLS,
    TYPED,
    account,
    added,
    edited,
    logs_in,
    nothing_changed,
    number_of,
    path_of,
    shown_password,
    text_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]


def test_whoever_is_deactivated_is_out_at_once() -> None:
    bo, browser = account("bo", "Viewers"), Client()
    assert logs_in("bo", PASSWORD, browser)
    assert browser.get("/admin/").status_code == 200

    edited(staff("Administrators"), bo, is_active=None)

    assert browser.get("/admin/").status_code == 302
    assert not logs_in("bo", PASSWORD)


def test_a_new_password_ends_sessions_and_the_old_password() -> None:
    bo, browser = account("bo", "Viewers"), Client()
    assert logs_in("bo", PASSWORD, browser)

    client = staff("Administrators")
    answer = client.post(path_of(bo, "password"), {"kind": "made"})

    assert browser.get("/admin/").status_code == 302
    assert client.get("/admin/").status_code == 200
    assert not logs_in("bo", PASSWORD)
    assert logs_in("bo", shown_password(answer))


def test_a_new_password_is_typed() -> None:
    bo, client = account(), staff("Administrators")
    form = {"kind": "typed", "typed": TYPED}
    assert shown_password(client.post(path_of(bo, "password"), form)) == TYPED
    assert logs_in("bo", TYPED)
    assert TYPED not in str(recorded())


@pytest.mark.parametrize("typed", ["short", "", "123456789012345", "bo.bell.bo.b"])
def test_a_weak_password_is_refused(typed: str) -> None:
    bo, client = account(last_name="bo.bell.bo.b"), staff("Administrators")
    with nothing_changed():
        answer = client.post(path_of(bo, "password"), {"kind": "typed", "typed": typed})
    assert list(answer.context["form"].errors) == ["typed"]
    assert logs_in("bo", PASSWORD)


def test_the_own_password_is_changed_where_the_old_one_is_asked_for() -> None:
    client = staff("Administrators")
    own = User.objects.get()
    with nothing_changed():
        answer = client.post(path_of(own, "password"), {"kind": "made"})
    assert answer["Location"] == "/admin/password_change/"


def test_a_locked_account_is_unlocked() -> None:
    bo, client = account(), staff("Administrators")
    for _ in range(LIMIT):
        logs_in("bo", "wrong")
    assert not logs_in("bo", PASSWORD)
    assert "Unlock the login" in text_of(client, path_of(bo))

    assert client.post(path_of(bo, "unlock"))["Location"] == path_of(bo)

    page = text_of(client, path_of(bo))
    assert "The account bo was unlocked." in page
    assert "Unlock the login" not in page
    assert logs_in("bo", PASSWORD)


def test_unlocking_who_is_not_locked_says_so() -> None:
    bo, client = account(), staff("Administrators")
    with nothing_changed():
        client.post(path_of(bo, "unlock"))
    assert "The account bo was not locked." in text_of(client, path_of(bo))
    assert client.get(path_of(bo, "unlock")).status_code == 405


def test_a_second_factor_is_reset_once_that_is_confirmed() -> None:
    bo, client = account(), staff("Administrators")
    TOTPDevice.objects.create(user=bo)
    assert path_of(bo, "second_factor") in text_of(client, path_of(bo))
    assert 'method="post"' in text_of(client, path_of(bo, "second_factor"))
    assert TOTPDevice.objects.exists()

    answer = client.post(path_of(bo, "second_factor"))

    assert answer["Location"] == path_of(bo)
    assert not TOTPDevice.objects.exists()
    page = text_of(client, path_of(bo))
    assert "The second factor of bo was reset." in page
    assert path_of(bo, "second_factor") not in page


def test_resetting_what_is_not_set_up_says_so() -> None:
    bo, client = account(), staff("Administrators")
    with nothing_changed():
        client.post(path_of(bo, "second_factor"))
    assert "The second factor of bo was not set up." in text_of(client, path_of(bo))


@pytest.mark.parametrize("page", ["history", *TOOLS])
@pytest.mark.parametrize("key", ["0", "nobody", "9" * 30])
def test_nobody_of_that_number_leads_back_to_the_list(page: str, key: str) -> None:
    client = staff("Administrators")
    path = reverse(f"admin:auth_user_{page}", args=[key])
    assert client.post(path, {"kind": "made"})["Location"] == LIST
    assert "There is no such account." in text_of(client, LIST)


def test_the_trail_of_an_account_is_what_it_did() -> None:
    answer = staff("Administrators").get(path_of(account("bo+1"), "history"))
    assert answer["Location"] == "/admin/journal/auditentry/?q=bo%2B1"


def test_the_trail_tells_what_was_done_to_accounts() -> None:
    client = staff("Administrators")
    added(client, last_name="Bell", groups=[number_of("Support")])
    client.post(path_of(User.objects.get(username="bo"), "password"), {"kind": "made"})
    page = text_of(client, "/admin/journal/auditentry/")
    for sentence in ("Staff account created", "Username: bo", "Support added"):
        assert sentence in page
    assert "Password of a staff account changed" in page


@pytest.mark.parametrize("tool", [*TOOLS, "change"])
def test_what_cannot_be_recorded_is_not_done(
    tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bo, client = account(), staff("Administrators")
    TOTPDevice.objects.create(user=bo)
    logs_in("bo", "wrong")
    client.raise_request_exception = False
    monkeypatch.setattr(deeds, "record", Mock(side_effect=OSError))
    with nothing_changed():
        fields = {"kind": "made", "first_name": "Bo"}
        assert client.post(path_of(bo, tool), fields).status_code == 500
