"""Locking out guessers: who may try a password against an account's stored hash.

An attempt is let in by one atomic statement before its password is checked, and is
settled afterwards. Ten failures in a row lock the account, so at most as many attempts
are in flight as failures are left; who finds no place waits for one to settle.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Greatest
from django.db.models.lookups import Exact, GreaterThan
from django.utils import timezone

from clinicians.models import LoginGuard
from users_service.database.connections import release_connection

LOCK_MINUTES = (1, 2, 4, 8)
"""How long the first locks of a row of failures last."""

LAST_LOCK_MINUTES = 15
"""How long every further one lasts."""

FORGOTTEN_AFTER = timedelta(hours=24)
"""A row of failures is forgotten this long after the last of them."""

DEAD_AFTER = timedelta(seconds=30)
"""An attempt not settled by then died with its process, and is a failure."""

WAIT_SECONDS = 2.0
"""How long an attempt waits for another one to settle."""

POLL_SECONDS = 0.02


class AccountLocked(Exception):
    """The account is locked, or all its places are taken and stay so."""


@contextmanager
def attempt(clinician_id: str) -> Iterator[None]:
    """Hold a place among those who may try a password.

    Raises AccountLocked when there is none. Inside, the attempt has to be settled by
    `succeed` or `fail`; an error before that gives the place back, since it tells
    nothing of the password. (If even that fails, the place goes to the dead.)
    """
    _enter(clinician_id)
    try:
        yield
    except BaseException:
        with suppress(DatabaseError):
            _guard(clinician_id).update(**_one_less_in_flight())
        raise


def succeed(clinician_id: str) -> None:
    """Settle an attempt with the right password: it ends the row of failures."""
    _guard(clinician_id).update(**_one_less_in_flight(), **_NO_FAILURES)


def fail(clinician_id: str) -> None:
    """Settle an attempt with a wrong password, which may lock the account."""
    _guard(clinician_id).update(**_one_less_in_flight(), **_failures_more(Value(1)))


def unlock(clinician_id: str) -> bool:
    """Forget an account's failures; returns whether there were any."""
    return _guard(clinician_id).filter(failures__gt=0).update(**_NO_FAILURES) > 0


def _enter(clinician_id: str) -> None:
    """Take a place, waiting WAIT_SECONDS at most for each attempt to settle."""
    settled, deadline = -1, 0.0
    while not _take_place(clinician_id):
        guard = _refreshed(clinician_id)
        if guard.is_locked(timezone.now()):
            raise AccountLocked
        if guard.settled != settled:
            settled, deadline = guard.settled, time.monotonic() + WAIT_SECONDS
        elif guard.in_flight == 0:
            continue
        elif time.monotonic() > deadline:
            raise AccountLocked
        else:
            release_connection()
            time.sleep(POLL_SECONDS)


def _take_place(clinician_id: str) -> bool:
    """Take a place if there is one, deciding and counting in one statement."""
    now = timezone.now()
    limit = settings.LOGIN_FAILURES_PER_LOCK
    forgotten = When(last_failed__lt=now - FORGOTTEN_AFTER, then=Value(0))
    failures = Case(
        forgotten, default=F("failures"), output_field=models.IntegerField()
    )
    free = (
        _guard(clinician_id)
        .alias(used=failures % Value(limit) + F("in_flight"))
        .filter(
            Q(locked_until=None) | Q(locked_until__lte=now),
            Q(in_flight=0) | Q(last_entered__gte=now - DEAD_AFTER),
            used__lt=limit,
        )
    )
    entered = {"in_flight": F("in_flight") + 1, "last_entered": now}
    return free.update(failures=failures, **entered) > 0


def _refreshed(clinician_id: str) -> LoginGuard:
    """Return the guard: made at an account's first login, rid of dead attempts."""
    LoginGuard.objects.bulk_create(
        [LoginGuard(clinician_id=clinician_id)], ignore_conflicts=True
    )
    abandoned = timezone.now() - DEAD_AFTER
    _guard(clinician_id).filter(in_flight__gt=0, last_entered__lt=abandoned).update(
        **_failures_more(F("in_flight")), in_flight=0, settled=F("settled") + 1
    )
    return _guard(clinician_id).get()


def _guard(clinician_id: str) -> models.QuerySet[LoginGuard]:
    return LoginGuard.objects.filter(pk=clinician_id)


_NO_FAILURES: dict[str, Any] = {
    "failures": 0,
    "last_failed": None,
    "locked_until": None,
}


def _one_less_in_flight() -> dict[str, Any]:
    return {
        "in_flight": Greatest(F("in_flight") - 1, Value(0)),
        "settled": F("settled") + 1,
    }


def _failures_more(number: Any) -> dict[str, Any]:
    """Return the update that adds failures and locks whenever they reach the limit."""
    now = timezone.now()
    limit = Value(settings.LOGIN_FAILURES_PER_LOCK)
    failures = F("failures") + number
    lock = failures / limit
    until = Case(
        *(
            When(Exact(lock, nth), then=Value(now + timedelta(minutes=minutes)))
            for nth, minutes in enumerate(LOCK_MINUTES, start=1)
        ),
        default=Value(now + timedelta(minutes=LAST_LOCK_MINUTES)),
    )
    reached = When(GreaterThan(lock, F("failures") / limit), then=until)
    return {
        "failures": failures,
        "last_failed": now,
        "locked_until": Case(reached, default=F("locked_until")),
    }
