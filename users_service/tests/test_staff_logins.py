"""Every login of staff, right or wrong, is in the log, and nothing that was typed."""

import io

import pytest
from django.contrib.auth.models import User
from django.test import Client

from users_service.staff_lockout import account_key
from users_service.tests.conftest import LogLines
from users_service.tests.second_factor import (
    LOGIN,
    PASSWORD,
    account,
    code_of,
    logged_in,
    send,
    with_app,
    wrong_for,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]


def said(lines: LogLines) -> list[tuple[str, str, object]]:
    """Return severity, message and whom it is about, of the lines of this module."""
    return [
        (
            line["severity"],
            line["message"],
            line.get("account", line.get("username_hash")),
        )
        for line in lines()
        if line["message"].startswith("Staff ")
    ]


@pytest.fixture
def jane(db: None, cheap_hashes: None) -> User:
    return account("jane")


def test_a_right_password_and_logging_out(jane: User, log_lines: LogLines) -> None:
    logged_in().post("/admin/logout/")

    assert said(log_lines) == [
        ("INFO", "Staff password accepted", jane.pk),
        ("INFO", "Staff logged out", jane.pk),
    ]


@pytest.mark.parametrize("name", ["jane", "nobody"])
def test_a_wrong_password_or_name(jane: User, log_lines: LogLines, name: str) -> None:
    Client().post(LOGIN, {"username": name, "password": "a wrong one"})

    assert said(log_lines) == [("WARNING", "Staff password refused", account_key(name))]


def test_a_locked_account(jane: User, log_lines: LogLines) -> None:
    for password in ["a wrong one"] * 10 + [PASSWORD]:
        Client().post(LOGIN, {"username": "jane", "password": password})

    assert len(said(log_lines)) == 11
    assert set(said(log_lines)) == {
        ("WARNING", "Staff password refused", account_key("jane"))
    }


def test_codes_of_the_second_factor(jane: User, log_lines: LogLines) -> None:
    app = with_app(jane)
    send(logged_in(), wrong_for(app))
    app.throttle_reset()
    send(logged_in(), code_of(app))

    accepted = ("INFO", "Staff password accepted", jane.pk)
    assert said(log_lines) == [
        accepted,
        ("WARNING", "Staff second factor refused", jane.pk),
        accepted,
        ("INFO", "Staff second factor accepted", jane.pk),
    ]


def test_a_line_leads_to_its_request(jane: User, log_lines: LogLines) -> None:
    Client(headers={"X-Request-ID": "mine"}).post(
        LOGIN, {"username": "jane", "password": PASSWORD}
    )

    about = {line["message"] for line in log_lines() if line["requestID"] == "mine"}
    assert {"Staff password accepted", "Request answered"} <= about


def test_nothing_that_was_typed_is_logged(jane: User, log_text: io.StringIO) -> None:
    logged_in()
    Client().post(LOGIN, {"username": "jane", "password": "a wrong one"})

    for typed in ("jane", PASSWORD, "a wrong one"):
        assert typed not in log_text.getvalue()
