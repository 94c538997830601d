"""Storing what staff do to roles, with the audit entries that tell of it.

Every function locks the roles first. So the trail says what was really before, and
nobody is given a role while it is deleted.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.shortcuts import get_object_or_404

from roles.admin.form import RoleEdit
from roles.callers import Caller
from roles.models import Permission, Role
from roles.querysets import RoleQuerySet
from roles.seeds import ROLES
from users_service.database.transactions import write_transaction
from users_service.journal.audit import record


@write_transaction
def create_role(
    *, actor: Caller, name: str, recognised: bool, permissions: Collection[str]
) -> None:
    """Store a new role. Raises IntegrityError where there is one of the name."""
    role = Role.objects.create(name=name, recognised=recognised)
    role.permissions.set(Permission.objects.filter(pk__in=permissions))
    changes: dict[str, Any] = {"recognised": [None, recognised]}
    if permissions:
        changes["permissions"] = {"added": sorted(permissions), "removed": []}
    _record(actor, "role.created", name, changes)


@write_transaction
def change_role(*, actor: Caller, name: str, edit: RoleEdit) -> None:
    """Store what a person changed; what somebody else changed meanwhile stays.

    Raises Http404 where the role is gone.
    """
    role = get_object_or_404(locked([name]))
    before = _permissions(role)
    added, removed = edit.added - before, edit.removed & before
    role.permissions.add(*Permission.objects.filter(pk__in=added))
    role.permissions.remove(*Permission.objects.filter(pk__in=removed))
    changes: dict[str, Any] = {}
    if added or removed:
        changes["permissions"] = {"added": sorted(added), "removed": sorted(removed)}
    if edit.recognised not in (None, role.recognised):
        changes["recognised"] = [role.recognised, edit.recognised]
        Role.objects.filter(pk=name).update(recognised=edit.recognised)
    if changes:
        _record(actor, "role.changed", name, changes)


@write_transaction
def delete_roles(*, actor: Caller, names: Iterable[str]) -> list[str]:
    """Delete the roles that no clinician has; return the names of those.

    The roles of the platform (roles.seeds) are kept: its services count on them.
    """
    chosen = list(locked(set(names) - ROLES.keys()).values_list("pk", flat=True))
    # In a statement of its own, which sees whoever was given one before the lock.
    unused = [
        role
        for role in Role.objects.filter(pk__in=chosen).with_clinician_count()
        if not role.clinician_count
    ]
    for role in unused:
        removed: dict[str, Any] = {"recognised": [role.recognised, None]}
        if permissions := _permissions(role):
            removed["permissions"] = {"added": [], "removed": sorted(permissions)}
        _record(actor, "role.deleted", role.name, removed)
        role.delete()
    return [role.name for role in unused]


def locked(names: Iterable[str]) -> RoleQuerySet:
    """Return the roles, to be locked until the transaction ends."""
    return Role.objects.filter(pk__in=list(names)).select_for_update()


def _permissions(role: Role) -> set[str]:
    return set(role.permissions.values_list("name", flat=True))


def _record(actor: Caller, action: str, role: str, changes: dict[str, Any]) -> None:
    record(
        actor=actor, action=action, clinician_id=None, changes={"role": role, **changes}
    )
