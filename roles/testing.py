"""Tokens for tests of any app. Nothing in production imports this."""

import json
from collections.abc import Iterable
from typing import Any

import jwt
from django.conf import settings

FAR_FUTURE = 9999999999
"""What real minters put into `exp`."""


def token_for(
    scopes: str | Iterable[str] = (),
    *,
    clinician_id: str | None = None,
    system_id: str | None = None,
    key: Any = None,
    algorithm: str = "HS256",
    headers: dict[str, Any] | None = None,
    **claims: Any,
) -> str:
    """Make a token of the platform's issuer, or a faulty one.

    `claims` replace those of a good token; a claim that is `...` is left out.
    """
    issuer = f"{settings.PROXY_URL.rstrip('/')}/"
    ids = {"clinician_id": clinician_id, "system_id": system_id}
    payload = {
        "iss": issuer,
        "aud": issuer,
        "exp": FAR_FUTURE,
        "metadata": {name: value for name, value in ids.items() if value is not None},
        "scope": scopes if isinstance(scopes, str) else " ".join(scopes),
    } | claims
    given = {name: value for name, value in payload.items() if value is not ...}
    return jwt.PyJWS().encode(  # jwt.encode() would refuse some of the faults
        json.dumps(given).encode(),
        settings.HS_KEY if key is None else key,
        algorithm=algorithm,
        headers=headers,
    )


def bearer(token: str) -> dict[str, Any]:
    """Return what Django's test client sends the token with: `**bearer(token)`."""
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}
