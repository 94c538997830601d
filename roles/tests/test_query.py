import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from roles.query import QueryBooleanField, QueryIntegerField


@given(st.integers(0, 2**31 - 1))
def test_every_integer_of_the_range_is_read(number: int) -> None:
    assert QueryIntegerField().run_validation(str(number)) == number


@given(st.text().filter(lambda text: not (text.isascii() and text.isdigit())))
def test_no_other_text_is_an_integer(text: str) -> None:
    with pytest.raises(ValidationError):
        QueryIntegerField().run_validation(text)


@given(st.text().filter(lambda text: text.lower() not in {"true", "false"}))
def test_no_other_text_is_a_boolean(text: str) -> None:
    with pytest.raises(ValidationError):
        QueryBooleanField().run_validation(text)
