"""The admin as a site: its login page and, for now, nothing else of its own."""

from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

LOCKED_PAGE = "users_service/staff_locked.html"


class StaffSite(admin.AdminSite):
    """The admin, whose login page tells a locked account that it is.

    Stands in the place of axes' middleware, through which every request would pass.
    """

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
