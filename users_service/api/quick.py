"""Checking many JSON values quickly, by the rules of their serializers.

A serializer of the framework takes a millisecond for an object of twenty fields. A
quick check is a function made of one once, which takes microseconds: it returns the
value as it is stored (dates and times as ISO 8601 text), or raises Doubt about
whatever it does not know to be right. Then the serializer itself decides, and says
what is wrong; so there is one set of messages, and a quick check may only be stricter.
"""

import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from rest_framework import serializers

Check = Callable[[Any], Any]
"""Takes a JSON value and returns it as it is stored; raises Doubt."""


class Doubt(ValueError):
    """The value may be wrong: ask the serializer."""


class PlainField(serializers.Field):  # type: ignore[type-arg]
    """A field that has a quick check."""

    def quick_value(self) -> Check:
        """Return the check of a value that is not null; it is in doubt about null."""
        raise NotImplementedError

    def quick(self) -> Check:
        """Return the check of a value, null if the field may be."""
        check = self.quick_value()
        if not self.allow_null:
            return check
        return lambda value: None if value is None else check(value)


def quick(field: object) -> Check:
    """Return the quick check of a field, which has to be a plain one."""
    if not isinstance(field, PlainField):
        raise TypeError(f"{field!r} has no quick check")
    return field.quick()


def doubting(validator: Any) -> Check:
    """Return a validator of Django's that raises Doubt."""
    if isinstance(validator, RegexValidator) and not validator.inverse_match:
        regex: Any = validator.regex
        return _matching(re.compile(regex.pattern, regex.flags))

    def check(value: Any) -> None:
        try:
            validator(value)
        except ValidationError:
            raise Doubt from None

    return check


def _matching(pattern: "re.Pattern[str]") -> Check:
    """Return the check of a regular expression, which Django's own compiles lazily."""
    search = pattern.search

    def check(value: Any) -> None:
        if not search(value):
            raise Doubt

    return check
