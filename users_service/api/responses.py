"""Answers that are JSON text already when they reach the view."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from tempfile import SpooledTemporaryFile
from typing import IO

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase

from users_service.database.connections import release_connection

JSON = "application/json"

SPOOL_BYTES = 4 * 1024 * 1024
"""A whole list up to this size waits for its reader in memory, a larger one on disk."""


class JsonText(HttpResponse):
    """An answer whose body is finished JSON text."""

    def __init__(self, text: str, *, etag: str | None = None) -> None:
        super().__init__(text, content_type=JSON)
        if etag:
            self["ETag"] = etag


def spooled_json(parts: Iterable[str], *, etag: Callable[[], str]) -> HttpResponseBase:
    """Return an answer made of `parts`, all of which are produced before it starts.

    So no database connection is held while a slow reader takes his time, memory stays
    flat, and a fault on the way is an error answer instead of half a list. `etag` is
    asked when all have passed.
    """
    with ExitStack() as closing:
        spool: IO[bytes] = closing.enter_context(
            SpooledTemporaryFile(max_size=SPOOL_BYTES)
        )
        for part in parts:
            spool.write(part.encode())
        length = spool.tell()
        spool.seek(0)
        response: HttpResponseBase
        if length > SPOOL_BYTES:
            response = FileResponse(spool, content_type=JSON)
            closing.pop_all()  # the answer closes it, once it is read
        else:  # no file of the system's, which a server could send by its descriptor
            response = HttpResponse(spool.read(), content_type=JSON)
    response["Content-Length"] = str(length)
    response["ETag"] = etag()
    # Django would keep it until the answer is sent.
    release_connection()
    return response


def joined(texts: Iterable[str], *, opening: str, closing: str) -> Iterator[str]:
    """Yield JSON texts with commas between them, between `opening` and `closing`."""
    yield opening
    rest = iter(texts)
    with suppress(StopIteration):
        yield next(rest)
    for text in rest:
        yield ","
        yield text
    yield closing
