"""Lists of which nobody knows how long they are."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from users_service.pages.paginator import CappedPaginator

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin


class LongList(Base):
    """For a ModelAdmin whose list may have millions of rows. Counts none of them all.

    It is narrowed down by its own filters only: Django would take any column, and so
    tell, bit by bit, what a page does not show, a password's hash for one.
    """

    list_per_page = 50
    list_max_show_all = 0
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    empty_value_display = "—"

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        """Whether it is the parameter of one of the filters."""
        del value, request
        filters: Any = self.list_filter
        return any(
            lookup.startswith(f"{each}__")
            if isinstance(each, str)
            else lookup == each.parameter_name
            for each in filters
        )
