"""Model fields that behave alike on SQLite and PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

ID_LENGTH = 36
"""Ids are opaque strings of at most this many characters (HTTP contract)."""

TEXT_LENGTH = 1000
"""Longer text is refused on every way in (HTTP contract)."""

INDEXED_TEXT_BYTES = 2500
"""A PostgreSQL B-tree entry may take 2,704 bytes, and an id can stand beside it."""


class CodePointField(models.CharField):  # type: ignore[type-arg]
    """Text that is compared and sorted by code point on both databases.

    SQLite does so by itself; PostgreSQL would follow the locale of the database, so
    the column gets the "C" collation there.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        """Return Django's column parameters, with the collation on PostgreSQL."""
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return the column type.

        PostgreSQL gets the long name of varchar: for the short one Django adds a
        second index for LIKE, which the "C" collation makes superfluous.
        """
        if connection.vendor == "postgresql":
            return f"character varying({self.max_length})"
        return f"varchar({self.max_length})"


class OpaqueIdField(CodePointField):
    """An id: an opaque string, stored and returned as given."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", ID_LENGTH)
        super().__init__(*args, **kwargs)


class FoldedField(CodePointField):
    """Text of other fields without regard to case, kept for sorting and searching.

    Folding is Python's, so that both databases order and find all of Unicode alike.
    The value follows its sources whenever a row is saved; cut to `max_length`. It is
    null when its only source is; of several, null ones count as empty.
    """

    def __init__(self, *args: Any, sources: Sequence[str], **kwargs: Any) -> None:
        self.sources = tuple(sources)
        kwargs.setdefault("editable", False)
        kwargs.setdefault("null", True)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Return what a migration needs to make this field again."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "sources": self.sources}

    def pre_save(self, model_instance: models.Model, add: bool) -> str | None:
        """Return the folded text of the sources as they are now."""
        del add
        texts = [getattr(model_instance, source) for source in self.sources]
        folded = self.fold(*texts)
        setattr(model_instance, self.attname, folded)
        return folded

    def fold(self, *texts: str | None) -> str | None:
        """Return the value for these texts of the sources."""
        if texts == (None,):
            return None
        return " ".join(text or "" for text in texts).casefold()[: self.max_length]
