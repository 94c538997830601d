"""Whose listening socket is shut at SIGTERM, before anything else is stopped."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from users_service import worker
from users_service.tests.live import PROJECT
from users_service.tests.processes import environment

SHARED: dict[str, dict[str, Any]] = {
    "a master that an upgrade made": {"master_pid": 1},
    "a master that has made another": {"reexec_pid": 1},
    "systemd": {"systemd": True},
}

# As a worker is, until it has handlers of its own.
FORKED = """
import os, signal, time
from users_service import worker

worker.hold_back_sigterm()
if child := os.fork():
    os.kill(child, signal.SIGTERM)
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ())
    _, status = os.waitpid(child, 0)
    raise SystemExit(os.waitstatus_to_exitcode(status))
deadline = time.monotonic() + 60
while signal.SIGTERM not in signal.sigpending():
    assert time.monotonic() < deadline
signal.signal(signal.SIGTERM, lambda *_: os._exit(7))
signal.pthread_sigmask(signal.SIG_UNBLOCK, worker.SIGTERM)
"""


class Master(SimpleNamespace):
    """What gunicorn's master is to its handler of SIGTERM."""

    def __init__(self, **changes: Any) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.handled: list[int] = []
        alone = {"pid": os.getpid(), "master_pid": 0, "reexec_pid": 0, "systemd": False}
        super().__init__(LISTENERS=[self.listener], **{**alone, **changes})

    def signal(self, number: int, _frame: object) -> None:
        self.handled.append(number)

    def stopped(self) -> bool:
        """Send it SIGTERM; tell whether nobody is let in any more."""
        worker.stop(self, signal.SIGTERM, None)
        assert self.handled == [signal.SIGTERM]
        try:
            socket.create_connection(self.listener.getsockname(), timeout=0.3).close()
        except TimeoutError:
            return True
        return False


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_a_master_that_stops_lets_nobody_new_in() -> None:
    master = Master()
    with (
        master.listener,
        socket.create_connection(master.listener.getsockname()) as before,
    ):
        before.sendall(b"first")
        assert master.stopped()
        accepted, _ = master.listener.accept()
        with accepted:
            assert accepted.recv(9) == b"first"
        assert signal.getsignal(signal.SIGTERM) == master.signal


@pytest.mark.parametrize("whose", SHARED)
def test_a_socket_on_which_somebody_else_listens_stays_open(whose: str) -> None:
    master = Master(**SHARED[whose])
    with master.listener:
        assert not master.stopped()


def test_sigterm_waits_for_a_worker_that_was_just_forked() -> None:
    command = [sys.executable, "-c", FORKED]
    done = subprocess.run(command, cwd=PROJECT, env=environment(), check=False)
    assert done.returncode == 7


def test_a_kernel_without_filters_stops_nobody_from_stopping() -> None:
    master = Master()
    with master.listener, socket.socket(socket.AF_UNIX) as other:
        master.LISTENERS = [SimpleNamespace(setsockopt=refuse), other]
        assert not master.stopped()


def refuse(*_: object) -> None:
    raise OSError
