"""What has to be unique: looked up, and said as a Conflict when the database refuses.

A single write looks nothing up beforehand: whoever comes second, a moment later or at
the same time, is refused by the constraint and gets the same answer.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, models, transaction

from clinicians.dialects import DIALECTS
from clinicians.models import Clinician, Product, TermsAgreement
from users_service.api.invisible import show_invisible
from users_service.database.cursors import fetch_rows
from users_service.exceptions import Conflict

Item = Mapping[str, Any]


class Unique(NamedTuple):
    """A column whose values nobody shares, and the column that tells whose they are."""

    name: str
    """What people call it."""

    field: str
    """Where an item has it: a value, or a list of objects with a uuid."""

    model: type[models.Model]
    column: str
    owner: str


UNIQUE = (
    Unique("uuid", "uuid", Clinician, "uuid", "uuid"),
    Unique("email address", "email_address", Clinician, "email_address", "uuid"),
    Unique("product uuid", "products", Product, "uuid", "clinician_id"),
    Unique(
        "terms agreement uuid",
        "terms_agreements",
        TermsAgreement,
        "uuid",
        "clinician_id",
    ),
)


@contextmanager
def refusing_duplicates(
    items: Iterable[Item], verb: str, *, numbered: bool = False
) -> Iterator[None]:
    """Turn a violated constraint into a Conflict that names the first value in use.

    `items` are the validated clinicians that are written inside, `verb` is what was
    attempted; `numbered` puts the item's index before it. Other violations pass
    through.
    """
    items = list(items)
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        message = duplicate(items, verb, numbered=numbered)
        if message is None:
            raise
        raise Conflict(message) from None


def duplicate(items: list[Item], verb: str, *, numbered: bool) -> str | None:
    """Return what is given twice or in use already."""
    for unique in UNIQUE:
        values = [
            (index, value)
            for index, item in enumerate(items)
            for value in values_of(item, unique)
        ]
        taken = owners(unique, {value for _, value in values})
        seen: set[str] = set()
        for index, value in values:
            where = f"{index}: " if numbered else ""
            if value in taken:
                return where + in_use(unique, value, verb)
            if value in seen:
                shown = show_invisible(value)
                return f"{where}{unique.name} '{shown}' is in the request twice"
            seen.add(value)
    return None


def in_use(unique: Unique, value: str, verb: str) -> str:
    """Return how the contract says that a value is in use."""
    return f"Attempted to {verb} with existing {unique.name} '{show_invisible(value)}'"


def values_of(item: Item, unique: Unique) -> list[str]:
    """Return the item's values for a unique column, those that are given."""
    value = item.get(unique.field)
    if isinstance(value, list):
        return [each["uuid"] for each in value if each.get("uuid") is not None]
    return [] if value is None else [value]


def owners(unique: Unique, values: Collection[str]) -> dict[str, str]:
    """Return those of the values that are in use, and the clinicians whose they are."""
    if not values:
        return {}
    dialect = DIALECTS[connection.vendor]
    table = unique.model._meta.db_table
    rows = fetch_rows(
        f"SELECT {unique.column}, {unique.owner} FROM {table}"
        f" WHERE {dialect.all_of(unique.column)}",
        [dialect.ids(sorted(values))],
    )
    return dict(rows)
