"""The page of one role: its form, and its end."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from roles.admin.form import RoleForm
from roles.admin.groups import grouped
from roles.admin.holders import holders_of
from roles.admin.saving import change_role, create_role, delete_roles, locked
from roles.callers import acting_staff
from roles.models import Role
from roles.seeds import ROLES
from users_service.pages.badges import badge

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Role]
else:
    Base = admin.ModelAdmin


class RolePage(Base):
    """The page's part of the roles' admin."""

    form = RoleForm

    def get_fields(self, request: HttpRequest, obj: Role | None = None) -> Any:
        """Return what there is to change, or the same to read."""
        if obj is None or self.has_change_permission(request, obj):
            return ("name", "recognised", "permissions")
        return ("name", "state", "granted")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Role | None = None
    ) -> tuple[str, ...]:
        """Keep the name of a stored role: it is the key that clinicians hold."""
        del request
        return () if obj is None else ("name", "state", "granted")

    @admin.display(description="recognised", ordering="recognised")
    def state(self, role: Role) -> str:
        """Whether the role grants anything, as a word."""
        return badge("good", "Yes") if role.recognised else badge("quiet", "No")

    @admin.display(description="permissions")
    def granted(self, role: Role) -> str:
        """The permissions in groups, for those who may not change them."""
        names = role.permissions.values_list("name", flat=True)
        groups = {"groups": list(grouped(names).items())}
        return render_to_string("roles/granted.html", groups)

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        """Store nothing yet: the role and its permissions are stored together."""

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        """Store what the page changed."""
        actor, name, edit = acting_staff(request), form.instance.pk, form.edit()
        if change:
            change_role(actor=actor, name=name, edit=edit)
            return
        create_role(
            actor=actor,
            name=name,
            recognised=form.cleaned_data["recognised"],
            permissions=edit.added,
        )

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Answer whether it is to be deleted; do it, and keep the role from others."""
        name = unquote(object_id)
        with transaction.atomic():
            if request.method == "POST":
                locked([name]).first()
            context = {
                "title": f"Delete the role {name}",
                "is_of_the_platform": name in ROLES,
                **(extra_context or {}),
            }
            return super().delete_view(request, object_id, context)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return the role, and what keeps it: so many clinicians, without their names.

        Django would read them all. A role of the platform is kept without any.
        """
        del request
        roles = Role.objects.filter(pk__in=[role.pk for role in objs])
        holders = [holders_of(role) for role in roles.with_clinician_count()]
        kept = [
            each
            for role, each in zip(objs, holders, strict=False)
            if each.number or role.pk in ROLES
        ]
        return [], {}, set(), kept

    def delete_model(self, request: HttpRequest, obj: Role) -> None:
        """Delete the role."""
        delete_roles(actor=acting_staff(request), names=[obj.pk])

    def render_change_form(  # type: ignore[override]
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        """Render the page under the name of the role."""
        role = kwargs["obj"]
        context |= {"title": role.name if role else "Add a role", "subtitle": None}
        if role:
            context["holders"] = holders_of(role)
        return super().render_change_form(request, context, **kwargs)
