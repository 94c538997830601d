"""Try what a DBA may set for a role: do answers stay the same, or are they refused?

`python -m benchmarks.database_settings`, or --setting NAME. Each setting gets a fresh
server, which is asked the same in the same order; answers are compared with those of
an unset role. Needs PostgreSQL.
"""

import argparse
import base64
import http.client
import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from psycopg import sql

from benchmarks import service
from benchmarks.databases import Variables, connect, scratch_database

ODD: dict[str, str] = {
    "DateStyle": "SQL, DMY",
    "IntervalStyle": "iso_8601",
    "TimeZone": "Pacific/Auckland",
    "array_nulls": "off",
    "backslash_quote": "off",
    "bytea_output": "escape",
    "check_function_bodies": "off",
    "client_encoding": "LATIN1",
    "client_min_messages": "debug5",
    "constraint_exclusion": "on",
    "cursor_tuple_fraction": "1",
    "debug_print_plan": "on",
    "default_statistics_target": "1",
    "default_table_access_method": "heap",
    "default_text_search_config": "pg_catalog.german",
    "default_toast_compression": "pglz",
    "default_transaction_deferrable": "on",
    "default_transaction_isolation": "serializable",
    "default_transaction_read_only": "on",
    "effective_cache_size": "1MB",
    "enable_bitmapscan": "off",
    "enable_hashagg": "off",
    "enable_hashjoin": "off",
    "enable_indexscan": "off",
    "enable_nestloop": "off",
    "enable_seqscan": "off",
    "enable_sort": "off",
    "escape_string_warning": "off",
    "exit_on_error": "on",
    "extra_float_digits": "-15",
    "force_parallel_mode": "on",
    "from_collapse_limit": "1",
    "geqo_threshold": "2",
    "gin_fuzzy_search_limit": "1",
    "idle_in_transaction_session_timeout": "1",
    "idle_session_timeout": "1",
    "jit_above_cost": "0",
    "join_collapse_limit": "1",
    "lc_messages": "C",
    "lc_monetary": "C",
    "lc_numeric": "C",
    "lc_time": "C",
    "lock_timeout": "1",
    "lo_compat_privileges": "on",
    "log_statement": "all",
    "maintenance_work_mem": "1MB",
    "plan_cache_mode": "force_generic_plan",
    "quote_all_identifiers": "on",
    "random_page_cost": "1000",
    "row_security": "off",
    "search_path": "nowhere",
    "session_replication_role": "replica",
    "standard_conforming_strings": "off",
    "statement_timeout": "1",
    "synchronize_seqscans": "off",
    "synchronous_commit": "off",
    "temp_buffers": "800kB",
    "temp_file_limit": "0",
    "transform_null_equals": "on",
    "vacuum_cost_delay": "100",
    "wal_compression": "on",
    "work_mem": "64kB",
    "xmlbinary": "hex",
    "xmloption": "document",
}
VARYING = re.compile(
    r"\d{4}-\d\d-\d\d[T ][\d:.]+(Z|\+00:00)?|\"id\": ?\d+|\"next\": ?\"[\d-]+\"|"
    r"[0-9a-f]{8}-[0-9a-f-]{27}"
)
FINE = {200, 201}
EMAIL, PASSWORD = "ada@mail.example", "correct horse"
CREDENTIALS = base64.b64encode(f"{EMAIL}:{PASSWORD}".encode()).decode()
V1 = "/dhos/v1/clinician"
PERSON = {
    "first_name": "Zoë",
    "last_name": "O'Fernweh\\",
    "phone_number": "0700",
    "job_title": "Nurse",
    "nhs_smartcard_number": "1",
    "locations": ["w-1", "w\\2"],
    "groups": ["GDM Clinician"],
    "products": [{"product_name": "GDM", "opened_date": "2026-01-31"}],
}


class Step(NamedTuple):
    """A request of the walk."""

    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = {}


STEPS = (
    Step("POST", V1, {**PERSON, "first_name": "Zz", "last_name": "Zz"}),
    Step("POST", f"{V1}/bulk", [{**PERSON, "uuid": "ada", "email_address": EMAIL}]),
    Step("POST", f"{V1}/bulk", [{**PERSON, "uuid": f"b{n}"} for n in range(60)]),
    Step("PATCH", f"{V1}?email={EMAIL}", {"password": PASSWORD}),
    Step("GET", f"{V1}/login", None, {"UserAuthorization": f"Bearer {CREDENTIALS}"}),
    Step("PATCH", f"{V1}/ada", {"job_title": "Matron", "locations": ["w-1"]}),
    Step("GET", f"{V1}/ada"),
    Step("GET", f"{V1}?email={EMAIL}"),
    Step("GET", "/dhos/v2/clinicians?expanded=true"),
    Step("GET", "/dhos/v2/clinicians?limit=5&offset=3&sort=first_name"),
    Step("GET", "/dhos/v2/clinicians?q=fern"),
    Step("GET", "/dhos/v1/clinicians?modified_since=2020-01-31"),
    Step("POST", "/dhos/v1/clinician_list", ["ada", "b1", "none"]),
    Step("GET", "/dhos/v1/location/w-1/clinician"),
    Step("POST", f"{V1}/ada/location/w-9/bookmark"),
    Step("PATCH", f"{V1}/ada/delete", {"locations": ["w-1"]}),
    Step("GET", "/dhos/v2/audit?limit=1"),
    Step("GET", "/dhos/v1/roles"),
    Step("GET", "/healthcheck"),
)


def main() -> None:
    """Print what became of each setting; end with 1 where answers differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--setting", action="append", choices=[*ODD])
    chosen = parser.parse_args().setting or [*ODD]
    differs = []
    with TemporaryDirectory() as text, scratch_database(Path(text)) as (_, variables):
        service.prepare(variables)
        token = service.mint()
        with a_role(variables) as role:
            usual = outcome(token, role)
            if wrong := [each for each in usual if each[1] not in FINE]:
                sys.exit(f"Without a setting: {wrong}")
            for name in chosen:
                with set_for(variables, role, name, ODD[name]):
                    found = outcome(token, role)
                told = "same" if found == usual else found
                if told != "same" and not str(told).startswith("refused"):
                    differs.append(name)
                    told = difference(usual, found)
                print(f"{name} = {ODD[name]}: {told}", flush=True)
    sys.exit(f"{len(differs)} differ: {', '.join(differs)}" if differs else 0)


@contextmanager
def a_role(variables: Variables) -> Iterator[str]:
    """Give a role with every right, which goes afterwards."""
    name = f"users_settings_{secrets.token_hex(4)}"
    role = sql.Identifier(name)
    with connect(variables, variables["DATABASE_NAME"]) as owner:
        owner.execute(sql.SQL("CREATE ROLE {} LOGIN SUPERUSER").format(role))
        try:
            yield name
        finally:
            owner.execute(sql.SQL("DROP OWNED BY {}").format(role))
            owner.execute(sql.SQL("DROP ROLE {}").format(role))


@contextmanager
def set_for(variables: Variables, role: str, name: str, value: str) -> Iterator[None]:
    """Have new connections of a role begin with a setting, for the block's time."""
    alter = sql.SQL("ALTER ROLE {} ").format(sql.Identifier(role))
    with connect(variables, variables["DATABASE_NAME"]) as owner:
        setting = sql.SQL(value) if name == "DateStyle" else sql.Literal(value)
        owner.execute(
            alter + sql.SQL("SET {} TO {}").format(sql.Identifier(name), setting)
        )
        try:
            yield
        finally:
            owner.execute(alter + sql.SQL("RESET ALL"))


def outcome(token: str, role: str) -> list[Any] | str:
    """Return the answers of a fresh server of the role, or why it refuses to start."""
    from clinicians.models import Clinician  # noqa: PLC0415

    Clinician.objects.all().delete()
    environment = {"DATABASE_USER": role}
    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--database", "default"],
        cwd=service.PROJECT,
        env=os.environ
        | environment
        | {"DJANGO_SETTINGS_MODULE": "users_service.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    if checked.returncode:
        hints = re.findall(r"HINT: (.*)", checked.stderr)
        return f"refused: {' '.join(hints) or checked.stderr.splitlines()[-1]}"
    with service.started(WEB_CONCURRENCY="1", **environment) as served:
        return list(answers(served.port, token))


def answers(port: int, token: str) -> Iterator[tuple[str, int, str]]:
    """Yield path, status and body of a walk through the API."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    known = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    for step in STEPS:
        text = None if step.body is None else json.dumps(step.body)
        connection.request(step.method, step.path, text, known | step.headers)
        answer = connection.getresponse()
        found = VARYING.sub("", answer.read().decode())
        yield step.path, answer.status, "" if step.path == "/healthcheck" else found
    connection.close()


def difference(usual: list[Any] | str, found: list[Any] | str) -> str:
    """Return the first answer that differs."""
    for expected, answer in zip(usual, found, strict=False):
        if expected != answer:
            return f"DIFFERS at {answer[0]}: {answer[1]} {str(answer[2])[:200]}"
    return "DIFFERS"


if __name__ == "__main__":
    main()
