import io
from typing import Any

import pytest
from django.test import override_settings

from users_service.wsgi import OneProxy


class Stream(io.BytesIO):
    """A body that counts what was read of it."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        part = super().read(size)
        self.taken += len(part)
        return part


def passed_on(**environ: Any) -> dict[str, Any]:
    """Return the environ as the application behind the middleware sees it."""
    seen: dict[str, Any] = {}

    def application(environ: dict[str, Any], _start: Any) -> list[bytes]:
        seen.update(environ)
        if environ.get("HTTP_TRANSFER_ENCODING"):
            seen["body"] = environ["wsgi.input"].read()
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


def test_a_chunked_body_gets_its_length() -> None:
    seen = passed_on(
        **{"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(b"x" * 9)}
    )
    assert seen["CONTENT_LENGTH"] == "9"
    assert seen["body"] == b"x" * 9


@override_settings(MAX_BULK_BODY_BYTES=20)
def test_a_chunked_body_is_read_to_one_byte_over_the_limit() -> None:
    body = Stream(b"x" * 100)
    seen = passed_on(**{"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": body})
    assert seen["CONTENT_LENGTH"] == "21"
    assert body.taken == 21


class Answer(list[bytes]):
    """An answer that knows whether it was closed."""

    closed = False

    def close(self) -> None:
        self.closed = True


def test_after_a_chunked_body_the_answer_and_the_body_are_closed() -> None:
    inner = Answer([b"one", b"two"])
    environ: dict[str, Any] = {
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input": io.BytesIO(b"x"),
    }
    answer = OneProxy(lambda *_: inner)(environ, lambda *_: lambda _: None)
    assert list(answer) == [b"one", b"two"]
    assert inner.closed
    assert environ["wsgi.input"].closed


def test_a_body_with_a_length_is_not_read() -> None:
    body = Stream(b"x")
    assert passed_on(**{"CONTENT_LENGTH": "1", "wsgi.input": body})
    assert body.taken == 0
