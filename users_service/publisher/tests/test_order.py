"""In which order messages get to the broker, and that none is forgotten."""

from threading import Event, Thread

import pytest
from django.db import connection, transaction

from clinicians.services.locking import lock_clinician
from clinicians.testing import Api, clinician_body, created
from users_service.journal.models import OutboxMessage
from users_service.journal.outbox import AUDIT, CREATED, UPDATED, WELCOME, announce
from users_service.publisher.tests.proxy import Proxy
from users_service.publisher.tests.rabbit import Listener
from users_service.publisher.tests.running import (
    Deliver,
    announce_some,
    nothing_waits,
)

pytestmark = pytest.mark.django_db(transaction=True)


def keys(listener: Listener, number: int) -> list[str]:
    return [each.delivery_info["routing_key"] for each in listener.take(number)]


def test_a_creation_is_told_before_the_welcome(
    listener: Listener, deliver: Deliver
) -> None:
    created(email_address="ada@example.com")
    deliver()
    assert keys(listener, 2) == [CREATED, WELCOME]


def test_an_activation_is_told_before_the_change(
    listener: Listener, deliver: Deliver
) -> None:
    path = f"/dhos/v1/clinician/{created()['uuid']}"
    Api().patch(path, {"login_active": False})
    deliver()
    assert keys(listener, 3) == [CREATED, AUDIT, UPDATED]


def test_the_messages_of_each_clinician_keep_their_order(
    listener: Listener, deliver: Deliver
) -> None:
    announce_some(600, clinicians=7)
    deliver()
    numbers = [int(text) for text in listener.texts(600)]
    assert sorted(numbers) == list(range(600))
    for clinician in range(7):
        own = [number for number in numbers if number % 7 == clinician]
        assert own == sorted(own)


def test_what_is_rolled_back_is_not_told(listener: Listener, deliver: Deliver) -> None:
    with transaction.atomic():
        announce(routing_key=UPDATED, body="1", clinician_id="A")
        transaction.set_rollback(True)
    announce(routing_key=UPDATED, body="2", clinician_id="A")
    deliver()
    assert listener.texts(1) == ["2"]
    assert len(listener) == 0


def test_a_refused_request_is_not_told(listener: Listener, deliver: Deliver) -> None:
    created(email_address="ada@example.com")
    body = clinician_body(email_address="ADA@example.com")
    assert Api().post("/dhos/v1/clinician", body).status_code == 409
    deliver()
    assert keys(listener, 2) == [CREATED, WELCOME]
    assert len(listener) == 0


@pytest.mark.postgresql
def test_one_that_is_committed_late_is_told_all_the_same(
    listener: Listener, deliver: Deliver
) -> None:
    written, go_on = Event(), Event()

    def write_slowly() -> None:
        with transaction.atomic():
            announce(routing_key=UPDATED, body="slow", clinician_id="A")
            written.set()
            go_on.wait(timeout=30)
        connection.close()

    slow = Thread(target=write_slowly)
    slow.start()
    assert written.wait(timeout=30)
    announce(routing_key=UPDATED, body="quick", clinician_id="B")
    deliver()
    go_on.set()
    slow.join()
    assert OutboxMessage.objects.order_by("id").first().body == "slow"  # type: ignore[union-attr]
    deliver()
    assert listener.texts(2) == ["quick", "slow"]


@pytest.mark.postgresql
def test_numbers_of_one_clinicians_messages_follow_the_commits() -> None:
    clinician_id = created()["uuid"]
    locked, go_on = Event(), Event()

    def change() -> None:
        with transaction.atomic():
            lock_clinician(clinician_id)
            locked.set()
            go_on.wait(timeout=30)
            announce(routing_key=UPDATED, body="first", clinician_id=clinician_id)
        connection.close()

    first = Thread(target=change)
    first.start()
    assert locked.wait(timeout=30)
    go_on.set()
    Api().patch(f"/dhos/v1/clinician/{clinician_id}", {"job_title": "nurse"})
    first.join()
    bodies = OutboxMessage.objects.filter(routing_key=UPDATED).order_by("id")
    assert bodies[0].body == "first"


def test_without_confirmations_one_message_of_each_clinician_leaves(
    listener: Listener, proxy: Proxy, deliver: Deliver
) -> None:
    announce_some(30, clinicians=3)

    def three_have_arrived() -> bool:
        # Asked first when the connection stands and nothing has been sent.
        if proxy.connections == 1 and len(listener) == 0:
            proxy.hold_back()
        return len(listener) >= 3

    def nothing_more_arrives() -> bool:
        assert len(listener) == 3
        proxy.let_go()
        return True

    deliver(lambda: three_have_arrived() and nothing_more_arrives())
    assert sorted(listener.texts(3)) == ["0", "1", "2"]
    assert not nothing_waits()
