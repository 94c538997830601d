"""The columns of a CSV file of clinicians, and how a cell holds a value.

A column is a field of the bulk request, apart from `products`, which here is a list of
product names; products and agreements in full are JSON in columns of their own. An
empty cell is null, or an empty list; an empty text is a lone `'`. A cell that a
spreadsheet could take for a formula starts with a `'` that is not a part of it.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from clinicians.forms import BOOLEANS
from clinicians.models import IDENTIFIERS, REQUIRED, SCALARS
from clinicians.services.members import MEMBERS
from users_service.api.parsers import parse_json

GUARD = "'"
GUARDED = ("=", "+", "-", "@", GUARD, "\t", "\r")
JSON_COLUMNS = {
    "products_json": "products",
    "terms_agreements_json": "terms_agreements",
}
SECRETS = ("password", "password_hash", "password_salt")

BACKSLASH, SEMICOLON = "\0b", "\0s"
"""What escaped ones are while a list is split; a NUL is in no cell."""


class Absent(Exception):
    """The cell says nothing about its field."""


class Column(NamedTuple):
    """Which field a column holds, and how its cells are read."""

    field: str
    read: Callable[[str], Any]


def unguarded(cell: str) -> str:
    """Return the cell's text without the `'` that guards it."""
    return cell.removeprefix(GUARD)


def guarded(text: str) -> str:
    """Return the text as a cell that no spreadsheet takes for a formula."""
    return GUARD + text if text.startswith(GUARDED) or not text else text


def split_list(text: str) -> list[str]:
    r"""Return the values of a list; `\;` and `\\` in one stand for `;` and `\`."""
    if not text:
        return []
    if "\\" not in text:
        return text.split(";")
    marked = text.replace("\\\\", BACKSLASH).replace("\\;", SEMICOLON)
    return [
        value.replace(SEMICOLON, ";").replace(BACKSLASH, "\\")
        for value in marked.split(";")
    ]


def joined_list(values: list[str]) -> str:
    """Return the cell of a list."""
    return ";".join(re.sub(r"([;\\])", r"\\\1", value) for value in values)


def _text(cell: str) -> str | None:
    return unguarded(cell) if cell else None


def _required(cell: str) -> str:
    return unguarded(cell)


def _optional(cell: str) -> str:
    if not cell:
        raise Absent
    return unguarded(cell)


def _flag(cell: str) -> bool | str | None:
    """Return the boolean; what is none is left to be refused."""
    return {"true": True, "false": False}.get(cell.lower(), cell) if cell else None


def _optional_flag(cell: str) -> bool | str | None:
    if not cell:
        raise Absent
    return _flag(cell)


def _list(cell: str) -> list[str]:
    return split_list(unguarded(cell))


def _names(cell: str) -> list[dict[str, str]]:
    if not cell:
        raise Absent
    return [{"product_name": name} for name in _list(cell)]


def _objects(cell: str) -> Any:
    if not cell:
        raise Absent
    return parse_json(cell.encode())


def _columns() -> Mapping[str, Column]:
    readers = dict.fromkeys(SCALARS, _text)
    readers |= dict.fromkeys(REQUIRED, _required)
    readers |= dict.fromkeys((*IDENTIFIERS, *SECRETS), _optional)
    columns: dict[str, Column] = {
        name: Column(name, read) for name, read in readers.items()
    }
    columns |= {name: Column(name, _flag) for name in BOOLEANS}
    for name in ("login_active", "can_edit_ews", "as_stored"):
        columns[name] = Column(name, _optional_flag)
    columns |= {name: Column(name, _list) for name in MEMBERS}
    columns["products"] = Column("products", _names)
    for name, field in JSON_COLUMNS.items():
        columns[name] = Column(field, _objects)
    return columns


COLUMNS = _columns()
"""Every column that a file may have, by its name."""

IGNORED = frozenset({"line", "errors"})
"""Columns that a report of refused rows adds."""

EXPORTED = (
    *IDENTIFIERS,
    *SCALARS,
    *MEMBERS,
    *JSON_COLUMNS,
    "as_stored",
)
"""The columns of an export, in their order."""


def cell_of(name: str, item: Mapping[str, Any]) -> str:
    """Return the cell of a column for an exported item."""
    value = item.get(COLUMNS[name].field)
    if value is None:
        return ""
    if name in JSON_COLUMNS:
        return guarded(json.dumps(value, ensure_ascii=False))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return guarded(joined_list(value)) if value else ""
    return guarded(str(value))
