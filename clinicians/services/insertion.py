"""Putting whole clinicians into the store, set-wise: for create and for bulk."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from clinicians import passwords
from clinicians.models import (
    SCALARS,
    Clinician,
    Product,
    TermsAgreement,
    new_id,
)
from clinicians.services import members
from roles.callers import Caller
from users_service.journal.audit import Fact, record_all

Item = Mapping[str, Any]
"""A validated clinician: scalars, lists, products and terms agreements."""

BATCH = 1000
LISTS = tuple(members.MEMBERS)
PARTS = {"products": Product, "terms_agreements": TermsAgreement}
SECRET = frozenset({"password_hash", "password_salt"})
DATED_VERSIONS = (
    ("version", "accepted_timestamp"),
    ("tou_version", "tou_accepted_timestamp"),
    ("patient_notice_version", "patient_notice_accepted_timestamp"),
)


def insert_clinicians(
    items: Iterable[Item], *, actor: Caller, action: str
) -> list[Clinician]:
    """Insert clinicians and all that hangs on them, in the caller's transaction.

    The audit trail gets an entry per clinician, of this action.
    """
    pairs = [(_clinician(item, actor), _with_completed_parts(item)) for item in items]
    Clinician.objects.bulk_create([row for row, _ in pairs], batch_size=BATCH)
    for field in LISTS:
        given = {row.pk: item.get(field, ()) for row, item in pairs}
        members.insert(field, given)
    for key, model in PARTS.items():
        _insert_parts(model, key, pairs, actor)
    facts = (Fact(row.pk, _initial_values(item)) for row, item in pairs)
    record_all(actor=actor, action=action, facts=facts)
    return [row for row, _ in pairs]


def identifiers(item: Item, actor: Caller) -> dict[str, Any]:
    """Return the identifier block: as given, else new, now and the caller."""
    now = timezone.now()
    return {
        "uuid": item.get("uuid") or new_id(),
        "created": item.get("created") or now,
        "created_by": item.get("created_by") or actor.recorded_id,
        "modified": item.get("modified") or now,
        "modified_by": item.get("modified_by") or actor.recorded_id,
    }


def completed(part: Item) -> dict[str, Any]:
    """Return a product or agreement with an id, as it is stored and audited.

    A version of an agreement that has no time gets the time now.
    """
    times = {
        moment: timezone.now()
        for version, moment in DATED_VERSIONS
        if part.get(version) is not None and part.get(moment) is None
    }
    return {**part, **times, "uuid": part.get("uuid") or new_id()}


def _with_completed_parts(item: Item) -> Item:
    parts = {key: [completed(part) for part in item.get(key) or ()] for key in PARTS}
    return {**item, **parts}


def _initial_values(item: Item) -> dict[str, Any]:
    """Return the changes that made this clinician out of nothing."""
    changes: dict[str, Any] = {}
    for name, value in item.items():
        if value in (None, [], ()):
            continue
        if name in SECRET:
            changes["password"] = "changed"
        elif isinstance(value, list):
            changes[name] = {"added": as_json(value)}
        else:
            changes[name] = [None, as_json(value)]
    return changes


def as_json(value: Any) -> Any:
    """Return the value as the audit trail has it: times as text, objects less nulls."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: as_json(part) for key, part in value.items() if part is not None}
    if isinstance(value, list):
        return [as_json(part) for part in value]
    return value


def _clinician(item: Item, actor: Caller) -> Clinician:
    return Clinician(
        **_only(item, SCALARS),
        **identifiers(item, actor),
        password=passwords.from_legacy(
            item.get("password_hash"), item.get("password_salt")
        ),
    )


def _insert_parts(
    model: type[Any],
    key: str,
    pairs: Iterable[tuple[Clinician, Item]],
    actor: Caller,
) -> None:
    model.objects.bulk_create(
        (
            model(clinician_id=row.pk, **{**part, **identifiers(part, actor)})
            for row, item in pairs
            for part in item[key]
        ),
        batch_size=BATCH,
    )


def _only(item: Item, names: Collection[str]) -> dict[str, Any]:
    return {name: item[name] for name in names if name in item}
