"""Staff set up the second factor: at the next login where it is required, or freely."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from users_service.second_factor import devices, pages
from users_service.tests.second_factor import (
    CODE,
    NOON,
    REFUSED,
    SET_UP,
    account,
    code_from,
    code_of,
    hex_of,
    is_in,
    key_shown,
    leads_to,
    logged_in,
    send,
    text_of,
    with_app,
    wrong_for,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]


@pytest.fixture(autouse=True)
def jane(db: None) -> User:
    return account()


@pytest.fixture
def _required(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True


def hex_key(answer: Any) -> str:
    return hex_of(key_shown(answer))


def set_up(client: Client) -> str:
    """Do what the page asks for; return the key, in hex."""
    key = hex_key(client.get(SET_UP))
    assert send(client, code_from(key), SET_UP).status_code == 302
    return key


@pytest.mark.usefixtures("_required")
def test_where_it_is_required_nothing_is_open_before_it_is_set_up() -> None:
    client = logged_in()
    for path in ("/admin/", "/admin/roles/role/", "/admin/password_change/", CODE):
        assert leads_to(client, path) == SET_UP
    answer = client.get(SET_UP)
    assert "no-store" in answer["Cache-Control"]
    for hidden in ('id="nav-sidebar"', "user-tools", "/admin/roles", "Not now"):
        assert hidden not in text_of(answer)
    set_up(client)
    assert is_in(client)


@pytest.mark.usefixtures("_required")
def test_it_leads_to_where_one_wanted_to_go() -> None:
    client = logged_in()
    shown = client.get("/admin/roles/role/", follow=True)
    query = shown.request["QUERY_STRING"]
    code = code_from(hex_key(shown))
    answer = send(client, code, f"{SET_UP}?{query}")
    assert answer["Location"] == "/admin/roles/role/"
    assert "The second factor is set up." in text_of(client.get("/admin/"))


@pytest.mark.usefixtures("_required")
def test_sessions_from_before_it_was_required_are_led_to_it(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False
    client = logged_in()
    assert is_in(client)
    settings.STAFF_SECOND_FACTOR = True
    assert leads_to(client) == SET_UP


def test_where_it_is_not_required_it_is_offered() -> None:
    client = logged_in()
    assert f'href="{SET_UP}"' in text_of(client.get("/admin/"))
    assert "Not now" in text_of(client.get(SET_UP))
    set_up(client)
    assert is_in(client)
    assert leads_to(logged_in()) == CODE


def test_the_key_is_stored_with_the_first_code(jane: User) -> None:
    client = logged_in()
    client.get(SET_UP)
    assert not TOTPDevice.objects.exists()
    key = set_up(client)
    device = TOTPDevice.objects.get()
    assert (device.key, device.user, device.confirmed) == (key, jane, True)


def test_the_code_that_set_it_up_does_not_log_in() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        key = set_up(logged_in())
        client = logged_in()
        assert REFUSED in text_of(send(client, code_from(key)))
        clock.shift(timedelta(seconds=30))
        assert send(client, code_from(key)).status_code == 302


def test_the_session_gets_another_key_of_its_own() -> None:
    client = logged_in()
    before = client.cookies["sessionid"].value
    set_up(client)
    assert client.cookies["sessionid"].value != before


def test_a_wrong_code_stores_nothing_and_shows_the_same_key(jane: User) -> None:
    client = logged_in()
    key = hex_key(client.get(SET_UP))
    answer = send(client, wrong_for(TOTPDevice(user=jane, key=key)), SET_UP)
    assert REFUSED in text_of(answer)
    assert hex_key(answer) == key
    assert not TOTPDevice.objects.exists()
    assert send(client, code_from(key), SET_UP).status_code == 302


def test_a_code_without_a_key_shown_stores_nothing() -> None:
    answer = send(logged_in(), "123456", SET_UP)
    assert REFUSED in text_of(answer)
    assert not TOTPDevice.objects.exists()


def test_what_is_scanned_holds_the_key_the_account_and_the_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts: list[str] = []
    drawn = pages.drawn

    def noted(text: str) -> tuple[int, str]:
        texts.append(text)
        return drawn(text)

    monkeypatch.setattr(pages, "drawn", noted)
    answer = logged_in().get(SET_UP)
    key = key_shown(answer).replace(" ", "")
    expected = (
        "otpauth://totp/Clinician%20user%20store%3Ajane"
        f"?secret={key}&algorithm=SHA1&digits=6&period=30"
        "&issuer=Clinician%20user%20store"
    )
    assert texts == [expected]
    size, path = drawn(texts[0])
    assert f'<path d="{path}" fill="#000"/>' in text_of(answer)
    assert f'viewBox="0 0 {size} {size}"' in text_of(answer)


def test_what_is_drawn_are_the_squares_of_a_qr_code() -> None:
    """A margin of four, and in three corners a ring of seven by seven."""
    size, path = pages.drawn("x")
    squares = re.findall(r"M(\d+) (\d+)h1v1h-1z", path)
    assert size == 4 + 21 + 4
    assert path == "".join(f"M{x} {y}h1v1h-1z" for x, y in squares)
    top = {int(x) for x, y in squares if y == "4"}
    assert {*range(4, 11), *range(18, 25)} <= top <= set(range(4, 25)) - {11, 17}


def test_every_session_is_shown_a_key_of_its_own() -> None:
    """Who only has the password cannot come to know the key by looking first."""
    first, second = logged_in(), logged_in()
    assert hex_key(first.get(SET_UP)) != hex_key(second.get(SET_UP))
    assert hex_key(first.get(SET_UP)) == hex_key(first.get(SET_UP))


def test_other_sessions_of_the_account_are_asked_from_then_on() -> None:
    first, second = logged_in(), logged_in()
    key = hex_key(second.get(SET_UP))
    set_up(first)
    assert is_in(first)
    assert leads_to(second) == CODE
    assert send(second, code_from(key), SET_UP)["Location"] == CODE
    assert TOTPDevice.objects.count() == 1


def test_of_two_pages_sent_at_once_one_is_stored(jane: User) -> None:
    device = with_app(jane)
    other = TOTPDevice(user=jane)
    assert devices.set_up(jane, other.key, code_of(other)) is None
    assert TOTPDevice.objects.get() == device


def test_the_key_is_never_shown_again(log_text: io.StringIO) -> None:
    client = logged_in()
    shown = client.get(SET_UP)
    key, text = set_up(client), key_shown(shown)
    assert pages.KEY not in client.session
    again = text_of(client.get(SET_UP))
    assert "asks for a code" in again
    for page in (again, text_of(client.get("/admin/")), log_text.getvalue()):
        for secret in (key, text, text.replace(" ", ""), "otpauth"):
            assert secret not in page


def test_who_has_an_app_cannot_replace_it() -> None:
    client = logged_in()
    key = set_up(client)
    answer = send(client, code_from(key), SET_UP)
    assert answer.status_code == 200
    assert "asks for a code" in text_of(answer)
    assert TOTPDevice.objects.get().key == key


def test_its_page_is_closed_to_who_has_an_app_and_sent_no_code(jane: User) -> None:
    with_app(jane)
    assert leads_to(logged_in(), SET_UP) == CODE
