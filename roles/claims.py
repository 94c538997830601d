"""From the claims of a verified token to a `Caller`."""

from collections.abc import Mapping
from typing import Any

from roles.callers import UNKNOWN, Caller
from users_service.exceptions import AccessDenied

KINDS = ("patient", "device", "clinician", "system")
"""Whose id a token may carry, in the order in which they count as the caller's."""


def caller_from_claims(
    claims: Mapping[str, Any], *, details_claim: str, scopes_claim: str
) -> Caller:
    """Read who calls, with which scopes.

    Raises AccessDenied where a claim has not the type that it must have. What else
    the details hold is ignored.
    """
    details = claims.get(details_claim, {})
    if not isinstance(details, dict):
        raise AccessDenied("token: caller's details are no object")
    ids = {kind: _id(details, kind) for kind in KINDS}
    kind = next((kind for kind in KINDS if ids[kind]), UNKNOWN)
    return Caller(
        id=ids.get(kind) or UNKNOWN,
        kind=kind,
        clinician_id=ids["clinician"],
        system_id=ids["system"],
        scopes=_scopes(claims.get(scopes_claim, "")),
    )


def _id(details: Mapping[str, Any], kind: str) -> str | None:
    value = details.get(f"{kind}_id", "")
    if not isinstance(value, str):
        raise AccessDenied("token: caller's id is no string")
    if "\0" in value or not _is_unicode(value):
        raise AccessDenied("token: caller's id holds a NUL or a lone surrogate")
    return value or None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _scopes(value: object) -> frozenset[str]:
    if not isinstance(value, str):
        raise AccessDenied("token: scopes are no string")
    return frozenset(value.split(" ")) - {""}
