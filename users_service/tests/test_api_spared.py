"""What checks are spared: a second look by the serializer, and making one anew.

Neither is seen in an answer, only in its time.
"""

from typing import Any

import pytest

from users_service.api.fields import (
    IndexedTextField,
    OpaqueIdField,
    StrictBooleanField,
    StrictIntegerField,
    TextField,
)
from users_service.api.quick import Doubt, quick
from users_service.api.serializers import StrictSerializer
from users_service.api.validation import shared


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (TextField(), ""),
        (TextField(), "x" * 1000),
        (TextField(max_length=7), "x" * 7),
        (OpaqueIdField(), "x" * 36),
        (IndexedTextField(), "😀" * 625),
        (StrictBooleanField(), False),
        (StrictBooleanField(), True),
        (StrictIntegerField(), -(2**31)),
        (StrictIntegerField(), 2**31 - 1),
        (StrictIntegerField(min_value=0), 0),
        (StrictIntegerField(max_value=0), 0),
    ],
    ids=repr,
)
def test_what_is_just_right_needs_no_second_look(field: Any, value: Any) -> None:
    assert quick(field)(value) == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (TextField(), "x" * 1001),
        (IndexedTextField(), "x" * 626),
        (StrictIntegerField(), -(2**31) - 1),
        (StrictIntegerField(), 2**31),
        (StrictIntegerField(min_value=0), -1),
        (StrictIntegerField(max_value=0), 1),
    ],
    ids=repr,
)
def test_what_is_just_too_much_is_looked_at(field: Any, value: Any) -> None:
    with pytest.raises(Doubt):
        quick(field)(value)


def test_a_serializer_is_made_once() -> None:
    class Shape(StrictSerializer):
        name = TextField()

    assert shared(Shape) is shared(Shape)
