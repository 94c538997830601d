"""The index for parts of names is made where PostgreSQL permits its extension."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinicians.models import Clinician
from clinicians.testing import created

pytestmark = pytest.mark.django_db

INDEX = "clinician_search_trigrams"
NOBODY_SPECIAL = "pg_monitor"
"""A role of every PostgreSQL that may not create an extension."""

migration: Any = import_module("clinicians.migrations.0005_search_trigrams")


def run(step: Callable[[Any, Any], None]) -> None:
    with connection.schema_editor() as editor:
        step(None, editor)


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        table = Clinician._meta.db_table
        return set(connection.introspection.get_constraints(cursor, table))


@pytest.mark.postgresql
def test_a_part_of_a_name_is_looked_up_in_the_index() -> None:
    execute("SET LOCAL enable_seqscan = off")
    named = Clinician.objects.filter(search_text__contains="ada")
    assert INDEX in named.explain()


@pytest.mark.postgresql
def test_the_migration_can_be_reversed_and_repeated() -> None:
    before = indexes()
    run(migration.drop)
    assert indexes() == before - {INDEX}
    run(migration.drop)
    run(migration.create)
    assert indexes() == before
    run(migration.create)
    assert indexes() == before


@pytest.mark.postgresql
def test_where_the_extension_is_not_permitted_it_warns_and_goes_on(
    admin_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    created(first_name="Ada")
    execute("DROP EXTENSION pg_trgm CASCADE", f"SET ROLE {NOBODY_SPECIAL}")

    run(migration.create)

    execute("RESET ROLE")
    (record,) = [each for each in caplog.records if each.name == migration.__name__]
    assert record.levelname == "WARNING"
    assert "'CREATE EXTENSION IF NOT EXISTS pg_trgm'" in record.getMessage()
    assert f"CREATE INDEX IF NOT EXISTS {INDEX} ON" in record.getMessage()
    assert INDEX not in indexes()
    answer = admin_client.get("/admin/clinicians/clinician/", {"q": "ada"})
    assert [row.first_name for row in answer.context["cl"].result_list] == ["Ada"]


@pytest.mark.parametrize("step", [migration.create, migration.drop])
def test_another_database_goes_without(
    monkeypatch: pytest.MonkeyPatch, step: Callable[[Any, Any], None]
) -> None:
    monkeypatch.setattr(connection, "vendor", "sqlite")
    with connection.cursor(), CaptureQueriesContext(connection) as seen:
        step(None, type("Editor", (), {"connection": connection}))
    assert not seen.captured_queries
