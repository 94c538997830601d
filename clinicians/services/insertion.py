"""Putting whole clinicians into the store, set-wise: for create, bulk and import."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

import orjson
from django.db import models
from django.utils import timezone

from clinicians import passwords
from clinicians.forms import DATED_VERSIONS
from clinicians.models import (
    IDENTIFIERS,
    SCALARS,
    Clinician,
    Product,
    TermsAgreement,
    new_id,
    new_version,
)
from clinicians.services import members
from roles.callers import Caller
from users_service.database.bulk import insert_rows
from users_service.journal.audit import record_texts
from users_service.local_date import today

Item = Mapping[str, Any]
"""A checked clinician: scalars, lists, products and terms agreements.

Dates and times are ISO 8601 text in UTC; what is absent gets its default.
"""

Row = tuple[Any, ...]

DERIVED = ("last_name_key", "first_name_key", "search_text")
COLUMNS = (*IDENTIFIERS, *SCALARS, *DERIVED, "password", "version")
DEFAULTS = {"login_active": True, "can_edit_ews": False}
SECRET = frozenset({"password", "password_hash", "password_salt"})


class _Part(NamedTuple):
    """What hangs on a clinician and has an identifier block of its own."""

    model: type[models.Model]
    columns: tuple[str, ...]


PARTS = {
    "products": _Part(
        Product,
        (
            "product_name",
            "opened_date",
            "closed_date",
            "closed_reason",
            "closed_reason_other",
        ),
    ),
    "terms_agreements": _Part(
        TermsAgreement,
        ("product_name", *(name for pair in DATED_VERSIONS.items() for name in pair)),
    ),
}


def insert_clinicians(
    items: Collection[Item], *, actor: Caller, action: str
) -> list[str]:
    """Insert clinicians and all that hangs on them, in the caller's transaction.

    The audit trail gets an entry per clinician, of this action. Returns their ids.
    """
    now = timezone.now().isoformat()
    blocks = [block(item, actor, now) for item in items]
    wholes = [complete(item, now) for item in items]
    insert_rows(Clinician, COLUMNS, map(_row, blocks, wholes))
    ids = [each["uuid"] for each in blocks]
    stored = list(zip(ids, wholes, strict=True))
    for field in members.MEMBERS:
        members.insert(field, [(pk, whole.get(field, ())) for pk, whole in stored])
    for key in PARTS:
        insert_parts(key, [(pk, whole[key]) for pk, whole in stored], actor, now)
    facts = ((pk, initial_values(whole)) for pk, whole in stored)
    record_texts(actor=actor, action=action, facts=facts)
    return ids


def complete(item: Item, now: str) -> dict[str, Any]:
    """Return the item as it is stored and audited, identifier blocks apart.

    With its defaults, ids of its products and agreements, and the times that these
    get by themselves.
    """
    whole = {**DEFAULTS, **item}
    for key in PARTS:
        whole[key] = [_whole_part(key, part, now) for part in item.get(key) or ()]
    return whole


def insert_parts(
    key: str, parts: Iterable[tuple[str, list[Item]]], actor: Caller, now: str
) -> None:
    """Insert completed products or agreements by clinician's id, in their order."""
    rows = part_rows(key, parts, actor, now)
    insert_rows(PARTS[key].model, part_columns(key), rows)


def part_columns(key: str) -> tuple[str, ...]:
    """Return the columns of a product's or an agreement's row, less its number."""
    return ("clinician_id", *IDENTIFIERS, *PARTS[key].columns)


def part_rows(
    key: str, parts: Iterable[tuple[str, list[Item]]], actor: Caller, now: str
) -> Iterator[Row]:
    """Yield the values of `part_columns` for completed products or agreements."""
    columns = PARTS[key].columns
    for pk, each in parts:
        for part in each:
            yield (pk, *block(part, actor, now).values(), *map(part.get, columns))


def scalar_values(item: Item) -> Row:
    """Return the values of SCALARS and what is derived from them."""
    return (
        *map(item.get, SCALARS),
        _LAST_NAME_KEY.fold(item.get("last_name")),
        _FIRST_NAME_KEY.fold(item.get("first_name")),
        _SEARCH_TEXT.fold(item.get("last_name"), item.get("first_name")),
    )


def stored_password(item: Item) -> str | None:
    """Return the text to store of the item's password, if it has one."""
    encoded: str | None = item.get("password")
    return encoded or passwords.from_legacy(
        item.get("password_hash"), item.get("password_salt")
    )


def identifiers(item: Item, actor: Caller) -> dict[str, Any]:
    """Return the identifier block for a model: as given, else new, now and the caller.

    Of an object that is made alone, whose times are no text.
    """
    return block(item, actor, timezone.now())


def block(item: Item, actor: Caller, now: Any) -> dict[str, Any]:
    """Return the identifier block: as given, else new, `now` and the caller."""
    get, by = item.get, actor.recorded_id
    return {
        "uuid": get("uuid") or new_id(),
        "created": get("created") or now,
        "created_by": get("created_by") or by,
        "modified": get("modified") or now,
        "modified_by": get("modified_by") or by,
    }


def completed(part: Item) -> dict[str, Any]:
    """Return a product or agreement with an id, as it is stored and audited.

    A version of an agreement that has no time gets the time now.
    """
    times = missing_times(part, timezone.now())
    return {**part, **times, "uuid": part.get("uuid") or new_id()}


def missing_times(part: Item, now: Any) -> dict[str, Any]:
    """Return `now` for every version of an agreement that has no time."""
    return {
        moment: now
        for version, moment in DATED_VERSIONS.items()
        if part.get(version) is not None and part.get(moment) is None
    }


def as_json(value: Any) -> Any:
    """Return the value as the audit trail has it: times as text, objects less nulls."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: as_json(part) for key, part in value.items() if part is not None}
    if isinstance(value, list):
        return [as_json(part) for part in value]
    return value


def _row(identifiers: Item, item: Item) -> Row:
    return (
        *identifiers.values(),
        *scalar_values(item),
        stored_password(item),
        new_version(),
    )


def _whole_part(key: str, part: Item, now: str) -> dict[str, Any]:
    whole = {**part, "uuid": part.get("uuid") or new_id()}
    if key == "products":
        whole.setdefault("opened_date", today().isoformat())
        return whole
    return whole | missing_times(part, now)


def initial_values(item: Item) -> str:
    """Return the changes that made this clinician out of nothing, as JSON text."""
    changes: dict[str, Any] = {}
    for name, value in item.items():
        if value is None or value == []:
            continue
        if name in PARTS:
            changes[name] = {"added": [without_nulls(part) for part in value]}
        elif name in members.MEMBERS:
            changes[name] = {"added": value}
        elif name in SECRET:
            changes["password"] = "changed"
        else:
            changes[name] = [None, value]
    return orjson.dumps(changes).decode()


def without_nulls(part: Item) -> dict[str, Any]:
    """Return what an object says, apart from nothing."""
    return {name: value for name, value in part.items() if value is not None}


def _field(name: str) -> Any:
    return Clinician._meta.get_field(name)


_LAST_NAME_KEY, _FIRST_NAME_KEY, _SEARCH_TEXT = map(_field, DERIVED)
