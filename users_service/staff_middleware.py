"""What the pages for staff need of every request, kept away from the API's requests.

Callers of the API have tokens: neither a session nor a cookie nor a user of Django's.
"""

from typing import Any

from django.contrib.auth.middleware import (
    AuthenticationMiddleware as EveryAuthentication,
)
from django.contrib.messages.middleware import MessageMiddleware as EveryMessage
from django.contrib.sessions.middleware import SessionMiddleware as EverySession
from django.http import HttpRequest
from django_otp.middleware import OTPMiddleware as EveryOTP

from users_service.staff_sessions import end_if_idle

STAFF_PAGES = "/admin/"


class StaffPagesOnly:
    """Lets a middleware see nothing but requests for the admin."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        """Answer the request."""
        if request.path_info.startswith(STAFF_PAGES):
            return super().__call__(request)  # type: ignore[misc]
        return self.get_response(request)


class SessionMiddleware(StaffPagesOnly, EverySession):
    """Django's, for the admin; ends idle sessions."""

    def process_request(self, request: HttpRequest) -> None:
        """Give the request its session, unless that has been idle for too long."""
        super().process_request(request)
        end_if_idle(request.session)


class AuthenticationMiddleware(StaffPagesOnly, EveryAuthentication):
    """Django's, for the admin."""


class OTPMiddleware(StaffPagesOnly, EveryOTP):  # type: ignore[misc]
    """django-otp's, for the admin."""


class MessageMiddleware(StaffPagesOnly, EveryMessage):
    """Django's, for the admin."""
