"""Clients that keep a server waiting, on bare sockets."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from users_service.tests.live import TIMEOUT, LiveServer

THREADS = 16
IDLE_SECONDS = 2
HOST = b"Host: localhost\r\n"
POST = b"POST /dhos/v1/clinician HTTP/1.1\r\n" + HOST
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
RUNNING = b"GET /running HTTP/1.1\r\n" + HOST
UNREAD = b"GET /openapi.json HTTP/1.1\r\n" + HOST + b"\r\n"


class SlowServer(LiveServer):
    """A server of one worker with few threads, which waits for clients briefly."""

    measured = True

    def __init__(self, folder: Path, **variables: str) -> None:
        few = {"WEB_CONCURRENCY": "1", "THREADS": str(THREADS)}
        idle = {"CLIENT_IDLE_SECONDS": str(IDLE_SECONDS)}
        super().__init__(folder, **few | idle | variables)
        self._folder = folder
        self.ask("GET", "/running")

    @property
    def post(self) -> bytes:
        """The lines of a POST with a token, but for what says how long its body is."""
        token = f"Authorization: {self.headers['Authorization']}\r\n"
        return POST + token.encode() + b"Content-Type: application/json\r\n"

    def stored_bytes(self) -> int:
        """Return the bytes of the spooled files in its folder for temporary files."""
        files = [each for each in self._folder.glob("tmp*") if each.is_file()]
        return sum(each.stat().st_size for each in files)

    def open_descriptors(self, process: int) -> list[Path]:
        """Return the open descriptors of one of its processes."""
        return list(Path(f"/proc/{process}/fd").iterdir())

    @contextmanager
    def clients(self, number: int, sent: bytes) -> Iterator[list[socket.socket]]:
        """Hold clients that have sent this, and read nothing, for the block's time."""
        with ExitStack() as opened:
            clients = []
            for _ in range(number):
                client = opened.enter_context(socket.socket())
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                client.settimeout(TIMEOUT)
                client.connect(("127.0.0.1", self.port))
                client.sendall(sent)
                clients.append(client)
            yield clients

    def exchange(self, sent: bytes) -> bytes:
        """Return all that comes back until the server closes."""
        with self.clients(1, sent) as (client,):
            return everything_from(client)


def everything_from(client: socket.socket) -> bytes:
    """Return all that the server sends until it closes."""
    received = b""
    with suppress(ConnectionResetError):
        while part := client.recv(65536):
            received += part
    return received
