"""Cursors for hand-written reads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from clinicians.testing import stored
from users_service.database.connections import release_connection
from users_service.database.cursors import CHUNK_ROWS, Row, fetch_rows, stream_rows
from users_service.database.transactions import write_transaction

NUMBERS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})"
    " SELECT i FROM n"
)


@pytest.mark.django_db
def test_all_rows_of_a_statement() -> None:
    stored("A", last_name="x")
    stored("B", last_name="y")
    sql = "SELECT uuid, last_name FROM clinicians_clinician WHERE uuid > %s ORDER BY 1"
    assert fetch_rows(sql, [""]) == [("A", "x"), ("B", "y")]
    assert fetch_rows(sql, ["A"]) == [("B", "y")]
    assert fetch_rows(sql, ["C"]) == []


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, CHUNK_ROWS, CHUNK_ROWS + 1, 3 * CHUNK_ROWS - 1])
def test_streamed_rows_come_in_chunks(number: int) -> None:
    chunks = list(stream_rows(NUMBERS.format(number)))
    assert [row[0] for chunk in chunks for row in chunk] == list(range(1, number + 1))
    assert all(len(chunk) == CHUNK_ROWS for chunk in chunks[:-1])
    assert 0 < len(chunks[-1]) <= CHUNK_ROWS


@pytest.mark.django_db
def test_no_rows_are_no_chunk() -> None:
    assert list(stream_rows("SELECT 1 WHERE 1 = %s", [2])) == []


@pytest.mark.django_db
def test_reads_are_captured_like_any_other() -> None:
    with CaptureQueriesContext(connection) as queries:
        fetch_rows("SELECT 7")
        list(stream_rows("SELECT 8"))
    found = [query["sql"] for query in queries if "SELECT" in query["sql"]]
    assert len(found) == 2


@pytest.mark.django_db
def test_faults_are_djangos() -> None:
    for read in (fetch_rows, lambda sql: list(stream_rows(sql))):
        with pytest.raises(DatabaseError), transaction.atomic():
            read("SELECT nothing FROM nowhere")


@pytest.mark.django_db(transaction=True)
def test_a_stream_that_is_dropped_ends_its_transaction() -> None:
    stream = stream_rows(NUMBERS.format(2 * CHUNK_ROWS))
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert not connection.in_atomic_block
    assert fetch_rows("SELECT 1") == [(1,)]


@pytest.mark.django_db
@pytest.mark.postgresql
def test_the_server_binds_and_prepares() -> None:
    for number in range(8):
        assert fetch_rows("SELECT %s::int + 41", [number]) == [(number + 41,)]
    prepared = fetch_rows("SELECT statement FROM pg_prepared_statements")
    assert ("SELECT $1::int + 41",) in prepared


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
def test_a_released_connection_comes_back_with_the_next_statement() -> None:
    connection.ensure_connection()
    release_connection()
    assert connection.connection is None
    assert fetch_rows("SELECT 1") == [(1,)]


@pytest.mark.django_db
def test_a_connection_stays_as_long_as_its_transaction() -> None:
    stored("A")
    release_connection()
    assert connection.connection is not None
    assert fetch_rows("SELECT uuid FROM clinicians_clinician") == [("A",)]


def _alter() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE changing ALTER x TYPE text")
    connection.close()


def _shown() -> list[Row]:
    return fetch_rows("SELECT x FROM changing")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("read", [_shown, write_transaction(_shown)])
def test_a_statement_outlives_a_change_of_the_column_it_shows(
    read: Callable[[], list[Row]],
) -> None:
    """Another connection migrates: this one's prepared statement is refused then."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE changing (x varchar(10))")
        cursor.execute("INSERT INTO changing VALUES ('as it was')")
    try:
        for _ in range(6):
            read()
        with ThreadPoolExecutor(1) as elsewhere:
            elsewhere.submit(_alter).result()

        assert read() == [("as it was",)]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE changing")
