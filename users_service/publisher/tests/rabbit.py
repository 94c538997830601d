"""The real broker: a virtual host of its own for every test, and who listens there."""

import bz2
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from kombu.connection import Connection
from kombu.entity import Exchange, Queue

EXCHANGE = Exchange("dhos", type="topic", durable=True)

HOST = os.environ.get("TEST_RABBITMQ_HOST", "127.0.0.1")
PORT = int(os.environ.get("TEST_RABBITMQ_PORT", "5672"))
USERNAME = os.environ.get("TEST_RABBITMQ_USERNAME", "guest")
PASSWORD = os.environ.get("TEST_RABBITMQ_PASSWORD", "guest")

EVERYTHING = "#"
BATCH = 12
SECONDS = 30
PAUSE = 0.02
ADD = """
[begin
   rabbit_vhost:add(V, <<"tests">>),
   rabbit_auth_backend_internal:set_permissions(
     <<"{user}">>, V, <<".*">>, <<".*">>, <<".*">>, <<"tests">>)
 end || V <- [{names}]].
"""
DELETE = '[rabbit_vhost:delete(V, <<"tests">>) || V <- [{names}]].'


def why_absent() -> str:
    """Return why tests cannot use a broker; empty if they can."""
    if not shutil.which("rabbitmqctl"):
        return "rabbitmqctl, which makes virtual hosts, is not here"
    try:
        socket.create_connection((HOST, PORT), timeout=3).close()
    except OSError:
        return f"no broker answers at {HOST}:{PORT}"
    return ""


class VirtualHosts:
    """Makes virtual hosts, some at a time: starting rabbitmqctl takes a second."""

    def __init__(self) -> None:
        self._made: list[str] = []
        self._unused: list[str] = []

    def take(self) -> str:
        """Return the name of an empty one."""
        if not self._unused:
            names = [f"users-test-{secrets.token_hex(4)}" for _ in range(BATCH)]
            self._evaluate(ADD.format(user=USERNAME, names=_binaries(names)))
            self._made += names
            self._unused = names
        return self._unused.pop()

    def delete_all(self) -> None:
        """Leave the broker as it was."""
        if self._made:
            self._evaluate(DELETE.format(names=_binaries(self._made)))

    def _evaluate(self, code: str) -> None:
        command = ["rabbitmqctl", "--quiet", "eval", code]
        subprocess.run(command, check=True, capture_output=True, timeout=60)


def _binaries(names: list[str]) -> str:
    return ", ".join(f'<<"{name}">>' for name in names)


class Listener:
    """A sister service with a queue of its own for some routing key."""

    def __init__(self, vhost: str, key: str = EVERYTHING, **arguments: Any) -> None:
        self.connection = Connection(HOST, USERNAME, PASSWORD, vhost, PORT)
        self.channel = self.connection.channel()
        self.channel.auto_decode = False
        self.queue = Queue(
            f"of-{key}", EXCHANGE, routing_key=key, queue_arguments=arguments
        )(self.channel)
        self.queue.declare()

    def take(self, number: int) -> list[Any]:
        """Return so many messages, as they are; fail if they do not come."""
        found: list[Any] = []
        deadline = time.monotonic() + SECONDS
        while len(found) < number:
            found += self.rest()
            assert time.monotonic() < deadline, f"{len(found)} of {number} messages"
        return found

    def texts(self, number: int) -> list[str]:
        """Return the bodies of so many messages, in their order."""
        return [text_of(message) for message in self.take(number)]

    def rest(self) -> list[Any]:
        """Return what lies in the queue now."""
        name = self.queue.name
        return list(iter(lambda: self.channel.basic_get(name, no_ack=True), None))

    def __len__(self) -> int:
        """Return how much lies in the queue."""
        return int(self.queue.queue_declare(passive=True).message_count)

    def close(self) -> None:
        """Hang up; the queue stays."""
        self.connection.release()


def text_of(message: Any) -> str:
    """Return a message's body, unpacked."""
    return bz2.decompress(message.body).decode()


@contextmanager
def listening(key: str = EVERYTHING, **arguments: Any) -> Iterator[Listener]:
    """Listen in the test's virtual host."""
    listener = Listener(settings.RABBITMQ_VHOST, key, **arguments)
    try:
        yield listener
    finally:
        listener.close()


def wait_for(condition: Callable[[], object], seconds: float = SECONDS) -> None:
    """Ask again and again until the condition holds; fail after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(PAUSE)  # between two looks, for those who work meanwhile


def require_broker() -> None:
    """Skip the test where there is no broker; with REQUIRE_ALL=1, fail."""
    if reason := why_absent():
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
