"""The service's routes, and one that does nothing but check the token."""

from typing import ClassVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import include, path
from rest_framework.request import Request

from benchmarks.routes import NULL
from roles.access import any_valid_token
from roles.viewsets import ApiViewSet
from users_service.api.responses import JsonText


class NullViewSet(ApiViewSet):
    """What a request costs before anything is read."""

    access: ClassVar = {"retrieve": any_valid_token}

    def retrieve(self, request: Request) -> HttpResponseBase:
        """Return constant JSON."""
        del request
        return JsonText('{"null":true}')


def bare(_request: HttpRequest) -> HttpResponse:
    """Return the same, whoever asks."""
    return HttpResponse('{"null":true}', content_type="application/json")


urlpatterns = [
    path("benchmark/bare", bare),
    path(NULL.removeprefix("/"), NullViewSet.as_view({"get": "retrieve"})),
    path("", include("users_service.urls")),
]
