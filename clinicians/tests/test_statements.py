"""How many SQL statements each route takes, however many clinicians there are."""

from math import ceil
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from bookmarks.models import LocationBookmark
from clinicians.models import (
    Clinician,
    ClinicianLocation,
    ClinicianRole,
    Product,
)
from clinicians.testing import Api, created, json_of
from users_service.database.cursors import CHUNK_ROWS

pytestmark = pytest.mark.django_db

ONE = "/dhos/v1/clinician/A"
READS = {
    ONE: 1,
    f"{ONE}?temp_only=false": 1,
    "/dhos/v1/clinician?email=a@example.org": 1,
    "/dhos/v1/clinicians": 1,
    "/dhos/v2/clinicians": 1,
    "/dhos/v1/clinicians?expanded=true": 1,
    "/dhos/v2/clinicians?product_name=GDM&sort=email_address": 1,
    "/dhos/v1/location/L1/clinician": 1,
    "/dhos/v1/clinicians?limit=25": 1,
    "/dhos/v1/clinicians?limit=25&expanded=true": 1,
    "/dhos/v2/clinicians?limit=25&expanded=true&q=x&temp_only=false": 1,
    "/dhos/v2/clinicians?limit=5&offset=2&login_active=true&product_name=GDM": 1,
    # One for whom a search finds, and one for the list or the page.
    "/dhos/v2/clinicians?product_name=GDM&q=gdm&sort=email_address": 2,
    "/dhos/v2/clinicians?limit=25&q=gdm": 2,
    # One for the rest of a list, or an empty page, and one for `total`.
    "/dhos/v2/clinicians?product_name=GDM&sort=email_address&offset=3": 2,
    "/dhos/v2/clinicians?limit=5&offset=5000": 2,
    "/dhos/v1/roles": 1,
}
NONE = ("/running", "/version")


def store(number: int) -> None:
    """Store so many clinicians, with one of everything for each."""
    created(uuid="A", email_address="a@example.org")
    ids = [f"{n:04}" for n in range(number - 1)]
    Clinician.objects.bulk_create(Clinician(uuid=uuid, last_name="x") for uuid in ids)
    ClinicianRole.objects.bulk_create(
        ClinicianRole(clinician_id=uuid, role_id="GDM Clinician") for uuid in ids
    )
    Product.objects.bulk_create(
        Product(clinician_id=uuid, product_name="GDM", opened_date="2024-01-01")
        for uuid in ids
    )
    models: tuple[type[Model], ...] = (ClinicianLocation, LocationBookmark)
    for model in models:
        model._default_manager.bulk_create(
            model(clinician_id=uuid, location_id="L1") for uuid in ids
        )


def statements(method: str, path: str, body: Any = None) -> list[str]:
    """Return the SQL of a request, without what begins and ends transactions."""
    send = getattr(Api(), method)
    with CaptureQueriesContext(connection) as queries:
        response = send(path, body) if body is not None else send(path)
        assert response.status_code < 300, response.getvalue()
    ends = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    found = [str(query["sql"]) for query in queries]
    return [sql for sql in found if not sql.startswith(ends)]


@pytest.mark.parametrize("number", [10, 1000])
def test_reads_take_the_same_few_statements(number: int) -> None:
    store(number)
    for path, expected in READS.items():
        assert len(statements("get", path)) == expected, path


@pytest.mark.parametrize("path", NONE)
def test_what_asks_no_database(path: str) -> None:
    assert statements("get", path) == []


def test_no_read_selects_a_password() -> None:
    store(3)
    for path in READS:
        for sql in statements("get", path):
            assert "password" not in sql, path
            assert "booking_reference" not in sql, path


@pytest.mark.parametrize("number", [1, 10, CHUNK_ROWS, CHUNK_ROWS + 1])
def test_clinicians_by_id_take_one_statement_per_chunk(number: int) -> None:
    store(10)
    ids = ["A", *(f"{n:04}" for n in range(number - 1))]
    chunks = ceil(number / CHUNK_ROWS)
    assert len(statements("post", "/dhos/v1/clinician_list", ids)) == chunks


@pytest.mark.parametrize("path", ["/dhos/v1/clinicians", "/dhos/v2/clinicians"])
def test_a_list_that_is_known_is_not_built(path: str) -> None:
    store(3)
    tag = Api().get(path).headers["ETag"]
    with CaptureQueriesContext(connection) as queries:
        assert Api().get(path, If_None_Match=tag).status_code == 304
    assert len(queries) == 1


WRITES = {
    "nothing": {},
    "a field": {"job_title": "x"},
    "names": {"first_name": "x", "last_name": "y"},
    "locations": {"locations": [f"new-{n}" for n in range(50)]},
    "products": {"products": [{"product_name": f"new-{n}"} for n in range(50)]},
}


@pytest.mark.parametrize("what", WRITES)
def test_a_patch_takes_the_same_statements_whatever_its_size(what: str) -> None:
    taken = {}
    for number in (10, 1000):
        Clinician.objects.all().delete()
        store(number)
        sent = statements("patch", ONE, WRITES[what])
        assert not [sql for sql in sent if '"password"' in sql.partition("WHERE")[0]]
        taken[number] = len(sent)
    assert taken[10] == taken[1000] <= 13


def bulk(number: int) -> list[dict[str, Any]]:
    products = [{"product_name": "GDM"}]
    fields = dict.fromkeys(
        (
            "first_name",
            "last_name",
            "phone_number",
            "job_title",
            "nhs_smartcard_number",
        ),
        "x",
    )
    lists: dict[str, Any] = {"locations": ["L1"], "groups": [], "products": products}
    return [{**fields, **lists, "uuid": f"bulk-{n}"} for n in range(number)]


def test_bulk_takes_as_many_for_two_as_for_a_hundred() -> None:
    taken = set()
    for number in (2, 100):
        Clinician.objects.all().delete()
        path = "/dhos/v1/clinician/bulk"
        taken.add(len(statements("post", path, bulk(number))))
    if connection.vendor == "postgresql":
        assert len(taken) == 1
    # SQLite takes few values at a time, so a large INSERT is several statements.
    assert max(taken) <= 12


def test_a_creation_takes_the_same_statements_in_a_full_store() -> None:
    taken = []
    for number in (10, 1000):
        Clinician.objects.all().delete()
        store(number)
        body = {**bulk(1)[0], "uuid": "new", "email_address": "new@example.org"}
        taken.append(len(statements("post", "/dhos/v1/clinician", body)))
        assert json_of(Api().get("/dhos/v1/clinician/new"))["uuid"] == "new"
    assert taken[0] == taken[1] <= 12
