"""The publisher's life: wait for the lead, connect, deliver; after a fault, again."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

from django.db import Error

from users_service.publisher import broker, states
from users_service.publisher.broker import Link
from users_service.publisher.delivery import Delivery
from users_service.publisher.leadership import Leadership, candidacy
from users_service.publisher.states import States
from users_service.publisher.suspects import Suspects, error_of_message

CLAIM_SECONDS = 1.0
"""How often whoever stands by tries to take the lead."""

FIRST_DELAY = 0.25
LONGEST_DELAY = 15.0
GLANCE_SECONDS = 0.25


class Publisher:
    """Delivers stored messages until `stop` is set, or until `orphaned` says so.

    Nothing the broker or the database does ends it, and nothing it does is lost when
    it ends: what is not marked as delivered is sent again, by whoever leads then.
    """

    def __init__(
        self,
        stop: Event,
        *,
        orphaned: Callable[[], bool] = lambda: False,
        lock_file: Path | None = None,
    ) -> None:
        self._stop = stop
        self._orphaned = orphaned
        self._lock_file = lock_file
        self._states = States()
        self._suspects = Suspects()
        self._delay = FIRST_DELAY

    def run(self) -> None:
        """Deliver until stopped."""
        while not self._stopped():
            try:
                self._stand()
            except Error as error:
                self._back_off(states.NO_DATABASE, error)

    def _stand(self) -> None:
        """Be a candidate, and once elected deliver for as long as the lead lasts."""
        with candidacy(self._lock_file) as leadership:
            while not leadership.claim():
                self._states.standing_by()
                self._pause(CLAIM_SECONDS)
                if self._stopped():
                    return
            while not self._stopped():
                self._connect_and_deliver(leadership)

    def _connect_and_deliver(self, leadership: Leadership) -> None:
        delivery = Delivery(leadership, self._states, self._suspects)
        try:
            with Link(delivery.window) as link:
                delivery.run(link, self._stopped)
        except broker.ERRORS as error:
            delivery.give_up(error)
            self._back_off(states.NO_BROKER, error)
            leadership.check()

    def _back_off(self, state: str, error: Exception) -> None:
        """Wait, longer every time until messages get through again.

        Not where a message is the cause, which soon has failed.
        """
        if self._states.is_well or error_of_message(error):
            self._delay = FIRST_DELAY
        else:
            self._delay = min(2 * self._delay, LONGEST_DELAY)
        self._states.trouble(state, error)
        self._pause(self._delay)

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._stopped():
            self._stop.wait(min(left, GLANCE_SECONDS))

    def _stopped(self) -> bool:
        return self._stop.is_set() or self._orphaned()
