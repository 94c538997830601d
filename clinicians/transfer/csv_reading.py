"""Reading a CSV file of clinicians, row by row."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any

from clinicians.models import REQUIRED
from clinicians.transfer.csv_columns import COLUMNS, IGNORED, Absent
from clinicians.transfer.faults import LONGEST_ITEM, Unreadable
from users_service.exceptions import InvalidInput

SEPARATOR_LINE = re.compile(r'"?sep=([,;\t|])"?[,;]*(\r\n|\r|\n)', re.IGNORECASE)
TWICE = "Give either products or products_json."


Row = tuple[int, Any, str, tuple[Sequence[str], Sequence[str]]]


def rows(source: io.BufferedReader) -> Iterator[Row]:
    """Yield line, item, fault, and header with cells of every row that has a text.

    Raises Unreadable for a header that names an unknown column or one twice.
    """
    csv.field_size_limit(LONGEST_ITEM)
    text = io.TextIOWrapper(source, encoding="utf-8-sig", newline="")
    try:
        yield from _rows(*_reader(text))
    finally:
        with suppress(ValueError):  # whoever opened the file may have closed it
            text.detach()  # or it would close the file with itself


def _reader(text: io.TextIOWrapper) -> tuple[Any, int]:
    """Return a reader of the rows, and how many lines stand before them.

    Excel takes the separator from a first line such as `sep=;`, and saves it so.
    """
    first = text.readline()
    if separator := SEPARATOR_LINE.fullmatch(first):
        return csv.reader(text, strict=True, delimiter=separator[1]), 1
    return csv.reader(chain([first], text), strict=True), 0


def _rows(reader: Any, skipped: int) -> Iterator[Row]:
    try:
        cells: list[str] = next(filter(any, reader), [])
        header = _without_empty_end(cells)
        _check(header)
        line = skipped + reader.line_num + 1
        for row in reader:
            if any(row):
                named = _named(row, len(header), len(cells))
                yield (line, *_item(header, named), (header, named))
            line = skipped + reader.line_num + 1
    except csv.Error as error:
        line = skipped + reader.line_num
        raise Unreadable(line, f"Malformed CSV: {error}.") from None


def _without_empty_end(cells: Sequence[str]) -> list[str]:
    """Return the cells without the empty ones at the end.

    Spreadsheets save columns that are empty, names and all.
    """
    number = len(cells)
    while number and not cells[number - 1]:
        number -= 1
    return list(cells[:number])


def _named(row: Sequence[str], named: int, columns: int) -> Sequence[str]:
    """Return the cells of columns that have a name, if those beyond are empty."""
    if named < len(row) <= columns and not any(row[named:]):
        return row[:named]
    return row


def _check(header: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in header:
        if name not in COLUMNS and name not in IGNORED:
            raise Unreadable(1, f"There is no column '{name[:100]}'.")
        if name in seen:
            raise Unreadable(1, f"The column '{name}' is there twice.")
        seen.add(name)


def _item(header: Sequence[str], row: Sequence[str]) -> tuple[Any, str]:
    if len(row) != len(header):
        return None, f"{len(row)} cells under {len(header)} columns."
    if any("\0" in cell for cell in row):
        return None, "NUL characters are not allowed."
    try:
        return _fields(header, row), ""
    except ValueError as error:
        return None, str(error)


def _fields(header: Sequence[str], row: Sequence[str]) -> dict[str, Any]:
    """Return the fields that the cells hold; ValueError for a cell that is none."""
    item: dict[str, Any] = {}
    for name, cell in zip(header, row, strict=True):
        if name in IGNORED:
            continue
        field, read = COLUMNS[name]
        try:
            value = read(cell)
        except Absent:
            continue
        except InvalidInput:
            raise ValueError(f"{name}: The cell is not JSON.") from None
        if field in item:
            raise ValueError(TWICE)
        item[field] = value
    if item.get("as_stored") is True:  # then it may be null what a new one needs
        cells = zip(header, row, strict=True)
        item |= {name: None for name, cell in cells if name in REQUIRED and not cell}
    return item
