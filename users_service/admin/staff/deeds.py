"""What is done to staff accounts; each in one transaction with its audit entry."""

from collections.abc import Collection, Mapping
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from users_service.database.transactions import write_transaction
from users_service.journal.audit import Actor, record
from users_service.second_factor import devices
from users_service.staff_lockout import account_key, unlock_staff

FIELDS = {
    "first_name": "first_name",
    "last_name": "last_name",
    "email": "email_address",
    "is_active": "active",
}
"""A field of an account, and what the trail calls it."""


@sensitive_variables("password")
@write_transaction
def set_password(*, actor: Actor, account: User, password: str) -> None:
    """Set the password of an account, whose sessions end by that."""
    account.set_password(password)
    account.save(update_fields=["password"])
    enter(actor, "staff.password_changed", account)


@write_transaction
def reset_second_factor(*, actor: Actor, account: User) -> bool:
    """Forget what an account gets its codes from; returns whether there was any."""
    was_set_up = devices.reset(account.pk)
    if was_set_up:
        enter(actor, "staff.second_factor_reset", account)
    return was_set_up


@write_transaction
def unlock(*, actor: Actor, account: User) -> bool:
    """Forget the failed logins of an account; returns whether there were any."""
    had_failed = unlock_staff(account.get_username())
    if had_failed:
        enter(actor, "staff.unlocked", account)
    return had_failed


def locked(usernames: Collection[str]) -> set[str]:
    """Return which of these accounts are locked at the moment, in one statement."""
    names = {account_key(name): name for name in usernames}
    attempts = AccessAttempt.objects.filter(
        username__in=names,
        failures_since_start__gte=settings.AXES_FAILURE_LIMIT,
        attempt_time__gt=timezone.now() - settings.AXES_COOLOFF_TIME,
    )
    return {names[key] for key in attempts.values_list("username", flat=True)}


def enter(
    actor: Actor, action: str, account: User, changes: Mapping[str, Any] | None = None
) -> None:
    """Enter a deed into the audit trail, in the caller's transaction."""
    about = {"account": account.pk, "username": account.get_username()}
    record(
        actor=actor,
        action=action,
        clinician_id=None,
        changes={**about, **(changes or {})},
    )


def fields_of(form: Any) -> dict[str, Any]:
    """Return what the form of an account has changed, groups and password apart."""
    return {
        FIELDS[name]: [form.initial.get(name), form.cleaned_data[name]]
        for name in form.changed_data
        if name in FIELDS
    }


def put_into_groups(form: Any) -> dict[str, Any]:
    """Store the groups that the form of an account says; returns what has changed.

    Groups that it does not offer stay as they are.
    """
    if "groups" not in form.cleaned_data:
        return {}
    groups, offered = form.instance.groups, form.fields["groups"].queryset
    before = set(groups.filter(pk__in=offered))
    chosen = set(form.cleaned_data["groups"])
    sides = {"added": chosen - before, "removed": before - chosen}
    groups.add(*sides["added"])
    groups.remove(*sides["removed"])
    named = {side: sorted(map(str, each)) for side, each in sides.items() if each}
    return {"groups": named} if named else {}
