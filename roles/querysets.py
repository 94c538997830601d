"""Sets of roles, in the words of the domain."""

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from roles.models import Role  # noqa: F401


class RoleQuerySet(models.QuerySet["Role"]):
    """Sets of roles."""

    def recognised(self) -> Self:
        """The roles that grant something, as /roles lists them."""
        return self.filter(recognised=True)

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
