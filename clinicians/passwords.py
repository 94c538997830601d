"""Clinicians' passwords: made, checked, and checked in the same time whatever happens.

Hashing takes tens of milliseconds of a core: call these outside transactions.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.hashers import get_hasher, make_password
from django.utils.crypto import get_random_string

from clinicians.hashers import LEGACY_PREFIX, PolarisScryptPasswordHasher
from users_service.exceptions import Unavailable

MAX_LENGTH = 1024
"""A longer password is refused before it is hashed."""


WAIT_SECONDS = 10
"""How long a password waits for its turn before the caller is sent away."""


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
    Raises Unavailable when too many others are being checked.
    """
    with _turn():
        return _check(password, encoded, legacy_in_use=legacy_in_use)


def warm_up() -> None:
    """Make now what the first password checked would wait for, and so stand out."""
    _line()
    _places()
    _modern_decoy()
    _legacy_decoy()


@contextmanager
def in_line() -> Iterator[None]:
    """Stand in line for a password to be checked or made, with all that goes with it.

    Whoever waits holds one of the process's threads: so the line is shorter than
    there are threads, and other routes find one. Raises Unavailable when it is full.
    """
    line = _line()
    if not line.acquire(blocking=False):
        raise _too_many()
    try:
        yield
    finally:
        line.release()


def make(password: str) -> str:
    """Return the stored text for a new password. Raises Unavailable."""
    with _turn():
        return make_password(password)


def _check(password: str, encoded: str | None, *, legacy_in_use: bool) -> Verdict:
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


@contextmanager
def _turn() -> Iterator[None]:
    """Wait for one of the process's few places: hashing takes a whole core."""
    places = _places()
    if not places.acquire(timeout=WAIT_SECONDS):
        raise _too_many()
    try:
        yield
    finally:
        places.release()


def _too_many() -> Unavailable:
    return Unavailable("Too many passwords are being checked", retry_after=1)


@cache
def _line() -> BoundedSemaphore:
    return BoundedSemaphore(settings.LOGINS_IN_LINE)


@cache
def _places() -> BoundedSemaphore:
    return BoundedSemaphore(settings.HASHES_AT_ONCE)


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
