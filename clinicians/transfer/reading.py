"""Reading clinicians from a file of any size: JSON, NDJSON or CSV, plain or gzipped.

What is read is not checked yet, apart from being JSON as the HTTP contract wants it.
"""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import IO, Any, NamedTuple, cast

from clinicians.transfer import csv_reading
from clinicians.transfer.faults import LONGEST_ITEM, Unreadable
from clinicians.transfer.json_array import array_items
from users_service.api.parsers import parse_json
from users_service.exceptions import InvalidInput

Row = tuple[Sequence[str], Sequence[str]]

BOM = b"\xef\xbb\xbf"
GZIP = b"\x1f\x8b"
DAMAGED = "The gzip archive is damaged or cut off."
FOLLOWED = "Something follows the gzip archive, which may be a damaged part of it."


class Format(Enum):
    """How a file holds clinicians."""

    JSON = "json"
    """One array of objects."""

    NDJSON = "ndjson"
    """One object per line."""

    CSV = "csv"
    """One row per clinician under a row of column names."""


class Given(NamedTuple):
    """What stands on a line of a file: a JSON value, or why there is none."""

    line: int
    value: Any
    errors: dict[str, list[str]]
    row: Row | None = None
    """Of a CSV file: its column names, and the cells as they stand there."""


def read_items(source: IO[bytes], form: Format | None = None) -> Iterator[Given]:
    """Yield what a file holds, item by item; without a format it is recognised.

    Raises Unreadable, with the line, where nothing that follows could be trusted:
    an unclosed array, a broken archive, an unknown column.
    """
    try:
        plain = _unpacked(source)
        form = form or _recognised(plain)
        for line, value, message, *row in _READERS[form](plain):
            yield Given(line, value, {"": [message]} if message else {}, *row)
    except gzip.BadGzipFile as error:
        followed = str(error).startswith("Not a gzipped file")
        raise Unreadable(None, FOLLOWED if followed else DAMAGED) from None
    except (EOFError, zlib.error):
        raise Unreadable(None, DAMAGED) from None
    except UnicodeDecodeError as error:
        raise Unreadable(None, f"The file is not UTF-8: {error.reason}.") from None


def _unpacked(source: IO[bytes]) -> io.BufferedReader:
    buffered = _peekable(source)
    if buffered.peek(len(GZIP))[: len(GZIP)] != GZIP:
        return buffered
    return _peekable(cast("IO[bytes]", gzip.GzipFile(fileobj=buffered)))


def _peekable(source: IO[bytes]) -> io.BufferedReader:
    if isinstance(source, io.BufferedReader):
        return source
    return io.BufferedReader(cast("io.RawIOBase", source), 2**16)


def _recognised(plain: io.BufferedReader) -> Format:
    start = plain.peek(2**12).removeprefix(BOM).lstrip()
    if not start:
        raise Unreadable(None, "The file is empty.")
    return {b"[": Format.JSON, b"{": Format.NDJSON}.get(start[:1], Format.CSV)


def _ndjson(plain: io.BufferedReader) -> Iterator[tuple[int, Any, str]]:
    """Yield the lines that are not blank; a malformed one is a fault of its own."""
    number = 0
    while line := plain.readline(LONGEST_ITEM + 1):
        number += 1
        if len(line) > LONGEST_ITEM:
            raise Unreadable(number, f"Longer than {LONGEST_ITEM} bytes.")
        if not line.removeprefix(BOM).strip():
            continue
        try:
            value = parse_json(line.rstrip(b"\r\n"))
        except InvalidInput as error:
            message = error.message.replace("at line 1 column", "at column")
            yield number, None, message
        else:
            yield number, value, ""


_READERS: dict[Format, Callable[[io.BufferedReader], Iterator[Any]]] = {
    Format.JSON: array_items,
    Format.NDJSON: _ndjson,
    Format.CSV: csv_reading.rows,
}
