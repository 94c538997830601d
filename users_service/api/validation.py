"""Validating with DRF's serializers, and their errors in the HTTP contract's shape."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from rest_framework.serializers import Serializer
from rest_framework.settings import api_settings

BODY = "body"
"""The field path of a fault of the body as a whole."""

MAX_ERROR_PATHS = 100
"""An error answer names at most so many field paths (HTTP contract)."""

MAX_ERROR_LENGTH = 200
"""Characters after which a field path, or a message about it, is cut."""


@cache
def shared(shape: type[Serializer[Any]]) -> Serializer[Any]:
    """Return a serializer for whoever needs one: it keeps nothing of what it validates.

    To make its fields takes longer than to use them.
    """
    return shape()


def validated(shape: type[Serializer[Any]], given: Any) -> dict[str, Any]:
    """Return the validated values; raises DRF's ValidationError."""
    values: dict[str, Any] = shared(shape).run_validation(given)
    return values


def flat_errors(detail: Any) -> dict[str, list[str]]:
    """Return field path, such as `products.0.opened_date`, to its messages.

    `detail` is a ValidationError's: maps, lists of maps, and lists of messages. What
    is wrong with an object as a whole stands under the object's own path.
    """
    errors: dict[str, list[str]] = {}
    for path, message in _messages(detail, ()):
        errors.setdefault(".".join(path) or BODY, []).append(message)
        if len(errors) > MAX_ERROR_PATHS:
            break
    return bounded_errors(errors)


def bounded_errors(errors: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the first MAX_ERROR_PATHS errors, with paths and messages cut."""
    first = list(errors.items())[:MAX_ERROR_PATHS]
    return {
        path[:MAX_ERROR_LENGTH]: [each[:MAX_ERROR_LENGTH] for each in messages]
        for path, messages in first
    }


def _messages(
    detail: Any, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(detail, dict):
        for key, inner in detail.items():
            whole = key == api_settings.NON_FIELD_ERRORS_KEY
            yield from _messages(inner, path if whole else (*path, str(key)))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from _messages(inner, (*path, str(index)) if nested else path)
    else:
        yield path, str(detail)
