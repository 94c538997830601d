"""The description of the API: as a document, and as pages."""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import get_script_prefix
from drf_spectacular.generators import SchemaGenerator

from users_service.monitoring import MonitoringView


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document, made once per process."""
    generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call]
    made: dict[str, Any] = generator.get_schema(request=None, public=True)
    return made


def warm_up() -> None:
    """Make the document before the workers are forked.

    drf-spectacular keeps its state in the views' classes, so that threads which make
    a document at the same time disturb each other: all but one of them fail.
    """
    document()


class OpenApiView(MonitoringView):
    """The document, for anyone."""

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Answer with the document; behind a proxy it names the stripped prefix."""
        prefix = get_script_prefix().rstrip("/")
        servers = {"servers": [{"url": prefix}]} if prefix else {}
        return self.json({**document(), **servers})


class DocsView(MonitoringView):
    """Swagger UI over the document, for anyone.

    The page holds no script and no style of its own, and loads nothing from
    elsewhere: that is what our Content-Security-Policy allows. drf-spectacular's own
    pages do.
    """

    def get(self, request: HttpRequest) -> HttpResponse:
        """Answer with the page."""
        return render(request, "users_service/docs.html")
