"""Settings of a database or role: pinned, refused, warned of (docs/operations.md)."""

import re
import secrets
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

import pytest
from django.core import checks
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client

from users_service import health
from users_service.database_conditions import Condition, wrong_conditions
from users_service.databases import PINNED
from users_service.tests.live import PROJECT

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


class Row(NamedTuple):
    setting: str
    then: str
    type_this: str


def table() -> list[Row]:
    text = (PROJECT / "docs/operations.md").read_text()
    section = text.partition("## What the database has to be like")[2]
    found = re.findall(r"^\| `(.+?)` \| (\w+) \| `(.+)` \|$", section, re.MULTILINE)
    return [Row(*each) for each in found]


@pytest.fixture
def role() -> Iterator[str]:
    """A role with every right to our tables."""
    name = f"users_test_{secrets.token_hex(4)}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {name} LOGIN SUPERUSER")
    yield name
    with connection.cursor() as cursor:
        cursor.execute(f"DROP OWNED BY {name}")
        cursor.execute(f"DROP ROLE {name}")


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def connected(
    role: str, *, pinned: bool = True, **settings: str
) -> BaseDatabaseWrapper:
    """Return a connection of its own of the role; unpinned as through PgBouncer."""
    other = connection.copy()
    other.settings_dict["OPTIONS"].pop("pool", None)
    if not pinned:
        other.settings_dict["OPTIONS"].pop("options")
    other.settings_dict.update(USER=role, **settings)
    return other


def found(role: str, *, pinned: bool = True, **settings: str) -> list[Condition]:
    with closing(connected(role, pinned=pinned, **settings)) as other:
        return wrong_conditions(other)


@pytest.mark.parametrize("row", table(), ids=lambda row: row.setting)
def test_setting_of_the_table_is_handled_as_it_says(role: str, row: Row) -> None:
    execute(f"ALTER ROLE {role} SET {row.setting}")
    typed = row.type_this.replace('"users"', f'"{role}"')

    straight, pooled = found(role), found(role, pinned=False)

    told = [(each.type_this, each.is_refused) for each in pooled]
    assert told == [(typed, row.then != "warned")]
    assert straight == ([] if row.then == "pinned" else pooled)
    execute(typed)
    assert found(role, pinned=False) == []


def test_table_has_every_pinned_setting() -> None:
    pinned = [each.setting for each in table() if each.then == "pinned"]
    assert [each.partition(" = ")[0] for each in pinned] == list(PINNED)


def test_right_that_is_missing_is_named_with_its_grant(role: str) -> None:
    execute(f"ALTER ROLE {role} NOSUPERUSER")
    [missing] = found(role)
    assert re.fullmatch(
        rf'The role "{role}" has no right to DELETE on \w+', missing.wrong
    )
    execute(missing.type_this)
    assert found(role) == []
    execute(f"REVOKE UPDATE, DELETE ON journal_auditentry FROM {role}")
    assert found(role) == []  # the trail is only added to
    execute(f"REVOKE UPDATE ON clinicians_clinician FROM {role}")
    [missing] = found(role)
    assert missing.wrong.endswith("no right to UPDATE on clinicians_clinician")


@pytest.fixture
def latin(role: str) -> Iterator[str]:
    name = f"{role}_latin"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE DATABASE {name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' "
            "TEMPLATE template0"
        )
    yield name
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name}")


def test_encoding_other_than_utf8_is_refused(role: str, latin: str) -> None:
    [refused] = found(role, NAME=latin)
    assert refused.wrong == "The database's encoding is LATIN1, not UTF8"
    assert latin in refused.type_this


def test_health_and_checks_say_what_to_type(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/healthcheck").status_code == 200
    wrong = [Condition("It is odd", "ALTER ROLE x;"), Condition("Hm", "Y;", False)]
    monkeypatch.setattr("users_service.health.wrong_conditions", lambda: wrong)
    monkeypatch.setattr("users_service.checks.wrong_conditions", lambda: wrong)

    assert health.database() == (
        False,
        "It is odd. Put it right with: ALTER ROLE x;",
    )
    assert client.get("/healthcheck").status_code == 503
    told = checks.run_checks(tags=[checks.Tags.database], databases=["default"])
    assert [(each.msg, each.hint, each.level) for each in told] == [
        ("It is odd", "ALTER ROLE x;", checks.ERROR),
        ("Hm", "Y;", checks.WARNING),
    ]
