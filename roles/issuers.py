"""The issuers that are trusted, each with its own keys, audience and algorithms."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from rest_framework_simplejwt.backends import TokenBackend

from roles.jwks import KeySet

HMAC_ALGORITHMS = ("HS256", "HS384", "HS512")
RSA_ALGORITHMS = ("RS256", "RS384", "RS512")
_PEM_PUBLIC_KEYS = ("-----BEGIN PUBLIC KEY-----", "-----BEGIN RSA PUBLIC KEY-----")


class StrictBackend(TokenBackend):
    """Verifies tokens of one issuer in one algorithm.

    simplejwt's own takes a token without exp, applies one leeway to exp and nbf
    alike, and refuses an iat in the future, which the contract lets pass. Times are
    checked by `roles.tokens`.
    """

    key_set: KeySet | None = None

    def get_verifying_key(self, token: Any) -> Any:
        """Return the key for this token; with a JWKS, the one that its kid names."""
        if self.key_set is None:
            return super().get_verifying_key(token)
        kid = jwt.get_unverified_header(token).get("kid")
        key = self.key_set.key(kid) if kid is not None else None
        if key is None:
            raise jwt.InvalidKeyError("no such key id")
        return key

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        """Return the claims, signature, issuer and audience checked.

        Raises jwt.PyJWTError, and Unavailable for want of keys.
        """
        return jwt.decode(
            token,
            self.get_verifying_key(token),
            algorithms=[self.algorithm],
            audience=self.audience,
            issuer=self.issuer,
            options={
                "verify_signature": verify,
                "require": ["exp", "iss", "aud"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "verify_sub": False,
                "verify_jti": False,
            },
        )


@dataclass(frozen=True, slots=True)
class Issuer:
    """One row of the contract's table of trusted issuers.

    `backends` maps each allowed algorithm to one backend per key.
    """

    name: str
    backends: Mapping[str, tuple[StrictBackend, ...]]
    details_claim: str = "metadata"
    scopes_claim: str = "scope"


_making = threading.Lock()


def trusted_issuers() -> Mapping[str, Issuer]:
    """Return the trusted issuers by their `iss`, made from the settings once.

    Once for all threads: each set of keys has a cool-down of its own.

    Raises ImproperlyConfigured for a key that nothing can be checked with.
    """
    with _making:
        return _trusted_issuers()


@cache
def _trusted_issuers() -> Mapping[str, Issuer]:
    issuers: dict[str, Issuer] = {}
    for issuer in (*_platform(), *_database_scripts(), *_auth0()):
        if issuer.name in issuers:
            raise ImproperlyConfigured(
                f"Two trusted issuers are called {issuer.name}: PROXY_URL, "
                "AUTH0_CUSTOM_DOMAIN and AUTH0_DOMAIN must differ."
            )
        issuers[issuer.name] = issuer
    return issuers


def _forget(**kwargs: object) -> None:
    del kwargs
    _trusted_issuers.cache_clear()


setting_changed.connect(_forget)  # sent by tests only


def platform_issuer() -> str:
    """Return the platform's `iss`, which is its audience as well; "" when unset."""
    return f"{settings.PROXY_URL.rstrip('/')}/" if settings.PROXY_URL else ""


def is_public_key(key: str) -> bool:
    """Whether tokens are checked with this key but cannot be signed with it."""
    return key.strip().startswith(_PEM_PUBLIC_KEYS)


def _platform() -> Iterator[Issuer]:
    name = platform_issuer()
    keys = [
        (variable, key)
        for variable in ("HS_KEY", "HS_KEY_PREVIOUS")
        if (key := getattr(settings, variable))
    ]
    if name and keys:
        yield Issuer(name, _backends(name, name, keys))


def _database_scripts() -> Iterator[Issuer]:
    name, key = settings.AUTH0_CUSTOM_DOMAIN, settings.AUTH0_HS_KEY
    audience = platform_issuer()
    if name and key and audience:
        if is_public_key(key):
            raise _unusable("AUTH0_HS_KEY")
        yield Issuer(name, _backends(name, audience, [("AUTH0_HS_KEY", key)]))


def _auth0() -> Iterator[Issuer]:
    name, audience = settings.AUTH0_DOMAIN, settings.AUTH0_AUDIENCE
    if not (name and audience):
        return
    backend = StrictBackend("RS256", audience=audience, issuer=name)
    try:
        backend.key_set = KeySet(
            settings.AUTH0_JWKS_URL, settings.JWKS_COOLDOWN_SECONDS
        )
    except jwt.PyJWKClientError:
        raise _unusable("AUTH0_JWKS_URL") from None
    yield Issuer(
        name,
        {"RS256": (backend,)},
        details_claim=settings.AUTH0_METADATA,
        scopes_claim=settings.AUTH0_SCOPE_KEY,
    )


def _backends(
    issuer: str, audience: str, keys: list[tuple[str, str]]
) -> dict[str, tuple[StrictBackend, ...]]:
    backends: dict[str, tuple[StrictBackend, ...]] = {}
    for variable, key in keys:
        for algorithm in RSA_ALGORITHMS if is_public_key(key) else HMAC_ALGORITHMS:
            backend = StrictBackend(
                algorithm, key, key, audience=audience, issuer=issuer
            )
            try:
                _ = backend.prepared_verifying_key
            except (jwt.InvalidKeyError, TypeError):
                raise _unusable(variable) from None
            backends[algorithm] = (*backends.get(algorithm, ()), backend)
    return backends


def _unusable(variable: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"{variable} cannot be used to check tokens: see the table of variables."
    )
