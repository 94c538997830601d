"""Changing a stored clinician: fields, lists and products."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from clinicians import documents
from clinicians.documents import Document
from clinicians.forms import Form
from clinicians.models import SCALARS, Clinician
from clinicians.services import events, members, rules
from clinicians.services.conflicts import refusing_duplicates
from clinicians.services.insertion import as_json
from clinicians.services.locking import Versions, lock_clinician, row_transaction, touch
from clinicians.services.products import change_products, remove_products
from clinicians.services.rules import TempOnly
from roles.callers import Caller
from users_service.api.addresses import validate_address
from users_service.api.invisible import trimmed
from users_service.exceptions import InvalidInput
from users_service.journal.audit import record

Given = Mapping[str, Any]

CHANGED_MEANWHILE = "Somebody else has changed this since the page was opened."


class ChangedMeanwhile(InvalidInput):
    """Fields that were to be changed are no longer as the person saw them."""


@row_transaction
def update_clinician(
    *,
    actor: Caller,
    clinician_id: str,
    given: Given,
    temp_only: TempOnly = TempOnly.NO,
    own_only: bool = False,
    expected: Versions | None = None,
) -> Document:
    """Apply a validated PATCH, announce it, and return the clinician in full.

    `own_only`: the caller may do so only since the clinician is the caller.
    Raises NotFound, PreconditionFailed, InvalidInput, AccessDenied and Conflict.
    """
    clinician = lock_clinician(clinician_id, expected=expected)
    given = _with_names_trimmed(clinician, given)
    _check(clinician, given, actor=actor, temp_only=temp_only)
    changes = _apply(clinician, given, actor)
    if own_only:
        rules.check_own_changes(changes)
    _store_and_announce(clinician, changes, actor)
    return documents.existing(Form.FULL, clinician.pk)


@row_transaction
def edit_clinician(
    *,
    actor: Caller,
    clinician_id: str,
    given: Given,
    removed: Given | None = None,
    shown: Given | None = None,
) -> bool:
    """Apply what staff changed on a page, in one go; returns whether that was anything.

    `given` is as in `update_clinician`, `removed` as in `remove_from_clinician`;
    `shown` are the fields' values that the person saw. What is so already is not
    announced. Raises NotFound, InvalidInput, AccessDenied, Conflict, and
    ChangedMeanwhile for a field that is no longer as it was shown.
    """
    clinician = lock_clinician(clinician_id)
    given = _with_names_trimmed(clinician, given)
    _check_as_shown(clinician, shown or {}, given)
    _check(clinician, given, actor=actor, removed=removed)
    gone = _take_out(clinician, removed or {})
    applied = _apply(clinician, given, actor)
    changes = applied | {
        field: change | applied.get(field, {}) for field, change in gone.items()
    }
    if changes:
        _store_and_announce(clinician, changes, actor)
    return bool(changes)


@row_transaction
def remove_from_clinician(
    *,
    actor: Caller,
    clinician_id: str,
    given: Given,
    own_only: bool = False,
    expected: Versions | None = None,
) -> Document:
    """Take members out of a clinician's lists; those not there are ignored.

    `own_only` is as in `update_clinician`, and so are the errors but Conflict.
    """
    clinician = lock_clinician(clinician_id, expected=expected)
    if "groups" in given:
        rules.check_not_oneself(actor, clinician.pk, "roles")
    changes = _take_out(clinician, _with_names_trimmed(clinician, given))
    if own_only:
        rules.check_own_changes(changes)
    _store_and_announce(clinician, changes, actor)
    return documents.existing(Form.FULL, clinician.pk)


def _with_names_trimmed(clinician: Clinician, given: Given) -> Given:
    """Return what was given with badge and role names trimmed, unless stored so.

    A client may send back, or remove, a name that was stored before names were trimmed.
    """
    changed = dict(given)
    badge = given.get("send_entry_identifier")
    if badge is not None and badge != clinician.send_entry_identifier:
        changed["send_entry_identifier"] = trimmed(badge)
    names = given.get("groups") or ()
    if any(name != trimmed(name) for name in names):
        held = members.present(clinician, "groups")
        changed["groups"] = sorted(
            {name if name in held else trimmed(name) for name in names}
        )
    return changed


def _apply(clinician: Clinician, given: Given, actor: Caller) -> dict[str, Any]:
    """Set fields, add members, change products; return what changed."""
    return {
        **_set_scalars(clinician, given),
        **members.add(clinician, _lists(given)),
        **change_products(clinician, given.get("products") or (), actor=actor),
    }


def _take_out(clinician: Clinician, given: Given) -> dict[str, Any]:
    """Remove members and products; return what changed."""
    return {
        **members.remove(clinician, _lists(given)),
        **remove_products(clinician, given.get("products") or ()),
    }


def _store_and_announce(
    clinician: Clinician, changes: dict[str, Any], actor: Caller
) -> None:
    if changes:
        _store(clinician, changes, actor)
    if "login_active" in changes:
        events.announce_activation(
            clinician.pk, active=clinician.login_active, modified_by=actor.recorded_id
        )
    events.announce_updated(clinician.pk)


def _check(
    clinician: Clinician,
    given: Given,
    *,
    actor: Caller,
    temp_only: TempOnly = TempOnly.NO,
    removed: Given | None = None,
) -> None:
    contract_end = given.get(
        "contract_expiry_eod_date", clinician.contract_expiry_eod_date
    )
    held = members.present(clinician, "groups") if _touches_roles(given) else set()
    if "groups" in given:
        rules.check_roles_known(given["groups"], held=held)
    rules.check_temp_only_update(
        temp_only,
        stays_temporary=clinician.is_temporary and contract_end is not None,
        groups=given.get("groups"),
        held=held,
    )
    if "groups" in given:
        rules.check_not_oneself(actor, clinician.pk, "roles")
        rules.check_system_roles(actor, given["groups"], held=held)
    if given.get("can_edit_ews"):
        rules.check_not_oneself(actor, clinician.pk, "can_edit_ews")
        groups = held | set(given.get("groups", ()))
        groups -= set((removed or {}).get("groups", ()))
        temporary = contract_end is not None
        rules.check_can_edit_ews(actor, groups=groups, temporary=temporary)
    if clinician.is_temporary and contract_end is None:
        rules.check_may_make_permanent(actor)
    _check_email(clinician, given)


def _check_as_shown(clinician: Clinician, shown: Given, given: Given) -> None:
    """Refuse to overwrite what somebody else stored since."""
    stale = [
        name
        for name, value in shown.items()
        if getattr(clinician, name) != given[name]
        and _on_a_page(getattr(clinician, name)) != _on_a_page(value)
    ]
    if stale:
        raise ChangedMeanwhile(errors={name: [CHANGED_MEANWHILE] for name in stale})


def _on_a_page(value: Any) -> Any:
    """Return what a page shows of a value, which is neither null nor line breaks."""
    return (" ".join(value.split()) if isinstance(value, str) else value) or None


def _touches_roles(given: Given) -> bool:
    return "groups" in given or bool(given.get("can_edit_ews"))


def _check_email(clinician: Clinician, given: Given) -> None:
    """Check an address that changes; the stored one may be sent back as it is."""
    address = given.get("email_address")
    if address is None or address == clinician.email_address:
        return
    try:
        validate_address(address)
    except ValidationError as error:
        raise InvalidInput(errors={"email_address": error.messages}) from None


def _set_scalars(clinician: Clinician, given: Given) -> dict[str, Any]:
    """Set what differs on the instance; return `{field: [old, new]}`."""
    changes: dict[str, Any] = {}
    for name in SCALARS:
        if name not in given or given[name] == getattr(clinician, name):
            continue
        changes[name] = [as_json(getattr(clinician, name)), as_json(given[name])]
        setattr(clinician, name, given[name])
    return changes


def _store(clinician: Clinician, changes: dict[str, Any], actor: Caller) -> None:
    scalars = [name for name in changes if name in SCALARS]
    if "email_address" in changes:
        item = {"email_address": clinician.email_address}
        with refusing_duplicates([item], "update user"):
            touch(clinician, actor=actor, fields=scalars)
    else:
        touch(clinician, actor=actor, fields=scalars)
    record(
        actor=actor,
        action="clinician.changed",
        clinician_id=clinician.pk,
        changes=changes,
    )


def _lists(given: Given) -> dict[str, list[str]]:
    return {name: given[name] for name in members.MEMBERS if name in given}
