"""The WSGI application, behind exactly one trusted proxy (HTTP contract).

gunicorn trusts no forwarded header itself (users_service.server), so what they mean
is decided here alone.
"""

import ipaddress
import os
import re
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from clinicians import passwords

if TYPE_CHECKING:
    from wsgiref.types import (
        InputStream,
        StartResponse,
        WSGIApplication,
        WSGIEnvironment,
    )

PREFIX = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
IN_MEMORY = 2**20


class OneProxy:
    """Takes over what the proxy says, and makes a chunked body readable to Django."""

    def __init__(self, inner: "WSGIApplication") -> None:
        self.inner = inner

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer the request."""
        if address := _address(_last(environ, "HTTP_X_FORWARDED_FOR")):
            environ["REMOTE_ADDR"] = address
        scheme = _last(environ, "HTTP_X_FORWARDED_PROTO").lower()
        if scheme in ("http", "https"):
            environ["wsgi.url_scheme"] = scheme
        prefix = environ.get("HTTP_X_FORWARDED_PREFIX", "").rstrip("/")
        if PREFIX.fullmatch(prefix):
            environ["SCRIPT_NAME"] = prefix
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            return self._with_buffered_body(environ, start_response)
        return self.inner(environ, start_response)

    def _with_buffered_body(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterator[bytes]:
        with _buffered_body(environ["wsgi.input"]) as body:
            environ["CONTENT_LENGTH"] = str(body.tell())
            environ["wsgi.input"] = body
            body.seek(0)
            answer = self.inner(environ, start_response)
            try:
                yield from answer
            finally:
                # What PEP 3333 asks of a server, which sees this generator instead.
                getattr(answer, "close", lambda: None)()


def _last(environ: "WSGIEnvironment", name: str) -> str:
    """Return what the nearest hop has added; what stands before is the client's."""
    return str(environ.get(name, "")).rpartition(",")[2].strip()


def _address(text: str) -> str:
    # The zone of an IPv6 address may be any text, and goes into the log.
    address, _, _ = text.partition("%")
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return ""


def _buffered_body(chunks: "InputStream") -> IO[bytes]:
    """Store a chunked body, to give it a length; Django takes it for empty without.

    Reads one byte more than the largest limit: the parser then sees that it is over.
    """
    body: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    left = settings.MAX_BULK_BODY_BYTES + 1
    while left and (part := chunks.read(min(left, IN_MEMORY))):
        body.write(part)
        left -= len(part)
    return body


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "users_service.settings")
settings.DATABASES["default"] = settings.DATABASE_OF_REQUESTS
application = OneProxy(get_wsgi_application())
# Before the workers are forked, so that no first login takes longer than the next.
passwords.warm_up()
