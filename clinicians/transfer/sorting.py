"""What is to become of the items of a batch: new, known, skipped or refused."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import Enum

from clinicians.serializers.checking import Item
from clinicians.services.conflicts import UNIQUE, in_use, owners
from clinicians.services.traces import erased_ids
from clinicians.transfer.checking import Checked
from clinicians.transfer.faults import Fault
from clinicians.transfer.seen import Key, Repeated, SeenKeys, keys_of

VERB = "create user"

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
) -> Sorted:
    """Find out what is to become of each item; nothing is stored by that."""
    found = Sorted()
    for each in batch:
        for fault in each.faults:
            found.refuse(fault)
    good = [(each.line, each.item) for each in batch if each.item is not None]
    keys = [key for line, item in good for key in keys_of(line, item)]
    for repeated in seen.add(keys):
        found.refuse(repeated_fault(repeated))
    taken = [{} for _ in UNIQUE] if is_store_empty else _owners(keys)
    erased = erased_ids(taken[0]) if on_conflict is OnConflict.UPDATE else set()
    for line, item in good:
        if line in found.faults:
            continue
        if item["uuid"] in erased:
            found.erased += 1
        else:
            _place(line, item, taken, on_conflict, found)
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


def _place(
    line: int, item: Item, taken: Owners, on_conflict: OnConflict, found: Sorted
) -> None:
    """Put an item where it belongs."""
    is_known = item["uuid"] in taken[0]
    if is_known and on_conflict is OnConflict.SKIP:
        found.skipped += 1
        return
    for key in keys_of(line, item):
        owner = taken[key.kind].get(key.value)
        is_own = on_conflict is OnConflict.UPDATE and owner == item["uuid"]
        if owner is not None and not is_own:
            found.refuse(_in_use(key))
    if line not in found.faults:
        (found.known if is_known else found.new).append(item)


def _in_use(key: Key) -> Fault:
    unique = UNIQUE[key.kind]
    return Fault(
        key.line,
        unique.field,
        f"The {unique.name} is in use already.",
        in_use(unique, key.value, VERB),
    )
