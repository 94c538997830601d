"""Quick checks of single fields against the fields themselves."""

import json
import re
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import MinLengthValidator, RegexValidator
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from users_service.api.fields import (
    IndexedTextField,
    OpaqueIdField,
    StrictBooleanField,
    StrictDateField,
    StrictIntegerField,
    TextField,
    TimestampField,
    TrimmedTextField,
)
from users_service.api.quick import Doubt, PlainField, doubting, quick
from users_service.api.serializers import (
    SortedSetField,
    StrictListField,
    StrictSerializer,
)
from users_service.tests.odd_values import (
    CLOCKS,
    DAYS,
    MOMENTS,
    ODD,
    OFFSETS,
    SEPARATORS,
)

OFTEN = settings(deadline=None, max_examples=200)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
JSON = st.recursive(
    st.sampled_from(ODD) | TEXT | st.integers() | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "on", "at", "number", "x"]), inner)
    ),
    max_leaves=5,
)
MOMENT = st.tuples(
    st.sampled_from(DAYS) | st.dates().map(str),
    st.sampled_from(SEPARATORS),
    st.sampled_from(CLOCKS) | st.times().map(str),
    st.sampled_from(OFFSETS),
).map("".join)


class Inner(StrictSerializer):
    name = TextField(allow_blank=False)
    number = StrictIntegerField(required=False, allow_null=True)


class Sample(StrictSerializer):
    """An object with one of each."""

    dropped = frozenset({"old"})

    name = TrimmedTextField()
    on = StrictDateField(default=lambda: date(2020, 1, 1))
    at = TimestampField(required=False, allow_null=True)
    flag = StrictBooleanField(default=True, allow_null=True)
    ids = SortedSetField(child=OpaqueIdField(), required=False)
    parts = StrictListField(child=Inner(), required=False, allow_empty=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Replace null by the default, as a serializer may."""
        if attrs.get("flag", True) is None:
            attrs["flag"] = True
        return attrs


class Confined(Sample):
    def refused_keys(self) -> frozenset[str]:
        return frozenset({"at"})


FIELDS: list[Any] = [
    TextField(),
    TextField(allow_null=True),
    TextField(allow_blank=False),
    TextField(max_length=5),
    TextField(validators=[RegexValidator(r"\A[a-z]+\Z")]),
    TextField(validators=[RegexValidator(r"x", inverse_match=True)]),
    TextField(
        validators=[RegexValidator(r"\AX", flags=re.IGNORECASE), MinLengthValidator(3)]
    ),
    IndexedTextField(),
    IndexedTextField(allow_null=True, allow_blank=False),
    OpaqueIdField(),
    OpaqueIdField(allow_null=True, allow_blank=True),
    TrimmedTextField(),
    TrimmedTextField(allow_null=True, allow_blank=False),
    StrictBooleanField(),
    StrictBooleanField(allow_null=True),
    StrictIntegerField(),
    StrictIntegerField(allow_null=True, min_value=1, max_value=5),
    StrictDateField(),
    StrictDateField(allow_null=True),
    TimestampField(),
    TimestampField(allow_null=True),
    StrictListField(child=TextField()),
    StrictListField(child=StrictDateField(allow_null=True), allow_null=True),
    StrictListField(child=StrictIntegerField(), allow_empty=False),
    SortedSetField(child=OpaqueIdField()),
    SortedSetField(child=IndexedTextField(), allow_empty=False, allow_null=True),
    StrictListField(child=Inner()),
    Inner(),
    Inner(allow_null=True),
]


def described(field: Any) -> str:
    return repr(field).split("\n", maxsplit=1)[0]


def as_json(value: Any) -> str:
    """Return a checked value as JSON text, which tells true from 1 and 1 from 1.0."""
    return json.dumps(value, default=lambda moment: moment.isoformat())


def agree(field: Any, value: Any) -> bool:
    """Check that the quick check allows no more than the field; whether it does."""
    try:
        found = quick(field)(value)
    except Doubt:
        return False
    assert as_json(found) == as_json(field.run_validation(value))
    return True


def refused(field: Any, value: Any) -> bool:
    try:
        field.run_validation(value)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize("field", FIELDS, ids=described)
def test_what_is_quickly_accepted_the_field_accepts_as_it_is(field: Any) -> None:
    accepted = sum(agree(field, value) for value in ODD)

    assert 0 < accepted < len(ODD)


@OFTEN
@given(JSON)
def test_all_fields_agree_about_any_json(value: Any) -> None:
    for field in FIELDS:
        agree(field, value)


@OFTEN
@given(MOMENT)
def test_times_of_all_kinds(text: str) -> None:
    assert agree(TimestampField(), text) is not refused(TimestampField(), text)


@pytest.mark.parametrize("field", [StrictDateField(), TimestampField()])
def test_no_date_or_time_needs_a_second_look(field: Any) -> None:
    for text in (*DAYS, *MOMENTS):
        assert agree(field, text) is not refused(field, text), text
        assert agree(field, text) is not refused(field, text), text  # from the cache


def test_a_cached_time_lends_its_verdict_to_nothing_else() -> None:
    for value in ("2021-07-19", 1, True, 1.0, "1", b"2021-07-19", ["2021-07-19"]):
        for field in (StrictDateField(), TimestampField()):
            assert agree(field, value) is (value == "2021-07-19")


def test_dates_and_times_come_out_as_text() -> None:
    assert quick(StrictDateField())("2021-7-9") == "2021-07-09"
    for text, moment in {
        "2021-7-9": "2021-07-09T00:00:00+00:00",
        "2021-07-09 10:00": "2021-07-09T10:00:00+00:00",
        "2021-07-09T00:30:00,5+01:00": "2021-07-08T23:30:00.500000+00:00",
    }.items():
        assert quick(TimestampField())(text) == moment


@OFTEN
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "name": JSON | TEXT,
            "on": JSON | st.sampled_from(DAYS),
            "at": JSON | MOMENT,
            "flag": JSON | st.booleans(),
            "ids": JSON | st.lists(TEXT),
            "parts": JSON | st.lists(st.fixed_dictionaries({"name": TEXT})),
            "old": JSON,
            "more": JSON,
        },
    ),
    st.sampled_from([Sample(), Confined()]),
)
def test_objects_agree_apart_from_their_defaults(value: Any, sample: Any) -> None:
    try:
        found = quick(sample)(value)
    except Doubt:
        return
    checked = sample.run_validation(value)
    given_ones = {name: each for name, each in checked.items() if name in value}
    assert as_json(found) == as_json({name: given_ones[name] for name in found})
    assert found.keys() == given_ones.keys()


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        None,
        {"name": "x", "more": 1},
        {"name": "x", "Name": "x"},
        {"name": "x", "parts": []},
        {"name": "x", "parts": [{}]},
        {"name": "x", "parts": [{"name": "y", "old": 1}]},
        {"name": "x", "on": None},
        {"name": "x", "ids": ["x" * 37]},
    ],
)
def test_a_faulty_object_is_in_doubt(value: Any) -> None:
    assert refused(Sample(), value)
    with pytest.raises(Doubt):
        quick(Sample())(value)


def test_a_good_object_is_not_in_doubt() -> None:
    value = {
        "name": " x ",
        "at": "2021-7-9",
        "flag": None,
        "ids": ["b", "a", "b"],
        "parts": [{"name": "y", "number": None}],
        "old": object(),
    }
    assert quick(Sample())(value) == {
        "name": "x",
        "at": "2021-07-09T00:00:00+00:00",
        "flag": True,
        "ids": ["a", "b"],
        "parts": [{"name": "y", "number": None}],
    }


def test_a_key_that_is_refused_for_now_is_in_doubt() -> None:
    value = {"name": "x", "at": "2021-7-9"}

    assert quick(Sample())(value)
    with pytest.raises(Doubt):
        quick(Confined())(value)


def test_a_field_without_a_quick_check_is_found_out_at_once() -> None:
    class Careless(StrictSerializer):
        name = serializers.CharField()

    for field in (serializers.CharField(), Careless(), StrictListField(), "name"):
        with pytest.raises(TypeError, match="has no quick check"):
            quick(field)
    with pytest.raises(NotImplementedError):
        quick(PlainField())


def test_a_validator_may_be_any_function() -> None:
    def odd(value: Any) -> None:
        if value % 2:
            raise DjangoValidationError("odd")

    doubting(odd)(2)
    with pytest.raises(Doubt):
        doubting(odd)(1)
