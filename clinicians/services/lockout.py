"""Locking out guessers: who may try a password against an account's stored hash.

An attempt is let in by one atomic statement before its password is checked, and is
settled afterwards. Ten failures in a row lock the account, so at most as many attempts
are in flight as failures are left; who finds no place waits for one to settle.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, IntegrityError, models
from django.db.models import F, Q
from django.utils import timezone

from clinicians.models import LoginGuard
from users_service.database.connections import release_connection
from users_service.database.transactions import write_transaction
from users_service.exceptions import AccessDenied
from users_service.journal.audit import Actor, record

DEAD_AFTER = timedelta(seconds=30)
"""An attempt not settled by then died with its process, and is a failure."""

WAIT_SECONDS = 2.0
"""How long an attempt waits for another one to settle."""

POLL_SECONDS = 0.1
"""Each look is a statement; all who wait for one account look this often."""


class AccountLocked(Exception):
    """The account is locked, or all its places are taken and stay so."""


@contextmanager
def attempt(clinician_id: str) -> Iterator[None]:
    """Take a place among those who may try a password, and let the block try it.

    Raises AccountLocked when there is none, and AccessDenied when the clinician is
    gone. An error in the block gives the place back: no password was checked. After
    the block `settle` does; a password that was checked without that, whatever
    went wrong, counts as one of the dead.
    """
    _enter(clinician_id)
    try:
        yield
    except BaseException:
        with suppress(DatabaseError):
            _give_back(clinician_id)
        raise


def settle(clinician_id: str, *, correct: bool) -> None:
    """Settle an attempt, in the caller's transaction.

    A right password ends the row of failures, a wrong one may lock the account.
    """
    guard = _locked_row(clinician_id)
    if guard is None:
        return
    guard.settle()
    if correct:
        guard.forget_failures()
    else:
        guard.add_failures(1, timezone.now())
    guard.save()


def pretend() -> None:
    """Take as long as an attempt does, for a login that tries no stored hash."""
    _take_place("")
    _guard("").first()
    _guard("").update(settled=0, failures=0, last_failed=None, in_flight=0)


@write_transaction
def unlock(*, actor: Actor, clinician_id: str) -> bool:
    """Forget an account's failures; returns whether it was locked."""
    guard = _locked_row(clinician_id)
    if guard is None or not guard.failures:
        return False
    was_locked = guard.is_locked(timezone.now())
    record(
        actor=actor,
        action="clinician.unlocked",
        clinician_id=clinician_id,
        changes={"failures": [guard.failures, 0]},
    )
    guard.forget_failures()
    guard.save()
    return was_locked


def _enter(clinician_id: str) -> None:
    """Take a place, waiting for other attempts to settle when there is none."""
    while not _take_place(clinician_id):
        guard = _guard_of(clinician_id)
        if guard.is_locked(timezone.now()):
            raise AccountLocked
        if guard.is_full:
            _wait_until_one_settles(guard)


def _wait_until_one_settles(guard: LoginGuard) -> None:
    """Wait, holding no connection; raises AccountLocked after WAIT_SECONDS."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        release_connection()
        time.sleep(POLL_SECONDS)
        if not _guard(guard.pk).filter(settled=guard.settled).exists():
            return
        if time.monotonic() > deadline:
            raise AccountLocked


def _take_place(clinician_id: str) -> bool:
    """Take a place if there is one, deciding and counting in one statement."""
    now = timezone.now()
    limit = settings.LOGIN_FAILURES_PER_LOCK
    free = _guard(clinician_id).filter(
        Q(locked_until=None) | Q(locked_until__lte=now),
        Q(in_flight=0) | Q(last_entered__gte=now - DEAD_AFTER),
        in_flight__lt=limit - F("failures") % limit,
    )
    return free.update(in_flight=F("in_flight") + 1, last_entered=now) > 0


def _guard_of(clinician_id: str) -> LoginGuard:
    """Return the guard: made at an account's first login, rid of dead attempts."""
    guard = _guard(clinician_id).first() or _made(clinician_id)
    return _buried(clinician_id) if _has_dead(guard) else guard


def _made(clinician_id: str) -> LoginGuard:
    # Another process may be making it, too; and the clinician may be gone.
    with suppress(IntegrityError):
        LoginGuard.objects.bulk_create(
            [LoginGuard(clinician_id=clinician_id)], ignore_conflicts=True
        )
    return _found(_guard(clinician_id).first())


@write_transaction
def _buried(clinician_id: str) -> LoginGuard:
    guard = _found(_locked_row(clinician_id))
    if _has_dead(guard):
        guard.add_failures(guard.in_flight, timezone.now())
        guard.settle(guard.in_flight)
        guard.save()
    return guard


def _has_dead(guard: LoginGuard) -> bool:
    entered = guard.last_entered
    abandoned = timezone.now() - DEAD_AFTER
    return guard.in_flight > 0 and entered is not None and entered < abandoned


def _found(guard: LoginGuard | None) -> LoginGuard:
    if guard is None:
        raise AccessDenied("login: the account is gone")
    return guard


@write_transaction
def _give_back(clinician_id: str) -> None:
    guard = _locked_row(clinician_id)
    if guard is not None:
        guard.settle()
        guard.save()


def _locked_row(clinician_id: str) -> LoginGuard | None:
    return _guard(clinician_id).select_for_update().first()


def _guard(clinician_id: str) -> models.QuerySet[LoginGuard]:
    return LoginGuard.objects.filter(pk=clinician_id)
