"""Client connections whose waits hold at most half of a worker's threads. See ADR 23.

A thread waits for a client only inside `ClientSocket`: for more of a request's body, or
for room for more of its answer. Heads are collected by the worker's poller.
"""

import errno
import select
import time
from contextlib import suppress
from enum import Enum, auto
from io import SEEK_END
from socket import IPPROTO_TCP, MSG_DONTWAIT, TCP_NOTSENT_LOWAT, socket
from threading import BoundedSemaphore
from typing import Any

import structlog
from django.conf import settings
from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn

from users_service.exceptions import RequestTimeout, Unavailable

logger = structlog.get_logger(__name__)

MAX_HEAD_BYTES = 32 * 2**10
"""Bytes of a request's head, as nginx takes by default: four of the largest lines."""

READ_BYTES = 8 * 2**10

MAX_DRAINED_BYTES = 64 * 2**10
"""Bytes of an unread body that are read to keep the connection for another request."""

SECONDS_WITHOUT_SLOT = 0.2
"""Waiting that a request may do while half of the threads wait already.

A body usually follows its head within milliseconds. 1,000 silent clients spend this in
6 seconds on the other half of 64 threads.
"""

MAX_UNSENT_BYTES = 128 * 2**10
"""Bytes of answers that the kernel takes beyond what the client has room for.

Else it takes up to 4 MiB, for which answer after answer is made that nobody reads.
"""

RETRY_AFTER = 5
BUSY = "Too many requests wait for slow clients"


class Collected(Enum):
    """What has arrived of a request's head."""

    PART = auto()
    WHOLE = auto()
    CLOSED = auto()


class ClientSocket(socket):
    """A socket on which a thread waits within limits only.

    Each wait takes one of the worker's slots. `_allowance` is the number of seconds
    that the client may keep it waiting; every CLIENT_MIN_BYTES_PER_SECOND bytes give
    one second back. So it bounds the time between two bytes, and the rate of all.
    """

    slots = BoundedSemaphore()

    def __init__(self, fileno: int) -> None:
        super().__init__(fileno=fileno)
        self.setsockopt(IPPROTO_TCP, TCP_NOTSENT_LOWAT, MAX_UNSENT_BYTES)
        self.may_wait = True
        self.aborted = False
        self.begin()

    def begin(self) -> None:
        """Start a request."""
        self._without_slot = SECONDS_WITHOUT_SLOT
        self._sending = False
        self._allowance = float(settings.CLIENT_IDLE_SECONDS)

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Return up to `size` bytes; raises RequestTimeout and Unavailable."""
        while True:
            try:
                data = super().recv(size, flags | MSG_DONTWAIT)
            except BlockingIOError:
                if not self.may_wait:
                    raise
                self._wait_for_body()
            else:
                self._credit(len(data))
                return data

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """Send all of it; raises BrokenPipeError where the client does not read."""
        if not self._sending:
            self._sending = True
            self._allowance = float(settings.CLIENT_IDLE_SECONDS)
        rest = memoryview(data)
        while rest:
            try:
                sent = super().send(rest, flags | MSG_DONTWAIT)
            except BlockingIOError:
                self._wait_for_reader()
            else:
                self._credit(sent)
                rest = rest[sent:]

    def _wait_for_body(self) -> None:
        waited = self._wait(select.POLLIN)
        if waited is None:
            raise Unavailable(BUSY, RETRY_AFTER)
        if not waited:
            raise RequestTimeout

    def _wait_for_reader(self) -> None:
        if not self._wait(select.POLLOUT):
            self.aborted = True
            logger.warning("Answer cut off, which its client does not read")
            raise BrokenPipeError(errno.EPIPE, "The client does not read")

    def _wait(self, event: int) -> bool | None:
        """Return whether the event came in time; None if it takes a slot to wait on."""
        has_slot = self.slots.acquire(blocking=False)
        allowed = self._allowance if has_slot else self._without_slot
        started = time.monotonic()
        try:
            ready = self._poll(event, allowed)
        finally:
            waited = time.monotonic() - started
            if has_slot:
                self.slots.release()
                self._allowance -= waited
            else:
                self._without_slot -= waited
        return ready or (False if has_slot else None)

    def _poll(self, event: int, seconds: float) -> bool:
        poller = select.poll()
        poller.register(self.fileno(), event)
        return bool(poller.poll(max(0.0, seconds) * 1000))

    def _credit(self, number: int) -> None:
        seconds = self._allowance + number / settings.CLIENT_MIN_BYTES_PER_SECOND
        self._allowance = min(float(settings.CLIENT_IDLE_SECONDS), seconds)


class HeadUnreader(SocketUnreader):  # type: ignore[misc]
    """Gives the parser a head from what was collected, and no more than that."""

    in_head = False

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Return more of the body; raises LimitRequestHeaders in a head."""
        if self.in_head:
            raise LimitRequestHeaders(f"head over {MAX_HEAD_BYTES} bytes")
        data: bytes = super().chunk(size_hint)
        return data


class ClientRequest(Request):  # type: ignore[misc]
    """A request after which the connection is kept only if its body has arrived."""

    _is_drained = False

    def parse(self, unreader: HeadUnreader) -> bytes:
        """Parse the head, which is collected."""
        unreader.in_head = True
        try:
            rest: bytes = super().parse(unreader)
        finally:
            unreader.in_head = False
        return rest

    def should_close(self) -> bool:
        """Return whether this is the connection's last request."""
        if super().should_close():
            return True
        if not self._is_drained:
            self._is_drained = self._drain()
            self.must_close = not self._is_drained
        return not self._is_drained

    def _drain(self) -> bool:
        """Read what has arrived of the body; return whether that is the rest of it."""
        if self.body.failed:
            return False
        self.unreader.sock.may_wait = False
        try:
            return len(self.body.read(MAX_DRAINED_BYTES)) < MAX_DRAINED_BYTES
        except Exception:  # noqa: BLE001 (malformed chunks, a lost client, no more yet)
            return False
        finally:
            self.unreader.sock.may_wait = True


class ClientParser(RequestParser):  # type: ignore[misc]
    """gunicorn's parser of the requests of a connection."""

    mesg_class = ClientRequest


class Connection(TConn):  # type: ignore[misc]
    """A connection that the poller waits on, between requests and after the last."""

    def __init__(self, cfg: Any, client: socket, address: Any, server: Any) -> None:
        super().__init__(cfg, ClientSocket(client.detach()), address, server)
        self.parser = ClientParser(cfg, self.sock, address)
        self.parser.unreader = HeadUnreader(self.sock)
        self.initialized = self.data_ready = True
        self.is_closing = False
        self._drained = 0
        self.deadline = time.monotonic() + settings.CLIENT_IDLE_SECONDS

    @property
    def head(self) -> bytes:
        """What was collected of the next request."""
        collected: bytes = self.parser.unreader.buf.getvalue()
        return collected

    def keep(self, seconds: float) -> None:
        """Wait for another request, for so long if none has begun."""
        begun = settings.CLIENT_IDLE_SECONDS if self.head else seconds
        self.deadline = time.monotonic() + begun

    def is_ready(self) -> bool:
        """Return whether the parser can take or refuse the head without more of it."""
        head = self.head
        return (
            b"\r\n\r\n" in head
            or len(head) > MAX_HEAD_BYTES
            # A line that ends with LF alone is refused as it is.
            or head.count(b"\n") != head.count(b"\r\n")
        )

    def collect(self) -> Collected:
        """Read once, without waiting."""
        try:
            data = socket.recv(self.sock, READ_BYTES, MSG_DONTWAIT)
        except BlockingIOError:
            return Collected.PART
        except OSError:
            return Collected.CLOSED
        if not data:
            return Collected.CLOSED
        latest = time.monotonic() + settings.CLIENT_IDLE_SECONDS
        credit = len(data) / settings.CLIENT_MIN_BYTES_PER_SECOND
        self.deadline = min(latest, self.deadline + credit) if self.head else latest
        self.parser.unreader.buf.seek(0, SEEK_END)
        self.parser.unreader.buf.write(data)
        return Collected.WHOLE if self.is_ready() else Collected.PART

    def send_now(self, data: bytes) -> None:
        """Send as much of it as there is room for."""
        with suppress(OSError):
            socket.send(self.sock, data, MSG_DONTWAIT)

    def drain(self) -> Collected:
        """Discard what has arrived, of which there may be little, without waiting."""
        while self._drained < MAX_DRAINED_BYTES:
            try:
                data = socket.recv(self.sock, READ_BYTES, MSG_DONTWAIT)
            except BlockingIOError:
                return Collected.PART
            except OSError:
                break
            if not data:
                break
            self._drained += len(data)
        return Collected.CLOSED
