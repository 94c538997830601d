"""Reading JSON strictly."""

import io
import json
from contextlib import suppress
from typing import Any

import pytest
from django.http.request import HttpHeaders
from hypothesis import given
from hypothesis import strategies as st

from clinicians.testing import Api, json_of
from users_service.api import parsers
from users_service.api.parsers import parse_json, read_within
from users_service.exceptions import BodyTooLarge, InvalidInput

LIST = "/dhos/v1/clinician_list"
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)


@given(VALUES, st.booleans())
def test_what_is_json_is_read_as_it_is(value: Any, ascii_only: bool) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary())
def test_anything_else_is_refused_by_name(body: bytes) -> None:
    with suppress(InvalidInput):
        parse_json(body)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "Malformed JSON at line 1 column 1: Expecting value"),
        (b" \n ", "Malformed JSON at line 2 column 2: Expecting value"),
        (b'{"a": 1', "Malformed JSON at line 1 column 8: Expecting ',' delimiter"),
        (b"[1,]", "Malformed JSON at line 1 column 4: "),
        (b"[1] 2", "Malformed JSON at line 1 column 5: Extra data"),
        (b"{'a': 1}", "Malformed JSON at line 1 column 2: "),
        (b'["\x01"]', "Malformed JSON at line 1 column 3: Invalid control character"),
        (b'["\x00"]', "Malformed JSON at line 1 column 3: Invalid control character"),
        (b'{"a": 1, "b": {"a": 1, "a": 2}}', "Duplicate key in JSON: 'a'"),
        (b'{"a": 1, "\\u0061": 2}', "Duplicate key in JSON: 'a'"),
        (b"NaN", "JSON has no NaN"),
        (b"[Infinity]", "JSON has no Infinity"),
        (b'{"a": -Infinity}', "JSON has no -Infinity"),
        (b"[" * 100_000, "The JSON is nested too deeply"),
        (b'{"a":' * 100_000, "The JSON is nested too deeply"),
        (b"9" * 5000, "The JSON holds a number with too many digits"),
        (b'["\xff"]', "The body is not UTF-8 at byte 2"),
        (b'["\xed\xa0\x80"]', "The body is not UTF-8 at byte 2"),
        ("[]".encode("utf-16"), "The body is not UTF-8 at byte 0"),
    ],
)
def test_the_message_says_what_and_where(body: bytes, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_json(body)
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (r'"\u0000"', "body"),
        (r'["x", "\u0000"]', "1"),
        (r'{"a": [{"b": "x\u0000y"}]}', "a.0.b"),
        (r'{"a": "\ud800"}', "a"),
        (r'{"a": "\uDFFF"}', "a"),
        (r'{"a": "\udc00\ud800"}', "a"),
        (r'{"a\u0000": 1}', "a?"),
        (r'{"a": {"\ud800": 1}}', "a.?"),
    ],
)
def test_nul_and_half_surrogates_are_refused_with_their_place(
    body: str, path: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_json(body.encode())
    assert caught.value.errors.keys() == {path}


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"\xef\xbb\xbf[1]", [1]),
        (rb'"\ud83d\ude00"', "😀"),
        (rb'"\\u0000"', "\\u0000"),
        (rb'"\\ud800"', "\\ud800"),
        ('"\x7f\x80"'.encode(), "\x7f\x80"),
        (b" \t\r\n null \n", None),
        (b"-0", 0),
        (b"1e2", 100.0),
        (b"1e999", float("inf")),
    ],
)
def test_what_is_read(body: bytes, value: Any) -> None:
    assert parse_json(body) == value


def sent(
    body: bytes | str, content_type: str = "application/json", **headers: str
) -> Any:
    api = Api()
    return api.client.generic(
        "POST", LIST, body, content_type, headers={**api.headers, **headers}
    )


pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "APPLICATION/JSON",
        "application/json; x=y",
        'application/json; charset="utf-8"',
    ],
)
def test_content_types_that_are_json(content_type: str) -> None:
    assert sent("[]", content_type).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/json",
        "application/problem+json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "json",
        "*/*",
        "application/*",
    ],
)
def test_content_types_that_are_not(content_type: str) -> None:
    response = sent("[]", content_type)
    assert response.status_code == 415
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
def test_no_body_where_one_is_needed(content_type: str) -> None:
    response = sent(b"", content_type)
    assert response.status_code == 400
    assert json_of(response)["message"] == "A JSON body is needed"


def test_a_body_over_the_limit(settings: Any) -> None:
    settings.MAX_BODY_BYTES = 20
    assert sent(" " * 18 + "[]").status_code == 200
    response = sent(" " * 19 + "[]")
    assert response.status_code == 413
    assert json_of(response)["message"] == "The body is larger than 20 bytes"


def test_bulk_has_a_limit_of_its_own(settings: Any) -> None:
    settings.MAX_BODY_BYTES, settings.MAX_BULK_BODY_BYTES = 5, 20
    api = Api()
    for spaces, status in [(18, 200), (19, 413)]:
        body = " " * spaces + "[]"
        assert api.post("/dhos/v1/clinician/bulk", body).status_code == status


def test_a_body_of_unknown_length_over_the_limit() -> None:
    body = io.BytesIO(b"x" * 21)
    with pytest.raises(BodyTooLarge):
        read_within(body, HttpHeaders({}), 20)


def test_an_announced_length_is_refused_before_it_is_read(settings: Any) -> None:
    settings.MAX_BODY_BYTES = 20
    assert sent("[]", **{"Content-Length": "1000"}).status_code == 413


def test_the_unreadable_body_is_not_repeated() -> None:
    response = sent('{"password": "needle" "first_name": "needle"}')
    assert response.status_code == 400
    assert b"needle" not in response.content


def test_path_is_made_only_of_the_text_that_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[object] = []
    path = parsers._path

    def counted(steps: parsers.Steps) -> str:
        made.append(steps)
        return path(steps)

    monkeypatch.setattr(parsers, "_path", counted)
    body = {"k" * 1000: [["x"] * 1000, {"y": "\0"}]}
    with pytest.raises(InvalidInput) as error:
        parsers.parse_json(json.dumps(body).encode())
    assert list(error.value.errors) == [f"{'k' * 1000}.1.y"]
    assert len(made) == 1


def test_backslash_before_an_escape_of_nul_is_no_nul() -> None:
    assert parsers.parse_json(rb'["\\u0000"]') == ["\\u0000"]
