"""Writes are one transaction each, tried again once."""

from collections.abc import Callable
from threading import Thread

import psycopg.errors
import pytest
from django.db import OperationalError, connection, transaction

from clinicians.models import Clinician
from clinicians.testing import stored
from users_service.database.transactions import is_retryable, write_transaction

RETRYABLE = [psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure]
OTHERS = [psycopg.errors.LockNotAvailable, psycopg.errors.DiskFull]


def failure(cause: type[psycopg.Error]) -> OperationalError:
    error = OperationalError("the database says no")
    error.__cause__ = cause()
    return error


def failing(times: int, error: Exception) -> tuple[list[int], Callable[[], str]]:
    """Return a write that fails so often, and the list of its calls."""
    calls: list[int] = []

    @write_transaction
    def write() -> str:
        calls.append(len(calls))
        stored(f"call {len(calls)}")
        if len(calls) <= times:
            raise error
        return "done"

    return calls, write


@pytest.mark.django_db(transaction=True)
def test_what_it_returns_is_stored() -> None:
    calls, write = failing(0, ValueError())
    assert write() == "done"
    assert len(calls) == 1
    assert Clinician.objects.count() == 1
    assert not connection.in_atomic_block


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("cause", RETRYABLE)
def test_a_write_is_tried_again(cause: type[psycopg.Error]) -> None:
    calls, write = failing(1, failure(cause))
    assert write() == "done"
    assert len(calls) == 2
    assert Clinician.objects.values_list("uuid", flat=True).get() == "call 2"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("cause", RETRYABLE)
def test_but_only_once(cause: type[psycopg.Error]) -> None:
    calls, write = failing(2, failure(cause))
    with pytest.raises(OperationalError):
        write()
    assert len(calls) == 2
    assert not Clinician.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "error",
    [*map(failure, OTHERS), OperationalError("database is locked"), ValueError()],
)
def test_other_faults_are_not_tried_again(error: Exception) -> None:
    calls, write = failing(1, error)
    with pytest.raises(type(error)):
        write()
    assert len(calls) == 1
    assert not Clinician.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_there_is_no_second_try() -> None:
    calls, write = failing(1, failure(RETRYABLE[0]))
    with pytest.raises(OperationalError), transaction.atomic():
        write()
    assert len(calls) == 1


def test_what_may_be_retried() -> None:
    assert all(is_retryable(failure(cause)) for cause in RETRYABLE)
    assert not any(is_retryable(failure(cause)) for cause in OTHERS)
    assert not is_retryable(OperationalError())


def test_the_wrapper_keeps_name_and_docstring() -> None:
    @write_transaction
    def documented() -> None:
        """Say something."""

    assert documented.__name__ == "documented"
    assert documented.__doc__ == "Say something."


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
def test_a_real_serialisation_failure_is_overcome() -> None:
    stored("A", job_title="0")
    tries: list[str | None] = []

    @write_transaction
    def append() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        clinician = Clinician.objects.get(pk="A")
        tries.append(clinician.job_title)
        if len(tries) == 1:
            _elsewhere("1")
        Clinician.objects.filter(pk="A").update(job_title=f"{clinician.job_title}2")

    append()

    assert tries == ["0", "1"]
    assert Clinician.objects.get(pk="A").job_title == "12"


def _elsewhere(job_title: str) -> None:
    def write() -> None:
        Clinician.objects.update(job_title=job_title)
        connection.close()

    thread = Thread(target=write)
    thread.start()
    thread.join()
