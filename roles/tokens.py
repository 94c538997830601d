"""Bearer tokens: the one place that decides which are believed.

The rules are the token contract's. Every refusal is an AccessDenied whose cause goes
to the log: fixed words, nothing out of the token.
"""

import math
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import jwt
from django.conf import settings
from django.core.signals import setting_changed

from roles.callers import Caller
from roles.claims import caller_from_claims
from roles.issuers import Issuer, StrictBackend, trusted_issuers
from roles.jwks import KeySet
from users_service.exceptions import AccessDenied

REFUSED_HEADERS = frozenset({"jku", "x5u", "jwk", "crit"})
"""Headers that bring their own key, or demand what this service does not know."""

_CAUSES: dict[type[jwt.PyJWTError], str] = {
    jwt.InvalidKeyError: "token: unknown key id",
    jwt.InvalidAudienceError: "token: wrong audience",
    jwt.MissingRequiredClaimError: "token: exp, iss or aud is missing",
}


class _Believed(NamedTuple):
    """What a token with a good signature says."""

    caller: Caller
    expires: float
    not_before: float


def read_token(token: str) -> Caller:
    """Check a bearer token and return who calls.

    Raises AccessDenied for every fault of the token, and Unavailable where the
    issuer's keys cannot be fetched. Asks no database.
    """
    believed = _believed(token, KeySet.fetches)
    now = time.time()
    if believed.expires <= now:
        raise AccessDenied("token: expired")
    if believed.not_before > now + settings.JWT_LEEWAY:
        raise AccessDenied("token: not valid yet")
    return believed.caller


@lru_cache(maxsize=1024)
def _believed(token: str, _fetches: int) -> _Believed:
    """Check all of a token that no time changes.

    Services send one token for hours, and to check it takes longer than many an answer.
    A refusal is not kept; what is, is checked anew when keys have been fetched.
    """
    header, claimed = _unverified(token)
    issuer = _issuer(claimed.get("iss"))
    if REFUSED_HEADERS & header.keys():
        raise AccessDenied("token: a header that is refused")
    claims = _verified(token, _backends(issuer, header.get("alg")))
    if "iat" in claims:
        _number(claims, "iat")
    return _Believed(
        caller_from_claims(
            claims,
            details_claim=issuer.details_claim,
            scopes_claim=issuer.scopes_claim,
        ),
        expires=_number(claims, "exp"),
        not_before=_number(claims, "nbf") if "nbf" in claims else 0,
    )


def _forget(**kwargs: object) -> None:
    del kwargs
    _believed.cache_clear()


setting_changed.connect(_forget)  # sent by tests only


def _unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        parts = jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError):  # ValueError: not even encodable
        raise AccessDenied("token: unreadable") from None
    return parts["header"], parts["payload"]


def _issuer(name: object) -> Issuer:
    issuer = trusted_issuers().get(name) if isinstance(name, str) else None
    if issuer is None:
        raise AccessDenied("token: issuer is not trusted")
    return issuer


def _backends(issuer: Issuer, algorithm: object) -> Sequence[StrictBackend]:
    if not isinstance(algorithm, str) or algorithm not in issuer.backends:
        raise AccessDenied("token: algorithm is not this issuer's")
    return issuer.backends[algorithm]


def _verified(token: str, backends: Sequence[StrictBackend]) -> dict[str, Any]:
    for backend in backends:
        try:
            return backend.decode(token)
        except jwt.InvalidSignatureError:
            continue  # while a key is being changed, the other one may fit
        except jwt.PyJWTError as error:
            raise AccessDenied(_CAUSES.get(type(error), "token: invalid")) from None
    raise AccessDenied("token: signature does not verify")


def _number(claims: Mapping[str, Any], name: str) -> int | float:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise AccessDenied(f"token: {name} is no number")
    # JSON as Python reads it has NaN and infinities, which no comparison refuses.
    if isinstance(value, float) and not math.isfinite(value):
        raise AccessDenied(f"token: {name} is no number")
    return value
