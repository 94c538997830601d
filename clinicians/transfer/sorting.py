"""What is to become of the items of a batch: new, known, skipped or refused."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import Enum

from clinicians.serializers.checking import Item
from clinicians.services.conflicts import UNIQUE, in_use, owners
from clinicians.services.traces import erased_ids
from clinicians.transfer.checking import Checked
from clinicians.transfer.faults import Fault
from clinicians.transfer.replacing import newer_in_store
from clinicians.transfer.seen import Key, Repeated, SeenKeys, keys_of

VERB = "create user"

EMAIL = [unique.field for unique in UNIQUE].index("email_address")

Owners = list[dict[str, str]]
"""For each of UNIQUE: values in use, and the clinicians whose they are."""


class OnConflict(Enum):
    """What becomes of an item whose id is in the store."""

    FAIL = "fail"
    SKIP = "skip"
    UPDATE = "update"


@dataclass
class Sorted:
    """A batch, by what is to become of its items."""

    new: list[Item] = field(default_factory=list)
    known: list[Item] = field(default_factory=list)
    freed: set[str] = field(default_factory=set)
    """Addresses in use whose owners get another one by this batch."""

    skipped: int = 0
    erased: int = 0
    """Known, but erased since for data protection: nothing brings them back."""

    faults: dict[int, list[Fault]] = field(default_factory=dict)
    """Of the items that are refused, by line."""

    def refuse(self, fault: Fault) -> None:
        """Take note of a fault."""
        self.faults.setdefault(fault.line, []).append(fault)


def sort_batch(
    batch: Collection[Checked],
    *,
    seen: SeenKeys,
    on_conflict: OnConflict,
    is_store_empty: bool,
    keep_newer: bool,
) -> Sorted:
    """Find out what is to become of each item; nothing is stored by that.

    `keep_newer` leaves alone who changed in the store later than the item did.
    """
    found = Sorted()
    for each in batch:
        for fault in each.faults:
            found.refuse(fault)
    good = [(each.line, each.item) for each in batch if each.item is not None]
    keys = [key for line, item in good for key in keys_of(line, item)]
    for repeated in seen.add(keys):
        found.refuse(repeated_fault(repeated))
    taken = [{} for _ in UNIQUE] if is_store_empty else _owners(keys)
    if on_conflict is OnConflict.UPDATE:
        good = _less_erased(good, taken, found)
    if on_conflict is OnConflict.SKIP:
        good = _less_known(good, taken, found)
    _refuse_taken(good, taken, on_conflict, found, keep_newer=keep_newer)
    for line, item in good:
        if line not in found.faults:
            (found.known if item["uuid"] in taken[0] else found.new).append(item)
    return found


def repeated_fault(repeated: Repeated) -> Fault:
    """Return the fault of a value that stood in the file before."""
    unique = UNIQUE[repeated.key.kind]
    where = f"in the file twice, first on line {repeated.first_line}."
    return Fault(
        repeated.key.line,
        unique.field,
        f"The {unique.name} is {where}",
        f"The {unique.name} '{repeated.key.value}' is {where}",
    )


def _owners(keys: Collection[Key]) -> Owners:
    return [
        owners(unique, [key.value for key in keys if key.kind == kind])
        for kind, unique in enumerate(UNIQUE)
    ]


def _less_erased(
    good: list[tuple[int, Item]], taken: Owners, found: Sorted
) -> list[tuple[int, Item]]:
    """Return the items of those who were not erased, and count the others."""
    erased = erased_ids(taken[0])
    gone = [line for line, item in good if item["uuid"] in erased]
    found.erased = sum(line not in found.faults for line in gone)
    return [(line, item) for line, item in good if item["uuid"] not in erased]


def _getting_free(
    addresses: dict[str, str],
    good: Collection[tuple[int, Item]],
    found: Sorted,
    *,
    keep_newer: bool,
) -> set[str]:
    """Return the addresses in use whose owners get another one by this batch."""
    new = {
        item["uuid"]: item
        for line, item in good
        if "email_address" in item and line not in found.faults
    }
    leaving = {
        address: new[owner]
        for address, owner in addresses.items()
        if owner in new and new[owner]["email_address"] != address
    }
    kept = newer_in_store(leaving.values()) if keep_newer else set()
    return {each for each, item in leaving.items() if item["uuid"] not in kept}


def _less_known(
    good: list[tuple[int, Item]], taken: Owners, found: Sorted
) -> list[tuple[int, Item]]:
    """Return the items of those who are not in the store, and count the others."""
    known = [line for line, item in good if item["uuid"] in taken[0]]
    found.skipped = sum(line not in found.faults for line in known)
    return [(line, item) for line, item in good if item["uuid"] not in taken[0]]


def _refuse_taken(
    good: Collection[tuple[int, Item]],
    taken: Owners,
    on_conflict: OnConflict,
    found: Sorted,
    *,
    keep_newer: bool,
) -> None:
    """Refuse what asks for a value of somebody else's.

    Again until nothing changes: who is refused keeps an address that another one asks
    for.
    """
    is_update = on_conflict is OnConflict.UPDATE
    refused = -1
    while refused != len(found.faults):
        refused = len(found.faults)
        if is_update:
            found.freed = _getting_free(
                taken[EMAIL], good, found, keep_newer=keep_newer
            )
        for line, item in good:
            if line not in found.faults:
                own = item["uuid"] if is_update else None
                for key in _taken_keys(keys_of(line, item), taken, own, found.freed):
                    found.refuse(_in_use(key))


def _taken_keys(
    keys: Collection[Key], taken: Owners, own: str | None, free: set[str]
) -> list[Key]:
    """Return the keys that somebody has, other than `own` and the free addresses."""
    return [
        key
        for key in keys
        if taken[key.kind].get(key.value) not in (None, own)
        and not (key.kind == EMAIL and key.value in free)
    ]


def _in_use(key: Key) -> Fault:
    unique = UNIQUE[key.kind]
    return Fault(
        key.line,
        unique.field,
        f"The {unique.name} is in use already.",
        in_use(unique, key.value, VERB),
    )
