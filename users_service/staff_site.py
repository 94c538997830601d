"""The admin as a site: its names, its first page and its login page."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse

from users_service.overview.page import overview
from users_service.second_factor.site import SecondFactorSite
from users_service.staff_next import is_in_admin

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

LOCKED_PAGE = "users_service/staff_locked.html"


class StaffSite(SecondFactorSite):
    """The admin, whose login page tells a locked account that it is.

    Stands in the place of axes' middleware, through which every request would pass.
    """

    site_header = site_title = "Clinician user store"
    index_title = "Overview"
    site_url = None

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Return a view that is for staff, and that no browser keeps.

        Django would let it keep the pages for the own password.
        """
        del cacheable
        return super().admin_view(view)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Return the addresses of the admin, less Django's way to a public site.

        There is no such site, and to see that a long path is not that way takes time
        that grows with its square, before anybody has logged in.
        """
        return [
            each
            for each in super().get_urls()
            if getattr(each, "name", None) != "view_on_site"
        ]

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
        if isinstance(response, HttpResponseRedirect) and not is_in_admin(response.url):
            return HttpResponseRedirect(reverse("admin:index"))
        if not getattr(request, "axes_locked_out", False):
            return response
        context = self.each_context(request)
        return render(
            request, LOCKED_PAGE, context, status=HTTPStatus.TOO_MANY_REQUESTS
        )
