"""Bodies, paths and queries that nobody should send.

A 4xx that says what and where, and nothing is written.
"""

import json
from typing import Any

import pytest
from django.test import override_settings

from clinicians.testing import Api, clinician_body, json_of
from users_service.tests.writes import OBJECTS, WRITES, refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_is_written")]

MALFORMED = {
    "nothing": (b"", "A JSON body is needed"),
    "blanks": (b" \n", "Malformed JSON at line 2 column 1"),
    "half an object": (b'{"a": ', "Malformed JSON at line 1 column 7"),
    "two values": (b"{} {}", "Malformed JSON at line 1 column 4"),
    "a trailing comma": (b'{"a": 1,}', "Malformed JSON at line 1 column"),
    "single quotes": (b"{'a': 1}", "Malformed JSON at line 1 column 2"),
    "not UTF-8": (b'{"a": "\xff"}', "The body is not UTF-8 at byte 7"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "The body is not UTF-8 at byte 0"),
    "a raw NUL": (b'{"a": "\x00"}', "Malformed JSON at line 1 column 8"),
    "a bare NUL": (b"\x00", "Malformed JSON at line 1 column 1"),
    "duplicate keys": (b'{"a": 1, "a": 2}', "Duplicate key in JSON: 'a'"),
    "duplicates inside": (b'[{"b": {"a": 1, "a": 1}}]', "Duplicate key in JSON: 'a'"),
    "NaN": (b'{"version": NaN}', "JSON has no NaN"),
    "infinity": (b'{"version": -Infinity}', "JSON has no -Infinity"),
    "deep lists": (b"[" * 100_000, "The JSON is nested too deeply"),
    "deep objects": (b'{"a":' * 100_000, "The JSON is nested too deeply"),
    "a huge number": (b"1" * 10_000, "The JSON holds a number with too many digits"),
}


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize(("body", "message"), MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_json_is_refused(name: str, body: bytes, message: str) -> None:
    assert refused(WRITES[name].send(body))["message"].startswith(message)


UNSAFE = {
    "a NUL": r'{"first_name": "a\u0000"}',
    "a lone high surrogate": r'{"first_name": "\ud800"}',
    "a lone low surrogate": r'{"first_name": "a\udc00b"}',
    "surrogates the wrong way round": r'{"first_name": "\udc00\ud800"}',
}


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("text", UNSAFE.values(), ids=UNSAFE)
def test_text_that_no_database_takes_is_refused(name: str, text: str) -> None:
    body = text if name in OBJECTS else f"[{text}]"
    path = "first_name" if name in OBJECTS else "0.first_name"

    assert set(refused(WRITES[name].send(body))["errors"]) == {path}


@pytest.mark.parametrize("name", WRITES)
def test_an_unsafe_key_is_refused(name: str) -> None:
    assert refused(WRITES[name].send(r'{"a\u0000": 1}'))["errors"]


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize("body", ["null", "1", '"text"', "true", "[]", "[{}]", "1.5"])
def test_what_is_no_object_is_refused(name: str, body: str) -> None:
    assert set(refused(WRITES[name].send(body))["errors"]) == {"body"}


@pytest.mark.parametrize("body", ["null", "1", '"text"', "true", "{}"])
def test_what_is_no_list_is_refused(body: str) -> None:
    assert set(refused(WRITES["bulk"].send(body))["errors"]) == {"body"}


@pytest.mark.parametrize("item", [None, 1, "text", True, []])
def test_an_item_that_is_no_object_is_refused(item: Any) -> None:
    assert set(refused(WRITES["bulk"].send([item]))["errors"]) == {"0"}


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"],
)
def test_another_content_type_is_refused(name: str, media_type: str) -> None:
    write = WRITES[name]

    refused(write.send(write.body, Content_Type=media_type), 415)


@pytest.mark.parametrize("name", WRITES)
@override_settings(MAX_BODY_BYTES=300, MAX_BULK_BODY_BYTES=600)
def test_a_body_over_the_limit_is_refused(name: str) -> None:
    limit = 600 if name == "bulk" else 300
    text = json.dumps(WRITES[name].body)

    body = refused(WRITES[name].send(text + " " * (limit + 1 - len(text))), 413)
    assert body["message"] == f"The body is larger than {limit} bytes"


@pytest.mark.parametrize("name", OBJECTS)
def test_a_string_of_ten_megabytes_is_refused(name: str) -> None:
    refused(WRITES[name].send({"first_name": "x" * 10_000_000}), 413)


def test_a_string_of_ten_megabytes_is_refused_in_bulk() -> None:
    errors = refused(
        WRITES["bulk"].send([clinician_body(uuid="B1", first_name="x" * 10_000_000)])
    )["errors"]
    assert set(errors) == {"0.first_name"}
    assert len(str(errors)) < 200


@pytest.mark.parametrize("method", ["post", "delete"])
@pytest.mark.parametrize("kind", ["location", "patient"])
@pytest.mark.parametrize("given", ["x" * 37, "x" * 40, "%00", "%FF", "%ED%A0%80"])
def test_a_wrong_id_of_a_bookmark_is_refused(
    method: str, kind: str, given: str
) -> None:
    api = Api(clinician_id="A1", system_id="dhos-robot")
    path = f"/dhos/v1/clinician/A1/{kind}/{given}/bookmark"

    assert refused(getattr(api, method)(path))["errors"]


@pytest.mark.parametrize("given", ["x" * 37, "x" * 40, "x" * 5000])
def test_a_long_id_of_a_clinician_is_unknown(given: str) -> None:
    refused(Api().get(f"/dhos/v1/clinician/{given}"), 404)
    refused(Api().patch(f"/dhos/v1/clinician/{given}", {}), 404)


@pytest.mark.parametrize("q", ["%25", "_", "A_a", "%5C", "Ad%25", "[A]da", "A.a", "*"])
def test_wildcards_in_q_are_literal(q: str) -> None:
    assert json_of(Api().get(f"/dhos/v2/clinicians?q={q}"))["total"] == 0


@pytest.mark.parametrize("q", ["%00", "%FF", "a" * 1001])
def test_a_q_that_is_no_text_is_refused(q: str) -> None:
    assert refused(Api().get(f"/dhos/v2/clinicians?q={q}"))["errors"]
