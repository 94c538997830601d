"""The connection to RabbitMQ: every wait on it ends after a time-out."""

import select
import ssl
import time
from types import TracebackType
from typing import Any, Protocol, Self

import amqp
from amqp import spec
from amqp.method_framing import frame_writer
from django.conf import settings
from kombu.connection import Connection

from users_service.publisher.messages import Message, encode
from users_service.publisher.topology import ENTITIES, EXCHANGE

ERRORS = (amqp.AMQPError, OSError)
"""What a broker does to its clients: says no, falls silent, or hangs up."""

CONNECT_SECONDS = 5.0
IO_SECONDS = 10.0
GOODBYE_SECONDS = 2.0
HEARTBEAT_SECONDS = 10


KEPT_BYTES = 2**20
"""What waits in the buffer for a common system call."""


class Confirms(Protocol):
    """Whoever hears the confirmations: of one delivery tag, or of all up to it."""

    def acknowledge(self, tag: int, multiple: bool) -> None:
        """The broker has it."""

    def refuse(self, tag: int, multiple: bool) -> None:
        """The broker could not take it."""


class Outgoing:
    """Where py-amqp writes frames to; keeps them back while messages are collected.

    A system call for every message would cost more than all else but compression.
    """

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._kept = bytearray()
        self.keeping = False

    def write(self, frames: Any) -> None:
        """Take frames, in a buffer that is used again afterwards."""
        if self.keeping:
            self._kept += frames
        else:
            self._transport.write(frames)
        if len(self._kept) > KEPT_BYTES:
            self.let_go()

    def let_go(self) -> None:
        """Write what was kept back, in one piece."""
        kept, self._kept = self._kept, bytearray()
        self._transport.write(kept)


class Link:
    """A connection with one channel in confirm mode, and the topology declared.

    Used as a context; raises one of ERRORS whenever the broker does not do as it
    should, and is of no more use then.
    """

    def __init__(self, confirms: Confirms) -> None:
        self.blocked = False
        """Whether the broker takes nothing for now (a resource alarm)."""
        self._opened = time.monotonic()
        self._connection = _connect(
            CONNECT_SECONDS,
            on_blocked=self._on_blocked,
            on_unblocked=self._on_unblocked,
            frame_writer=self._frame_writer,
        )
        try:
            self._open_channel(confirms)
        except BaseException:
            self._connection.collect()
            raise

    def _open_channel(self, confirms: Confirms) -> None:
        self._channel = self._connection.channel()
        for entity in ENTITIES:
            entity(self._channel).declare()
        self._channel.events["basic_ack"].add(confirms.acknowledge)
        self._channel.events["basic_nack"].add(confirms.refuse)
        self._channel.confirm_select()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Hang up; politely, if nothing is wrong."""
        try:
            if error is None:
                self._connection.sock.settimeout(GOODBYE_SECONDS)
                self._connection.close()
        except ERRORS:
            pass
        finally:
            self._connection.collect()

    @property
    def age(self) -> float:
        """Seconds since it was opened."""
        return time.monotonic() - self._opened

    def put(self, message: Message) -> None:
        """Have a message leave for the exchange with the next `flush`.

        That no queue takes it is no failure.
        """
        self._outgoing.keeping = True
        # Channel.basic_publish would look for incoming frames first, with a time-out
        # of nought, and then spins for as long as only half of one has arrived.
        self._channel.send_method(
            spec.Basic.Publish,
            "Bssbb",
            (0, EXCHANGE.name, message.routing_key, False, False),
            encode(self._channel, message),
        )

    def flush(self) -> None:
        """Send what was put, and nothing if that is nothing."""
        if self._outgoing.keeping:
            self._outgoing.keeping = False
            self._outgoing.let_go()

    def receive(self, seconds: float) -> None:
        """Take in what the broker says; wait at most so long for it to speak."""
        while self._speaks(seconds):
            self._connection.blocking_read(IO_SECONDS)
            seconds = 0
        self._connection.heartbeat_tick()

    def _speaks(self, seconds: float) -> bool:
        channel = self._connection.sock
        if settings.RABBITMQ_TLS and channel.pending():
            return True
        poll = select.poll()
        poll.register(channel, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def _frame_writer(self, connection: amqp.Connection, transport: Any) -> Any:
        self._outgoing = Outgoing(transport)
        return frame_writer(connection, self._outgoing)

    def _on_blocked(self, _reason: str) -> None:
        self.blocked = True

    def _on_unblocked(self) -> None:
        self.blocked = False


def reach(seconds: float) -> None:
    """Connect and hang up; raise one of ERRORS where the broker does not answer.

    No step of it takes longer than so many seconds.
    """
    connection = _connect(seconds)
    connection.sock.settimeout(seconds)
    try:
        connection.close()
    finally:
        connection.collect()


def _connect(seconds: float, **options: Any) -> amqp.Connection:
    connection = Connection(
        hostname=settings.RABBITMQ_HOST,
        port=settings.RABBITMQ_PORT,
        userid=settings.RABBITMQ_USERNAME,
        password=settings.RABBITMQ_PASSWORD,
        virtual_host=settings.RABBITMQ_VHOST,
        ssl=_tls(),
        connect_timeout=seconds,
        heartbeat=HEARTBEAT_SECONDS,
        transport_options={
            "client_properties": {"connection_name": "users-service publisher"},
            **options,
        },
    )
    # Connection.connect would sleep and try a second time.
    opened = connection.transport.establish_connection()
    opened.sock.settimeout(IO_SECONDS)
    return opened


def _tls() -> dict[str, Any] | bool:
    if not settings.RABBITMQ_TLS:
        return False
    return {
        "cert_reqs": ssl.CERT_REQUIRED,
        "ca_certs": settings.RABBITMQ_TLS_CA or None,
        "server_hostname": settings.RABBITMQ_HOST,
    }
