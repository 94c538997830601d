"""The public keys of an issuer, fetched from its JWKS URL."""

import threading
import time
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWKClient
from jwt.algorithms import RSAAlgorithm
from jwt.exceptions import InvalidKeyError, PyJWKClientError

from users_service.exceptions import Unavailable

TIMEOUT_SECONDS = 5


class KeySet:
    """RSA keys by their id, cached for as long as the process runs.

    An unknown id makes it fetch the set again, at most once in `cooldown` seconds
    whether that succeeded or not, and in one thread at a time. A failed fetch
    leaves the known keys in use.
    """

    fetches = 0
    """How often any set's keys have been replaced; another number, other keys."""

    def __init__(self, url: str, cooldown: float) -> None:
        # Only its fetching is used (no redirects, http and https only): its cache
        # lets every failed fetch be followed by another.
        self._client = PyJWKClient(url, cache_jwk_set=False, timeout=TIMEOUT_SECONDS)
        self._cooldown = cooldown
        self._keys: dict[str, RSAPublicKey] = {}
        self._lock = threading.Lock()
        self._next_fetch = 0.0
        self._reachable = True

    def key(self, kid: str) -> RSAPublicKey | None:
        """Return the key of that id; None when the issuer has none.

        Raises Unavailable when the issuer cannot be asked.
        """
        key = self._keys.get(kid)
        if key is None:
            self._fetch_for(kid)
            key = self._keys.get(kid)
        if key is None and not self._reachable:
            raise self._unavailable()
        return key

    def _fetch_for(self, kid: str) -> None:
        if not self._lock.acquire(timeout=TIMEOUT_SECONDS):
            raise self._unavailable()
        try:  # another thread may have fetched it meanwhile
            if kid not in self._keys and time.monotonic() >= self._next_fetch:
                self._fetch()
        finally:
            self._lock.release()

    def _fetch(self) -> None:
        try:
            self._keys = rsa_keys(self._client.fetch_data())
            KeySet.fetches += 1
            self._reachable = True
        except (PyJWKClientError, OSError, ValueError):
            self._reachable = False
        self._next_fetch = time.monotonic() + self._cooldown

    def _unavailable(self) -> Unavailable:
        wait = max(1, round(self._next_fetch - time.monotonic()))
        return Unavailable("The token's issuer cannot be asked for its keys", wait)


def rsa_keys(document: Mapping[str, Any]) -> dict[str, RSAPublicKey]:
    """Pick the RSA signature keys out of a JWKS document, by id.

    Raises ValueError when it holds none: a broken answer must not replace good keys.
    """
    entries = document.get("keys")
    if not isinstance(entries, list):
        entries = []
    found = ((each["kid"], _rsa_key(each)) for each in entries if _is_for_us(each))
    keys = {kid: key for kid, key in found if key is not None}
    if not keys:
        raise ValueError("no RSA signature key in the JWKS document")
    return keys


def _is_for_us(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and entry.get("kty") == "RSA"
        and entry.get("use", "sig") == "sig"
        and isinstance(entry.get("kid"), str)
    )


def _rsa_key(entry: dict[str, Any]) -> RSAPublicKey | None:
    try:
        key = RSAAlgorithm.from_jwk(entry)
    except (InvalidKeyError, AttributeError, KeyError, TypeError, ValueError):
        return None  # one malformed entry does not spoil the others
    return key if isinstance(key, RSAPublicKey) else None
