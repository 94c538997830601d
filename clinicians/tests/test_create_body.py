"""How a JSON body is read; creation stands for every route that takes one."""

from typing import Any

import pytest

from clinicians.testing import (
    Api,
    clinician_body,
    json_of,
    nothing_written,
    problem_of,
)

pytestmark = pytest.mark.django_db

PATH = "/dhos/v1/clinician"
UNSAFE = ["NUL characters and lone surrogates are not allowed"]


def sent(body: Any, content_type: str = "application/json") -> Any:
    """Return the answer to a body of this content type."""
    api = Api()
    return api.client.post(PATH, body, content_type=content_type, headers=api.headers)


def text_of(**changes: str) -> str:
    """Return the JSON of a creation with some values written as they are."""
    members = {"first_name": '"Ada"', "last_name": '"Invented"', **changes}
    rest = (
        '"phone_number": "", "job_title": "", "nhs_smartcard_number": "",'
        ' "locations": [], "groups": [], "products": [{"product_name": "GDM"}]'
    )
    return "{" + rest + "".join(f', "{k}": {v}' for k, v in members.items()) + "}"


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/problem+json",
        "",
    ],
)
def test_a_body_that_is_not_said_to_be_json_is_refused(content_type: str) -> None:
    with nothing_written():
        answer = sent(text_of(), content_type)

    assert problem_of(answer)[0] == 415


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "application/json;charset=UTF-8"],
)
def test_json_may_say_that_it_is_utf_8(content_type: str) -> None:
    assert sent(text_of(), content_type).status_code == 200


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "A JSON body is needed"),
        ("{", "Malformed JSON at line 1 column 2"),
        ("{'a': 1}", "Malformed JSON at line 1 column 2"),
        (text_of() + "x", "Malformed JSON at line 1 column"),
        (text_of(phone_number="NaN"), "JSON has no NaN"),
        (text_of(x="-Infinity"), "JSON has no -Infinity"),
        (text_of(phone_number='""'), "Duplicate key in JSON: 'phone_number'"),
        (b'{"a": "\xff"}', "The body is not UTF-8 at byte 7"),
        ("[" * 100_000, "The JSON is nested too deeply"),
        (text_of(x="1" * 5_000), "The JSON holds a number with too many digits"),
    ],
)
def test_malformed_json_is_refused_saying_where(body: Any, message: str) -> None:
    with nothing_written():
        answer = sent(body)

    assert answer.status_code == 400
    assert json_of(answer)["message"].startswith(message)


def test_a_duplicate_key_is_refused_inside_a_product_as_well() -> None:
    body = '{"products": [{"product_name": "GDM", "product_name": "DBM"}]}'
    with nothing_written():
        answer = sent(body)

    assert problem_of(answer) == (400, "Duplicate key in JSON: 'product_name'")


@pytest.mark.parametrize("body", ["[]", "null", '"x"', "1", "true"])
def test_a_body_that_is_no_object_is_refused(body: str) -> None:
    with nothing_written():
        answer = sent(body)

    assert answer.status_code == 400


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud800", "\\udfff", "\\udc00\\ud800"])
def test_a_nul_and_half_a_surrogate_pair_are_refused(escape: str) -> None:
    with nothing_written():
        answer = sent(text_of(first_name=f'"A{escape}"'))
        nested = sent(text_of(x=f'["L1", "{escape}"]'))

    assert problem_of(answer) == (400, {"first_name": UNSAFE})
    assert problem_of(nested) == (400, {"x.1": UNSAFE})


def test_a_whole_surrogate_pair_is_text() -> None:
    answer = sent(text_of(first_name='"\\ud83d\\ude00"'))

    assert json_of(answer)["first_name"] == "\U0001f600"


def test_a_byte_order_mark_is_skipped() -> None:
    assert sent(b"\xef\xbb\xbf" + text_of().encode()).status_code == 200


def test_a_body_over_the_limit_is_refused() -> None:
    body = clinician_body(first_name="x" * 2**20)
    with nothing_written():
        answer = Api().post(PATH, body)

    assert problem_of(answer) == (413, "The body is larger than 1048576 bytes")


def test_the_query_is_looked_at_before_the_body() -> None:
    answer = Api().post(f"{PATH}?x=1", "{")

    assert problem_of(answer) == (400, {"x": ["Unknown query parameter."]})
