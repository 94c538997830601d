"""`migrate_locked`: containers that start together take turns."""

import threading

import pytest
from django.core.management import call_command
from django.db import connection, connections

from users_service.management.commands.migrate_locked import LOCK, migration_lock


def lock_is_free() -> bool:
    """Tell whether another session could take the lock (and take it for a moment)."""
    answers = []

    def ask() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            answers.append(cursor.fetchone()[0])
            cursor.execute("SELECT pg_advisory_unlock_all()")
        connections.close_all()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return bool(answers[0])


@pytest.mark.django_db
def test_it_migrates(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("migrate_locked")
    assert "No migrations to apply" in capsys.readouterr().out


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_the_lock_is_held_while_migrating_and_given_up_after() -> None:
    with migration_lock():
        assert not lock_is_free()
    assert lock_is_free()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_the_lock_is_given_up_when_migrating_fails() -> None:
    with pytest.raises(RuntimeError, match="broken migration"), migration_lock():
        raise RuntimeError("broken migration")
    assert lock_is_free()
