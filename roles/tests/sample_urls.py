"""A resource for trying `ApiViewSet` through the whole stack, without a database."""

from typing import Any

from django.urls import include, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from roles.access import own_clinician, scope
from roles.query import QueryBooleanField, QueryIntegerField
from roles.viewsets import ApiViewSet


class NamesField(serializers.CharField):
    many_values = True


class SampleQuery(serializers.Serializer[Any]):
    flag = QueryBooleanField(default=False)
    count = QueryIntegerField(required=False)
    names = NamesField(required=False, allow_blank=True)


class SampleViewSet(ApiViewSet):
    access = {
        "read": scope("read:gdm_clinician_all")
        | (scope("read:gdm_clinician") & own_clinician),
        "write": scope("write:gdm_clinician_all"),
    }
    query = {"read": SampleQuery}

    def read(self, request: Request, clinician_id: str) -> Response:
        return Response(
            {"caller": self.caller.id, "id": clinician_id} | self.parameters
        )

    def write(self, request: Request, clinician_id: str) -> Response:
        return Response({"given": request.data} | self.parameters)


urlpatterns = [
    path("", include("roles.urls")),
    path(
        "sample/<str:clinician_id>",
        SampleViewSet.as_view({"get": "read", "post": "write"}),
    ),
]
handler400 = "users_service.problems.bad_request"
handler404 = "users_service.problems.not_found"
handler500 = "users_service.problems.server_error"
