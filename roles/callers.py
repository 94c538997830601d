from dataclasses import dataclass
from typing import ClassVar

from django.http import HttpRequest

from roles.scopes import Scope

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who acts: the bearer of a valid token, or a member of staff in the admin.

    `kind` says which id `id` is: patient, device, clinician, system, staff or
    unknown. `clinician_id` and `system_id` are what the token carries, whichever
    of its ids came first.
    """

    id: str = UNKNOWN
    kind: str = UNKNOWN
    clinician_id: str | None = None
    system_id: str | None = None
    scopes: frozenset[str] = frozenset()
    may_grant_ews: bool = False
    """Whether this is staff who may grant can_edit_ews, as a SEND Administrator may."""

    is_authenticated: ClassVar[bool] = True  # DRF asks this of every user

    @property
    def is_system(self) -> bool:
        """Whether this is a sister service, not a person: the token has a system_id."""
        return self.system_id is not None

    @property
    def recorded_id(self) -> str:
        """The id as created_by and modified_by keep it: 36 characters at most."""
        return self.id[:36]


def staff_caller(user_id: object, *, may_grant_ews: bool = False) -> Caller:
    """The actor that an edit in the admin is recorded under, by its user's key."""
    return Caller(
        id=f"staff:{user_id}",
        kind="staff",
        scopes=frozenset({Scope.WRITE_SEND_CLINICIAN_ALL}),
        may_grant_ews=may_grant_ews,
    )


def acting_staff(request: HttpRequest) -> Caller:
    """The actor of whoever is logged in to the admin."""
    user = request.user
    may_grant_ews = user.has_perm("clinicians.grant_can_edit_ews")
    return staff_caller(user.pk, may_grant_ews=may_grant_ews)


def operator_caller(name: str) -> Caller:
    """The actor of a management command that moves clinicians in: trusted with all."""
    return Caller(id=name, kind="operator")
