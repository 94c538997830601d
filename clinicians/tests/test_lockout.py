"""Guessers are locked out: when, for how long, and what ends it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.test import override_settings

from clinicians.models import Clinician, LoginGuard
from clinicians.testing import Api, announced, json_of, logged_in, recorded, stored
from clinicians.tests.test_passwords import costs_of

pytestmark = pytest.mark.django_db

PASSWORD = "Pass@word1!"
NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
LIMIT = 10


@pytest.fixture(autouse=True)
def _ada(db: None, cheap_hashes: None) -> None:
    stored("ada", send_entry_identifier="ada", password=make_password(PASSWORD))


def fail(times: int, username: str = "ada") -> None:
    for _ in range(times):
        assert logged_in(username, "wrong").status_code == 403


def status() -> int:
    code: int = logged_in("ada", PASSWORD).status_code
    return code


def test_nine_failures_do_not_lock() -> None:
    fail(LIMIT - 1)
    assert status() == 200


def test_ten_failures_lock_for_a_minute() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        fail(LIMIT)
        assert status() == 403
        clock.shift(59)
        assert status() == 403
        clock.shift(1)
        assert status() == 200


@override_settings(LOGIN_FAILURES_PER_LOCK=2)
def test_every_further_lock_is_longer_up_to_a_quarter_of_an_hour() -> None:
    minutes = []
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(7):
            fail(2)
            until = LoginGuard.objects.get().locked_until
            assert until is not None
            minutes.append((until - datetime.now(UTC)) / timedelta(minutes=1))
            clock.move_to(until)
    assert minutes == [1, 2, 4, 8, 15, 15, 15]


def test_attempts_during_a_lock_do_not_prolong_it() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        fail(LIMIT)
        clock.shift(30)
        fail(LIMIT)
        clock.shift(30)
        assert status() == 200


def test_a_success_forgets_failures_and_locks() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        fail(LIMIT)
        clock.shift(60)
        assert status() == 200
        fail(LIMIT - 1)
        assert status() == 200
        fail(LIMIT)
        clock.shift(60)
        assert status() == 200


@pytest.mark.parametrize(("seconds", "failures"), [(0, LIMIT), (1, 1)])
def test_failures_are_forgotten_a_day_after_the_last(
    seconds: int, failures: int
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        fail(LIMIT - 1)
        clock.shift(timedelta(hours=24, seconds=seconds))
        fail(1)
    assert LoginGuard.objects.get().failures == failures


def test_a_locked_account_answers_like_a_wrong_password() -> None:
    wrong = logged_in("ada", "wrong")
    LoginGuard.objects.update(locked_until=NOON + timedelta(days=365_000))
    for password in (PASSWORD, "wrong"):
        locked = logged_in("ada", password)
        assert (locked.status_code, locked.content) == (403, wrong.content)
        assert sorted(locked.headers) == sorted(wrong.headers)


@pytest.mark.parametrize("legacy", [False, True])
def test_a_locked_account_costs_one_decoy(
    legacy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked_out()
    if legacy:
        stored("old", password="polaris_scrypt$" + "A" * 32 + "$" + "0" * 512)
    secret = Clinician.objects.get(pk="ada").password
    costs = costs_of(monkeypatch)
    checked = watch_checks(monkeypatch)

    assert status() == 403

    assert costs == {"argon2": 1, **({"legacy": 1} if legacy else {})}
    assert secret not in checked


def locked_out() -> None:
    LoginGuard.objects.create(
        clinician_id="ada", failures=LIMIT, locked_until="2999-01-01T00:00:00Z"
    )


def watch_checks(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Return the list that every stored text that is checked from now on goes into."""
    from clinicians import passwords  # noqa: PLC0415 (patched where it is used)

    check = passwords.check
    seen: list[str | None] = []

    def watched(password: str, encoded: str | None, **options: Any) -> Any:
        seen.append(encoded)
        return check(password, encoded, **options)

    monkeypatch.setattr(passwords, "check", watched)
    return seen


def test_a_locked_account_is_announced_and_recorded() -> None:
    locked_out()
    status()
    reason = "Account is locked"
    data = {"clinician_id": "ada", "reason": reason}
    event = {"event_type": "Login Failure", "event_data": data}
    assert announced() == [("dhos.34837004", event)]
    assert recorded() == [("login.failed", "ada", {"reason": reason})]


@pytest.mark.parametrize(
    "changes", [{"login_active": False}, {"contract_expiry_eod_date": "2001-01-01"}]
)
def test_who_may_not_log_in_at_all_leaves_the_guard_alone(
    changes: dict[str, Any],
) -> None:
    locked_out()
    Clinician.objects.update(**changes)
    before = LoginGuard.objects.values().get()
    fail(1)
    assert LoginGuard.objects.values().get() == before


def test_nobody_has_no_guard() -> None:
    fail(LIMIT + 1, "nobody")
    assert not LoginGuard.objects.exists()


def test_what_is_no_attempt_does_not_count() -> None:
    for _ in range(LIMIT):
        assert logged_in("ada", "").status_code == 403
    assert status() == 200


def test_an_account_without_a_password_is_locked_as_well() -> None:
    stored("none", send_entry_identifier="none")
    fail(LIMIT, "none")
    assert LoginGuard.objects.get(pk="none").locked_until is not None


def test_one_account_does_not_lock_another() -> None:
    stored("bea", send_entry_identifier="bea", password=make_password(PASSWORD))
    fail(LIMIT, "bea")
    assert status() == 200


def test_neither_failures_nor_a_lock_are_a_change_of_the_clinician() -> None:
    path = "/dhos/v1/clinician/ada"
    before = Api().get(path)
    version = Clinician.objects.values("version", "modified", "modified_by").get()
    fail(LIMIT + 1)
    after = Api().get(path)
    assert (after["ETag"], json_of(after)) == (before["ETag"], json_of(before))
    assert (
        Clinician.objects.values("version", "modified", "modified_by").get() == version
    )


def test_the_guard_goes_with_the_clinician() -> None:
    fail(1)
    Clinician.objects.all().delete()
    assert not LoginGuard.objects.exists()
