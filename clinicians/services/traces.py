"""What the journal holds of a person: found, and removed when the person is erased.

Most of it carries the clinician's id. The rest is about nobody, or about somebody
else, and is found by what the person was known by.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from django.db.models import Q

from clinicians import documents
from clinicians.forms import Form
from clinicians.models import SCALARS, Clinician, normalise_email
from clinicians.services import members
from roles.models import Role
from users_service.journal.audit import Actor, keyed_hash
from users_service.journal.maintenance import (
    BLANK,
    BLANKING,
    UPDATE_BATCH,
    allowing,
    blank_clinician,
)
from users_service.journal.models import AuditEntry, OutboxMessage
from users_service.journal.outbox import AUDIT, UPDATED, WELCOME
from users_service.journal.querysets import OutboxQuerySet

ERASING = "clinician.erased"
BADGE = "send_entry_identifier"
BATCH = 500


class Known(NamedTuple):
    """What the person was known by: now, and earlier as far as the trail tells."""

    names: set[str]
    """Every text, normalised as an address is: any may be typed as a username."""

    addresses: set[str]
    badges: set[str]
    groups: set[str]


def erased_ids(ids: Collection[str]) -> set[str]:
    """Return those of the clinicians who were erased, as far as the trail tells."""
    entries = AuditEntry.objects.filter(action=ERASING, clinician_id__in=ids)
    found = entries.values_list("clinician_id", flat=True)
    return {each for each in found if each is not None}


def known_of(clinician: Clinician) -> Known:
    """Return what to look for, from the row and from its entries in the trail."""
    entries = AuditEntry.objects.about(clinician.pk)
    trail = list(entries.values_list("changes", flat=True))
    texts = {
        text
        for field in SCALARS
        for text in (*_texts(getattr(clinician, field)), *_told(trail, field))
    }
    names = {name for name in map(normalise_email, texts) if name}
    groups = members.present(clinician, "groups") | _told(trail, "groups")
    return Known(
        names,
        _of_nobody_else(clinician, trail, "email_address"),
        _of_nobody_else(clinician, trail, BADGE),
        groups,
    )


def _of_nobody_else(clinician: Clinician, trail: list[Any], field: str) -> set[str]:
    """Return the values that a field has and had, without what others have by now."""
    values = {*_texts(getattr(clinician, field)), *_told(trail, field)}
    others = Clinician.objects.exclude(pk=clinician.pk)
    taken = others.filter(**{f"{field}__in": values}).values_list(field, flat=True)
    return values.difference(taken)


def activation_waits(clinician_id: str) -> bool:
    """Whether the audit service is still to hear who activated the clinician or not."""
    own = OutboxMessage.objects.filter(clinician_id=clinician_id, routing_key=AUDIT)
    return own.filter(delivered=None).exists()


def delete_messages(clinician_id: str, known: Known, *, changed: bool) -> int:
    """Delete the stored messages that tell of the person; returns how many.

    `changed` is whether the clinician had anything to erase. If not, it was erased
    earlier, and what that announced stays.
    """
    numbers = [
        *_own_messages(clinician_id, changed=changed).values_list("pk", flat=True),
        *_other_messages(clinician_id, known),
    ]
    for start in range(0, len(numbers), BATCH):
        OutboxMessage.objects.filter(pk__in=numbers[start : start + BATCH]).delete()
    return len(numbers)


def blank_entries(actor: Actor, clinician_id: str, known: Known) -> int:
    """Blank what the trail says of the person; returns in how many entries."""
    return _blank_own(actor, clinician_id) + _blank_elsewhere(known)


def _told(trail: Iterable[Any], field: str) -> set[str]:
    """Return the texts that entries of the trail have for a field."""
    return {text for changes in trail for text in _texts(changes.get(field))} - {BLANK}


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in `[old, new]`, in `{"added": [...]}`, or the one given."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _own_messages(clinician_id: str, *, changed: bool) -> OutboxQuerySet:
    own = OutboxMessage.objects.filter(clinician_id=clinician_id)
    if changed:
        return own
    state = documents.existing(Form.EVENT, clinician_id).json
    return own.exclude(Q(routing_key=AUDIT) | Q(routing_key=UPDATED, body=state))


def _other_messages(clinician_id: str, known: Known) -> Iterator[int]:
    """Yield the numbers of messages of nobody or of somebody else that name the person.

    Those of logins, and a welcome to an address that was somebody else's by mistake.
    A username is as it was typed, in any letter case: the database cannot compare it.
    """
    mentions = Q(body__contains=json.dumps(clinician_id))
    logins = Q(routing_key=AUDIT) & (mentions | Q(body__contains='"username"'))
    others = OutboxMessage.objects.exclude(clinician_id=clinician_id).filter(
        logins | Q(routing_key=WELCOME)
    )
    for number, body in others.values_list("pk", "body").iterator():
        if _names(json.loads(body), clinician_id, known):
            yield number


def _names(content: Any, clinician_id: str, known: Known) -> bool:
    data = content.get("event_data", {})
    return (
        data.get("clinician_id") == clinician_id
        or normalise_email(data.get("username")) in known.names
        or content.get("email_address") in known.addresses
    )


def _blank_own(actor: Actor, clinician_id: str) -> int:
    """Blank the entries about the clinician, unless an earlier erasure has."""
    entries = AuditEntry.objects.about(clinician_id)
    told = entries.exclude(action__in=(BLANKING, ERASING))
    every = told.values_list("changes", flat=True)
    if all(value == BLANK for changes in every for value in changes.values()):
        return 0
    return blank_clinician(actor=actor, clinician_id=clinician_id)


def _blank_elsewhere(known: Known) -> int:
    """Blank the fields that name the person in entries about nobody or somebody else.

    They are the hash of a username that was unknown or ambiguous, the name of a role
    that is no more, and an address or badge number that was somebody else's by mistake.
    """
    hashes = [keyed_hash(name) for name in known.names]
    remaining = Role.objects.filter(name__in=known.groups)
    roles = known.groups.difference(remaining.values_list("name", flat=True))
    of_nobody = Q(clinician_id=None)
    return (
        _blank("username_hash", of_nobody & Q(changes__username_hash__in=hashes))
        + _blank("role", of_nobody & Q(changes__role__in=roles))
        + _blank("email_address", _told_of("email_address", known.addresses))
        + _blank(BADGE, _told_of(BADGE, known.badges))
    )


def _told_of(field: str, values: Collection[str]) -> Q:
    """Return the condition that a change of a field is from or to one of the values."""
    old = Q(**{f"changes__{field}__0__in": values})
    return old | Q(**{f"changes__{field}__1__in": values})


def _blank(field: str, condition: Q) -> int:
    """Blank one field of the entries that a condition describes; return how many."""
    entries = list(AuditEntry.objects.filter(condition))
    for entry in entries:
        entry.changes = {**entry.changes, field: BLANK}
    with allowing("blank"):
        AuditEntry.objects.bulk_update(entries, ["changes"], batch_size=UPDATE_BATCH)
    return len(entries)
