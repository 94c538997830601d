"""Pages of long lists."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator

LIMIT = 1_000
"""Rows beyond are neither counted nor leafed through to: a search is quicker."""


class AtLeast(int):
    """A number that was counted no further."""

    has_more = True
    """For templates, to which a plain number has nothing of this name."""

    def __str__(self) -> str:
        return f"{int(self):,}+"


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts the rows of a list up to LIMIT, whatever its length."""

    @cached_property
    def count(self) -> int:
        """The number of rows; LIMIT and a plus sign for more of them."""
        rows: Any = self.object_list
        number: int = rows.order_by().values("pk")[: LIMIT + 1].count()
        return AtLeast(LIMIT) if number > LIMIT else number
