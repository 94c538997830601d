"""System checks of the settings: what runs, but should not stay as it is.

Django prints them at every command, and the server logs them when it starts.
"""

from typing import Any

from django.conf import settings
from django.core import checks

START = "start"
HS_KEY_BYTES = 32

SHORT_HS_KEY = checks.Warning(
    f"HS_KEY is shorter than {HS_KEY_BYTES} bytes: its tokens can be forged.",
    hint=(
        "Change it together with the services that share it; HS_KEY_PREVIOUS keeps "
        "the old one valid meanwhile."
    ),
    id="users_service.W001",
)
NO_SECRET_KEY = checks.Warning(
    "SECRET_KEY is not set: the API runs, /admin is off.",
    hint="Set it to a random text of 50 characters or more.",
    id="users_service.W002",
)
VALIDATION_UNWANTED = checks.Warning(
    "IGNORE_JWT_VALIDATION is set, and ignored: tokens are always checked.",
    hint="Remove it; `manage.py issue_token` makes tokens for development.",
    id="users_service.W003",
)


@checks.register(START, checks.Tags.security)
def check_start(*_args: Any, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Return a warning for each setting that somebody should put right."""
    found: list[checks.CheckMessage] = []
    if settings.IS_PRODUCTION and len(settings.HS_KEY.encode()) < HS_KEY_BYTES:
        found.append(SHORT_HS_KEY)
    if settings.IS_PRODUCTION and not settings.SECRET_KEY_IS_SET:
        found.append(NO_SECRET_KEY)
    if settings.JWT_VALIDATION_UNWANTED:
        found.append(VALIDATION_UNWANTED)
    return found
