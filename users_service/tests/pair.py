"""Two PostgreSQL servers of our own: a primary, and a standby that follows it.

A COMMIT is answered when both have it (synchronous replication), so that nothing that
was answered is lost with one of them. Root starts them as somebody else, as PostgreSQL
demands.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg
import pytest

from users_service.tests.processes import as_in_tests, environment

HOST = "127.0.0.1"
NAME = "users"
SECONDS = 60
PAUSE = 0.02
PROGRAMS = ("initdb", "postgres", "pg_basebackup")
ACCOUNTS = ("postgres", "nobody")
SETTINGS = (
    f"listen_addresses={HOST}",
    "unix_socket_directories=",
    "log_min_messages=panic",
)


def wait_until(condition: Callable[[], object], seconds: float = SECONDS) -> None:
    """Ask again and again until the condition holds; fail after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(PAUSE)  # between two looks, for those who work meanwhile


def require_programs() -> None:
    """Skip the test without PostgreSQL's programs; fail where all has to be there."""
    if programs() is None:
        absent = pytest.fail if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip
        absent("needs PostgreSQL's programs to start servers")


def make_store(variables: dict[str, str]) -> None:
    """Make the tables of an empty store."""
    subprocess.run(
        [sys.executable, "manage.py", "migrate_locked", "--verbosity=0"],
        env=as_in_tests(**variables),
        cwd=Path(__file__).resolve().parents[2],
        check=True,
    )


def programs() -> Path | None:
    """Return the folder with PostgreSQL's programs, the newest; None without any."""
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    folders = sorted(debian, key=lambda each: float(each.parent.name), reverse=True)
    if initdb := shutil.which("initdb"):
        folders.insert(0, Path(initdb).parent)
    whole = (each for each in folders if all((each / n).exists() for n in PROGRAMS))
    return next(whole, None)


class Server:
    """One server: its folder, its port, and its process while it runs."""

    def __init__(self, port: int, folder: Path, owner: dict[str, Any]) -> None:
        self.port = port
        self.settings: tuple[str, ...] = SETTINGS
        self._folder = folder
        self._owner = owner
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def variables(self) -> dict[str, str]:
        """What the service is told, if this is the only one."""
        return _variables([self])

    def create(self) -> None:
        """Start as a new, empty server."""
        options = ("--auth=trust", "--username=postgres", "--encoding=UTF8")
        self._run("initdb", "--no-sync", "--locale=C", *options, str(self._folder))
        self.start()
        self.execute(f"CREATE DATABASE {NAME}", database="postgres")

    def follow(self, primary: "Server") -> None:
        """Start as a copy of the primary that follows it; wait until both agree."""
        shutil.rmtree(self._folder, ignore_errors=True)
        source = f"host={HOST} port={primary.port} user=postgres"
        options = ("--write-recovery-conf", "--checkpoint=fast", "--no-sync")
        self._run("pg_basebackup", f"-D{self._folder}", f"-d{source}", *options)
        self.start()
        primary.wait_for_standbys()

    def wait_for_standbys(self) -> None:
        """Answer no COMMIT before a standby has it, from here on."""
        self.set("synchronous_standby_names", "*")
        in_step = "SELECT FROM pg_stat_replication WHERE sync_state = 'sync'"
        wait_until(lambda: self.rows(in_step))

    def set(self, setting: str, value: str) -> None:
        """Change a setting of the running server."""
        self.execute(f"ALTER SYSTEM SET {setting} = '{value}'")
        self.execute("SELECT pg_reload_conf()")

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = [part for each in self.settings for part in ("-c", each)]
        self._process = subprocess.Popen(
            [
                self._program("postgres"),
                f"-D{self._folder}",
                f"-p{self.port}",
                *options,
            ],
            **self._options(),
        )
        wait_until(self._answers)

    def end(self, way: signal.Signals) -> None:
        """End it, if it runs, and all its connections.

        SIGKILL: the postmaster is gone, and its children notice. SIGQUIT and SIGINT
        are `pg_ctl stop -m immediate` and `-m fast`.
        """
        if self._process is not None:
            self._process.send_signal(way)
            self._process.wait(timeout=SECONDS)
            self._process = None

    def crash(self) -> None:
        """Kill -9 it and all its children; wait until none of them is left.

        It is stopped first: a child made meanwhile would stay, and keep it from being
        started again.
        """
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        of = self._process.pid
        children = Path(f"/proc/{of}/task/{of}/children").read_text().split()
        for each in children:
            os.kill(int(each), signal.SIGKILL)
        self.end(signal.SIGKILL)
        wait_until(lambda: not any(map(_is_alive, children)))

    def promote(self) -> None:
        """Let the standby be the primary, and wait until it is."""
        self.execute("SELECT pg_promote()")

    def execute(self, statement: str, *, database: str = NAME) -> None:
        """Execute a statement, which is committed at once."""
        with self._connect(database) as connection:
            connection.execute(statement.encode())

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """Return the rows of a query."""
        with self._connect(NAME) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=HOST,
            port=self.port,
            user="postgres",
            dbname=database,
            connect_timeout=SECONDS,
            autocommit=True,
        )

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "PostgreSQL does not start"
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        command = [self._program(program), *arguments]
        subprocess.run(command, check=True, timeout=SECONDS, **self._options())

    def _program(self, name: str) -> str:
        folder = programs()
        assert folder is not None
        return str(folder / name)

    def _options(self) -> dict[str, Any]:
        return {
            "stdout": subprocess.DEVNULL,
            "env": environment(),
            "cwd": self._folder.parent,
            **self._owner,
        }


class Pair:
    """A primary and its standby; which is which changes with every `switch`."""

    def __init__(self, primary: Server, standby: Server) -> None:
        self.primary = primary
        self.standby = standby

    @property
    def variables(self) -> dict[str, str]:
        """What the service is told: the one that refuses writes comes first."""
        return _variables([self.standby, self.primary])

    def switch(self) -> None:
        """Let the standby be the primary, and forget the one that was."""
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary


@contextmanager
def running_pair(ports: tuple[int, int], *settings: str) -> Iterator[Pair]:
    """Run a pair in a temporary folder, with these settings, for the block's time."""
    with servers(ports, *settings) as (primary, standby):
        primary.create()
        standby.follow(primary)
        yield Pair(primary, standby)


@contextmanager
def servers(ports: Sequence[int], *settings: str) -> Iterator[list[Server]]:
    """Give servers in a temporary folder, to be started; they end with the block."""
    folder = Path(mkdtemp(prefix="users-postgresql-"))
    owner = _somebody()
    if owner:
        os.chown(folder, owner["user"], owner["group"])
    made = [Server(port, folder / str(port), owner) for port in ports]
    for each in made:
        each.settings += settings
    try:
        yield made
    finally:
        for each in reversed(made):
            each.end(signal.SIGQUIT)
        shutil.rmtree(folder)


def _somebody() -> dict[str, Any]:
    """Return who runs the servers, for subprocess: ourselves, unless we are root."""
    if os.getuid() != 0:
        return {}
    known = {each.pw_name: each for each in pwd.getpwall()}
    account = next(known[name] for name in ACCOUNTS if name in known)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _variables(chosen: Sequence[Server]) -> dict[str, str]:
    return {
        "DATABASE_HOST": ", ".join(HOST for _ in chosen),
        "DATABASE_PORT": ", ".join(str(each.port) for each in chosen),
        "DATABASE_USER": "postgres",
        "DATABASE_PASSWORD": "",
        "DATABASE_NAME": NAME,
    }


def _is_alive(process: str) -> bool:
    """Tell whether a process runs; one that nobody has waited for yet does not."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in {"Z", "X"}
