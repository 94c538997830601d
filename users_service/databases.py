"""What Django is told of the database, read from the environment."""

from pathlib import Path
from typing import Any

from psycopg_pool import ConnectionPool

from users_service import environment


def sqlite(project: Path) -> dict[str, Any]:
    """Return the embedded default: one file, one writer, readers never blocked.

    The file is in the project's folder unless SQLITE_PATH says where.
    """
    return {
        "ENGINE": "users_service.database.sqlite",
        "NAME": environment.text("SQLITE_PATH", str(project / "db.sqlite3")),
        # The last one to close would take the write-ahead log's index away, and where
        # the disk is full nobody could make it again, not even to read.
        "CONN_MAX_AGE": None,
        # Where it does not know ENGINE, pytest-django would make a file.
        "TEST": {"NAME": ":memory:"},
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


# Any of several hosts may be the primary, and one that is away must not hold up those
# that are there: connecting tries each for two seconds (libpq knows no less), and a
# server that vanished without a word is given up after about five.
SEVERAL_HOSTS = {
    "target_session_attrs": "read-write",
    "connect_timeout": 2,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
}

# What a DBA may set for a database or a role and would change what this service does,
# as it has to be: texts that psycopg and the service read, a transaction that sees what
# was committed since, and no end to a command or a list that takes long. Waiting for a
# lock is bounded for requests alone. See ADR 29.
PINNED = {
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "standard_conforming_strings": "on",
    "array_nulls": "on",
    "transform_null_equals": "off",
    "default_transaction_isolation": "read committed",
    "default_transaction_deferrable": "off",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "lock_timeout": "0",
}

MIN_POOL_SIZE = 3
"""One connection for a write that waits for a row, two for what waits for none."""

# While nobody answers, the pool looks for a server every second. By itself it would ask
# less and less often and then give up, and leave those who are waiting to wait until
# somebody else comes.
SEARCH = {"reconnect_timeout": 1, "reconnect_failed": ConnectionPool.check}


def postgresql(host: str, threads: int) -> dict[str, Any]:
    """Return PostgreSQL through a pool of psycopg connections in each worker.

    `host` names one, or several separated by commas: of those, the one that takes
    writes is used. Raises ImproperlyConfigured for a variable that is missing or bad.
    """
    needed = "DATABASE_HOST is set, and PostgreSQL asks for it"
    hosts = [each.strip() for each in host.split(",")]
    if not all(hosts):
        wrong = "has a comma without a host beside it"
        raise environment.fault("DATABASE_HOST", wrong, "db1,db2")
    several = len(hosts) > 1
    # Hashing and waiting threads hold none, and more than a few at work gain nothing.
    size = environment.integer(
        "DATABASE_POOL_SIZE",
        max(MIN_POOL_SIZE, min(threads + 1, 10)),
        minimum=MIN_POOL_SIZE,
        maximum=1000,
    )
    return {
        "ENGINE": "users_service.database.postgresql",
        "HOST": ",".join(hosts),
        "PORT": _ports(len(hosts)),
        "USER": environment.required("DATABASE_USER", needed, "users"),
        "PASSWORD": environment.text("DATABASE_PASSWORD"),
        "NAME": environment.required("DATABASE_NAME", needed, "users"),
        "OPTIONS": {
            "connect_timeout": 5,
            "options": _as_options(PINNED),
            "prepare_threshold": 5,
            "pool": {
                "min_size": 1,
                "max_size": size,
                "timeout": 5,
                **SEARCH,
            },
            **(SEVERAL_HOSTS if several else {}),
        },
    }


def _ports(hosts: int) -> int | str:
    """Return the port of one host; for several a text, with one for all or for each."""
    if hosts == 1:
        return environment.integer("DATABASE_PORT", 5432, minimum=1, maximum=65535)
    ports = environment.integers("DATABASE_PORT", 5432, minimum=1, maximum=65535)
    if len(ports) not in {1, hosts}:
        wrong = f"names {len(ports)} ports for the {hosts} hosts of DATABASE_HOST"
        raise environment.fault("DATABASE_PORT", wrong, "5432")
    return ",".join(map(str, ports))


def _as_options(parameters: dict[str, str]) -> str:
    """Return parameters as libpq sends them when a connection starts."""
    escaped = {name: value.replace(" ", "\\ ") for name, value in parameters.items()}
    return " ".join(f"-c {name}={value}" for name, value in escaped.items())


def for_requests(direct: dict[str, Any], lock_seconds: int) -> dict[str, Any]:
    """Return the database as requests use it: they wait `lock_seconds` for a lock.

    Raises ImproperlyConfigured as `through_pgbouncer` does.
    """
    if not direct["ENGINE"].endswith("postgresql"):
        return through_pgbouncer(direct)
    milliseconds = str(lock_seconds * 1000)
    pinned = _as_options({**PINNED, "lock_timeout": milliseconds})
    database = through_pgbouncer(
        direct | {"OPTIONS": direct["OPTIONS"] | {"options": pinned}}
    )
    if "options" in database["OPTIONS"]:
        return database
    return database | {"LOCK_TIMEOUT_OF_TRANSACTIONS": milliseconds}


def through_pgbouncer(direct: dict[str, Any]) -> dict[str, Any]:
    """Return a database as PgBouncer in transaction mode leads to it.

    Without PGBOUNCER_HOST that is the one given. What a session keeps would be left to
    whoever gets the server's connection next, so nothing outlives its transaction here.
    Raises ImproperlyConfigured for a bad variable, and where the database is a file.
    """
    host = environment.text("PGBOUNCER_HOST")
    if not host:
        return direct
    environment.required(
        "DATABASE_HOST",
        "PGBOUNCER_HOST is, and commands go to PostgreSQL itself",
        "postgres.example",
    )
    options = direct["OPTIONS"] | {"prepare_threshold": None}
    # Which of several servers takes writes is PgBouncer's to know: what it tells of the
    # server may be old.
    options.pop("target_session_attrs", None)
    # PgBouncer refuses what it does not know when a connection starts.
    options.pop("options", None)
    return direct | {
        "HOST": host,
        "PORT": environment.integer("PGBOUNCER_PORT", 6432, minimum=1, maximum=65535),
        # Else `iterator()` would keep a cursor from one statement to the next. One that
        # lives in a transaction (users_service.database.cursors) may stay.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": options,
    }
