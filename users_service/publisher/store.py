"""The outbox as its publisher uses it: read, mark, count, prune."""

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Length
from django.utils import timezone

from users_service.journal.models import DeliveryCounts, OutboxMessage
from users_service.publisher.messages import Lane, Message

PRUNE_BATCH = 1000
PIECE_BYTES = 2**22


COLUMNS = Message._fields[:-1]


class Room(NamedTuple):
    """How many messages, of how many bytes, may be read."""

    number: int
    size: int

    def cut(
        self, sizes: Iterable[tuple[int, int]], *, is_first: bool
    ) -> Iterator[tuple[int, int]]:
        """Yield messages by number and size while they fit, the `first` in any case."""
        left = self.size
        for number, size in sizes:
            left -= size
            if left < 0 and not is_first:
                return
            yield number, size
            is_first = False


def _pieces(found: Iterable[tuple[int, int]]) -> Iterator[dict[int, int]]:
    """Yield sizes by number in pieces, as the driver holds a whole result as well."""
    piece: dict[int, int] = {}
    left = PIECE_BYTES
    for number, size in found:
        if piece and size > left:
            yield piece
            piece, left = {}, PIECE_BYTES
        piece[number] = size
        left -= size
    if piece:
        yield piece


class Store:
    """The outbox, on the connection that the lead belongs to."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._messages = OutboxMessage.objects.using(alias)

    def read(
        self, room: Room, *, loaded: Collection[int], resting: Collection[Lane]
    ) -> list[Message]:
        """Return the oldest undelivered messages that are neither loaded nor resting.

        As many as there is room for, and one at least if nothing is loaded. From the
        beginning every time: numbers are given before commits, so one that is lower
        than all that were seen may still appear.
        """
        failed = self._messages.failed().values_list("id", "clinician_id")
        waiting = {*resting, *(whose or number for number, whose in failed)}
        numbers = {lane for lane in waiting if isinstance(lane, int)}
        clinicians = {lane for lane in waiting if isinstance(lane, str)}
        # Older releases store no size; a character takes four bytes at most.
        size = Coalesce("size", 4 * Length("body"))
        oldest = (
            self._messages.undelivered()
            .exclude(id__in=numbers.union(loaded))
            .exclude(clinician_id__in=clinicians)
            .order_by("id")
            .values_list("id", size)
        )
        found = list(room.cut(oldest[: room.number], is_first=not loaded))
        return [message for piece in _pieces(found) for message in self._load(piece)]

    def _load(self, sizes: dict[int, int]) -> list[Message]:
        rows = self._messages.filter(id__in=sizes).order_by("id").values_list(*COLUMNS)
        return [Message._make((*row, sizes[row[0]])) for row in rows]

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

    def count_channel_error(self, message: Message, error: str) -> None:
        """Note that the message broke the channel by itself."""
        with transaction.atomic(using=self._alias):
            self._messages.filter(id=message.id).update(
                channel_errors=F("channel_errors") + 1, error=error
            )
            self._count(failed=1)

    def count_unconfirmed(self, number: int) -> None:
        """Note that so many messages have to be sent again: no word came of them."""
        self._count(retried=number)

    def prune(self) -> bool:
        """Delete some messages settled long ago; return whether there may be more."""
        before = timezone.now() - timedelta(days=settings.EVENTS_KEEP_DAYS)
        # The index of the erroneous ones serves this.
        self._messages.filter(channel_errors__gt=0, set_aside__lt=before).delete()
        old = self._messages.filter(delivered__lt=before).order_by("delivered")
        numbers = list(old.values_list("id", flat=True)[:PRUNE_BATCH])
        self._messages.filter(id__in=numbers).delete()
        return len(numbers) == PRUNE_BATCH

    def _count(self, **numbers: int) -> None:
        counts = DeliveryCounts.objects.using(self._alias)
        added = {name: F(name) + number for name, number in numbers.items()}
        if not counts.update(**added):
            counts.create(**numbers)
