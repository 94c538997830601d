"""Secrets that staff type, and that are stored, are on no page of the admin."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django_otp.plugins.otp_totp.models import TOTPDevice

from clinicians.models import Clinician
from clinicians.testing import created, logged_in, set_password
from roles.models import Permission, Role
from users_service.journal.models import AuditEntry, OutboxMessage
from users_service.tests import planted
from users_service.tests.accounts import account
from users_service.tests.attacks import pages
from users_service.tests.planted import (
    CODE,
    FAILURES,
    PASSWORD,
    PERSON,
    TOKEN,
    Failing,
    Watch,
)
from users_service.tests.sizes import sized

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]
watch = planted.watch

STAFF = {
    "username": "zq7.username",
    "first_name": "Zq7Staff",
    "last_name": "Zq7Family",
    "email": "zq7staff@planted.example",
}
NAMED = (*PERSON.values(), *STAFF.values())
OWN = "/admin/password_change/"
STATEMENTS = sized(quick=(4,), soak=tuple(range(1, 40)))
"""Which of a page's statements fail."""


@pytest.fixture
def paths() -> list[str]:
    """Store people and what there is of them; return the address of every page."""
    created(uuid="ada", **PERSON)
    set_password(PERSON["email_address"], PASSWORD)
    logged_in(PERSON["email_address"], f"{PASSWORD}x")
    bo = account(STAFF["username"], "Viewers", **STAFF_FIELDS)
    TOTPDevice.objects.create(user=bo, name="app")
    firsts: dict[str, Any] = {
        model._meta.model_name or "": model._default_manager.values_list("pk")[0][0]
        for model in (AuditEntry, OutboxMessage, Role, Permission)
    }
    keys = {"clinician": "ada", "user": bo.pk, "": "", **firsts}
    return [page.to(keys[page.model]) for page in pages() if "logout" not in str(page)]


STAFF_FIELDS = {name: value for name, value in STAFF.items() if name != "username"}


@pytest.fixture
def browser(db: None) -> Client:
    """Somebody who may do everything, and whose password and session are planted."""
    user = User.objects.create_superuser("root", password=PASSWORD)
    client = Client(raise_request_exception=False)
    client.force_login(user, settings.AUTHENTICATION_BACKENDS[-1])
    return client


def stored_hashes() -> set[str]:
    people = (*Clinician.objects.all(), *User.objects.all())
    return {str(each.password) for each in people}


def test_no_page_shows_a_secret(
    paths: list[str], browser: Client, watch: Watch
) -> None:
    """Keys of codes are shown while they are set up; nobody's is here."""
    for path in paths:
        assert browser.get(path).status_code < 500
        assert Client().get(path).status_code < 500

    secrets = [PASSWORD, *watch.own_secrets(), *stored_hashes()]
    assert watch.found(secrets, NAMED) == []


FORMS: tuple[dict[str, str], ...] = (
    {
        "username": "root",
        "password": PASSWORD + TOKEN,
        "code": CODE,
        "old_password": TOKEN,
        "new_password1": PASSWORD,
        "new_password2": TOKEN,
        "kind": "nonsense",
        "typed": f"{TOKEN}\0",
        "csrfmiddlewaretoken": TOKEN,
    },
    {
        "username": STAFF["username"],
        "password": TOKEN,
        "password_hash": TOKEN,
        "old_password": PASSWORD,
        "new_password1": TOKEN,
        "new_password2": "x",
    },
)
TYPED_IN_SIGHT = {
    "/admin/auth/user/add/",
    "/admin/clinicians/clinician/ada/password/",
}
"""Where a password that was refused stays in the field to be mended, as text."""


def test_no_form_that_is_refused_tells_what_was_typed(
    paths: list[str], browser: Client, watch: Watch
) -> None:
    strict = Client(enforce_csrf_checks=True)
    for path in paths:
        if path in TYPED_IN_SIGHT or "/auth/user/" in path:
            continue
        assert strict.post(path, FORMS[0]).status_code < 500, path
        for form in FORMS:
            assert browser.post(path, form).status_code < 500, (path, form)
    for path in ("/admin/login/", "/admin/second-factor/"):
        for form in FORMS:
            assert Client().post(path, form).status_code < 500, (path, form)

    assert watch.found([PASSWORD, TOKEN, CODE], NAMED) == []


def test_a_password_that_was_typed_is_told_to_whoever_typed_it_alone(
    paths: list[str], browser: Client, watch: Watch
) -> None:
    typed = f"{TOKEN} of words"
    number = User.objects.get(username=STAFF["username"]).pk
    tool = f"/admin/auth/user/{number}/password/"
    for path in (*TYPED_IN_SIGHT, tool):
        for value in (typed, f"{typed}\0", TOKEN[:11], typed * 99):
            form = {"kind": "typed", "typed": value, "username": "x", "groups": "0"}
            assert browser.post(path, form).status_code == 200, (path, value)

    assert watch.found([typed, TOKEN], NAMED, but=["answers"]) == []


KINDS = sized(quick=FAILURES[:1], soak=FAILURES)


@pytest.mark.parametrize("kind", KINDS, ids=lambda each: each.__name__)
def test_no_page_that_fails_tells_why(
    kind: type[Exception],
    paths: list[str],
    watch: Watch,
    record_property: Callable[[str, object], None],
) -> None:
    user = User.objects.create_superuser("root", password=PASSWORD)
    browser = Client(raise_request_exception=False)
    browser.force_login(user, settings.AUTHENTICATION_BACKENDS[-1])
    form = {"kind": "typed", "typed": TOKEN, "old_password": PASSWORD, **PERSON}
    statuses = list[int]()
    for path in paths:
        for at in STATEMENTS:
            for ask in (browser.get, lambda path: browser.post(path, form)):
                with Failing(at, kind).used():
                    statuses.append(ask(path).status_code)

    failed = sum(status >= 500 for status in statuses)
    assert failed > len(paths)
    assert watch.found([PASSWORD, *watch.own_secrets()], NAMED) == []
    assert watch.found([TOKEN], but=["answers"]) == []
    record_property("figure", f"{failed} pages that failed")


@override_settings(STAFF_SECOND_FACTOR=True)
def test_no_code_and_no_key_of_codes_is_told(watch: Watch) -> None:
    user = User.objects.create_superuser("root", password=PASSWORD)
    browser = Client()
    login = {"username": "root", "password": PASSWORD}
    assert browser.post("/admin/login/", login).status_code == 302
    TOTPDevice.objects.create(user=user, name="app")
    for path in ("/admin/second-factor/", "/admin/second-factor/set-up/"):
        for code in (CODE, f"{CODE[:3]} {CODE[3:]}", f"{CODE}{CODE}", f"{CODE}x"):
            assert browser.post(path, {"code": code}).status_code in (200, 302)

    assert watch.found([CODE], but=["answers"]) == []
    keys = list(TOTPDevice.objects.values_list("key", flat=True))
    assert watch.found([PASSWORD, *keys, *watch.own_secrets()]) == []
