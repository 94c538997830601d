"""How long staff stay logged in to the admin, and what ends it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from users_service.staff_sessions import SEEN
from users_service.tests.accounts import PASSWORD, account, logs_in
from users_service.tests.starting import PRODUCTION, settings

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]

MORNING = datetime(2030, 6, 1, 7, tzinfo=UTC)


def is_in(browser: Client) -> bool:
    return browser.get("/admin/").status_code == 200


def test_a_session_ends_twelve_hours_after_the_login_whatever_is_done_in_it() -> None:
    browser = Client()
    account("bo", "Viewers")
    with time_machine.travel(MORNING, tick=False) as clock:
        assert logs_in("bo", PASSWORD, browser)
        for _ in range(28):
            clock.shift(timedelta(minutes=25))
            assert is_in(browser)
        clock.shift(timedelta(minutes=21))
        assert not is_in(browser)


def test_an_idle_session_ends_after_half_an_hour_and_is_gone() -> None:
    browser = Client()
    account("bo", "Viewers")
    with time_machine.travel(MORNING, tick=False) as clock:
        assert logs_in("bo", PASSWORD, browser)
        clock.shift(timedelta(minutes=29))
        assert is_in(browser)
        clock.shift(timedelta(minutes=31))
        assert not is_in(browser)
        assert Session.objects.count() == 0
        clock.shift(timedelta(minutes=-30))
        assert not is_in(browser)


def test_a_session_that_never_said_when_it_was_used_is_an_idle_one() -> None:
    browser = Client()
    account("bo", "Viewers")
    assert logs_in("bo", PASSWORD, browser)
    session = browser.session
    del session[SEEN]
    session.save()

    assert not is_in(browser)


def test_pages_one_after_the_other_write_nothing_down() -> None:
    browser = Client()
    account("bo", "Viewers")
    assert logs_in("bo", PASSWORD, browser)
    with CaptureQueriesContext(connection) as captured:
        assert is_in(browser)

    statements = [each["sql"] for each in captured]
    assert statements
    assert not [each for each in statements if each.startswith("UPDATE")]


def test_a_session_that_was_logged_out_opens_nothing_any_more() -> None:
    browser = Client()
    account("bo", "Viewers")
    assert logs_in("bo", PASSWORD, browser)
    copied = browser.cookies["sessionid"].value

    browser.post("/admin/logout/")

    thief = Client()
    thief.cookies["sessionid"] = copied
    assert not is_in(thief)


def test_logging_in_gives_a_session_that_nobody_knew_before() -> None:
    account("bo", "Viewers")
    browser = Client()
    browser.cookies["sessionid"] = "a" * 32
    assert logs_in("bo", PASSWORD, browser)

    first = browser.cookies["sessionid"].value
    assert len(first) == 32
    assert first != "a" * 32


def test_every_page_of_the_admin_forbids_browsers_to_keep_it() -> None:
    browser = Client()
    account("bo", "Viewers")
    assert "no-store" in browser.get("/admin/login/")["Cache-Control"]
    assert logs_in("bo", PASSWORD, browser)

    for path in ("/admin/", "/admin/clinicians/clinician/", "/admin/roles/role/"):
        assert "no-store" in browser.get(path)["Cache-Control"], path


def test_in_production_cookies_are_bound_to_this_host_and_to_https() -> None:
    values = settings(**PRODUCTION)

    for cookie in ("SESSION_COOKIE", "CSRF_COOKIE"):
        assert values[f"{cookie}_NAME"].startswith("__Host-")
        assert values[f"{cookie}_SECURE"] is True
        assert values[f"{cookie}_HTTPONLY"] is True
        assert values[f"{cookie}_SAMESITE"] == "Strict"
        # What browsers ask of such a name: no domain, and the path "/".
        assert f"{cookie}_DOMAIN" not in values
        assert f"{cookie}_PATH" not in values
