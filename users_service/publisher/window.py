"""What is read and on its way: which message may leave next, which are confirmed.

Messages of one lane leave one by one: the next only once the one before it is marked
as delivered. So a publisher that dies at any moment leaves at most one message of a
clinician that was sent and is not marked, and whoever sends that again sends nothing
after it a second time.
"""

from collections import deque
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from users_service.publisher.messages import Lane, Message

SIZE = 500
"""At most so many messages are unconfirmed."""


class Sent(NamedTuple):
    """A message on its way, and when it left (monotonic seconds)."""

    message: Message
    moment: float


class Window:
    """The messages of one channel, whose delivery tags count from 1."""

    def __init__(self, size: int = SIZE) -> None:
        self.size = size
        self.loaded_bytes = 0
        """Bytes of all bodies that were read and are not settled."""
        self._lanes: dict[Lane, deque[Message]] = {}
        self._ready: deque[Lane] = deque()
        self._unconfirmed: dict[int, Sent] = {}
        self._last_tag = 0
        self._loaded: set[int] = set()
        self._resting: dict[Lane, float] = {}
        self._confirmed: list[Message] = []
        self._refused: list[Message] = []

    @property
    def loaded(self) -> AbstractSet[int]:
        """Numbers of all messages that were read and are not settled."""
        return self._loaded

    @property
    def unconfirmed(self) -> list[Message]:
        """The messages that are on their way."""
        return [each.message for each in self._unconfirmed.values()]

    @property
    def oldest(self) -> Sent | None:
        """The message that has waited longest for its confirmation."""
        return next(iter(self._unconfirmed.values()), None)

    def load(self, messages: Iterable[Message]) -> None:
        """Take messages as they were read: in order, without those loaded already."""
        for message in messages:
            self._loaded.add(message.id)
            self.loaded_bytes += message.size
            if message.lane in self._lanes:
                self._lanes[message.lane].append(message)
            else:
                self._lanes[message.lane] = deque([message])
                self._ready.append(message.lane)

    def next(self) -> Message | None:
        """Return the message that may leave now, if there is one."""
        if not self._ready or len(self._unconfirmed) >= self.size:
            return None
        return self._lanes[self._ready[0]][0]

    def sent(self, moment: float) -> None:
        """Note that the message of `next()` has left."""
        message = self._lanes[self._ready.popleft()][0]
        self._last_tag += 1
        self._unconfirmed[self._last_tag] = Sent(message, moment)

    def acknowledge(self, tag: int, multiple: bool) -> None:
        """Take the broker's word that it has this message, or all up to this one."""
        self._confirmed += self._take(tag, multiple)

    def refuse(self, tag: int, multiple: bool) -> None:
        """Take the broker's word that it could not take this message, or all so far."""
        self._refused += self._take(tag, multiple)

    def _take(self, tag: int, multiple: bool) -> list[Message]:
        if not multiple:
            return [self._unconfirmed.pop(tag).message]
        tags = []
        for each in self._unconfirmed:
            if each > tag:
                break
            tags.append(each)
        return [self._unconfirmed.pop(each).message for each in tags]

    def settled(self) -> tuple[list[Message], list[Message]]:
        """Hand out what was confirmed and what refused since the last call."""
        outcome = self._confirmed, self._refused
        self._confirmed, self._refused = [], []
        return outcome

    def release(self, delivered: Iterable[Message]) -> None:
        """Let the next ones go, now that these are marked as delivered."""
        for message in delivered:
            self._unload([message])
            lane = self._lanes[message.lane]
            lane.popleft()
            if lane:
                self._ready.append(message.lane)
            else:
                del self._lanes[message.lane]

    def rest(self, message: Message, until: float) -> None:
        """Let a refused message's lane wait; it is read anew after this moment."""
        self._unload(self._lanes.pop(message.lane))
        self._resting[message.lane] = until

    def _unload(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self._loaded.discard(message.id)
            self.loaded_bytes -= message.size

    def resting(self, now: float) -> frozenset[Lane]:
        """Return the lanes that have to wait still."""
        self._resting = {
            lane: until for lane, until in self._resting.items() if until > now
        }
        return frozenset(self._resting)
