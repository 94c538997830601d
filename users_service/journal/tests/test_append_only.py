"""PostgreSQL refuses to rewrite the audit trail, outside of its maintenance."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from users_service.journal.audit import Operator, record
from users_service.journal.maintenance import Purpose, allowing
from users_service.journal.models import AuditEntry

ROBOT = Operator("robot")
UPDATE = "UPDATE journal_auditentry SET changes = '{}'"
DELETE = "DELETE FROM journal_auditentry"
TRUNCATE = "TRUNCATE journal_auditentry"
WRITES = [UPDATE, DELETE, TRUNCATE]
OTHER_COLUMNS = [
    "id = id + 1000",
    "created = now()",
    "actor = 'x'",
    "actor_kind = 'x'",
    "request_id = 'x'",
    "action = 'x'",
    "clinician_id = 'x'",
]


def one_entry() -> None:
    record(
        actor=ROBOT,
        action="clinician.changed",
        clinician_id="A1",
        changes={"job_title": ["nurse", "midwife"]},
    )


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def is_refused(sql: str) -> bool:
    """Try a statement; check that it leaves the trail alone if it is refused."""
    before = list(AuditEntry.objects.values())
    message = ""
    try:
        run(sql)
    except ProgrammingError as error:
        message = str(error)
    refused = "audit entries are append-only" in message
    assert not refused or list(AuditEntry.objects.values()) == before
    return refused


@pytest.mark.django_db
@pytest.mark.postgresql
@pytest.mark.parametrize("sql", WRITES)
def test_every_rewriting_is_refused(sql: str) -> None:
    one_entry()

    assert is_refused(sql)


@pytest.mark.django_db
@pytest.mark.postgresql
def test_the_objects_of_the_application_are_refused_as_well() -> None:
    one_entry()
    entry = AuditEntry.objects.get()
    entry.changes = {}

    with pytest.raises(ProgrammingError), transaction.atomic():
        entry.save()
    with pytest.raises(ProgrammingError), transaction.atomic():
        entry.delete()
    with pytest.raises(ProgrammingError), transaction.atomic():
        AuditEntry.objects.all().delete()


@pytest.mark.django_db
@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("purpose", "sql"),
    [
        ("prune", UPDATE),
        ("prune", TRUNCATE),
        ("blank", DELETE),
        ("blank", TRUNCATE),
        *(("blank", f"UPDATE journal_auditentry SET {to}") for to in OTHER_COLUMNS),
    ],
)
def test_maintenance_does_what_it_is_for_and_nothing_else(
    purpose: Purpose, sql: str
) -> None:
    one_entry()

    with allowing(purpose):
        assert is_refused(sql)


@pytest.mark.django_db
@pytest.mark.postgresql
@pytest.mark.parametrize(("purpose", "sql"), [("prune", DELETE), ("blank", UPDATE)])
def test_the_permission_ends_with_its_block(purpose: Purpose, sql: str) -> None:
    one_entry()
    with allowing(purpose):
        assert not is_refused(sql)
    one_entry()

    assert is_refused(sql)


@pytest.mark.django_db
@pytest.mark.postgresql
def test_the_permission_ends_with_a_fault() -> None:
    one_entry()

    with pytest.raises(ZeroDivisionError), allowing("prune"):
        _ = 1 / 0

    assert is_refused(DELETE)


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
@pytest.mark.parametrize("sql", WRITES)
def test_a_test_that_commits_is_guarded_too(sql: str) -> None:
    """The flush after such a test switches a part of the guard off, and on again."""
    one_entry()

    assert is_refused(sql)


@pytest.fixture
def _latest_afterwards(transactional_db: None) -> Iterator[None]:
    yield
    call_command("migrate", verbosity=0)


def migrate(name: str) -> Any:
    """Go to a migration of the journal; return its entries' manager."""
    target = [("journal", name)]
    MigrationExecutor(connection).migrate(target)
    state = MigrationExecutor(connection).loader.project_state(target)
    return state.apps.get_model("journal", "AuditEntry").objects


@pytest.mark.usefixtures("_latest_afterwards")
class TestMigration:
    def test_entries_outlive_it_in_both_directions(self) -> None:
        one_entry()
        kept = list(AuditEntry.objects.values())

        assert list(migrate("0001_initial").values()) == kept
        assert list(migrate("0002_audit_append_only").values()) == kept

    @pytest.mark.postgresql
    def test_backwards_it_takes_the_guard_away(self) -> None:
        one_entry()
        entries = migrate("0001_initial")
        run(UPDATE)
        assert entries.get().changes == {}
        run(TRUNCATE)

        entries = migrate("0002_audit_append_only")
        one_entry()
        assert [is_refused(sql) for sql in WRITES] == [True, True, True]
