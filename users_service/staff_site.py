"""The admin as a site: its names, its first page and its login page."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse

from users_service.overview.page import overview
from users_service.second_factor.site import SecondFactorSite

LOCKED_PAGE = "users_service/staff_locked.html"


class StaffSite(SecondFactorSite):
    """The admin, whose login page tells a locked account that it is.

    Stands in the place of axes' middleware, through which every request would pass.
    """

    site_header = site_title = "Clinician user store"
    index_title = "Overview"
    site_url = None

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Answer the overview, above Django's list of what there is."""
        context = overview(request.user)
        return super().index(request, {**context, **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Return what there is in the menu; Django's accounts by what they are here."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            if app["app_label"] == "auth":
                app["name"] = "Staff"
        return apps

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the login page; to a locked account, a page that says so."""
        response = super().login(request, extra_context)
        if not getattr(request, "axes_locked_out", False):
            return response
        context = self.each_context(request)
        return render(
            request, LOCKED_PAGE, context, status=HTTPStatus.TOO_MANY_REQUESTS
        )
