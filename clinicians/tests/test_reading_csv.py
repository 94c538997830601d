"""Reading a CSV file of clinicians, row by row."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest

from clinicians.transfer import csv_reading
from clinicians.transfer.faults import Unreadable
from clinicians.transfer.reading import Format, read_items


def read(data: bytes | str) -> list[tuple[int, Any, str]]:
    """Return line, value and message of every row of a file that is read through."""
    raw = data.encode() if isinstance(data, str) else data
    return [
        (each.line, each.value, *each.errors.get("", [""]))
        for each in read_items(io.BytesIO(raw), Format.CSV)
    ]


def unreadable(data: bytes | str) -> tuple[int | None, str]:
    """Return the line and the message of a file that cannot be read."""
    with pytest.raises(Unreadable) as caught:
        read(data)
    return caught.value.line, caught.value.message


@pytest.fixture(autouse=True)
def _field_size_limit() -> Iterator[None]:
    """Put the limit back that reading sets for the process."""
    before = csv.field_size_limit()
    yield
    csv.field_size_limit(before)


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_are_counted_by_the_lines_they_start_on(bom: str, end: str) -> None:
    rows = ['uuid,"first_name"', "a,A", "", ",", '"b","1', '2"', "c,,", "d,D"]
    expected = [
        (2, {"uuid": "a", "first_name": "A"}, ""),
        (5, {"uuid": "b", "first_name": f"1{end}2"}, ""),
        (7, None, "3 cells under 2 columns."),
        (8, {"uuid": "d", "first_name": "D"}, ""),
    ]

    assert read(bom + end.join(rows)) == expected
    assert read(bom + end.join(rows) + end + end) == expected


def test_too_few_or_many_cells_are_a_fault_of_the_row() -> None:
    rows = read("uuid,first_name\na\nb,B\nc,C,\n")

    assert rows == [
        (2, None, "1 cells under 2 columns."),
        (3, {"uuid": "b", "first_name": "B"}, ""),
        (4, None, "3 cells under 2 columns."),
    ]


def test_a_nul_is_a_fault_of_the_row() -> None:
    rows = read("uuid,first_name\na,A\0\nb,B\n")

    assert rows == [
        (2, None, "NUL characters are not allowed."),
        (3, {"uuid": "b", "first_name": "B"}, ""),
    ]


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        ("uuid,Uuid\n", 1, "There is no column 'Uuid'."),
        ("uuid, first_name\n", 1, "There is no column ' first_name'."),
        ("uuid;first_name\n", 1, "There is no column 'uuid;first_name'."),
        ("uuid,,first_name\n", 1, "There is no column ''."),
        (",uuid\n", 1, "There is no column ''."),
        ("x" * 200, 1, f"There is no column '{'x' * 100}'."),
        ("uuid,first_name,uuid\n", 1, "The column 'uuid' is there twice."),
        ("line,errors,uuid,line\n", 1, "The column 'line' is there twice."),
        ('uuid\na\n"b', 3, "Malformed CSV: unexpected end of data."),
        ('uuid\na\n"b"c\n', 3, "Malformed CSV: ',' expected after '\"'."),
    ],
)
def test_a_bad_header_or_quote_makes_a_file_unreadable(
    data: str, line: int, message: str
) -> None:
    assert unreadable(data) == (line, message)


def test_what_is_no_utf_8_is_unreadable() -> None:
    line, message = unreadable(b"uuid\na\n\xff\n")

    assert (line, message) == (None, "The file is not UTF-8: invalid start byte.")


def test_a_cell_has_a_longest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_reading, "LONGEST_ITEM", 100)

    assert read(f"uuid\n{'a' * 100}\n") == [(2, {"uuid": "a" * 100}, "")]
    line, message = unreadable(f"uuid\na\n{'a' * 101}\n")
    assert (line, message) == (3, "Malformed CSV: field larger than field limit (100).")


def test_a_report_may_be_fed_back_with_what_it_adds() -> None:
    rows = read('line,errors,uuid\n9,"uuid: x",a\n')

    assert rows == [(2, {"uuid": "a"}, "")]


def test_a_row_is_kept_as_it_stands() -> None:
    [given] = read_items(io.BytesIO(b"line,uuid,products\n9,'=a,\n"))

    assert given.row == (["line", "uuid", "products"], ["9", "'=a", ""])


@pytest.mark.parametrize("data", ["uuid", "uuid\n", "uuid\n\n,\n", "uuid\r\n"])
def test_a_header_alone_has_no_rows(data: str) -> None:
    assert read(data) == []


def test_blank_lines_before_the_header_are_skipped() -> None:
    found = list(
        read_items(io.BytesIO(b"\n,,\nuuid,first_name\nada,Ada\n"), Format.CSV)
    )

    assert [(each.line, each.value, each.errors) for each in found] == [
        (4, {"uuid": "ada", "first_name": "Ada"}, {})
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["sep=", "\ufeffsep=", "SEP="])
def test_a_separator_line_names_the_separator_and_counts_as_a_line(
    start: str, end: str, separator: str
) -> None:
    rows = [["uuid", "first_name"], ["a", "A"], ["b"]]
    lines = [f"{start}{separator}", *map(separator.join, rows)]

    assert read(end.join(lines) + end) == [
        (3, {"uuid": "a", "first_name": "A"}, ""),
        (4, None, "1 cells under 2 columns."),
    ]
    line, _ = unreadable(end.join([lines[0], "uuid", '"b']))
    assert line == 3


def test_empty_columns_at_the_end_are_dropped() -> None:
    rows = read("uuid,first_name,,\na,A,,\nb,B\nc,C,\nd,D,,x\ne,E,,,\n")

    assert rows == [
        (2, {"uuid": "a", "first_name": "A"}, ""),
        (3, {"uuid": "b", "first_name": "B"}, ""),
        (4, {"uuid": "c", "first_name": "C"}, ""),
        (5, None, "4 cells under 2 columns."),
        (6, None, "5 cells under 2 columns."),
    ]
