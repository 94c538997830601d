"""Reading JSON strictly (HTTP contract, conventions)."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from django.http.request import HttpHeaders
from django.utils.http import parse_header_parameters
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from users_service.api.spools import Spool
from users_service.exceptions import BodyTooLarge, InvalidInput

UNSAFE_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
"""A NUL or half of a surrogate pair gets into parsed JSON only by such an escape."""

PIECE_BYTES = 2**20

Steps = tuple[Any, str | int] | None
"""The steps to the object around a value, and the key or index in it."""

UTF_8 = ("utf-8", "utf8")
"""The charset of a body, and its alias."""

UNSAFE_TEXT = re.compile("[\x00\ud800-\udfff]")


def json_body(request: Request) -> Any:
    """Return the parsed JSON body.

    Raises InvalidInput when there is none or it is not JSON as the contract wants
    it, BodyTooLarge, and UnsupportedMediaType for another content type.
    """
    if request.stream is None:
        raise InvalidInput("A JSON body is needed")
    return request.data


class StrictJSONParser(BaseParser):
    """UTF-8 JSON within the view's `body_limit`; no duplicate keys, NaN or NUL."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the parsed body."""
        context = parser_context or {}
        limit = getattr(context.get("view"), "body_limit", settings.MAX_BODY_BYTES)
        kind, parameters = parse_header_parameters(media_type or "")
        charset = parameters.get("charset", "utf-8").lower()
        # The framework takes `*/*` for any type.
        if kind != self.media_type or charset not in UTF_8:
            raise UnsupportedMediaType(media_type or "")
        headers = context["request"].headers
        if encoding := headers.get("Content-Encoding"):
            raise UnsupportedMediaType(f"Content-Encoding: {encoding}")
        return parse_json(read_within(stream, headers, limit))


def read_within(stream: IO[bytes], headers: HttpHeaders, limit: int) -> bytes:
    """Return the whole body, refusing a large one before it is read."""
    announced = headers.get("Content-Length", "")
    if not announced.isdigit():
        return _read_unannounced(stream, limit)
    if int(announced) > limit:
        raise BodyTooLarge(limit)
    return stream.read(limit + 1)


def _read_unannounced(stream: IO[bytes], limit: int) -> bytes:
    """Return a body that comes in chunks, stored apart until it is known to fit."""
    with Spool(PIECE_BYTES) as body:
        while piece := stream.read(PIECE_BYTES):
            body.write(piece)
            if body.tell() > limit:
                raise BodyTooLarge(limit)
        body.rewind()
        return body.read()


def parse_json(body: bytes) -> Any:
    """Parse strict JSON; raises InvalidInput saying what is wrong and where."""
    try:
        text = body.decode("utf-8-sig")
        value = _DECODER.decode(text)
        if UNSAFE_ESCAPE.search(text):
            _refuse_unsafe_text(value)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"The body is not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise InvalidInput(f"Malformed JSON at {where}: {error.msg}") from None
    except RecursionError:
        raise InvalidInput("The JSON is nested too deeply") from None
    except ValueError:
        raise InvalidInput("The JSON holds a number with too many digits") from None
    return value


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise InvalidInput(f"Duplicate key in JSON: {key[:100]!a}")
            seen.add(key)
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidInput(f"JSON has no {name}")


def _refuse_unsafe_text(value: Any) -> None:
    for steps, text in _texts(value, None):
        if UNSAFE_TEXT.search(text):
            message = "NUL characters and lone surrogates are not allowed"
            path = UNSAFE_TEXT.sub("?", _path(steps)) or "body"
            raise InvalidInput(errors={path: [message]})


def _texts(value: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    """Yield every string in a JSON value, keys included, with the steps to it.

    The steps share those before them: a path for each string would take the length of
    its keys once more for every string below them.
    """
    if isinstance(value, str):
        yield steps, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (steps, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield (steps, key), key
            yield from _texts(item, (steps, key))


def _path(steps: Steps) -> str:
    """Return the field path of these steps, `products.0.opened_date`."""
    parts: list[str] = []
    while steps is not None:
        steps, part = steps
        parts.append(str(part))
    return ".".join(reversed(parts))


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique_keys, parse_constant=_refuse_constant
)
