"""How far somebody has got with logging in to the admin."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from users_service.second_factor.devices import has_device


def has_password(request: HttpRequest) -> bool:
    """Return whether staff are logged in, with their password at least."""
    return request.user.is_active and request.user.is_staff


def is_missing(request: HttpRequest) -> bool:
    """Return whether the account needs a second factor that it has not shown yet.

    For those who are logged in with their password.
    """
    user: Any = request.user
    if user.is_verified():
        return False
    return settings.STAFF_SECOND_FACTOR or is_set_up(request)


def is_set_up(request: HttpRequest) -> bool:
    """Return whether the account has a device; asks the database once a request."""
    user: Any = request.user
    if not hasattr(user, "is_enrolled"):
        user.is_enrolled = bool(has_device([user.pk]))
    return bool(user.is_enrolled)
