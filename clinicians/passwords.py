"""Clinicians' passwords: made, checked, and checked in the same time whatever happens.

Hashing takes tens of milliseconds of a core: call these outside transactions.
"""

from functools import cache
from typing import NamedTuple

from django.contrib.auth.hashers import get_hasher, make_password
from django.utils.crypto import get_random_string

from clinicians.hashers import LEGACY_PREFIX, PolarisScryptPasswordHasher

MAX_LENGTH = 1024
"""A longer password is refused before it is hashed."""


class Verdict(NamedTuple):
    """Whether a password is right, and the stored text that should replace the old."""

    correct: bool
    replacement: str | None = None


def from_legacy(password_hash: str | None, password_salt: str | None) -> str | None:
    """Return the stored text for a legacy hash and salt; None for none."""
    if password_hash is None or password_salt is None:
        return None
    return PolarisScryptPasswordHasher().stored(password_hash.lower(), password_salt)


def check(password: str, encoded: str | None, *, legacy_in_use: bool) -> Verdict:
    """Check a password against the stored text; None means there is none.

    The cost does not tell the cause of a failure: it is always one Argon2id and, while
    any legacy hash is stored (`legacy_in_use`), one legacy hash, real or decoy.
    """
    sane = len(password) <= MAX_LENGTH
    candidate = password if sane else ""
    is_legacy = (encoded or "").startswith(LEGACY_PREFIX)
    modern = encoded if encoded and not is_legacy else _modern_decoy()
    correct = _verify(candidate, modern) and modern == encoded
    if is_legacy or legacy_in_use:
        legacy = encoded if encoded and is_legacy else _legacy_decoy()
        correct |= _verify(candidate, legacy) and legacy == encoded
    if not (correct and sane and password):
        return Verdict(correct=False)
    return Verdict(correct=True, replacement=_replacement(password, encoded or ""))


def _verify(password: str, encoded: str) -> bool:
    return get_hasher(encoded.split("$", 1)[0]).verify(password, encoded)


def _replacement(password: str, encoded: str) -> str | None:
    hasher = get_hasher(encoded.split("$", 1)[0])
    preferred = get_hasher("default")
    outdated = hasher.algorithm != preferred.algorithm or hasher.must_update(encoded)
    return make_password(password) if outdated else None


@cache
def _modern_decoy() -> str:
    return make_password(get_random_string(32))


@cache
def _legacy_decoy() -> str:
    hasher = PolarisScryptPasswordHasher()
    return hasher.encode(get_random_string(32), hasher.salt())
