"""The service as production runs it and strangers see it: byte by byte.

There is no database behind it: what attackers try here is decided before one is asked.
"""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

from users_service.testing import TEST_ENVIRONMENT
from users_service.tests.live import COMMAND, PROJECT, free_port
from users_service.tests.processes import environment, unmeasured

DEADLINE = 60


class Answer(NamedTuple):
    """An answer as it came over the wire; the body is all that followed its head.

    Status 0: the connection was closed without one.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return a header's value, None for none; fails if it is there twice."""
        found = [value for each, value in self.headers if each.lower() == name.lower()]
        assert len(found) <= 1, found
        return found[0] if found else None


class ProductionServer:
    """A running gunicorn, whose log is read as it comes."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.port = free_port()
        given = {
            "ENVIRONMENT": "PRODUCTION",
            "BIND_HOST": "127.0.0.1",
            "SERVER_PORT": str(self.port),
            "SQLITE_PATH": str(folder / "none.sqlite3"),
            "TMPDIR": str(folder),
            "WEB_CONCURRENCY": "1",
        }
        self.process = subprocess.Popen(
            COMMAND,
            env=unmeasured(environment(**TEST_ENVIRONMENT | given | variables)),
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.log: list[dict[str, Any]] = []
        # Nobody else reads it, and a full pipe would stop the server.
        self._reader = Thread(target=self._read_log)
        self._reader.start()
        self.logged(lambda line: "Listening at" in line["message"])

    def _read_log(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            for line in self.process.stdout:
                self.log.append(json.loads(line))

    def logged(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for such a line of the log; return it."""
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            for line in list(self.log):
                if wanted(line):
                    return line
            assert self._reader.is_alive(), self.log
            time.sleep(0.01)
        raise AssertionError("not in the log")

    def stop(self) -> None:
        """End it as a container's runtime does; afterwards the log is whole."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=DEADLINE)
        self._reader.join(timeout=DEADLINE)

    def worker(self) -> int:
        """Return the process id of the worker; there is one."""
        line = self.logged(lambda line: "Booting worker" in line["message"])
        return int(line["message"].rpartition(" ")[2])

    def send(self, *parts: bytes | Iterable[bytes], hang_up: bool = False) -> Answer:
        """Send bytes as they are, as many as are taken; return what comes back.

        Reads on until the server closes the connection. With `hang_up` it is told
        that nothing more follows.
        """
        address = ("127.0.0.1", self.port)
        with socket.create_connection(address, timeout=DEADLINE) as connection:
            with suppress(BrokenPipeError, ConnectionResetError):
                for part in parts:
                    for piece in [part] if isinstance(part, bytes) else part:
                        connection.sendall(piece)
                if hang_up:
                    connection.shutdown(socket.SHUT_WR)
            return _answer(_rest(connection))


def _rest(connection: socket.socket) -> bytes:
    received = bytearray()
    with suppress(ConnectionResetError):  # it had not read all that was sent
        while piece := connection.recv(65536):
            received += piece
    return bytes(received)


def _answer(raw: bytes) -> Answer:
    if not raw:
        return Answer(0, [], b"")
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = [(name, value) for name, _, value in (li.partition(": ") for li in lines)]
    return Answer(int(first.split()[1]), headers, body)


def request(
    target: str, *headers: str, method: str = "GET", body: bytes = b"", host: str = "x"
) -> bytes:
    """Return the bytes of a request after whose answer the connection is closed."""
    length = [f"Content-Length: {len(body)}"] if body else []
    lines = [
        f"{method} {target} HTTP/1.1",
        f"Host: {host}",
        "Connection: close",
        *length,
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
