"""Sets of roles, in the words of the domain."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import IntegerField, OuterRef, Subquery

if TYPE_CHECKING:
    from roles.models import Role  # noqa: F401

COUNTED = 10_000
"""Of more clinicians than these, a role's are not counted."""


class CountOf(Subquery):
    """How many rows a queryset has, which may have a limit."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


class RoleQuerySet(models.QuerySet["Role"]):
    """Sets of roles."""

    def recognised(self) -> Self:
        """The roles that grant something, as /roles lists them."""
        return self.filter(recognised=True)

    def with_clinician_count(self) -> Any:
        """Add `clinician_count`: COUNTED + 1 stands for any number beyond."""
        held = self.model.clinicians.through.objects.filter(role=OuterRef("pk"))
        return self.annotate(clinician_count=CountOf(held.values("pk")[: COUNTED + 1]))

    def with_permission_count(self) -> Any:
        """Add `permission_count`."""
        granted = self.model.permissions.through.objects.filter(role=OuterRef("pk"))
        return self.annotate(permission_count=CountOf(granted.values("pk")))

    def permission_names(self) -> dict[str, list[str]]:
        """Role name → its permissions' names, both by code point, in one statement."""
        names: dict[str, list[str]] = {}
        pairs = self.order_by("name", "permissions__name").values_list(
            "name", "permissions__name"
        )
        for role, permission in pairs:
            held = names.setdefault(role, [])
            if permission is not None:  # the outer join's row of a role without any
                held.append(permission)
        return names
