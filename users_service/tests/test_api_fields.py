"""Serializer fields that take JSON types as they are."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
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

EVERY_TYPE: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    1.0,
    1e400,
    "",
    "1",
    "true",
    [],
    ["x"],
    {},
]
NO_TEXT = [value for value in EVERY_TYPE if not isinstance(value, str)]


def refused(field: Any, value: Any) -> bool:
    try:
        field.run_validation(value)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize(
    "field", [TextField(), IndexedTextField(), OpaqueIdField(), TrimmedTextField()]
)
@pytest.mark.parametrize("value", NO_TEXT)
def test_text_is_text(field: Any, value: Any) -> None:
    assert refused(field, value)


@pytest.mark.parametrize(
    "text", ["", " ", " x ", "x" * 1000, "😀" * 1000, "\n", "1", "null", "\x7f"]
)
def test_text_is_kept_as_given(text: str) -> None:
    assert TextField().run_validation(text) == text


@pytest.mark.parametrize("field", [TextField(), IndexedTextField(), TrimmedTextField()])
def test_text_over_a_thousand_characters(field: Any) -> None:
    assert refused(field, "x" * 1001)
    assert not refused(field, "x" * 1000)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("x" * 1000, True),
        ("é" * 1000, True),
        ("€" * 833 + "x", True),
        ("€" * 833 + "xx", False),
        ("€" * 834, False),
        ("😀" * 625, True),
        ("😀" * 626, False),
    ],
)
def test_indexed_text_fits_into_an_index(text: str, fits: bool) -> None:
    assert refused(IndexedTextField(), text) is not fits


@pytest.mark.parametrize("text", ["x" * 36, "😀" * 36, " ", " a", "a/b", "%"])
def test_ids_are_kept_as_given(text: str) -> None:
    assert OpaqueIdField().run_validation(text) == text


@pytest.mark.parametrize("text", ["", "x" * 37])
def test_ids_have_1_to_36_characters(text: str) -> None:
    assert refused(OpaqueIdField(), text)


def test_a_blank_id_where_that_is_allowed() -> None:
    assert OpaqueIdField(allow_blank=True).run_validation("") == ""


@pytest.mark.parametrize(
    ("text", "trimmed"),
    [(" Ada\t", "Ada"), ("\u00a0x\u3000", "x"), ("  ", ""), ("a b",) * 2],
)
def test_names_are_trimmed(text: str, trimmed: str) -> None:
    assert TrimmedTextField().run_validation(text) == trimmed


@pytest.mark.parametrize("value", EVERY_TYPE)
def test_booleans_are_booleans(value: Any) -> None:
    assert refused(StrictBooleanField(), value) is not isinstance(value, bool)


@pytest.mark.parametrize("value", EVERY_TYPE)
def test_integers_are_integers(value: Any) -> None:
    good = isinstance(value, int) and not isinstance(value, bool)
    assert refused(StrictIntegerField(), value) is not good


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        (2147483647, True),
        (2147483648, False),
        (-2147483648, True),
        (-2147483649, False),
        (10**400, False),
    ],
)
def test_integers_have_32_bits(value: int, fits: bool) -> None:
    assert refused(StrictIntegerField(), value) is not fits


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2021-07-19", date(2021, 7, 19)),
        ("2021-7-19", date(2021, 7, 19)),
        ("2021-7-9", date(2021, 7, 9)),
        ("2024-02-29", date(2024, 2, 29)),
        ("0001-01-01", date(1, 1, 1)),
        ("9999-12-31", date(9999, 12, 31)),
    ],
)
def test_dates(text: str, day: date) -> None:
    assert StrictDateField().run_validation(text) == day


@pytest.mark.parametrize(
    "value",
    [
        *EVERY_TYPE,
        20210719,
        "21-7-19",
        "2021-13-01",
        "2023-02-29",
        "0000-01-01",
        "10000-01-01",
        "2021-07-19T00:00:00Z",
        "2021-07-19 ",
        "2021-07-19\n",
        "2021/07/19",
        "19-07-2021",
        "20210719",
        "2021-007-19",
        "2021-07-\u0660\u0661",
        "-2021-07-19",
    ],
)
def test_no_dates(value: Any) -> None:
    assert refused(StrictDateField(), value)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2019-01-01T12:01:01.000+00:00", datetime(2019, 1, 1, 12, 1, 1, tzinfo=UTC)),
        ("2019-01-01T12:01:01Z", datetime(2019, 1, 1, 12, 1, 1, tzinfo=UTC)),
        ("2019-01-01T12:01:01", datetime(2019, 1, 1, 12, 1, 1, tzinfo=UTC)),
        ("2019-01-01 12:01", datetime(2019, 1, 1, 12, 1, tzinfo=UTC)),
        ("2019-1-1T12:01:01Z", datetime(2019, 1, 1, 12, 1, 1, tzinfo=UTC)),
        ("2019-01-01", datetime(2019, 1, 1, tzinfo=UTC)),
        ("2019-1-1", datetime(2019, 1, 1, tzinfo=UTC)),
        ("2019-01-01T01:00:00+02:00", datetime(2018, 12, 31, 23, tzinfo=UTC)),
        ("2019-01-01T01:00:00-0230", datetime(2019, 1, 1, 3, 30, tzinfo=UTC)),
        ("2019-01-01T01:00:00+02", datetime(2018, 12, 31, 23, tzinfo=UTC)),
        ("2019-01-01T00:00:00.1Z", datetime(2019, 1, 1, 0, 0, 0, 100_000, tzinfo=UTC)),
        ("2019-01-01T00:00:00,25", datetime(2019, 1, 1, 0, 0, 0, 250_000, tzinfo=UTC)),
        (
            "2019-01-01T00:00:00.123456789Z",
            datetime(2019, 1, 1, 0, 0, 0, 123_456, tzinfo=UTC),
        ),
    ],
)
def test_times_come_in_utc(text: str, moment: datetime) -> None:
    parsed = TimestampField().run_validation(text)
    assert parsed == moment
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        *EVERY_TYPE,
        1546300800,
        "now",
        "2019-01-01T",
        "2019-01-01T12",
        "2019-01-01T24:00:00Z",
        "2019-01-01T12:60:00Z",
        "2019-01-01T12:00:61Z",
        "2019-01-01T12:00:00z",
        "2019-01-01t12:00:00Z",
        "2019-01-01T12:00:00Z ",
        "2019-01-01T12:00:00 Z",
        "2019-01-01T12:00:00+24:00",
        "2019-01-01T12:00:00.Z",
        "2019-W01-1T12:00:00Z",
        "20190101T120000Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
    ],
)
def test_no_times(value: Any) -> None:
    assert refused(TimestampField(), value)


@pytest.mark.parametrize(
    "field",
    [
        TextField(allow_null=True),
        OpaqueIdField(allow_null=True),
        StrictBooleanField(allow_null=True),
        StrictIntegerField(allow_null=True),
        StrictDateField(allow_null=True),
        TimestampField(allow_null=True),
    ],
)
def test_null_where_it_is_allowed(field: Any) -> None:
    assert field.run_validation(None) is None
