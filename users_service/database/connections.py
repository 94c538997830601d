"""Giving the database connection back early."""

from django.db import connection


def release_connection() -> None:
    """Give the thread's connection back before work that takes long without it.

    The next statement takes one again. Inside a transaction it has to stay.
    """
    if not connection.in_atomic_block:
        connection.close()
