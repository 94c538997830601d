"""What every request gets, whoever answers it (HTTP contract, conventions)."""

import hashlib
import re
import time
import uuid
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

import structlog
from django.core.exceptions import BadRequest
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http import request as django_request
from django.http.response import StreamingHttpResponse
from django.utils.http import quote_etag

from roles.callers import Caller, staff_caller
from users_service import monitoring
from users_service.api.conditional import is_unchanged
from users_service.journal.context import request_id
from users_service.staff_middleware import STAFF_PAGES

logger = structlog.get_logger(__name__)

Answer = HttpResponse | StreamingHttpResponse
GetResponse = Callable[[HttpRequest], Answer]

# As META has them: request.headers would first take all of them apart.
REQUEST_ID_HEADERS = (
    "HTTP_X_REQUEST_ID",
    "HTTP_X_CORRELATION_ID",
    "HTTP_X_AMZN_TRACE_ID",
)
CLIENT_HEADERS = {"client": "HTTP_X_CLIENT", "version": "HTTP_X_VERSION"}
REQUEST_ID_LENGTH = 128
CLIENT_LENGTH = 100
NOT_PRINTABLE = re.compile(r"[^\x20-\x7e]")

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)

# Django's syntax of a Host header, with underscores, as Docker Compose's names of
# services have them, and no longer than a domain name. ALLOWED_HOSTS is compared
# afterwards. Django has no setting for it. See ADR 31.
HOST = re.compile(
    r"(?=.{1,262}$)([a-z0-9._-]{1,255}|\[[a-f0-9]*:[a-f0-9.:]+\])(?::([0-9]+))?"
)
django_request.host_validation_re = HOST


def printable(value: str, length: int) -> str:
    """Return a header's printable ASCII characters, at most `length` of them."""
    return NOT_PRINTABLE.sub("", value).strip()[:length]


class RequestMiddleware:
    """Gives the request its id and the answer its headers, and logs and counts both.

    The log line and the metrics hold the time until the answer starts; a list that is
    still being read by a slow client counts as answered.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Answer:
        """Answer the request."""
        started = time.perf_counter()
        token = request_id.set(self._id_of(request))
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            response.headers.setdefault("Cache-Control", "no-cache, must-revalidate")
            self._report(request, response, time.perf_counter() - started)
        finally:
            request_id.reset(token)
        return response

    def _id_of(self, request: HttpRequest) -> str:
        for name in REQUEST_ID_HEADERS:
            given = printable(request.META.get(name, ""), REQUEST_ID_LENGTH)
            if given:
                return given
        return str(uuid.uuid4())

    def _report(self, request: HttpRequest, response: Answer, seconds: float) -> None:
        route = monitoring.route_of(request)
        status = response.status_code
        monitoring.count_request(str(request.method), route, status, seconds)
        logger.info(
            "Request answered",
            method=printable(str(request.method), CLIENT_LENGTH),
            route=route,
            status=status,
            latency=round(seconds, 4),
            remote_address=request.META.get("REMOTE_ADDR", ""),
            caller_id=self._caller_id(request),
            **self._client(request),
        )

    def _caller_id(self, request: HttpRequest) -> str | None:
        # The admin's user is lazy: to ask for it here would query the database on
        # every route, so only one that a view has asked for is taken.
        user = getattr(request, "_cached_user", None) or getattr(request, "user", None)
        if type(user) is Caller:
            return user.id
        pk = getattr(user, "pk", None) if hasattr(request, "_cached_user") else None
        return staff_caller(pk).id if pk else None

    def _client(self, request: HttpRequest) -> dict[str, str]:
        given = {
            name: printable(request.META.get(header, ""), CLIENT_LENGTH)
            for name, header in CLIENT_HEADERS.items()
        }
        return {name: value for name, value in given.items() if value}


class ContentSecurityPolicyMiddleware:
    """Sends the policy with every answer; pages run only what we serve ourselves."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Answer:
        """Answer the request."""
        response = self.get_response(request)
        response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response


class AdminAddressMiddleware:
    """Refuses a NUL in the address of a page of the admin, path or query.

    The admin would look for it in the database, and PostgreSQL cannot even be asked.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Answer:
        """Answer the request; raises BadRequest."""
        if request.path_info.startswith(STAFF_PAGES):
            query = unquote_to_bytes(request.META.get("QUERY_STRING", ""))
            if "\0" in request.path_info or b"\0" in query:
                raise BadRequest("a NUL character in the address")
        return self.get_response(request)


class ConditionalMiddleware:
    """ETag, `If-None-Match` and HEAD for every route but the admin's.

    Django's own middleware answers GET only, and takes `If-Match` and
    `If-Unmodified-Since` for reads as well, with bodies of another shape.
    """

    EXEMPT = (STAFF_PAGES, "/static/")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Answer:
        """Answer the request."""
        response = self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return response
        exempt = request.path_info.startswith(self.EXEMPT)
        if response.status_code == HTTPStatus.OK and not exempt:
            _tag(response)
            etag = response.headers.get("ETag", "")
            if is_unchanged(request.META.get("HTTP_IF_NONE_MATCH", ""), etag):
                response.status_code = HTTPStatus.NOT_MODIFIED
        if response.status_code == HTTPStatus.NOT_MODIFIED:
            _strip(response)
        if request.method == "HEAD":
            _drop_body(response)
        return response


def _tag(response: Answer) -> None:
    """Give the answer a strong ETag of its content, unless its view has given one."""
    if response.has_header("ETag"):
        return
    if isinstance(response, HttpResponse):
        digest = hashlib.sha256(response.content)
    elif isinstance(response, FileResponse) and response.file_to_stream is not None:
        digest = hashlib.file_digest(response.file_to_stream, "sha256")
        response.file_to_stream.seek(0)
    else:
        return
    response["ETag"] = quote_etag(digest.hexdigest()[:32])


def _strip(response: Answer) -> None:
    """Leave of a 304, ours or a view's own, what RFC 9110 has it carry."""
    _drop_body(response)
    del response.headers["Content-Length"], response.headers["Content-Type"]


def _drop_body(response: Answer) -> None:
    """Empty the answer; its Content-Length stays.

    What it would have streamed is closed with the answer, as ever.
    """
    if isinstance(response, StreamingHttpResponse):
        response.streaming_content = ()
    else:
        response.content = b""
