"""The read model, below HTTP."""

import json
import re
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinicians import documents
from clinicians.documents import Wanted
from clinicians.forms import COLUMNS, TABLE, Form
from clinicians.models import Clinician
from clinicians.querysets import ClinicianQuerySet, Ordering
from clinicians.testing import stored
from users_service.exceptions import NotFound

pytestmark = pytest.mark.django_db

SECRETS = ("password", "booking_reference")
PROJECT = Path(__file__).resolve().parents[2]
FILE_FORM = re.compile(r"\bForm\.(EXPORT|BACKUP)\b")


FOR_FILES = {Form.EXPORT: ("password",), Form.BACKUP: ()}
"""Forms that no route shows, and what is not in them either."""


@pytest.mark.parametrize(("vendor", "form"), COLUMNS)
def test_no_form_selects_what_is_never_shown(vendor: str, form: Form) -> None:
    sql = COLUMNS[vendor, form]
    for secret in FOR_FILES.get(form, SECRETS):
        assert secret not in sql
    assert "c.*" not in sql


def test_only_the_admins_export_uses_the_forms_for_files_and_no_passwords() -> None:
    sources = [
        path
        for folder in ("clinicians", "bookmarks", "roles", "users_service")
        for path in PROJECT.glob(f"{folder}/**/*.py")
        if not {"transfer", "management", "tests"} & set(path.parts)
    ]
    users = {
        (path.name, form)
        for path in sources
        for form in FILE_FORM.findall(path.read_text())
    }

    assert users == {
        ("forms.py", "EXPORT"),
        ("forms.py", "BACKUP"),
        ("export.py", "EXPORT"),
    }


def test_a_form_is_one_statement_for_each_database() -> None:
    assert COLUMNS.keys() == {
        (vendor, form) for vendor in ("sqlite", "postgresql") for form in Form
    }


@pytest.mark.parametrize("form", Form)
def test_document_names_its_clinician_and_version(form: Form) -> None:
    clinician = stored("A", contract_expiry_eod_date="2020-01-01")
    document = documents.existing(form, "A")
    assert document[:3] == ("A", clinician.version, True)
    assert json.loads(document.json)
    assert document.etag(form) == f'"{clinician.version:x}-{form.value}"'


def test_permanent_clinicians_are_not_temporary() -> None:
    stored("A")
    assert not documents.existing(Form.FULL, "A").is_temporary


def test_unknown_ids_and_addresses() -> None:
    assert documents.by_id(Form.FULL, "nobody") is None
    assert documents.by_email(Form.FULL, "nobody@example.org") is None
    assert documents.by_ids(Form.FULL, []) == []
    with pytest.raises(NotFound, match="No user found with UUID nobody"):
        documents.existing(Form.FULL, "nobody")


def test_values_are_bound_and_never_part_of_the_statement() -> None:
    evil = "x'); DROP TABLE clinicians_clinician; --"
    for term in (evil, "%s", "%(x)s", "%%"):
        stored(term[:36], last_name=term)
        found = documents.page(Wanted(Form.LIST, _named(term), limit=5)).items
        assert [json.loads(text)["last_name"] for text in found] == [term]
        Clinician.objects.all().delete()


def _named(term: str) -> ClinicianQuerySet:
    return Clinician.objects.matching(term)


def test_a_page_and_a_whole_list_agree() -> None:
    for number in range(7):
        stored(str(number), last_name="x", first_name=str(-number % 5))
    for ordering in (
        Ordering.by(["last_name", "first_name"]),
        Ordering.by(["first_name"], descending=True),
    ):
        wanted = Wanted(Form.LIST, Clinician.objects.all(), ordering)
        whole = list(documents.stream(wanted))
        pages = [
            text
            for offset in (0, 3, 6)
            for text in documents.page(wanted._replace(offset=offset, limit=3)).items
        ]
        assert pages == whole


@pytest.mark.parametrize("descending", [False, True])
def test_a_page_is_the_same_from_whichever_end(
    monkeypatch: pytest.MonkeyPatch, descending: bool
) -> None:
    for number in range(7):
        stored(str(number), last_name=None if number % 3 else f"{number % 2}")
    ordering = Ordering.by(["last_name"], descending=descending)
    wanted = Wanted(Form.COMPACT, Clinician.objects.all(), ordering)
    whole = list(documents.stream(wanted))
    monkeypatch.setattr(documents, "FAR", 1)

    for offset in range(9):
        for limit in (1, 3, 9):
            piece = wanted._replace(offset=offset, limit=limit)
            expected = whole[offset : offset + limit]
            assert list(documents.page(piece).items) == expected
            items, total = documents.page(piece, counted=True)
            assert (list(items), total) == (expected, 7)


@pytest.mark.parametrize("offset", [0, 2, 3, 9])
def test_a_page_tells_the_total_wherever_it_begins(offset: int) -> None:
    for number in range(4):
        stored(str(number), login_active=number > 0)
    active = Clinician.objects.active()
    wanted = Wanted(Form.COMPACT, active, offset=offset, limit=2)

    page = documents.page(wanted, counted=True)

    assert page.total == 3
    items = list(page.items)
    assert items == list(documents.page(wanted).items)
    assert len(items) == max(0, min(2, 3 - offset))


def test_a_read_takes_one_statement() -> None:
    stored("A")
    wanted = Wanted(Form.FULL, Clinician.objects.all())
    for read in (
        lambda: documents.by_id(Form.FULL, "A"),
        lambda: documents.by_ids(Form.FULL, ["A"]),
        lambda: documents.page(wanted._replace(limit=1)),
        lambda: documents.page(wanted._replace(limit=1), counted=True),
    ):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            read()
        assert len(queries) == 1


@pytest.mark.postgresql
def test_postgresql_prepares_the_statement_of_one_clinician() -> None:
    for _ in range(10):
        documents.by_id(Form.FULL, "A")
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        prepared = [re.sub(r"\$\d", "%s", row[0]) for row in cursor.fetchall()]
    columns = COLUMNS["postgresql", Form.FULL]
    expected = f"SELECT {columns} FROM {TABLE} WHERE c.uuid = %s"
    assert expected in prepared
