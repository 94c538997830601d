"""Messages that break the channel: found, left aside, and nobody else blamed."""

import fcntl
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import gettempdir

import amqp
import pytest
from django.utils import timezone
from pytest_django import Settings

from roles.callers import Caller
from users_service.health import events as look_at_events
from users_service.journal import outbox
from users_service.journal.models import AuditEntry, DeliveryCounts, OutboxMessage
from users_service.journal.outbox import UPDATED, announce, backlog
from users_service.publisher.store import Room, Store
from users_service.publisher.suspects import Suspects, error_of_message
from users_service.publisher.tests.rabbit import Listener
from users_service.publisher.tests.running import Deliver, announce_some
from users_service.publisher.tests.test_window import message

DAY, HOUR = timedelta(days=1), 3600
LIMIT = 2**20
TOO_LARGE = f'"{"x" * LIMIT}"'
ACTOR = Caller(id="jane", kind="staff")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def limited(broker: object) -> Iterator[None]:
    """A broker that takes no larger messages than LIMIT on new channels."""
    broker.RABBITMQ_COMPRESSION = ""  # type: ignore[attr-defined]
    with (Path(gettempdir()) / "users-test-broker-limit").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # it is the whole broker's, and other tests'
        before = evaluate("{ok, N} = application:get_env(rabbit, max_message_size), N.")
        limit_messages(LIMIT)
        yield
        limit_messages(int(before))


def limit_messages(size: int) -> None:
    evaluate(f"application:set_env(rabbit, max_message_size, {size}).")


def evaluate(code: str) -> str:
    command = ["rabbitmqctl", "--quiet", "eval", code]
    found = subprocess.run(command, check=True, capture_output=True, timeout=60)
    return found.stdout.decode().strip()


def announce_too_large(clinician_id: str | None) -> int:
    announce(routing_key=UPDATED, body=TOO_LARGE, clinician_id=clinician_id)
    return OutboxMessage.objects.order_by("id").last().pk  # type: ignore[union-attr]


def delivered() -> int:
    return OutboxMessage.objects.filter(delivered__isnull=False).count()


def test_message_too_large_for_the_broker_fails_and_others_are_delivered(
    deliver: Deliver, limited: None, listener: Listener
) -> None:
    announce_some(3, clinicians=3)
    large = announce_too_large("C1")
    nobodys = announce_too_large(None)
    announce_some(6, clinicians=3)

    deliver(lambda: backlog().failed == 2 and delivered() == 7)

    assert backlog().failed == 2
    failed = OutboxMessage.objects.get(pk=large)
    assert failed.has_failed
    assert failed.channel_errors == 3
    assert failed.error.startswith("406 PRECONDITION_FAILED - message size ")
    assert OutboxMessage.objects.get(pk=nobodys).has_failed
    behind = OutboxMessage.objects.filter(clinician_id="C1", pk__gt=large)
    assert not behind.filter(delivered__isnull=False).exists()
    assert OutboxMessage.objects.filter(channel_errors__gt=0).count() == 2
    arrived = {each.properties["message_id"] for each in listener.take(7)}
    assert len(arrived) == 7  # those that were under way with it came twice


def test_failed_message_is_sent_again_once_the_broker_takes_it(
    deliver: Deliver, limited: None, listener: Listener
) -> None:
    large = announce_too_large("C1")
    deliver(lambda: backlog().failed)
    limit_messages(2 * LIMIT)

    assert outbox.resend(actor=ACTOR, numbers=[large], since=None) == 1
    deliver()

    [message] = listener.take(1)
    assert message.body.decode() == TOO_LARGE
    assert not backlog().number


def test_failed_message_set_aside_lets_those_behind_it_go(
    deliver: Deliver, limited: None, listener: Listener
) -> None:
    large = announce_too_large("C1")
    announce(routing_key=UPDATED, body="{}", clinician_id="C1")
    deliver(lambda: backlog().failed)

    assert outbox.set_aside(actor=ACTOR, numbers=[large]) == 1
    deliver()

    assert [each.body for each in listener.take(1)] == [b"{}"]
    assert backlog() == (0, 0.0, 0)
    entry = AuditEntry.objects.get(action="events.set_aside")
    assert (entry.clinician_id, entry.actor) == ("C1", "jane")
    assert entry.changes == {"message": {"number": large, "key": UPDATED}}
    assert outbox.set_aside(actor=ACTOR, numbers=[large]) == 0


def test_failed_message_leaves_the_health_check_to_others(
    deliver: Deliver, limited: None, listener: Listener
) -> None:
    large = announce_too_large("C1")
    announce_some(2, clinicians=2)
    deliver(lambda: backlog().failed and not backlog().age)
    OutboxMessage.objects.filter(pk=large).update(created=timezone.now() - DAY)

    passed, told = look_at_events()

    assert passed
    assert told == "2 messages wait, the oldest for 0 s; 1 failed"
    assert DeliveryCounts.objects.get().failed == 3


def test_age_of_a_message_sent_again_counts_from_then(transactional_db: None) -> None:
    announce_some(1, clinicians=1)
    OutboxMessage.objects.update(
        created=timezone.now() - DAY, delivered=timezone.now() - DAY
    )
    [number] = OutboxMessage.objects.values_list("pk", flat=True)

    outbox.resend(actor=ACTOR, numbers=[number], since=None)

    assert backlog().number == 1
    assert backlog().age < HOUR
    OutboxMessage.objects.update(waiting_since=None)
    assert backlog().age > HOUR


def test_suspects_are_sent_one_by_one_until_they_are_settled() -> None:
    suspects = Suspects()
    first, second = message(1), message(2)
    assert suspects.culprit([first, second]) is None
    assert suspects
    assert suspects.culprit([second]) is second
    suspects.clear([first, second])
    assert not suspects


def test_messages_are_read_while_there_is_room_for_their_bytes() -> None:
    sizes = [(1, 60), (2, 30), (3, 11), (4, 1)]
    assert list(Room(9, 100).cut(sizes, is_first=True)) == sizes[:2]
    assert list(Room(9, 59).cut(sizes, is_first=True)) == sizes[:1]
    assert list(Room(9, 59).cut(sizes, is_first=False)) == []


@pytest.mark.parametrize("stored", [True, False])
def test_publisher_loads_no_more_than_its_bytes(
    settings: Settings, stored: bool
) -> None:
    settings.EVENTS_BATCH_BYTES = 1000
    for _ in range(3):
        announce(routing_key=UPDATED, body="x" * 400, clinician_id=None)
    if not stored:  # as an older release does
        OutboxMessage.objects.update(size=None)
    found = Store("default").read(Room(10, 1000), loaded=set(), resting=set())
    assert len(found) == (2 if stored else 1)


PUBLISH, DECLARE = (60, 40), (40, 10)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (amqp.PreconditionFailed("too large", PUBLISH, "", 406), "406 too large"),
        (amqp.PreconditionFailed("arguments", DECLARE, "", 406), ""),
        (amqp.NotFound("no exchange", PUBLISH, "", 404), ""),
        (amqp.AccessRefused("no right", PUBLISH, "", 403), ""),
        (amqp.FrameError("first octets: secret", (0, 0), "", 501), "501 FrameError"),
        (amqp.ConnectionForced("shutdown", (0, 0), "", 320), ""),
        (amqp.RecoverableConnectionError("Socket closed"), ""),
        (ConnectionResetError("cut"), ""),
        (TimeoutError("silent"), ""),
    ],
)
def test_error_is_of_a_message_only_where_the_broker_says_so(
    error: Exception, told: str
) -> None:
    assert error_of_message(error) == told
