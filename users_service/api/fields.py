"""Serializer fields that take JSON types as they are (HTTP contract).

The framework's own fields turn a number into a string and "true" into a boolean;
these refuse what has not the type already.
"""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from django.core.validators import (
    MaxLengthValidator,
    ProhibitNullCharactersValidator,
)
from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from users_service.api.invisible import trimmed
from users_service.api.quick import Check, Doubt, PlainField, doubting
from users_service.database.fields import (
    ID_LENGTH,
    INDEXED_TEXT_BYTES,
    TEXT_LENGTH,
)

DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
CLOCK = re.compile(
    r"[0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?"
)
INT32_MAX = 2**31 - 1
BUILT_IN = (
    MaxLengthValidator,
    ProhibitNullCharactersValidator,
    ProhibitSurrogateCharactersValidator,
)
"""What text is checked for by the framework; a quick check does so in its own way."""


class TextField(PlainField, serializers.CharField):
    """A string of at most 1,000 characters, kept as given."""

    default_error_messages = {"invalid": "A string is needed."}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("allow_blank", True)
        kwargs.setdefault("max_length", TEXT_LENGTH)
        kwargs.setdefault("trim_whitespace", False)
        super().__init__(**kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Refuse what is no string before anything else looks at it."""
        is_empty, value = self.validate_empty_values(data)
        if is_empty:
            return value
        if not isinstance(value, str):
            self.fail("invalid")
        return super().run_validation(value)

    def quick_value(self) -> Check:
        """Return the quick check; NUL and surrogates are refused in all JSON."""
        longest, is_blank_allowed = self.max_length or TEXT_LENGTH, self.allow_blank
        more = [doubting(v) for v in self.validators if not isinstance(v, BUILT_IN)]

        def check(value: Any) -> str:
            if value.__class__ is not str or len(value) > longest:
                raise Doubt
            if not (value or is_blank_allowed):
                raise Doubt
            for validator in more:
                validator(value)
            return str(value)

        return check


class IndexedTextField(TextField):
    """Text that the database has to fit into an index."""

    default_error_messages = {
        "too_many_bytes": f"At most {INDEXED_TEXT_BYTES} bytes in UTF-8."
    }

    def to_internal_value(self, data: Any) -> str:
        """Return the text."""
        if len(data) * 4 > INDEXED_TEXT_BYTES < len(data.encode()):
            self.fail("too_many_bytes")
        return str(data)

    def quick_value(self) -> Check:
        """Return the quick check, for text that is short enough in any script."""
        is_text = super().quick_value()

        def check(value: Any) -> Any:
            if len(is_text(value)) * 4 > INDEXED_TEXT_BYTES:
                raise Doubt
            return value

        return check


class NameField(IndexedTextField):
    """The name of a role or product, or a badge number, without blanks around it.

    All blanks of Unicode count: a no-break space at the end of a name looks like none.
    With `keep_blanks` they stay, for a service that compares with what is stored; a
    name that is all blanks counts as blank.
    """

    def __init__(self, *, keep_blanks: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.keep_blanks = keep_blanks

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the name."""
        return super().run_validation(
            self._trimmed(data) if isinstance(data, str) else data
        )

    def quick_value(self) -> Check:
        """Return the quick check, of the trimmed name."""
        check = super().quick_value()
        trim = self._trimmed
        return lambda data: check(trim(data) if data.__class__ is str else data)

    def _trimmed(self, name: str) -> str:
        text = trimmed(name)
        return name if self.keep_blanks and text else text


class TrimmedTextField(TextField):
    """Text without the blanks around it: a first or last name."""

    def to_internal_value(self, data: Any) -> str:
        """Return the trimmed text."""
        return str(data).strip()

    def quick_value(self) -> Check:
        """Return the quick check, of the trimmed text."""
        is_text = super().quick_value()
        return lambda value: is_text(value).strip()


class OpaqueIdField(TextField):
    """An id: any string of at most 36 characters, kept as given."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("allow_blank", False)
        super().__init__(max_length=ID_LENGTH, **kwargs)


class StrictBooleanField(PlainField, serializers.BooleanField):
    """true or false, nothing that looks like it."""

    default_error_messages = {"invalid": "true or false is needed."}

    def to_internal_value(self, data: Any) -> bool:
        """Return the boolean."""
        if not isinstance(data, bool):
            self.fail("invalid", input=None)
        return data

    def quick_value(self) -> Check:
        """Return the quick check."""
        return is_boolean


class StrictIntegerField(PlainField, serializers.IntegerField):
    """A JSON integer of 32 bits."""

    default_error_messages = {"invalid": "An integer is needed."}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", -INT32_MAX - 1)
        kwargs.setdefault("max_value", INT32_MAX)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        """Return the integer."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data

    def quick_value(self) -> Check:
        """Return the quick check."""
        lowest, highest = self.min_value or 0, self.max_value or 0

        def check(value: Any) -> int:
            if value.__class__ is int and lowest <= value <= highest:
                return int(value)
            raise Doubt

        return check


class StrictDateField(PlainField, serializers.DateField):
    """A date, `2021-07-19` or unpadded `2021-7-19`."""

    default_error_messages = {"invalid": "A date such as 2026-01-31 is needed."}

    def to_internal_value(self, value: Any) -> date:
        """Return the date."""
        try:
            return parse_date(value)
        except (TypeError, ValueError):
            self.fail("invalid", format=None)

    def quick_value(self) -> Check:
        """Return the quick check; it gives the date as text, padded."""
        return date_text


class TimestampField(PlainField, serializers.DateTimeField):
    """An ISO 8601 time; without an offset it is UTC, a date alone its midnight."""

    default_error_messages = {
        "invalid": "A time such as 2026-01-31T09:08:07.123Z is needed."
    }

    def to_internal_value(self, value: Any) -> datetime:
        """Return the time in UTC."""
        if not isinstance(value, str):
            self.fail("invalid", format=None)
        try:
            return parse_timestamp(value)
        except (ValueError, OverflowError):
            self.fail("invalid", format=None)

    def quick_value(self) -> Check:
        """Return the quick check; it gives the time as text, in UTC."""
        return moment_text


def is_boolean(value: Any) -> bool:
    """Return true or false; Doubt about anything else."""
    if value is True or value is False:
        return value
    raise Doubt


def date_text(value: Any) -> str:
    """Return a date as padded text; Doubt about what is none."""
    try:
        return _date_text(value)
    except (TypeError, ValueError):
        raise Doubt from None


def moment_text(value: Any) -> str:
    """Return a time as ISO 8601 text in UTC; Doubt about what is none."""
    try:
        return _moment_text(value)
    except (AttributeError, TypeError, ValueError, OverflowError):
        raise Doubt from None


@lru_cache(maxsize=2**14)
def _date_text(text: str) -> str:
    return parse_date(text).isoformat()


@lru_cache(maxsize=2**12)
def _moment_text(text: str) -> str:
    return parse_timestamp(text).isoformat()


def parse_date(text: str) -> date:
    """Read a date, padded or not; raises ValueError or TypeError."""
    match = DATE.fullmatch(text)
    if match is None:
        raise ValueError("not a date")
    year, month, day = map(int, match.groups())
    return date(year, month, day)


def parse_timestamp(text: str) -> datetime:
    """Read an ISO 8601 time into UTC; raises ValueError or OverflowError."""
    day, separator, clock = text.replace(" ", "T", 1).partition("T")
    midnight = datetime.combine(parse_date(day), datetime.min.time(), UTC)
    if not separator:
        return midnight
    if CLOCK.fullmatch(clock) is None:
        raise ValueError("not a time")
    moment = datetime.fromisoformat(f"{midnight.date().isoformat()}T{clock}")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
