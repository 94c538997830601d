"""Logins that are under way while a person is erased bring nothing back."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from clinicians import passwords
from clinicians.hashers import PolarisScryptPasswordHasher
from clinicians.models import Clinician, LoginGuard
from clinicians.services import login
from clinicians.services.erasure import erase_clinician
from clinicians.testing import announced, recorded, stored
from roles.callers import Caller
from users_service.journal.audit import Operator

PATIENCE = 30
PASSWORD = "Pass@word1!"
BADGE = "7"
ROBOT = Caller(id="dhos-robot", kind="system", system_id="dhos-robot")


def ada(**changes: Any) -> None:
    """Store somebody whose next login replaces a legacy hash."""
    legacy = PolarisScryptPasswordHasher()
    encoded = legacy.encode(PASSWORD, legacy.salt())
    stored("ada", send_entry_identifier=BADGE, password=encoded, **changes)


def erase() -> None:
    erase_clinician(actor=Operator("jane"), clinician_id="ada")


def begin() -> Any:
    account = login._find(BADGE)
    assert account is not None
    return account


def finish(account: Any, password: str) -> None:
    verdict = passwords.check(password, account.password, legacy_in_use=True)
    login._settle(actor=ROBOT, account=account, verdict=verdict)


@pytest.mark.django_db
@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_a_login_that_ends_after_it_restores_nothing(password: str) -> None:
    ada()
    account = begin()
    LoginGuard.objects.create(clinician_id="ada", in_flight=1)
    erase()

    finish(account, password)

    assert Clinician.objects.get().password is None
    assert LoginGuard.objects.count() == 0
    assert "stored_hash" not in recorded()[-1][2]


@pytest.mark.django_db
def test_the_end_of_a_contract_is_not_announced_after_it() -> None:
    ada(contract_expiry_eod_date="2001-01-01")
    account = begin()
    erase()

    login._settle_refused(ROBOT, account, BADGE, login.EXPIRED)

    reason = {"reason": "Account is disabled"}
    _, body = announced()[-1]
    assert body["event_data"] == {"clinician_id": "ada", **reason}
    assert recorded()[-1] == ("login.failed", "ada", reason)


def on_a_connection_of_its_own(work: Callable[[], None]) -> None:
    try:
        work()
    finally:
        connection.close()


def wait_until_somebody_waits() -> None:
    """Return when another connection waits for a lock of this one's."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    deadline = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(
                f"{waiting} AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone() != (0,):
                return
    raise AssertionError("nobody waits")


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
def test_a_login_that_waits_for_it_does_not_store_its_hash() -> None:
    ada()
    account = begin()
    # Whatever goes wrong inside, the transaction ends before the thread is waited for.
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            erase()
            work = pool.submit(
                on_a_connection_of_its_own, lambda: finish(account, PASSWORD)
            )
            wait_until_somebody_waits()
        work.result(PATIENCE)

    assert Clinician.objects.get().password is None
    assert recorded()[-1] == ("login.succeeded", "ada", {})


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
def test_it_waits_for_a_login_that_is_storing_its_hash() -> None:
    ada()
    account = begin()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            finish(account, PASSWORD)
            work = pool.submit(on_a_connection_of_its_own, erase)
            wait_until_somebody_waits()
        work.result(PATIENCE)

    assert Clinician.objects.get().password is None
    assert [told for action, _, told in recorded() if action == "login.succeeded"] == [
        {"stored_hash": "blanked"}
    ]
    assert "Login Success" not in str(announced())
