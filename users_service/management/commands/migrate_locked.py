"""`manage.py migrate_locked`: migrate, one container at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from users_service.database.connections import require_session

# Any number will do, as long as every replica takes the same one.
LOCK = 7_305_011_925


@contextmanager
def migration_lock() -> Iterator[None]:
    """Hold PostgreSQL's advisory lock; wait for whoever holds it now.

    It belongs to the session, so a container that dies gives it up. SQLite has one
    writer and one container, and needs none. Raises ImproperlyConfigured behind a
    pooler.
    """
    if connection.vendor != "postgresql":
        yield
        return
    require_session()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


class Command(BaseCommand):
    """Migrate while no other container does; it is what an image starts with."""

    help = "Migrate the database; containers that start together take turns."

    def handle(self, *args: Any, **options: Any) -> None:
        """Take the lock and migrate."""
        with migration_lock():
            call_command(
                "migrate",
                interactive=False,
                verbosity=options["verbosity"],
                # Among them, whether the database is set up as it has to be.
                skip_checks=False,
            )
