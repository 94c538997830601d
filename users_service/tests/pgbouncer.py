"""A PgBouncer of one's own in front of a PostgreSQL, in transaction mode."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONFIGURATION = """
[databases]
* = {database}
[pgbouncer]
pool_mode = transaction
auth_type = any
listen_addr = 127.0.0.1
unix_socket_dir =
{settings}
"""
FOLDER = "/usr/sbin"
"""Where Debian puts it, and only root looks."""

SECONDS = 10
PAUSE = 0.02


def program() -> str | None:
    """Return where it is."""
    path = os.environ.get("PATH", os.defpath)
    return shutil.which("pgbouncer", path=f"{path}{os.pathsep}{FOLDER}")


@contextmanager
def running(
    folder: Path, database: dict[str, str], *, port: int, **settings: object
) -> Iterator[dict[str, str]]:
    """Run one on a port; give the variables that lead requests through it.

    `database` are the DATABASE_* variables of the PostgreSQL behind it, `settings` go
    into its pgbouncer.ini. It asks nobody for a password.
    """
    file = folder / f"pgbouncer-{port}.ini"
    file.touch(mode=0o600)
    settings["listen_port"] = port
    file.write_text(
        CONFIGURATION.format(
            database=_behind(database),
            settings="\n".join(f"{name} = {settings[name]}" for name in settings),
        )
    )
    command = [program() or "pgbouncer", "--quiet", str(file)]
    if os.geteuid() == 0:  # as which it does not run; it has read the file by then
        command.insert(1, "--user=nobody")
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _wait_for(process, port)
        yield {"PGBOUNCER_HOST": "127.0.0.1", "PGBOUNCER_PORT": str(port)}
    finally:
        process.terminate()
        process.wait(timeout=SECONDS)


def _behind(database: dict[str, str]) -> str:
    quoted = {
        name: database[f"DATABASE_{name.upper()}"].replace("'", "''")
        for name in ("host", "port", "user", "password")
    }
    return " ".join(f"{name}='{value}'" for name, value in quoted.items() if value)


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(PAUSE)
            continue
        return
    raise RuntimeError("pgbouncer did not start")
