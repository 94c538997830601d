"""Comparing stored clinicians with what a file says they are.

What an item has replaces what is stored; what it lacks stays as it is. A product or
agreement without a uuid is the stored one of the same name and date, or version.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

import orjson

from clinicians import documents
from clinicians.forms import DATED_VERSIONS, Form
from clinicians.hashers import LEGACY_PREFIX
from clinicians.models import IDENTIFIERS, SCALARS, Clinician
from clinicians.serializers.checking import FileItemCheck, Item
from clinicians.services import members
from clinicians.services.insertion import (
    PARTS,
    complete,
    stored_password,
    without_nulls,
)
from roles.callers import Caller

HISTORY = ("created", "created_by", "modified", "modified_by")
AGREEMENTS = "terms_agreements"
LIKENESS = {
    "products": ("product_name", "opened_date"),
    "terms_agreements": ("product_name", "version"),
}
"""What a part without a uuid has in common with the stored one that it is."""


class Replacement(NamedTuple):
    """A clinician to be stored anew: its item, and what is changed by that."""

    given: Item
    """What the file says of the clinician."""

    stored: Item
    """What it was compared with."""

    item: Item
    password: str | None
    changes: dict[str, Any]
    """For the audit trail."""

    version: int = 0
    """Of the stored clinician. A login may replace a hash and leave the version, so
    that the password tells of a change as well."""

    def keeps_parts(self, key: str) -> bool:
        """Return whether the stored products or agreements come first in the new ones.

        Then those that change can be updated: the order stays, and no stored one takes
        the place of the open one of its name.
        """
        old, new = self.stored[key], self.item[key]
        if len(old) > len(new):
            return False
        pairs = zip(old, new, strict=False)
        return all(_is_updatable(*each) for each in pairs)


def stored_items(ids: Collection[str]) -> dict[str, Item]:
    """Return stored clinicians by id, in the form of checked items, with passwords."""
    return {item["uuid"]: item for _, item in _read_stored(ids)}


def _read_stored(ids: Collection[str]) -> Iterator[tuple[int, Item]]:
    """Yield versions and items of stored clinicians, each as of one moment."""
    check = FileItemCheck()
    for each in documents.by_ids(Form.BACKUP, list(ids)):
        yield each.version, check({**orjson.loads(each.json), "as_stored": True})


def newer_in_store(items: Iterable[Item]) -> set[str]:
    """Return the ids of those who changed in the store later than the item did."""
    given = {item["uuid"]: item.get("modified") or "" for item in items}
    rows = Clinician.objects.filter(pk__in=given).values_list("pk", "modified")
    return {pk for pk, modified in rows if modified.isoformat() > given[pk] != ""}


def find_replacements(
    items: Iterable[Item], *, actor: Caller, now: str, keep_newer: bool
) -> list[Replacement]:
    """Compare items with the stored clinicians of their ids, without any lock.

    Returns those that differ. `keep_newer` leaves those alone that changed here later
    than the item did, and agreements that were made here.
    """
    by_id = {item["uuid"]: item for item in items}
    replacements = []
    for version, stored in _read_stored(by_id):
        given = by_id[stored["uuid"]]
        if keep_newer and stored["modified"] > (given.get("modified") or "") != "":
            continue
        replacement = replacement_of(
            stored, given, actor=actor, now=now, keep_agreements=keep_newer
        )
        if replacement is not None:
            replacements.append(replacement._replace(version=version))
    return replacements


def replacement_of(
    stored: Item,
    given: Item,
    *,
    actor: Caller,
    now: str,
    keep_agreements: bool = False,
) -> Replacement | None:
    """Return what makes the stored clinician the given one; None if it is already.

    `keep_agreements` leaves those that only the store has, which do not tell when.
    """
    touched = {"modified": now, "modified_by": actor.recorded_id}
    item = {**stored, **_given_values(given)}
    for key in PARTS:
        if key in given:
            item[key] = _matched(key, stored[key], given[key], touched)
    if keep_agreements:
        item[AGREEMENTS] = _with_kept(stored[AGREEMENTS], item[AGREEMENTS])
    item = complete(item, now)
    password = _new_password(stored, given)
    changes = _differences(stored, item)
    if password != stored.get("password"):
        changes["password"] = "changed"
    if not changes:
        return None
    for name, value in touched.items():
        item[name] = given.get(name) or value
    return Replacement(given, stored, item, password, changes)


def _is_updatable(old: Item, new: Item) -> bool:
    """Return whether it is the same part, which is not opened by its change."""
    is_opened = new.get("closed_date") is None and old.get("closed_date") is not None
    same = ("uuid", "product_name")
    return not is_opened and all(old[name] == new[name] for name in same)


def _given_values(given: Item) -> dict[str, Any]:
    """Return what the item says of scalars, lists and its history."""
    said = {name: given[name] for name in (*SCALARS, *members.MEMBERS) if name in given}
    return said | {name: given[name] for name in HISTORY if given.get(name)}


def _differences(stored: Item, item: Item) -> dict[str, Any]:
    """Return what tells the two apart, as the audit trail has it."""
    changes: dict[str, Any] = {
        name: [stored.get(name), item.get(name)]
        for name in (*SCALARS, *HISTORY)
        if stored.get(name) != item.get(name)
    }
    for name in members.MEMBERS:
        changes[name] = _difference(stored[name], item[name])
    for key in PARTS:
        changes[key] = _part_difference(stored[key], item[key])
    return {name: change for name, change in changes.items() if change}


def _new_password(stored: Item, given: Item) -> str | None:
    """Return the stored text of the password from now on.

    A login has replaced a legacy hash by one of the same password: the old one does
    not come back unless the clinician changed later than here.
    """
    current: str | None = stored.get("password")
    new = stored_password(given)
    if new is None:
        return current
    was_upgraded = current is not None and not current.startswith(LEGACY_PREFIX)
    is_later = (given.get("modified") or "") > stored["modified"]
    if was_upgraded and new.startswith(LEGACY_PREFIX) and not is_later:
        return current
    return new


def _difference(old: list[str], new: list[str]) -> dict[str, list[str]]:
    parts = {
        "added": sorted(set(new) - set(old)),
        "removed": sorted(set(old) - set(new)),
    }
    return {name: values for name, values in parts.items() if values}


def _matched(
    key: str, stored: list[Item], given: list[Item], touched: Item
) -> list[Item]:
    """Return the given parts, each over the stored one that it is.

    One that changes gets `touched`, who changes it and when, unless it says so itself.
    """
    named = {part.get("uuid"): part for part in given}
    free = [part for part in stored if part["uuid"] not in named]
    by_id = {part["uuid"]: part for part in stored}
    result = []
    for part in given:
        old = by_id.get(part.get("uuid"), {}) or _alike(key, free, part)
        new = _said(part, old)
        merged = {**old, **new}
        if old and without_nulls(merged) != without_nulls(old):
            merged = {**old, **touched, **new}
        result.append(merged)
    return result


def _with_kept(stored: list[Item], new: list[Item]) -> list[Item]:
    """Return the new parts after the stored ones that are not among them."""
    named = {part.get("uuid") for part in new}
    return [*(part for part in stored if part["uuid"] not in named), *new]


def _said(part: Item, old: Item) -> Item:
    """Return what a given part says: a null in its identifier block says nothing.

    Nor does a null time of the version that is stored; of another it means now.
    """
    silent = set(IDENTIFIERS)
    for version, moment in DATED_VERSIONS.items():
        if part.get(version) is not None and part[version] == old.get(version):
            silent.add(moment)
    return {name: value for name, value in part.items() if value or name not in silent}


def _alike(key: str, free: list[Item], part: Item) -> Item:
    """Take the stored part out of `free` that this one is; {} if it is a new one.

    Of several products the open one.
    """
    if part.get("uuid"):
        return {}
    alike = [old for old in free if _is_alike(key, old, part)]
    if not alike:
        return {}
    chosen = min(alike, key=lambda old: old.get("closed_date") is not None)
    free.remove(chosen)
    return chosen


def _is_alike(key: str, old: Item, part: Item) -> bool:
    return all(old.get(name) == part.get(name, old.get(name)) for name in LIKENESS[key])


def _part_difference(stored: list[Item], new: list[Item]) -> dict[str, Any]:
    old = {part["uuid"]: without_nulls(part) for part in stored}
    kept = {part.get("uuid"): without_nulls(part) for part in new}
    changed = [
        {"uuid": uuid, "changes": _pairs(old[uuid], part)}
        for uuid, part in kept.items()
        if uuid in old and old[uuid] != part
    ]
    described = {
        "changed": changed,
        "added": [without_nulls(part) for part in new if part.get("uuid") not in old],
        "removed": [part for uuid, part in old.items() if uuid not in kept],
    }
    return {name: values for name, values in described.items() if values}


def _pairs(old: Item, new: Item) -> dict[str, list[Any]]:
    names = sorted(old.keys() | new.keys())
    return {
        name: [old.get(name), new.get(name)]
        for name in names
        if old.get(name) != new.get(name)
    }
