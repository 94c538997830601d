"""Comparing the store with the Polaris database that it was filled from."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils import timezone

from clinicians.models import Clinician
from clinicians.services.traces import erased_ids
from clinicians.transfer.checking import Checked
from clinicians.transfer.replacing import replacement_of, stored_items
from roles.callers import Caller

NOBODY = Caller()


@dataclass
class Comparison:
    """What a comparison found; of those that differ, the fields, never the values."""

    compared: int = 0
    equal: int = 0
    missing: list[str] = field(default_factory=list)
    different: dict[str, list[str]] = field(default_factory=dict)
    changed_since: list[str] = field(default_factory=list)
    """Different, but changed in the store later than in the source, or erased there."""

    refused: list[str] = field(default_factory=list)
    """In the source in a state that no import would take."""

    only_here: int = 0

    @property
    def is_equal(self) -> bool:
        """Whether all that the source has is in the store, or was changed there."""
        return not (self.missing or self.different or self.refused)


def compare(batches: Iterable[list[Checked]]) -> Comparison:
    """Compare every clinician of the source with the stored one."""
    found = Comparison()
    present = 0
    for batch in batches:
        ids = [each.given.value["uuid"] for each in batch]
        stored = stored_items(ids)
        erased = erased_ids(ids)
        present += len(stored)
        for each, clinician_id in zip(batch, ids, strict=True):
            found.compared += 1
            if each.item is None:
                found.refused.append(clinician_id)
            elif clinician_id not in stored:
                found.missing.append(clinician_id)
            elif clinician_id in erased:
                found.changed_since.append(clinician_id)
            else:
                _compare_one(each, stored[clinician_id], found)
    found.only_here = Clinician.objects.count() - present
    return found


def _compare_one(source: Checked, stored: dict[str, object], found: Comparison) -> None:
    item = source.item or {}
    clinician_id = item["uuid"]
    now = timezone.now().isoformat()
    replacement = replacement_of(stored, item, actor=NOBODY, now=now)
    changes = set(replacement.changes) if replacement else set()
    if stored.get("password") and not item.get("password_hash"):
        changes.add("password")  # an import takes none away
    if not changes:
        found.equal += 1
    elif str(stored["modified"]) > item["modified"]:
        found.changed_since.append(clinician_id)
    else:
        found.different[clinician_id] = sorted(changes)
