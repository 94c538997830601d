"""Finding the message that breaks the channel. See ADR 33.

A broker that does not take a message, as one that is too large, closes the channel or
the connection, with everything that is on its way. So all of that is suspect and is
sent again one by one, until the channel breaks with a single message under way.
"""

from collections.abc import Collection, Iterable

import amqp

from users_service.journal.models import ERROR_LENGTH
from users_service.publisher.messages import Message

BASIC_PUBLISH = (60, 40)
OF_TOPOLOGY = {403, 404}
"""ACCESS_REFUSED, NOT_FOUND: of the exchange, whatever the message."""

OF_FRAMES = {501, 502, 503, 505, 541}
"""FRAME_ERROR, SYNTAX_ERROR, COMMAND_INVALID, UNEXPECTED_FRAME, INTERNAL_ERROR."""


class Suspects:
    """The messages of which one may have broken the channel, by number."""

    def __init__(self) -> None:
        self._numbers: set[int] = set()

    def __bool__(self) -> bool:
        """Return whether messages have to be sent one by one."""
        return bool(self._numbers)

    def culprit(self, unconfirmed: Collection[Message]) -> Message | None:
        """Return the message that was on its way alone; else suspect all of them."""
        if len(unconfirmed) == 1:
            return next(iter(unconfirmed))
        self._numbers |= {message.id for message in unconfirmed}
        return None

    def clear(self, messages: Iterable[Message]) -> None:
        """Suspect these no more."""
        self._numbers -= {message.id for message in messages}

    def clear_all(self) -> None:
        """Suspect none."""
        self._numbers.clear()


def error_of_message(error: Exception) -> str:
    """Return what the broker said against a message; "" if the cause is another one.

    Only the reply to a channel error is repeated: that to a connection error may quote
    the message.
    """
    code = getattr(error, "code", None) or 0
    if isinstance(error, amqp.ChannelError):
        is_of_message = error.method_sig == BASIC_PUBLISH and code not in OF_TOPOLOGY
        return f"{code} {error.reply_text}"[:ERROR_LENGTH] if is_of_message else ""
    if isinstance(error, amqp.ConnectionError) and code in OF_FRAMES:
        return f"{code} {type(error).__name__}"
    return ""
