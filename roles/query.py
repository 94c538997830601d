"""Strict fields for query strings (HTTP contract, "Conventions").

Values arrive as text. A field that sets `many_values` gets all occurrences of its
parameter joined with commas; any other gets the last one.
"""

import re
from typing import Any

from rest_framework import serializers

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
    """Decimal digits only, 0 to 2147483647."""

    default_error_messages = {
        "invalid": f"Must be an integer from 0 to {_LARGEST}.",
    }

    def to_internal_value(self, data: str) -> int:
        """Return the number."""
        # Ten digits bound the work, too: int() of a long text is slow.
        if not re.fullmatch(r"[0-9]{1,10}", data) or int(data) > _LARGEST:
            self.fail("invalid")
        return int(data)
