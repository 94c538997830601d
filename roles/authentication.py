from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from roles.callers import Caller
from roles.tokens import read_token
from users_service.exceptions import NotAuthenticated

_SCHEME = "Bearer "


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <JWT>` → a `Caller` as the request's user."""

    def authenticate(self, request: Request) -> tuple[Caller, None]:
        """Read the token that the request carries.

        Raises NotAuthenticated where there is none (the scheme is exact; all that
        follows it is the token), and what `read_token` raises.
        """
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header.startswith(_SCHEME):
            raise NotAuthenticated
        return read_token(header.removeprefix(_SCHEME)), None
