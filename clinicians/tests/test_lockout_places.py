"""So many may try a password at once as failures are left; the others wait."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.db import OperationalError, connection

from clinicians import passwords
from clinicians.models import Clinician, LoginGuard
from clinicians.services import lockout, login
from clinicians.testing import logged_in, recorded, stored

pytestmark = pytest.mark.django_db

PASSWORD = "Pass@word1!"
NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
LIMIT = 10
MOST_LOOKS = 100
"""An attempt that looks more often would not fail its test, but never end."""


@pytest.fixture(autouse=True)
def _ada(db: None) -> None:
    stored("ada", send_entry_identifier="ada", password=make_password(PASSWORD))


@pytest.fixture(autouse=True)
def _nobody_goes_round_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    guard_of, looks = lockout._guard_of, count()

    def looked_at(clinician_id: str) -> LoginGuard:
        assert next(looks) < MOST_LOOKS
        return guard_of(clinician_id)

    monkeypatch.setattr(lockout, "_guard_of", looked_at)


def guarded(**fields: Any) -> None:
    LoginGuard.objects.create(clinician_id="ada", **fields)


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> list[float]:
    """Let somebody act while an attempt waits; returns how long each wait was to be."""
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        assert len(waits) < MOST_LOOKS
        act()

    monkeypatch.setattr("clinicians.services.lockout.time.sleep", sleep)
    return waits


def full(failures: int = 3) -> None:
    """Take all places."""
    now = datetime.now(UTC)
    guarded(failures=failures, in_flight=LIMIT - failures, last_entered=now)


def status(password: str = PASSWORD) -> int:
    code: int = logged_in("ada", password).status_code
    return code


def test_an_attempt_takes_a_place_while_it_lasts() -> None:
    with lockout.attempt("ada"):
        assert LoginGuard.objects.get().in_flight == 1
    lockout.settle("ada", correct=True)
    assert LoginGuard.objects.get().in_flight == 0


def test_failures_and_attempts_in_flight_share_the_places() -> None:
    guarded(failures=LIMIT - 2)
    assert [lockout._take_place("ada") for _ in range(3)] == [True, True, False]


def test_whoever_waits_gets_in_when_a_place_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full()
    waits = meanwhile(monkeypatch, lambda: lockout.settle("ada", correct=True))
    assert status() == 200
    assert len(waits) == 1


def test_whoever_waits_waits_for_the_next_when_one_was_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full()
    answers = iter([False, False, True])
    meanwhile(monkeypatch, lambda: lockout.settle("ada", correct=next(answers)))
    assert status() == 200
    assert list(answers) == []


def test_whoever_waits_is_refused_when_the_account_is_locked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full(failures=LIMIT - 1)
    meanwhile(monkeypatch, lambda: lockout.settle("ada", correct=False))
    assert status() == 403
    assert recorded() == [("login.failed", "ada", {"reason": "Account is locked"})]


def test_whoever_waits_looks_often_and_is_refused_after_two_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Clock:
        now = 0.0

        def monotonic(self) -> float:
            return self.now

        def sleep(self, seconds: float) -> None:
            assert 0 < seconds < 0.2
            self.now += seconds
            assert self.now < 2.2

    full()
    before = LoginGuard.objects.values().get()
    clock = Clock()
    monkeypatch.setattr(lockout, "time", clock)
    assert status() == 403
    assert clock.now > 2
    assert recorded() == [("login.failed", "ada", {"reason": "Account is locked"})]
    assert LoginGuard.objects.values().get() == before


@pytest.mark.django_db(transaction=True)
def test_whoever_waits_holds_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    full()
    held: list[bool] = []

    def look() -> None:
        # SQLite's in-memory database would be lost with its connection.
        held.append(connection.vendor != "sqlite" and connection.connection is not None)
        LoginGuard.objects.update(in_flight=0, settled=1)

    meanwhile(monkeypatch, look)
    assert status() == 200
    assert held == [False]


def test_an_attempt_that_died_counts_as_a_failure() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        guarded(failures=LIMIT - 3, in_flight=2, last_entered=NOON)
        clock.shift(31)
        assert status("wrong") == 403
        guard = LoginGuard.objects.get()
        assert (guard.failures, guard.in_flight) == (LIMIT, 0)
        assert status() == 403
        clock.shift(60)
        assert status() == 200


def test_dead_attempts_can_lock_the_account() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        guarded(in_flight=LIMIT, last_entered=NOON)
        clock.shift(31)
        assert status() == 403
        clock.shift(60)
        assert status() == 200


def test_an_attempt_is_not_dead_before_half_a_minute() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        guarded(in_flight=1, last_entered=NOON)
        clock.shift(30)
        assert not lockout._has_dead(LoginGuard.objects.get())
        assert status("wrong") == 403
        guard = LoginGuard.objects.get()
    assert (guard.failures, guard.in_flight) == (1, 1)


def test_a_locked_account_has_no_dead_attempt_without_one_in_flight() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        guarded(
            failures=LIMIT,
            locked_until=NOON + timedelta(minutes=1),
            last_failed=NOON,
            last_entered=NOON,
        )
        before = LoginGuard.objects.values().get()
        clock.shift(31)
        assert status() == 403
    assert LoginGuard.objects.values().get() == before


def test_a_lock_is_over_when_its_time_has_come() -> None:
    guard = LoginGuard(locked_until=NOON)
    assert guard.is_locked(NOON - timedelta(microseconds=1))
    assert not guard.is_locked(NOON)


def test_an_attempt_taken_for_dead_that_settles_takes_nobodys_place() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        lockout._enter("ada")
        clock.shift(31)
        assert status("wrong") == 403
        lockout.settle("ada", correct=False)
        guard = LoginGuard.objects.get()
    assert (guard.failures, guard.in_flight) == (3, 0)


def broken(*_: Any, **__: Any) -> None:
    raise OperationalError


def test_an_error_before_the_check_gives_the_place_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "check", broken)
    assert status() == 503
    guard = LoginGuard.objects.get()
    assert (guard.failures, guard.in_flight) == (0, 0)


def test_a_check_that_could_not_be_settled_counts_as_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        with monkeypatch.context() as patch:
            patch.setattr(login, "_settle", broken)
            assert status("wrong") == 503
        assert LoginGuard.objects.get().in_flight == 1
        clock.shift(31)
        assert status("wrong") == 403
    guard = LoginGuard.objects.get()
    assert (guard.failures, guard.in_flight) == (2, 0)


def test_a_place_that_cannot_be_given_back_goes_to_the_dead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lost(_: str) -> None:
        raise OperationalError

    monkeypatch.setattr(lockout, "_give_back", lost)
    with pytest.raises(KeyboardInterrupt), lockout.attempt("ada"):
        raise KeyboardInterrupt
    assert LoginGuard.objects.get().in_flight == 1


def test_a_guard_that_another_process_has_just_made_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = lockout._made

    def made_by_two(clinician_id: str) -> LoginGuard:
        guarded()
        return made(clinician_id)

    monkeypatch.setattr(lockout, "_made", made_by_two)
    assert status() == 200


@pytest.mark.django_db(transaction=True)
def test_a_clinician_removed_meanwhile_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    take = lockout._take_place

    def take_when_gone(clinician_id: str) -> bool:
        Clinician.objects.all().delete()
        return take(clinician_id)

    monkeypatch.setattr(lockout, "_take_place", take_when_gone)
    assert status() == 403
    assert not LoginGuard.objects.exists()


def test_settling_for_a_clinician_removed_meanwhile_does_nothing() -> None:
    guarded(in_flight=1)
    Clinician.objects.all().delete()
    lockout.settle("ada", correct=True)
    lockout._give_back("ada")
    assert not LoginGuard.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_guard_is_locked_in_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    locked_row, within = lockout._locked_row, list[bool]()

    def watched(clinician_id: str) -> LoginGuard | None:
        within.append(connection.in_atomic_block)
        return locked_row(clinician_id)

    guarded(in_flight=2)
    monkeypatch.setattr(lockout, "_locked_row", watched)
    lockout._buried("ada")
    lockout._give_back("ada")
    assert within == [True, True]
