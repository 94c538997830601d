"""Logging in."""

import base64
from typing import ClassVar

from django.http import HttpResponseBase
from rest_framework.request import Request

from clinicians.openapi import operations
from clinicians.services.login import log_in, refuse_malformed
from roles.access import scope
from roles.viewsets import ApiViewSet
from users_service.api.responses import JsonText
from users_service.database.fields import TEXT_LENGTH
from users_service.exceptions import InvalidInput

HEADER = "UserAuthorization"
PREFIX = "Bearer "


class LoginViewSet(ApiViewSet):
    """Checks a username and a password for another service."""

    access: ClassVar = {"login": scope("read:gdm_clinician_auth_all")}

    @operations.LOG_IN
    def login(self, request: Request) -> HttpResponseBase:
        """Return who the credentials belong to, and what that person may do."""
        header = request.headers.get(HEADER)
        if header is None:
            raise _invalid("The header is missing.")
        encoded = header.removeprefix(PREFIX)
        if encoded in (header, ""):
            refuse_malformed()
        username, password = _credentials(encoded)
        document = log_in(actor=self.caller, username=username, password=password)
        return JsonText(document.json)


def _credentials(encoded: str) -> tuple[str, str]:
    """Split base64 of `username:password` at the first colon."""
    try:
        raw = base64.b64decode(encoded, validate=True)
        text = raw.decode()
    except ValueError:
        raise _invalid("Must be base64 of UTF-8.") from None
    # Python lets padding that is not needed pass, and bits after the last byte.
    if base64.b64encode(raw).decode() != encoded:
        raise _invalid("Must be base64 of UTF-8.")
    username, colon, password = text.partition(":")
    if not colon:
        raise _invalid("Must be username:password.")
    if len(username) > TEXT_LENGTH:
        raise _invalid(f"The username has more than {TEXT_LENGTH} characters.")
    if "\0" in text:
        raise _invalid("Must not hold a NUL character.")
    return username, password


def _invalid(message: str) -> InvalidInput:
    return InvalidInput(errors={HEADER: [message]})
