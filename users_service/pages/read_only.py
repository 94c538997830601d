"""Pages to look at."""

from typing import Any

from django.http import HttpRequest


class ReadOnly:
    """For an admin page or inline whose rows staff may look at and nothing else.

    Goes before Django's class. Who may look is decided by Django's view permission.
    """

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        del request, obj
        return False
