"""The rules of the HTTP contract about who may make a clinician what."""

from collections.abc import Collection, Iterable
from datetime import date
from enum import Enum

from clinicians.models import SEND, Clinician
from roles.callers import Caller
from roles.models import Role
from roles.scopes import Scope
from users_service.api.invisible import show_invisible
from users_service.exceptions import AccessDenied, InvalidInput

SYSTEM_ROLES = frozenset({"System", "EPR Service Adapter"})
"""Roles that only a sister service may put somebody into."""

EWS_ROLES = frozenset({"SEND Clinician", "SEND Superclinician"})
EWS_GRANTER = "SEND Administrator"


NOT_ONES_OWN = frozenset(
    {"login_active", "contract_expiry_eod_date", "products", "send_entry_identifier"}
)
"""What a caller who may write only as the clinician in the path cannot change."""


class TempOnly(Enum):
    """Whether a write is confined to temporary clinicians."""

    NO = "no"
    ASKED = "asked"
    """The caller passed temp_only=true."""
    IMPLIED = "implied"
    """The caller holds no other scope for it than write:send_clinician_temp."""


def check_roles_known(groups: Collection[str], *, held: Collection[str] = ()) -> None:
    """Refuse a name that is neither a role nor one that the clinician has already."""
    wanted = set(groups) - set(held)
    known = Role.objects.recognised().filter(name__in=wanted).kept_until_commit()
    if unknown := sorted(wanted - known):
        shown = show_invisible(unknown[0])
        raise InvalidInput(errors={"groups": [f"Unknown role '{shown}'."]})


def check_system_roles(
    actor: Caller, groups: Iterable[str], *, held: Collection[str] = ()
) -> None:
    """Let only a sister service put somebody into its roles."""
    if not actor.is_system and SYSTEM_ROLES & (set(groups) - set(held)):
        raise AccessDenied("only a system may grant a system role")


def check_can_edit_ews(
    actor: Caller, *, groups: Collection[str], temporary: bool
) -> None:
    """Check who gets can_edit_ews, then who grants it."""
    if actor.is_system:
        return
    if not EWS_ROLES & set(groups):
        roles = " or ".join(sorted(EWS_ROLES))
        raise InvalidInput(errors={"can_edit_ews": [f"Only for a {roles}."]})
    if temporary:
        raise InvalidInput(errors={"can_edit_ews": ["Not for temporary clinicians."]})
    if actor.may_grant_ews:
        return
    granters = Clinician.objects.filter(roles=EWS_GRANTER)
    if not granters.filter(pk=actor.clinician_id or "").exists():
        raise AccessDenied(f"only a {EWS_GRANTER} may grant can_edit_ews")


def check_new_badge(
    actor: Caller, *, contract_end: date | None, badge: str | None
) -> None:
    """Check a new clinician of SEND whose contract has no end."""
    if contract_end is not None:
        return
    check_may_make_permanent(actor)
    if not badge:
        raise InvalidInput(
            errors={"send_entry_identifier": ["A permanent clinician needs one."]}
        )


def check_may_make_permanent(actor: Caller) -> None:
    """Let only those with the scope make somebody permanent."""
    if Scope.WRITE_SEND_CLINICIAN_ALL not in actor.scopes:
        raise AccessDenied(f"permanent needs {Scope.WRITE_SEND_CLINICIAN_ALL}")


def check_temp_only_create(
    *, contract_end: date | None, product_names: Iterable[str]
) -> None:
    """Confine a creation to temporary clinicians of SEND."""
    if contract_end is None or any(name != SEND for name in product_names):
        raise AccessDenied("may create temporary clinicians of SEND only")


def check_temp_only_update(
    temp_only: TempOnly,
    *,
    stays_temporary: bool,
    groups: Collection[str] | None,
    held: Collection[str],
) -> None:
    """Confine an update to a clinician who is temporary and stays so, roles apart."""
    if temp_only is TempOnly.NO:
        return
    if not stays_temporary:
        raise AccessDenied("the clinician is not temporary, or would not stay so")
    unchanged = temp_only is TempOnly.IMPLIED and set(groups or ()) <= set(held)
    if groups is not None and not unchanged:
        raise AccessDenied("temp_only may not change roles")


def check_is_temporary(*, is_temporary: bool) -> None:
    """Confine a read to temporary clinicians."""
    if not is_temporary:
        raise AccessDenied("temp_only, but the clinician is permanent")


def check_own_changes(changes: Collection[str]) -> None:
    """Refuse changes that lift or extend one's own access; `changes` are field names.

    Sending the stored values back changes nothing, and is allowed.
    """
    if refused := NOT_ONES_OWN & set(changes):
        raise AccessDenied(f"not for oneself: {', '.join(sorted(refused))}")


def check_not_oneself(actor: Caller, clinician_id: str, what: str) -> None:
    """Refuse a change of one's own `what`."""
    if actor.clinician_id == clinician_id:
        raise AccessDenied(f"nobody changes their own {what}")
