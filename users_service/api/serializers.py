"""What every request body has in common."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.fields import SkipField
from rest_framework.settings import api_settings

from users_service.api.quick import Check, Doubt, PlainField, quick
from users_service.api.validation import MAX_ERROR_PATHS

NOT_AN_OBJECT = "A JSON object is needed."
UNKNOWN = "Unknown field."


class StrictSerializer(PlainField, serializers.Serializer[Any]):
    """A JSON object. A key that is no field is refused, or ignored if so declared."""

    ignores_unknown = False
    dropped: frozenset[str] = frozenset()
    """Keys that are accepted and thrown away."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the validated values of the keys that are there."""
        if not isinstance(data, dict):
            raise serializers.ValidationError(
                {api_settings.NON_FIELD_ERRORS_KEY: [NOT_AN_OBJECT]}
            )
        values: dict[str, Any] = {}
        errors = {} if self.ignores_unknown else self._unknown(data)
        for field in self._writable_fields:
            name = str(field.field_name)
            try:
                values[name] = field.run_validation(data.get(name, serializers.empty))
            except serializers.ValidationError as error:
                errors[name] = error.detail
            except SkipField:
                continue
        if errors:
            raise serializers.ValidationError(errors)
        return values

    def refused_keys(self) -> frozenset[str]:
        """Return fields that are refused like unknown ones for now."""
        return frozenset()

    def quick_value(self) -> Check:
        """Return the quick check of an object whose unknown keys are refused.

        What it gives has the keys that are there: a default is not filled in.
        """
        checks = {name: quick(each) for name, each in self.fields.items()}
        required = {name for name, each in self.fields.items() if each.required}
        for key in self.refused_keys():
            del checks[key]
        dropped, finish = self.dropped, self.validate

        def check(data: Any) -> Any:
            if data.__class__ is not dict:
                raise Doubt
            values = {}
            for key, value in data.items():
                if key in checks:
                    values[key] = checks[key](value)
                elif key not in dropped:
                    raise Doubt
            if not required <= values.keys():
                raise Doubt
            return finish(values)

        return check

    def _unknown(self, data: Iterable[str]) -> dict[str, Any]:
        allowed = (self.fields.keys() | self.dropped) - self.refused_keys()
        unknown = (key for key in data if key not in allowed)
        found = islice(unknown, MAX_ERROR_PATHS)
        return {key: [ErrorDetail(UNKNOWN)] for key in found}


class StrictListField(PlainField, serializers.ListField):
    """A JSON list. A `bounded` one holds at most MAX_LIST_MEMBERS values."""

    default_error_messages = {
        "not_a_list": "A list is needed.",
        "too_many": "At most {maximum} are allowed.",
    }

    def __init__(self, *, bounded: bool = False, **kwargs: Any) -> None:
        self.bounded = bounded
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> list[Any]:
        """Return the validated items."""
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=None)
        values = self.values_of(list(super().to_internal_value(data)))
        if self.bounded and len(values) > settings.MAX_LIST_MEMBERS:
            self.fail("too_many", maximum=settings.MAX_LIST_MEMBERS)
        return values

    def values_of(self, items: list[Any]) -> list[Any]:
        """Return what is kept of the validated items."""
        return items

    def run_child_validation(self, data: list[Any]) -> list[Any]:
        """Validate the items; stops at as many faults as an error answer names."""
        values: list[Any] = []
        errors: Any = {}
        for index, item in enumerate(data):
            try:
                values.append(self.child.run_validation(item))
            except serializers.ValidationError as error:
                errors[index] = error.detail
                if len(errors) == MAX_ERROR_PATHS:
                    break
        if errors:
            raise serializers.ValidationError(errors)
        return values

    def quick_value(self) -> Check:
        """Return the quick check of a list."""
        check, may_be_empty = quick(self.child), self.allow_empty
        values_of, bounded = self.values_of, self.bounded

        def each(data: Any) -> Any:
            if data.__class__ is not list or not (data or may_be_empty):
                raise Doubt
            values = values_of([check(item) for item in data])
            if bounded and len(values) > settings.MAX_LIST_MEMBERS:
                raise Doubt
            return values

        return each


class SortedSetField(StrictListField):
    """A JSON list that is a set: each value once, sorted by code point."""

    def values_of(self, items: list[Any]) -> list[Any]:
        """Return the distinct values in order."""
        return sorted(set(items))
