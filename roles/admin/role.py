"""Roles in the admin: what each grants, and how many clinicians have it."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.defaultfilters import pluralize
from django.utils.html import format_html

from roles.admin.holders import holders_of
from roles.admin.matrix import MatrixPage
from roles.admin.page import RolePage
from roles.admin.saving import delete_roles
from roles.callers import acting_staff
from roles.models import Role
from users_service.pages.confirming import ConfirmedActions, Deed

DELETE = Deed(
    name="delete_roles",
    heading="Delete {}",
    explanation="A role that clinicians have is kept, and so is one of the platform's.",
    button="Yes, delete {}",
)


@admin.register(Role)
class RoleAdmin(RolePage, MatrixPage, ConfirmedActions):
    """Which permissions a role grants. A role that clinicians have cannot go."""

    list_display = ("name", "state", "permission_count", "clinician_count")
    list_filter = ("recognised",)
    search_fields = ("name",)
    actions = ("delete_roles",)

    @admin.display(description="permissions", ordering="permission_count")
    def permission_count(self, role: Any) -> int:
        """How many permissions the role grants."""
        return int(role.permission_count)

    @admin.display(description="clinicians", ordering="clinician_count")
    def clinician_count(self, role: Any) -> str:
        """How many clinicians have the role, with a link to them."""
        holders = holders_of(role)
        return format_html('<a href="{}">{}</a>', holders.link, holders.number)

    def name_chosen(self, row: Any) -> str:
        """Return what the page that asks before it deletes calls a role."""
        holders = holders_of(row)
        if not holders.number:
            return str(row)
        return f"{row}, which {holders.words} {pluralize(holders.number, 'has,have')}"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Role]:
        """Count permissions and clinicians in the list's own statement."""
        roles: Any = super().get_queryset(request)
        counted: QuerySet[Role] = roles.with_permission_count().with_clinician_count()
        return counted

    def get_actions(self, request: HttpRequest) -> Any:
        """Leave out Django's own way to delete, which reads all who have the role."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @admin.action(description="Delete", permissions=["delete"])
    def delete_roles(
        self, request: HttpRequest, chosen: QuerySet[Role]
    ) -> HttpResponseBase | None:
        """Delete those of the chosen roles that no clinician has."""

        def delete(chosen: QuerySet[Role], _: Any) -> None:
            names = list(chosen.values_list("pk", flat=True))
            deleted = len(delete_roles(actor=acting_staff(request), names=names))
            self._tell(request, deleted, kept=len(names) - deleted)

        return self.confirm(request, chosen, DELETE, delete)

    def _tell(self, request: HttpRequest, deleted: int, *, kept: int) -> None:
        if deleted:
            text = f"{deleted} role{pluralize(deleted)} deleted."
            self.message_user(request, text, messages.SUCCESS)
        if kept:
            them = pluralize(kept, "it,them")
            text = (
                f"{kept} role{pluralize(kept)} kept: clinicians have {them}, "
                f"or the platform's services count on {them}."
            )
            self.message_user(request, text, messages.WARNING)
