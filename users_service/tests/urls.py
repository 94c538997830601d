"""The service's routes and some that fail in every way, for tests of the wiring."""

from collections.abc import Iterator

import psycopg
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig
from django.db import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    StreamingHttpResponse,
    UnreadablePostError,
)
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions as framework
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from users_service import exceptions, urls

SECRET = "jane.doe@mail.com"


def limit_exceeded() -> OperationalError:
    error = OperationalError("index row size exceeds btree maximum")
    error.__cause__ = psycopg.errors.ProgramLimitExceeded()
    return error


ERRORS: dict[str, Exception] = {
    "invalid": exceptions.InvalidInput(errors={"products.0.opened_date": ["Bad."]}),
    "unauthenticated": exceptions.NotAuthenticated(),
    "denied": exceptions.AccessDenied("scope is missing"),
    "missing": exceptions.NotFound("No user found with UUID \ud800"),
    "conflict": exceptions.Conflict("in use"),
    "changed": exceptions.PreconditionFailed(),
    "large": exceptions.BodyTooLarge(5),
    "unavailable": exceptions.Unavailable("No keys", 7),
    "bad": BadRequest("x"),
    "http404": Http404("x"),
    "forbidden": PermissionDenied("x"),
    "form": RequestDataTooBig("x"),
    "hangup": UnreadablePostError("x"),
    "operational": OperationalError(f"locked {SECRET}"),
    "interface": InterfaceError("closed"),
    "psycopg": psycopg.OperationalError("gone"),
    "psycopg_interface": psycopg.InterfaceError("closed"),
    "limit": limit_exceeded(),
    "method": framework.MethodNotAllowed("PUT"),
    "media": framework.UnsupportedMediaType("text/plain"),
    "parse": framework.ParseError(),
    "fields": framework.ValidationError({"a": {"b": ["Bad."]}}),
    "clash": IntegrityError(f"Key (email_address)=({SECRET}) already exists."),
    "bug": ProgrammingError(f"Key (email_address)=({SECRET}) already exists."),
}


class RaisingView(APIView):
    # The server makes the OpenAPI document at its start, which these are not in.
    schema = None
    authentication_classes = ()

    def get(self, request: Request, name: str) -> Response:
        raise ERRORS[name]


class GoodView(APIView):
    schema = None
    authentication_classes = ()

    def get(self, request: Request) -> Response:
        return Response({"good": True})


def plain(request: HttpRequest, name: str) -> HttpResponse:
    raise ERRORS[name]


def form(request: HttpRequest) -> HttpResponse:
    return HttpResponse("posted")


@csrf_exempt
def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.read(), content_type="application/octet-stream")


def tagged(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        "text", headers={"ETag": '"own"', "Cache-Control": "no-store", "X-Kept": "1"}
    )


def unchanged(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=304, headers={"ETag": '"own"'})


def streamed(request: HttpRequest) -> StreamingHttpResponse:
    def parts() -> Iterator[bytes]:
        yield b"part"

    tag = {"ETag": '"stream"'} if "tag" in request.GET else {}
    return StreamingHttpResponse(parts(), headers=tag)


urlpatterns = [
    path("raise/<str:name>", RaisingView.as_view()),
    path("good", GoodView.as_view()),
    path("plain/<str:name>", plain),
    path("form", form),
    path("echo", echo),
    path("tagged", tagged),
    path("streamed", streamed),
    path("unchanged", unchanged),
    path("admin/raise/<str:name>", plain),
    path("admin/form", form),
    *urls.urlpatterns,
]
handler400 = urls.handler400
handler403 = urls.handler403
handler404 = urls.handler404
handler500 = urls.handler500
