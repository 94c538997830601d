"""The admin as a site that wants more than a password."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path, reverse

from users_service.second_factor.pages import CodePage, SetUpPage
from users_service.second_factor.state import has_password, is_missing


class SecondFactorSite(AdminSite):
    """An admin whose pages are closed until the second factor was shown as well.

    Everybody is asked for it where STAFF_SECOND_FACTOR is set; elsewhere whoever has
    set one up.
    """

    def has_permission(self, request: HttpRequest) -> bool:
        """Return whether staff are logged in, with all that they need."""
        return super().has_permission(request) and not is_missing(request)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Return the addresses of the pages for the second factor, and Django's."""
        return [
            path("second-factor/", CodePage.as_view(), name="second_factor"),
            path(
                "second-factor/set-up/",
                SetUpPage.as_view(),
                name="second_factor_set_up",
            ),
            # Before Django's, which only those can use who have been let in.
            path("logout/", self.logout),
            *super().get_urls(),
        ]

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the login page; lead on those who lack but the second factor."""
        waits = has_password(request) and is_missing(request)
        if request.method == "GET" and waits:
            query = urlencode({REDIRECT_FIELD_NAME: request.GET.get("next", "")})
            page = reverse("admin:second_factor", current_app=self.name)
            return HttpResponseRedirect(f"{page}?{query}")
        return super().login(request, extra_context)
