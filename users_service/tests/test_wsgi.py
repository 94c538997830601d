import io
from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig
from django.test import RequestFactory, override_settings

from users_service.wsgi import OneProxy, Request


def passed_on(**environ: Any) -> dict[str, Any]:
    """Return the environ as the application behind the middleware sees it."""
    seen: dict[str, Any] = {}

    def application(environ: dict[str, Any], _start: Any) -> list[bytes]:
        seen.update(environ)
        return [b"done"]

    given = {"REMOTE_ADDR": "10.0.0.1", "wsgi.url_scheme": "http", **environ}
    answer = OneProxy(application)(given, lambda *_: lambda _: None)
    assert list(answer) == [b"done"]
    return seen


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("6.6.6.6,::1", "::1"),
        ("6.6.6.6, unknown", "10.0.0.1"),
        ("1.2.3.4,", "10.0.0.1"),
        ("", "10.0.0.1"),
    ],
)
def test_the_address_is_what_the_last_hop_saw(forwarded: str, address: str) -> None:
    seen = passed_on(HTTP_X_FORWARDED_FOR=forwarded)
    assert seen["REMOTE_ADDR"] == address


@pytest.mark.parametrize(
    ("forwarded", "scheme"),
    [
        ("https", "https"),
        ("HTTPS", "https"),
        ("https, http", "http"),
        ("javascript", "http"),
        ("", "http"),
    ],
)
def test_the_scheme_is_what_the_last_hop_saw(forwarded: str, scheme: str) -> None:
    assert passed_on(HTTP_X_FORWARDED_PROTO=forwarded)["wsgi.url_scheme"] == scheme


@pytest.mark.parametrize(
    ("forwarded", "prefix"),
    [
        ("/dhos-users", "/dhos-users"),
        ("/dhos-users/", "/dhos-users"),
        ("/a/b.c", "/a/b.c"),
        ("//evil.example", None),
        ("/../a", None),
        ("https://evil.example", None),
        ('/"><script>', None),
        ("/a\n", None),
        ("/", None),
        ("", None),
    ],
)
def test_the_prefix_is_taken_if_it_is_a_plain_path(
    forwarded: str, prefix: str | None
) -> None:
    seen = passed_on(HTTP_X_FORWARDED_PREFIX=forwarded)
    assert seen.get("SCRIPT_NAME") == prefix


def test_without_forwarded_headers_nothing_changes() -> None:
    assert passed_on() == {"REMOTE_ADDR": "10.0.0.1", "wsgi.url_scheme": "http"}


@override_settings(MAX_BULK_BODY_BYTES=20)
def test_chunked_body_is_read_to_one_byte_over_the_limit() -> None:
    assert len(chunked_request(b"x" * 100).read()) == 21


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=20)
def test_chunked_form_over_its_limit_is_refused() -> None:
    with pytest.raises(RequestDataTooBig):
        _ = chunked_request(b"x" * 21).body


def test_chunked_form_is_parsed() -> None:
    assert chunked_request(b"name=Ada").POST["name"] == "Ada"


def chunked_request(body: bytes) -> Request:
    """Return a request whose body has no length."""
    form = "application/x-www-form-urlencoded"
    made = RequestFactory().post("/", b"", content_type=form).environ
    made.pop("CONTENT_LENGTH", None)
    made["CONTENT_TYPE"] = form
    chunks = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(body)}
    return Request(made | chunks)
