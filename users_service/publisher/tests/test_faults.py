"""What a broker does to its clients, and that it costs time and no message."""

import socket
import struct

import pytest
from kombu.connection import Connection
from pytest_django import Settings

from users_service.journal.models import DeliveryCounts, OutboxMessage
from users_service.journal.outbox import backlog
from users_service.publisher import broker as broker_module
from users_service.publisher import delivery, states
from users_service.publisher.tests import rabbit
from users_service.publisher.tests.proxy import Proxy
from users_service.publisher.tests.rabbit import Listener
from users_service.publisher.tests.running import Deliver, announce_some, nothing_waits
from users_service.tests.conftest import LogLines

pytestmark = pytest.mark.django_db(transaction=True)


def told(log_lines: LogLines) -> list[tuple[str, str, str | None]]:
    """Return severity, message and error of what the publisher has logged."""
    return [
        (line["severity"], line["message"], line.get("error")) for line in log_lines()
    ]


PUBLISHING = ("INFO", states.PUBLISHING, None)


def counts() -> tuple[int, int, int]:
    found = DeliveryCounts.objects.get()
    return found.published, found.failed, found.retried


def assert_in_order(listener: Listener, number: int, clinicians: int) -> int:
    """Check that all arrived, first sights in order; return the number sent twice."""
    found = [int(rabbit.text_of(each)) for each in listener.rest()]
    firsts = list(dict.fromkeys(found))
    assert sorted(firsts) == list(range(number))
    for clinician in range(clinicians):
        own = [each for each in firsts if each % clinicians == clinician]
        assert own == sorted(own)
    return len(found) - len(firsts)


def test_a_broker_that_is_away_is_waited_for_and_told_once(
    listener: Listener, proxy: Proxy, deliver: Deliver, log_lines: LogLines
) -> None:
    announce_some(20, clinicians=4)
    proxy.cut()
    asked = 0

    def opened_again() -> bool:
        nonlocal asked
        asked += 1
        if asked == 12:
            proxy.open()
        return nothing_waits()

    deliver(opened_again)
    assert assert_in_order(listener, 20, clinicians=4) == 0
    away = ("WARNING", states.NO_BROKER, "ConnectionRefusedError")
    assert told(log_lines) == [away, PUBLISHING]


def test_a_connection_that_is_cut_again_and_again_loses_nothing(
    listener: Listener, proxy: Proxy, deliver: Deliver
) -> None:
    announce_some(900, clinicians=300)
    steps = [800, 600, 400, 200]

    def cut_in_between() -> bool:
        connected = proxy.connections == 5 - len(steps)
        if steps and connected and backlog().number <= steps[0]:
            steps.pop(0)
            proxy.drop()
        return nothing_waits()

    deliver(cut_in_between)
    assert proxy.connections > 2
    twice = assert_in_order(listener, 900, clinicians=300)
    published, failed, retried = counts()
    assert (published, failed) == (900, 0)
    assert retried >= twice


def test_confirmations_that_do_not_come_are_not_waited_for_for_ever(
    listener: Listener,
    proxy: Proxy,
    deliver: Deliver,
    log_lines: LogLines,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery, "CONFIRM_SECONDS", 0.3)
    announce_some(6, clinicians=3)

    def holding_back() -> bool:
        if proxy.connections == 1:
            proxy.hold_back()
        return nothing_waits()

    deliver(holding_back)
    assert assert_in_order(listener, 6, clinicians=3) == 3
    assert counts() == (6, 0, 3)
    assert told(log_lines) == [
        ("WARNING", states.NO_BROKER, "NotConfirmed"),
        PUBLISHING,
    ]


def test_half_an_answer_is_not_waited_for_for_ever(
    proxy: Proxy,
    deliver: Deliver,
    log_lines: LogLines,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(broker_module, "IO_SECONDS", 0.3)
    announce_some(1, clinicians=1)
    spoken = False

    def half_a_frame() -> bool:
        nonlocal spoken
        if proxy.connections == 1 and not spoken:
            spoken = True
            proxy.hold_back()
            proxy.say(b"\x01\x00\x01")
        return nothing_waits()

    deliver(half_a_frame)
    assert told(log_lines)[0] == ("WARNING", states.NO_BROKER, "TimeoutError")


BLOCKED, UNBLOCKED = 60, 61


def connection_frame(method: int, arguments: bytes) -> bytes:
    payload = struct.pack(">HH", 10, method) + arguments
    return struct.pack(">BHI", 1, 0, len(payload)) + payload + b"\xce"


def test_a_broker_short_of_memory_is_left_in_peace_until_it_says_so(
    listener: Listener,
    proxy: Proxy,
    deliver: Deliver,
    log_lines: LogLines,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery, "CONFIRM_SECONDS", 0.3)
    turns = 0

    def block_for_a_while() -> bool:
        nonlocal turns
        if proxy.connections == 1:
            turns += 1
        if turns == 1:
            proxy.say(connection_frame(BLOCKED, b"\x03low"))
        if turns == 3:
            announce_some(5, clinicians=1)
        if turns == 15:
            assert len(listener) == 0
            proxy.say(connection_frame(UNBLOCKED, b""))
        return turns > 15 and nothing_waits()

    deliver(block_for_a_while)
    assert assert_in_order(listener, 5, clinicians=1) == 0
    assert proxy.connections == 1
    assert told(log_lines) == [("WARNING", states.BLOCKED, None), PUBLISHING]


def test_a_message_that_is_refused_rests_and_holds_up_nobody_else(
    broker: Settings, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    del broker
    monkeypatch.setattr(delivery, "REST_SECONDS", 0.2)
    full = {"x-max-length": 1, "x-overflow": "reject-publish"}
    with rabbit.listening("dhos.full", **full) as narrow, rabbit.listening() as wide:
        announce_some(2, clinicians=1, key="dhos.full")
        announce_some(1, clinicians=1, key="dhos.other")
        announce_some(2, clinicians=2, key="dhos.else")

        def refused_twice() -> bool:
            return OutboxMessage.objects.filter(failures__gte=2).exists()

        deliver(refused_twice)
        waiting = OutboxMessage.objects.undelivered().order_by("id")
        keys = list(waiting.values_list("routing_key", flat=True))
        assert keys == ["dhos.full", "dhos.other", "dhos.else"]
        assert [rabbit.text_of(each) for each in narrow.take(1)] == ["0"]
        deliver()
        published, failed, retried = counts()
        assert (published, failed) == (5, retried)
        assert failed >= 2
        del wide


def test_a_wrong_password_is_told_and_tried_again(
    listener: Listener, deliver: Deliver, broker: Settings, log_lines: LogLines
) -> None:
    announce_some(1, clinicians=1)
    right, broker.RABBITMQ_PASSWORD = broker.RABBITMQ_PASSWORD, "wrong"

    def corrected() -> bool:
        if log_lines():
            broker.RABBITMQ_PASSWORD = right
        return nothing_waits()

    deliver(corrected)
    assert len(listener) == 1
    assert told(log_lines) == [
        ("WARNING", states.NO_BROKER, "AccessRefused"),
        PUBLISHING,
    ]
    assert log_lines()[0]["code"] == 403


def test_topology_of_other_arguments_is_told(
    broker: Settings, deliver: Deliver, log_lines: LogLines
) -> None:
    with Connection(
        rabbit.HOST,
        rabbit.USERNAME,
        rabbit.PASSWORD,
        broker.RABBITMQ_VHOST,
        rabbit.PORT,
    ) as connection:
        connection.channel().exchange_declare("dhos", "fanout", durable=True)
    deliver(log_lines)
    assert told(log_lines) == [("WARNING", states.NO_BROKER, "PreconditionFailed")]


def test_a_port_where_nobody_speaks_amqp_is_given_up(
    deliver: Deliver,
    broker: Settings,
    log_lines: LogLines,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(broker_module, "CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        broker.RABBITMQ_PORT = silent.getsockname()[1]
        announce_some(1, clinicians=1)
        deliver(log_lines)
    assert told(log_lines) == [("WARNING", states.NO_BROKER, "TimeoutError")]


def test_a_broker_that_hangs_up_while_nothing_is_to_do_is_found_again(
    listener: Listener, proxy: Proxy, deliver: Deliver
) -> None:
    def dropped_once() -> bool:
        if proxy.connections == 1:
            proxy.drop()
        if proxy.connections == 2 and OutboxMessage.objects.count() == 0:
            announce_some(1, clinicians=1)
        return OutboxMessage.objects.exists() and nothing_waits()

    deliver(dropped_once)
    assert len(listener) == 1
