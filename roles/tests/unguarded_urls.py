"""A URLconf that forgot an access rule: the system check has to find it."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from roles.tests.sample_urls import SampleViewSet


class CarelessViewSet(SampleViewSet):
    def other(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("plain", plain),
    path("sample", CarelessViewSet.as_view({"get": "read"})),
    path(
        "nested/",
        include([path("other", CarelessViewSet.as_view({"delete": "other"}))]),
    ),
]
