"""What the publisher is doing, logged once whenever it changes."""

import logging

import structlog

PUBLISHING = "Publishing to the broker"
STANDING_BY = "Standing by: another publisher leads"
BLOCKED = "The broker takes no messages: it is short of memory or disk"
NO_BROKER = "The broker fails"
NO_DATABASE = "The database fails"

logger = structlog.get_logger("users_service.publisher")


class States:
    """The state we are in; entering the same one again says nothing."""

    def __init__(self) -> None:
        self._current = ""

    @property
    def is_well(self) -> bool:
        """Whether messages got through when we last heard."""
        return self._current == PUBLISHING

    def well(self) -> None:
        """Messages get through, or none waits."""
        self._enter(PUBLISHING, logging.INFO)

    def standing_by(self) -> None:
        """Somebody else does the work."""
        self._enter(STANDING_BY, logging.INFO)

    def trouble(self, state: str, error: Exception | None = None) -> None:
        """Something keeps messages from getting through.

        Of the error only its type is logged, and the broker's code if it gave one:
        texts may quote what a message holds.
        """
        details: dict[str, object] = {}
        if error is not None:
            details["error"] = type(error).__name__
        if code := getattr(error, "code", None):
            details["code"] = code
        self._enter(state, logging.WARNING, **details)

    def _enter(self, state: str, level: int, **details: object) -> None:
        if state != self._current:
            self._current = state
            logger.log(level, state, **details)
