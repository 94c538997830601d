"""Making tokens of the platform's issuer, for development and tests."""

import time
from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from roles.issuers import is_public_key, platform_issuer, trusted_issuers


def mint_token(
    *, details: Mapping[str, str], scopes: Iterable[str], lifetime: timedelta
) -> str:
    """Sign a token that carries the caller's details, such as a `clinician_id`.

    Raises ImproperlyConfigured where this service has no key that can sign.
    """
    if not (settings.HS_KEY and settings.PROXY_URL) or is_public_key(settings.HS_KEY):
        raise ImproperlyConfigured(
            "Tokens are signed with HS_KEY, a secret key, in the name of PROXY_URL: "
            "one is not set, or HS_KEY is a public key, which can only check them."
        )
    backend = trusted_issuers()[platform_issuer()].backends["HS256"][0]
    return backend.encode(
        {
            "exp": int(time.time() + lifetime.total_seconds()),
            "metadata": dict(details),
            "scope": " ".join(scopes),
        }
    )
