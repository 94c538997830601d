"""Many rows at once, which are as the ORM would have written them."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import DatabaseError, DataError, IntegrityError, connection, transaction

from clinicians.models import Clinician, ClinicianLocation, Product
from clinicians.testing import stored
from users_service.database.bulk import FEW, insert_into, insert_rows
from users_service.database.cursors import fetch_rows
from users_service.journal.models import AuditEntry

pytestmark = pytest.mark.django_db

NUMBERS = [1, FEW - 1, FEW, 3 * FEW]
TEXTS = [
    "",
    " ",
    "\t",
    "\n",
    "\r\n",
    "\\",
    "\\N",
    "\\n",
    "\\.",
    "\\.\n",
    "'",
    "''",
    '"',
    "NULL",
    "null",
    "%",
    "%s",
    "%(x)s",
    "{}",
    ",",
    "\x01\x1f\x7f",
    "é\u0301",
    "\ufeff\u2028",
    "\U0001f469\u200d\U0001f680",
    None,
]
MOMENTS = [
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2020, 2, 29, 1, 2, 3, tzinfo=UTC),
    datetime(2020, 2, 29, 1, 2, 3, 1, tzinfo=UTC),
    datetime(2020, 2, 29, 1, 2, 3, 120000, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
]
NOW = "2020-01-31T09:08:07.123456+00:00"
BASE = ("uuid", "created", "created_by", "modified", "modified_by", "version")
FLAGS = ("login_active", "can_edit_ews")
many = pytest.mark.parametrize("number", NUMBERS)


def insert(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Insert clinicians of these values, whose ids count them."""
    base = [(f"C{n:04}", NOW, "a", NOW, "b", 7) for n in range(len(rows))]
    flags = () if "login_active" in names else FLAGS
    defaults = (True, False) if flags else ()
    insert_rows(
        Clinician,
        (*BASE, *flags, *names),
        [(*first, *defaults, *row) for first, row in zip(base, rows, strict=True)],
    )


def values(*names: str) -> list[Any]:
    return list(Clinician.objects.order_by("uuid").values_list(*names))


@many
def test_any_text_is_stored_as_it_is(number: int) -> None:
    rows = [(TEXTS[n % len(TEXTS)], TEXTS[-1 - n % len(TEXTS)]) for n in range(number)]
    insert(("first_name", "agency_name"), rows)
    assert values("first_name", "agency_name") == rows


@many
def test_booleans_are_true_false_or_null(number: int) -> None:
    kinds = [(True, False, None), (False, True, True), (True, True, False)]
    rows = [kinds[n % 3] for n in range(number)]
    names = (*FLAGS, "can_edit_encounter")
    insert(names, rows)
    assert values(*names) == rows
    assert Clinician.objects.active().count() == sum(row[0] for row in rows)


@many
def test_dates_and_times_are_read_back(number: int) -> None:
    moments = [MOMENTS[n % len(MOMENTS)] for n in range(number)]
    rows = [(each.isoformat(), each.date().isoformat()) for each in moments]
    insert_moments(rows)
    found = values("modified", "contract_expiry_eod_date")
    assert found == [(each, each.date()) for each in moments]


def insert_moments(rows: list[tuple[str, str]], table: str = "") -> None:
    """Insert clinicians of these times of change and contract ends."""
    names = ("uuid", *BASE[1:], *FLAGS, "contract_expiry_eod_date")
    each = [
        (f"C{n:04}", NOW, "a", moment, "b", 7, True, False, day)
        for n, (moment, day) in enumerate(rows)
    ]
    insert_rows(Clinician, names, each, table=table)


@many
def test_rows_of_a_table_with_the_same_columns_are_the_same(number: int) -> None:
    moments = [MOMENTS[n % len(MOMENTS)] for n in range(number)]
    rows = [(each.isoformat(), each.date().isoformat()) for each in moments]
    source = "clinicians_clinician"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE alike AS SELECT * FROM {source}")
        insert_moments(rows, table="alike")
        assert not Clinician.objects.exists()
        cursor.execute(f"INSERT INTO {source} SELECT * FROM alike")
        cursor.execute("DROP TABLE alike")
    found = values("modified", "contract_expiry_eod_date")
    assert found == [(each, each.date()) for each in moments]


def raw(column: str, uuid: str) -> Any:
    """Return what stands in a column, as the text that SQLite keeps."""
    sql = f"SELECT CAST({column} AS text) FROM clinicians_clinician WHERE uuid = %s"
    [(text,)] = fetch_rows(sql, [uuid])
    return text


@many
@pytest.mark.parametrize("moment", MOMENTS)
def test_times_stand_there_as_the_orm_writes_them(
    moment: datetime, number: int
) -> None:
    """Text of another form would be sorted and compared otherwise on SQLite."""
    stored("orm", modified=moment, contract_expiry_eod_date=moment.date())
    text, day = moment.isoformat(), moment.date().isoformat()
    insert_moments([(text, day)] * number)
    insert_product(text, day)
    for name in ("modified", "contract_expiry_eod_date"):
        assert raw(name, f"C{number - 1:04}") == raw(name, "orm")
    assert Product.objects.filter(created=moment, opened_date=moment.date()).exists()


def insert_product(moment: str, day: str) -> None:
    names = ("clinician_id", "uuid", "product_name", "opened_date", *BASE[1:5])
    row = ("orm", "P1", "GDM", day, moment, "a", moment, "b")
    insert_rows(Product, names, [row])


@many
def test_times_are_compared_and_sorted_like_those_of_the_orm(number: int) -> None:
    moments = [MOMENTS[n % len(MOMENTS)] for n in range(number)]
    names = ("uuid", *BASE[1:], *FLAGS)
    rows = [
        (f"C{n:04}", NOW, "a", each.isoformat(), "b", 7, True, False)
        for n, each in enumerate(moments)
    ]
    insert_rows(Clinician, names, rows)
    for bound in MOMENTS:
        since = Clinician.objects.modified_since(bound).count()
        assert since == sum(each > bound for each in moments)


@many
def test_json_is_stored_from_its_text(number: int) -> None:
    changes = {"a\t\\N": ["'", None, True, 1.5, "\U0001f600", "\n"], "": {"x": []}}
    names = ("created", "actor", "actor_kind", "request_id", "action", "changes")
    rows = [(NOW, "a", "b", "c", "d", json.dumps(changes))] * number
    insert_rows(AuditEntry, names, rows)
    found = AuditEntry.objects.values_list("changes", "created", "clinician_id")
    moment = datetime.fromisoformat(NOW)
    assert list(found) == [(changes, moment, None)] * number
    assert AuditEntry.objects.filter(changes__has_key="a\t\\N").count() == number


@many
def test_rows_keep_their_order(number: int) -> None:
    stored("A")
    rows = [("A", f"L{n * 7919 % 1000:03}") for n in range(number)]
    insert_rows(ClinicianLocation, ("clinician_id", "location_id"), rows)
    found = ClinicianLocation.objects.order_by("id").values_list("location_id")
    assert [each for (each,) in found] == [each for _, each in rows]


def test_no_rows_are_no_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        insert_rows(Clinician, BASE, [])
        insert_into("clinicians_clinician", BASE, [])


@many
def test_rows_of_any_table(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute('CREATE TEMPORARY TABLE odd ("a b" int, "order" varchar(9))')
        rows = [(n, TEXTS[n % 9]) for n in range(number)]
        insert_into("odd", ["a b", "order"], rows)
        cursor.execute('SELECT "a b", "order" FROM odd ORDER BY 1')
        assert cursor.fetchall() == rows
        cursor.execute("DROP TABLE odd")


Write = Callable[[int], None]


def the_same_id(number: int) -> None:
    stored(f"C{number - 1:04}")
    insert((), [()] * number)


def the_same_address(number: int) -> None:
    stored("other", email_address="a")
    insert(("email_address",), [*[(None,)] * (number - 1), ("a",)])


def null_where_none_may_be(number: int) -> None:
    names = ("uuid", *BASE[1:], *FLAGS)
    row = (NOW, "a", NOW, None, 7, True, False)
    insert_rows(Clinician, names, [(f"C{n:04}", *row) for n in range(number)])


def a_blank_address(number: int) -> None:
    insert(("email_address",), [*[(None,)] * (number - 1), ("",)])


CONTRADICTIONS = [
    the_same_id,
    the_same_address,
    null_where_none_may_be,
    a_blank_address,
]


@many
@pytest.mark.parametrize("write", CONTRADICTIONS)
def test_a_contradiction_is_djangos_error_and_leaves_nothing(
    write: Write, number: int
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        write(number)
    assert values("uuid") == []


@many
@pytest.mark.postgresql
def test_text_that_is_too_long_is_djangos_error(number: int) -> None:
    with pytest.raises(DataError), transaction.atomic():
        insert(("job_title",), [*[("x",)] * (number - 1), ("x" * 1001,)])


@many
def test_an_unknown_table_is_djangos_error(number: int) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        insert_into("nowhere", ["a"], [(1,)] * number)


def test_dates_are_text_too(db: None) -> None:
    insert(("contract_expiry_eod_date",), [("0999-02-03",), (None,)])
    found = values("contract_expiry_eod_date")
    assert found == [(date(999, 2, 3),), (None,)]
