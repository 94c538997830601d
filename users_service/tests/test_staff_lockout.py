"""Who guesses a staff password is locked out, and leaves nothing personal behind."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinicians.testing import Api
from users_service.staff_lockout import StaffLockoutHandler, account_key

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/"
NAME = "jane.doe"
PASSWORD = "correct horse battery"
NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
LIMIT = 10


@pytest.fixture(autouse=True)
def _jane(db: None, cheap_hashes: None) -> None:
    User.objects.create_superuser(NAME, password=PASSWORD)


def log_in(password: str = PASSWORD, name: str = NAME, **form: str) -> Any:
    return Client(HTTP_USER_AGENT="Invented/1.0", REMOTE_ADDR="192.0.2.7").post(
        f"{LOGIN}?next=/admin/&q=secret-in-query",
        {"username": name, "password": password, "other": "typed", **form},
    )


def fail(times: int, name: str = NAME) -> Any:
    for _ in range(times - 1):
        assert log_in("wrong", name).status_code == 200
    return log_in("wrong", name)


def test_nine_failures_do_not_lock() -> None:
    fail(LIMIT - 1)
    assert log_in().status_code == 302


def test_the_tenth_failure_locks_and_the_page_says_so() -> None:
    answer = fail(LIMIT)
    assert answer.status_code == 429
    assert "Too many failed logins" in answer.content.decode()
    for password in (PASSWORD, "wrong"):
        locked = log_in(password)
        assert locked.status_code == 429
        assert "sessionid" not in locked.cookies
        assert locked.content == answer.content
    assert NAME not in answer.content.decode()


def test_a_lock_ends_a_quarter_of_an_hour_after_the_failure_that_made_it() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        fail(LIMIT)
        clock.shift(timedelta(minutes=14))
        assert log_in("wrong").status_code == 429
        clock.shift(timedelta(minutes=1, seconds=1))
        assert log_in().status_code == 302


def test_a_success_forgets_failures() -> None:
    fail(LIMIT - 1)
    log_in()
    assert not AccessAttempt.objects.exists()
    fail(LIMIT - 1)
    assert log_in().status_code == 302


def test_one_account_does_not_lock_another() -> None:
    fail(LIMIT, "eve")
    assert log_in().status_code == 302


def test_an_unknown_name_is_locked_like_a_known_one() -> None:
    known, unknown = fail(LIMIT), fail(LIMIT, "nobody")
    assert (unknown.status_code, unknown.content) == (429, known.content)


def test_what_is_stored_is_a_keyed_hash_a_time_and_a_count() -> None:
    fail(3)
    stored = AccessAttempt.objects.values().get()
    del stored["id"], stored["attempt_time"]
    assert stored == {
        "username": account_key(NAME),
        "failures_since_start": 3,
        "ip_address": None,
        "user_agent": "",
        "http_accept": "",
        "path_info": "",
        "get_data": stored["get_data"],
        "post_data": stored["post_data"],
    }
    assert set(stored["get_data"] + stored["post_data"]) <= set("\n-")
    log_in()
    assert not AccessLog.objects.exists()
    assert not AccessFailureLog.objects.exists()


def test_the_log_names_nobody(log_text: io.StringIO) -> None:
    fail(LIMIT)
    log_in()
    call_command("unlock_staff", NAME, stdout=io.StringIO())
    log_in()
    text = log_text.getvalue()
    for event in ("New login failure", "Locking out", "Successful login by"):
        assert f"AXES: {event}" in text
    for personal in (NAME, PASSWORD, "wrong", "Invented", "typed", "secret-in-query"):
        assert personal not in text
    axes_lines = [line for line in text.splitlines() if "AXES" in line]
    assert axes_lines
    assert not [line for line in axes_lines if "192.0.2.7" in line]


def unlock(name: str) -> str:
    out = io.StringIO()
    call_command("unlock_staff", name, stdout=out)
    return out.getvalue()


def test_a_command_unlocks_an_account() -> None:
    fail(LIMIT)
    fail(LIMIT, "eve")
    assert unlock(NAME) == f"Failed logins of {NAME}: forgotten.\n"
    assert log_in().status_code == 302
    assert log_in("wrong", "eve").status_code == 429


def test_the_command_says_that_there_was_nothing_to_forget() -> None:
    assert unlock(NAME) == f"Failed logins of {NAME}: none to forget.\n"


def test_the_command_fails_for_an_unknown_account() -> None:
    with pytest.raises(CommandError, match=r"There is no staff account nobody\."):
        unlock("nobody")


def test_the_login_page_itself_is_shown_to_anybody() -> None:
    fail(LIMIT)
    assert Client().get(LOGIN).status_code == 200


def test_a_failure_outside_of_a_request_is_not_counted() -> None:
    StaffLockoutHandler().user_login_failed(None, {"username": NAME})
    assert not AccessAttempt.objects.exists()


def test_the_api_never_asks_axes() -> None:
    with CaptureQueriesContext(connection) as queries:
        Api().get("/dhos/v1/clinician/nobody")
    assert not [query for query in queries if "axes" in query["sql"]]
