"""Later migrations work with data present: nothing in the database holds tables fast.

(A view over these tables would: SQLite rebuilds a table for a new constraint, and
PostgreSQL changes no type of a column that a view shows.)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations import AddConstraint, AddField, AlterField
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.models import Q

from clinicians.models import Clinician
from clinicians.testing import Api, created, json_of
from users_service.database.fields import CodePointField

pytestmark = pytest.mark.django_db(transaction=True)

ID = "/dhos/v1/clinician/A"
READS = [ID, "/dhos/v1/clinicians?expanded=true", "/dhos/v1/location/L1/clinician"]


def store() -> None:
    created(uuid="A", phone_number="1", bookmarks=["B"], bookmarked_patients=["P"])
    created(uuid="B", phone_number="")
    body = {"product_name": "GDM", "version": 1}
    assert Api().post(f"{ID}/terms_agreement", body).status_code == 200


def shown() -> list[Any]:
    # Often enough that PostgreSQL has prepared the statements.
    answers = [[json_of(Api().get(path)) for path in READS] for _ in range(6)]
    return answers[-1]


@contextmanager
def migrated(operation: Operation) -> Iterator[None]:
    """Run an operation as a later migration of this app would, and reverse it."""
    before = MigrationLoader(connection).project_state()
    after = before.clone()
    operation.state_forwards("clinicians", after)
    with connection.schema_editor() as editor:
        operation.database_forwards("clinicians", editor, before, after)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            operation.database_backwards("clinicians", editor, after, before)


def test_a_constraint_can_be_added() -> None:
    store()
    before = shown()
    added = models.CheckConstraint(condition=~Q(phone_number="13"), name="no_13")

    with migrated(AddConstraint("clinician", added)):
        assert shown() == before
        with pytest.raises(IntegrityError), transaction.atomic():
            Clinician.objects.update(phone_number="13")

    assert shown() == before


def test_a_unique_constraint_can_be_added() -> None:
    store()
    before = shown()
    added = models.UniqueConstraint(fields=["phone_number"], name="own_phone")

    with migrated(AddConstraint("clinician", added)):
        assert shown() == before
        with pytest.raises(IntegrityError), transaction.atomic():
            Clinician.objects.update(phone_number="1")


def test_a_constraint_that_the_data_break_is_refused() -> None:
    store()
    added = models.CheckConstraint(condition=~Q(phone_number="1"), name="no_1")
    operation = AddConstraint("clinician", added)
    with pytest.raises(IntegrityError), migrated(operation):
        pass
    assert json_of(Api().get(ID))["phone_number"] == "1"


@pytest.mark.parametrize(
    ("model", "name", "field"),
    [
        ("clinician", "phone_number", models.TextField(null=True)),
        ("clinician", "last_name", CodePointField(max_length=2000, null=True)),
        ("clinician", "uuid", CodePointField(max_length=50, primary_key=True)),
        ("product", "product_name", models.TextField()),
    ],
)
def test_the_type_of_a_column_can_be_changed(model: str, name: str, field: Any) -> None:
    store()
    before = shown()

    with migrated(AlterField(model, name, field)):
        assert shown() == before

    assert shown() == before
    assert Api().patch(ID, {"last_name": "x", "phone_number": "2"}).status_code == 200


def test_a_column_can_be_added() -> None:
    store()
    before = shown()
    field = models.CharField(max_length=5, default="x")
    with migrated(AddField("clinician", "added", field)):
        assert shown() == before
    assert shown() == before


def test_the_database_holds_no_views() -> None:
    with connection.cursor() as cursor:
        tables = connection.introspection.get_table_list(cursor)
    assert {table.type for table in tables} == {"t"}
