"""Erasing a clinician, as a request under data protection asks for."""

from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from clinicians.models import REQUIRED, SCALARS, Clinician, LoginGuard
from clinicians.services import events, members, traces
from clinicians.services.locking import lock_clinician, row_transaction, touch
from roles.callers import Caller
from roles.models import Role
from users_service.journal.audit import Actor, record
from users_service.local_date import today

EMPTY: dict[str, Any] = {
    **dict.fromkeys(SCALARS),
    **dict.fromkeys(REQUIRED, ""),
    "login_active": False,
    "can_edit_ews": False,
}
"""What the fields of an erased clinician hold."""


class Erased(NamedTuple):
    """How much of each kind went."""

    fields: int
    passwords: int
    list_members: int
    products: int
    unrecognised_roles: int
    login_guards: int
    messages: int
    audit_entries: int


@row_transaction
def erase_clinician(*, actor: Actor, clinician_id: str) -> Erased:
    """Erase what is held about a clinician; returns how much that was.

    The row and its id stay, since other services refer to it; they are told of the
    state that is left. Done again, it does nothing unless something came back
    meanwhile. Raises NotFound.
    """
    clinician = lock_clinician(clinician_id)
    caller = Caller(id=actor.id, kind=actor.kind)
    known = traces.known_of(clinician)
    deactivates = clinician.login_active or traces.activation_waits(clinician.pk)
    stored = _erase_stored(clinician, caller)
    changed = any(stored.values())
    erased = Erased(
        **stored,
        unrecognised_roles=_delete_roles_of_nobody(known.groups),
        login_guards=LoginGuard.objects.filter(pk=clinician.pk).delete()[0],
        messages=traces.delete_messages(clinician.pk, known, changed=changed),
        audit_entries=traces.blank_entries(actor, clinician.pk, known),
    )
    if changed:
        _announce(clinician, caller, deactivates=deactivates)
    if any(erased):
        _record(actor, clinician.pk, erased)
    return erased


def rehearse_erasure(*, clinician_id: str) -> Erased:
    """Return how much would go, by erasing and rolling back. Raises NotFound."""
    with transaction.atomic():
        erased = erase_clinician(actor=Caller(), clinician_id=clinician_id)
        transaction.set_rollback(True)
    return erased


def _erase_stored(clinician: Clinician, actor: Caller) -> dict[str, int]:
    """Empty the clinician's row and lists, close its products; return how many."""
    hashed = Clinician.objects.filter(pk=clinician.pk, password__isnull=False)
    fields = [name for name in EMPTY if getattr(clinician, name) != EMPTY[name]]
    relations = [getattr(clinician, each.relation) for each in members.MEMBERS.values()]
    counts = {
        "fields": len(fields),
        "passwords": hashed.count(),
        "list_members": sum(rows.all().delete()[0] for rows in relations),
        "products": _close_products(clinician, actor),
    }
    if any(counts.values()):
        for name in fields:
            setattr(clinician, name, EMPTY[name])
        clinician.password = None
        touch(clinician, actor=actor, fields=[*fields, "password"])
    return counts


def _close_products(clinician: Clinician, actor: Caller) -> int:
    """Close what is open, and delete why a product was closed, which is free text."""
    reasoned = Q(closed_reason__isnull=False) | Q(closed_reason_other__isnull=False)
    now = timezone.now()
    return clinician.products.filter(Q(closed_date=None) | reasoned).update(
        closed_date=Coalesce("closed_date", today()),
        closed_reason=None,
        closed_reason_other=None,
        modified=now,
        modified_by=actor.recorded_id,
    )


def _delete_roles_of_nobody(names: set[str]) -> int:
    """Delete roles of unknown names that came with this clinician, and nobody has."""
    unknown = Role.objects.filter(name__in=names, recognised=False)
    # Whoever grants one holds its row until the commit: it is then seen below.
    locked = list(unknown.select_for_update().order_by("pk").values_list("pk"))
    unheld = unknown.filter(clinicians=None) if locked else unknown.none()
    return unheld.delete()[1].get(Role._meta.label, 0)


def _announce(clinician: Clinician, actor: Caller, *, deactivates: bool) -> None:
    if deactivates:
        events.announce_activation(
            clinician.pk, active=False, modified_by=actor.recorded_id
        )
    events.announce_updated(clinician.pk)


def _record(actor: Actor, clinician_id: str, erased: Erased) -> None:
    """Leave an entry with numbers: after the blanking, which would take them."""
    numbers = erased._asdict().items()
    record(
        actor=actor,
        action=traces.ERASING,
        clinician_id=clinician_id,
        changes={kind: {"erased": number} for kind, number in numbers if number},
    )
