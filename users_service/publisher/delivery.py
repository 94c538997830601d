"""Delivering over one connection to the broker, until it fails or we are to stop."""

import time
from collections.abc import Callable

from django.conf import settings

from users_service.journal.querysets import MAX_CHANNEL_ERRORS
from users_service.publisher.broker import KEPT_BYTES, Link
from users_service.publisher.leadership import Leadership
from users_service.publisher.messages import Message
from users_service.publisher.states import BLOCKED, States
from users_service.publisher.store import Room, Store
from users_service.publisher.suspects import Suspects, error_of_message
from users_service.publisher.window import SIZE, Window

POLL_SECONDS = 0.05
"""How often an idle publisher looks into the outbox."""

CONFIRM_SECONDS = 30.0
FINISH_SECONDS = 3.0
PRUNE_SECONDS = 60.0
QUIET_SECONDS = 5.0

LOADED = 2000
REFILL_BELOW = 1000
SENT_AT_A_TIME = 100

REST_SECONDS = 60.0
"""A message that is refused again and again is tried so often at least."""


class NotConfirmed(OSError):
    """The broker has taken messages and says nothing of them."""


class Delivery:
    """Reads, sends, hears the confirmations and marks, in one thread."""

    def __init__(
        self, leadership: Leadership, states: States, suspects: Suspects
    ) -> None:
        self._leadership = leadership
        self._states = states
        self._suspects = suspects
        self._store = Store(leadership.alias)
        self.window = Window()
        self._next_read = self._next_prune = self._paused = time.monotonic()

    def run(self, link: Link, stopped: Callable[[], bool]) -> None:
        """Deliver until stopped; then wait a moment for what is on its way.

        Raises one of broker.ERRORS, or django.db.Error.
        """
        while not stopped():
            self.turn(link)
        deadline = time.monotonic() + FINISH_SECONDS
        while self.window.unconfirmed and time.monotonic() < deadline:
            link.receive(POLL_SECONDS)
            self._settle()

    def give_up(self, error: Exception) -> None:
        """Mark what was confirmed before the connection failed, and count the rest."""
        self._settle()
        unconfirmed = self.window.unconfirmed
        if not unconfirmed:
            return
        self._store.count_unconfirmed(len(unconfirmed))
        if (told := error_of_message(error)) and (
            culprit := self._suspects.culprit(unconfirmed)
        ):
            self._store.count_channel_error(culprit, told)
            if culprit.channel_errors + 1 >= MAX_CHANNEL_ERRORS:
                self._suspects.clear([culprit])

    def turn(self, link: Link) -> None:
        """Do a little of everything; takes the time between two looks at most."""
        if link.blocked:
            self._wait_for_unblocking(link)
        else:
            self._fill()
            link.receive(0 if self._send(link) else self._idle_seconds())
            if not self.window.loaded and link.age > QUIET_SECONDS:
                self._states.well()
        self._settle()
        self._check_confirmed()
        self._prune()

    def _wait_for_unblocking(self, link: Link) -> None:
        self._states.trouble(BLOCKED)
        # It says when it goes on; until then there is nothing to time out.
        self._paused = time.monotonic()
        self._leadership.check()
        link.receive(POLL_SECONDS)

    def _fill(self) -> None:
        """Read what there is to deliver, unless there is enough or we just looked."""
        now = time.monotonic()
        if now < self._next_read or self._has_enough():
            return
        loaded = self.window.loaded
        room = Room(LOADED - len(loaded), max_bytes() - self.window.loaded_bytes)
        found = self._store.read(room, loaded=loaded, resting=self.window.resting(now))
        self.window.load(found)
        if not loaded:
            self._suspects.clear_all()
        self._next_read = now if self._has_enough() else now + POLL_SECONDS

    def _send(self, link: Link) -> bool:
        """Send some of what may go; return whether more may go at once."""
        self.window.size = 1 if self._suspects else SIZE
        left = KEPT_BYTES
        for _ in range(SENT_AT_A_TIME):
            message = self.window.next()
            if message is None or left <= 0:
                break
            left -= message.size
            if left < 0:  # it leaves the buffer before the check below
                self._leadership.check()
            link.put(message)
            self.window.sent(time.monotonic())
        # The last moment to notice that somebody else leads.
        self._leadership.check()
        link.flush()
        return self.window.next() is not None

    def _has_enough(self) -> bool:
        return (
            len(self.window.loaded) > REFILL_BELOW
            or self.window.loaded_bytes > max_bytes() / 2
        )

    def _idle_seconds(self) -> float:
        """Return how long nothing is to be done unless the broker speaks."""
        if self._has_enough():
            return POLL_SECONDS
        return max(0.0, min(self._next_read - time.monotonic(), POLL_SECONDS))

    def _settle(self) -> None:
        delivered, refused = self.window.settled()
        if delivered:
            self._store.mark(delivered)
            self.window.release(delivered)
            self._suspects.clear(delivered)
            self._states.well()
        if refused:
            self._store.count_refused(refused)
            self._suspects.clear(refused)
            for message in refused:
                self.window.rest(message, time.monotonic() + rest_seconds(message))

    def _check_confirmed(self) -> None:
        oldest = self.window.oldest
        if oldest is None:
            return
        since = max(oldest.moment, self._paused)
        if time.monotonic() - since > CONFIRM_SECONDS:
            raise NotConfirmed

    def _prune(self) -> None:
        now = time.monotonic()
        if now >= self._next_prune:
            more = self._store.prune()
            self._next_prune = now + (1.0 if more else PRUNE_SECONDS)


def max_bytes() -> int:
    """Return how many bytes of bodies are loaded; the other half is for their copies.

    The driver holds what it reads, and the broker's client what it sends.
    """
    return int(settings.EVENTS_BATCH_BYTES) // 2


def rest_seconds(message: Message) -> float:
    """Return how long a refused message waits: longer every time."""
    return min(REST_SECONDS, 2.0 ** min(message.failures, 10))
