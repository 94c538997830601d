"""Every address of the admin: closed, out of frames, and deaf to other sites' forms."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django_otp.plugins.otp_totp.models import TOTPDevice

from clinicians.testing import created
from roles.models import Permission, Role
from users_service.journal.models import AuditEntry, OutboxMessage
from users_service.tests.accounts import PASSWORD, account, logs_in, nothing_changed
from users_service.tests.attacks import Page, pages, root
from users_service.tests.second_factor import code_of, is_in, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]

PAGES = [*pages(), Page("no/such/page/", "catch-all")]
OPEN = {"login/", "logout/", "second-factor/", "second-factor/set-up/"}
"""What anybody may ask for; the latter lead on to the login page."""

ANY_STAFF = {"", "password_change/", "password_change/done/", "jsi18n/"}


@pytest.fixture(autouse=True)
def keys() -> dict[str, Any]:
    """Store one of each; return the key of each that a page may be of, by model."""
    created(uuid="ada", email_address="ada@mail.example")
    bo = account("bo", "Viewers")
    entry, message = AuditEntry.objects.first(), OutboxMessage.objects.first()
    assert entry
    assert message
    return {
        "clinician": "ada",
        "user": bo.pk,
        "auditentry": entry.pk,
        "outboxmessage": message.pk,
        "role": Role.objects.values_list("pk", flat=True)[0],
        "permission": Permission.objects.values_list("pk", flat=True)[0],
        "": "",
    }


def addresses(keys: dict[str, Any]) -> dict[Page, str]:
    """Return the address of every page, with a key in it that is there."""
    return {page: page.to(keys[page.model]) for page in PAGES}


def browser_of(user: User, **how: Any) -> Client:
    client = Client(raise_request_exception=False, **how)
    client.force_login(user, settings.AUTHENTICATION_BACKENDS[-1])
    return client


def test_every_page_is_known() -> None:
    names = {page.name for page in PAGES}

    assert names >= {"index", "login", "password_change", "auth_user_password"}
    assert names >= {"clinicians_clinician_unlock", "auth_user_second_factor"}
    assert {page.model for page in PAGES} == {
        *("", "user", "clinician", "role", "permission", "auditentry", "outboxmessage"),
    }


def test_a_form_without_the_token_is_refused(keys: dict[str, Any]) -> None:
    user = account("root", is_superuser=True)
    browser = browser_of(user, enforce_csrf_checks=True)
    browser.get("/admin/password_change/")  # sets the cookie
    assert browser.cookies[settings.CSRF_COOKIE_NAME].value
    with nothing_changed():
        for path in addresses(keys).values():
            for form in ({}, {"csrfmiddlewaretoken": "x" * 64}):
                sent = {"kind": "made", "post": "yes", **form}
                assert browser.post(path, sent).status_code == 403, path


def test_the_token_of_somebody_else_is_refused() -> None:
    user = account("root", is_superuser=True)
    browser = browser_of(user, enforce_csrf_checks=True)
    other = Client()
    other.get("/admin/login/")
    browser.get("/admin/password_change/")
    theirs = other.cookies[settings.CSRF_COOKIE_NAME].value
    own = browser.cookies[settings.CSRF_COOKIE_NAME].value
    form = {"kind": "made", "csrfmiddlewaretoken": theirs}
    path = f"/admin/auth/user/{User.objects.get(username='bo').pk}/password/"
    assert browser.post(path, form).status_code == 403

    origin = {"Origin": "https://elsewhere.example"}
    form["csrfmiddlewaretoken"] = own
    assert browser.post(path, form, headers=origin).status_code == 403
    assert browser.post(path, form).status_code == 200


def test_no_page_may_be_framed_or_kept(keys: dict[str, Any]) -> None:
    for browser in (root(), Client(raise_request_exception=False)):
        for path in addresses(keys).values():
            for answer in (browser.get(path), browser.post(path, {"kind": "x"})):
                assert answer.status_code < 500, path
                assert answer["X-Frame-Options"] == "DENY"
                assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
                assert answer["X-Content-Type-Options"] == "nosniff"
                if answer.status_code == 200:
                    assert "no-store" in answer["Cache-Control"], path


def leads_to_the_login(answer: Any) -> bool:
    path = urlsplit(answer.get("Location", "")).path
    return bool(answer.status_code == 302 and path == "/admin/login/")


def test_nobody_is_let_in_without_a_login(keys: dict[str, Any]) -> None:
    with nothing_changed():
        for page, path in addresses(keys).items():
            for ask in (Client().get, Client().post, Client().put, Client().delete):
                assert leads_to_the_login(ask(path)) or page.pattern in OPEN, path


@override_settings(STAFF_SECOND_FACTOR=True)
def test_nobody_is_let_in_by_a_password_alone(keys: dict[str, Any]) -> None:
    browser = browser_of(account("root", is_superuser=True))
    with nothing_changed():
        for page, path in addresses(keys).items():
            if page.pattern not in OPEN:
                for ask in (browser.get, browser.post):
                    assert leads_to_the_login(ask(path)), path


def test_staff_of_no_group_may_do_nothing(keys: dict[str, Any]) -> None:
    browser = browser_of(account("nobody"))
    forged = {"kind": "made", "post": "yes", "is_superuser": "on", "groups": ["1"]}
    closed = {403, 404, 405}
    with nothing_changed():
        for page, path in addresses(keys).items():
            if page.pattern in OPEN | ANY_STAFF:
                continue
            # Django's old addresses, and the trail of one, lead on to pages of these.
            leads_on = not page.name or page.name.endswith("_history")
            for answer in (browser.get(path), browser.post(path, forged)):
                assert answer.status_code in closed | ({302} if leads_on else set())


def test_a_session_from_before_the_login_is_worth_nothing_after_it() -> None:
    browser = Client()
    session = browser.session  # that an attacker has made, and knows
    session["left"] = "behind"
    session.save()
    known = session.session_key
    browser.cookies[settings.SESSION_COOKIE_NAME] = str(known)
    assert logs_in("bo", PASSWORD, browser)

    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != known
    assert not is_in(with_session(known))


def with_session(key: str | None) -> Client:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(key)
    return client


def test_a_session_from_before_the_code_is_worth_nothing_after_it() -> None:
    bo = User.objects.get(username="bo")
    device = TOTPDevice.objects.create(user=bo, name="app")
    browser = Client()
    assert logs_in("bo", PASSWORD, browser)
    before = browser.cookies[settings.SESSION_COOKIE_NAME].value
    assert send(browser, code_of(device)).status_code == 302

    assert is_in(browser)
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != before
    assert not is_in(with_session(before))
