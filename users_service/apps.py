"""The wiring as a Django app: its commands, templates, checks and staff groups."""

from typing import Any

from django.apps import AppConfig
from django.apps.registry import Apps
from django.apps.registry import apps as current_apps
from django.contrib.admin.apps import AdminConfig
from django.db.models import Q
from django.db.models.signals import post_migrate

VIEW = frozenset({"view"})
EDIT = frozenset({"view", "add", "change", "delete"})

# Staff group → app label → what its members may do with all of that app's models, or
# permissions by their full names. Nobody edits the journal: it is written by the
# transactions it tells of. Nobody deletes a clinician: `manage.py erase_clinician` does
# what a request for that needs. Who looks after accounts needs no more of Django's.
STAFF_GROUPS: dict[str, dict[str, frozenset[str]]] = {
    "Viewers": {"clinicians": VIEW, "bookmarks": VIEW, "roles": VIEW, "journal": VIEW},
    "Support": {
        "clinicians": VIEW | {"add", "change"},
        "bookmarks": VIEW,
        "roles": VIEW,
        "journal": VIEW,
    },
    "Administrators": {
        "clinicians": VIEW | {"add", "change", "grant"},
        "bookmarks": VIEW,
        "roles": EDIT,
        "journal": VIEW | {"resend"},
        "auth": frozenset({"view_user", "add_user", "change_user"}),
    },
}


class UsersServiceConfig(AppConfig):
    """Top layer; imports all others, is imported by none."""

    name = "users_service"
    verbose_name = "Clinician user store"

    def ready(self) -> None:
        """Register the system checks, log lines, and the groups with migrations."""
        # Not before: they need the registry.
        from users_service import (  # noqa: PLC0415
            checks,  # noqa: F401
            staff_logins,  # noqa: F401
            staff_sessions,  # noqa: F401
        )

        post_migrate.connect(grant_staff_groups, dispatch_uid="staff_groups")


class StaffAdminConfig(AdminConfig):
    """Django's admin, with our login page."""

    default_site = "users_service.staff_site.StaffSite"


def grant_staff_groups(
    sender: AppConfig, using: str, apps: Apps = current_apps, **_kwargs: Any
) -> None:
    """After an app's migrations, give each staff group its permissions on that app.

    Runs after Django's own handler, which makes the app's permissions. Does nothing
    while the tables of django.contrib.auth are not there yet.
    """
    try:
        groups = apps.get_model("auth", "Group").objects.using(using)
        permissions = apps.get_model("auth", "Permission").objects.using(using)
    except LookupError:
        return
    of_app = permissions.filter(content_type__app_label=sender.label)
    for name, grants in STAFF_GROUPS.items():
        if sender.label in grants:
            group, _ = groups.get_or_create(name=name)
            group.permissions.add(*of_app.filter(named(grants[sender.label])))


def named(actions: frozenset[str]) -> Q:
    """Return the filter on permissions like `view_clinician`, by `view` or in full."""
    condition = Q()
    for action in actions:
        condition |= Q(codename__startswith=f"{action}_") | Q(codename=action)
    return condition
