"""Why the database cannot be reached, in one line with the variable to look at."""

import re

from django.db import DatabaseError, OperationalError, connection
from psycopg_pool import PoolTimeout

from users_service.database.connections import direct_connection

# In PostgreSQL's and libpq's English; a server that speaks another language gets ANY.
VARIABLES = (
    (re.compile("resolve host|translate host|service not known"), "DATABASE_HOST"),
    (re.compile("password authentication|no password"), "DATABASE_PASSWORD"),
    (re.compile('role "|pg_hba.conf|Peer authentication'), "DATABASE_USER"),
    (re.compile('database "'), "DATABASE_NAME"),
    (re.compile("refused|timeout|timed out|No route|unreachable"), "DATABASE_PORT"),
)
ANY = "DATABASE_HOST, DATABASE_PORT, DATABASE_NAME, DATABASE_USER or DATABASE_PASSWORD"
BESIDE = {
    "DATABASE_PASSWORD": "DATABASE_USER and DATABASE_PASSWORD",
    "DATABASE_PORT": "DATABASE_HOST and DATABASE_PORT",
}
CONNECTING = re.compile("connection (to server|failed)|resolve host", re.IGNORECASE)


def explain(error: OperationalError) -> str:
    """Return one line: what to look at, and the database's own first sentence.

    Such a sentence names no value of a row, and never the password.
    """
    if isinstance(error.__cause__, PoolTimeout):
        error = _cause() or error
    said = " ".join(str(error).splitlines()[0].split()) or type(error).__name__
    if connection.vendor != "postgresql":
        return f"The database cannot be used, look at SQLITE_PATH: {said}"
    if not CONNECTING.search(said) and not isinstance(error.__cause__, PoolTimeout):
        return f"The database failed: {said}"
    return f"The database cannot be reached, look at {_variables(said)}: {said}"


def _cause() -> OperationalError | None:
    """Return the error of connecting, which a pool does not tell."""
    try:
        with direct_connection() as direct:
            direct.ensure_connection()
    except OperationalError as error:
        return error
    except DatabaseError:
        pass
    return None


def _variables(said: str) -> str:
    for pattern, variable in VARIABLES:
        if pattern.search(said):
            return BESIDE.get(variable, variable)
    return ANY
