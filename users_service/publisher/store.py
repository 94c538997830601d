"""The outbox as its publisher uses it: read, mark, count, prune."""

from collections.abc import Collection, Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from users_service.journal.models import DeliveryCounts, OutboxMessage
from users_service.publisher.messages import Lane, Message

PRUNE_BATCH = 1000


class Store:
    """The outbox, on the connection that the lead belongs to."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._messages = OutboxMessage.objects.using(alias)

    def read(
        self, limit: int, *, loaded: Collection[int], resting: Collection[Lane]
    ) -> list[Message]:
        """Return the oldest undelivered messages that are neither loaded nor resting.

        From the beginning every time: numbers are given before commits, so one that
        is lower than all that were seen may still appear.
        """
        numbers = {lane for lane in resting if isinstance(lane, int)}
        clinicians = {lane for lane in resting if isinstance(lane, str)}
        rows = (
            self._messages.undelivered()
            .exclude(id__in=numbers.union(loaded))
            .exclude(clinician_id__in=clinicians)
            .order_by("id")
            .values_list(*Message._fields)
        )
        return [Message(*row) for row in rows[:limit]]

    def mark(self, delivered: Iterable[Message]) -> None:
        """Mark messages as delivered, each by its own number."""
        numbers = [message.id for message in delivered]
        with transaction.atomic(using=self._alias):
            self._messages.filter(id__in=numbers).update(delivered=timezone.now())
            self._count(published=len(numbers))

    def count_refused(self, refused: Iterable[Message]) -> None:
        """Note that the broker could not take these; they stay to be delivered."""
        numbers = [message.id for message in refused]
        with transaction.atomic(using=self._alias):
            self._messages.filter(id__in=numbers).update(failures=F("failures") + 1)
            self._count(failed=len(numbers), retried=len(numbers))

    def count_unconfirmed(self, number: int) -> None:
        """Note that so many messages have to be sent again: no word came of them."""
        self._count(retried=number)

    def prune(self) -> bool:
        """Delete some messages delivered long ago; return whether there may be more."""
        before = timezone.now() - timedelta(days=settings.EVENTS_KEEP_DAYS)
        old = self._messages.filter(delivered__lt=before).order_by("delivered")
        numbers = list(old.values_list("id", flat=True)[:PRUNE_BATCH])
        self._messages.filter(id__in=numbers).delete()
        return len(numbers) == PRUNE_BATCH

    def _count(self, **numbers: int) -> None:
        counts = DeliveryCounts.objects.using(self._alias)
        added = {name: F(name) + number for name, number in numbers.items()}
        if not counts.update(**added):
            counts.create(**numbers)
