"""What an action on chosen clinicians asks for when it is confirmed."""

from django import forms

from clinicians.services.rules import SYSTEM_ROLES
from roles.models import Role
from roles.querysets import RoleQuerySet

# Made when this is imported, read from the database whenever a form is.
EVERY: RoleQuerySet = Role.objects.all()
UNRECOGNISED = EVERY.filter(recognised=False)
GRANTABLE = EVERY.recognised().exclude(name__in=SYSTEM_ROLES)
"""The roles that staff may put somebody into."""


def _role(label: str, roles: RoleQuerySet) -> forms.Field:
    """Return the field of a role, none chosen beforehand."""
    return forms.ModelChoiceField(roles, label=label, empty_label="Choose a role")


class EndForm(forms.Form):
    """When a contract ends."""

    end = forms.DateField(
        label="Last day of the contract",
        help_text="This day is included: logging in stops being possible after it.",
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class AddRoleForm(forms.Form):
    """Which role to add."""

    role = _role("Role to add", GRANTABLE)


class RemoveRoleForm(forms.Form):
    """Which role to remove, be it recognised or not."""

    role = _role("Role to remove", EVERY)


class MapRoleForm(forms.Form):
    """Which unrecognised role gives way to which recognised one."""

    old = _role("Unrecognised role", UNRECOGNISED)
    new = _role("Role to have instead", GRANTABLE)
