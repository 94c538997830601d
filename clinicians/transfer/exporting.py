"""Writing clinicians to a file, one at a time, in a form that an import takes."""

import csv
import io
from collections.abc import Iterable, Iterator

import orjson

from clinicians.transfer.csv_columns import EXPORTED, cell_of
from clinicians.transfer.reading import Format


def exported(
    items: Iterable[str], form: Format, *, with_passwords: bool
) -> Iterator[str]:
    """Yield the text of a file of these clinicians, which are JSON each."""
    if form is Format.CSV:
        secrets = ("password",) if with_passwords else ()
        return _csv(items, (*EXPORTED, *secrets))
    return _json(items) if form is Format.JSON else (f"{item}\n" for item in items)


def _json(items: Iterable[str]) -> Iterator[str]:
    separator = "["
    for item in items:
        yield f"{separator}\n{item}"
        separator = ","
    yield "[]\n" if separator == "[" else "\n]\n"


def _csv(items: Iterable[str], names: tuple[str, ...]) -> Iterator[str]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(names)
    for item in items:
        yield _emptied(buffer)
        found = orjson.loads(item)
        writer.writerow([cell_of(name, found) for name in names])
    yield _emptied(buffer)


def _emptied(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
