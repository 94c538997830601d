"""What the database refuses because it is in use, said as a Conflict.

Nothing is looked up before the write: whoever comes second, a moment later or at the
same time, is refused by the constraint and gets the same answer.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, models, transaction

from clinicians.models import Clinician, Product, TermsAgreement
from users_service.exceptions import Conflict

BATCH = 500


@contextmanager
def refusing_duplicates(
    items: Iterable[dict[str, Any]], verb: str, *, numbered: bool = False
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


def duplicate(items: list[dict[str, Any]], verb: str, *, numbered: bool) -> str | None:
    """Return what is given twice or in use already."""
    for model, field, name, values in _unique_values(items):
        taken = _stored(model, field, {value for _, value in values})
        seen: set[str] = set()
        for index, value in values:
            where = f"{index}: " if numbered else ""
            if value in taken:
                return f"{where}Attempted to {verb} with existing {name} '{value}'"
            if value in seen:
                return f"{where}{name} '{value}' is in the request twice"
            seen.add(value)
    return None


def _unique_values(
    items: list[dict[str, Any]],
) -> Iterator[tuple[type[models.Model], str, str, list[tuple[int, str]]]]:
    """Yield every unique column with the values for it, by index of their item."""
    yield Clinician, "uuid", "uuid", _values(items, "uuid")
    yield (
        Clinician,
        "email_address",
        "email address",
        _values(items, "email_address"),
    )
    for model, key, name in (
        (Product, "products", "product uuid"),
        (TermsAgreement, "terms_agreements", "terms agreement uuid"),
    ):
        yield model, "uuid", name, _nested_ids(items, key)


def _values(items: list[dict[str, Any]], key: str) -> list[tuple[int, str]]:
    found = ((index, item.get(key)) for index, item in enumerate(items))
    return [(index, value) for index, value in found if value is not None]


def _nested_ids(items: list[dict[str, Any]], key: str) -> list[tuple[int, str]]:
    return [
        (index, nested["uuid"])
        for index, item in enumerate(items)
        for nested in item.get(key, ())
        if nested.get("uuid") is not None
    ]


def _stored(model: type[models.Model], field: str, values: set[str]) -> set[str]:
    wanted = sorted(values)
    stored: set[str] = set()
    for start in range(0, len(wanted), BATCH):
        rows = model._default_manager.filter(
            **{f"{field}__in": wanted[start : start + BATCH]}
        )
        stored.update(rows.values_list(field, flat=True))
    return stored
