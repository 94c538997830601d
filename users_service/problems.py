"""Errors as the HTTP contract wants them: application/problem+json, one shape.

`STATUSES` is the one table from exceptions to statuses. What it does not hold is a
bug and ends as a 500.
"""

import json
import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.core.exceptions import (
    DisallowedHost,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.html import escape
from django.views import csrf, defaults
from rest_framework.exceptions import APIException, ValidationError

from users_service import exceptions
from users_service.api.validation import bounded_errors, flat_errors

logger = structlog.get_logger(__name__)

DATABASE_ERRORS = (
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)
DATABASE_MESSAGE = "Database connection failed"
DATABASE_RETRY_AFTER = 5
MAX_MESSAGE_LENGTH = 10_000
"""More than the longest request line, which a message may quote."""
# PostgreSQL's program_limit_exceeded: a value does not fit into an index.
TOO_LARGE_FOR_INDEX = "54000"
HELD_BY_ANOTHER = "55P03"
DATABASE_STATES = {
    HELD_BY_ANOTHER: exceptions.RowHeld.MESSAGE,
    "25P03": "The database ended a transaction that was idle for too long, try again",
    "42501": "The database does not allow this: the service's role lacks a right",
    "57014": "The database ended a statement that took too long, try again",
}
"""What to say of errors that a setting or another user of the database causes."""

PAGE = """<!doctype html>
<html lang="en"><head><title>{title}</title></head>
<body><h1>{title}</h1><p>{message}.</p>
<p>What was sent is not stored. Go back to send it again.</p></body></html>
"""

# The first that fits counts, so a subclass stands before its base.
STATUSES: dict[type[Exception], HTTPStatus] = {
    exceptions.InvalidInput: HTTPStatus.BAD_REQUEST,
    exceptions.NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    exceptions.AccessDenied: HTTPStatus.FORBIDDEN,
    exceptions.NotFound: HTTPStatus.NOT_FOUND,
    exceptions.Conflict: HTTPStatus.CONFLICT,
    exceptions.RequestTimeout: HTTPStatus.REQUEST_TIMEOUT,
    exceptions.PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    exceptions.BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    exceptions.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    Http404: HTTPStatus.NOT_FOUND,
    PermissionDenied: HTTPStatus.FORBIDDEN,
    RequestDataTooBig: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    SuspiciousOperation: HTTPStatus.BAD_REQUEST,
    # The caller hung up half-way through its body.
    UnreadablePostError: HTTPStatus.BAD_REQUEST,
    # What a write says itself is a Conflict; this is one that came in between.
    IntegrityError: HTTPStatus.CONFLICT,
    **dict.fromkeys(DATABASE_ERRORS, HTTPStatus.SERVICE_UNAVAILABLE),
}


def problem_response(
    status: int,
    message: str,
    *,
    errors: exceptions.Errors | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Return the error answer: RFC 9457 members, and `message` for Polaris clients."""
    # A message may quote a key of the body, which may be as long as the body.
    message = message[:MAX_MESSAGE_LENGTH]
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": message,
        "message": message,
    }
    if errors:
        body["errors"] = bounded_errors(errors)
    # A message may quote half a surrogate pair, which UTF-8 has no bytes for.
    return HttpResponse(
        json.dumps(body, ensure_ascii=False).encode(errors="replace"),
        status=status,
        content_type="application/problem+json",
        headers=headers,
    )


def exception_handler(error: Exception, _context: Any = None) -> HttpResponse | None:
    """Return the answer to an exception; None for one that is a bug (DRF's hook)."""
    if isinstance(error, APIException):
        return _framework_problem(error)
    if _sqlstate(error) in DATABASE_STATES:
        return _database_problem(error)
    for kind, status in STATUSES.items():
        if isinstance(error, kind):
            return _problem(error, status)
    return None


def _problem(error: Exception, status: HTTPStatus) -> HttpResponse:
    if isinstance(error, DATABASE_ERRORS):
        return _database_problem(error)
    if isinstance(error, exceptions.AccessDenied):
        logger.warning("Access denied", cause=error.cause)
    if not isinstance(error, exceptions.ServiceError):
        return problem_response(status, _django_message(error, status))
    headers = {}
    if isinstance(error, exceptions.NotAuthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, exceptions.Unavailable):
        headers["Retry-After"] = str(error.retry_after)
    return problem_response(
        status, error.message, errors=getattr(error, "errors", None), headers=headers
    )


def _database_problem(error: Exception) -> HttpResponse:
    state = _sqlstate(error)
    if state == TOO_LARGE_FOR_INDEX:
        return problem_response(HTTPStatus.BAD_REQUEST, "A value is too long to store")
    if state == HELD_BY_ANOTHER:
        logger.warning("A row was held by another transaction for too long")
    else:
        logger.error("Database does not answer", exc_info=error)
    return problem_response(
        HTTPStatus.SERVICE_UNAVAILABLE,
        DATABASE_STATES.get(state or "", DATABASE_MESSAGE),
        headers={"Retry-After": str(DATABASE_RETRY_AFTER)},
    )


def _sqlstate(error: BaseException | None) -> str | None:
    """Return PostgreSQL's code of an error of psycopg, or of Django's around one."""
    state: str | None = getattr(
        getattr(error, "__cause__", None) or error, "sqlstate", None
    )
    return state


def _django_message(error: Exception, status: HTTPStatus) -> str:
    if isinstance(error, DisallowedHost):
        return "The Host header is not one of ALLOWED_HOSTS"
    return status.phrase


def _framework_problem(error: APIException) -> HttpResponse:
    if not isinstance(error, ValidationError):
        return problem_response(error.status_code, str(error.detail))
    errors = flat_errors(error.detail)
    message = str(exceptions.InvalidInput(errors=errors))
    return problem_response(error.status_code, message, errors=errors)


def in_admin(request: HttpRequest) -> bool:
    """Return whether the request is for the admin, which answers with pages."""
    return settings.ADMIN_ENABLED and request.path_info.startswith("/admin/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django refuses before a view sees it: a bad host, a huge form."""
    logger.warning("Request refused", cause=type(exception).__name__)
    if in_admin(request):
        return defaults.bad_request(request, exception)
    return exception_handler(exception) or problem_response(
        HTTPStatus.BAD_REQUEST, HTTPStatus.BAD_REQUEST.phrase
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a PermissionDenied."""
    if in_admin(request):
        return defaults.permission_denied(request, exception)
    return problem_response(HTTPStatus.FORBIDDEN, "Forbidden")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a missing or wrong CSRF token."""
    # What follows quotes the Origin or the Referer, an address with its query.
    logger.warning("CSRF check failed", cause=reason.partition(" - ")[0])
    if in_admin(request):
        return csrf.csrf_failure(request, reason)
    return problem_response(HTTPStatus.FORBIDDEN, "Forbidden")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an unknown route."""
    if in_admin(request):
        return defaults.page_not_found(request, exception)
    return problem_response(HTTPStatus.NOT_FOUND, "No such route")


def _as_page(problem: HttpResponse) -> HttpResponse:
    """Return an error answer as a page that needs no database."""
    message = escape(json.loads(problem.content)["message"])
    title = HTTPStatus(problem.status_code).phrase
    content = PAGE.format(title=title, message=message)
    page = HttpResponse(content, status=problem.status_code)
    if retry_after := problem.headers.get("Retry-After"):
        page.headers["Retry-After"] = retry_after
    return page


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer what nothing else has: 503 without the database, else 500, a bug.

    Named errors get here where a middleware reads the body of a form.
    """
    error = sys.exc_info()[1]
    if isinstance(error, (*DATABASE_ERRORS, exceptions.ServiceError)):
        known = exception_handler(error)
        if known:
            return _as_page(known) if in_admin(request) else known
    logger.error("Unhandled exception", exc_info=error)
    if in_admin(request):
        return defaults.server_error(request)
    return problem_response(
        HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.INTERNAL_SERVER_ERROR.phrase
    )
