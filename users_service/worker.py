"""Threaded gunicorn worker: no client's slowness stops it, no stop cuts a client off.

See ADR 23 for slow clients: the poller collects heads, waits for kept connections and
closes those that are done, so none of them holds a thread or the main loop. See ADR 22
for the stop: connections that the kernel has made are served before listeners close.
"""

import ctypes
import json
import os
import selectors
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from threading import BoundedSemaphore
from types import FrameType
from typing import Any

from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from users_service.connections import ClientSocket, Collected, Connection
from users_service.exceptions import RequestTimeout

# Not in Python's socket. Of an unprivileged process's own sockets it may be set.
SO_ATTACH_FILTER = 26
# In the kernel's filter language: is SYN among the flags? Then keep nothing, else all.
NO_SYN = b"".join(
    struct.pack("=HBBI", *instruction)
    for instruction in (
        (0x30, 0, 0, 13),  # ldb [13]
        (0x45, 0, 1, 0x02),  # jset #0x02
        (0x06, 0, 0, 0),  # ret #0
        (0x06, 0, 0, 0xFFFFFFFF),  # ret #-1
    )
)
NO_SYN_LENGTH = 4

SIGTERM = {signal.SIGTERM}

ROUND_TRIP = 0.05
"""Seconds in which a handshake that has begun ends."""

LONGEST = 1.0
"""Where others go on listening (a reload) there is no end to who comes."""


CLOSING_SECONDS = 2.0
"""How long the last answer's client has to close its end."""

IDLE_SECONDS_AT_LIMIT = 1.0
"""How long a connection may be without a request where there is room for no other."""

EXPIRY_SECONDS = 0.5
"""How often deadlines are looked at."""

ACCEPT_PAUSE_SECONDS = 1.0
"""How long no connection is accepted after one could not be, as without descriptors."""


class Worker(ThreadWorker):  # type: ignore[misc]
    """Waits for clients in the poller; accepts the last connections when it stops."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        ClientSocket.slots = BoundedSemaphore(max(1, self.cfg.threads // 2))
        self._polled: set[Connection] = set()
        self._next_expiry = 0.0
        self._accept_after = 0.0

    def init_signals(self) -> None:
        """Handle signals, also those that came before there were handlers."""
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGTERM)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept from now on, or no more; in a worker that stops, for good."""
        if enabled and time.monotonic() < self._accept_after:
            return
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        for listener in self.sockets:
            self._accept_the_last(listener)
            listener.close()
        self.sockets: list[socket.socket] = []

    def _accept_the_last(self, listener: socket.socket) -> None:
        deadline = time.monotonic() + LONGEST
        with selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            while (
                self.nr_conns < self.worker_connections
                and time.monotonic() < deadline
                and selector.select(ROUND_TRIP)
            ):
                self.accept(listener)

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection, and read what its client has sent already."""
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            self.log.warning("No connections for a moment: %s", error.strerror)
            self._accept_after = time.monotonic() + ACCEPT_PAUSE_SECONDS
            if self.alive:
                self.set_accept_enabled(False)
            return
        self.nr_conns += 1
        self._collect(Connection(self.cfg, client, address, listener.getsockname()))

    def handle(self, conn: Connection) -> Any:
        """Answer a request whose head is collected, in a thread."""
        conn.sock.begin()
        return super().handle(conn)

    def _keepalive_after(self, _conn: Connection, keepalive: bool) -> bool:
        # Unread bodies are drained by `ClientRequest.should_close`, without waiting.
        return keepalive

    def finish_request(self, conn: Connection, future: "Future[bool]") -> None:
        """Wait for the connection's next request, or close it."""
        if future.cancelled() or future.exception() or not future.result():
            self._close(conn)
            return
        conn.keep(self.cfg.keepalive if self.alive else STOP_KEEPALIVE_LINGER)
        if conn.is_ready():  # pipelined
            self.enqueue_req(conn)
        else:
            self._poll(conn, self._collect)

    def _collect(self, conn: Connection) -> None:
        collected = conn.collect()
        if collected is Collected.PART:
            self._poll(conn, self._collect)
            return
        self._forget(conn)
        if collected is Collected.WHOLE:
            self.enqueue_req(conn)
        else:
            self._drop(conn)

    def _close(self, conn: Connection) -> None:
        """Close the connection once its client has, or soon (RFC 9112, section 9.6)."""
        conn.is_closing = True
        conn.deadline = time.monotonic() + CLOSING_SECONDS
        try:
            if conn.sock.aborted:
                # Else the kernel would keep what the client does not read.
                linger = struct.pack("ii", 1, 0)
                conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            else:
                conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            conn.sock.aborted = True
        if conn.sock.aborted:
            self._drop(conn)
        else:
            self._drain(conn)

    def _drain(self, conn: Connection) -> None:
        if conn.drain() is Collected.PART:
            self._poll(conn, self._drain)
        else:
            self._drop(conn)

    def _poll(self, conn: Connection, callback: Callable[[Connection], None]) -> None:
        """Call back when more has arrived; until then only the deadline counts."""
        if conn not in self._polled:
            self._polled.add(conn)
            ready = partial(self._call, callback, conn)
            self.poller.register(conn.sock, selectors.EVENT_READ, ready)

    def _call(
        self, callback: Callable[[Connection], None], conn: Connection, _: object
    ) -> None:
        # One that a callback before it in the same turn has dropped is not read.
        if conn in self._polled:
            callback(conn)

    def _forget(self, conn: Connection) -> None:
        if conn in self._polled:
            self._polled.remove(conn)
            self.poller.unregister(conn.sock)

    def _drop(self, conn: Connection) -> None:
        self._forget(conn)
        self.nr_conns -= 1
        conn.close()

    def murder_keepalived(self, force: bool = False) -> None:
        """Close connections whose deadline has passed (gunicorn's hook in its loop)."""
        now = time.monotonic()
        if now < self._next_expiry and not force:
            return
        self._next_expiry = now + EXPIRY_SECONDS
        if self.nr_conns >= self.worker_connections:
            self._cap_keepalive(now + IDLE_SECONDS_AT_LIMIT)
        for conn in [each for each in self._polled if force or each.deadline <= now]:
            if conn.is_closing or force or not conn.head:
                self._drop(conn)
            else:
                self._forget(conn)
                conn.send_now(request_timeout_answer())
                self._close(conn)

    def _cap_keepalive(self, deadline: float) -> None:
        """Close connections without a request by then (also gunicorn's hook)."""
        for conn in self._polled:
            if not conn.head:
                conn.deadline = min(conn.deadline, deadline)


def request_timeout_answer() -> bytes:
    """Return the whole answer to a head that did not arrive in time."""
    status = HTTPStatus.REQUEST_TIMEOUT
    message = RequestTimeout().message
    problem = {"type": "about:blank", "title": status.phrase, "status": status.value}
    body = json.dumps(problem | {"detail": message, "message": message})
    lines = (
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Connection: close",
        "Cache-Control: no-cache, must-revalidate",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join([*lines, "", body]).encode()


def hold_back_sigterm() -> None:
    """Let workers that are forked from here on get SIGTERM once they can handle it.

    What comes for a new process before Python is ready in it, Python forgets. Such a
    worker would go on until it is killed, with whatever it is at.
    """
    # In an upgrade (USR2) the new master is forked like a worker.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGTERM)
    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, SIGTERM),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGTERM),
    )


def stop(master: Any, number: int, frame: FrameType | None) -> None:
    """Let nobody new in, then do as gunicorn's master does: its handler of SIGTERM."""
    signal.signal(number, master.signal)
    # After an upgrade (USR2), and under systemd, somebody else goes on listening.
    if not (master.reexec_pid or master.master_pid or master.systemd):
        _shut_the_door(master.LISTENERS)
    master.signal(number, frame)


def _shut_the_door(listeners: Iterable[socket.socket]) -> None:
    """Begin no new connection on these, in all processes that share them.

    Those that have begun are made. Where the kernel knows no filters, what workers
    accept at last has to do.
    """
    if sys.platform != "linux":
        return
    program = ctypes.create_string_buffer(NO_SYN, len(NO_SYN))
    option = struct.pack("HP", NO_SYN_LENGTH, ctypes.addressof(program))
    for each in listeners:
        with suppress(OSError):
            each.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, option)
