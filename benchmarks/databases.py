"""A database of its own for the benchmark: made, and dropped afterwards."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

Variables = dict[str, str]


@contextmanager
def scratch_database(folder: Path) -> Iterator[tuple[str, Variables]]:
    """Give a name to show, and the variables that lead to an empty database.

    PostgreSQL where DATABASE_* say, else on 127.0.0.1:5432 for `postgres`; SQLite
    when none answers.
    """
    server = {
        "DATABASE_HOST": os.environ.get("DATABASE_HOST") or "127.0.0.1",
        "DATABASE_PORT": os.environ.get("DATABASE_PORT") or "5432",
        "DATABASE_USER": os.environ.get("DATABASE_USER") or "postgres",
        "DATABASE_PASSWORD": os.environ.get("DATABASE_PASSWORD") or "",
    }
    try:
        connection = connect(server, "postgres")
    except psycopg.OperationalError:
        yield "SQLite", {"SQLITE_PATH": str(folder / "db.sqlite3")}
        return
    name = f"users_benchmark_{secrets.token_hex(4)}"
    with connection:
        version = connection.info.server_version // 10_000
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield f"PostgreSQL {version}", server | {"DATABASE_NAME": name}
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))


def connect(server: Variables, database: str) -> psycopg.Connection:
    """Connect to one of a server's databases, each statement a transaction."""
    return psycopg.connect(
        host=server["DATABASE_HOST"],
        port=server["DATABASE_PORT"],
        user=server["DATABASE_USER"],
        password=server["DATABASE_PASSWORD"],
        dbname=database,
        target_session_attrs="read-write",
        connect_timeout=3,
        autocommit=True,
    )
