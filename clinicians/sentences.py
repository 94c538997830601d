"""The audit trail in plain sentences, for staff; what is unknown by its names."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.utils.formats import date_format

from clinicians.models import SCALARS, Clinician
from users_service.journal.maintenance import BLANK
from users_service.journal.models import AuditEntry
from users_service.pages.isolation import isolated

Changes = Mapping[str, Any]

LABELS = {
    field.name: str(field.verbose_name).capitalize()
    for field in Clinician._meta.fields
    if field.name in SCALARS
} | {
    "email_address": "E-mail address",
    "nhs_smartcard_number": "NHS smartcard number",
    "can_edit_ews": "Can edit EWS",
}
MEMBERS = {
    "groups": "",
    "locations": "Location ",
    "bookmarks": "Bookmark of location ",
    "bookmarked_patients": "Bookmark of patient ",
}
"""List to what goes before the name of a member; a role's name says enough."""

DAY, DIGITS = len("2026-01-31"), 9
MANY = 5
"""Of more members, their number is told."""

SUMMARY = ("email_address", "send_entry_identifier", "contract_expiry_eod_date")
"""What is told of somebody new, besides roles and products."""


class Told(NamedTuple):
    """An entry as somebody would tell it."""

    entry: AuditEntry
    when: datetime
    who: str
    what: list[str]


def told(entries: Iterable[AuditEntry]) -> list[Told]:
    """Return the entries told, in their order; two statements name who did it all."""
    found = list(entries)
    names = names_of({each.actor for each in found})
    return [
        Told(each, each.created, _who(each, names), sentences_of(each))
        for each in found
    ]


def sentences_of(entry: AuditEntry) -> list[str]:
    """Return what an entry says, a sentence per change."""
    changes = entry.changes if isinstance(entry.changes, dict) else {}
    tell = TELLERS.get(entry.action, _changed)
    head = HEADS.get(entry.action, None if entry.action in TELLERS else entry.action)
    sentences = [head] if head else []
    return [*sentences, *(tell(changes) if tell else ())] or ["Nothing was changed"]


def rows_of(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """Return name, old and new value of all that an entry holds."""
    changes = entry.changes if isinstance(entry.changes, dict) else {}
    return [(_label(name), *_sides(change)) for name, change in changes.items()]


def _sides(change: Any) -> tuple[str, str]:
    if isinstance(change, list) and len(change) == 2:  # noqa: PLR2004
        return _shown(change[0]), _shown(change[1])
    if isinstance(change, dict) and set(change) <= {"added", "removed"}:
        return _shown(change.get("removed", "")), _shown(change.get("added", ""))
    return "", _shown(change)


def _label(name: str) -> str:
    return LABELS.get(name, name.replace("_", " ").capitalize())


def names_of(ids: Iterable[str]) -> dict[str, str]:
    """Return the names of those of these actors who have one, in two statements."""
    ids = set(ids)
    numbers = {each.removeprefix("staff:") for each in ids if each.startswith("staff:")}
    keys = [each for each in numbers if each.isdecimal() and len(each) <= DIGITS]
    users = get_user_model().objects.filter(pk__in=keys)
    names = {
        f"staff:{user.pk}": isolated(user.get_full_name() or user.get_username())
        for user in users
    }
    people = Clinician.objects.filter(pk__in=ids)
    for pk, first, last in people.values_list("pk", "first_name", "last_name"):
        names[pk] = " ".join(isolated(each) for each in (first, last) if each) or pk
    return names


def _who(entry: AuditEntry, names: Mapping[str, str]) -> str:
    actor, is_staff = entry.actor, entry.actor_kind == "staff"
    if actor in names and actor.startswith("staff:") == is_staff:
        return names[actor]
    return (
        "a former member of staff"
        if is_staff
        else KINDS.get(entry.actor_kind, "{}").format(isolated(actor))
    )


KINDS = {
    "system": "the system {}",
    "operator": "{}, by a command",
    "patient": "the patient {}",
    "device": "the device {}",
    "clinician": "the clinician {}",
    "unknown": "somebody unknown",
}


def _changed(changes: Changes) -> list[str]:
    return [sentence for each in changes.items() for sentence in _of_field(*each)]


def _of_field(name: str, change: Any) -> list[str]:
    """Return what happened to one field or list."""
    label = _label(name)
    if change == BLANK:
        return [f"{label}: erased"]
    if name in MEMBERS and isinstance(change, dict):
        return _of_members(name, change)
    if name in ("products", "terms_agreements") and isinstance(change, dict):
        return _of_parts(name, change)
    if isinstance(change, list) and len(change) == 2:  # noqa: PLR2004
        return [_of_value(name, label, *change)]
    return [f"{label}: {_shown(change)}"]


def _of_value(name: str, label: str, old: Any, new: Any) -> str:
    if name == "login_active":
        return "Login activated" if new else "Login deactivated"
    if new in (None, ""):
        return f"{label} removed (was {_shown(old)})"
    if old in (None, ""):
        return f"{label} set to {_shown(new)}"
    return f"{label} changed from {_shown(old)} to {_shown(new)}"


def _of_members(name: str, change: Changes) -> list[str]:
    before = MEMBERS[name]
    told = []
    for verb, members in change.items():
        if not isinstance(members, list):
            told.append(f"{before}{_shown(members)} {verb}")
        elif len(members) > MANY:
            what = (before or "Role ").strip().partition(" ")[0].lower()
            told.append(f"{len(members)} {what}s {verb}")
        else:
            told += [f"{before}{isolated(str(each))} {verb}" for each in members]
    return told


def _of_parts(name: str, change: Changes) -> list[str]:
    return [
        _of_part(name, verb, part)
        for verb, parts in change.items()
        if isinstance(parts, list)
        for part in parts
        if isinstance(part, dict)
    ]


def _of_part(name: str, verb: str, part: Changes) -> str:
    called = _shown(part.get("product_name"))
    if name == "terms_agreements":
        return f"Agreed to the terms of {called}, version {_shown(part.get('version'))}"
    if verb == "removed":
        return f"Product {called} removed"
    if verb == "added":
        closed = part.get("closed_date")
        until = f", closed on {_shown(closed)}" if closed else ""
        return f"Product {called} opened on {_shown(part.get('opened_date'))}{until}"
    changes = part.get("changes")
    return _of_changed_product(called, changes if isinstance(changes, dict) else {})


def _of_changed_product(called: str, changes: Changes) -> str:
    closed = changes.get("closed_date")
    if isinstance(closed, list) and any(closed[-1:]):
        reason = changes.get("closed_reason")
        because = (
            f" ({_shown(reason[-1])})"
            if isinstance(reason, list) and any(reason[-1:])
            else ""
        )
        return f"Product {called} closed on {_shown(closed[-1])}{because}"
    if isinstance(closed, list):
        return f"Product {called} opened again"
    return f"Product {called}: {'; '.join(_changed(changes))}"


def _created(changes: Changes) -> list[str]:
    """Return what matters about somebody new."""
    told = [
        sentence
        for name in ("groups", "products", *SUMMARY)
        if changes.get(name) not in (None, [None, None])
        for sentence in _of_field(name, changes[name])
    ]
    if changes.get("password"):
        told.append("Password brought along")
    return told


def _failed(changes: Changes) -> list[str]:
    reason = changes.get("reason")
    return [f"Login failed: {_shown(reason)}"] if reason else ["Login failed"]


def _unlocked(changes: Changes) -> list[str]:
    failures = changes.get("failures")
    if isinstance(failures, list) and failures:
        return [f"Unlocked after {_shown(failures[0])} failed logins"]
    return ["Unlocked"]


def _of_role(changes: Changes) -> list[str]:
    told = []
    for name, change in changes.items():
        if name == "permissions" and isinstance(change, dict):
            for verb in ("added", "removed"):
                members = change.get(verb)
                named = members if isinstance(members, list) else []
                told += [f"Permission {isolated(str(each))} {verb}" for each in named]
        elif name == "recognised" and isinstance(change, list) and change:
            told.append("Recognised" if change[-1] else "Not recognised")
        elif name != "role":
            told += _of_field(name, change)
    return [f"Role {_shown(changes.get('role'))}", *told]


HEADS = {
    "clinician.created": "Created",
    "clinician.imported": "Imported",
    "clinician.erased": "Erased as data protection asks for",
    "password.changed": "Password changed",
    "login.succeeded": "Logged in",
    "role.created": "Created",
    "role.deleted": "Deleted",
    "store.emptied": "The store was emptied",
    "audit.pruned": "Old entries of the trail were removed",
    "audit.blanked": "Entries about a person were blanked",
    "events.resent": "Messages sent again",
    "events.set_aside": "A failed message was set aside",
    "clinicians.exported": "Exported as a file",
    "permission.created": "Permission created",
    "staff.created": "Staff account created",
    "staff.changed": "Staff account changed",
    "staff.password_changed": "Password of a staff account changed",
    "staff.second_factor_reset": "Second factor of a staff account reset",
    "staff.unlocked": "Staff account unlocked",
}
"""What an entry begins with, where the changes alone do not say it."""

TELLERS: dict[str, Callable[[Changes], list[str]] | None] = {
    "clinician.created": _created,
    "clinician.imported": _created,
    "clinician.changed": _changed,
    "clinician.unlocked": _unlocked,
    "agreement.added": _changed,
    "password.changed": None,
    "login.succeeded": None,
    "login.failed": _failed,
    "role.created": _of_role,
    "role.changed": _of_role,
    "role.deleted": _of_role,
}
"""How the changes of an action are told; None: there is nothing more to tell."""


def _shown(value: Any) -> str:
    """Return a value in words; a day as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(each)}" for key, each in value.items())
    text = str(value)
    try:
        day = date.fromisoformat(text) if len(text) == DAY else None
    except ValueError:
        day = None
    return date_format(day, "j F Y") if day else isolated(text)
