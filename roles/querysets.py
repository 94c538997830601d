"""Sets of roles, in the words of the domain."""

from typing import TYPE_CHECKING, Any, Self

from django.core.exceptions import EmptyResultSet
from django.db import connections, models
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

    def kept_until_commit(self) -> set[str]:
        """Return the names; none of the roles can be deleted before the commit.

        On PostgreSQL by the lock that a foreign key takes of the row it refers to: a
        deletion waits for it, then finds that the role is used. On SQLite a write
        transaction is alone. Needs a transaction.
        """
        names = self.order_by("name").values_list("name", flat=True)
        if connections[self.db].vendor != "postgresql":
            return set(names)
        try:
            sql, parameters = names.query.sql_with_params()
        except EmptyResultSet:  # of no names at all
            return set()
        with connections[self.db].cursor() as cursor:
            cursor.execute(f"{sql} FOR KEY SHARE", parameters)
            return {name for (name,) in cursor.fetchall()}

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
