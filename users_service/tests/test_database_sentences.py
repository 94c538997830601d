"""What callers are told of errors that a right or a time-out of the database causes."""

import time
from collections.abc import Iterator
from contextlib import suppress
from threading import Event, Thread
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection, transaction

from clinicians.models import Clinician
from clinicians.testing import Api, created
from users_service.database.connections import direct_connection
from users_service.problems import DATABASE_STATES

pytestmark = pytest.mark.postgresql

V1 = "/dhos/v1/clinician"


def assert_is_503(answer: Any, state: str) -> None:
    assert answer.status_code == 503
    assert answer.json()["message"] == DATABASE_STATES[state]
    assert answer["Retry-After"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", [f"{V1}/ada", "/dhos/v2/clinicians", f"{V1}?email=ada@mail.example"]
)
def test_role_without_a_right_to_read_is_503(path: str) -> None:
    created(uuid="ada")
    execute("CREATE ROLE users_test_nothing; SET LOCAL ROLE users_test_nothing")
    assert_is_503(Api().get(path), "42501")


@pytest.mark.django_db
def test_role_without_a_right_to_write_is_503_and_stores_nothing() -> None:
    created(uuid="ada", job_title="Nurse")
    execute(
        "CREATE ROLE users_test_reader; GRANT pg_read_all_data TO users_test_reader; "
        "GRANT UPDATE (password) ON clinicians_clinician TO users_test_reader; "
        "SET LOCAL ROLE users_test_reader"
    )
    with transaction.atomic():
        assert_is_503(Api().patch(f"{V1}/ada", {"job_title": "Matron"}), "42501")
    assert Clinician.objects.get().job_title == "Nurse"


@pytest.mark.django_db(transaction=True)
def test_statement_that_takes_too_long_is_503(held: None) -> None:
    with transaction.atomic():
        execute("SET LOCAL statement_timeout = 50")
        assert_is_503(Api().patch(f"{V1}/ada", {"job_title": "Matron"}), "57014")
    assert Clinician.objects.get().job_title != "Matron"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/dhos/v2/clinicians", "/dhos/v2/clinicians?limit=9"])
def test_list_whose_statement_takes_too_long_is_503_and_no_part_of_it(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    created(uuid="ada", first_name="Ada")
    execute("SET LOCAL statement_timeout = 1")
    monkeypatch.setattr(
        "clinicians.documents._select",
        lambda *_: (
            "SELECT c.uuid, c.version, c.uuid, pg_sleep(1)::text || c.uuid "
            "FROM clinicians_clinician c"
        ),
    )
    answer = Api().get(path)
    assert_is_503(answer, "57014")
    assert b"ada" not in answer.content


@pytest.mark.django_db(transaction=True)
def test_transaction_that_was_idle_for_too_long_is_503() -> None:
    created(uuid="ada")
    with suppress(InterfaceError, OperationalError), transaction.atomic():
        execute("SET LOCAL idle_in_transaction_session_timeout = 1")
        wait_until_ended(connection.connection.info.backend_pid)
        assert_is_503(Api().patch(f"{V1}/ada", {"job_title": "Matron"}), "25P03")
    connection.close()
    assert Clinician.objects.get().job_title != "Matron"


def wait_until_ended(process: int) -> None:
    """Return when the server's process of a connection has ended."""
    with direct_connection() as other, other.cursor() as cursor:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            cursor.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [process])
            if cursor.fetchone() is None:
                return
    raise AssertionError("it goes on")


@pytest.fixture
def held(transactional_db: None) -> Iterator[None]:
    """The row of `ada`, held by another connection."""
    created(uuid="ada")
    locked, over = Event(), Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                list(Clinician.objects.select_for_update())
                locked.set()
                over.wait(30)
        finally:
            connection.close()

    thread = Thread(target=hold)
    thread.start()
    assert locked.wait(30)
    yield
    over.set()
    thread.join()


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
