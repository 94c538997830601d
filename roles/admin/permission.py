"""The names of permissions in the admin."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from roles.callers import acting_staff
from roles.models import Permission
from users_service.journal.audit import record


@admin.register(Permission)
class PermissionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The names of permissions. They can be added; what one means, code decides."""

    list_display = ("name", "role_count", "granted_by")
    search_fields = ("name",)

    @admin.display(description="roles")
    def role_count(self, permission: Permission) -> int:
        """How many roles grant it."""
        return len(permission.roles.all())

    @admin.display(description="granted by", empty_value="no role")
    def granted_by(self, permission: Permission) -> SafeString | None:
        """The roles that grant it, each with a link to its page."""
        page = f"{self.admin_site.name}:roles_role_change"
        links = (
            (reverse(page, args=[quote(role.pk)]), role.name)
            for role in permission.roles.all()
        )
        return format_html_join(", ", '<a href="{}">{}</a>', links) or None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Permission]:
        """Fetch the roles of all permissions of a page in one statement."""
        permissions: QuerySet[Permission] = super().get_queryset(request)
        return permissions.prefetch_related("roles")

    def get_fields(self, request: HttpRequest, obj: Permission | None = None) -> Any:
        """Return what its page shows: once stored, who grants it as well."""
        del request
        return ("name",) if obj is None else ("name", "granted_by")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Permission | None = None
    ) -> tuple[str, ...]:
        """Return what is only shown."""
        del request
        return () if obj is None else ("granted_by",)

    def render_change_form(  # type: ignore[override]
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        """Render the page under the name of the permission."""
        permission = kwargs["obj"]
        title = permission.name if permission else "Add a permission"
        context |= {"title": title, "subtitle": None}
        return super().render_change_form(request, context, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Permission, form: Any, change: bool
    ) -> None:
        """Add a permission."""
        super().save_model(request, obj, form, change)
        record(
            actor=acting_staff(request),
            action="permission.created",
            clinician_id=None,
            changes={"permission": obj.name},
        )

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
