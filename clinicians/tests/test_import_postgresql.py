"""Imports into PostgreSQL: its indexes, and others who work with it meanwhile."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from clinicians.models import Clinician
from clinicians.testing import Api, created, forget_the_trail, json_of, recorded
from clinicians.tests.commanded import wait_for
from clinicians.tests.files import import_in_batches_of, imported, item, items, ndjson
from clinicians.transfer import commands, empty_store
from clinicians.transfer.checking import Checked, checked_batches
from clinicians.transfer.importing import Import, Options
from clinicians.transfer.reading import Given
from roles.callers import operator_caller
from users_service.database.cursors import fetch_rows
from users_service.tests.schema import index_numbers, schema

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

PATH = "/dhos/v1/clinician"
INSERT = """
INSERT INTO clinicians_clinician (uuid, created, created_by, modified, modified_by,
    login_active, can_edit_ews, version)
VALUES (%s, now(), 'other', now(), 'other', true, false, 1)
"""


@pytest.fixture(autouse=True)
def _impatience(transactional_db: None) -> Iterator[None]:
    """An import that waits for somebody else's lock fails, before a test waits too."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '20s'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    import_in_batches_of(2, monkeypatch)
    return ndjson(tmp_path / "clinicians", items(5, groups=["Midwife 2009"]))


@pytest.fixture
def other(transactional_db: None) -> Iterator[psycopg.Connection]:
    """Another program's connection, in a transaction from its first statement on."""
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
    chosen = connection.settings_dict
    how: dict[str, Any] = {name: chosen[key] for key, name in names.items()}
    with psycopg.connect(**how, dbname=chosen["NAME"]) as opened:
        yield opened
        opened.rollback()


# -- Indexes ---------------------------------------------------------------------------


def remade(numbers: list[tuple[object, ...]]) -> set[str]:
    """Return the tables whose indexes were dropped and made again since."""
    tables = fetch_rows("SELECT indexname, tablename FROM pg_indexes")
    table_of = {name: table for name, table in tables}  # noqa: C416 (typed so)
    before = {row[0]: row[1] for row in numbers}
    now = {row[0]: row[1] for row in index_numbers()}
    assert before.keys() == now.keys()
    return {table_of[name] for name in now if now[name] != before[name]}


def test_an_empty_store_has_the_same_schema_afterwards(path: Path) -> None:
    before, numbers = schema(), index_numbers()
    assert imported(path).counts() == {"created": 5}

    assert schema() == before
    assert remade(numbers) == {
        model._meta.db_table for model in empty_store.filled_tables()
    }


def spoilt(each: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*each, item("bad", job_title=1)]


def repeated(each: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*each, item("again", email_address="c0@mail.example")]


@pytest.mark.parametrize("fail", [spoilt, repeated])
def test_a_failed_import_leaves_the_schema_alone(
    path: Path, fail: Callable[[Any], Any]
) -> None:
    before, numbers = schema(), index_numbers()
    assert imported(ndjson(path, fail(items(5)))).counts() == {"refused": 1}

    assert (schema(), index_numbers()) == (before, numbers)
    assert not Clinician.objects.exists()


@pytest.mark.parametrize(
    "how", [["--keep-indexes"], ["--dry-run"], ["--continue-on-error"]]
)
def test_indexes_are_kept_where_that_is_asked_for(path: Path, how: list[str]) -> None:
    before, numbers = schema(), index_numbers()
    assert imported(path, *how).status == 0

    assert (schema(), index_numbers()) == (before, numbers)


def test_a_store_in_use_keeps_its_indexes(path: Path) -> None:
    created(uuid="here")
    before, numbers = schema(), index_numbers()
    assert imported(path).counts() == {"created": 5}

    assert (schema(), index_numbers()) == (before, numbers)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM clinicians_clinician",
        "SELECT count(*) FROM bookmarks_patientbookmark",
        "SELECT count(*) FROM journal_auditentry",
        INSERT.replace("%s", "'theirs'"),
    ],
    ids=["reads", "reads bookmarks", "reads the trail", "writes"],
)
def test_an_empty_store_that_somebody_uses_is_not_taken(
    path: Path, other: psycopg.Connection, statement: str
) -> None:
    before, numbers = schema(), index_numbers()
    other.execute(statement.encode())
    assert imported(path).counts() == {"created": 5}
    assert (schema(), index_numbers()) == (before, numbers)
    other.commit()

    expected = 6 if "INSERT" in statement else 5
    assert Clinician.objects.count() == expected


def test_a_large_trail_keeps_its_indexes(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    created(uuid="here")
    Clinician.objects.all().delete()
    monkeypatch.setattr(empty_store, "SMALL_TRAIL", 0)
    before, numbers = schema(), index_numbers()
    assert imported(path).counts() == {"created": 5}

    assert schema() == before
    assert "clinicians_clinician" in remade(numbers)
    assert "journal_auditentry" not in remade(numbers)


def test_tables_that_grew_are_counted_anew(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "ANALYSED_FROM", 5)
    imported(path)
    sql = "SELECT reltuples FROM pg_class WHERE relname = %s"
    for table in ("clinicians_clinician", "clinicians_product", "journal_auditentry"):
        assert fetch_rows(sql, [table])[0][0] >= 5


# -- Others ----------------------------------------------------------------------------


def elsewhere(action: Callable[[], Any]) -> Any:
    """Return what an action on another connection gives; it waits for no lock long."""

    def act() -> Any:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '10s'")
                try:
                    return action()
                finally:
                    cursor.execute("RESET lock_timeout")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act).result(timeout=60)


def use_the_api() -> list[int]:
    """Read and write other clinicians; return the statuses."""
    api = Api()
    agreement = {"product_name": "GDM", "version": 1}
    body = {"job_title": "nurse", "products": [{"product_name": "PREG"}]}
    answers = [
        api.get(f"{PATH}/here"),
        api.get("/dhos/v2/clinicians?expanded=true"),
        api.patch(f"{PATH}/here", body),
        api.patch(f"{PATH}/here/delete", {"locations": ["L1"]}),
        api.post(f"{PATH}/here/terms_agreement", agreement),
        api.post(f"{PATH}/here/location/L9/bookmark"),
        api.post(f"{PATH}/bulk", [item("theirs")]),
        api.patch(f"{PATH}?email=here@mail.example", {"password": "correct horse"}),
    ]
    hidden = api.get(f"{PATH}/c0")
    assert hidden.status_code == 404  # nothing is seen before all is there
    assert json_of(answers[1])["total"] == 1
    return [answer.status_code for answer in answers]


def test_others_read_and_write_while_a_store_in_use_is_imported_into() -> None:
    created(uuid="here", email_address="here@mail.example")
    created(uuid="old", email_address="old@mail.example")
    Clinician.objects.filter(pk="old").delete()
    forget_the_trail()
    answered: list[int] = []

    def batches() -> Iterator[list[Checked]]:
        given = [Given(n, each, {}) for n, each in enumerate(items(6), 1)]
        first, *rest = checked_batches(given, size=2)
        yield first
        answered.extend(elsewhere(use_the_api))
        yield from rest

    one = Import(
        actor=operator_caller("jane"),
        options=Options(),
        on_refused=lambda *found: pytest.fail(str(found)),
    )
    assert one.run(batches()).created == 6
    assert answered == [200, 200, 200, 200, 200, 201, 200, 200]
    ids = set(Clinician.objects.values_list("pk", flat=True))
    assert ids == {"here", "theirs", *(f"c{number}" for number in range(6))}
    assert Clinician.objects.get(pk="here").job_title == "nurse"


def commit_when_waited_for(other: psycopg.Connection, pid: int) -> None:
    """Commit as soon as the server process waits for that."""
    sql = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = %s"

    def is_waiting() -> bool:
        return bool(fetch_rows(sql, [pid]))

    try:
        wait_for(is_waiting)
        other.commit()
    finally:
        other.rollback()  # or the import would wait for ever
        connection.close()


def raced(path: Path, other: psycopg.Connection, *how: str) -> Any:
    """Import while somebody stores c3, too late to be seen and too early to come."""
    created(uuid="here")
    [(pid,)] = fetch_rows("SELECT pg_backend_pid()")
    other.execute(INSERT.encode(), ["c3"])
    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(commit_when_waited_for, other, pid)
        told = imported(path, *how)
        ending.result(timeout=60)
    return told


def test_a_lost_race_leaves_nothing(path: Path, other: psycopg.Connection) -> None:
    told = raced(path, other)

    assert (told.status, told.counts()) == (1, {})
    message = (
        "CommandError: The store was changed meanwhile, in a way that contradicts"
        " the file. Nothing was stored. Run it again.\n"
    )
    assert told.err == message
    assert set(Clinician.objects.values_list("pk", flat=True)) == {"here", "c3"}
    assert {entry[1] for entry in recorded()} == {"here"}


def test_a_lost_race_refuses_one_of_many(path: Path, other: psycopg.Connection) -> None:
    told = raced(path, other, "--continue-on-error")

    assert (told.status, told.counts()) == (1, {"created": 4, "refused": 1})
    assert told.err.startswith("line 4: uuid: The uuid is in use already.\n")
    assert Clinician.objects.get(pk="c3").created_by == "other"
    assert Clinician.objects.count() == 6
