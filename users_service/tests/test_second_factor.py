"""Who has an authenticator app comes in with its code, and with nothing less."""

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver
from django_otp.plugins.otp_totp.models import TOTPDevice

from clinicians.testing import Api
from users_service.tests.second_factor import (
    CODE,
    LOGIN,
    NOON,
    PASSWORD,
    REFUSED,
    SET_UP,
    account,
    code_of,
    is_in,
    leads_to,
    logged_in,
    send,
    text_of,
    with_app,
    wrong_for,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]


@pytest.fixture
def jane() -> User:
    return account()


@pytest.fixture
def app(jane: User) -> TOTPDevice:
    return with_app(jane)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.mark.parametrize("required", [True, False])
def test_who_has_an_app_is_asked_whatever_the_setting(
    app: TOTPDevice, settings: Any, required: bool
) -> None:
    settings.STAFF_SECOND_FACTOR = required
    client = logged_in()
    assert leads_to(client) == CODE
    send(client, code_of(app))
    assert is_in(client)


@pytest.mark.usefixtures("jane")
def test_who_has_none_is_not_asked_where_none_is_required() -> None:
    assert is_in(logged_in())


def test_the_right_code_leads_to_where_one_wanted_to_go(app: TOTPDevice) -> None:
    wanted = "/admin/roles/role/?q=gdm"
    client = logged_in(path=wanted)
    asked = client.get(wanted, follow=True)
    assert [status for _, status in asked.redirect_chain] == [302, 302]
    assert "no-store" in asked["Cache-Control"]
    query = asked.request["QUERY_STRING"]
    answer = send(client, code_of(app), f"{CODE}?{query}")
    assert (answer.status_code, answer["Location"]) == (302, wanted)


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", CODE])
def test_a_code_leads_nowhere_else(app: TOTPDevice, wanted: str) -> None:
    client = logged_in()
    send(client, code_of(app), f"{CODE}?next={wanted}")
    answer = client.get("/admin/", follow=True)
    assert (answer.request["PATH_INFO"], answer.status_code) == ("/admin/", 200)


def test_an_address_outside_is_not_gone_to(app: TOTPDevice) -> None:
    answer = send(logged_in(), code_of(app), f"{CODE}?next=https://evil.example/")
    assert answer["Location"] == "/admin/"


def test_the_session_gets_another_key_with_the_code(app: TOTPDevice) -> None:
    client = logged_in()
    before = client.cookies["sessionid"].value
    send(client, code_of(app))
    assert client.cookies["sessionid"].value != before


def test_a_code_is_typed_with_or_without_a_space(app: TOTPDevice) -> None:
    client, code = logged_in(), code_of(app)
    send(client, f" {code[:3]} {code[3:]} ")
    assert is_in(client)


OPEN = {"login/", "logout/", "second-factor/", "second-factor/set-up/"}
ANY_APP, ANYTHING = "^(?P<app_label>", "(?P<url>.*)$"


def addresses(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    """Yield an address of every page of the admin."""
    for pattern in patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif route.startswith(ANY_APP):
            yield "roles/"
        else:
            yield re.sub(r"<\w+:\w+>", "1", route.replace(ANYTHING, "no-such-page"))


def test_no_page_is_open_before_the_code(app: TOTPDevice) -> None:
    client = logged_in()
    routes = sorted(set(addresses(admin.site.get_urls())) - OPEN)
    assert len(routes) > 30
    assert {"", "roles/", "roles/role/add/", "no-such-page"} <= set(routes)
    for route in routes:
        path = f"/admin/{route}"
        assert leads_to(client, path) == CODE
        assert client.post(path).status_code == 302, path


def test_a_wrong_code_is_refused_without_saying_why(app: TOTPDevice) -> None:
    client = logged_in()
    answer = send(client, wrong_for(app))
    assert answer.status_code == 200
    assert REFUSED in text_of(answer)
    assert not is_in(client)


def test_after_a_wrong_code_the_right_one_has_to_wait(
    app: TOTPDevice, clock: time_machine.Traveller
) -> None:
    """One second after the first wrong one, and twice as long after each other."""
    client = logged_in()
    first = send(client, wrong_for(app))
    too_early = send(client, code_of(app))
    assert REFUSED in text_of(too_early)
    assert shown(first) == shown(too_early)
    clock.shift(timedelta(seconds=1.1))
    send(client, wrong_for(app))
    clock.shift(timedelta(seconds=1.1))
    assert REFUSED in text_of(send(client, code_of(app)))
    clock.shift(timedelta(seconds=1))
    assert send(client, code_of(app)).status_code == 302


def shown(answer: Any) -> str:
    """Return a page without what differs between any two requests."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text_of(answer))


def test_waiting_is_by_account_not_by_browser(
    app: TOTPDevice, clock: time_machine.Traveller
) -> None:
    send(logged_in(), wrong_for(app))
    assert REFUSED in text_of(send(logged_in(), code_of(app)))


def test_a_code_works_once(app: TOTPDevice, clock: time_machine.Traveller) -> None:
    first, second = logged_in(), logged_in()
    code = code_of(app)
    send(first, code)
    assert REFUSED in text_of(send(second, code))
    assert (is_in(first), is_in(second)) == (True, False)
    clock.shift(timedelta(seconds=30))
    send(second, code_of(app))
    assert is_in(second)


@pytest.mark.parametrize(
    "typed", ["12345", "1234567", "12345a", "-12345", "12_345", "\u0661" * 6, "1" * 21]
)
def test_what_is_no_code_is_not_tried(app: TOTPDevice, typed: str) -> None:
    client = logged_in()
    answer = send(client, typed)
    assert answer.status_code == 200
    assert REFUSED not in text_of(answer)
    assert answer.context["form"].errors["code"]
    assert send(client, code_of(app)).status_code == 302


def test_a_missing_code_is_asked_for(app: TOTPDevice) -> None:
    for data in ({}, {"code": " "}):
        answer = logged_in().post(CODE, data)
        assert answer.context["form"].errors == {"code": ["This field is required."]}


def test_the_code_of_somebody_else_is_refused(app: TOTPDevice) -> None:
    other = with_app(account("eve"))
    client = logged_in()
    assert REFUSED in text_of(send(client, code_of(other)))
    assert not is_in(client)


def test_the_session_of_somebody_else_is_not_taken_over(app: TOTPDevice) -> None:
    client = logged_in()
    send(client, code_of(app))
    with_app(account("eve"))
    form = {"username": "eve", "password": PASSWORD, "next": "/admin/"}
    client.post(LOGIN, form)
    assert leads_to(client) == CODE


@pytest.mark.parametrize("path", [CODE, SET_UP])
def test_who_has_not_logged_in_is_led_to_the_login_page(path: str) -> None:
    for answer in (Client().get(path), send(Client(), "123456", path)):
        assert answer.status_code == 302
        assert answer["Location"].startswith(f"{LOGIN}?next={path}")


@pytest.mark.parametrize("field", ["is_active", "is_staff"])
@pytest.mark.parametrize("path", [CODE, SET_UP])
def test_who_is_no_staff_any_more_is_led_to_the_login_page(
    app: TOTPDevice, field: str, path: str
) -> None:
    client = logged_in()
    User.objects.update(**{field: False})
    answer = send(client, code_of(app), path)
    assert answer["Location"].startswith(LOGIN)
    assert client.get(LOGIN).status_code == 200


def test_a_locked_account_stays_out_with_the_right_code(app: TOTPDevice) -> None:
    client = Client()
    for _ in range(10):
        client.post(LOGIN, {"username": "jane", "password": "wrong"})
    locked = client.post(LOGIN, {"username": "jane", "password": PASSWORD})
    assert locked.status_code == 429
    assert send(client, code_of(app))["Location"].startswith(LOGIN)
    assert leads_to(client) == LOGIN


def test_one_can_log_out_instead(app: TOTPDevice) -> None:
    client = logged_in()
    assert 'action="/admin/logout/"' in text_of(client.get(CODE))
    assert client.post("/admin/logout/").status_code == 200
    assert leads_to(client) == LOGIN


def test_who_has_sent_a_code_is_not_asked_again(app: TOTPDevice) -> None:
    client = logged_in()
    send(client, code_of(app))
    for answer in (client.get(CODE), send(client, "123456")):
        assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert client.get(LOGIN)["Location"] == "/admin/"


def test_the_code_page_shows_nothing_of_the_admin(app: TOTPDevice) -> None:
    page = text_of(logged_in().get(CODE))
    for hidden in ('nav-sidebar"', "user-tools", "/admin/roles", app.key, "otpauth"):
        assert hidden not in page


def test_logs_hold_neither_keys_nor_codes(
    app: TOTPDevice, log_text: io.StringIO
) -> None:
    client = logged_in()
    wrong, right = wrong_for(app), code_of(app)
    send(client, wrong)
    app.throttle_reset()
    send(client, right)
    assert is_in(client)
    text = log_text.getvalue()
    assert '"/admin/second-factor/"' in text
    for secret in (app.key, f'"{wrong}"', f'"{right}"', f"={right}"):
        assert secret not in text


def test_the_api_asks_neither_for_sessions_nor_for_apps() -> None:
    with CaptureQueriesContext(connection) as queries:
        Api().get("/dhos/v1/clinician/nobody")
        Client().get("/dhos/v1/clinician/nobody")
    tables = ("django_session", "auth_user", "otp_totp")
    assert not [each for each in queries if any(t in each["sql"] for t in tables)]


def test_a_page_asks_once_whether_there_is_an_app(jane: User) -> None:
    client = logged_in()
    with CaptureQueriesContext(connection) as queries:
        client.get("/admin/")
    assert len([each for each in queries if "otp_totp" in each["sql"]]) == 1
