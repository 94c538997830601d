"""Pages of long lists."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator

LIMIT = 1_000
"""Rows beyond are neither counted nor leafed through to: a search is quicker."""


class AtLeast(int):
    """A number that was counted no further."""

    def __str__(self) -> str:
        return f"{int(self):,}+"


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts the rows of a list up to LIMIT, whatever its length."""

    @cached_property
    def count(self) -> int:
        """The number of rows, or at least LIMIT."""
        rows: Any = self.object_list
        number: int = rows.order_by().values("pk")[:LIMIT].count()
        return AtLeast(number) if number == LIMIT else number
