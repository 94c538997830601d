"""Objects and lists of request bodies."""

from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from users_service.api.fields import OpaqueIdField, StrictIntegerField, TextField
from users_service.api.serializers import (
    SortedSetField,
    StrictListField,
    StrictSerializer,
)
from users_service.api.validation import flat_errors


class Inner(StrictSerializer):
    number = StrictIntegerField()


class Sample(StrictSerializer):
    dropped = frozenset({"old"})

    name = TextField()
    optional = TextField(required=False)
    parts = Inner(many=True, required=False)
    ids = SortedSetField(child=OpaqueIdField(), required=False)


class Lenient(Sample):
    ignores_unknown = True


class Confined(Sample):
    def refused_keys(self) -> frozenset[str]:
        return frozenset({"optional"})


def errors_of(serializer: type[StrictSerializer], data: Any) -> dict[str, list[str]]:
    sample = serializer(data=data)
    with pytest.raises(ValidationError) as caught:
        sample.is_valid(raise_exception=True)
    return flat_errors(caught.value.detail)


def test_only_what_is_given_is_there() -> None:
    sample = Sample(data={"name": "x"})
    assert sample.is_valid()
    assert sample.validated_data == {"name": "x"}


def test_an_unknown_key_is_named() -> None:
    assert errors_of(Sample, {"name": "x", "Name": 1}) == {"Name": ["Unknown field."]}


def test_all_faults_are_named_at_once() -> None:
    errors = errors_of(Sample, {"x": 1, "parts": [{"number": "1", "y": 1}, 7]})
    assert errors.keys() == {"x", "name", "parts.0.number", "parts.0.y", "parts.1"}


def test_unknown_keys_are_ignored_where_declared() -> None:
    sample = Lenient(data={"name": "x", "other": object()})
    assert sample.is_valid()
    assert sample.validated_data == {"name": "x"}


def test_dropped_keys_are_accepted_and_thrown_away() -> None:
    sample = Sample(data={"name": "x", "old": ["anything"]})
    assert sample.is_valid()
    assert sample.validated_data == {"name": "x"}


def test_refused_keys_are_like_unknown_ones() -> None:
    given = {"name": "x", "optional": "y"}
    assert errors_of(Confined, given) == {"optional": ["Unknown field."]}


@pytest.mark.parametrize("data", [[], "x", 1, True, [{"name": "x"}]])
def test_what_is_no_object(data: Any) -> None:
    assert errors_of(Sample, data) == {"body": ["A JSON object is needed."]}


def test_null_is_no_object() -> None:
    assert errors_of(Sample, None).keys() == {"body"}


@pytest.mark.parametrize("data", [{}, "x", 1, None, {"0": {}}])
def test_nested_lists_are_lists(data: Any) -> None:
    assert errors_of(Sample, {"name": "x", "parts": data}).keys() == {"parts"}


@pytest.mark.parametrize("data", ["abc", {"a": 1}, {"a"}, ("a",), 1, True, None])
def test_what_is_no_list(data: Any) -> None:
    with pytest.raises(ValidationError):
        StrictListField(child=TextField()).run_validation(data)


def test_a_set_has_each_value_once_in_order() -> None:
    field = SortedSetField(child=OpaqueIdField())
    given = ["b", "😀", "B", "\uf900", "a", "b"]
    assert field.run_validation(given) == ["B", "a", "b", "\uf900", "😀"]
    assert field.run_validation([]) == []


def test_members_of_a_set_are_checked_where_they_stand() -> None:
    errors = errors_of(Sample, {"name": "x", "ids": ["a", 1, "x" * 37, None]})
    assert errors.keys() == {"ids.1", "ids.2", "ids.3"}
