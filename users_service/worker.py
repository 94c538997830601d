"""gunicorn's worker with threads, which leaves nobody at the door when it stops.

The kernel makes connections on its own, and callers send their requests, before anybody
accepts them. gunicorn accepts no more from SIGTERM on, but goes on listening until the
last worker is done: whoever came meanwhile would be cut off, seconds later.
"""

import ctypes
import os
import selectors
import signal
import socket
import struct
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from types import FrameType
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

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


class Worker(ThreadWorker):  # type: ignore[misc]
    """Accepts whoever is connected already before it closes its ears."""

    def init_signals(self) -> None:
        """Be ready for signals, also for what came in the meantime."""
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGTERM)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept from now on, or no more; in a worker that stops, for good."""
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
