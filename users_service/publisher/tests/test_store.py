"""Reading and marking the outbox, pruning it, and counting."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone
from pytest_django import Settings

from clinicians.services.removal import drop_all
from roles.callers import Caller
from users_service.journal.models import DeliveryCounts, OutboxMessage
from users_service.journal.outbox import backlog
from users_service.publisher import store as store_module
from users_service.publisher.store import Room, Store
from users_service.publisher.tests.running import announce_some

pytestmark = pytest.mark.django_db

MANY = 10**9


@pytest.fixture
def store() -> Store:
    return Store("default")


def numbers() -> list[int]:
    return list(OutboxMessage.objects.order_by("id").values_list("id", flat=True))


def test_what_is_loaded_or_rests_is_not_read(store: Store) -> None:
    announce_some(4, clinicians=4)
    first, second, third, fourth = numbers()
    found = store.read(Room(10, MANY), loaded={second}, resting={"C2"})
    assert [each.id for each in found] == [first, fourth]
    found = store.read(Room(10, MANY), loaded=set(), resting={first, third})
    assert [each.id for each in found] == [second, fourth]


def test_messages_without_a_clinician_are_read_while_a_clinician_rests(
    store: Store,
) -> None:
    OutboxMessage.objects.create(routing_key="k", body="", correlation_id="")
    assert len(store.read(Room(10, MANY), loaded=set(), resting={"C1"})) == 1


def test_the_oldest_are_read_first(store: Store) -> None:
    announce_some(5, clinicians=5)
    found = store.read(Room(2, MANY), loaded=set(), resting=set())
    assert [each.id for each in found] == numbers()[:2]


def test_each_is_marked_by_its_own_number(store: Store) -> None:
    announce_some(3, clinicians=3)
    _, second, third = store.read(Room(10, MANY), loaded=set(), resting=set())
    store.mark([second, third])
    assert [
        each.id for each in store.read(Room(10, MANY), loaded=set(), resting=set())
    ] == [numbers()[0]]
    store.mark(store.read(Room(10, MANY), loaded=set(), resting=set()))
    assert DeliveryCounts.objects.get().published == 3


def test_refusals_are_counted(store: Store) -> None:
    announce_some(1, clinicians=1)
    for failures in (0, 1):
        [message] = store.read(Room(1, MANY), loaded=set(), resting=set())
        assert message.failures == failures
        store.count_refused([message])
    store.count_unconfirmed(5)
    counts = DeliveryCounts.objects.get()
    assert (counts.published, counts.failed, counts.retried) == (0, 2, 7)


def test_there_is_one_row_of_counts() -> None:
    with pytest.raises(IntegrityError):
        DeliveryCounts.objects.create(id=2)


def test_what_was_delivered_long_ago_goes_in_small_batches(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "PRUNE_BATCH", 2)
    settings.EVENTS_KEEP_DAYS = 7
    announce_some(5, clinicians=5)
    now = timezone.now()
    ages = [timedelta(days=days) for days in (8, 6, 9, 10)]
    for number, age in zip(numbers(), ages, strict=False):
        OutboxMessage.objects.filter(id=number).update(delivered=now - age)
    before = numbers()
    assert store.prune()
    assert numbers() == [before[0], before[1], before[4]]
    assert not store.prune()
    assert numbers() == [before[1], before[4]]


def test_an_undelivered_one_is_never_pruned(store: Store, settings: Settings) -> None:
    settings.EVENTS_KEEP_DAYS = 0
    announce_some(1, clinicians=1)
    old = timezone.now() - timedelta(days=400)
    OutboxMessage.objects.update(created=old)
    assert not store.prune()
    assert backlog().number == 1
    assert backlog().age > 399 * 86_400


def test_dropping_all_data_drops_what_is_undelivered() -> None:
    announce_some(2, clinicians=2)
    delivered = numbers()[0]
    OutboxMessage.objects.filter(id=delivered).update(delivered=timezone.now())
    drop_all(actor=Caller(id="x", kind="system", system_id="x"))
    assert numbers() == [delivered]


def test_the_outbox_is_looked_into_by_its_partial_index(store: Store) -> None:
    announce_some(3, clinicians=3)
    with connection.cursor() as cursor:
        sql = "SELECT id FROM journal_outboxmessage WHERE delivered IS NULL ORDER BY id"
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {sql} LIMIT 5")
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        assert "outbox_undelivered" in str(cursor.fetchall())
