"""Answers that are JSON text already when they reach the view."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase

from users_service.api import spools
from users_service.database.connections import release_connection

JSON = "application/json"
BLOCK_LENGTH = 2**16


class JsonText(HttpResponse):
    """An answer whose body is finished JSON text."""

    def __init__(self, text: str, *, etag: str | None = None) -> None:
        super().__init__(text, content_type=JSON)
        if etag:
            self["ETag"] = etag


def spooled_json(
    parts: Iterable[str], *, etag: Callable[[], str] | None = None
) -> HttpResponseBase:
    """Return an answer made of `parts`, all of which are produced before it starts.

    So no database connection is held while a slow reader takes his time, memory stays
    flat, and a fault on the way is an error answer instead of half a list. `etag` is
    asked when all have passed. Raises Unavailable where there is no room.
    """
    with ExitStack() as closing:
        spool = closing.enter_context(spools.Spool())
        for block in blocks(parts):
            spool.write(block)
        length = spool.rewind()
        response: HttpResponseBase
        if length > spools.MEMORY_BYTES:
            response = FileResponse(spool, content_type=JSON)
            closing.pop_all()  # the answer closes it, once it is read
        else:  # no file of the system's, which a server could send by its descriptor
            response = HttpResponse(spool.read(), content_type=JSON)
    response["Content-Length"] = str(length)
    if etag is not None:
        response["ETag"] = etag()
    # Django would keep it until the answer is sent.
    release_connection()
    return response


def blocks(texts: Iterable[str]) -> Iterator[bytes]:
    """Yield the texts as UTF-8, many small ones at a time: each write has its price."""
    block: list[str] = []
    size = 0
    for text in texts:
        block.append(text)
        size += len(text)
        if size >= BLOCK_LENGTH:
            yield "".join(block).encode()
            block, size = [], 0
    yield "".join(block).encode()


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
