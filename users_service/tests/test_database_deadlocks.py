"""Writes that the database breaks off are run a second time, and no third."""

from collections.abc import Iterator
from threading import Barrier, Event

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from clinicians.models import Clinician
from clinicians.services.locking import lock_clinician
from users_service.database.transactions import write_transaction
from users_service.tests.live import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


@pytest.fixture
def other(transactional_db: None) -> Iterator[psycopg.Connection]:
    """Another program's connection to the same database."""
    chosen = connection.settings_dict
    with psycopg.connect(
        host=chosen["HOST"],
        port=chosen["PORT"],
        user=chosen["USER"],
        password=chosen["PASSWORD"],
        dbname=chosen["NAME"],
        autocommit=True,
    ) as opened:
        yield opened


def make(*ids: str) -> None:
    for clinician_id in ids:
        Clinician.objects.create(uuid=clinician_id, job_title="")


def test_of_two_writers_in_a_deadlock_both_get_through() -> None:
    make("A", "B")
    attempts: list[str] = []
    both_hold_one, one_is_through = Barrier(2), Event()

    @write_transaction
    def lock_both(first: str, second: str) -> None:
        again = first in attempts
        attempts.append(first)
        if again:  # at once, it might overtake the survivor: the next deadlock
            assert one_is_through.wait(timeout=30)
        lock_clinician(first)
        if not again:
            both_hold_one.wait(timeout=30)
        clinician = lock_clinician(second)
        clinician.job_title = f"{clinician.job_title}x"
        clinician.save(update_fields=["job_title"])

    def write(order: tuple[str, str]) -> None:
        try:
            lock_both(*order)
            one_is_through.set()
        finally:
            connection.close()

    at_once(write, [("A", "B"), ("B", "A")])
    assert len(attempts) == 3
    titles = Clinician.objects.order_by("uuid").values_list("job_title", flat=True)
    assert list(titles) == ["x", "x"]


@pytest.fixture
def repeatable_read(transactional_db: None) -> Iterator[None]:
    """Transactions that fail when somebody else changes what they have read."""
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_isolation = 'repeatable read'")
        yield
        cursor.execute("RESET default_transaction_isolation")


def write_overtaken(other: psycopg.Connection, times: int, attempts: list[int]) -> None:
    """Change a clinician whom somebody else changes meanwhile, `times` times."""

    @write_transaction
    def write() -> None:
        attempts.append(len(attempts) + 1)
        clinician = Clinician.objects.get(pk="A")
        if len(attempts) <= times:
            other.execute("UPDATE clinicians_clinician SET job_title = 'theirs'")
        clinician.job_title = "ours"
        clinician.save(update_fields=["job_title"])

    write()


@pytest.mark.usefixtures("repeatable_read")
def test_a_serialisation_failure_is_tried_again(other: psycopg.Connection) -> None:
    make("A")
    attempts: list[int] = []
    write_overtaken(other, times=1, attempts=attempts)
    assert attempts == [1, 2]
    assert Clinician.objects.get().job_title == "ours"


@pytest.mark.usefixtures("repeatable_read")
def test_a_second_failure_is_the_callers(other: psycopg.Connection) -> None:
    make("A")
    attempts: list[int] = []
    with pytest.raises(OperationalError, match="could not serialize"):
        write_overtaken(other, times=2, attempts=attempts)
    assert attempts == [1, 2]
    assert Clinician.objects.get().job_title == "theirs"


@pytest.mark.usefixtures("repeatable_read")
def test_inside_a_transaction_there_is_no_second_try(other: psycopg.Connection) -> None:
    make("A")
    attempts: list[int] = []
    with (
        pytest.raises(OperationalError, match="could not serialize"),
        transaction.atomic(),
    ):
        write_overtaken(other, times=1, attempts=attempts)
    assert attempts == [1]


def test_another_failure_of_the_database_is_not_tried_again() -> None:
    attempts: list[int] = []

    @write_transaction
    def write() -> None:
        attempts.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 10")
            cursor.execute("SELECT pg_sleep(5)")

    with pytest.raises(OperationalError, match="statement timeout"):
        write()
    assert attempts == [1]
