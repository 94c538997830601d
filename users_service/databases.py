"""What Django is told of the database, read from the environment."""

from pathlib import Path
from typing import Any

from users_service import environment


def sqlite(project: Path) -> dict[str, Any]:
    """Return the embedded default: one file, one writer, readers never blocked.

    The file is in the project's folder unless SQLITE_PATH says where.
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": environment.text("SQLITE_PATH", str(project / "db.sqlite3")),
        "OPTIONS": {
            # A write takes the lock when it begins: it then waits for its turn (the
            # time-out, in seconds) instead of failing half-way as "locked".
            "transaction_mode": "IMMEDIATE",
            "timeout": 5,
            # FULL: what was answered with 200 survives a power cut.
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                "PRAGMA foreign_keys=ON;"
            ),
        },
    }


def postgresql(host: str, threads: int) -> dict[str, Any]:
    """Return PostgreSQL through a pool of psycopg connections in each worker.

    Raises ImproperlyConfigured for a variable that is missing or bad.
    """
    needed = "DATABASE_HOST is set, and PostgreSQL asks for it"
    # Hashing and waiting threads hold none, and more than a few at work gain nothing.
    size = environment.integer(
        "DATABASE_POOL_SIZE", min(threads + 1, 10), minimum=1, maximum=1000
    )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": host,
        "PORT": environment.integer("DATABASE_PORT", 5432, minimum=1, maximum=65535),
        "USER": environment.required("DATABASE_USER", needed, "users"),
        "PASSWORD": environment.text("DATABASE_PASSWORD"),
        "NAME": environment.required("DATABASE_NAME", needed, "users"),
        # Connections of a restarted server are replaced, not handed out.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            "prepare_threshold": 5,
            "pool": {
                "min_size": 1,
                "max_size": size,
                "timeout": 5,
                # By default it would wait longer and longer, up to minutes, before it
                # asks a database that was away again.
                "reconnect_timeout": 5,
            },
        },
    }
