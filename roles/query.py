"""Strict fields for query strings (HTTP contract, "Conventions").

Values arrive as text. A field that sets `many_values` gets all occurrences of its
parameter joined with commas; any other gets the last one.
"""

import re
from datetime import datetime
from typing import Any

from rest_framework import serializers

from users_service.api.fields import parse_timestamp

_LARGEST = 2**31 - 1


class QueryBooleanField(serializers.Field[bool, str, bool, Any]):
    """`true` or `false` in any letter case."""

    default_error_messages = {"invalid": "Must be true or false."}

    def to_internal_value(self, data: str) -> bool:
        """Return the boolean."""
        word = data.lower()
        if word not in {"true", "false"}:
            self.fail("invalid")
        return word == "true"


class QueryIntegerField(serializers.Field[int, str, int, Any]):
    """Decimal digits only, 0 to 2147483647 or within narrower bounds."""

    default_error_messages = {
        "invalid": "Must be an integer from {minimum} to {maximum}.",
    }

    def __init__(
        self, *, minimum: int = 0, maximum: int = _LARGEST, **kwargs: Any
    ) -> None:
        self.minimum = minimum
        self.maximum = maximum
        super().__init__(**kwargs)

    def to_internal_value(self, data: str) -> int:
        """Return the number."""
        # Ten digits bound the work, too: int() of a long text is slow.
        number = int(data) if re.fullmatch(r"[0-9]{1,10}", data) else -1
        if not self.minimum <= number <= self.maximum:
            self.fail("invalid", minimum=self.minimum, maximum=self.maximum)
        return number


class QueryTimestampField(serializers.Field[datetime, str, datetime, Any]):
    """An ISO 8601 time; without an offset it is UTC, a date alone its midnight."""

    default_error_messages = {"invalid": "Must be an ISO 8601 time."}

    def to_internal_value(self, data: str) -> datetime:
        """Return the time in UTC."""
        try:
            return query_timestamp(data)
        except (ValueError, OverflowError):
            self.fail("invalid")


def query_timestamp(text: str) -> datetime:
    """Read an ISO 8601 time in which the + of an offset may have become a blank.

    Raises ValueError or OverflowError.
    """
    day, blank, clock = text.replace("T", " ", 1).partition(" ")
    return parse_timestamp(f"{day}{blank}{clock.replace(' ', '+')}")
