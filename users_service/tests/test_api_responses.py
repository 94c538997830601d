"""Answers that are JSON text already."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from users_service.api import spools
from users_service.api.addresses import looks_like_address
from users_service.api.conditional import is_unchanged
from users_service.api.renderers import OrjsonRenderer
from users_service.api.responses import JsonText, joined, spooled_json


@pytest.mark.parametrize(
    ("texts", "expected"),
    [([], "[]"), (["1"], "[1]"), (["1", "2", "3"], "[1,2,3]")],
)
def test_joined(texts: list[str], expected: str) -> None:
    assert "".join(joined(texts, opening="[", closing="]")) == expected


def test_json_text_is_sent_as_it_is() -> None:
    response = JsonText('{"name":"Zoë"}', etag='"1"')
    assert response.content == '{"name":"Zoë"}'.encode()
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["ETag"] == '"1"'


def test_json_text_without_a_tag() -> None:
    assert "ETag" not in JsonText("{}").headers


@pytest.mark.django_db  # closing an answer looks after old connections
@pytest.mark.parametrize("limit", [10, 1000])
def test_spooled_json(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spools, "MEMORY_BYTES", limit)
    parts = [f'"{"ë" * 10}"' for _ in range(10)]

    response = spooled_json(joined(parts, opening="[", closing="]"), etag=lambda: '"1"')

    body = response.getvalue()
    response.close()
    assert json.loads(body) == ["ë" * 10] * 10
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Content-Length"] == str(len(body))
    assert response.headers["ETag"] == '"1"'
    assert "Content-Disposition" not in response.headers


@pytest.mark.parametrize("limit", [1, 1000])
def test_spooled_json_keeps_no_file_after_a_fault(
    limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file left open would be a ResourceWarning, which fails the test."""
    monkeypatch.setattr(spools, "MEMORY_BYTES", limit)

    def broken() -> Iterator[str]:
        yield "[1"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        spooled_json(broken(), etag=lambda: '"1"')


@pytest.mark.parametrize(
    ("header", "unchanged"),
    [
        ('"1"', True),
        ('W/"1"', True),
        ('"2", "1"', True),
        ("*", True),
        ("", False),
        ('"2"', False),
        ("1", False),
        ('"1', False),
        ('"11"', False),
    ],
)
def test_if_none_match_is_compared_weakly(header: str, unchanged: bool) -> None:
    assert is_unchanged(header, '"1"') is unchanged
    assert is_unchanged(header, 'W/"1"') is unchanged


def test_what_has_no_tag_has_changed() -> None:
    assert not is_unchanged("*", "")


@pytest.mark.parametrize(
    ("data", "expected"), [(None, b""), ({"a": ["ë", 1]}, '{"a":["ë",1]}'.encode())]
)
def test_renderer(data: Any, expected: bytes) -> None:
    assert OrjsonRenderer().render(data) == expected


@pytest.mark.parametrize(
    "text", ["a@b.c", " a@b.c ", "a b@c.d e", "a.b@c.d.e", "a\n@b.c"]
)
def test_looks_like_an_address(text: str) -> None:
    assert looks_like_address(text)


@pytest.mark.parametrize(
    "text", ["", "@", "a@b", "a@.c", "a@b.", "@b.c", "a@b@c.d", "a.b"]
)
def test_does_not_look_like_an_address(text: str) -> None:
    assert not looks_like_address(text)
