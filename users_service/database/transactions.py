"""How writes are run: one transaction each, tried again once if the database asks."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

from users_service.database.cursors import past_migrations

P = ParamSpec("P")
R = TypeVar("R")

RETRYABLE_SQLSTATES = frozenset({"40001", "40P01"})
"""serialization_failure and deadlock_detected."""

LOCK_NOT_AVAILABLE = "55P03"

PAUSE_SECONDS = (0.01, 0.05)
"""Between these the second try waits for the transaction that was in its way."""


def write_transaction(function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` in one transaction.

    A deadlock or serialisation failure rolls everything back, so the whole function
    is run a second time; a further failure is the caller's. So is it run again after a
    statement that was prepared before a migration. Inside an open transaction there is
    no second try: only the outermost can start again.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        outermost = not connection.in_atomic_block

        def once() -> R:
            with transaction.atomic():
                return function(*args, **kwargs)

        try:
            return past_migrations(once)
        except OperationalError as error:
            if not outermost or not is_retryable(error):
                raise
        # At once it could overtake the transaction that won, and meet it again.
        time.sleep(random.uniform(*PAUSE_SECONDS))  # noqa: S311
        return past_migrations(once)

    return run


def check_constraints_at_once() -> None:
    """Check the transaction's foreign keys with every statement from here on.

    PostgreSQL would keep the checks of millions of rows in memory until the commit.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def is_retryable(error: OperationalError) -> bool:
    """Return whether the database says that the same transaction may now succeed."""
    return getattr(error.__cause__, "sqlstate", None) in RETRYABLE_SQLSTATES


def is_lock_refused(error: OperationalError) -> bool:
    """Return whether another transaction has held a lock for as long as one waits."""
    return getattr(error.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE
