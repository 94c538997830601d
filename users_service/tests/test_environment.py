import pytest
from django.core.exceptions import ImproperlyConfigured

from users_service import environment


@pytest.fixture
def value(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    monkeypatch.setenv("NAME", request.param)
    return str(request.param)


@pytest.mark.parametrize("value", [""], indirect=True)
def test_an_empty_variable_counts_as_unset(value: str) -> None:
    assert environment.text("NAME", "default") == "default"
    assert environment.flag("NAME", default=True) is True
    assert environment.integer("NAME", 7, minimum=1, maximum=9) == 7
    assert environment.integers("NAME", 7, minimum=1, maximum=9) == [7]
    assert environment.listing("NAME", "a") == ["a"]
    with pytest.raises(ImproperlyConfigured):
        environment.required("NAME", "needed", "x")


def test_an_unset_variable_is_its_default() -> None:
    assert environment.text("NAME") == ""
    assert environment.flag("NAME", default=False) is False
    assert environment.choice("NAME", "ONE", ("ONE", "TWO")) == "ONE"


@pytest.mark.parametrize("value", [" #?'\" "], indirect=True)
def test_text_is_taken_as_it_stands(value: str) -> None:
    assert environment.text("NAME") == value
    assert environment.required("NAME", "needed", "x") == value


@pytest.mark.parametrize("value", ["true", "TRUE", "True", "1"], indirect=True)
def test_true_in_any_letter_case_and_1_are_true(value: str) -> None:
    assert environment.flag("NAME", default=False) is True


@pytest.mark.parametrize("value", ["false", "FALSE", "0"], indirect=True)
def test_false_in_any_letter_case_and_0_are_false(value: str) -> None:
    assert environment.flag("NAME", default=True) is False


@pytest.mark.parametrize("value", ["yes", "2", " true"], indirect=True)
def test_another_word_is_no_flag(value: str) -> None:
    message = "NAME is none of true, false, 1 and 0. Write for example: NAME=false"
    with pytest.raises(ImproperlyConfigured, match=message):
        environment.flag("NAME", default=False)


@pytest.mark.parametrize("value", ["1", "9", "007"], indirect=True)
def test_digits_are_an_integer(value: str) -> None:
    number = environment.integer("NAME", 5, minimum=1, maximum=100)
    assert number == int(value)


@pytest.mark.parametrize("value", ["x", "-1", "1.0", "٣", "9" * 5000], indirect=True)
def test_what_is_no_number_is_refused(value: str) -> None:
    message = "NAME is not a number up to 100. Write for example: NAME=5"
    with pytest.raises(ImproperlyConfigured, match=message):
        environment.integer("NAME", 5, minimum=1, maximum=100)


@pytest.mark.parametrize("value", ["0", "101"], indirect=True)
def test_a_number_out_of_range_is_refused(value: str) -> None:
    message = "NAME is not between 1 and 100. Write for example: NAME=5"
    with pytest.raises(ImproperlyConfigured, match=message):
        environment.integer("NAME", 5, minimum=1, maximum=100)


@pytest.mark.parametrize("value", ["1, 9,007"], indirect=True)
def test_integers_are_comma_separated(value: str) -> None:
    assert environment.integers("NAME", 5, minimum=1, maximum=100) == [1, 9, 7]


@pytest.mark.parametrize("value", ["1,,2", "1,", "1,x", "1;2"], indirect=True)
def test_what_is_no_number_among_others_is_refused(value: str) -> None:
    message = "NAME is not a number up to 100. Write for example: NAME=5"
    with pytest.raises(ImproperlyConfigured, match=message):
        environment.integers("NAME", 5, minimum=1, maximum=100)


@pytest.mark.parametrize("value", ["two", "TWO"], indirect=True)
def test_a_choice_is_given_in_any_letter_case(value: str) -> None:
    assert environment.choice("NAME", "ONE", ("ONE", "TWO")) == "TWO"


@pytest.mark.parametrize("value", ["three"], indirect=True)
def test_what_is_no_choice_is_refused(value: str) -> None:
    message = "NAME is none of ONE, TWO. Write for example: NAME=ONE"
    with pytest.raises(ImproperlyConfigured, match=message):
        environment.choice("NAME", "ONE", ("ONE", "TWO"))


@pytest.mark.parametrize("value", [" a, b ,,"], indirect=True)
def test_a_list_is_comma_separated(value: str) -> None:
    assert environment.listing("NAME") == ["a", "b"]
