"""Roles and permissions in the admin; every edit is audited."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from roles.callers import acting_staff
from roles.models import Permission, Role
from users_service.journal.audit import record


@admin.register(Role)
class RoleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Which permissions a role grants. A role that clinicians have cannot go."""

    list_display = ("name", "recognised", "permission_count")
    list_filter = ("recognised",)
    search_fields = ("name",)
    filter_horizontal = ("permissions",)

    @admin.display(description="permissions", ordering="permission_count")
    def permission_count(self, role: Role) -> int:
        """How many permissions the role grants."""
        return int(getattr(role, "permission_count"))  # noqa: B009

    def get_queryset(self, request: HttpRequest) -> QuerySet[Role]:
        """Count the permissions in the list's own statement."""
        roles: QuerySet[Role] = super().get_queryset(request)
        return roles.annotate(permission_count=Count("permissions"))

    def get_readonly_fields(
        self, request: HttpRequest, obj: Role | None = None
    ) -> tuple[str, ...]:
        """Keep the name of a stored role: it is the key that clinicians hold."""
        del request
        return () if obj is None else ("name",)

    def save_related(
        self,
        request: HttpRequest,
        form: Any,
        formsets: Any,
        change: bool,
    ) -> None:
        """Store the permissions, and what has changed in the audit trail."""
        role = form.instance
        before = _permissions(role)
        super().save_related(request, form, formsets, change)
        changes = _difference(before, _permissions(role))
        if "recognised" in form.changed_data or not change:
            old = form.initial.get("recognised") if change else None
            changes["recognised"] = [old, role.recognised]
        if changes:
            action = "role.changed" if change else "role.created"
            _record(request, action, {"role": role.name, **changes})

    def delete_model(self, request: HttpRequest, obj: Role) -> None:
        """Delete one role."""
        self.delete_queryset(request, Role.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Role]) -> None:
        """Delete the chosen roles, all or none."""
        with transaction.atomic():
            for role in queryset:
                removed = {
                    "role": role.name,
                    "recognised": [role.recognised, None],
                    **_difference(_permissions(role), set()),
                }
                _record(request, "role.deleted", removed)
            super().delete_queryset(request, queryset)


@admin.register(Permission)
class PermissionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The names of permissions. They can be added; what one means, code decides."""

    search_fields = ("name",)

    def save_model(
        self, request: HttpRequest, obj: Permission, form: Any, change: bool
    ) -> None:
        """Add a permission."""
        super().save_model(request, obj, form, change)
        _record(request, "permission.created", {"permission": obj.name})

    def has_change_permission(
        self, request: HttpRequest, obj: Permission | None = None
    ) -> bool:
        """Never: the name is the key."""
        del request, obj
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Permission | None = None
    ) -> bool:
        """Never: it would leave roles without it, unaudited."""
        del request, obj
        return False


def _permissions(role: Role) -> set[str]:
    return set(role.permissions.values_list("name", flat=True))


def _difference(before: set[str], after: set[str]) -> dict[str, Any]:
    if before == after:
        return {}
    return {
        "permissions": {
            "added": sorted(after - before),
            "removed": sorted(before - after),
        }
    }


def _record(request: HttpRequest, action: str, changes: dict[str, Any]) -> None:
    record(
        actor=acting_staff(request),
        action=action,
        clinician_id=None,
        changes=changes,
    )
