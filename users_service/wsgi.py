"""The WSGI application, behind exactly one trusted proxy (HTTP contract).

gunicorn trusts no forwarded header itself (users_service.server), so what they mean
is decided here alone.
"""

import ipaddress
import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO, cast

import django
from django.apps import apps
from django.conf import settings
from django.core.handlers.wsgi import LimitedStream, WSGIHandler, WSGIRequest
from gunicorn.http.errors import ParseException

from clinicians import passwords

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")


class OneProxy:
    """Takes over what the proxy says."""

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
        return self.inner(environ, start_response)


class ChunkedStream(LimitedStream):
    """A body whose length is not known beforehand."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes; raises OSError where the chunks are malformed."""
        try:
            data: bytes = super().read(size)
        except ParseException as error:
            raise OSError(str(error)) from error
        return data


class Request(WSGIRequest):
    """A request whose body may come in chunks; Django takes such a body for empty."""

    def __init__(self, environ: "WSGIEnvironment") -> None:
        super().__init__(environ)
        if "HTTP_TRANSFER_ENCODING" in environ:
            # One byte more than the largest limit: the parser sees that it is over.
            limit = settings.MAX_BULK_BODY_BYTES + 1
            stream = ChunkedStream(environ["wsgi.input"], limit)
            self._stream = cast("BinaryIO", stream)
            # REST framework parses no body of length 0, and looks here as well.
            self.META.setdefault("HTTP_CONTENT_LENGTH", "-1")


class Handler(WSGIHandler):
    """Django's handler, for requests of ours."""

    request_class = Request


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


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "users_service.settings")
# Before Django reads it: where it has done so already, as in tests, the connections of
# this process stay as they are.
if not apps.ready:
    settings.DATABASES["default"] = settings.DATABASE_OF_REQUESTS
django.setup(set_prefix=False)
application = OneProxy(Handler())
# Before the workers are forked, so that no first login takes longer than the next.
passwords.warm_up()
# It imports views and models, which need what django.setup has made.
from users_service import docs  # noqa: E402

docs.warm_up()
