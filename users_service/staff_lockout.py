"""Locking out who guesses a staff password: django-axes, by username alone.

Staff share the proxy's address, so that address says nothing. What axes stores and logs
of an attempt is a keyed hash of the username, a time and a count (rule: no personal
data in logs); the API never comes here.
"""

from collections.abc import Mapping
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.http import HttpRequest

from users_service.journal.audit import keyed_hash


class StaffLockoutHandler(AxesDatabaseHandler):  # type: ignore[misc]
    """Keeps of a failed login what counts, and nothing of whoever made it."""

    def user_login_failed(
        self,
        sender: Any,
        credentials: Mapping[str, Any],
        request: HttpRequest | None = None,
        **kwargs: Any,
    ) -> None:
        """Count the failure, on a copy of the request without what was sent."""
        if request is None:
            return
        bare = _bare(request)
        super().user_login_failed(sender, credentials, bare, **kwargs)
        setattr(request, "axes_locked_out", bare.axes_locked_out)  # noqa: B010


def username_hash(
    request: HttpRequest | None, credentials: Mapping[str, Any] | None
) -> str:
    """Return what axes knows an account by."""
    del request
    return account_key(str((credentials or {}).get("username") or ""))


def account_key(username: str) -> str:
    """Return the key of a staff account's attempts."""
    return keyed_hash(f"staff:{username}")


def client_text(*_: Any) -> str:
    """Return what axes' log lines call whoever logs in.

    Nothing that tells accounts apart: of a success, axes passes the name itself.
    """
    return "a staff account"


def no_address(request: HttpRequest) -> None:
    """Return no address: axes need not store it."""
    del request


def unlock_staff(username: str) -> bool:
    """Forget an account's failed logins; returns whether there were any."""
    attempts = AccessAttempt.objects.filter(username=account_key(username))
    return bool(attempts.delete()[0])


def _bare(request: HttpRequest) -> Any:
    """Return a request that axes can take everything from, and finds nothing in."""
    bare: Any = HttpRequest()
    for name, value in vars(request).items():
        if name.startswith("axes_"):
            setattr(bare, name, value)
    bare.axes_user_agent = bare.axes_http_accept = bare.axes_path_info = ""
    return bare
